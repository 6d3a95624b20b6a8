// A DNS server on loopback: SRV records as told, every A is 127.0.0.1.
import dgram from 'node:dgram';
import { freePort } from './util.mjs';

const u16 = (...values) => Buffer.concat(values.map((v) => Buffer.from([v >> 8, v & 255])));
const name = (text) => Buffer.concat([...text.split('.').map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])), Buffer.from([0])]);
const record = (type, data) => Buffer.concat([u16(0xc00c, type, 1, 0, 60, data.length), data]);

export class Dns {
  /** records: { '_sip._udp.provider.test': [{ priority, weight, port, target }] } */
  static async start(records) {
    const dns = new Dns();
    Object.assign(dns, { records, asked: [], port: await freePort() });
    dns.socket = dgram.createSocket('udp4');
    dns.socket.on('message', (packet, from) => dns.#message(packet, from));
    await new Promise((resolve, reject) => {
      dns.socket.once('error', reject);
      dns.socket.bind(dns.port, '127.0.0.1', resolve);
    });
    return dns;
  }

  #message(packet, from) {
    const parts = [];
    let at = 12;
    for (; packet[at]; at += packet[at] + 1) parts.push(packet.toString('latin1', at + 1, at + 1 + packet[at]));
    const type = packet.readUInt16BE(at + 1);
    const question = packet.subarray(12, at + 5);
    const asked = parts.join('.').toLowerCase();
    this.asked.push({ name: asked, type });
    const answers = type === 33 ? (this.records[asked] ?? []).map((r) => record(33, Buffer.concat([u16(r.priority, r.weight ?? 0, r.port), name(r.target)])))
      : type === 1 ? [record(1, Buffer.from([127, 0, 0, 1]))] : [];
    this.socket.send(Buffer.concat([packet.subarray(0, 2), u16(0x8180, 1, answers.length, 0, 0), question, ...answers]), from.port, from.address);
  }

  stop() {
    return new Promise((resolve) => this.socket.close(resolve));
  }
}
