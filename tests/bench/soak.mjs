// A compressed day against the real server (soak_day.mjs says what happens in it). Memory and descriptors of the server must be flat, and
// those who talk must hear each other.
//   MARKAZ_SOAK_S  how long (1200)      MARKAZ_SOAK_SEED  of all chance (1)
//
// Memory is told plateau from growth: pools, caches and the kept decisions fill up in the first third of the day; over the last two
// thirds the line through all samples may rise by 200 KB a minute at most, and their second half may not lie higher than the first by
// more than that makes. Measured are about 100, of which nothing is in use (malloc_info says so): arenas of the allocator, one for each
// thread, that keep what was given back. A kilobyte and a half lost with each call of this day would show; smaller things
// are for src/center/test_lean.c, which counts blocks. What rises for moments only is named: each password being checked takes
// 64 MB (Argon2id, docs/operations.md), as many at once as there are web workers.
import fs from 'node:fs';
import { Recorder } from '../e2e/lib/recorder.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { freePort, sleep, until } from '../e2e/lib/util.mjs';
import { Agent, Boss, dayAgents, dayCallers, dayCentre, faxPeer, faxes, visitors } from './soak_day.mjs';

const AGENTS = 24;
const AT_ONCE = 16;
const SAMPLE_MS = 5000;
const LOOKS = 5; // for each sample: the least counts, so that a password being checked does not
const LOOK_MS = 40;
const WARM_SHARE = 1 / 3;
const GROWTH_MAX = 200; // KB a minute
const NOISE_KB = 512; // what arenas of the allocator take and give back
const PASSWORD_KB = 65536;
const WORKERS = 4; // http_workers of the configuration

const anonymous = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/)[1]); // the files' pages are the kernel's

async function sample(pid) {
  const looks = [];
  for (let i = 0; i < LOOKS; i++) {
    looks.push(anonymous(pid));
    await sleep(LOOK_MS);
  }
  return { at: performance.now() / 1000, rss: Math.min(...looks), peak: Math.max(...looks), files: fs.readdirSync(`/proc/${pid}/fd`).length };
}

/** Growth a second: the median of the slopes between all pairs (Theil and Sen), which single peaks do not bend. */
export function slope(samples, field) {
  const slopes = samples.flatMap((a, i) => samples.slice(i + 1).map((b) => (b[field] - a[field]) / (b.at - a.at)));
  slopes.sort((a, b) => a - b);
  return slopes.length ? slopes[Math.floor(slopes.length / 2)] : 0;
}

const median = (samples, field) => samples.map((s) => s[field]).sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;

/** { grows: KB a minute, rise: KB from the middle third to the last, isFlat } */
export function judge(samples) {
  const settled = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const half = Math.floor(settled.length / 2);
  const grows = slope(settled, 'rss') * 60;
  const rise = median(settled.slice(half), 'rss') - median(settled.slice(0, half), 'rss');
  const minutes = settled.length > 1 ? (settled.at(-1).at - settled[0].at) / 60 : 0;
  return { grows, rise, isFlat: grows <= GROWTH_MAX && rise <= (GROWTH_MAX * minutes) / 2 + NOISE_KB };
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

/** Calls of a caller program, its lines counted and forgotten as they come. */
function follow(program, tally) {
  let rest = '';
  program.child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    program.stdout = '';
    for (const line of lines.filter((l) => l.startsWith('{'))) {
      const e = JSON.parse(line);
      if (e.event === 'person_heard') tally.heard++;
      if (e.event !== 'call_ended') continue;
      tally.calls++;
      tally.answered += e.answered ? 1 : 0;
      tally.lost += e.lost ?? 0;
    }
  });
}

const newTally = () => ({ calls: 0, answered: 0, heard: 0, lost: 0 });

