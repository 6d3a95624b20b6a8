// A bad network between one caller and the server: SIP passes as it is but for the addresses of the audio, and the audio passes
// with loss, jitter (and so reordering), doubled packets and cuts. Seeded: the same run loses the same packets.
import dgram from 'node:dgram';
import { freePort } from './util.mjs';

const HOST = '127.0.0.1';

export class Rough {
  /** How bad: loss and doubled as shares 0..1, jitter in ms. `server`: the SIP port it stands in front of. */
  static async start(server, { loss = 0, doubled = 0, jitterMs = 0, seed = 1 } = {}) {
    const r = new Rough();
    Object.assign(r, { server, loss, doubled, jitterMs, seed, isCut: false, streams: [], sockets: [] });
    r.counts = { passed: 0, lost: 0, doubled: 0, reordered: 0 };
    r.port = await freePort();
    r.front = await r.#open(r.port, (packet, from) => r.#fromCaller(packet.toString('latin1'), from));
    r.backPort = await freePort();
    r.back = await r.#open(r.backPort, (packet) => r.#fromServer(packet.toString('latin1')));
    // Ports for two audio legs, ready before they are needed: SDP is rewritten without waiting.
    for (let i = 0; i < 2; i++) r.streams.push(await r.#stream());
    return r;
  }

  #open(port, onMessage) {
    return new Promise((resolve, reject) => {
      const socket = dgram.createSocket('udp4');
      socket.on('message', onMessage);
      socket.once('error', reject);
      this.sockets.push(socket);
      socket.bind(port, HOST, () => resolve(socket.unref()));
    });
  }

  #chance() {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return this.seed / 2 ** 32;
  }

  /** One direction each: what comes to `near` (the server's side) goes to the caller from `far`, and back. */
  async #stream() {
    const s = { isTaken: false, caller: 0, server: 0 };
    s.nearPort = await freePort();
    s.near = await this.#open(s.nearPort, (packet) => s.caller && this.#pass(packet, s.far, s.caller));
    s.farPort = await freePort();
    s.far = await this.#open(s.farPort, (packet) => s.server && this.#pass(packet, s.near, s.server));
    return s;
  }

  #pass(packet, socket, port) {
    if (this.isCut || this.#chance() < this.loss) {
      this.counts.lost++;
      return;
    }
    const times = this.#chance() < this.doubled ? 2 : 1;
    this.counts.doubled += times - 1;
    this.counts.passed++;
    for (let i = 0; i < times; i++) {
      const wait = this.jitterMs ? Math.floor(this.#chance() * this.jitterMs) : 0;
      if (wait > 20) this.counts.reordered++;
      setTimeout(() => socket.send(packet, port, HOST, () => {}), wait).unref();
    }
  }

  /** The text with the audio's port exchanged; `side` keeps who is really there. */
  #rewrite(text, side) {
    const [head, ...rest] = text.split('\r\n\r\n');
    const body = rest.join('\r\n\r\n');
    const port = Number(body.match(/^m=audio (\d+)/m)?.[1] ?? 0);
    if (!port) return text;
    const stream = this.streams.find((s) => s[side] === port) ?? this.streams.find((s) => !s[side]);
    stream[side] = port;
    const shown = side === 'caller' ? stream.nearPort : stream.farPort;
    const changed = body.replace(/^m=audio \d+/m, `m=audio ${shown}`).replace(/^a=rtcp:.*\r\n/m, '');
    return `${head.replace(/^(content-length|l): *\d+/im, `$1: ${Buffer.byteLength(changed, 'latin1')}`)}\r\n\r\n${changed}`;
  }

  #fromCaller(text, from) {
    this.callerPort = from.port;
    this.back.send(Buffer.from(this.#rewrite(text, 'caller'), 'latin1'), this.server, HOST, () => {});
  }

  #fromServer(text) {
    if (this.callerPort) this.front.send(Buffer.from(this.#rewrite(text, 'server'), 'latin1'), this.callerPort, HOST, () => {});
  }

  stop() {
    this.sockets.forEach((socket) => socket.close());
  }
}
