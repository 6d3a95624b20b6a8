// Sudden death, full disk, orderly leave: nothing accepted is lost, nothing is doubled.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Rest } from './lib/client.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { freePort, isRoot, sleep, temporaryFolder, until } from './lib/util.mjs';

let remote, agentsPort;
// New ones each time: agents of a server that died without BYE still think that they talk.
beforeEach(async () => {
  agentsPort = await freePort();
  remote = await agents({ agents: 6, port: agentsPort });
});
afterEach(() => remote?.stop());

const start = (options = {}) => Server.start({ centre: centre({ agentsPort, uriAgents: 6, alwaysReady: 3 }), ...options });

async function everything(rest) {
  const { items } = await rest.get('/interactions?limit=200');
  return Promise.all(items.map((row) => rest.get(`/interactions/${row.id}`)));
}

test('kill -9 in mid-call: the call is ended with system_restart, its recording plays, nothing is missing or doubled', { timeout: 480000 }, async () => {
  const server = await start();
  try {
    const done = callers({ to: server.sip('support'), from: '+15550004001', audio: 'tone:440', hear: 1000, 'talk-s': 1.5, 'patience-s': 20 });
    assert.equal(await done.finish(), 0, done.stdout);
    const talking = callers({ to: server.sip('support'), from: '+15550004002', audio: 'tone:440', hear: 1000, 'talk-s': 0, 'patience-s': 20 });
    await talking.event({ event: 'person_heard' });
    const waiting = callers({ to: server.sip('expert'), from: '+15550004003', count: 6, rate: 20, 'talk-s': 0, 'patience-s': 60, hear: 1000 });
    await until('callers in the queue', () => waiting.events({ event: 'call_started' }).length === 6);
    await sleep(4000);
    let boss = (await server.person('boss', PASSWORD)).rest;
    const before = await everything(boss);
    server.people.forEach((p) => p.close());
    server.people = [];
    await server.kill();
    const restarted = Date.now();
    await server.run();
    const restartMs = Date.now() - restarted;
    boss = (await server.person('boss', PASSWORD)).rest;
    await boss.interactions((rows) => rows.length === before.length && rows.every((r) => r.ended_at));
    const after_ = await everything(boss);
    assert.deepEqual(after_.map((i) => i.id).sort(), before.map((i) => i.id).sort());
    const broken = after_.find((i) => i.from === '+15550004002');
    assert.equal(broken.reason, 'system_restart');
    const whole = after_.find((i) => i.from === '+15550004001');
    assert.equal(whole.reason, 'customer_hung_up');
    for (const i of after_) {
      assert.equal(i.events.filter((e) => e.type.endsWith('interaction.started')).length, 1);
      assert.equal(i.events.filter((e) => e.type.endsWith('interaction.ended')).length, 1, `${i.from}: ${i.events.map((e) => e.type)}`);
    }
    for (const old of before) {
      const seqs = after_.find((i) => i.id === old.id).events.map((e) => e.seq);
      assert.ok(old.events.every((e) => seqs.includes(e.seq)), 'every event shown before is still there');
      assert.equal(new Set(seqs).size, seqs.length);
    }
    const recording = broken.recordings[0];
    assert.ok(recording, 'the broken call has its recording');
    const response = await boss.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
    assert.equal(response.status, 200);
    const wav = readWav(Buffer.from(await response.arrayBuffer()));
    assert.ok(wav.seconds > 2.5, `${wav.seconds} s`);
    assert.ok(toneOver(wav.channels[0], 440, wav.rate).seconds > 1.5);
    assert.ok(toneOver(wav.channels[1], 1000, wav.rate).seconds > 1.5);
    const { all } = await boss.get('/kpis');
    assert.equal(all.offered, all.answered + all.abandoned + all.overflowed_out, 'nobody is stuck in a queue');
    assert.ok(restartMs < 5000, `restart took ${restartMs} ms`);
    const again = callers({ to: server.sip('support'), from: '+15550004009', audio: 'tone:440', hear: 1000, 'talk-s': 1, 'patience-s': 20 });
    assert.equal(await again.finish(), 0, 'calls are taken at once after the restart');
    await Promise.all([talking.stop(), waiting.stop()]);
  } finally {
    await server.stop();
  }
});

