// Ten thousand telephones that stay registered: what they cost, and whether any is lost. Each renews its registration a little before
// it would run out, with the nonce it has as long as that is good, and answers OPTIONS.
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import fs from 'node:fs';
import { Server } from '../e2e/lib/server.mjs';
import { cpuSeconds, sleep, until } from '../e2e/lib/util.mjs';

const PHONES = 10000;
const SOCKETS = 20;
const EXPIRES_S = 60;
const RENEW_MS = 50000;
const RAMP_PER_S = 800;
const WINDOW_S = 50;
const LOST_MS = 4000;

const md5 = (text) => createHash('md5').update(text).digest('hex');
const login = (i) => `p${String(i).padStart(5, '0')}`;
const header = (text, name) => text.match(new RegExp(`^${name}: *(.*)$`, 'im'))?.[1];

class Phones {
  static async open(port) {
    const phones = new Phones();
    Object.assign(phones, { port, sent: 0, answered: 0, refused: 0, options: 0, waits: [], byId: new Map(), list: [] });
    const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => new Promise((resolve) => {
      const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
      socket.on('message', (m, from) => phones.#hear(socket, m.toString(), from));
      socket.bind(0, '127.0.0.1', () => resolve(socket));
    })));
    phones.sockets = sockets;
    for (let i = 0; i < PHONES; i++) {
      const phone = { login: login(i), socket: sockets[i % SOCKETS], id: `b${i}`, cseq: 0, nc: 0, open: 0 };
      phone.at = phone.socket.address().port;
      phones.byId.set(phone.id, phone);
      phones.list.push(phone);
    }
    return phones;
  }

  #hear(socket, text, from) {
    if (text.startsWith('OPTIONS')) {
      this.options++;
      const keep = text.split('\r\n').filter((line) => /^(via|from|to|call-id|cseq):/i.test(line));
      socket.send(['SIP/2.0 200 OK', ...keep, 'Content-Length: 0', '', ''].join('\r\n'), from.port, from.address);
      return;
    }
    const phone = this.byId.get(header(text, 'Call-ID'));
    if (!phone || Number(header(text, 'CSeq')?.split(' ')[0]) !== phone.cseq) return;
    if (text.startsWith('SIP/2.0 401')) {
      const challenge = text.split('\r\n').find((line) => /^www-authenticate/i.test(line) && line.includes('algorithm=MD5'));
      [phone.realm, phone.nonce] = ['realm', 'nonce'].map((n) => challenge.match(new RegExp(`${n}="([^"]*)"`))[1]);
      phone.ha1 = md5(`${phone.login}:${phone.realm}:secret-${phone.login}`);
      phone.nc = 0;
      this.#send(phone);
      return;
    }
    if (text.startsWith('SIP/2.0 200')) {
      this.answered++;
      phone.isRegistered = true;
      this.waits.push(Date.now() - phone.open);
    } else {
      this.refused++;
    }
    phone.open = 0;
  }

  #send(phone) {
    const cseq = ++phone.cseq;
    const lines = ['REGISTER sip:127.0.0.1 SIP/2.0', `Via: SIP/2.0/UDP 127.0.0.1:${phone.at};branch=z9hG4bK${phone.id}-${cseq};rport`, 'Max-Forwards: 70',
      `From: <sip:${phone.login}@127.0.0.1>;tag=${phone.id}`, `To: <sip:${phone.login}@127.0.0.1>`, `Call-ID: ${phone.id}`, `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${phone.login}@127.0.0.1:${phone.at}>;expires=${EXPIRES_S}`];
    if (phone.nonce) {
      const nc = (++phone.nc).toString(16).padStart(8, '0');
      const response = md5(`${phone.ha1}:${phone.nonce}:${nc}:c:auth:${md5('REGISTER:sip:127.0.0.1')}`);
      lines.push(`Authorization: Digest username="${phone.login}", realm="${phone.realm}", nonce="${phone.nonce}", uri="sip:127.0.0.1", qop=auth, nc=${nc}, cnonce="c", response="${response}", algorithm=MD5`);
    }
    phone.socket.send([...lines, 'Content-Length: 0', '', ''].join('\r\n'), this.port, '127.0.0.1');
  }

  renew(phone) {
    phone.open = Date.now();
    this.sent++;
    this.#send(phone);
  }

  /** Renews perSecond of them, one after the other, until stop(). */
  turn(perSecond) {
    const began = Date.now();
    let done = 0;
    this.timer = setInterval(() => {
      for (const due = ((Date.now() - began) / 1000) * perSecond; done < due; done++) this.renew(this.list[done % PHONES]);
    }, 5);
  }

  stop() {
    clearInterval(this.timer);
  }

  close() {
    this.stop();
    for (const socket of this.sockets) socket.close();
  }
}

/** put(name, value, unit, more): as in bench.mjs. */
export async function registrar(put) {
  const users = Array.from({ length: PHONES }, (_, i) => ({ login: login(i), name: `Phone ${i}`, roles: ['agent'], device: 'phone', is_always_ready: true, sip_login: login(i), sip_password: `secret-${login(i)}` }));
  const server = await Server.start({ centre: { 'users.json': users }, config: { log_level: 'warn' } });
  const phones = await Phones.open(server.sipPort);
  try {
    phones.turn(RAMP_PER_S);
    await until('all telephones to be registered', () => phones.list.every((p) => p.isRegistered), 60000, 200);
    phones.stop();
    await until('the last answers', () => phones.list.every((p) => !p.open), 5000, 100);
    Object.assign(phones, { sent: 0, answered: 0, refused: 0, options: 0, waits: [] });
    phones.turn(PHONES / (RENEW_MS / 1000));
    const [cpu, began] = [cpuSeconds(server.process.child.pid), Date.now()];
    await sleep(WINDOW_S * 1000);
    const share = ((cpuSeconds(server.process.child.pid) - cpu) * 100000) / (Date.now() - began);
    phones.stop();
    await sleep(LOST_MS);
    const lost = phones.sent - phones.answered - phones.refused;
    const waits = phones.waits.sort((a, b) => a - b);
    const about = { phones: PHONES, renewals_per_s: Math.round(phones.sent / WINDOW_S), options_per_s: Math.round(phones.options / WINDOW_S) };
    put('registrar_cpu', share, '% of a core', { target: 15, met: share <= 15, ...about });
    put('registrar_lost', lost + phones.refused, 'registrations', { target: 0, met: lost + phones.refused === 0, sent: phones.sent });
    put('registrar_answer_p99', waits[Math.floor(waits.length * 0.99)], 'ms', { target: 50, met: waits[Math.floor(waits.length * 0.99)] <= 50 });
    const memory = Number(fs.readFileSync(`/proc/${server.process.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
    put('registrar_memory', memory, 'MB', { phones: PHONES });
  } finally {
    phones.close();
    await server.stop();
  }
}
