// Calls outlive the centre: with the media engine in a process of its own, kill -9 of the centre leaves people talking, recordings
// running and callers with their music, and the next centre controls them again.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneShare } from './lib/sound.mjs';
import { Telephone } from './lib/telephone.mjs';
import { PATIENCE, until } from './lib/util.mjs';

const TONES = { ann: 622.5, bob: 887.5, customer: 437.5 };
const RATE = 8000;
let server, ann, bob, customer;
const people = {};

before(async () => {
  // Called by address: what registers is another matter.
  ann = await Telephone.start({ hz: TONES.ann, login: 'ann1' });
  bob = await Telephone.start({ hz: TONES.bob, login: 'bob1' });
  customer = await Telephone.start({ hz: TONES.customer, login: 'customer' });
  const users = Object.entries({ ann, bob }).map(([name, phone], i) => ({ login: `${name}1`, name, roles: ['agent'], password: PASSWORD,
    device: 'uri', device_uri: phone.uri, extension: `70${i}` }));
  server = await Server.start({ centre: centre({ users }), mediaProcess: true });
  [ann, bob, customer].forEach((phone) => (phone.server = server));
  await server.admin(); // its password is said once, by the first start
  await signIn();
});
after(async () => {
  await server?.stop();
  [ann, bob, customer].forEach((phone) => phone?.stop());
});
afterEach(async () => {
  if (customer.isUp) customer.hangUp();
  for (const name of ['ann', 'bob'])
    await until(`${name} to be offline`, async () => (await people[name].socket.ask('agent.offline')).ok, 10000, 200);
});

async function signIn() {
  for (const name of ['ann', 'bob']) people[name] = await server.person(`${name}1`, PASSWORD);
}

/** kill -9, and a new centre. */
async function restart() {
  await server.kill();
  for (const name of ['ann', 'bob']) people[name].socket.close();
  await server.run();
  await signIn();
}

async function hears(phone, want, what) {
  let got;
  for (let tries = 0; tries < 12 * PATIENCE; tries++) {
    got = await phone.hears(TONES);
    if (got === want) return;
  }
  assert.equal(got, want, what);
}

/** Every tenth of a second of what was heard is the tone. */
function unbroken(samples, hz, what) {
  const n = RATE / 10;
  const shares = [];
  for (let i = 0; i + n <= samples.length; i += n) shares.push(toneShare(Float64Array.from(samples.slice(i, i + n)), hz, RATE));
  const broken = shares.filter((share) => share < 0.5).length;
  assert.ok(shares.length > 5 && broken <= 1, `${what}: ${broken} of ${shares.length} tenths of a second are not the tone`);
}

async function talk() {
  const { socket } = people.ann;
  const from = socket.pushes.length;
  await until('ann to be ready', async () => (await socket.ask('agent.ready')).ok, 10000, 200);
  await customer.call('support');
  const call = await socket.push('call', (c) => c.state === 'connected', 10000, from);
  await until('both to talk', () => ann.isUp);
  await hears(customer, 'ann', 'what the customer hears before');
  return call.interaction;
}

async function finished(id) {
  const boss = await server.person('boss', PASSWORD);
  return until('the history', async () => {
    const whole = await boss.rest.get(`/interactions/${id}`);
    return whole.ended_at && { whole, rest: boss.rest };
  });
}

const count = (whole, type) => whole.events.filter((e) => e.type.endsWith(type)).length;