/** Starts all who take part; { server, ..., stop(): all have gone home }. */
async function begin(seed) {
  const [agentsPort, faxPort] = [await freePort(), await freePort()];
  const recorder = await Recorder.start();
  const remote = await dayAgents(AGENTS, agentsPort);
  const server = await Server.start({ centre: dayCentre({ agentsPort, count: AGENTS, recorder, faxPort }), config: { log_level: 'error', media_threads: 2 } });
  const other = await faxPeer(server.sipPort, faxPort);
  const day = { server, other, remote, recorder, people: { done: {}, refused: 0, logins: 0, visits: 0, visitsTalking: 0, visitsHeard: 0, faxes: 0, faxesSent: 0 }, isOver: false, failed: [] };
  day.agentsHeard = newTally();
  follow(remote, day.agentsHeard);
  day.loads = dayCallers(server, AT_ONCE);
  day.tallies = Object.fromEntries(Object.entries(day.loads).map(([name]) => [name, newTally()]));
  Object.entries(day.loads).forEach(([name, p]) => follow(p, day.tallies[name]));
  const admin = await server.admin();
  const { items } = await admin.get('/users?limit=200');
  const users = items.filter((u) => u.login.startsWith('uri')).map((u) => u.id);
  const queue = (await admin.find('queues', 'name', 'support')).id;
  const staff = users.map((_, i) => Object.assign(new Agent(server, `uri${i + 1}`, seed * 1000 + i, day.people), { queue, users }));
  const boss = new Boss(server, 'boss', seed * 1000 + 999, day.people);
  const isOver = () => day.isOver;
  const kept = (what, promise) => promise.catch((error) => day.failed.push(`${what}: ${error.message}`));
  const all = [...staff.map((p) => kept(p.login, p.work())), kept('boss', boss.work(staff)), kept('configuration', changeConfiguration(admin, isOver)),
    kept('visitors', visitors(server, isOver, seed, day.people)), kept('faxes', faxes(server, other, isOver, day.people))];
  day.goHome = async () => {
    day.isOver = true;
    [...staff, boss].forEach((p) => (p.isOver = true));
    await Promise.all(Object.values(day.loads).map((p) => p.stop('SIGTERM', 30000).catch(() => null)));
    await Promise.all(all);
    await drained(server);
  };
  return day;
}

async function watch(day, seconds) {
  const samples = [];
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await sleep(SAMPLE_MS - LOOKS * LOOK_MS);
    if (!day.server.process.isRunning) throw new Error(`the server ended with ${day.server.process.code}: ${day.server.process.stderr.slice(-2000)}`);
    samples.push(await sample(day.server.process.pid));
    day.recorder.forget();
    day.recorder.invites.length = 0;
  }
  return samples;
}

export async function soak(put) {
  const seconds = Number(process.env.MARKAZ_SOAK_S ?? 1200);
  const seed = Number(process.env.MARKAZ_SOAK_SEED ?? 1);
  const day = await begin(seed);
  const { pid } = day.server.process;
  const first = await sample(pid);
  const samples = await watch(day, seconds);
  await day.goHome();
  const last = await sample(pid);
  const { grows, rise, isFlat } = judge(samples);
  const peak = Math.max(...samples.map((s) => s.peak));
  const usual = median(samples.slice(Math.floor(samples.length * WARM_SHARE)), 'rss');
  const filesGrow = slope(samples.slice(Math.floor(samples.length * WARM_SHARE)), 'files') * 3600;
  const { support } = day.tallies;
  put('soak_memory', grows, 'kb_per_minute', { target: GROWTH_MAX, met: isFlat, rise_kb: rise, first_kb: first.rss, last_kb: last.rss,
    rss_kb: samples.filter((_, i) => i % Math.ceil(samples.length / 24) === 0).map((p) => p.rss), seconds, seed, ...day.people, ...day.tallies, failed: day.failed });
  put('soak_memory_peak', (peak - usual) / PASSWORD_KB, 'passwords_at_once', { target: WORKERS, met: peak - usual <= WORKERS * PASSWORD_KB + NOISE_KB, peak_kb: peak, usual_kb: usual });
  put('soak_descriptors', filesGrow, 'per_hour', { target: 10, met: Math.abs(filesGrow) <= 10 || last.files <= first.files + 4, first: first.files, last: last.files });
  // Who is parked, held or handed on at the wrong moment may end before anybody spoke.
  const heard = support.answered ? support.heard / support.answered : 0;
  put('soak_heard', heard, 'share_of_answered', { target: 0.95, met: heard >= 0.95, by_agents: day.agentsHeard.heard, lost_packets: support.lost });
  const code = await day.server.stop();
  await Promise.all([day.remote.stop(), day.other.stop()]);
  day.recorder.stop();
  if (code !== 0) throw new Error(`the server stopped with ${code}`);
  if (day.failed.length) throw new Error(`somebody failed: ${day.failed.join('; ')}`);
}
