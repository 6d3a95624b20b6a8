// The other side of a trunk, scripted: answers requests as told, keeps what came, says nothing when told so.
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { freePort, until } from './util.mjs';

const REASONS = { 100: 'Trying', 180: 'Ringing', 200: 'OK', 401: 'Unauthorized', 403: 'Forbidden', 423: 'Interval Too Brief', 486: 'Busy Here', 503: 'Service Unavailable' };

export class Provider {
  /** answers: { INVITE: 503, OPTIONS: 200, REGISTER: (request, n) => code | { code, more } }; what is not named is not answered. */
  static async start(answers = {}) {
    const p = new Provider();
    Object.assign(p, { answers, tag: randomBytes(4).toString('hex'), requests: [], port: await freePort() });
    p.socket = dgram.createSocket('udp4');
    p.socket.on('message', (packet, from) => p.#message(packet.toString('utf8'), from));
    await new Promise((resolve, reject) => {
      p.socket.once('error', reject);
      p.socket.bind(p.port, '127.0.0.1', resolve);
    });
    return p;
  }

  #message(text, from) {
    const [line, ...rest] = text.split('\r\n\r\n')[0].split('\r\n');
    const [method, uri] = line.split(' ');
    if (method.startsWith('SIP/')) return;
    const header = (name) => rest.filter((l) => l.toLowerCase().startsWith(`${name.toLowerCase()}:`)).map((l) => l.slice(name.length + 1).trim());
    const request = { method, uri, header: (name) => header(name)[0] ?? '', all: header, text, from };
    // What UDP repeats is one request.
    const known = this.requests.some((r) => r.method === method && r.header('Call-ID') === request.header('Call-ID') && r.header('CSeq') === request.header('CSeq'));
    if (!known) this.requests.push(request);
    const wanted = this.answers[method];
    const said = typeof wanted === 'function' ? wanted(request, this.of(method).length) : wanted;
    if (!said || method === 'ACK') return;
    const { code, more = '' } = typeof said === 'number' ? { code: said } : said;
    this.say(request, code, more);
  }

  /** An answer to a request that came, now or later. */
  say({ all: header, from }, code, more = '') {
    const to = header('To')[0];
    const lines = [`SIP/2.0 ${code} ${REASONS[code] ?? 'Said'}`, ...header('Via').map((v) => `Via: ${v}`), `From: ${header('From')[0]}`,
      `To: ${to.includes('tag=') || code === 100 ? to : `${to};tag=${this.tag}`}`, `Call-ID: ${header('Call-ID')[0]}`, `CSeq: ${header('CSeq')[0]}`,
      `Contact: <sip:provider@127.0.0.1:${this.port}>`];
    this.socket.send(`${lines.join('\r\n')}\r\n${more}Content-Length: 0\r\n\r\n`, from.port, from.address);
  }

  of(method) {
    return this.requests.filter((r) => r.method === method);
  }

  /** The newest request of the method once there are n of them. */
  async got(method, n = 1, ms = 10000) {
    await until(`${n} ${method} at the provider`, () => this.of(method).length >= n, ms);
    return this.of(method).at(-1);
  }

  stop() {
    return new Promise((resolve) => this.socket.close(resolve));
  }
}