test('two people talk through kill -9 without a gap; hold, resume and hang up work afterwards; history and recording are whole', async () => {
  const id = await talk();
  await until('the recording', async () => people.ann.socket.pushes.some((p) => p.on === 'call' && p.recording));
  customer.samples = [];
  ann.samples = [];
  await restart();
  await until('two seconds to be heard', () => Math.min(customer.samples.length, ann.samples.length) > 2 * RATE);
  const heard = { customer: [...customer.samples], ann: [...ann.samples] };
  unbroken(heard.customer, TONES.ann, 'the customer');
  unbroken(heard.ann, TONES.customer, 'ann');
  const { socket } = people.ann;
  assert.equal(socket.hello.calls[0]?.interaction, id, 'the call is on the screen again');
  assert.equal(socket.hello.calls[0].state, 'connected');
  let from = socket.pushes.length;
  await socket.do('call.hold', { interaction: id });
  await socket.push('call', (c) => c.state === 'held', 5000, from);
  await hears(customer, '-', 'music on hold');
  from = socket.pushes.length;
  await socket.do('call.resume', { interaction: id });
  await socket.push('call', (c) => c.state === 'connected', 5000, from);
  await hears(customer, 'ann', 'the customer after hold');
  await socket.do('call.hang_up', { interaction: id });
  await until('both to be let go', () => !customer.isUp && !ann.isUp);
  const { whole, rest } = await finished(id);
  assert.equal(whole.reason, 'agent_hung_up');
  for (const type of ['interaction.started', 'segment.queued', 'segment.answered', 'segment.ended', 'recording.started', 'interaction.ended'])
    assert.equal(count(whole, type), 1, type);
  const [recording] = await until('the recording', async () => {
    const { recordings } = await rest.get(`/interactions/${id}`);
    return recordings.length && recordings[0].duration_ms > 0 ? recordings : null;
  });
  const response = await rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  assert.ok(Math.abs(wav.seconds * 1000 - whole.talk_ms - whole.hold_ms) < 1500, `recorded ${wav.seconds} s of ${whole.talk_ms} + ${whole.hold_ms} ms`);
  unbroken(wav.channels[0].slice(RATE / 2, -RATE / 2), TONES.customer, "the customer's channel");
});

test('the customer hangs up after the restart: the call ends as if nothing had been', async () => {
  const id = await talk();
  await restart();
  const { socket } = people.ann;
  const from = socket.pushes.length;
  customer.hangUp();
  await socket.push('call', (c) => c.state === 'ended', 10000, from);
  await until('ann to be let go', () => !ann.isUp);
  const { whole } = await finished(id);
  assert.equal(whole.reason, 'customer_hung_up');
  assert.equal(count(whole, 'segment.ended'), 1);
});

test('a call that outlived the centre is handed over to a colleague', async () => {
  await talk();
  await restart();
  const { socket } = people.bob;
  await until('bob to be ready', async () => (await socket.ask('agent.ready')).ok, 10000, 200);
  const id = people.ann.socket.hello.calls[0].interaction;
  const agent = (await server.admin().then((admin) => admin.find('users', 'login', 'bob1'))).id;
  await people.ann.socket.do('call.transfer', { interaction: id, to: { kind: 'agent', id: agent } });
  await until('bob to talk', () => bob.isUp);
  await hears(customer, 'bob', 'the customer after the transfer');
});

test('who waits keeps music, place and clock, and is served by the next centre', async () => {
  await customer.call('support');
  await hears(customer, '-', 'music before');
  customer.samples = [];
  await restart();
  await until('two seconds to be heard', () => customer.samples.length > 2 * RATE);
  const n = RATE / 5;
  const heard = [...customer.samples];
  for (let i = 0; i + n <= heard.length; i += n) {
    const power = heard.slice(i, i + n).reduce((sum, x) => sum + x * x, 0) / n;
    assert.ok(power > 1e-7, `music stops at ${i / RATE} s of ${heard.length / RATE}`);
  }
  await hears(customer, '-', 'music after');
  const { socket } = people.ann;
  const from = socket.pushes.length;
  const began = Date.now();
  await until('ann to be ready', async () => (await socket.ask('agent.ready')).ok, 10000, 200);
  const call = await socket.push('call', (c) => c.state === 'connected', 10000, from);
  await hears(customer, 'ann', 'the customer when served');
  const answered = Date.now();
  customer.hangUp();
  const { whole } = await finished(call.interaction);
  assert.equal(count(whole, 'segment.queued'), 1);
  assert.equal(count(whole, 'segment.ended'), 1);
  assert.ok(whole.segments[0].wait_ms > answered - began - 3000, `waited ${whole.segments[0].wait_ms} ms`);
});

test('the media process is killed: the call ends with its reason, and the next one carries calls without a restart of the centre', async () => {
  const id = await talk();
  await server.media.stop('SIGKILL');
  const { whole } = await finished(id);
  assert.equal(whole.reason, 'media_lost');
  assert.equal(count(whole, 'interaction.ended'), 1);
  customer.isUp = ann.isUp = false;
  await server.runMedia();
  await until('the centre to find it', () => /there is a media process again/.test(server.process.stderr));
  const again = await talk();
  assert.notEqual(again, id);
  customer.hangUp();
  await finished(again);
});