test('SIGTERM takes no new calls, lets those on the line finish, then ends', { timeout: 360000 }, async () => {
  const server = await start();
  const talking = callers({ to: server.sip('support'), from: '+15550004011', audio: 'tone:440', hear: 1000, 'talk-s': 0, 'patience-s': 20 });
  await talking.event({ event: 'person_heard' });
  server.process.child.kill('SIGTERM');
  await server.process.line(/draining: /);
  const late = callers({ to: server.sip('support'), from: '+15550004012', 'talk-s': 1 });
  await late.finish();
  assert.equal(late.events({ event: 'call_ended' })[0].code, 503);
  assert.ok(server.process.isRunning && talking.events({ event: 'call_ended' }).length === 0, 'who talks goes on talking');
  await talking.stop();
  const ended = talking.events({ event: 'call_ended' })[0];
  assert.equal(ended.ended_by, 'us', `the call was not cut: ${ended.reason}`);
  assert.equal(await server.process.finish(30000), 0);
  await server.stop();
});

test('a full disk: clear errors, calls go on, nothing accepted is lost', { timeout: 600000, skip: !isRoot && 'mounting a small disk needs root' }, async () => {
  const disk = temporaryFolder('disk');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
  let server;
  try {
    server = await Server.start({ centre: centre({ agentsPort, uriAgents: 6, alwaysReady: 3 }), config: { data_directory: disk, spool_mb: 8 } });
    const admin = await server.admin();
    const first = callers({ to: server.sip('support'), from: '+15550004021', audio: 'tone:440', hear: 1000, 'talk-s': 1, 'patience-s': 20 });
    assert.equal(await first.finish(), 0);
    // Everything free goes into one file.
    const filler = fs.openSync(`${disk}/filler`, 'w');
    try {
      for (let chunk = Buffer.alloc(1 << 20); chunk.length >= 4096; )
        try {
          fs.writeSync(filler, chunk);
        } catch {
          chunk = chunk.subarray(0, chunk.length / 2);
        }
    } finally {
      fs.closeSync(filler);
    }
    const call = callers({ to: server.sip('support'), from: '+15550004022', audio: 'tone:440', hear: 1000, 'talk-s': 4, 'patience-s': 20 });
    assert.equal(await call.finish(), 0, 'a call is served although the disk is full');
    const refused = await until('a write to be refused', async () => {
      const response = await admin.fetch('POST', '/api/v1/skills', { name: `skill ${Date.now()}` });
      return response.ok ? null : response;
    }, 30000, 100);
    assert.equal(refused.status, 507);
    const problem = await refused.json();
    assert.equal(problem.code, 'storage_full');
    assert.ok(problem.detail.length > 10, 'it says what to do');
    fs.rmSync(`${disk}/filler`);
    const rows = await admin.interactions((items) => items.some((r) => r.from === '+15550004022' && r.ended_at), 30000);
    assert.equal(rows.filter((r) => r.from === '+15550004022').length, 1);
    assert.equal(rows.filter((r) => r.from === '+15550004021').length, 1);
    await until('writes to work again', async () => (await admin.fetch('POST', '/api/v1/skills', { name: 'after' })).ok, 15000, 300);
  } finally {
    await server?.stop();
    execFileSync('umount', ['-l', disk]);
    fs.rmdirSync(disk);
  }
});

test('the first password is printed once and works; a second start prints none', async () => {
  const server = await start();
  try {
    await until('the first password', () => server.findPassword()?.length >= 10);
    await server.process.stop();
    await server.run();
    assert.doesNotMatch(server.process.stdout + server.process.stderr, /administrator password/);
    await new Rest(server.base).login('admin', server.adminPassword);
  } finally {
    await server.stop();
  }
});
