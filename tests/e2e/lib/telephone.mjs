// A telephone made of sockets: calls, is called, registers; sends one tone without a pause and says which tones it hears.
import { createHash, randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { fromAlaw, toAlaw } from './law.mjs';
import { toneShare } from './sound.mjs';
import { freePort, sleep, until } from './util.mjs';

const RATE = 8000;
const md5 = (text) => createHash('md5').update(text).digest('hex');
const token = () => randomBytes(6).toString('hex');

export class Telephone {
  /** hz: what it says. A registered one has login and password. */
  static async start({ hz, server, login = 'phone', password }) {
    const t = new Telephone();
    Object.assign(t, { hz, server, login, password, samples: [], isUp: false, calls: 0, sequence: 1, at: 0 });
    t.port = await freePort();
    t.audioPort = await freePort();
    t.uri = `sip:${login}@127.0.0.1:${t.port}`;
    t.sip = await t.#open(t.port, (packet, from) => t.#message(packet.toString('utf8'), from));
    t.audio = await t.#open(t.audioPort, (packet) => t.#hear(packet));
    t.timer = setInterval(() => t.#say(), 20);
    if (password) await t.#register();
    return t;
  }

  #open(port, onPacket) {
    return new Promise((resolve, reject) => {
      const socket = dgram.createSocket('udp4');
      socket.on('message', onPacket);
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', () => resolve(socket.unref()));
    });
  }

  #hear(packet) {
    if (packet.length < 13 || (packet[1] & 0x7f) !== 8) return;
    for (const byte of packet.subarray(12)) this.samples.push(fromAlaw(byte));
  }

  /** As many frames as are due by the clock, so that a late timer loses none. */
  #say() {
    if (!this.peer) return;
    this.began ??= Date.now();
    const due = Math.floor((Date.now() - this.began) / 20);
    while (this.at < due && this.at + 50 > due) this.#frame();
    this.at = Math.max(this.at, due);
  }

  #frame() {
    const packet = Buffer.alloc(172);
    packet[0] = 0x80;
    packet[1] = 8;
    packet.writeUInt16BE(this.sequence++ & 0xffff, 2);
    packet.writeUInt32BE((this.at * 160) >>> 0, 4);
    packet.writeUInt32BE(this.port, 8);
    for (let i = 0; i < 160; i++) packet[12 + i] = toAlaw(0.25 * Math.sin((2 * Math.PI * this.hz * (this.at * 160 + i)) / RATE));
    this.at++;
    this.audio.send(packet, this.peer.port, this.peer.address);
  }

  #sdp() {
    return `v=0\r\no=- 1 ${++this.calls} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${this.audioPort} RTP/AVP 8\r\na=sendrecv\r\n`;
  }

  #send(lines, body = '') {
    const text = [...lines, `Content-Length: ${Buffer.byteLength(body)}`, ...(body ? ['Content-Type: application/sdp'] : []), '', body].join('\r\n');
    this.sip.send(text, this.server.sipPort, '127.0.0.1');
  }

  #talkTo(body) {
    const port = body.match(/^m=audio (\d+)/m)?.[1];
    if (port) this.peer = { port: Number(port), address: body.match(/^c=IN IP4 (\S+)/m)?.[1] ?? '127.0.0.1' };
    this.isUp = true;
  }

  #reply(head, from, status, body = '') {
    const keep = head.split('\r\n').filter((line) => /^(via|from|call-id|cseq|record-route):/i.test(line));
    const to = head.match(/^to:.*$/im)[0];
    const text = [`SIP/2.0 ${status}`, ...keep, /tag=/.test(to) ? to : `${to};tag=t${this.port}`, `Contact: <${this.uri}>`,
      ...(body ? ['Content-Type: application/sdp'] : []), `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.sip.send(text, from.port, from.address);
  }

  #message(text, from) {
    const [head] = text.split('\r\n\r\n');
    if (!/^call-id:/im.test(head)) return; // a keep-alive
    const body = text.slice(head.length + 4);
    if (/^SIP\/2.0 /.test(head)) {
      this.#response(head, body);
    } else if (/^INVITE /.test(head)) {
      this.dialog = { to: head.match(/^from: (.*)$/im)[1], from: `${head.match(/^to: (.*)$/im)[1]};tag=t${this.port}`, id: head.match(/^call-id: (.*)$/im)[1], cseq: 100 };
      this.#talkTo(body);
      this.#reply(head, from, '200 OK', this.#sdp());
    } else if (!/^ACK /.test(head)) {
      if (/^BYE /.test(head) && head.includes(this.dialog?.id)) {
        this.isUp = false;
        this.peer = null;
      }
      this.#reply(head, from, '200 OK');
    }
  }

  #response(head, body) {
    const code = Number(head.slice(8, 11));
    if (code < 200) return;
    if (/^cseq: \d+ REGISTER/im.test(head)) this.registered?.(head, code);
    if (!/^cseq: \d+ INVITE/im.test(head)) return;
    this.answer = code;
    const { dialog } = this;
    dialog.to = head.match(/^to: (.*)$/im)[1];
    this.#send([`ACK ${dialog.uri} SIP/2.0`, ...this.#heads(`${dialog.cseq} ACK`)]);
    if (code < 300) this.#talkTo(body);
  }

  #heads(cseq) {
    const { dialog } = this;
    return [`Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${token()}`, 'Max-Forwards: 70', `From: ${dialog.from}`, `To: ${dialog.to}`,
      `Call-ID: ${dialog.id}`, `CSeq: ${cseq}`, `Contact: <${this.uri}>`];
  }

  async #register() {
    const uri = `sip:127.0.0.1:${this.server.sipPort}`;
    const me = `<sip:${this.login}@127.0.0.1>`;
    this.dialog = { from: `${me};tag=${token()}`, to: me, id: token() };
    const ask = (cseq, extra = []) => new Promise((resolve) => {
      this.registered = (head, code) => resolve({ head, code });
      this.#send([`REGISTER ${uri} SIP/2.0`, ...this.#heads(`${cseq} REGISTER`), 'Expires: 300', ...extra]);
    });
    const { head } = await ask(1);
    const [realm, nonce] = ['realm', 'nonce'].map((name) => head.match(new RegExp(`${name}="([^"]*)"`))[1]);
    const ha1 = md5(`${this.login}:${realm}:${this.password}`);
    const cnonce = token();
    const response = md5(`${ha1}:${nonce}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
    const { code } = await ask(2, [`Authorization: Digest username="${this.login}", realm="${realm}", nonce="${nonce}", uri="${uri}", qop=auth, nc=00000001, cnonce="${cnonce}", response="${response}", algorithm=MD5`]);
    if (code !== 200) throw new Error(`${this.login} cannot register: ${code}`);
  }

  /** Calls a number of the server; resolves when it is answered. */
  async call(number, from = '15550004001') {
    const uri = this.server.sip(number);
    this.dialog = { uri, from: `<sip:${from}@127.0.0.1>;tag=${token()}`, to: `<${uri}>`, id: token(), cseq: 1 };
    this.answer = 0;
    this.#send([`INVITE ${uri} SIP/2.0`, ...this.#heads('1 INVITE')], this.#sdp());
    await until(`an answer for ${this.login}`, () => this.answer >= 200);
    if (this.answer >= 300) throw new Error(`${number} answered ${this.answer}`);
  }

  hangUp() {
    this.isUp = false;
    this.peer = null;
    this.#send([`BYE ${this.dialog.uri ?? `sip:127.0.0.1:${this.server.sipPort}`} SIP/2.0`, ...this.#heads(`${++this.dialog.cseq} BYE`)]);
  }

  /** Which of the tones {name: hz} sound in the next 0.4 s: their names, sorted; "-" when only other things do, "" for silence. */
  async hears(tones) {
    await sleep(150);
    this.samples = [];
    await sleep(450);
    const heard = Float64Array.from(this.samples.slice(0, 3200));
    const power = heard.reduce((sum, x) => sum + x * x, 0) / Math.max(heard.length, 1);
    if (heard.length < 800 || power < 1e-5) return '';
    return Object.entries(tones).filter(([, hz]) => toneShare(heard, hz, RATE) > 0.08).map(([name]) => name).sort().join('+') || '-';
  }

  stop() {
    clearInterval(this.timer);
    this.sip.close();
    this.audio.close();
  }
}
