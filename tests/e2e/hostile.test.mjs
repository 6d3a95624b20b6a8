// Strangers and vandals: wrong passwords, garbage, floods, those who never read. Each time the house goes on working.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { agents, callers, sipp } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Rest, Socket } from './lib/client.mjs';
import { Server } from './lib/server.mjs';
import { freePort, sleep, until } from './lib/util.mjs';

let server, remote;
before(async () => {
  const agentsPort = await freePort();
  remote = await agents({ agents: 2, port: agentsPort });
  server = await Server.start({ centre: centre({ agentsPort, uriAgents: 2, alwaysReady: 2 }) });
});
after(async () => {
  await server?.stop();
  await remote?.stop();
});

// SplitMix-like numbers from a fixed seed: the same garbage every time.
let state = 20261121;
function random(n) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % n;
}
const noise = (n) => Buffer.from(Array.from({ length: n }, () => random(256)));

async function stillWorks(from) {
  assert.ok(server.process.isRunning, server.process.stderr.slice(-2000));
  const call = callers({ to: server.sip('support'), from, audio: 'tone:440', hear: 1000, 'talk-s': 0.5, 'patience-s': 20 });
  assert.equal(await call.finish(), 0, call.stdout);
  assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
}

test('wrong passwords are refused alike and then slowed down; others still get in', async () => {
  const wrong = async (login) => new Rest(server.base).fetch('POST', '/api/v1/session', { login, password: 'not the password' });
  const known = await wrong('boss');
  const unknown = await wrong('nobody-here');
  assert.equal(known.status, 401);
  assert.equal(unknown.status, 401);
  assert.equal((await known.json()).detail, (await unknown.json()).detail, 'nobody learns who exists');
  let limited;
  for (let i = 0; i < 40 && !limited; i++) {
    const response = await wrong('web');
    if (response.status === 429) limited = response;
    else assert.equal(response.status, 401);
  }
  assert.ok(limited, '429 in the end');
  assert.ok(Number(limited.headers.get('retry-after')) > 0);
});

test('what needs a session says 401, what needs a right says 403', async () => {
  for (const url of ['/api/v1/users', '/api/v1/interactions', '/api/v1/kpis', '/api/v1/audit', '/api/v1/session'])
    assert.equal((await fetch(server.base + url)).status, 401, url);
  const boss = await server.person('boss', PASSWORD);
  assert.equal((await boss.rest.fetch('POST', '/api/v1/users', { login: 'x' })).status, 403);
  const forged = await fetch(`${server.base}/api/v1/skills`, { method: 'POST', headers: { Cookie: boss.rest.cookie, 'Content-Type': 'application/json' }, body: '{"name":"x"}' });
  assert.equal(forged.status, 403, 'a form on another site cannot write');
});

test('garbage on the SIP port, UDP and TCP', { timeout: 240000 }, async () => {
  const socket = dgram.createSocket('udp4');
  const valid = `INVITE sip:support@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:support@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n`;
  for (let i = 0; i < 3000; i++) {
    const bytes = i % 3 ? Buffer.from(valid) : noise(random(1200) + 1);
    for (let k = random(8); k > 0 && i % 3; k--) bytes[random(bytes.length)] = random(256);
    socket.send(bytes, server.sipPort, '127.0.0.1');
    if (i % 50 === 0) await sleep(5);
  }
  socket.close();
  for (let i = 0; i < 20; i++) {
    const tcp = net.connect(server.sipPort, '127.0.0.1');
    tcp.on('error', () => {});
    tcp.write(i % 2 ? noise(5000) : `INVITE sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n${'X: y\r\n'.repeat(5000)}`);
    await sleep(20);
    tcp.destroy();
  }
  await sleep(1000);
  await stillWorks('+15550005001');
});

test('garbage on the HTTP port', { timeout: 240000 }, async () => {
  const lines = [
    noise(4000),
    'GET / HTTP/1.1\r\nHost: x\r\n' + 'A: b\r\n'.repeat(20000) + '\r\n',
    'GET /' + 'a'.repeat(100000) + ' HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}',
    'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}',
    'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nX-Markaz: 1\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n' + '['.repeat(200000),
    'GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
  ];
  for (const line of lines)
    await new Promise((resolve) => {
      const tcp = net.connect(server.httpPort, '127.0.0.1');
      let got = '';
      const over = () => {
        tcp.destroy();
        assert.doesNotMatch(got, /root:x:0/);
        resolve();
      };
      tcp.setTimeout(3000, over);
      tcp.on('data', (data) => (got += data));
      tcp.on('error', over);
      tcp.on('end', over);
      tcp.write(line);
    });
  await stillWorks('+15550005002');
});

test('a WebSocket that never reads is closed; the others hear everything', { timeout: 240000 }, async () => {
  const boss = await server.person('boss', PASSWORD);
  await boss.socket.do('live.subscribe');
  const deaf = await Socket.open(boss.rest);
  await deaf.do('live.subscribe');
  deaf.ws._socket.pause();
  // Replies pile up for the one who does not read.
  let sent = 0;
  while (sent < 40000 && deaf.ws.readyState === 1 && deaf.ws.bufferedAmount < 1 << 20) {
    for (let i = 0; i < 200; i++) deaf.ws.send(JSON.stringify({ id: 100000 + sent++, do: 'directory.list', search: '' }));
    await sleep(5);
  }
  const from = boss.socket.pushes.length;
  await stillWorks('+15550005003');
  await boss.socket.push('live', () => true, 5000, from);
  deaf.ws._socket.resume();
  const code = await Promise.race([deaf.closed, sleep(10000).then(() => 'still open')]);
  assert.ok(code === 1013 || code === 1006 || code === 1008, `the one who never read was closed: ${code}`);
});

test('a phone with a wrong password does not register', { timeout: 120000 }, async () => {
  const p = await sipp('register_digest.xml', ['-s', 'phone', '-au', 'phone', '-ap', 'wrong-secret', '-m', 1, `127.0.0.1:${server.sipPort}`]);
  assert.notEqual(await p.finish(25000), 0);
  const good = await sipp('register_digest.xml', ['-s', 'phone', '-au', 'phone', '-ap', 'phone-secret', '-m', 1, `127.0.0.1:${server.sipPort}`]);
  assert.equal(await good.finish(25000), 0, good.stderr.slice(-800));
});

test('no password or secret is in the log', async () => {
  assert.doesNotMatch(server.process.stderr, /markaz-e2e"|phone-secret|not the password/);
  assert.ok(!server.process.stderr.includes(server.adminPassword), 'nor the first one');
  await until('', () => true);
});
