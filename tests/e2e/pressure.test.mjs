// The store under pressure while people talk: a full disk, a disk that fails altogether, a database server that is away. Calls go
// on, what was accepted arrives once and in order, what cannot be accepted is refused clearly, and people are told what is wrong.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Server } from './lib/server.mjs';
import { MARKAZ, freePort, isRoot, sleep, temporaryFolder, until } from './lib/util.mjs';

const CUT = path.join(path.dirname(MARKAZ), '../../tests/crash/cut.so');
const AWAY_S = Number(process.env.PRESSURE_AWAY_S ?? 8);

let remote, agentsPort;
beforeEach(async () => {
  agentsPort = await freePort();
  remote = await agents({ agents: 6, port: agentsPort });
});
afterEach(() => remote?.stop());

const start = (options = {}) => Server.start({ centre: centre({ agentsPort, uriAgents: 6, alwaysReady: 3 }), ...options });
const caller = (server, from, talk, more = {}) =>
  callers({ to: server.sip('support'), from, audio: 'tone:440', hear: 1000, 'talk-s': talk, 'patience-s': 20, ...more });
const ready = async (server) => {
  const response = await fetch(`${server.base}/readyz`);
  return { status: response.status, ...(await response.json()) };
};
const metric = async (server, name) => {
  const line = (await (await fetch(`${server.base}/metrics`)).text()).split('\n').find((l) => l.startsWith(`markaz_${name} `));
  return Number(line.split(' ').at(-1));
};
const spoolMade = (server) => until('the spool to be made', async () => (await metric(server, 'store_spool_bytes_max')) > 0, 20000, 100);
const alarm = (boss, kind, from) => boss.socket.push('alarms', (p) => p.alarms.some((a) => a.kind === kind), 20000, from);
const noAlarm = (boss, from) => boss.socket.push('alarms', (p) => !p.alarms.some((a) => a.kind === 'store_not_writing'), 20000, from);

/** The whole log as other programs read it: 1..last without a gap. */
async function log(rest) {
  const all = [];
  for (let after = 0; ; ) {
    const batch = await rest.get(`/events?after_seq=${after}&limit=1000`);
    if (batch.length === 0) break;
    all.push(...batch);
    after = Number(batch.at(-1).id);
  }
  all.forEach((e, i) => assert.equal(Number(e.id), i + 1));
  return all;
}

function assertWhole(events, from, expected) {
  const started = events.filter((e) => e.type === 'markaz.interaction.started' && e.data.from === from);
  assert.equal(started.length, expected, `${from} began ${started.length} times`);
  for (const s of started)
    assert.equal(events.filter((e) => e.type === 'markaz.interaction.ended' && e.subject === s.subject).length, 1);
}

/** On a full disk the database goes on as long as its log's file has room: calls until it does not. How many. */
async function callsUntilSpooling(server, from) {
  let served = 0;
  do {
    assert.equal(await caller(server, from, 1, { count: 3, rate: 10 }).finish(), 0, 'calls are served although the disk is full');
    served += 3;
  } while ((await ready(server)).store_state !== 'spooling' && served < 120);
  return served;
}

function fill(file) {
  const fd = fs.openSync(file, 'w');
  for (let chunk = Buffer.alloc(1 << 20); chunk.length >= 4096; )
    try {
      fs.writeSync(fd, chunk);
    } catch {
      chunk = chunk.subarray(0, chunk.length / 2);
    }
  fs.closeSync(fd);
}

