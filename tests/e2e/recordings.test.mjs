// Recordings of real calls, plain and encrypted: playable to the last second after kill -9, and what is changed later shows.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { freePort, sleep, until } from './lib/util.mjs';

const wavOf = async (rest, id, query = '') => {
  const response = await rest.fetch('GET', `/api/v1/recordings/${id}/audio${query}`);
  assert.equal(response.status, 200);
  return readWav(Buffer.from(await response.arrayBuffer()));
};

for (const isEncrypted of [false, true])
  test(`kill -9 takes at most a second of an ${isEncrypted ? 'encrypted' : 'unencrypted'} recording; a changed byte shows`, { timeout: 360000 }, async () => {
    const agentsPort = await freePort();
    const remote = await agents({ agents: 2, port: agentsPort });
    const rows = centre({ agentsPort, uriAgents: 2, alwaysReady: 2 });
    Object.assign(rows['settings.json'][0], { is_recording_encrypted: isEncrypted, recording_format: 'wav' });
    const server = await Server.start({ centre: rows });
    try {
      const talking = callers({ to: server.sip('support'), from: '+15550006001', audio: 'tone:440', hear: 1000, 'talk-s': 0, 'patience-s': 20 });
      await talking.event({ event: 'person_heard' });
      const heard = Date.now();
      await sleep(4000);
      const said = (Date.now() - heard) / 1000;
      await server.kill();
      await server.run();
      const boss = (await server.person('boss', PASSWORD)).rest;
      const [call] = await boss.interactions((items) => items.length === 1 && items[0].ended_at);
      const recording = (await boss.get(`/interactions/${call.id}`)).recordings[0];
      assert.equal(recording.is_encrypted, isEncrypted);
      assert.equal(recording.integrity, 'whole');
      const wav = await wavOf(boss, recording.id);
      const seconds = wav.channels[0].length / wav.rate;
      assert.ok(seconds > said - 1, `${seconds} s of ${said} s`);
      const last = (channel) => wav.channels[channel].slice(-wav.rate);
      assert.ok(toneOver(last(0), 440, wav.rate).seconds >= 0.8, 'the customer to the last second');
      assert.ok(toneOver(last(1), 1000, wav.rate).seconds >= 0.8, 'the agent to the last second');
      const right = await wavOf(boss, recording.id, '?format=wav&channel=1');
      assert.equal(right.channels.length, 1);
      assert.ok(toneOver(right.channels[0], 1000, right.rate).seconds > 2);
      assert.ok(toneOver(right.channels[0], 440, right.rate).best < 0.1);

      // As Opus to whoever asks for it, made for that answer alone.
      const opus = await boss.fetch('GET', `/api/v1/recordings/${recording.id}/audio?format=opus`);
      assert.deepEqual([opus.status, opus.headers.get('content-type')], [200, 'audio/ogg; codecs=opus']);
      const made = Buffer.from(await opus.arrayBuffer());
      assert.equal(made.subarray(0, 4).toString(), 'OggS');
      assert.ok(made.length < (seconds * wav.rate * 4) / 3, `${made.length} bytes`);
      assert.deepEqual(fs.readdirSync(path.join(server.dataFolder, 'listening')), []);

      const file = path.join(server.dataFolder, 'recordings', recording.path);
      const bytes = fs.readFileSync(file);
      assert.equal(bytes.subarray(0, 4).toString() === 'RIFF', !isEncrypted);
      bytes[Math.floor(bytes.length / 2)] ^= 1;
      fs.writeFileSync(file, bytes);
      await until('the change to be seen', async () => (await boss.get(`/recordings/${recording.id}`)).integrity === 'broken');
      await talking.stop();
    } finally {
      await server.stop();
      await remote.stop();
    }
  });

/** What Chromium makes of an Ogg/Opus file: the share of each tone in each channel, and whether <audio> plays and seeks in it. */
const inChromium = (page, id, tones) =>
  page.evaluate(
    async ({ url, tones }) => {
      const response = await fetch(url);
      const bytes = await response.arrayBuffer();
      const sound = await new AudioContext({ sampleRate: 48000 }).decodeAudioData(bytes);
      const share = (samples, hz) => {
        const k = 2 * Math.cos((2 * Math.PI * hz) / sound.sampleRate);
        let [s1, s2, energy] = [0, 0, 0];
        for (const x of samples) {
          [s1, s2] = [x + k * s1 - s2, s1];
          energy += x * x;
        }
        return energy < 1e-6 ? 0 : (2 * (s1 * s1 + s2 * s2 - k * s1 * s2)) / (energy * samples.length);
      };
      const middle = Math.floor(sound.length / 2);
      const channels = Array.from({ length: sound.numberOfChannels }, (_, c) => {
        const part = sound.getChannelData(c).slice(middle, middle + sound.sampleRate / 2);
        return tones.map((hz) => share(part, hz));
      });
      const audio = new Audio(url);
      const played = await new Promise((resolve) => {
        audio.onerror = () => resolve(`error ${audio.error?.code}: ${audio.error?.message}`);
        audio.onloadedmetadata = () => (audio.currentTime = audio.duration / 2);
        audio.onseeked = () => resolve(audio.currentTime);
      });
      return { type: response.headers.get('content-type'), bytes: bytes.byteLength, seconds: sound.duration, channels, played, duration: audio.duration };
    },
    { url: `/api/v1/recordings/${id}/audio?format=opus`, tones },
  );

