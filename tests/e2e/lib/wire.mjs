// A caller, or an agent at a SIP address, that says exactly what a test writes: any SDP, any RTP, over IPv4 or IPv6. It sends one tone by the clock in A-law,
// G.722 or Opus, and measures what it hears.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import path from 'node:path';
import { fromAlaw, toAlaw } from './law.mjs';
import { toneShare } from './sound.mjs';
import { Srtp } from './srtp.mjs';
import { MARKAZ, freePort, until } from './util.mjs';

const TOOL = path.join(path.dirname(MARKAZ), '../../tests/e2e/voice_tool');
const token = () => randomBytes(6).toString('hex');
const FRAME_MS = 20;

/** payload type, name in SDP, RTP clock, rate of its samples */
export const VOICES = {
  pcma: { type: 8, map: 'PCMA/8000', clock: 8000, rate: 8000 },
  g722: { type: 9, map: 'G722/8000', clock: 8000, rate: 16000 },
  opus: { type: 111, map: 'opus/48000/2', clock: 48000, rate: 48000 },
};

function tool(args, input) {
  const done = spawnSync(TOOL, args, { input, maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`voice_tool ${args.join(' ')}: ${done.stderr ?? done.error}`);
  return done.stdout;
}

/** Frames of a tone, 20 ms each; a whole number of periods, so that they can be sent over and over. */
function frames(voice, hz) {
  if (voice === 'pcma')
    return Array.from({ length: 50 }, (_, k) => Buffer.from(Array.from({ length: 160 }, (__, i) => toAlaw(0.25 * Math.sin((2 * Math.PI * hz * (k * 160 + i)) / 8000)))));
  const bytes = tool(['encode', voice, String(hz), '10']);
  const list = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) list.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)));
  return list;
}

function samplesOf(voice, payloads) {
  if (voice === 'pcma') return Float64Array.from(payloads.flatMap((p) => Array.from(p, fromAlaw)));
  const lengths = payloads.flatMap((p) => [Buffer.from([p.length >> 8, p.length & 255]), p]);
  const pcm = tool(['decode', voice], Buffer.concat(lengths));
  return Float64Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(i * 2) / 32768);
}

