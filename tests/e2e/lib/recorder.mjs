// A session recording server (SIPREC, RFC 7866) made of sockets: answers INVITEs with two audio lines and keeps what they say.
import dgram from 'node:dgram';
import { freePort, until } from './util.mjs';

/** The value of an A-law byte, -1..1. */
function alaw(byte) {
  const x = byte ^ 0x55;
  const exponent = (x >> 4) & 7;
  const mantissa = ((x & 15) << 4) + 8;
  const value = exponent ? (mantissa + 256) << (exponent - 1) : mantissa;
  return (x & 0x80 ? value : -value) / 32768;
}

/** The elements of a well-formed document as { name, attributes, text, children }; throws otherwise. */
export function parseXml(text) {
  const root = { name: '', children: [], text: '' };
  const stack = [root];
  const tags = /<\?[^?]*\?>|<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let m; at < text.length && (m = tags.exec(text)); at = tags.lastIndex) {
    const top = stack.at(-1);
    if (m[5] !== undefined) {
      if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(m[5])) throw new Error(`a bare & in ${m[5]}`);
      top.text += m[5];
    } else if (m[1]) {
      if (top.name !== m[2]) throw new Error(`</${m[2]}> closes <${top.name}>`);
      stack.pop();
    } else if (m[2]) {
      const attributes = Object.fromEntries([...m[3].matchAll(/([\w:-]+)="([^"]*)"/g)].map((a) => [a[1], a[2]]));
      const element = { name: m[2], attributes, children: [], text: '' };
      top.children.push(element);
      if (!m[4]) stack.push(element);
    }
  }
  if (at !== text.length || stack.length !== 1) throw new Error(`no well-formed document at ${at}: ${text.slice(at, at + 60)}`);
  return root;
}

export const find = (element, name) => element.children.flatMap((c) => [...(c.name === name ? [c] : []), ...find(c, name)]);

export class Recorder {
  static async start({ refuse = 0 } = {}) {
    const r = new Recorder();
    r.port = await freePort();
    r.uri = `sip:srs@127.0.0.1:${r.port}`;
    r.refuse = refuse;
    r.invites = [];
    r.isEnded = false;
    r.samples = [[], []];
    r.packets = [0, 0];
    r.audio = [];
    for (const i of [0, 1]) r.audio.push(await r.#open(await freePort(), (packet) => r.#hear(i, packet)));
    r.signal = await r.#open(r.port, (packet, from) => r.#message(packet.toString('utf8'), from));
    return r;
  }

  #open(port, onPacket) {
    return new Promise((resolve, reject) => {
      const socket = dgram.createSocket('udp4');
      socket.on('message', onPacket);
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', () => resolve(socket.unref()));
    });
  }

  #hear(i, packet) {
    if (packet.length < 13 || (packet[1] & 0x7f) !== 8) return;
    this.packets[i]++;
    for (const byte of packet.subarray(12)) this.samples[i].push(alaw(byte));
  }

  #answer(head, from, status, body = '') {
    const keep = head.split('\r\n').filter((line) => /^(via|from|call-id|cseq|record-route):/i.test(line));
    const to = head.match(/^to:.*$/im)[0];
    const text = [`SIP/2.0 ${status}`, ...keep, /tag=/.test(to) ? to : `${to};tag=srs`, `Contact: <sip:srs@127.0.0.1:${this.port}>;+sip.srs`,
      ...(body ? ['Content-Type: application/sdp'] : []), `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.signal.send(text, from.port, from.address);
  }

  #message(text, from) {
    const [head] = text.split('\r\n\r\n');
    const body = text.slice(head.length + 4);
    if (/^BYE /.test(head)) {
      this.isEnded = true;
      this.#answer(head, from, '200 OK');
    } else if (/^INVITE /.test(head)) {
      if (this.refuse > 0) {
        this.refuse--;
        this.invites.push({ head, isRefused: true });
        this.#answer(head, from, '503 Service Unavailable');
        return;
      }
      this.#invited(head, body, from);
    }
  }

  #invited(head, body, from) {
    const boundary = head.match(/^content-type: multipart\/mixed;boundary=(\S+)/im)?.[1];
    const parts = boundary ? body.split(`--${boundary}`).slice(1, -1).map((part) => part.replace(/^\r\n/, '')) : [];
    const part = (type) => parts.find((p) => p.toLowerCase().includes(`content-type: ${type}`))?.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? '';
    const sdp = part('application/sdp');
    const invite = { head, sdp, xml: part('application/rs-metadata+xml'), lines: sdp.split(/^(?=m=)/m).slice(1) };
    this.invites.push(invite);
    const lines = this.audio.map((socket, i) => {
      const isOff = /a=inactive/.test(invite.lines[i] ?? '');
      return `m=audio ${socket.address().port} RTP/AVP 8\r\na=label:${i + 1}\r\na=${isOff ? 'inactive' : 'recvonly'}\r\n`;
    });
    this.#answer(head, from, '200 OK', `v=0\r\no=srs 1 ${this.invites.length} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${lines.join('')}`);
  }

  /** The newest INVITE that fits, waited for. */
  invited(what, fits = () => true, ms = 10000) {
    return until(`the recorder: ${what}`, () => this.invites.filter((i) => !i.isRefused).findLast(fits), ms);
  }

  heard(i) {
    return Float64Array.from(this.samples[i]);
  }

  forget() {
    this.samples = [[], []];
  }

  stop() {
    [...this.audio, this.signal].forEach((socket) => socket.close());
  }
}
