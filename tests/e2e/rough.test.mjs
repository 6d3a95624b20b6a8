// Calls over a bad network: lost, late, doubled and reordered packets, and a cut of two seconds. Tones survive passing through,
// mixing and recording; the call goes on.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Process } from './lib/process.mjs';
import { Rough } from './lib/rough.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { freePort, sleep, until } from './lib/util.mjs';

let server, remote;
before(async () => {
  const agentsPort = await freePort();
  remote = await agents({ agents: 3, port: agentsPort, hear: 440 });
  server = await Server.start({ centre: centre({ agentsPort }) });
});
after(async () => {
  await server?.stop();
  await remote?.stop();
});
afterEach(async () => {
  await Process.endAllBut(server.process, remote);
  await server.everybodyOffline();
});

async function agent() {
  const person = await server.person('uri1', PASSWORD);
  await person.socket.do('agent.ready');
  return person;
}

/** The recording of the newest call from this number, as sound. */
async function recordingOf(rest, from) {
  const rows = await rest.interactions((items) => items.some((row) => row.from === from && row.ended_at && row.has_recording));
  const { id } = rows.find((row) => row.from === from);
  const [recording] = await until('the recording', async () => {
    const { recordings } = await rest.get(`/interactions/${id}`);
    return recordings.length && recordings[0].duration_ms > 0 ? recordings : null;
  });
  const response = await rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  assert.equal(response.status, 200);
  return readWav(Buffer.from(await response.arrayBuffer()));
}

test('ten percent lost, sixty milliseconds of jitter, doubled packets and a cut of two seconds', async () => {
  const boss = await server.person('boss', PASSWORD);
  const { socket } = await agent();
  const rough = await Rough.start(server.sipPort, { loss: 0.1, doubled: 0.03, jitterMs: 60 });
  const from = '+15550004001';
  const call = callers({ to: `sip:support@127.0.0.1:${rough.port}`, from, audio: 'tone:440', hear: 1000, 'talk-s': 7, 'patience-s': 25 });
  await socket.push('call');
  await until('sound both ways', () => rough.counts.passed > 150, 15000);
  rough.isCut = true;
  await sleep(2000);
  rough.isCut = false;
  assert.equal(await call.finish(), 0, call.stdout);
  const [ended] = call.events({ event: 'call_ended' });
  assert.ok(ended.answered);
  assert.ok(rough.counts.lost > 20 && rough.counts.reordered > 20 && rough.counts.doubled > 2, JSON.stringify(rough.counts));
  const heard = await remote.event({ event: 'call_ended' });
  assert.ok(heard.tone_db > -6, `the caller's tone at the agent: ${heard.tone_db} dB`);
  assert.ok(ended.tone_db > -6, `the agent's tone at the caller: ${ended.tone_db} dB`);
  const wav = await recordingOf(boss.rest, from);
  const caller = toneOver(wav.channels[0], 440, wav.rate);
  assert.ok(caller.seconds >= 2, `${caller.seconds} s of the caller's tone in the recording of ${wav.seconds} s`);
  assert.ok(toneOver(wav.channels[1], 1000, wav.rate).seconds >= 4, 'the agent, whose network is good');
  assert.ok(wav.seconds >= 6, `time went on: ${wav.seconds} s`);
  socket.close();
  rough.stop();
});

test('in a conference, where everybody is mixed, a caller on a bad network is heard and recorded', async () => {
  const { socket } = await agent();
  const boss = await server.person('boss', PASSWORD);
  const rough = await Rough.start(server.sipPort, { loss: 0.05, jitterMs: 40, seed: 7 });
  const call = callers({ to: `sip:support@127.0.0.1:${rough.port}`, from: '+15550004002', audio: 'tone:440', hear: 1000, 'talk-s': 0, 'patience-s': 25 });
  const { interaction } = await socket.push('call');
  // A conference with a second agent: three who hear two each are mixed.
  const other = await server.person('uri2', PASSWORD);
  await other.socket.do('agent.ready');
  const { rest } = boss;
  const user = await (await server.admin()).find('users', 'login', 'uri2');
  await socket.do('call.consult', { interaction, to: { kind: 'agent', id: user.id } });
  await socket.push('call', (p) => p.parties?.some((party) => party.user === user.id && party.state !== 'ringing'), 15000);
  await socket.do('call.conference', { interaction });
  const began = rough.counts.passed;
  await until('five seconds of both directions', () => rough.counts.passed > began + 475);
  await call.stop();
  const wav = await recordingOf(rest, '+15550004002');
  assert.ok(toneOver(wav.channels[0], 440, wav.rate).seconds >= 3);
  const heard = remote.events({ event: 'call_ended' }).filter((e) => e.tone_db > -9);
  assert.ok(heard.length >= 1, 'the caller was heard by those in the conference');
  other.socket.close();
  socket.close();
  rough.stop();
});
