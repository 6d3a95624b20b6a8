// Telephones: they register over UDP, TCP and TLS, are called, fall silent and come back; what a restart keeps; NAT, brief and
// stolen logins; certificates that change while the server runs, and telephones that must show one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Baresip, Linphone } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { freePort, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

const md5 = (text) => createHash('md5').update(text).digest('hex');
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const LONG = { timeout: 240000 };

/** A server that also listens on TLS; where a telephone registers over each transport. */
async function startServer(config = {}) {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const server = await Server.start({ centre: centre({ queues: { support: { ring_timeout_s: 20 } } }),
    config: { sip_listen: `udp:127.0.0.1:${port},tcp:127.0.0.1:${port},tls:127.0.0.1:${tlsPort}`, sip_qualify_s: 2, ...config } });
  server.sipPort = port;
  server.tlsPort = tlsPort;
  return server;
}
const over = (server, transport) => ({ sipPort: transport === 'tls' ? server.tlsPort : server.sipPort });

let server, agent;
before(async () => {
  server = await startServer();
  agent = await server.person('phone', PASSWORD);
  assert.ok((await agent.socket.ask('agent.ready')).ok);
});
after(() => server?.stop());

/** How the agent stands now, as the screen was told last. */
const now = (person) => person.socket.pushes.filter((p) => p.on === 'agent').at(-1) ?? {};
const state = (wanted, reason = null, person = agent) => until(() => `${wanted} ${reason ?? ''}; is ${JSON.stringify(now(person))}`,
  () => now(person).state === wanted && (!reason || now(person).device_reason === reason), 20000);
const connected = (from) => agent.socket.push('call', (c) => c.state === 'connected', 20000, from);

/** Somebody calls, the telephone answers, they hang up. */
async function isCalled() {
  const from = agent.socket.pushes.length;
  const caller = await Wire.start({ server, hz: 440 });
  try {
    assert.equal((await caller.invite('support')).code, 200);
    await connected(from);
    await caller.hangUp();
  } finally {
    caller.stop();
  }
  await state('ready');
}

const phones = { baresip: Baresip, linphone: Linphone };
for (const [name, transport] of [['baresip', 'udp'], ['baresip', 'tcp'], ['baresip', 'tls'], ['linphone', 'udp'], ['linphone', 'tcp'], ['linphone', 'tls']]) {
  test(`${name} over ${transport}: whoever has it is ready as long as it can ring, and no longer`, LONG, async () => {
    const start = () => phones[name].start({ login: 'phone', password: 'phone-secret', server: over(server, transport), transport });
    let phone = await start();
    try {
      await state('ready');
      if (name === 'baresip') await isCalled();
      await phone.process.stop('SIGKILL'); // it says no goodbye
      await state('unreachable');
      const from = agent.socket.pushes.length;
      const caller = await Wire.start({ server, hz: 440 }); // nothing is offered to it
      assert.equal((await caller.invite('support')).code, 200);
      phone = await start(); // and all by itself they are ready again, and the one who waited is theirs
      await connected(from);
      assert.ok(!agent.socket.pushes.slice(from).some((p) => p.on === 'offer_ended' && ['unreachable', 'no_answer'].includes(p.reason)), 'no offer came to nothing');
      await caller.hangUp();
      caller.stop();
      await state('ready');
    } finally {
      await phone.process.stop('SIGKILL');
    }
    await state('unreachable');
  });
}

/** A telephone of a few lines that sends what it is told. */
class Handset {
  static async open(to) {
    const handset = new Handset();
    Object.assign(handset, { to, heard: [], id: Math.random().toString(36).slice(2), cseq: 0, socket: dgram.createSocket('udp4') });
    handset.socket.on('message', (m) => {
      const text = m.toString();
      if (/^SIP/.test(text)) handset.heard.push(text);
      else if (/^OPTIONS/.test(text)) handset.answer(text);
    });
    await new Promise((resolve) => handset.socket.bind(0, '127.0.0.1', resolve));
    handset.port = handset.socket.address().port;
    return handset;
  }
  answer(text) {
    const keep = text.split('\r\n').filter((line) => /^(via|from|call-id|cseq|to):/i.test(line));
    this.socket.send(['SIP/2.0 200 OK', ...keep, 'Content-Length: 0', '', ''].join('\r\n'), this.to, '127.0.0.1');
  }
  /** One REGISTER and its answer. */
  async register({ contact = `<sip:phone@127.0.0.1:${this.port}>`, more = [] } = {}) {
    const cseq = ++this.cseq;
    const lines = ['REGISTER sip:127.0.0.1 SIP/2.0', `Via: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK${this.id}${cseq};rport`, 'Max-Forwards: 70',
      `From: <sip:phone@127.0.0.1>;tag=${this.id}`, 'To: <sip:phone@127.0.0.1>', `Call-ID: ${this.id}`, `CSeq: ${cseq} REGISTER`, `Contact: ${contact}`, ...more, 'Content-Length: 0', '', ''];
    this.socket.send(lines.join('\r\n'), this.to, '127.0.0.1');
    return until(`an answer to REGISTER ${cseq}`, () => this.heard.find((m) => m.includes(`CSeq: ${cseq} REGISTER`)));
  }
  /** What proves the password to the challenge. */
  proof(challenge, algorithm, nc = 1) {
    const hash = algorithm === 'MD5' ? md5 : sha256;
    const line = challenge.split('\r\n').find((l) => /^www-authenticate/i.test(l) && l.includes(`algorithm=${algorithm},`));
    const [realm, nonce] = ['realm', 'nonce'].map((n) => line.match(new RegExp(`${n}="([^"]*)"`))[1]);
    const count = String(nc).padStart(8, '0');
    const response = hash(`${hash(`phone:${realm}:phone-secret`)}:${nonce}:${count}:c:auth:${hash('REGISTER:sip:127.0.0.1')}`);
    return `Authorization: Digest username="phone", realm="${realm}", nonce="${nonce}", uri="sip:127.0.0.1", qop=auth, nc=${count}, cnonce="c", response="${response}", algorithm=${algorithm}`;
  }
}

