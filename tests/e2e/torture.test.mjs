// RFC 4475, every message of it, and floods of spoilt ones over UDP, TCP and TLS while calls are answered; then quiet. MARKAZ_TORTURE_S: how long the flood lasts (8).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { agents, callers } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { Spoiler, Vandal, answerable, torture } from './lib/torture.mjs';
import { cpuSeconds, freePort, sleep, until } from './lib/util.mjs';

const FLOOD_S = Number(process.env.MARKAZ_TORTURE_S ?? 8);
const TRUNK = '127.0.0.1';
const STRANGER = '127.0.0.2';

let server, remote, tlsPort;
before(async () => {
  const agentsPort = await freePort();
  const sipPort = await freePort();
  tlsPort = await freePort();
  remote = await agents({ agents: 4, port: agentsPort });
  server = await Server.start({
    centre: centre({ agentsPort, uriAgents: 4, alwaysReady: 4 }),
    config: { sip_listen: `udp:127.0.0.1:${sipPort},tcp:127.0.0.1:${sipPort},tls:127.0.0.1:${tlsPort}` },
  });
  server.sipPort = sipPort;
});
after(async () => {
  const code = await server?.stop();
  await remote?.stop();
  // Under the sanitizers a leak or a wild access ends the program with another code.
  if (server) assert.equal(code, 0, server.process.stderr.slice(-3000));
});

async function aCall(from) {
  assert.ok(server.process.isRunning, server.process.stderr.slice(-2000));
  const call = callers({ to: server.sip('support'), from, audio: 'tone:440', hear: 1000, 'talk-s': 0.5, 'patience-s': 30 });
  assert.equal(await call.finish(60000), 0, call.stdout);
}

// The final answer to each message: to a stranger, and to the trunk, whose calls are to numbers that are not ours. 0: none, because it is a response nobody waits for, or
// because it is no SIP message (RFC 3261 18.3 lets us drop what cannot be read), or has no branch, as before RFC 3261.
const REACTIONS = {
  // 3.1.1 valid
  wsinv: [481, 481] /* in a dialog that we do not have */, intmeth: [405, 405], esc01: [403, 404], escnull: [401, 401], esc02: [405, 405], lwsdisp: [200, 200], longreq: [0, 0], dblreq: [401, 401],
  semiuri: [200, 200], transports: [200, 200], mpart01: [405, 405], unreason: [0, 0], noreason: [0, 0],
  // 3.1.2 invalid
  badinv01: [0, 0], clerr: [400, 400], ncl: [400, 400], scalar02: [400, 400], scalarlg: [0, 0], quotbal: [403, 404] /* the URI can be told */, ltgtruri: [0, 0], lwsruri: [0, 0],
  lwsstart: [0, 0], trws: [0, 0], escruri: [403, 404], baddate: [403, 404], regbadct: [401, 401], badaspec: [200, 200], baddn: [200, 200], badvers: [505, 505], mismatch01: [400, 400],
  mismatch02: [400, 400], bigcode: [0, 0],
  // 3.2 transactions, 3.3 applications
  badbranch: [200, 200], insuf: [400, 400], unkscm: [416, 416], novelsc: [416, 416], unksm2: [0, 0], bext01: [420, 420], invut: [403, 415], regaut01: [401, 401], multi01: [400, 400],
  mcl01: [400, 400], bcast: [0, 0], zeromf: [200, 200], cparam01: [401, 401], cparam02: [401, 401], regescrt: [401, 401], sdp01: [403, 404],
  // 3.4 backward compatibility
  inv2543: [0, 0],
};

