// Whole-product measurements and the rooms' own, one JSON object a line:
//   {"name", "value", "unit", "reference", "target", "met"}   (reference: measured beside it in the same run, or null)
// usage: bench.mjs [--list | NAME...]      Everything runs on this machine; each measurement takes less than a minute,
// but `crash`, which kills for ten, `registrar` (two), `media` (five), `voice` (three) and `soak` (twenty).
import { execFileSync, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import path from 'node:path';
import { Process } from '../e2e/lib/process.mjs';
import { Postgres } from '../e2e/lib/postgres.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { MARKAZ, SIPP_SCENARIOS, ROOT, cpuSeconds, sleep, temporaryFolder, until } from '../e2e/lib/util.mjs';
import { agents, callers } from '../e2e/lib/phones.mjs';
import { BareRelay } from './bare_relay.mjs';
import { registrar } from './registrar.mjs';
import { flood } from './flood.mjs';
import { soak } from './soak.mjs';

const BUILD = path.join(ROOT, 'build');
const CENTRE = path.join(ROOT, 'examples/load-centre');
const SERVER_SIP = 5060;
const CALLER_SIP = 5062;
const AGENTS_SIP = 5070;

function put(name, value, unit, { reference = null, target = null, met = null, ...more }) {
  const round = (x) => (typeof x === 'number' ? Number(x.toPrecision(4)) : x);
  console.log(JSON.stringify({ name, value: round(value), unit, reference: round(reference), target, met, ...more }));
}

/** The load centre as its README says: fixed ports, N agents, more of the configuration in `config`. */
function loadServer(count, { centre = CENTRE, config = {} } = {}) {
  return Server.start({
    centre,
    set: { agents: count },
    config: { sip_listen: `udp:127.0.0.1:${SERVER_SIP}`, legs_max: 20000, log_level: 'warn', rtp_ports: '20000-29999', ...config },
  });
}

/** A copy of the load centre with some fields of its queue changed. */
function centreWith(fields) {
  const folder = temporaryFolder('centre');
  fs.cpSync(CENTRE, folder, { recursive: true });
  const queues = JSON.parse(fs.readFileSync(`${folder}/queues.json`));
  fs.writeFileSync(`${folder}/queues.json`, JSON.stringify([{ ...queues[0], ...fields }]));
  // As the engines it is compared with record: plain WAV. What encryption costs is `voice_recorded_encrypted`; Opus is made after the call.
  const settings = JSON.parse(fs.readFileSync(`${folder}/settings.json`));
  fs.writeFileSync(`${folder}/settings.json`, JSON.stringify([{ ...settings[0], is_recording_encrypted: false, recording_format: 'wav' }]));
  return folder;
}

async function cpuOver(pid, seconds) {
  const before = cpuSeconds(pid);
  const start = Date.now();
  await sleep(seconds * 1000);
  return (cpuSeconds(pid) - before) / ((Date.now() - start) / 1000);
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

// --- rooms ---------------------------------------------------------------------------------------------------------------

function buildTargets(...targets) {
  execFileSync('ninja', ['-C', BUILD, ...targets], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A room's bench prints its own lines. */
async function room(target, args = []) {
  const binary = path.join(BUILD, target);
  buildTargets(target);
  const p = new Process(binary, args);
  await p.finish(300000);
  const lines = p.events();
  if (p.code !== 0 || !lines.length) throw new Error(`${target} ended with ${p.code}: ${p.stderr.slice(-500)}`);
  lines.forEach((line) => console.log(JSON.stringify({ reference: null, target: null, met: null, ...line })));
  return lines;
}

// --- calls a second ------------------------------------------------------------------------------------------------------

function sippPeer(scenario, port, args) {
  return new Process('sipp', ['-sf', path.join(SIPP_SCENARIOS, scenario), '-i', '127.0.0.1', '-p', String(port), '-nostdin',
    '-buff_size', '4194304', ...args.map(String)], { cwd: temporaryFolder('sipp') });
}

/** sipp's own books of the screen it draws at the end. */
function sippResult(p) {
  const number = (name) => Number(p.stdout.match(new RegExp(`${name}\\s*\\|[^|]*\\|\\s*(\\d+)`, 'g'))?.at(-1)?.match(/(\d+)\s*$/)?.[1] ?? NaN);
  return { ok: number('Successful call'), failed: number('Failed call') };
}

async function sippLoad(rate, count, holdMs) {
  const uas = sippPeer('uas_basic.xml', AGENTS_SIP, ['-d', 0]);
  await sleep(300);
  const uac = sippPeer('uac_basic.xml', CALLER_SIP, ['-s', 'support', '-r', rate, '-m', count, '-l', 8000, '-d', holdMs, '-timeout', 50,
    `127.0.0.1:${SERVER_SIP}`]);
  await uac.finish(60000);
  const result = sippResult(uac);
  await uas.stop('SIGKILL');
  return { ...result, code: uac.code };
}

async function signallingReference(rate) {
  buildTargets('src/sip/bench_sip');
  const reference = new Process(path.join(BUILD, 'src/sip/bench_sip'), [String(SERVER_SIP), `sip:a1@127.0.0.1:${AGENTS_SIP}`, '9']);
  await sleep(500);
  await sippLoad(rate, rate * 5, 200);
  await reference.finish(20000);
  return reference.events()[0]?.value ?? null;
}

async function calls() {
  const rate = 400;
  const count = rate * 12;
  const reference = await signallingReference(rate);
  const server = await loadServer(800);
  try {
    const before = cpuSeconds(server.process.pid);
    const start = Date.now();
    const { ok, failed } = await sippLoad(rate, count, 500);
    const seconds = (Date.now() - start) / 1000;
    const per1000 = ((cpuSeconds(server.process.pid) - before) / ok) * 1000;
    const isClean = ok === count && failed === 0;
    const offered = count / (count / rate + 0.5); // what sipp asks for, its last call's half second of talk included
    put('calls_cpu', per1000, 'cpu_s_per_1000_calls', { reference, target: 1.5, met: isClean && per1000 <= 1.5, answered: ok, failed, rate });
    put('calls_rate', ok / seconds, 'calls_per_s', { reference: offered, target: Math.round(offered * 0.95), met: isClean && ok / seconds >= offered * 0.95, failed });
  } finally {
    await server.stop();
  }
}

// --- calls with audio ----------------------------------------------------------------------------------------------------

const MEDIA_CALLS = 100;
const RELAY = { sip: 5061, callers: 5063, agents: 5071, agentPorts: '45000-49999', callerPorts: '55000-59999' };
const OURS = { sip: SERVER_SIP, callers: CALLER_SIP, agents: AGENTS_SIP, agentPorts: '50000-54999', callerPorts: '40000-44999' };
const mediaAgents = (of) => agents({ agents: MEDIA_CALLS, port: of.agents, 'rtp-ports': of.agentPorts });
const mediaCallers = (of) => callers({ to: `sip:support@127.0.0.1:${of.sip}`, listen: `127.0.0.1:${of.callers}`, from: '+1555######', count: MEDIA_CALLS, rate: 50,
  audio: 'tone:440', hear: 1000, 'talk-s': 30, 'patience-s': 50, 'rtp-ports': of.callerPorts });

async function endOfCalls(load) {
  await load.finish(60000);
  const ended = load.events({ event: 'call_ended' });
  return { lost: ended.reduce((sum, e) => sum + e.lost, 0), answered: ended.filter((e) => e.answered).length };
}

/**
 * A hundred calls through the server, and at the same time a hundred between the same kind of peers through nothing but a bare relay:
 * how peers sleep, wake and burst, and what else the machine does, is half of the cost, and is the same for both.
 */
async function mediaRun(recording) {
  const server = await loadServer(MEDIA_CALLS, { centre: centreWith({ recording }) });
  const people = [await mediaAgents(OURS), await mediaAgents(RELAY)];
  const relay = await BareRelay.start({ binary: path.join(BUILD, 'src/media/bench_media'), n: MEDIA_CALLS, port: RELAY.sip, agents: RELAY.agents });
  const loads = [mediaCallers(OURS), mediaCallers(RELAY)];
  try {
    await until('all calls to talk', () => loads.every((load) => load.events({ event: 'person_heard' }).length === MEDIA_CALLS), 20000, 200);
    await sleep(1000);
    const [percent, reference] = (await Promise.all([server.process.pid, relay.process.pid].map((pid) => cpuOver(pid, 15)))).map((x) => 100 * x);
    const [ours, theirs] = [await endOfCalls(loads[0]), await endOfCalls(loads[1])];
    const target = recording === 'never' ? 1.3 : 1.6;
    put(recording === 'never' ? 'media_100_calls' : 'recorded_100_calls', percent, 'percent_of_a_core_per_100_calls',
      { reference, ratio: Number((percent / reference).toFixed(2)), target: Number((reference * target).toPrecision(3)), met: percent <= reference * target, ...ours, relay_lost: theirs.lost });
  } finally {
    for (const p of [...loads, relay, ...people, server]) await p.stop();
  }
}

async function media() {
  await room('src/media/bench_media');
  await mediaRun('never');
  await mediaRun('always');
  await transcoding();
  await sixHundred();
}

const voiceBench = (...more) => new Process(MARKAZ, ['bench', 'voice', '--json', ...(process.env.MARKAZ_BENCH_QUICK ? ['--quick'] : []), ...more]);

/** Whole calls between codecs through the engine, the far end in another process: how many of them a core carries. */
async function transcoding() {
  const p = voiceBench('--only', 'transcoded_g722,transcoded_opus_dtls_srtp');
  await p.finish(120000);
  for (const line of p.events().filter((l) => l.name.startsWith('transcoded')))
    put(`media_${line.name}`, line.per_core ?? null, 'calls_per_core', { reference: line.reference ? 10000 / line.reference : null, lost_percent: line.lost_percent, peers_late: line.peers_late, why: line.why });
  if (p.code !== 0) throw new Error(`markaz bench voice ended with ${p.code}: ${p.stderr.slice(-500)}`);
}

/** 600 recorded calls at once, both their ends on this machine, too: no packet may be lost in a minute. */
async function sixHundred() {
  const n = Number(process.env.MARKAZ_BENCH_CALLS ?? 600);
  const server = await loadServer(n, { centre: centreWith({ recording: 'always' }) });
  const memory = () => Number(fs.readFileSync(`/proc/${server.process.pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/)[1]);
  const remote = await agents({ agents: n, port: AGENTS_SIP, audio: 'silence', 'rtp-ports': '50000-54999' });
  const load = callers({ to: `sip:support@127.0.0.1:${SERVER_SIP}`, listen: `127.0.0.1:${CALLER_SIP}`, from: '+1555######', count: n, rate: 60, audio: 'silence',
    'at-once': n, 'talk-s': 80, 'patience-s': 90, 'rtp-ports': '40000-44999' });
  try {
    const before = memory();
    await until('all calls to talk', () => remote.events({ event: 'call_answered' }).length + remote.events({ event: 'call_started' }).length >= n
      && load.events({ event: 'call_answered' }).length >= n, 60000, 300);
    await sleep(5000);
    const percent = 100 * (await cpuOver(server.process.pid, 60));
    const perCall = (memory() - before) / n;
    await load.finish(120000);
    const ended = [...load.events({ event: 'call_ended' }), ...remote.events({ event: 'call_ended' })];
    const lost = ended.reduce((sum, e) => sum + (e.lost ?? 0), 0);
    put('media_600_recorded', lost, 'packets_lost', { target: 0, met: lost === 0 && ended.length >= n, calls: n, percent_of_a_core: Number(percent.toFixed(1)) });
    put('media_call_memory', perCall, 'kb_per_recorded_call', { target: 64, met: perCall <= 64 });
  } finally {
    await load.stop();
    await remote.stop();
    await server.stop();
  }
}

/** What anybody gets on their own box: `markaz bench voice`, held to our targets. */
async function voice() {
  const p = voiceBench();
  await p.finish(400000);
  const lines = Object.fromEntries(p.events().map((line) => [line.name, line]));
  const factor = { pass: 1.3, recorded: 1.6 };
  for (const line of p.events()) {
    const { name, value, unit = '', reference = null, ...more } = line;
    const target = name === 'music_waiting' ? 5 : factor[name] ? reference * factor[name] : null;
    put(`voice_${name}`, value ?? null, unit, { reference, target, met: target === null || value === undefined ? null : value <= target, ...more });
  }
  const delay = lines.pass_300;
  if (delay?.measured)
    put('voice_delay_p99_300_calls', delay.delay_p99_ms, 'ms', { reference: lines.relay_bare_300?.delay_p99_ms, target: 2, met: delay.delay_p99_ms <= 2 });
  if (p.code !== 0) throw new Error(`markaz bench voice ended with ${p.code}: ${p.stderr.slice(-500)}`);
}

async function music() {
  const n = 100;
  const server = await loadServer(0);
  const load = callers({ to: `sip:support@127.0.0.1:${SERVER_SIP}`, listen: `127.0.0.1:${CALLER_SIP}`, from: '+1555######', count: n, rate: 50,
    'talk-s': 0, hear: 1000, 'patience-s': 40, audio: 'silence', 'rtp-ports': '40000-44999' });
  try {
    await until('all callers to wait', () => load.events({ event: 'call_answered' }).length === n, 20000, 200);
    await sleep(1000);
    const percent = 100 * (await cpuOver(server.process.pid, 12));
    put('music_100_waiting', percent, 'percent_of_a_core_per_100_waiting', { target: 5, met: percent <= 5 });
  } finally {
    await load.stop();
    await server.stop();
  }
}

// --- how long a free agent waits for the next call -----------------------------------------------------------------------

async function pick() {
  const known = 5000;
  const working = 40;
  const waiting = 500;
  const centre = centreWith({});
  const users = JSON.parse(fs.readFileSync(`${centre}/users.json`))[0];
  // Five thousand agents known, forty of them working: the others are offline.
  fs.writeFileSync(`${centre}/users.json`, JSON.stringify([{ ...users, repeat: String(working) },
    { ...users, login: 'idle${i}', name: 'Idle ${i}', device_uri: 'sip:b${i}@127.0.0.1:5070', is_always_ready: false, repeat: String(known - working) }]));
  const server = await loadServer(working, { centre });
  const remote = await agents({ agents: working, port: AGENTS_SIP, 'talk-s': '1-3', audio: 'silence', 'rtp-ports': '50000-54999' });
  const load = callers({ to: `sip:support@127.0.0.1:${SERVER_SIP}`, listen: `127.0.0.1:${CALLER_SIP}`, from: '+1555######', count: 0, rate: 100, 'at-once': waiting + working,
    audio: 'silence', 'talk-s': 0, 'rtp-ports': '40000-44999' });
  try {
    await until('the queue to be full', () => load.events({ event: 'call_started' }).length >= waiting + working, 20000, 200);
    await sleep(40000); // the 99th of a hundred is only told from chance by many hundreds
    const freeSince = new Map();
    const delays = [];
    // A call's end is reported once its audio is closed, perhaps after the next call's start: pair by when things happened.
    const when = (e) => (e.event === 'call_ended' ? e.hung_up_us : e.at_us) ?? 0;
    const happened = remote.events().filter((e) => e.event === 'call_ended' || e.event === 'call_started').sort((a, b) => when(a) - when(b));
    for (const e of happened) {
      if (e.event === 'call_ended') freeSince.set(e.to, e.hung_up_us);
      else if (e.event === 'call_started' && freeSince.has(e.to)) {
        delays.push((e.at_us - freeSince.get(e.to)) / 1000);
        freeSince.delete(e.to);
      }
    }
    delays.sort((a, b) => a - b);
    if (delays.length < 50) throw new Error(`only ${delays.length} picks were seen`);
    const p99 = quantile(delays, 0.99);
    put('pick_p50', quantile(delays, 0.5), 'ms', { target: 5, met: quantile(delays, 0.5) <= 5, picks: delays.length });
    put('pick_p99', p99, 'ms', { target: 5, met: p99 <= 5, agents: known, waiting });
  } finally {
    await load.stop();
    await remote.stop();
    await server.stop();
  }
}

// --- start ---------------------------------------------------------------------------------------------------------------

/** Milliseconds until an INVITE sent again and again gets any answer other than 503. */
function firstAnswer(ms) {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const start = performance.now();
    let n = 0;
    const end = (value) => {
      clearInterval(timer);
      socket.close();
      if (value === undefined) reject(new Error(`no answer in ${ms} ms`));
      else resolve(value);
    };
    const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 45000 RTP/AVP 8\r\n';
    const timer = setInterval(() => {
      if (performance.now() - start > ms) return end();
      const id = `${process.pid}-${++n}`;
      socket.send(`INVITE sip:support@127.0.0.1:${SERVER_SIP} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${CALLER_SIP};branch=z9hG4bK${id};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:+15550000@127.0.0.1>;tag=${id}\r\nTo: <sip:support@127.0.0.1>\r\nCall-ID: ${id}\r\nCSeq: 1 INVITE\r\n` +
        `Contact: <sip:bench@127.0.0.1:${CALLER_SIP}>\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`, SERVER_SIP, '127.0.0.1');
    }, 5);
    socket.on('message', (data) => {
      const status = Number(/^SIP\/2.0 (\d+)/.exec(data)?.[1]);
      if (status > 100 && status < 300) end(performance.now() - start);
    });
    socket.on('error', () => {});
    socket.bind(CALLER_SIP, '127.0.0.1');
  });
}

async function start() {
  const server = await loadServer(100);
  const times = [];
  try {
    for (let i = 0; i < 5; i++) {
      await server.kill();
      const answered = firstAnswer(10000);
      await Promise.all([answered, server.run()]);
      times.push(await answered);
    }
  } finally {
    await server.kill();
    await server.stop();
  }
  times.sort((a, b) => a - b);
  put('start_to_first_call', times[2], 'ms', { target: 300, met: times[2] <= 300, worst: Number(times[4].toFixed(1)) });
}

// --- coming back: an old log, and many who wait ------------------------------------------------------------------------------

/** Milliseconds from the start of the program to the first good answer of /readyz. */
async function readyAfter(server) {
  const start = performance.now();
  server.process = new Process(MARKAZ, ['serve', '--config', server.configPath]);
  for (;;) {
    if (!server.process.isRunning) throw new Error(`the server ended with ${server.process.code}: ${server.process.stderr.slice(-1500)}`);
    if (performance.now() - start > 300000) throw new Error('the server is not ready after five minutes');
    try {
      if ((await fetch(`http://127.0.0.1:${server.httpPort}/readyz`)).ok) return performance.now() - start;
    } catch {
      await sleep(3); // nobody listens yet
    }
  }
}

/** The median of kills and starts, and the worst. */
async function readyAgain(server, times) {
  const all = [];
  for (let i = 0; i < times; i++) {
    await server.kill();
    all.push(await readyAfter(server));
    await sleep(3000); // what it does behind its first answer is over
  }
  all.sort((a, b) => a - b);
  return { median: all[Math.floor(all.length / 2)], worst: Number(all.at(-1).toFixed(1)) };
}

function fill(server, ...args) {
  execFileSync(path.join(BUILD, 'src/store/bench_fill'), [server.dataFolder, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The time of a start must not grow with the age of the log: beside it, in the same run, that of an empty one. */
async function recoverOn(kind, config) {
  const events = Number(process.env.MARKAZ_BENCH_EVENTS ?? 5e6);
  const waiting = 100000;
  buildTargets('src/store/bench_fill');
  const server = await Server.start({ centre: { 'queues.json': [{ name: 'Chat', channel: 'chat' }] }, config });
  try {
    // It may be told a moment after the server is ready.
    server.adminPassword ??= await until('the first password', () => /administrator password: (\S+)/.exec(server.process.stdout)?.[1]);
    const queue = (await (await server.admin()).get('/queues')).items[0].id;
    const empty = (await readyAgain(server, 3)).median;
    await server.process.stop('SIGTERM', 30000);
    const began = performance.now();
    fill(server, events);
    const seconds = (performance.now() - began) / 1000;
    const bare = await readyAfter(server);
    await sleep(5000); // the first snapshot
    const old = await readyAgain(server, 5);
    put(`recover_${kind}_old_log`, old.median, 'ms', { reference: empty, target: 2000, met: old.median <= 2000, worst: old.worst, events,
      without_snapshot_ms: Math.round(bare), filled_per_s: Math.round(events / seconds) });
    await server.process.stop('SIGTERM', 30000);
    fill(server, 0, waiting, queue);
    const first = await readyAfter(server);
    await sleep(15000);
    const many = await readyAgain(server, 5);
    const isWhole = server.process.stderr.includes(`"${waiting} contacts go on where they were"`);
    put(`recover_${kind}_100000_waiting`, many.median, 'ms', { reference: empty, target: 1000, met: isWhole && many.median <= 1000, worst: many.worst,
      without_snapshot_ms: Math.round(first) });
  } finally {
    await server.kill();
    await server.stop();
  }
}

/** Events to disk on both databases; the disk's bare fsync and each database's bare INSERT are measured beside, in the same run. */
async function store() {
  await room('src/store/bench_store');
  const postgres = await Postgres.start();
  try {
    await room('src/store/bench_store', [temporaryFolder('bench'), postgres.database('bench')]);
  } finally {
    await postgres.stop();
  }
}

async function recover() {
  await recoverOn('sqlite', {});
  const postgres = await Postgres.start();
  try {
    await recoverOn('postgres', { database_url: postgres.database('recover') });
  } finally {
    await postgres.stop();
  }
  await room('src/center/bench_folder');
}

// --- the simulator that watches the routing engine -------------------------------------------------------------------------

/** Seeds beyond those of ./run test, in two processes. A failed one is told as sim_fuzz tells it: seed, step, invariant, how to repeat it. */
async function sim() {
  const seeds = 20000;
  const first = 1001;
  const half = seeds / 2;
  buildTargets('src/sim/sim_fuzz');
  const start = Date.now();
  const runs = [first, first + half].map((from) =>
    new Process(path.join(BUILD, 'src/sim/sim_fuzz'), ['--seeds', `${from}..${from + half - 1}`, '--json']));
  await Promise.all(runs.map((run) => run.finish(480000)));
  const seconds = (Date.now() - start) / 1000;
  const failed = runs.filter((run) => run.code !== 0);
  failed.forEach((run) => console.error(run.stdout.slice(-3000)));
  const sum = (name) => runs.reduce((all, run) => all + (run.events().at(-1)?.[name] ?? 0), 0);
  put('sim', sum('inputs') / seconds, 'inputs_per_s', { target: null, met: failed.length === 0, failures: failed.length, seeds, inputs: sum('inputs'),
    actions: sum('actions'), replays: sum('replays'), seconds: Math.round(seconds) });
  if (failed.length) throw new Error('an invariant failed: see above');
}

// --- crashes -------------------------------------------------------------------------------------------------------------

/** A thousand cuts at calls that change files, PostgreSQL killed, a hundred kill -9 of the whole server: about ten minutes. */
async function crash() {
  buildTargets('tests/crash/workload', 'tests/crash/cut.so', 'src/app/markaz');
  const crash = path.join(ROOT, 'tests/crash');
  for (const [program, args] of [['python3', [`${crash}/crash.py`, '--build', BUILD, '--cuts', '1000', '--seed', '100000', '--json']],
    ['python3', [`${crash}/crash_pg.py`, '--build', BUILD, '--cases', '25', '--json']],
    ['node', [`${crash}/kill.mjs`, '--kills', '100']],
    ['node', [`${crash}/kill.mjs`, '--kills', '20', '--postgres']]]) {
    const p = new Process(program, args);
    await p.finish(900000);
    p.events().forEach((line) => console.log(JSON.stringify(line)));
    if (p.code !== 0) throw new Error(`${args[0]} ended with ${p.code}\n${p.stdout.slice(-3000)}${p.stderr.slice(-3000)}`);
  }
}

const benches = {
  route: () => room('src/route/bench_route'),
  rules: () => room('src/rule/bench_rule'),
  store,
  theory: () => room('src/sim/bench_theory'),
  year: () => room('src/sim/bench_year', [path.join(ROOT, 'examples/simulation/year.json')]),
  replay: () => room('src/app/bench_replay'),
  sim,
  calls, media, voice, music, pick, start, recover, crash,
  detect: () => room('src/media/bench_detect', [path.join(BUILD, 'detect-corpus'), '4', '3']),
  registrar: () => registrar(put),
  flood: async () => {
    const server = await loadServer(60);
    const remote = await agents({ agents: 60, port: AGENTS_SIP, 'talk-s': 0, audio: 'silence', 'rtp-ports': '50000-54999' });
    try {
      await flood(put, { port: SERVER_SIP, to: `sip:support@127.0.0.1:${SERVER_SIP}` });
    } finally {
      await remote.stop();
      await server.stop();
    }
  },
  soak: () => soak(put),
};

async function main() {
  const names = process.argv.slice(2);
  if (names[0] === '--list') return console.log(Object.keys(benches).join('\n'));
  let failed = 0;
  for (const name of names.length ? names : Object.keys(benches)) {
    if (!benches[name]) {
      console.error(`bench: no '${name}'; there are: ${Object.keys(benches).join(' ')}`);
      process.exit(2);
    }
    try {
      await benches[name]();
    } catch (error) {
      failed++;
      console.error(`bench ${name}: ${error.message}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

if (spawnSync('sipp', ['-v']).error) {
  console.error('bench: sipp is missing: ./run install-deps test');
  process.exit(2);
}
await main();
