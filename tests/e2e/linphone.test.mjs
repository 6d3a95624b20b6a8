// Linphone as an agent's telephone: registers, answers a caller of the queue, both hear each other; it puts the caller on hold and
// comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Linphone } from './lib/phones.mjs';
import { toneWithin } from './lib/sound.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

let server, phone, caller;
before(async () => {
  server = await Server.start({ centre: centre({ queues: { support: { ring_timeout_s: 20 } } }) });
});
after(async () => {
  await phone?.stop();
  caller?.stop();
  await server?.stop();
});

test('a caller and an agent at Linphone: tones both ways, hold and back', { timeout: 240000 }, async () => {
  const agent = await server.person('phone', PASSWORD);
  phone = await Linphone.start({ login: 'phone', password: 'phone-secret', server, hz: 1000 });
  await until('the telephone to be registered', async () => (await agent.socket.ask('agent.ready')).ok, 15000, 300);
  caller = await Wire.start({ server, hz: 440 });
  assert.equal((await caller.invite('support')).code, 200);
  await agent.socket.push('call', () => true, 15000);
  await bothHear();
  // On hold it plays the same file: what it says of itself counts, and that it records anew when it comes back.
  phone.say('pause');
  await phone.process.line(/is now paused/, 15000);
  phone.say('resume');
  await until('the sound to be back', () => phone.process.stdout.split('Media streams established').length > 2, 15000);
  await bothHear();
  await caller.hangUp();
  await phone.process.line(/Call 1 with .* ended/, 15000);
});

/** The agent's tone here, and the caller's in what the telephone keeps. */
async function bothHear() {
  await caller.hears(1000);
  const tone = await until('what the telephone hears', () => {
    const found = phone.toneHeard(440);
    return found.seconds >= 1.2 ? found : null;
  }, 15000, 200);
  assert.ok(tone.best > 0.9 && toneWithin(tone) >= 0.6, JSON.stringify(tone));
}
