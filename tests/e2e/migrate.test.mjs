// A centre at work moves to PostgreSQL and back: calls go on, what was acknowledged is there once, the log has no gap.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { agents, callers } from './lib/phones.mjs';
import { Postgres } from './lib/postgres.mjs';
import { Process } from './lib/process.mjs';
import { Server } from './lib/server.mjs';
import { MARKAZ, freePort, sleep, until } from './lib/util.mjs';

const CALLS = 30;
let pg;

before(async () => {
  pg = await Postgres.start();
}, { timeout: 240000 });
after(() => pg?.stop());

/** Edits as fast as they are answered; what was acknowledged and what was refused. */
class Editor {
  constructor(rest, prefix = 'skill ') {
    this.acknowledged = [];
    this.refused = [];
    this.done = this.#run(rest, prefix);
  }

  async #run(rest, prefix) {
    for (let i = 0; !this.isStopped; i++) {
      const name = `${prefix}${i}`;
      let response;
      let text;
      try {
        response = await rest.fetch('POST', '/api/v1/skills', { name });
        text = await response.text();
      } catch {
        return; // the server was killed
      }
      if (response.status === 201) this.acknowledged.push(name);
      else this.refused.push({ name, status: response.status, text: text.slice(0, 300), at: Date.now() });
      await sleep(5);
    }
  }

  async stop() {
    this.isStopped = true;
    await this.done;
  }
}

/** The log over the WebSocket, from its beginning; comes back by itself. */
class Reader {
  constructor(person) {
    this.seqs = [];
    this.ended = [];
    person.socket.ws.on('message', (data) => {
      const push = JSON.parse(data);
      if (push.on === 'events') push.events.forEach((e) => this.seqs.push(Number(e.id)));
      if (push.on === 'events_ended') {
        this.ended.push(push.error.code);
        setTimeout(() => this.#ask(person, push.after_seq), 500).unref();
      }
    });
    this.#ask(person, 0);
  }

  #ask(person, after) {
    person.socket.ask('events', { after_seq: after, limit: 500 }).catch(() => null);
  }
}

async function migrate(server, to) {
  const p = new Process(MARKAZ, ['migrate', '--to', to, '--config', server.configPath]);
  const code = await p.finish(90000);
  return { code, text: p.stdout + p.stderr };
}

async function allSkills(rest) {
  const names = [];
  let cursor = '';
  do {
    const page = await rest.get(`/skills?limit=200${cursor && `&cursor=${cursor}`}`);
    names.push(...page.items.map((s) => s.name));
    cursor = page.next_cursor;
  } while (cursor);
  return names;
}

function leftInFile(file) {
  const program = "import sqlite3, sys; print([r[0] for r in sqlite3.connect(sys.argv[1]).execute(\"SELECT name FROM sqlite_master WHERE name LIKE 'copy%'\")])";
  return execFileSync('python3', ['-c', program, file], { encoding: 'utf8' }).trim();
}

async function everyEvent(rest) {
  const seqs = [];
  for (;;) {
    const batch = await rest.get(`/events?after_seq=${seqs.length}&limit=1000`);
    if (batch.length === 0) return seqs;
    seqs.push(...batch.map((e) => Number(e.id)));
  }
}

