// A compressed day against the real server: callers without end, agents over the WebSocket who hold, consult, confer, park, pause
// the recording, transfer, press keys, go on breaks and lose their pages, all in random order; every half minute an administrator
// changes the configuration. Memory and descriptors of the server must be flat.
//   MARKAZ_SOAK_S  how long (1200)      MARKAZ_SOAK_SEED  of all chance (1)
import fs from 'node:fs';
import { Recorder } from '../e2e/lib/recorder.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { agents, callers } from '../e2e/lib/phones.mjs';
import { PASSWORD, centre } from '../e2e/lib/centre.mjs';
import { freePort, sleep, until } from '../e2e/lib/util.mjs';

const AGENTS = 18;
const AT_ONCE = 12;
const SAMPLE_MS = 5000;
const WARM_SHARE = 0.3; // of the time: pools and caches fill up

function dice(seed) {
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
  return { next, pick: (list) => list[Math.floor(next() * list.length)], between: (a, b) => a + next() * (b - a) };
}

function sample(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  // Anonymous memory: pages of the database's files come and go with the kernel's liking.
  return { at: performance.now() / 1000, rss: Number(status.match(/RssAnon:\s+(\d+)/)[1]), files: fs.readdirSync(`/proc/${pid}/fd`).length };
}

/** Growth a second: the median of the slopes between all pairs (Theil and Sen), which single peaks do not bend. */
function slope(samples, field) {
  const slopes = samples.flatMap((a, i) => samples.slice(i + 1).map((b) => (b[field] - a[field]) / (b.at - a.at)));
  slopes.sort((a, b) => a - b);
  return slopes.length ? slopes[Math.floor(slopes.length / 2)] : 0;
}

class Agent {
  constructor(server, login, users, seed) {
    Object.assign(this, { server, login, users, dice: dice(seed), done: {}, refused: 0, calls: 0, isOver: false });
  }

  async connect() {
    const { socket } = await this.server.person(this.login, PASSWORD);
    this.socket = socket;
    await socket.ask('agent.ready');
  }

  async ask(what, fields) {
    const reply = await this.socket.ask(what, fields, 20000);
    if (reply.ok) this.done[what] = (this.done[what] ?? 0) + 1;
    else this.refused++; // the call is over, the colleague busy: that is a day's work
    return reply.ok;
  }

  async #consult(interaction) {
    const to = { kind: 'agent', id: this.dice.pick(this.users) };
    if (!(await this.ask('call.consult', { interaction, to }))) return;
    await sleep(this.dice.between(300, 1500));
    const next = this.dice.pick(['call.toggle', 'call.conference', 'call.complete', 'call.return']);
    await this.ask(next, { interaction });
    await sleep(this.dice.between(200, 800));
    if (next === 'call.toggle') await this.ask('call.return', { interaction });
  }

  async #once(interaction) {
    switch (this.dice.pick(['hold', 'hold', 'mute', 'dtmf', 'record', 'consult', 'consult', 'park', 'transfer', 'nothing', 'nothing', 'page'])) {
      case 'hold':
        if (await this.ask('call.hold', { interaction })) {
          await sleep(this.dice.between(100, 1200));
          await this.ask('call.resume', { interaction });
        }
        break;
      case 'mute':
        await this.ask('call.mute', { interaction, on: true });
        await this.ask('call.mute', { interaction, on: false });
        break;
      case 'dtmf':
        await this.ask('call.dtmf', { interaction, digits: '12#' });
        break;
      case 'record':
        await this.ask('call.record', { interaction, act: 'pause' });
        await sleep(this.dice.between(100, 800));
        await this.ask('call.record', { interaction, act: 'resume' });
        break;
      case 'consult':
        await this.#consult(interaction);
        break;
      case 'park':
        if (await this.ask('call.park', { interaction })) {
          await sleep(this.dice.between(200, 800));
          await this.ask('call.pick_up', { interaction });
        }
        break;
      case 'transfer':
        await this.ask('call.transfer', { interaction, to: { kind: 'queue', id: this.queue } });
        break;
      case 'page': // a lost page: the call is at a telephone and goes on
        this.socket.close();
        await sleep(this.dice.between(100, 600));
        await this.connect();
        break;
      default:
    }
  }

  async work() {
    await this.connect();
    let seen = 0;
    while (!this.isOver) {
      const pushes = this.socket.pushes;
      const call = pushes.findLast((p) => p.on === 'call');
      const interaction = call?.state !== 'ended' ? call?.interaction : undefined;
      if (interaction && interaction !== this.last) {
        this.last = interaction;
        this.calls++;
        seen = 0;
      }
      if (interaction && seen++ < 3) await this.#once(interaction).catch(() => null);
      if (this.dice.next() < 0.05) {
        await this.ask('agent.break').catch(() => null);
        await this.ask('agent.ready').catch(() => null);
      }
      if (pushes.length > 500) pushes.splice(0, pushes.length - 50);
      await sleep(this.dice.between(200, 900));
    }
    await this.socket.ask('agent.offline').catch(() => null);
    this.socket.close();
  }
}

