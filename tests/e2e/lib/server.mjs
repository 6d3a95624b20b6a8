// The real server on free ports with a data folder of its own.
import fs from 'node:fs';
import path from 'node:path';
import { Hopeless, MARKAZ, ROOT, freePort, temporaryFolder, until } from './util.mjs';
import { Process, run } from './process.mjs';
import { Rest, Socket } from './client.mjs';

let rtpBase = 20000;

export class Server {
  constructor() {
    this.folder = temporaryFolder('server');
    this.dataFolder = path.join(this.folder, 'data');
    this.configPath = path.join(this.folder, 'markaz.conf');
    this.people = [];
  }

  /** Writes the configuration, applies the centre (a folder of examples/ or an object of rows), starts. */
  static async start({ centre, set = {}, config = {}, mediaProcess = !!process.env.MARKAZ_E2E_MEDIA_PROCESS } = {}) {
    const server = new Server();
    server.sipPort = await freePort();
    server.httpPort = await freePort();
    server.webrtcPort = await freePort();
    const rtp = rtpBase;
    rtpBase = rtpBase >= 28000 ? 20000 : rtpBase + 2000;
    server.config = {
      data_directory: server.dataFolder,
      http_address: '127.0.0.1',
      http_port: server.httpPort,
      https_port: 0,
      sip_listen: `udp:127.0.0.1:${server.sipPort},tcp:127.0.0.1:${server.sipPort}`,
      media_address: '127.0.0.1',
      rtp_ports: `${rtp}-${rtp + 1999}`,
      webrtc_port: server.webrtcPort,
      media_threads: 1,
      web_directory: path.join(ROOT, 'web/dist'),
      log_level: 'info',
      ...config,
    };
    // MARKAZ_E2E_MEDIA_PROCESS=1: every test with the media engine in a process of its own.
    if (mediaProcess) server.config.media_process = path.join(server.folder, 'media.sock');
    server.writeConfig();
    if (centre) await server.apply(centre, set);
    await server.run();
    return server;
  }

  writeConfig() {
    const lines = Object.entries(this.config).map(([key, value]) => `${key} = ${value}`);
    fs.writeFileSync(this.configPath, lines.join('\n') + '\n');
  }

  /** `markaz apply`: a folder, or { 'queues.json': [...], 'flows/main.json': {...} } written to one. */
  async apply(centre, set = {}) {
    let folder = centre;
    if (typeof centre === 'object') {
      folder = fs.mkdtempSync(path.join(this.folder, 'centre-'));
      for (const [name, rows] of Object.entries(centre)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), JSON.stringify(rows));
      }
    }
    const sets = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    return run(MARKAZ, ['apply', folder, '--config', this.configPath, ...sets]);
  }

  /** The media engine as a process of its own; it outlives the centre. */
  runMedia() {
    this.media = new Process(MARKAZ, ['media', '--config', this.configPath]);
    return this.media.line(/the media process waits at/);
  }

  async run({ env = {} } = {}) {
    if (this.config.media_process && !this.media?.isRunning) await this.runMedia();
    this.process = new Process(MARKAZ, ['serve', '--config', this.configPath], { env: { ...process.env, ...env } });
    this.process.companion = this.media;
    this.base = `http://127.0.0.1:${this.httpPort}`;
    await until('the server to be ready', async () => {
      if (!this.process.isRunning) throw new Hopeless(`it ended with ${this.process.code}: ${this.process.stderr.slice(-1500)}`);
      return (await fetch(`${this.base}/readyz`)).ok;
    }, 20000);
    this.findPassword();
  }

  /** Said at the first start, a moment after the server is ready. */
  findPassword() {
    const found = (this.process.stdout + this.process.stderr).match(/administrator password: (\S+)/);
    if (found) this.adminPassword = found[1];
    return this.adminPassword;
  }

  async admin() {
    await until("the administrator's password", () => this.findPassword());
    return new Rest(this.base).login('admin', this.adminPassword);
  }

  /** Signed in with a socket open: { rest, socket }. */
  async person(login, password = 'markaz-e2e') {
    const rest = await new Rest(this.base).login(login, password);
    const socket = await Socket.open(rest);
    this.people.push(socket);
    return { rest, socket };
  }

  async everybodyOffline() {
    for (const socket of this.people) {
      if (socket.ws.readyState !== 1) continue;
      await until('an agent to be offline', async () => socket.hello.agent === null || (await socket.ask('agent.offline')).ok, 5000, 100).catch(() => null);
      socket.close();
    }
    this.people = [];
  }

  sip(user) {
    return `sip:${user}@127.0.0.1:${this.sipPort}`;
  }

  kill() {
    return this.process.stop('SIGKILL');
  }

  async stop() {
    this.people.forEach((socket) => socket.close());
    const code = await this.process.stop('SIGTERM', 30000);
    await this.media?.stop('SIGTERM', 30000);
    fs.rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
