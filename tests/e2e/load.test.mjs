// Two hundred calls at once, with audio, all the way through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { ROOT, freePort, sleep, until } from './lib/util.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import path from 'node:path';

const CALLS = 200;

test(`${CALLS} calls at once: each is answered, hears its agent, and stands in the history once`, { timeout: 600000 }, async () => {
  const agentsPort = await freePort();
  const remote = await agents({ agents: CALLS, port: agentsPort, 'rtp-ports': '50000-54999' });
  const server = await Server.start({ centre: centre({ agentsPort, uriAgents: CALLS, alwaysReady: CALLS, queues: { support: { recording: 'never' } } }) });
  try {
    const load = callers({ to: server.sip('support'), from: '+1555######', count: CALLS, rate: 40, audio: 'tone:440', hear: 1000, 'talk-s': 0, 'rtp-ports': '40000-44999' });
    await until('all calls to talk at the same time', () => load.events({ event: 'person_heard' }).length === CALLS, 40000, 200);
    assert.equal(load.events({ event: 'call_ended' }).length, 0, 'none has ended yet');
    await sleep(8000); // all of them talk
    assert.equal(load.events({ event: 'call_ended' }).length, 0, 'nor a while later');
    await load.stop('SIGTERM', 30000);
    const ended = load.events({ event: 'call_ended' });
    assert.equal(ended.length, CALLS);
    assert.deepEqual(ended.filter((e) => e.ended_by !== 'us' || e.reason !== 'stopped'), []);
    assert.equal(ended.reduce((sum, e) => sum + e.lost, 0) < CALLS, true, 'next to no packet lost');
    const boss = await server.person('boss', PASSWORD);
    const kpis = await until('the figures', async () => {
      const { all } = await boss.rest.get('/kpis');
      return all.answered === CALLS && all.offered === CALLS ? all : null;
    });
    assert.equal(kpis.abandoned, 0);
    const ids = new Set();
    let cursor = '';
    do {
      const page = await boss.rest.get(`/interactions?limit=200${cursor && `&cursor=${cursor}`}`);
      page.items.forEach((row) => ids.add(row.id));
      cursor = page.next_cursor;
    } while (cursor);
    assert.equal(ids.size, CALLS);
  } finally {
    await server.stop();
    await remote.stop();
  }
});

test('the load centre is put in place with the number of agents as a parameter', async () => {
  const server = await Server.start({ centre: path.join(ROOT, 'examples/load-centre'), set: { agents: 25 } });
  try {
    const admin = await server.admin();
    const { items } = await admin.get('/users?limit=200');
    const static_ = items.filter((u) => u.device === 'uri');
    assert.equal(static_.length, 25);
    assert.equal(static_.find((u) => u.login === 'agent25').device_uri, 'sip:a25@127.0.0.1:5070');
    assert.ok(static_.every((u) => u.is_always_ready));
    const queue = await admin.find('queues', 'name', 'support');
    assert.equal(queue.wrap_up_s, 0);
    assert.equal(queue.recording, 'never');
    const number = await admin.find('numbers', 'number', 'support');
    assert.equal(number.queue, queue.id);
    assert.deepEqual((await admin.find('trunks', 'name', 'load')).addresses, ['127.0.0.1:5062']);
  } finally {
    await server.stop();
  }
});
