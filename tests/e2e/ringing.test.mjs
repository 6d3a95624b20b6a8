// Ringing and what follows when nobody answers (docs/dialling.md, docs/voicemail.md), with real telephones: telephones of the house call
// each other by extension, a ring group stops ringing when one answers, messages are left, heard by whose they are and by nobody else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Baresip } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { Telephone } from './lib/telephone.mjs';
import { until } from './lib/util.mjs';

const TONES = { door: 1000, shop: 700, caller: 440, outside: 1250 };
const SECRET = 'telephone-secret';
let server, door, shop, caller, outside, ann, boss, stranger;

/** ann has a voicemail and no telephone; door and shop are telephones that wait to be answered. */
function house(outsidePort, callerPort) {
  const users = [{ login: 'ann1', name: 'Ann', roles: ['agent'], password: PASSWORD, device: 'browser' }];
  const rows = centre({ users, agentsPort: outsidePort, uriAgents: 0 });
  rows['trunks.json'][0].addresses = [`127.0.0.1:${callerPort}`]; // all others are known by a password alone
  rows['queues.json'].push({ name: 'claims', agents: ['@ann1'] });
  rows['extensions.json'] = [
    ...['door', 'shop'].map((name, i) => ({ number: `80${i + 1}`, name, sip_login: `${name}1`, sip_password: SECRET, ring_timeout_s: 20 })),
    { number: '710', name: 'Ann', user: '@ann1', has_voicemail: true, voicemail_max_s: 5, ring_timeout_s: 5 },
    { number: '810', name: 'Away', sip_login: 'nobody1', sip_password: SECRET, forward_to: '09121234567' },
  ];
  const group = (number, fields) => ({ number, name: `Group ${number}`, extensions: ['@801', '@802'], ring_timeout_s: 20, ...fields });
  rows['ring-groups.json'] = [
    group('600', {}),
    group('601', { ring_timeout_s: 5, then: 'voicemail', voicemail_user: '@ann1' }),
    group('602', { ring_timeout_s: 5, then: 'extension', then_extension: '@810' }),
  ];
  rows['flows/message.json'] = { format: 1, language: 'en', start: 'message',
    nodes: { message: { type: 'voicemail', queue: '@claims', limit_s: 5, next: 'bye' }, bye: { type: 'hang_up' } } };
  rows['numbers.json'].push({ number: '7000', extension: '@710' }, { number: '7001', flow: '@message' },
    ...['600', '601', '602'].map((number) => ({ number: `7${number}`, ring_group: `@${number}` })));
  return rows;
}

before(async () => {
  outside = await Telephone.start({ hz: TONES.outside, server: {}, login: 'outside' });
  caller = await Telephone.start({ hz: TONES.caller, server: {}, login: 'caller' });
  server = await Server.start({ centre: house(outside.port, caller.port) });
  outside.server = caller.server = server;
  const phone = (name) => Baresip.start({ hz: TONES[name], server, login: `${name}1`, password: SECRET, answer: 'manual', isKept: true });
  [door, shop] = [await phone('door'), await phone('shop')];
  ann = await server.person('ann1', PASSWORD);
  boss = await server.person('boss', PASSWORD);
  stranger = await server.person('web', PASSWORD);
  for (const p of [door, shop]) await p.process.line(/200 OK|registered/i, 15000);
});
after(async () => {
  for (const p of [door, shop]) await p?.stop(); // before the server: they unregister
  await server?.stop();
  [caller, outside].forEach((phone) => phone?.stop());
});
afterEach(async () => {
  if (caller.isUp) caller.hangUp();
  await until('everybody to be free', () => ![caller, outside].some((phone) => phone.isUp), 10000);
});

/** Calls without waiting: nobody may answer for a while. */
const call = (number) => {
  const answered = caller.call(number);
  answered.catch(() => null);
  return answered;
};

/** The audio at url is the caller's tone, almost alone and for most of its 5 s; a stranger is told it does not exist. */
async function isCallersTone(url, from) {
  assert.equal((await stranger.rest.fetch('GET', url)).status, 404);
  const response = await until('the audio', async () => {
    const got = await from.rest.fetch('GET', url);
    return got.status === 200 && got;
  });
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  const tone = toneOver(wav.channels[0], TONES.caller, wav.rate);
  assert.ok(tone.seconds >= 3 && tone.clear >= tone.loud * 0.8, JSON.stringify({ ...tone, length: wav.seconds }));
}

/** The message ann's page was told of after its first `from` pushes, in her list. */
async function message(from) {
  const { recording } = await ann.socket.push('voicemail', () => true, 10000, from);
  return until('the message in the list', async () => (await ann.rest.get('/voicemails')).items.find((m) => m.id === recording));
}