test('a full disk: calls go on through the spool, kill -9 included; people are told', { timeout: 600000, skip: !isRoot && 'mounting a small disk needs root' }, async () => {
  const disk = temporaryFolder('pressure');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk]);
  let server;
  try {
    server = await start({ config: { data_directory: disk, spool_mb: 8 } });
    await spoolMade(server);
    let boss = await server.person('boss', PASSWORD);
    assert.equal((await ready(server)).is_degraded, false);
    const long = caller(server, '+15550005001', 9);
    await long.event({ event: 'person_heard' });
    const seen = boss.socket.pushes.length;
    fill(`${disk}/filler`);
    let served = await callsUntilSpooling(server, '+15550005002');
    const push = await alarm(boss, 'store_not_writing', seen);
    assert.equal(push.alarms.find((a) => a.kind === 'store_not_writing').reason, 'disk_full');
    const now = await ready(server);
    assert.deepEqual([now.status, now.is_degraded, now.store_state], [200, true, 'spooling']);
    assert.equal(await metric(server, 'store_state{state="spooling"}'), 1);
    assert.ok((await metric(server, 'store_spool_events')) > 0);
    assert.equal(await long.finish(), 0, 'who was talking went on talking');
    await sleep(500);
    // Everything so far is on the disk, though not in the database: the server dies.
    server.people.forEach((p) => p.close());
    server.people = [];
    await server.kill();
    fs.rmSync(`${disk}/filler`);
    await server.run();
    boss = await server.person('boss', PASSWORD);
    let events = await log(boss.rest);
    assertWhole(events, '+15550005001', 1);
    assertWhole(events, '+15550005002', served);
    // And once more without dying.
    const again = boss.socket.pushes.length;
    fill(`${disk}/filler`);
    served = await callsUntilSpooling(server, '+15550005003');
    await alarm(boss, 'store_not_writing', again);
    fs.rmSync(`${disk}/filler`);
    await noAlarm(boss, again + 1);
    await until('the spool to be empty', async () => (await ready(server)).store_state === 'writing', 20000, 100);
    events = await log(boss.rest);
    assertWhole(events, '+15550005003', served);
  } finally {
    await server?.stop();
    execFileSync('umount', ['-l', disk]);
    fs.rmdirSync(disk);
  }
});

test('a disk that takes nothing at all: new calls are refused and counted, those on the line go on', { timeout: 480000 }, async () => {
  const server = await start({ config: { spool_mb: 8 } });
  const control = path.join(server.folder, 'control');
  fs.writeFileSync(control, '');
  try {
    const first = server.adminPassword;
    await server.process.stop('SIGTERM', 20000);
    await server.run({ env: { LD_PRELOAD: CUT, CUT_DIR: server.dataFolder, CUT_CONTROL: control } });
    server.adminPassword = first;
    await spoolMade(server);
    const boss = await server.person('boss', PASSWORD);
    const long = caller(server, '+15550005011', 8);
    await long.event({ event: 'person_heard' });
    const seen = boss.socket.pushes.length;
    fs.writeFileSync(control, 'write,sync,size:ENOSPC::markaz.db write,sync:EIO::spool');
    await alarm(boss, 'spool_full', seen);
    assert.equal((await ready(server)).status, 503);
    const late = caller(server, '+15550005012', 1);
    await late.finish();
    assert.equal(late.events({ event: 'call_ended' })[0].code, 503);
    assert.equal(await long.finish(), 0, 'who was talking went on talking');
    fs.writeFileSync(control, '');
    await until('it to be ready again', async () => (await ready(server)).status === 200, 20000, 100);
    await until('it to be written', async () => (await ready(server)).store_state === 'writing', 20000, 100);
    const events = await log(boss.rest);
    assertWhole(events, '+15550005011', 1);
    assertWhole(events, '+15550005012', 0);
    const blocked = events.filter((e) => e.type === 'markaz.contact.blocked' && e.data.from === '+15550005012');
    assert.deepEqual(blocked.map((e) => e.data.reason), ['store_overloaded']);
    assert.equal(await caller(server, '+15550005013', 1).finish(), 0);
  } finally {
    fs.writeFileSync(control, '');
    await server.stop();
  }
});

