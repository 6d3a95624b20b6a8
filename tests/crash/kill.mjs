// kill -9 of the whole server under load, again and again: calls with audio, edits through the API, contacts opened through
// the API, and a reader that follows the event log. After each kill check.py looks at a copy of the files; what was
// acknowledged must be there once, and the reader must see every number once, over all the deaths.
//
// usage: kill.mjs [--kills N] [--seed N] [--postgres] [--keep]
// --postgres: the rows are on a PostgreSQL server of its own; every third time that is killed, too, with all its processes.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASSWORD, centre } from '../e2e/lib/centre.mjs';
import { Rest } from '../e2e/lib/client.mjs';
import { agents, callers } from '../e2e/lib/phones.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { Postgres } from '../e2e/lib/postgres.mjs';
import { freePort, sleep, until } from '../e2e/lib/util.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const EDITORS = 2;
const KINDS = { team: 'teams', skill: 'skills', disposition: 'dispositions', customer: 'customers' };
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const number = (id) => [...id].reduce((n, c) => n * 32n + BigInt(DIGITS.indexOf(c)), 0n);

/** Random numbers from a seed (mulberry32). */
function dice(seed) {
  let a = seed >>> 0;
  return (n) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** The file check.py reads. An id given as BigInt is written as the number it is. */
class Acks {
  constructor(file) {
    this.file = file;
    this.fd = fs.openSync(file, 'a');
  }

  say(line) {
    const text = JSON.stringify(line, (_, v) => (typeof v === 'bigint' ? `#${v}#` : v)).replace(/"#(\d+)#"/g, '$1');
    fs.writeSync(this.fd, `${text}\n`);
  }
}

class Load {
  constructor(server, token, acks, roll) {
    Object.assign(this, { server, token, acks, roll, made: 0, done: 0, opened: 0, contacts: 0, sent: 0, messages: 0, seen: 0, retry: [] });
    this.isOn = false;
    this.hasContacts = true;
    this.last = 0;
    this.faults = [];
  }

  fetch(method, url, body, headers = {}) {
    return fetch(this.server.base + url, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(8000),
      headers: { Authorization: `Bearer ${this.token}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers } });
  }

  /** One change of a row: wanted, asked for, and what came back. Nothing is known of one that got no answer. */
  async ask(op, kind, id, value) {
    const k = `crash-${++this.made}`;
    const body = value && { ...value, name: k };
    this.acks.say({ w: 'row', k, op, resource: kind, id: id ? number(id) : 0, value: body ?? null });
    const url = `/api/v1/${KINDS[kind]}${id ? `/${id}` : ''}`;
    const response = await this.fetch({ create: 'POST', update: 'PATCH', delete: 'DELETE' }[op], url, body);
    const row = response.status === 204 ? null : await response.json();
    this.acks.say({ w: 'done', k, result: response.ok ? 0 : response.status, id: response.ok && row?.id ? number(row.id) : id ? number(id) : 0 });
    if (response.ok) this.done++;
    return response.ok ? { id: row?.id ?? id } : null;
  }

  async edit() {
    const mine = [];
    while (this.isOn)
      try {
        const what = this.roll(10);
        if (mine.length === 0 || (what < 4 && mine.length < 6)) {
          const kind = Object.keys(KINDS)[this.roll(4)];
          const row = await this.ask('create', kind, null, kind === 'customer' ? { numbers: [`+98912${1000000 + this.made}`] } : {});
          if (row) mine.push({ kind, id: row.id });
        } else {
          const at = this.roll(mine.length);
          if (what < 8) await this.ask('update', mine[at].kind, mine[at].id, {});
          else if (await this.ask('delete', mine[at].kind, mine[at].id)) mine.splice(at, 1);
        }
      } catch {
        return; // it died under us
      }
  }

  /** Contacts without a telephone. One that got no answer is sent again after the restart, with its key: once is enough. */
  async open() {
    while (this.isOn && this.hasContacts)
      try {
        const n = this.retry[0] ?? ++this.opened;
        const from = `crash-${n}@example.org`;
        if (!this.retry.includes(n)) this.retry.push(n);
        this.acks.say({ w: 'contact', from, is_done: false });
        const response = await this.fetch('POST', '/api/v1/interactions', { channel: 'task', queue: this.taskQueue, from, text: 'a task' },
          { 'Idempotency-Key': `crash-${n}` });
        const answer = await response.json();
        if (response.status === 404 || response.status === 405) this.hasContacts = false;
        if (response.ok) {
          this.acks.say({ w: 'contact', from, is_done: true });
          this.contacts++;
        }
        if (response.status < 500) this.retry.shift();
        if (response.ok && this.roll(2)) await this.write(answer.id);
        await sleep(5);
      } catch {
        return;
      }
  }

  async write(id) {
    const text = `crash-message-${++this.sent}`;
    this.acks.say({ w: 'message', text, is_done: false });
    const response = await this.fetch('POST', `/api/v1/interactions/${id}/messages`, { text }, { 'Idempotency-Key': text });
    await response.arrayBuffer();
    if (!response.ok) return;
    this.acks.say({ w: 'message', text, is_done: true });
    this.messages++;
  }

  /** Every event once, in order, over all restarts. */
  async follow() {
    while (this.isOn)
      try {
        const response = await this.fetch('GET', `/api/v1/events?after_seq=${this.last}&limit=1000&wait_s=1`);
        if (!response.ok) throw new Error(`${response.status}`);
        for (const e of await response.json()) {
          if (Number(e.id) !== this.last + 1) this.faults.push(`a reader was given ${e.id} after ${this.last}`);
          this.last = Number(e.id);
          this.seen++;
          this.acks.say({ w: 'seen', seq: this.last, at: Date.parse(e.time), interaction: e.subject ? number(e.subject) : 0 });
        }
      } catch {
        await sleep(5);
      }
  }

  start() {
    this.isOn = true;
    this.running = [this.open(), this.follow(), ...Array.from({ length: EDITORS }, () => this.edit())];
  }

  async stop() {
    this.isOn = false;
    await Promise.all(this.running);
  }
}

/** A copy of what lies there, judged by check.py. Recordings are not looked at. */
function judge(folder, acks, round) {
  const copy = path.join(path.dirname(folder), `copy-${round}`);
  fs.mkdirSync(copy);
  for (const name of fs.readdirSync(folder))
    if (/^(markaz\.db(-wal)?|secret\.key|spool.*|database)$/.test(name)) fs.copyFileSync(path.join(folder, name), path.join(copy, name));
  const found = spawnSync('python3', [path.join(HERE, 'check.py'), copy, '--acks', acks], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (found.status === 0) fs.rmSync(copy, { recursive: true });
  return found.status === 0 ? [] : [`after kill ${round} (kept in ${copy}):`, ...(found.stdout + found.stderr).trim().split('\n').slice(0, 12)];
}

async function ready(server, from) {
  while (performance.now() - from < 20000) {
    if (!server.process?.isRunning) await sleep(2);
    try {
      if ((await fetch(`${server.base}/readyz`)).ok) return performance.now() - from;
    } catch {
      await sleep(3);
    }
  }
  throw new Error(`the server did not come back: ${server.process.stderr.slice(-1500)}`);
}

/** PostgreSQL dies as by a power cut for programs: the postmaster and all it started. It recovers from its own log. */
async function killPostgres(postgres) {
  const pid = postgres.process.pid;
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  for (const one of [pid, ...children.map(Number)])
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // it was gone already
    }
  await postgres.process.finish(10000);
  await until('PostgreSQL to be back', async () => {
    await postgres.begin();
    return true;
  }, 60000, 200);
}

async function begin(postgres) {
  const agentsPort = await freePort();
  const rows = centre({ agentsPort, uriAgents: 6, alwaysReady: 6,
    users: [{ login: 'crash', name: 'Crash', roles: ['administrator'], password: PASSWORD }] });
  const server = await Server.start({ centre: rows, config: { log_level: 'warn',
    ...(postgres ? { database_url: postgres.database('crash') } : {}) } });
  const admin = await new Rest(server.base).login('crash', PASSWORD);
  const { token } = await admin.post('/tokens', { name: 'crash' });
  const queue = await admin.post('/queues', { name: 'tasks', channel: 'task' }).catch(() => null);
  return { server, token, queue, agentsPort };
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** The figures; faults is empty when nothing was lost, doubled or changed. */
export async function campaign({ kills = 5, seed = 1, keep = false, onPostgres = false } = {}) {
  const roll = dice(seed);
  const postgres = onPostgres ? await Postgres.start({ shared_buffers: '32MB' }) : null;
  const { server, token, queue, agentsPort } = await begin(postgres);
  const acks = new Acks(path.join(server.folder, 'acks'));
  acks.say({ w: 'house' });
  const load = new Load(server, token, acks, roll);
  load.taskQueue = queue?.id;
  load.hasContacts = queue !== null;
  const restarts = [];
  let calls = 0;
  const faults = [];
  try {
    for (let kill = 1; kill <= kills && faults.length === 0; kill++) {
      const remote = await agents({ agents: 6, port: agentsPort });
      const peers = callers({ to: server.sip('support'), from: '+15550######', count: 200, rate: 20, 'talk-s': '0.2-2', 'patience-s': 5 });
      load.start();
      await sleep(120 + roll(900));
      await server.kill();
      if (postgres && kill % 3 === 0) await killPostgres(postgres);
      await load.stop();
      calls += peers.events({ event: 'call_started' }).length;
      await Promise.all([peers.stop('SIGKILL'), remote.stop('SIGKILL')]);
      faults.push(...judge(server.dataFolder, acks.file, kill), ...load.faults);
      const from = performance.now();
      const started = server.run();
      restarts.push(await ready(server, from));
      await started;
    }
    // The reader catches up with everything; then an orderly end, and a last look.
    load.isOn = true;
    const following = load.follow();
    await until('the reader to be at the end', async () => {
      const response = await load.fetch('GET', `/api/v1/events?after_seq=${load.last}`);
      return response.ok && (await response.json()).length === 0;
    }, 20000, 200);
    load.isOn = false;
    await following;
    await server.process.stop('SIGTERM', 30000);
    faults.push(...judge(server.dataFolder, acks.file, 'the end'), ...load.faults);
  } finally {
    if (faults.length === 0 && !keep) await server.stop();
    else await server.process.stop('SIGKILL');
    if (!keep && faults.length === 0) await postgres?.stop();
  }
  restarts.sort((a, b) => a - b);
  return { kills: restarts.length, calls, acknowledged: load.done + load.contacts + load.messages, edits: load.done, contacts: load.contacts,
    messages: load.messages, events_seen: load.seen,
    lost: faults.filter((f) => /acknowledged|was given|are in the audit log/.test(f)).length,
    doubled: faults.filter((f) => /once more|twice|times/.test(f)).length, faults,
    restart_p50_ms: Math.round(quantile(restarts, 0.5)), restart_p99_ms: Math.round(quantile(restarts, 0.99)) };
}

async function main() {
  const option = (name, fallback) => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback);
  const kills = option('--kills', 100);
  const { faults, ...figures } = await campaign({ kills, seed: option('--seed', 1), keep: process.argv.includes('--keep'),
    onPostgres: process.argv.includes('--postgres') });
  faults.forEach((fault) => console.error(fault));
  console.log(JSON.stringify({ name: process.argv.includes('--postgres') ? 'kill_9_postgres' : 'kill_9', value: figures.kills, unit: 'kills', reference: null, target: kills,
    met: faults.length === 0 && figures.kills >= kills, ...figures }));
  process.exit(faults.length ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  execFileSync('python3', ['--version'], { stdio: 'ignore' });
  await main();
}