test('a centre at work moves to PostgreSQL and back', { timeout: 960000 }, async () => {
  const url = pg.database('living');
  const agentsPort = await freePort();
  const remote = await agents({ agents: CALLS, port: agentsPort, 'rtp-ports': '50000-54999' });
  const server = await Server.start({ centre: centre({ agentsPort, uriAgents: CALLS, alwaysReady: CALLS, queues: { support: { recording: 'never' } } }) });
  try {
    const admin = await server.admin();
    const boss = await server.person('boss', PASSWORD);
    const reader = new Reader(boss);
    const editor = new Editor(admin);
    const load = callers({ to: server.sip('support'), from: '+1555######', count: CALLS, rate: 3, audio: 'tone:440', hear: 1000, 'talk-s': 25, 'patience-s': 60, 'rtp-ports': '40000-44999' });
    await until('calls to talk', () => load.events({ event: 'person_heard' }).length > 8, 40000, 100);

    const there = await migrate(server, url);
    assert.equal(there.code, 0, there.text);
    assert.match(there.text, /equal on both sides: \d+ tables, \d+ rows, checksum [0-9a-f]{32}/);
    const pause = Number(there.text.match(/waited for (\d+) ms/)[1]);
    assert.ok(pause < 20000, `changes waited for ${pause} ms`);
    const held = editor.refused.length;
    await sleep(1500);
    assert.equal(fs.readFileSync(path.join(server.dataFolder, 'database'), 'utf8').trim(), url);
    assert.ok(!fs.existsSync(path.join(server.dataFolder, 'markaz.db')));
    assert.ok(fs.readdirSync(server.dataFolder).some((n) => n.startsWith('markaz.db.moved-')));
    assert.equal(pg.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'copy%'", 'living'), '0');

    const back = await migrate(server, 'sqlite');
    assert.equal(back.code, 0, back.text);
    assert.ok(fs.existsSync(path.join(server.dataFolder, 'markaz.db')));
    assert.ok(!fs.existsSync(path.join(server.dataFolder, 'database')));
    assert.equal(leftInFile(path.join(server.dataFolder, 'markaz.db')), '[]', 'nothing of the copying is left');
    const again = await migrate(server, pg.database('again'));
    assert.equal(again.code, 0, again.text);

    await load.finish(90000);
    const ended = load.events({ event: 'call_ended' });
    assert.equal(ended.length, CALLS);
    assert.deepEqual(ended.filter((e) => e.ended_by !== 'us' || e.reason !== 'goodbye'), []);
    await editor.stop();
    console.log(`# pauses ${[there, back, again].map((r) => r.text.match(/waited for (\d+) ms/)[1]).join(', ')} ms; ${editor.acknowledged.length} changes acknowledged, ${editor.refused.length} refused (${held} in the first move), log read to ${reader.seqs.length}, its reader was ended ${reader.ended.length} times`);
    assert.deepEqual(editor.refused.filter((r) => r.status !== 503), [], 'what is refused is refused for the moment');
    assert.ok(editor.refused.every((r) => /again/.test(r.text)), JSON.stringify(editor.refused[0]));

    const names = await allSkills(admin);
    assert.equal(new Set(names).size, names.length);
    const missing = editor.acknowledged.filter((n) => !names.includes(n));
    assert.deepEqual(missing, []);
    const ghosts = editor.refused.filter((r) => names.includes(r.name));
    assert.deepEqual(ghosts, []);
    const calls = await until('the history', async () => {
      const { items } = await boss.rest.get('/interactions?limit=200');
      return items.length === CALLS && items.every((i) => i.ended_at && i.result === 'answered') ? items : null;
    });
    assert.equal(new Set(calls.map((c) => c.id)).size, CALLS);
    const [n, first, last] = pg.sql('SELECT count(*), min(seq), max(seq) FROM event', 'again').split('|').map(Number);
    assert.equal(first, 1);
    assert.equal(n, last, 'the sequence has no gap');
    await until('the reader of the log', () => reader.seqs.length >= last, 10000);
    assert.deepEqual(reader.seqs.filter((seq, i) => seq !== i + 1), [], 'and was read once, in order');
  } finally {
    await server.stop();
    await remote.stop();
  }
});

test('what cannot be done is said, and changes nothing', { timeout: 360000 }, async () => {
  const server = await Server.start({ centre: centre({}) });
  try {
    const url = pg.database('taken');
    pg.sql('CREATE TABLE mine (id int)', 'taken');
    const taken = await migrate(server, url);
    assert.equal(taken.code, 1);
    assert.match(taken.text, /is not empty.*Nothing was changed/s);
    const away = await migrate(server, 'postgres://nobody@127.0.0.1:1/x');
    assert.equal(away.code, 1);
    assert.match(away.text, /Nothing was changed/);
    assert.match((await migrate(server, 'mysql://x')).text, /--to wants postgres/);
    assert.match((await migrate(server, 'sqlite')).text, /there already/);
    const admin = await server.admin();
    await admin.post('/skills', { name: 'still here' });
    assert.ok(fs.existsSync(path.join(server.dataFolder, 'markaz.db')));
    const both = [pg.database('one'), pg.database('two')].map((to) => migrate(server, to));
    const codes = (await Promise.all(both)).map((r) => `${r.code} ${/another migration is at work/.test(r.text)}`);
    assert.ok(codes.includes('1 true') || codes.filter((c) => c === '0 false').length === 2, codes.join()); // or one after the other
    assert.equal((await migrate(server, 'sqlite')).code, 0);
    // The one that moves is killed in the middle: the server goes on where it is, and the next one succeeds.
    const target = pg.database('killed');
    for (const ms of [60, 120, 200]) {
      const p = new Process(MARKAZ, ['migrate', '--to', target, '--config', server.configPath]);
      await sleep(ms);
      await p.stop('SIGKILL');
      if (fs.existsSync(path.join(server.dataFolder, 'database'))) break; // it was quicker
      await until('the server to take changes', async () => (await admin.fetch('POST', '/api/v1/skills', { name: `after ${ms}` })).status === 201, 15000, 200);
    }
    if (!fs.existsSync(path.join(server.dataFolder, 'database'))) {
      const done = await until('PostgreSQL to notice that it is gone', async () => {
        const r = await migrate(server, target);
        return r.code === 0 ? r : /another server writes/.test(r.text) ? null : Promise.reject(new Error(r.text));
      }, 30000, 500);
      assert.match(done.text, /equal on both sides/);
    }
    assert.ok((await allSkills(admin)).includes('still here'));
  } finally {
    await server.stop();
  }
});

test('killed at any moment, either of the two, nothing acknowledged is lost and the rows are in one place', { timeout: 960000 }, async () => {
  let seed = 20261122;
  const dice = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  const server = await Server.start({ centre: centre({}) });
  const acknowledged = new Map();
  const places = { sqlite: 0, postgres: 0 };
  try {
    for (let life = 0; life < 10; life++) {
      const admin = await server.admin();
      const editor = new Editor(admin, `life ${life} `);
      const isOnServer = fs.existsSync(path.join(server.dataFolder, 'database'));
      const target = isOnServer ? 'sqlite' : pg.database(`life${life}`);
      await sleep(300);
      const mover = new Process(MARKAZ, ['migrate', '--to', target, '--config', server.configPath]);
      // Most of the time near the end, where it matters: the writer waits, or has just gone on.
      const sign = life % 4 === 0 ? mover.line(/both sides are compared now/, 20000) : server.process.line(/held: events go to the spool/, 20000);
      await Promise.race([sign.catch(() => null), mover.ended]);
      await sleep(dice(life % 2 ? 300 : 900));
      const isMoverKilled = life % 3 === 2;
      if (isMoverKilled) await mover.stop('SIGKILL');
      await sleep(isMoverKilled ? 1500 : 0);
      await server.kill();
      await mover.finish(30000);
      await editor.stop();
      editor.acknowledged.forEach((name) => acknowledged.set(name, life));
      await server.run();
      const names = await allSkills(await server.admin());
      assert.equal(new Set(names).size, names.length, 'none is there twice');
      const missing = [...acknowledged.keys()].filter((name) => !names.includes(name));
      assert.deepEqual(missing, [], `life ${life}, moving to ${target.slice(0, 8)}: ${mover.stdout.slice(-300)} ${mover.stderr.slice(-300)}`);
      const at = fs.existsSync(path.join(server.dataFolder, 'database')) ? 'postgres' : 'sqlite';
      places[at]++;
      if (process.env.MIGRATE_VERBOSE) console.log(`# life ${life}: now ${at}; ${mover.code} ${mover.stdout.slice(-200)} ${mover.stderr.slice(-400)}`);
      const events = await everyEvent(await server.admin());
      assert.deepEqual(events.filter((seq, i) => seq !== i + 1), [], 'the log has no gap');
    }
    console.log(`# ${acknowledged.size} changes over ten lives; after ${places.sqlite} of them the rows were in the file, after ${places.postgres} on the server`);
    assert.ok(acknowledged.size > 300);
  } finally {
    await server.stop();
  }
});
