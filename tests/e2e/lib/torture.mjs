// The torture messages of RFC 4475 (tests/e2e/torture, one file a message, in the RFC's own notation) and messages spoilt at random: for UDP, TCP and TLS.
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { ROOT, sleep } from './util.mjs';

const FOLDER = path.join(ROOT, 'tests/e2e/torture');

/** The bytes a file of RFC 4475 stands for: <allOneLine>, <repeat count=N> and <hex> as its section 2.1 has them. */
export function bytesOf(text) {
  const oneLine = text.replace(/<allOneLine>\n([^]*?)<\/allOneLine>/g, (_, lines) => lines.replaceAll('\n', ''));
  const repeated = oneLine.replace(/<repeat count=(\d+)>([^]*?)<\/repeat>/g, (_, n, what) => what.repeat(Number(n)));
  return Buffer.from(repeated.replaceAll('\n', '\r\n').replace(/<hex>([^]*?)<\/hex>/g, (_, hex) => Buffer.from(hex.replace(/\s/g, ''), 'hex').toString('latin1')), 'latin1');
}

/** As sent: answers find their way back by rport (RFC 3581), asked for in the topmost Via, and each message is a transaction of its own although many of the RFC's share
 *  a branch. Nothing else is changed. */
export function answerable(bytes, name = '') {
  const asked = bytes.toString('latin1').replace(/^((?:via|v)\s*:[^]*?)(\r\n(?![ \t])|,)/im, (_, value, end) => `${/rport/i.test(value) ? value : `${value};rport`}${end}`);
  return Buffer.from(asked.replace(/(branch\s*=\s*(?:z9hG4bK[\w.%-]+|[\w.]+))/i, (_, branch) => branch + (name && `.${name}`)), 'latin1');
}

export function torture() {
  const names = fs.readdirSync(FOLDER).map((file) => file.replace('.txt', ''));
  return new Map(names.map((name) => [name, bytesOf(fs.readFileSync(path.join(FOLDER, `${name}.txt`), 'utf8'))]));
}

/** A socket for messages that may be anything; said: what came back. */
export class Vandal {
  static async udp({ to, host = '127.0.0.2' }) {
    const v = new Vandal();
    v.said = [];
    v.socket = dgram.createSocket('udp4');
    v.socket.on('message', (bytes) => v.said.push(bytes.toString('latin1')));
    await new Promise((resolve, reject) => v.socket.once('error', reject).bind(0, host, resolve));
    v.port = v.socket.address().port;
    v.send = (bytes) => new Promise((resolve) => v.socket.send(bytes, to, '127.0.0.1', resolve));
    v.close = () => v.socket.close();
    return v;
  }

  /** A connection at a time: the next message after one that was closed opens another. */
  static stream({ to, host = '127.0.0.2', isTls = false }) {
    const v = new Vandal();
    const open = () => {
      const socket = isTls ? tls.connect({ port: to, host: '127.0.0.1', localAddress: host, rejectUnauthorized: false }) : net.connect({ port: to, host: '127.0.0.1', localAddress: host });
      socket.on('error', () => {});
      socket.on('data', (bytes) => v.said.push(bytes.toString('latin1')));
      socket.once('close', () => (v.open = undefined));
      return socket;
    };
    v.said = [];
    v.send = async (bytes) => {
      v.open ??= open();
      v.open.write(bytes);
      if (v.open?.writableLength > 1 << 20) await sleep(20);
    };
    v.close = () => v.open?.destroy();
    return v;
  }
}

/** Good messages, spoilt: bytes changed, cut, doubled, exchanged for what parsers stumble over. The same ones for the same seed. */
export class Spoiler {
  constructor(seed, host, port, transport = 'UDP') {
    Object.assign(this, { state: seed >>> 0, n: 0, host, port, transport, torture: [...torture().values()] });
  }

  random(n) {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * n);
  }

  pick(list) {
    return list[this.random(list.length)];
  }

  good(method = this.pick(['INVITE', 'INVITE', 'OPTIONS', 'REGISTER', 'BYE', 'CANCEL', 'ACK', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'INFO', 'PRACK', 'UPDATE', 'MESSAGE'])) {
    const id = `spoilt-${this.port}-${this.n++}`;
    const body = method === 'INVITE' ? `v=0\r\no=- 1 1 IN IP4 ${this.host}\r\ns=-\r\nc=IN IP4 ${this.host}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n` : '';
    return Buffer.from([
      `${method} sip:1000@127.0.0.1 SIP/2.0`, `Via: SIP/2.0/${this.transport} ${this.host}:${this.port};branch=z9hG4bK${id};rport`, 'Max-Forwards: 70',
      `From: "Some One" <sip:${this.random(1000)}@example.com>;tag=${id}`, `To: <sip:support@example.com>${this.random(4) ? '' : ';tag=x'}`, `Call-ID: ${id}`, `CSeq: ${this.random(9) + 1} ${method}`,
      `Contact: <sip:x@${this.host}:${this.port}>`, 'Supported: timer, 100rel, replaces', 'P-Asserted-Identity: <sip:+15550001@example.com>', 'Identity: e30.e30.e30;info=<https://x.example/c.pem>;alg=ES256;ppt=shaken',
      'Authorization: Digest username="phone", realm="markaz", nonce="00", uri="sip:x", response="00000000000000000000000000000000"',
      ...(body ? ['Content-Type: application/sdp'] : []), `Content-Length: ${body.length}`, '', body].join('\r\n'));
  }

  next() {
    const bytes = this.random(4) ? this.good() : Buffer.from(answerable(this.pick(this.torture)));
    const sour = ['\r\n', '\r\n\r\n', ';', '"', '<', '>', '%00', '\0', '@', ':', '99999999999999999999', '-1', 'SIP/2.0', ' '.repeat(300), '\r\n ', ',', '[', '::', '%', '\xff\xfe', 'a'.repeat(3000)];
    let out = bytes;
    for (let k = 1 + this.random(6); k > 0 && out.length > 2; k--) {
      const at = this.random(out.length);
      const kind = this.random(6);
      if (kind < 2) out[at] = this.random(256);
      else if (kind === 2) out = Buffer.concat([out.subarray(0, at), Buffer.from(this.pick(sour), 'latin1'), out.subarray(at)]);
      else if (kind === 3) out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + this.random(40)))]);
      else if (kind === 4) out = Buffer.concat([out.subarray(0, at), out.subarray(this.random(at + 1))]);
      else if (this.random(8) === 0) out = out.subarray(0, at);
    }
    return out.length > 60000 ? out.subarray(0, 60000) : out;
  }
}
