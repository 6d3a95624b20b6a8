// Yesterday decided again: what the real server's routing did is done again from its log, over a crash, and explained.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { MARKAZ, freePort, sleep, until } from './lib/util.mjs';

let remote, agentsPort, server;
beforeEach(async () => {
  agentsPort = await freePort();
  remote = await agents({ agents: 6, port: agentsPort });
  server = await Server.start({ centre: centre({ agentsPort, uriAgents: 6, alwaysReady: 3 }) });
});
afterEach(async () => {
  await remote?.stop();
  await server?.stop();
});

/** markaz replay beside the running server: { code, stdout, stderr, json }. */
async function replay(...args) {
  const done = await promisify(execFile)(MARKAZ, ['replay', '--config', server.configPath, ...args]).catch((error) => error);
  const stdout = done.stdout ?? '';
  return { code: done.code ?? 0, stdout, stderr: done.stderr ?? '', json: args.includes('--json') && stdout ? JSON.parse(stdout) : null };
}

async function someCalls(count, from) {
  const load = callers({ to: server.sip('support'), from, audio: 'tone:440', hear: 1000, count, rate: 5, 'talk-s': 1, 'patience-s': 20 });
  assert.equal(await load.finish(), 0, load.stdout);
}

/** The log is at most a fifth of a second behind. */
const recorded = (inputs) => until(`${inputs} inputs in the routing log`, async () => {
  const { json } = await replay('--from', 'today', '--json');
  return json.inputs >= inputs && json;
});

test('calls, kill -9 in the middle, calls: every run is decided again identically, and explained', { timeout: 480000 }, async () => {
  await someCalls(4, '+155500051##');
  const first = await recorded(16);
  assert.equal(first.is_identical, true);
  assert.equal(first.runs, 1);
  assert.ok(first.decisions >= 4);

  const talking = callers({ to: server.sip('support'), from: '+15550005200', count: 4, rate: 10, audio: 'tone:440', hear: 1000, 'talk-s': 0, 'patience-s': 60 });
  await until('callers at agents', () => talking.events({ event: 'person_heard' }).length >= 3, 20000);
  await sleep(500);
  await server.kill();
  await talking.stop();
  const dead = await replay('--from', 'today');
  assert.equal(dead.code, 0, dead.stdout + dead.stderr);
  assert.match(dead.stdout, /\d+ inputs, \d+ decisions in 1 run: identical/);
  const before = (await replay('--from', 'today', '--json')).json;
  assert.ok(before.decisions >= first.decisions + 3, 'the calls of the moment of death are in the log');

  await remote.stop(); // they think they still talk
  remote = await agents({ agents: 6, port: agentsPort });
  await server.run();
  await someCalls(3, '+155500053##');
  const all = await recorded(before.inputs + 12);
  assert.equal(all.is_identical, true);
  assert.equal(all.runs, 2);

  const boss = (await server.person('boss', PASSWORD)).rest;
  const rows = await boss.interactions((list) => list.filter((r) => r.ended_at && r.result === 'answered').length >= 7);
  const old = rows.find((r) => r.from.startsWith('+155500051'));
  const { segments } = await boss.get(`/interactions/${old.id}`);
  const why = await replay('--explain', segments[0].id, '--json');
  assert.equal(why.code, 0, why.stderr);
  const decision = why.json.decisions.at(-1);
  assert.equal(decision.agent, segments[0].agent);
  assert.ok(decision.candidates.some((c) => c.verdict === 'chosen' && c.agent === decision.agent));
  const text = await replay('--explain', segments[0].id);
  assert.match(text.stdout, /chosen\s+Agent uri\d/);
  // The server does not keep what was decided before it started; it derives it anew.
  const { decisions, n_not_kept } = await boss.get(`/interactions/${old.id}/decisions`);
  assert.equal(n_not_kept, 0);
  assert.deepEqual(decisions.map((d) => d.agent), why.json.decisions.map((d) => d.agent));
});

test('what if: the calls of today with other people', { timeout: 480000 }, async () => {
  const load = callers({ to: server.sip('support'), from: '+155500061##', audio: 'tone:440', hear: 1000, count: 12, rate: 10, 'talk-s': 2, 'patience-s': 60 });
  assert.equal(await load.finish(), 0, load.stdout);
  await recorded(40);
  const file = path.join(server.folder, 'change.json');
  const change = (value) => fs.writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));

  change({ agents: [{ add: 6, like: 'uri1' }] });
  const { code, json, stderr } = await replay('--from', 'today', '--change', file, '--json');
  assert.equal(code, 0, stderr);
  assert.equal(json.is_identical, true);
  const { recorded: was, unchanged, changed, difference } = json.all;
  assert.equal(was.offered, 12);
  assert.equal(was.answered, 12);
  assert.equal(unchanged.offered, 12);
  assert.equal(changed.answered, 12);
  assert.ok(Math.abs(unchanged.asa_s - was.asa_s) < 1.5, `recorded ${was.asa_s}, simulated ${unchanged.asa_s}`);
  assert.ok(changed.asa_s < unchanged.asa_s - 1, `three agents ${unchanged.asa_s}, nine ${changed.asa_s}`);
  assert.ok(Math.abs(difference.asa_s - (changed.asa_s - unchanged.asa_s)) < 0.001);
  assert.ok(json.queues.some((q) => q.name === 'support' && q.recorded.offered === 12));
  const text = await replay('--from', 'today', '--change', file);
  assert.match(text.stdout, /All queues\s+recorded\s+unchanged\s+changed\s+difference/);

  for (const [value, what] of [
    [{ agents: [{ login: 'nobody' }] }, /\/agents\/0: there is no agent "nobody"/],
    [{ queues: [{ name: 'support', wrap_up_s: 'x' }] }, /\/queues\/0\/wrap_up_s: must be a number/],
    ['{"agents":', /line 1/],
  ]) {
    change(value);
    const bad = await replay('--from', 'today', '--change', file);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, what);
  }
});

test('what cannot be replayed is said clearly', { timeout: 240000 }, async () => {
  await recorded(1);
  const empty = await replay('--from', '2020-01-01', '--to', '2020-01-02');
  assert.match(empty.stdout, /nothing to compare/);
  for (const [args, what] of [
    [['--from', 'tomorrow'], /write a time like/],
    [['--from', 'today', '--to', '2020-01-01'], /must be later/],
    [['--explain', 'x'], /segment's id/],
    [['--nonsense'], /no such option/],
    [['--from'], /lacks its value/],
  ]) {
    const { code, stderr } = await replay(...args);
    assert.equal(code, 2);
    assert.match(stderr, what);
  }
  const unknown = await replay('--from', 'today', '--explain', '999999');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no such decision/);
});
