// Peers of the server: our own callers, sipp, baresip.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { MARKAZ, SIPP_SCENARIOS, freePort, temporaryFolder, until } from './util.mjs';
import { Process } from './process.mjs';
import { toneOver, toneWav } from './sound.mjs';

let rtpBase = 40000;
function rtpPorts(n = 1000) {
  const first = rtpBase;
  rtpBase = rtpBase + n > 59000 ? 40000 : rtpBase + n;
  return `${first}-${first + n - 1}`;
}

/** `markaz callers --to ...`; options by name: { to, count, 'talk-s': '5-9', audio, hear ... }. */
export function callers(options) {
  const args = Object.entries({ 'rtp-ports': rtpPorts(), ...options }).flatMap(([key, value]) => [`--${key}`, String(value)]);
  return new Process(MARKAZ, ['callers', '--json', ...args]);
}

/** Answers at sip:a1..aN on a free port; ready when this returns. */
export async function agents(options) {
  const port = options.port ?? (await freePort());
  const rest = { ...options };
  delete rest.port;
  const p = callers({ listen: `127.0.0.1:${port}`, audio: 'tone:1000', 'talk-s': 0, ...rest });
  p.port = port;
  await p.event({ event: 'ready' });
  return p;
}

export async function sipp(scenario, args, options = {}) {
  const folder = temporaryFolder('sipp');
  const port = options.port ?? (await freePort());
  const p = new Process('sipp', ['-sf', path.join(SIPP_SCENARIOS, scenario), '-i', '127.0.0.1', '-p', String(port), '-nostdin',
    '-trace_err', '-trace_stat', '-fd', '1', ...args.map(String)], { cwd: folder });
  p.port = port;
  p.folder = folder;
  return p;
}

/** A registered phone that answers by itself (or not) and plays a tone (from a file: what its tone generator supports differs
 *  between versions). */
export class Baresip {
  static async start({ login, password, server, hz = 1000, answer = 'auto', transport = 'udp', encryption = '', host = '127.0.0.1', isKept = false, more = [] }) {
    const phone = new Baresip();
    Object.assign(phone, { login, said: [] });
    phone.folder = temporaryFolder('baresip');
    phone.ctrlPort = await freePort();
    const sipPort = await freePort();
    await freePort(); // the one above, which it takes for TLS whether wanted or not
    const shown = host.includes(':') ? `[${host}]` : host;
    const write = (name, text) => fs.writeFileSync(path.join(phone.folder, name), text);
    write('config', [
      `sip_listen ${shown}:${sipPort}`,
      `audio_source aufile,${toneWav(path.join(phone.folder, 'tone.wav'), hz, 120, 8000)}`,
      'ausrc_srate 8000', 'auplay_srate 8000', 'ausrc_channels 1', 'auplay_channels 1',
      'module_path /usr/lib/baresip/modules',
      'module g711.so', 'module aufile.so', ...(encryption ? ['module srtp.so', 'module dtls_srtp.so'] : []),
      ...(isKept ? ['module sndfile.so', `snd_path ${phone.folder}`] : []), 'module_tmp uuid.so', 'module_tmp account.so',
      'module_app menu.so', 'module_app ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${phone.ctrlPort}`,
      'rtp_ports 59000-59900', `net_interface ${host}`, ...more, '',
    ].join('\n'));
    write('accounts', `<sip:${login}@${shown}:${server.sipPort};transport=${transport}>;auth_user=${login};auth_pass=${password};` +
      `answermode=${answer};audio_codecs=PCMA/8000/1,PCMU/8000/1;regint=60;ptime=20${encryption && `;mediaenc=${encryption}`}\n`);
    write('contacts', '');
    phone.process = new Process('baresip', ['-f', phone.folder], { cwd: phone.folder });
    return phone;
  }

