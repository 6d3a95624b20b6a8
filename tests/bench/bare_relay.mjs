// The reference of the media benches: the same peers, the same calls, and between them nothing but a bare relay of packets. SIP passes
// through a forwarder without a state of its own, which only writes the relay's ports into the session descriptions, and costs the relay nothing.
import dgram from 'node:dgram';
import { Process } from '../e2e/lib/process.mjs';
import { until } from '../e2e/lib/util.mjs';

const HOST = '127.0.0.1';

/** Lines of a message with its length put right. */
function assemble(lines, body) {
  return [...lines.map((l) => (/^content-length:/i.test(l) ? `Content-Length: ${Buffer.byteLength(body)}` : l)), '', body].join('\r\n');
}

export class BareRelay {
  /** Calls to sip:ANYBODY@127.0.0.1:port end at sip:aK@127.0.0.1:agents, K from 1 to n, their sound through `binary relay`. */
  static async start({ binary, n, port, agents }) {
    const relay = new BareRelay();
    Object.assign(relay, { port, agents, pairs: new Map(), callerOf: new Map() });
    relay.process = new Process(binary, ['relay', String(2 * n)]);
    await until('the relay to have its ports', () => relay.process.events().length);
    relay.ports = relay.process.events()[0].ports;
    relay.socket = dgram.createSocket('udp4');
    relay.socket.on('message', (data, from) => relay.#pass(data.toString('latin1'), from));
    await new Promise((resolve) => relay.socket.bind(port, HOST, resolve));
    return relay;
  }

  #pass(message, from) {
    const cut = message.indexOf('\r\n\r\n');
    const lines = message.slice(0, cut).split('\r\n');
    const callId = lines.find((l) => /^(call-id|i):/i.test(l))?.split(/:\s*/)[1];
    const isResponse = lines[0].startsWith('SIP/2.0');
    if (!this.pairs.has(callId)) this.pairs.set(callId, this.pairs.size);
    const pair = this.pairs.get(callId) % (this.ports.length / 2);
    // What the caller says leads the agent to the relay's second port of the pair, and the other way round.
    const body = message.slice(cut + 4).replace(/^m=audio \d+/m, `m=audio ${this.ports[2 * pair + (isResponse ? 0 : 1)]}`);
    if (isResponse) {
      lines.splice(lines.findIndex((l) => /^(via|v):/i.test(l)), 1);
      return this.#send(assemble(lines, body), this.callerOf.get(callId));
    }
    this.callerOf.set(callId, from.port);
    const [, branch] = lines.find((l) => /^(via|v):/i.test(l)).match(/branch=([^;,\s]+)/);
    lines[0] = lines[0].replace(/sip:\S+/, `sip:a${pair + 1}@${HOST}:${this.agents}`);
    lines.splice(1, 0, `Via: SIP/2.0/UDP ${HOST}:${this.port};branch=${branch}-relay`);
    return this.#send(assemble(lines, body), this.agents);
  }

  #send(text, port) {
    if (port) this.socket.send(Buffer.from(text, 'latin1'), port, HOST);
  }

  async stop() {
    this.socket.close();
    await this.process.stop();
  }
}
