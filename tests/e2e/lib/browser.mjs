// Chromium with a microphone made of a tone, and an ear that measures what the page's telephone hears.
import { chromium } from 'playwright-core';
import fs from 'node:fs';
import path from 'node:path';
import { PATIENCE, temporaryFolder } from './util.mjs';
import { toneWav } from './sound.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection'];

// Runs in the page before its own scripts: keeps every RTCPeerConnection, listens to what arrives, and asks for an unprocessed
// microphone (noise suppression takes a steady tone for noise, which is right, but is not what is measured here).
function ear() {
  const heard = (window.markazHeard = { connections: [], analysers: [] });
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      heard.connections.push(this);
      this.addEventListener('track', (event) => {
        if (event.track.kind !== 'audio') return;
        heard.context ??= new AudioContext();
        const analyser = heard.context.createAnalyser();
        analyser.fftSize = 16384;
        heard.context.createMediaStreamSource(new MediaStream([event.track])).connect(analyser);
        heard.analysers.push(analyser);
      });
    }
  };
  const NativeSocket = window.WebSocket;
  window.markazSockets = [];
  window.WebSocket = class extends NativeSocket {
    constructor(...args) {
      super(...args);
      window.markazSockets.push(this);
    }
  };
  const native = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (native)
    navigator.mediaDevices.getUserMedia = (constraints) =>
      native({ ...constraints, audio: { ...(constraints.audio === true ? {} : constraints.audio), noiseSuppression: false, echoCancellation: false, autoGainControl: false } });
  window.markazTone = (hz) => {
    const analyser = heard.analysers.at(-1);
    if (!analyser) return { share: 0, level: 0 };
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const k = 2 * Math.cos((2 * Math.PI * hz) / heard.context.sampleRate);
    let s1 = 0;
    let s2 = 0;
    let energy = 0;
    for (const x of samples) {
      const s = x + k * s1 - s2;
      s2 = s1;
      s1 = s;
      energy += x * x;
    }
    const level = energy / samples.length;
    return { share: level < 1e-7 ? 0 : (2 * (s1 * s1 + s2 * s2 - k * s1 * s2)) / (energy * samples.length), level };
  };
}

export class Browser {
  static async start({ hz = 1000 } = {}) {
    const self = new Browser();
    self.folder = temporaryFolder('browser');
    const wav = toneWav(path.join(self.folder, 'microphone.wav'), hz, 10);
    self.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: [...FLAGS, `--use-file-for-fake-audio-capture=${wav}`],
    });
    return self;
  }

  async page(base) {
    const context = await this.chromium.newContext({ viewport: { width: 1360, height: 850 }, permissions: ['microphone'], locale: 'en' });
    context.setDefaultTimeout(15000 * PATIENCE);
    await context.addInitScript(ear);
    const page = await context.newPage();
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    await page.goto(base);
    return page;
  }

  async stop() {
    await this.chromium.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function signIn(page, login, password) {
  await page.locator('input[name=login]').waitFor();
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
}

/** Presses Ready, as an agent would, and waits until the desk shows it. */
export async function pressReady(page) {
  await page.locator('header button').filter({ has: page.locator('.tabler-icon-headset') }).click();
  await page.locator('section[data-tone=good]').waitFor();
}

/** Until this page shows a call under way (a contact that rings has a timer too: how long it goes on ringing). */
export async function inCall(page) {
  await page.getByRole('timer', { name: 'Length of the call' }).first().waitFor();
}

/** Packets that came in over the newest connection of the page. */
export const packetsIn = (page) =>
  page.evaluate(async () => {
    const connection = window.markazHeard.connections.at(-1);
    let packets = 0;
    (await connection?.getStats())?.forEach((entry) => (packets += entry.type === 'inbound-rtp' ? entry.packetsReceived : 0));
    return packets;
  });