/** How much of recordings begun after a moment is on disk. */
function bytesSince(ms) {
  const files = fs.readdirSync(path.join(server.dataFolder, 'recordings'), { recursive: true }).map((name) => fs.statSync(path.join(server.dataFolder, 'recordings', name)));
  return files.filter((f) => f.isFile() && f.birthtimeMs >= ms).reduce((sum, f) => sum + f.size, 0);
}

/** The message left by a call to a number. */
function recordingOf(number) {
  return until(`the message left at ${number}`, async () => {
    const { items } = await boss.rest.get('/interactions');
    const one = items.find((i) => i.to === number);
    const whole = one && (await boss.rest.get(`/interactions/${one.id}`));
    return whole?.recordings.find((r) => r.kind === 'voicemail');
  });
}

/** What a telephone keeps of its last call has the other's tone. */
async function kept(phone, hz) {
  const wav = readWav(await until('what the telephone heard', () => phone.heard()));
  const tone = toneOver(wav.channels[0], hz, wav.rate);
  assert.ok(tone.seconds >= 1 && tone.clear >= tone.loud * 0.7, JSON.stringify(tone));
}

const long = (phone) => until('what the telephone hears', () => phone.heard()?.length > 60000, 15000);

test('a message for an agent: it arrives, its owner hears the tone, a stranger nothing', async () => {
  const from = ann.socket.pushes.length;
  await caller.call('7000');
  await until('the message to be long enough', () => !caller.isUp, 20000);
  const row = await message(from);
  assert.deepEqual((await stranger.rest.get('/voicemails')).items, []);
  await isCallersTone(`/api/v1/voicemails/${row.id}/audio`, ann);
  await isCallersTone(`/api/v1/recordings/${row.id}/audio`, ann);
});

test('a message in a flow, for a queue: heard by who serves it alone', async () => {
  await caller.call('7001');
  await until('the message to be long enough', () => !caller.isUp, 20000);
  const row = await recordingOf('7001');
  await isCallersTone(`/api/v1/recordings/${row.id}/audio`, ann);
  assert.ok(!(await ann.rest.get('/voicemails')).items.some((m) => m.id === row.id)); // the queue's, not hers
});

test('two telephones of the house call each other by extension', async () => {
  const [a, b] = [await door.mark(), await shop.mark()];
  await door.command('dial', server.sip('802'));
  await shop.event('CALL_INCOMING', b);
  await shop.command('accept');
  await door.event('CALL_ESTABLISHED', a);
  await long(door);
  await long(shop);
  await door.command('hangup');
  await shop.event('CALL_CLOSED', b);
  await kept(door, TONES.shop);
  await kept(shop, TONES.door);
});

test('a ring group rings two; one answers, the other stops', async () => {
  const [a, b] = [await door.mark(), await shop.mark()];
  const answered = call('7600');
  await door.event('CALL_INCOMING', a);
  await shop.event('CALL_INCOMING', b);
  await shop.command('accept');
  await answered;
  await door.event('CALL_CLOSED', a);
  await until('the shop at the caller', async () => (await caller.hears(TONES)) === 'shop');
  await long(shop);
  caller.hangUp();
  await shop.event('CALL_CLOSED', b);
  await kept(shop, TONES.caller);
});

test('nobody answers in a ring group: a message', async () => {
  const start = Date.now();
  const from = ann.socket.pushes.length;
  const [a, b] = [await door.mark(), await shop.mark()];
  const answered = call('7601');
  await door.event('CALL_INCOMING', a);
  await shop.event('CALL_INCOMING', b);
  await answered;
  await door.event('CALL_CLOSED', a);
  await shop.event('CALL_CLOSED', b);
  await until('the message to be long enough', () => bytesSince(start) > 120000, 30000); // no rule of a group ends one so soon
  caller.hangUp();
  await isCallersTone(`/api/v1/voicemails/${(await message(from)).id}/audio`, ann);
});

test('nobody answers in a ring group: an extension, whose calls go to a number outside', async () => {
  const [a, b] = [await door.mark(), await shop.mark()];
  const answered = call('7602');
  await door.event('CALL_INCOMING', a);
  await shop.event('CALL_INCOMING', b);
  await answered;
  assert.ok(outside.isUp);
  await until('the number outside at the caller', async () => (await caller.hears(TONES)) === 'outside');
  await until('the caller outside', async () => (await outside.hears(TONES)) === 'caller');
  await door.event('CALL_CLOSED', a);
  await shop.event('CALL_CLOSED', b);
});