test('a disk that hangs under a recording: told within seconds, the call goes on, and it is over when the disk moves', { timeout: 240000 }, async () => {
  const rows = centre({ agentsPort, uriAgents: 6, alwaysReady: 3 });
  Object.assign(rows['settings.json'][0], { recording_format: 'wav' });
  const server = await Server.start({ centre: rows });
  const control = path.join(server.folder, 'control');
  fs.writeFileSync(control, '');
  try {
    const first = server.adminPassword;
    await server.process.stop('SIGTERM', 20000);
    await server.run({ env: { LD_PRELOAD: CUT, CUT_DIR: server.dataFolder, CUT_CONTROL: control } });
    server.adminPassword = first;
    const boss = await server.person('boss', PASSWORD);
    const long = caller(server, '+15550005031', 9);
    await long.event({ event: 'person_heard' });
    const seen = boss.socket.pushes.length;
    fs.writeFileSync(control, 'write,sync:4500::recordings/');
    const from = Date.now();
    const push = await alarm(boss, 'recording', seen);
    assert.equal(push.alarms.find((a) => a.kind === 'recording').reason, 'disk_slow');
    // Three seconds of silence make a disk slow; the writer looks five times a second, the audio thread each second.
    assert.ok(Date.now() - from < 10000, `told after ${Date.now() - from} ms`);
    fs.writeFileSync(control, '');
    await boss.socket.push('alarms', (p) => !p.alarms.some((a) => a.kind === 'recording'), 20000, seen + 1);
    assert.equal(await long.finish(), 0, 'who was talking went on talking and was heard');
    const [call] = await boss.rest.interactions((items) => items.length === 1 && items[0].ended_at);
    const [recording] = await until('the recording to be sealed', async () => {
      const found = (await boss.rest.get(`/interactions/${call.id}`)).recordings;
      return found[0]?.integrity === 'whole' && found;
    });
    assert.ok(recording.duration_ms > 8000, `${recording.duration_ms} ms`);
  } finally {
    fs.writeFileSync(control, '');
    await server.stop();
  }
});

test('a database server that is away for a while: calls go on, everything arrives once', { timeout: 720000 + AWAY_S * 1000 }, async () => {
  const pg = await Postgres.start();
  let server;
  try {
    const data = path.join(temporaryFolder('pressure-pg'), 'data');
    fs.mkdirSync(data);
    fs.writeFileSync(path.join(data, 'database'), `${pg.database('centre')}\n`, { mode: 0o600 });
    server = await start({ config: { data_directory: data, spool_mb: 8 } });
    await spoolMade(server);
    const boss = await server.person('boss', PASSWORD);
    const calls = [caller(server, '+15550005021', AWAY_S + 3)];
    await calls[0].event({ event: 'person_heard' });
    const seen = boss.socket.pushes.length;
    await pg.stop();
    const back = Date.now() + AWAY_S * 1000;
    let n = 0;
    while (Date.now() < back) {
      assert.equal(await caller(server, '+15550005022', 1).finish(), 0, 'a call is served without the database');
      n++;
    }
    const push = await alarm(boss, 'store_not_writing', seen);
    assert.equal(push.alarms.find((a) => a.kind === 'store_not_writing').reason, 'unreachable');
    const refused = await (await server.person('boss', PASSWORD).catch(() => null));
    assert.equal(refused, null, 'who signs in meanwhile is told, not let in');
    assert.deepEqual([(await ready(server)).status, (await ready(server)).is_degraded], [200, true]);
    await pg.begin();
    assert.equal(await calls[0].finish(), 0);
    await until('everything to be written', async () => (await ready(server)).store_state === 'writing', 30000, 100);
    await noAlarm(boss, seen + 1);
    const events = await log(boss.rest);
    assertWhole(events, '+15550005021', 1);
    assertWhole(events, '+15550005022', n);
  } finally {
    await server?.stop();
    await pg.stop();
    fs.rmSync(pg.folder, { recursive: true, force: true });
  }
});