test('all 49 messages of RFC 4475 get the reaction they ought to', { timeout: 120000 }, async () => {
  const messages = torture();
  assert.deepEqual([...messages.keys()].sort(), Object.keys(REACTIONS).sort());
  assert.equal(messages.size, 49);
  for (const [which, host] of [STRANGER, TRUNK].entries()) {
    const vandal = await Vandal.udp({ to: server.sipPort, host });
    const finals = () => vandal.said.map((text) => /^SIP\/2\.0 (\d+)/.exec(text)).filter((found) => found && found[1] >= '200');
    for (const [name, bytes] of messages) {
      vandal.said.length = 0;
      await vandal.send(answerable(bytes, `${name}${which}`));
      // What comes in is handled in order: once this is answered, the one before is done with.
      const mark = `mark-${name}-${which}`;
      await vandal.send(`OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:${vandal.port};branch=z9hG4bK${mark};rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: ${mark}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`);
      await until(`an answer after ${name}`, () => vandal.said.some((text) => text.includes(mark)));
      const wanted = REACTIONS[name][which];
      // A final answer to an INVITE is repeated until its ACK: those of the message before are not of this one.
      const others = () => finals().filter((found) => found.input.includes(`.${name}${which}`) || (name === 'badbranch' && found.input.includes(name)));
      if (wanted) await until(`an answer to ${name}`, () => others().length > 0);
      assert.deepEqual([...new Set(others().map((found) => Number(found[1])))], wanted ? [wanted] : [], `${name} from ${host}`);
    }
    vandal.close();
  }
  await aCall('+15550006001');
});

const memoryKb = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))[1]);
const descriptors = () => fs.readdirSync(`/proc/${server.process.pid}/fd`).length;

test('floods of spoilt messages over UDP, TCP and TLS: calls are answered meanwhile, and it is quiet afterwards', { timeout: 600000 }, async () => {
  const before = { fds: descriptors() };
  const good = callers({ to: server.sip('support'), from: '+1555######', count: 0, rate: 1, 'at-once': 3, audio: 'tone:440', hear: 1000, 'talk-s': '0.5-1', 'patience-s': 30 });
  await until('the first good call', () => good.events({ event: 'call_ended' }).length > 0, 60000);
  const ways = [];
  for (const [n, host] of [STRANGER, '127.0.0.3', TRUNK].entries()) {
    const udp = await Vandal.udp({ to: server.sipPort, host });
    ways.push({ vandal: udp, spoiler: new Spoiler(20261122 + n, host, udp.port) });
    ways.push({ vandal: Vandal.stream({ to: server.sipPort, host }), spoiler: new Spoiler(7 + n, host, 9, 'TCP') });
    ways.push({ vandal: Vandal.stream({ to: tlsPort, host, isTls: true }), spoiler: new Spoiler(77 + n, host, 9, 'TLS') });
  }
  const end = Date.now() + FLOOD_S * 1000;
  let sent = 0;
  while (Date.now() < end) {
    for (const { vandal, spoiler } of ways)
      for (let i = 0; i < 6; i++, sent++) await vandal.send(spoiler.next());
    await sleep(15);
    assert.ok(server.process.isRunning, server.process.stderr.slice(-3000));
  }
  ways.forEach(({ vandal }) => vandal.close());
  const answered = good.events({ event: 'call_ended' }).length;
  await good.stop('SIGTERM', 60000);
  const bad = good.events({ event: 'call_ended' }).filter((e) => !['stopped'].includes(e.reason) && e.answered === false);
  assert.deepEqual(bad, [], 'every good call was answered');
  assert.ok(answered > 1, `${answered} good calls`);

  // Nothing of it stays: what was spoilt ends by its own timers, at the latest after 64 T1 and the time we wait for an ACK.
  const boss = await server.person('boss', PASSWORD);
  await until('every call of the flood to be over', async () => /^markaz_calls_active 0$/m.test(await (await fetch(`${server.base}/metrics`)).text()), 120000, 500);
  await boss.socket.do('live.subscribe');
  await until('its sockets to be closed', () => descriptors() <= before.fds + 6, 60000, 500);
  await sleep(500); // what is done at once is done
  const cpu = cpuSeconds(server.process.pid);
  await sleep(2000);
  assert.ok(cpuSeconds(server.process.pid) - cpu < 0.6, 'idle');
  await aCall('+15550006002');
  console.log(`# ${sent} spoilt messages, ${answered} good calls, ${Math.round(memoryKb() / 1024)} MB`);
});
