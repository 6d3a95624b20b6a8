// Recordings of real calls, plain and encrypted: playable to the last second after kill -9, and what is changed later shows.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
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