  /** Its control port, which takes one connection at a time: netstrings of JSON, commands in, answers and events out. */
  async #control() {
    if (this.control) return this.control;
    const socket = await until('its control port', () => new Promise((resolve, reject) => {
      const s = net.connect(this.ctrlPort, '127.0.0.1', () => resolve(s));
      s.once('error', reject);
    }));
    let text = '';
    socket.setEncoding('utf8').on('error', () => null).on('data', (data) => {
      text += data;
      for (let head; (head = text.match(/^(\d+):/)) && text.length > head[0].length + Number(head[1]);) {
        this.said.push(JSON.parse(text.slice(head[0].length, head[0].length + Number(head[1]))));
        text = text.slice(head[0].length + Number(head[1]) + 1);
      }
    });
    socket.unref();
    this.control = socket;
    return socket;
  }

  /** A command of its menu, like "dial" with an address. */
  async command(command, params = '') {
    const text = JSON.stringify({ command, params });
    const socket = await this.#control();
    const answers = () => this.said.filter((m) => m.response).length;
    const before = answers();
    socket.write(`${Buffer.byteLength(text)}:${text},`);
    await until(() => `${this.login}'s answer to ${command}`, () => answers() > before);
  }

  /** Waits for an event it tells of, like "CALL_INCOMING"; of those after the first `from` things it said (see mark). */
  async event(type, from = 0) {
    await this.#control();
    return until(() => `${this.login}: ${type}; had ${this.said.slice(from).map((m) => m.type).join(' ')}`, () => this.said.slice(from).find((m) => m.event && m.type === type));
  }

  /** Where events from now on begin. */
  async mark() {
    await this.#control();
    return this.said.length;
  }

  /** What it heard in its last call, with isKept: a 16-bit WAV, whole once the call is over. */
  heard() {
    const name = fs.readdirSync(this.folder).filter((n) => n.endsWith('-dec.wav')).sort().at(-1);
    return name && fs.readFileSync(path.join(this.folder, name));
  }

  stop() {
    this.control?.destroy();
    return this.process.stop('SIGTERM').catch(() => this.process.stop('SIGKILL'));
  }
}

/** Linphone without a screen or a sound card: says a tone out of a file, and keeps what it hears in another. */
export class Linphone {
  static async start({ login, password, server, hz = 1000, transport = 'udp' }) {
    const phone = new Linphone();
    phone.folder = temporaryFolder('linphone');
    fs.mkdirSync(path.join(phone.folder, '.local/share/linphone'), { recursive: true });
    const [sipPort, audioPort] = [await freePort(), await freePort()];
    const tone = toneWav(path.join(phone.folder, 'tone.wav'), hz, 60, 8000);
    fs.writeFileSync(path.join(phone.folder, 'rc'), ['[sip]', ...['udp', 'tcp', 'tls'].map((t) => `sip_${t === 'udp' ? '' : `${t}_`}port=${t === transport ? sipPort : 0}`), 'verify_server_certs=0', 'verify_server_cn=0', 'bind_address=127.0.0.1', 'use_ipv6=0',
      'guess_hostname=0', `contact=sip:${login}@127.0.0.1`, '[net]', 'mtu=1300', '[rtp]', `audio_rtp_port=${audioPort}`, '[misc]', 'uuid=', ''].join('\n'));
    phone.process = new Process('linphonec', ['-a', '-c', path.join(phone.folder, 'rc')], { cwd: phone.folder, env: { ...process.env, HOME: phone.folder } });
    await phone.process.line(/linphonec>/);
    phone.say('soundcard use files');
    phone.say(`play ${tone}`);
    phone.say(`record ${path.join(phone.folder, 'heard.wav')}`);
    phone.say(`register sip:${login}@127.0.0.1 sip:127.0.0.1:${server.sipPort}${transport === 'udp' ? '' : `;transport=${transport}`} ${password}`);
    return phone;
  }

  /** A command of its prompt. */
  say(text) {
    this.process.child.stdin.write(`${text}\n`);
  }

  /** toneOver of what it heard since it last began to keep it, in G.711: 16-bit samples behind a head that is written last. */
  toneHeard(hz) {
    const data = fs.readFileSync(path.join(this.folder, 'heard.wav')).subarray(44);
    return toneOver(Float64Array.from({ length: data.length >> 1 }, (_, i) => data.readInt16LE(i * 2) / 32768), hz, 8000);
  }

  stop() {
    this.say('quit');
    return this.process.finish(5000).catch(() => this.process.stop('SIGKILL'));
  }
}