test('a recording becomes Opus, a browser finds each tone in its channel; held it stays, deleted it is gone and says by whom', { timeout: 120000 }, async () => {
  const agentsPort = await freePort();
  const remote = await agents({ agents: 2, port: agentsPort });
  const server = await Server.start({ centre: centre({ agentsPort, uriAgents: 2, alwaysReady: 2 }) });
  const browser = await Browser.start({});
  try {
    const talking = callers({ to: server.sip('support'), from: '+15550006002', audio: 'tone:440', hear: 1000, 'talk-s': 4, 'patience-s': 20 });
    await talking.event({ event: 'person_heard' });
    await talking.finish();
    const boss = (await server.person('boss', PASSWORD)).rest;
    const [call] = await boss.interactions((items) => items.length === 1 && items[0].ended_at);
    const read = async () => (await boss.get(`/interactions/${call.id}`)).recordings[0];
    await until('the recording to be Opus', async () => (await read())?.format === 'opus', 30000);
    const recording = await read();
    assert.equal(recording.integrity, 'whole');
    assert.ok(recording.is_encrypted && recording.path.endsWith('.opus.mkz'), recording.path);
    await until('the WAV to be gone', () => !fs.existsSync(path.join(server.dataFolder, 'recordings', recording.path.replace('.opus', '.wav'))), 30000);

    // As WAV to whoever asks for nothing else: the same length, each side in its channel.
    const wav = await wavOf(boss, recording.id);
    assert.ok(Math.abs((wav.channels[0].length / wav.rate) * 1000 - recording.duration_ms) <= 20);
    assert.ok(toneOver(wav.channels[0], 440, wav.rate).seconds > 2 && toneOver(wav.channels[0], 1000, wav.rate).best < 0.1);
    assert.ok(toneOver(wav.channels[1], 1000, wav.rate).seconds > 2 && toneOver(wav.channels[1], 440, wav.rate).best < 0.1);
    const part = await boss.fetch('GET', `/api/v1/recordings/${recording.id}/audio?format=opus`, undefined, { Range: 'bytes=0-3' });
    assert.equal(part.status, 206);
    assert.equal(Buffer.from(await part.arrayBuffer()).toString(), 'OggS');

    const page = await browser.page(server.base);
    await page.evaluate(
      (password) => fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Markaz': '1' }, body: JSON.stringify({ login: 'boss', password }) }),
      PASSWORD,
    );
    const heard = await inChromium(page, recording.id, [440, 1000]);
    assert.match(heard.type, /^audio\/ogg/);
    assert.equal(heard.channels.length, 2, JSON.stringify(heard));
    assert.ok(heard.channels[0][0] > 0.8 && heard.channels[0][1] < 0.1, JSON.stringify(heard));
    assert.ok(heard.channels[1][1] > 0.8 && heard.channels[1][0] < 0.1, JSON.stringify(heard));
    assert.ok(Math.abs(heard.seconds * 1000 - recording.duration_ms) < 100, JSON.stringify(heard));
    assert.ok(Math.abs(heard.played - heard.duration / 2) < 0.2, JSON.stringify(heard));

    const waveform = await boss.get(`/recordings/${recording.id}/waveform`);
    assert.equal(waveform.channels, 2);
    assert.ok(Math.abs(waveform.duration_ms - recording.duration_ms) <= 20 && Math.max(...waveform.peaks[0]) > 5);

    const admin = await server.admin();
    assert.equal((await admin.fetch('PUT', `/api/v1/recordings/${recording.id}/hold`, { is_kept: true })).status, 204);
    const refused = await admin.fetch('DELETE', `/api/v1/recordings/${recording.id}`);
    assert.equal(refused.status, 409);
    assert.equal((await refused.json()).code, 'held');
    assert.equal((await boss.fetch('DELETE', `/api/v1/recordings/${recording.id}`)).status, 403);
    assert.equal((await admin.fetch('PUT', `/api/v1/recordings/${recording.id}/hold`, { is_kept: false })).status, 204);
    assert.equal((await admin.fetch('DELETE', `/api/v1/recordings/${recording.id}`)).status, 204);
    assert.ok(!fs.existsSync(path.join(server.dataFolder, 'recordings', recording.path)));
    const gone = await read();
    assert.ok(gone.deleted_at && gone.deleted_by && gone.deleted_reason === 'request', JSON.stringify(gone));
    assert.equal((await boss.fetch('GET', `/api/v1/recordings/${recording.id}/audio`)).status, 404);
    const events = (await boss.get(`/interactions/${call.id}`)).events.filter((e) => e.type === 'recording.deleted');
    assert.equal(events.length, 1);
    assert.equal(events[0].data.recording, recording.id);
  } finally {
    await browser.stop();
    await server.stop();
    await remote.stop();
  }
});