test('NAT: the answer says where it came from, and calls go there; brief and stolen logins are refused', LONG, async () => {
  const handset = await Handset.open(server.sipPort);
  try {
    const challenge = await handset.register();
    assert.match(challenge, new RegExp(`Via: .*received=127.0.0.1.*|Via: .*rport=${handset.port}`));
    assert.match(challenge, /algorithm=SHA-256[\s\S]*algorithm=MD5/);
    const brief = await handset.register({ contact: `<sip:phone@10.1.2.3:5060>;expires=5`, more: [handset.proof(challenge, 'SHA-256')] });
    assert.match(brief, /^SIP\/2.0 423 .*\r\n[\s\S]*Min-Expires: 60/);
    const proof = handset.proof(challenge, 'SHA-256', 2);
    const good = await handset.register({ contact: '<sip:phone@10.1.2.3:5060>', more: [proof] });
    assert.match(good, /^SIP\/2.0 200/);
    await state('ready'); // it answers what is sent to where it really is
    const stolen = await handset.register({ contact: '<sip:thief@127.0.0.1:6666>', more: [proof] });
    assert.match(stolen, /^SIP\/2.0 401 [\s\S]*stale=true/);
    assert.match(await handset.register({ contact: '*', more: ['Expires: 0', handset.proof(stolen, 'MD5')] }), /^SIP\/2.0 200/);
    await state('unreachable', 'unregistered');
  } finally {
    handset.socket.close();
  }
});

test('a telephone that registered can be called after the server was killed', LONG, async () => {
  const phone = await Baresip.start({ login: 'phone', password: 'phone-secret', server: over(server, 'udp') });
  try {
    await state('ready');
    const kept = path.join(server.dataFolder, 'registrations');
    await until('the registration to be kept', () => fs.existsSync(kept) && fs.readFileSync(kept, 'utf8').includes(`\t${now(agent).phone.source}\t`));
    await server.process.stop('SIGKILL');
    agent.socket.close();
    await server.run();
    agent = await server.person('phone', PASSWORD);
    await agent.socket.ask('agent.ready');
    await isCalled();
  } finally {
    await phone.process.stop('SIGKILL');
  }
});

/** What the server shows at the port. */
const shown = (port) => new Promise((resolve, reject) => {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().subject.CN);
    socket.destroy();
  });
  socket.once('error', reject);
});

/** key and certificate in one file. */
function makeCertificate(file, name, ...more) {
  const key = `${file}.key`, cert = `${file}.crt`;
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert, ...more], { stdio: 'ignore' });
  fs.writeFileSync(`${file}.new`, fs.readFileSync(cert, 'utf8') + fs.readFileSync(key, 'utf8'), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
  return cert;
}

test('certificates of SIP and HTTPS are renewed while the server runs; telephones may have to show theirs', LONG, async () => {
  const folder = fs.mkdtempSync(path.join(server.folder, 'tls-'));
  const [certificate, mine, stranger] = ['server.pem', 'phone.pem', 'stranger.pem'].map((n) => path.join(folder, n));
  makeCertificate(certificate, 'first.example');
  const authority = makeCertificate(mine, 'phone-7');
  makeCertificate(stranger, 'phone-8');
  const httpsPort = await freePort();
  const house = await startServer({ sip_certificate: certificate, certificate, https_port: httpsPort, sip_client_ca: authority, sip_phone_certificate: 1 });
  const boss = await house.person('boss', PASSWORD);
  const started = [];
  const start = async (transport, more) => started.push(await Baresip.start({ login: 'phone', password: 'phone-secret', server: over(house, transport), transport, more }));
  try {
    assert.deepEqual([await shown(house.tlsPort), await shown(httpsPort)], ['first.example', 'first.example']);
    makeCertificate(certificate, 'second.example');
    house.process.child.kill('SIGHUP');
    await until('both to show the new one', async () => (await shown(house.tlsPort)) === 'second.example' && (await shown(httpsPort)) === 'second.example');
    makeCertificate(certificate, 'third.example');
    await until('both to show the newest without being told', async () => (await shown(house.tlsPort)) === 'third.example' && (await shown(httpsPort)) === 'third.example');
    fs.writeFileSync(certificate, 'nonsense');
    assert.deepEqual([await shown(house.tlsPort), await shown(httpsPort)], ['third.example', 'third.example']);
    const person = await house.person('phone', PASSWORD);
    await person.socket.ask('agent.ready');
    await start('udp', []);
    await started[0].process.line(/403 Client Certificate Required/, 30000);
    await start('tls', [`sip_certificate ${stranger}`]);
    await until('the stranger to be refused', () => /client certificate of .* is refused/.test(house.process.stdout + house.process.stderr), 30000);
    await start('tls', [`sip_certificate ${mine}`]);
    await state('ready', null, person);
    person.socket.close();
  } finally {
    for (const phone of started) await phone.process.stop('SIGKILL');
    boss.socket.close();
    await house.stop();
  }
});