export class Wire {
  /** host: an address of its own, where its server listens, too. isSecret: offers AES_CM_128_HMAC_SHA1_80 and nothing else. */
  static async start({ server, host = '127.0.0.1', hz = 440, from = '+15550007001', port, isSecret = false }) {
    const w = new Wire();
    if (isSecret) w.master = randomBytes(30);
    Object.assign(w, { server, host, hz, from, seq: 1000, at: 0, heard: [], reports: [], requests: [], pending: new Map(), isTalking: false, ssrc: randomBytes(4).readUInt32BE() });
    w.isV6 = host.includes(':');
    w.shown = w.isV6 ? `[${host}]` : host;
    [w.port, w.audioPort, w.reportPort] = [port ?? (await freePort()), await freePort(), await freePort()];
    w.sip = await w.open(w.port, (packet, from) => w.#message(packet.toString('utf8'), from));
    w.audio = await w.open(w.audioPort, (packet, from) => w.#rtp(packet, from));
    w.rtcp = await w.open(w.reportPort, (packet, from) => w.reports.push({ packet, from }));
    w.speak('pcma');
    w.timer = setInterval(() => w.#say(), 10);
    return w;
  }

  open(port, onPacket) {
    return new Promise((resolve, reject) => {
      const socket = dgram.createSocket(this.isV6 ? 'udp6' : 'udp4');
      socket.on('message', onPacket);
      socket.once('error', reject);
      socket.bind(port, this.host, () => resolve(socket.unref()));
    });
  }

  /** From now on in this voice. */
  speak(voice, hz = this.hz) {
    Object.assign(this, { voice, hz, ...VOICES[voice], frames: frames(voice, hz) });
  }

  /** fields: voices offered, port, host, direction; lines: more of the m-line; before: other m-lines in front, after: behind. */
  sdp({ voices = [this.voice], port = this.audioPort, host = this.host, direction = 'sendrecv', ptime = 20, lines = [], before = [], after = [] } = {}) {
    const family = host.includes(':') ? 'IP6' : 'IP4';
    const formats = voices.map((v) => VOICES[v]);
    return ['v=0', `o=- 7 ${(this.version = (this.version ?? 0) + 1)} IN ${family} ${host}`, 's=-', `c=IN ${family} ${host}`, 't=0 0', ...before,
      `m=audio ${port} ${this.master ? 'RTP/SAVP' : 'RTP/AVP'} ${formats.map((f) => f.type).join(' ')}`, ...formats.map((f) => `a=rtpmap:${f.type} ${f.map}`),
      `a=ptime:${ptime}`, `a=rtcp:${this.reportPort}`,
      ...(this.master ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${this.master.toString('base64')}`] : []),
      `a=${direction}`, ...lines, ...after, ''].join('\r\n');
  }

  // --- signalling

  #send(lines, body, type = 'application/sdp') {
    const text = [...lines, ...(body ? [`Content-Type: ${type}`] : []), `Content-Length: ${Buffer.byteLength(body ?? '')}`, '', body ?? ''].join('\r\n');
    this.sip.send(text, this.server.sipPort, this.host, () => {});
  }

  #heads(method, cseq) {
    const { dialog } = this;
    return [`${method} ${dialog.uri} SIP/2.0`, `Via: SIP/2.0/UDP ${this.shown}:${this.port};branch=z9hG4bK${token()}`, 'Max-Forwards: 70', `From: ${dialog.from}`,
      `To: ${dialog.to}`, `Call-ID: ${dialog.id}`, `CSeq: ${cseq} ${method}`, `Contact: <sip:wire@${this.shown}:${this.port}>`];
  }

  #request(method, body) {
    const cseq = ++this.dialog.cseq;
    const answered = new Promise((resolve) => this.pending.set(cseq, resolve));
    this.#send(this.#heads(method, cseq), body);
    return Promise.race([answered, until(`an answer to ${method}`, () => !this.pending.has(cseq), 15000).then(() => answered)]);
  }

  /** Calls number; body null: without an offer. Resolves with the final answer: { code, head, body }. ackBody: the ACK's SDP. */
  async invite(number, body = this.sdp(), ackBody = undefined) {
    const uri = `sip:${number}@${this.shown}:${this.server.sipPort}`;
    this.dialog = { uri, from: `<sip:${this.from}@${this.shown}>;tag=${token()}`, to: `<${uri}>`, id: token(), cseq: 0 };
    this.isUp = this.isOver = false;
    this.ackBody = ackBody;
    const answer = await this.#request('INVITE', body);
    this.isUp = answer.code < 300;
    return answer;
  }

  async reinvite(body = this.sdp(), ackBody = undefined) {
    this.ackBody = ackBody;
    return this.#request('INVITE', body);
  }

  async hangUp() {
    if (!this.isUp || this.isOver) return;
    this.isOver = true;
    await this.#request('BYE');
  }

  #message(text, from) {
    const [head] = text.split('\r\n\r\n');
    const body = text.slice(head.length + 4);
    if (!/^call-id:/im.test(head)) return; // a keep-alive
    if (/^SIP\/2.0 /.test(head)) this.#response(head, body);
    else if (!/^ACK /.test(head)) this.#asked(head, body, from);
  }

  #response(head, body) {
    const code = Number(head.slice(8, 11));
    const [, cseq, method] = head.match(/^cseq: (\d+) (\w+)/im);
    if (code < 200) return;
    const isOk = code < 300;
    if (method === 'INVITE') {
      this.dialog.to = head.match(/^to: (.*)$/im)[1].trim();
      if (isOk) this.dialog.uri = head.match(/^contact: <([^>]*)>/im)?.[1] ?? this.dialog.uri;
      if (isOk && body) this.#talkTo(body);
      this.#send(this.#heads('ACK', cseq), isOk ? (typeof this.ackBody === 'function' ? this.ackBody(body) : this.ackBody) : undefined);
    }
    this.pending.get(Number(cseq))?.({ code, head, body });
    this.pending.delete(Number(cseq));
  }

  #asked(head, body, from) {
    const method = head.split(' ')[0];
    const isFirst = method === 'INVITE' && !/^to:.*;tag=/im.test(head);
    this.requests.push({ method, head, body });
    if (isFirst) {
      this.dialog = { uri: head.match(/^contact: <([^>]*)>/im)[1], from: `${head.match(/^to: (.*)$/im)[1].trim()};tag=${token()}`,
        to: head.match(/^from: (.*)$/im)[1].trim(), id: head.match(/^call-id: (.*)$/im)[1].trim(), cseq: 100 };
      [this.isUp, this.isOver] = [true, false];
    }
    if (method === 'INVITE' && body) this.#talkTo(body);
    if (method === 'BYE') this.isOver = true;
    const keep = head.split('\r\n').filter((line) => /^(via|from|call-id|cseq|record-route):/i.test(line));
    keep.push(isFirst ? `To: ${this.dialog.from}` : head.match(/^to:.*$/im)[0]);
    const answer = method === 'INVITE' ? this.sdp() : '';
    const text = ['SIP/2.0 200 OK', ...keep, `Contact: <sip:wire@${this.shown}:${this.port}>`, ...(answer ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${answer.length}`, '', answer].join('\r\n');
    this.sip.send(text, from.port, from.address, () => {});
  }

  #talkTo(body) {
    const port = Number(body.match(/^m=audio (\d+)/m)?.[1] ?? 0);
    if (!port) return;
    const key = body.match(/^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(\S{40})/m)?.[1];
    if (this.master) [this.out, this.in] = [new Srtp(this.master), new Srtp(Buffer.from(key, 'base64'))];
    const address = body.match(/^c=IN IP\d (\S+)/m)[1];
    this.peer = { address: /^(0\.0\.0\.0|::)$/.test(address) ? this.host : address, port };
    this.isTalking = true;
  }

  // --- sound

  /** Bytes to where the other side listens, from `socket` (its own by default). */
  send(bytes, socket = this.audio) {
    socket.send(bytes, this.peer.port, this.peer.address, () => {});
  }

  /** As many frames as are due, so that a late timer loses none. */
  #say() {
    if (!this.isTalking || this.isOver) return;
    this.began ??= Date.now() - this.at * FRAME_MS;
    const due = Math.floor((Date.now() - this.began) / FRAME_MS);
    if (due - this.at > 50) this.at = due;
    for (; this.at < due; this.at++) {
      const packet = this.packet(this.frames[this.at % this.frames.length]);
      const ready = this.out ? this.out.protect(packet) : packet;
      for (const bytes of this.mangle ? this.mangle(ready, this.at) : [ready]) this.send(bytes);
    }
  }

  /** One RTP packet, the next of the stream unless told otherwise. */
  packet(payload, { type = this.type, seq = this.seq++ & 0xffff, ssrc = this.ssrc } = {}) {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = type;
    head.writeUInt16BE(seq, 2);
    head.writeUInt32BE((this.at * (this.clock / 50)) >>> 0, 4);
    head.writeUInt32BE(ssrc, 8);
    return Buffer.concat([head, payload]);
  }

  #rtp(packet, from) {
    if (packet.length >= 2 && packet[1] >= 192 && packet[1] <= 223) this.reports.push({ packet, from });
    else if (packet.length > 12) this.#hear(this.in ? this.in.open(packet) : packet);
  }

  #hear(packet) {
    if (packet) this.heard.push({ type: packet[1] & 0x7f, seq: packet.readUInt16BE(2), ssrc: packet.readUInt32BE(8), payload: packet.subarray(12) });
    else this.forged = (this.forged ?? 0) + 1;
  }