async function changeConfiguration(admin, isOver) {
  for (let i = 0; !isOver(); i++) {
    for (let wait = 0; wait < 30 && !isOver(); wait++) await sleep(1000);
    const queue = await admin.find('queues', 'name', 'sales').catch(() => null);
    if (queue) await admin.fetch('PATCH', `/api/v1/queues/${queue.id}`, { ring_timeout_s: 5 + (i % 3) }, { 'If-Match': `"${queue.version}"` }).catch(() => null);
  }
}

async function drained(server) {
  const metric = async () => Number((await (await fetch(`${server.base}/metrics`)).text()).match(/^markaz_media_legs(?:_open)? (\d+)/m)?.[1] ?? 0);
  await until('all legs to be gone', async () => (await metric()) === 0, 60000, 500).catch(() => null);
  await sleep(2000);
}

export async function soak(put) {
  const seconds = Number(process.env.MARKAZ_SOAK_S ?? 1200);
  const seed = Number(process.env.MARKAZ_SOAK_SEED ?? 1);
  const agentsPort = await freePort();
  const recorder = await Recorder.start();
  const remote = await agents({ agents: AGENTS, port: agentsPort, audio: 'tone:1000' });
  const base = centre({ agentsPort, uriAgents: AGENTS, queues: { support: { recording: 'always' } } });
  const server = await Server.start({
    centre: { ...base, 'recorders.json': [{ name: 'Vault', uri: recorder.uri, percent: 20 }] },
    config: { log_level: 'error', media_threads: 2 },
  });
  const admin = await server.admin();
  const load = callers({ to: server.sip('support'), from: '+1555######', count: 0, rate: 2, 'at-once': AT_ONCE, audio: 'tone:440', hear: 1000,
    'talk-s': '2-12', 'patience-s': '5-25' });
  const { items } = await admin.get('/users?limit=200');
  const users = items.filter((u) => u.login.startsWith('uri')).map((u) => u.id);
  const queue = (await admin.find('queues', 'name', 'support')).id;
  const people = users.map((_, i) => Object.assign(new Agent(server, `uri${i + 1}`, users, seed * 1000 + i), { queue }));
  let isOver = false;
  const days = people.map((p) => p.work().catch((error) => (p.failed = error.message)));
  const changes = changeConfiguration(admin, () => isOver);
  const first = sample(server.process.pid);
  const samples = [];
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await sleep(SAMPLE_MS);
    if (!server.process.isRunning) throw new Error(`the server ended with ${server.process.code}: ${server.process.stderr.slice(-2000)}`);
    samples.push(sample(server.process.pid));
    recorder.forget();
    remote.stdout = remote.stdout.slice(-4000);
  }
  isOver = true;
  people.forEach((p) => (p.isOver = true));
  await load.stop('SIGTERM', 30000).catch(() => null);
  await Promise.all([...days, changes]);
  await drained(server);
  const last = sample(server.process.pid);
  const settled = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const done = people.reduce((sum, p) => (Object.entries(p.done).forEach(([k, n]) => (sum[k] = (sum[k] ?? 0) + n)), sum), {});
  const ended = load.events({ event: 'call_ended' });
  const grows = slope(settled, 'rss') * 60; // KB a minute
  const filesGrow = slope(settled, 'files') * 3600;
  const more = { seconds, seed, calls: ended.length, answered: ended.filter((e) => e.answered).length, done, failed: people.filter((p) => p.failed).map((p) => p.failed) };
  // A call leaves nothing behind: what is allowed is what a log of a busy minute takes in pages of the database.
  put('soak_memory', grows, 'kb_per_minute', { target: 300, met: grows <= 300, first_kb: first.rss, last_kb: last.rss, rss_kb: samples.filter((_, i) => i % Math.ceil(samples.length / 20) === 0).map((p) => p.rss), ...more });
  put('soak_descriptors', filesGrow, 'per_hour', { target: 10, met: Math.abs(filesGrow) <= 10 || last.files <= first.files + 4, first: first.files, last: last.files });
  const code = await server.stop();
  await remote.stop();
  recorder.stop();
  if (code !== 0) throw new Error(`the server stopped with ${code}`);
  if (more.failed.length) throw new Error(`agents failed: ${more.failed.join('; ')}`);
}