  /** What came since `heard` was emptied, in the right order and each once, as a telephone's buffer does. */
  #ordered(type) {
    const mine = this.heard.filter((p) => p.type === type);
    const place = (p) => (p.seq - mine[0].seq + 0x18000) & 0xffff;
    const once = new Map(mine.map((p) => [place(p), p.payload]));
    return [...once].sort(([a], [b]) => a - b).map(([, payload]) => payload);
  }

  /** The mean share of hz in each single frame of A-law among the next `count`: gaps between them do not matter. */
  async shareByFrame(hz, count = 50) {
    this.heard = [];
    await until(`${count} frames at ${this.from}`, () => this.#ordered(8).length >= count, 15000, 20);
    const frames = this.#ordered(8).map((payload) => Float64Array.from(payload, fromAlaw));
    return frames.reduce((sum, frame) => sum + toneShare(frame, hz, 8000), 0) / frames.length;
  }

  /** The share of hz in the next `count` frames of the voice agreed. */
  async share(hz, count = 20) {
    const voice = this.voice;
    this.heard = [];
    const mine = () => this.#ordered(VOICES[voice].type);
    await until(`${count} frames of ${voice} at ${this.from}; ${this.heard.length} of others`, () => mine().length >= count, 10000, 20);
    const all = samplesOf(voice, mine().slice(0, count));
    const heard = all.subarray(Math.floor(all.length / 4)); // a decoder's first frames are its run-up
    const power = heard.reduce((sum, x) => sum + x * x, 0) / heard.length;
    return power < 1e-6 ? 0 : toneShare(heard, hz, VOICES[voice].rate);
  }

  /** Waits until hz is what is heard. */
  hears(hz, ms = 15000) {
    return until(`${hz} Hz at ${this.from}`, async () => (await this.share(hz)) > 0.8, ms, 100);
  }

  /** Nothing arrives for this long; waited for, at most ten seconds. */
  async isDeaf(quietMs = 400) {
    let before = -1;
    await until('silence', () => {
      const now = this.heard.length;
      const isQuiet = now === before;
      before = now;
      return isQuiet;
    }, 10000, quietMs);
  }

  stop() {
    if (this.isStopped) return;
    this.isStopped = true;
    clearInterval(this.timer);
    [this.sip, this.audio, this.rtcp].forEach((socket) => socket.close());
  }
}
