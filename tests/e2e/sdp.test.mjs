// Bad and unusual SDP over the real server: the call is refused with the reason, or the sound goes on, or the call ends with a named
// reason; nothing is left of it afterwards. Codecs change in mid-call, measured by tones before and after.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { freePort, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';
import { leftovers } from './lib/leftovers.mjs';

let server, boss, agent, person, clean;
before(async () => {
  const agentsPort = await freePort();
  server = await Server.start({ centre: centre({ agentsPort, queues: { support: { ring_timeout_s: 20 } } }) });
  agent = await Wire.start({ server, hz: 1000, port: agentsPort });
  boss = (await server.person('boss', PASSWORD)).rest;
  person = await server.person('uri1', PASSWORD);
  await person.socket.do('agent.ready');
  clean = await leftovers(server);
});
after(async () => {
  agent?.stop();
  await server?.stop();
});
let peers = [];
afterEach(async () => {
  for (const peer of peers) {
    await peer.hangUp().catch(() => null);
    peer.stop();
  }
  peers = [];
  await until('nothing to be left', async () => {
    const left = await leftovers(server);
    assert.deepEqual(left, clean);
    return true;
  }, 15000, 200);
});

let number = 0;
async function caller() {
  const peer = await Wire.start({ server, hz: 440, from: `+155500072${String(++number).padStart(2, '0')}` });
  peers.push(peer);
  return peer;
}

async function bothHear(peer) {
  await peer.hears(1000);
  await agent.hears(440);
}

/** How the interaction of this caller ended. */
async function ended(peer) {
  const rows = await boss.interactions((items) => items.some((row) => row.from === peer.from && row.ended_at), 15000);
  return rows.find((row) => row.from === peer.from).reason;
}

async function blocked(peer) {
  const events = await until('it to be counted', async () => {
    const all = await boss.get('/events?after_seq=0&limit=1000');
    const mine = all.filter((e) => e.type === 'markaz.contact.blocked' && e.data.from === peer.from);
    return mine.length ? mine : null;
  });
  return events.map((e) => e.data.reason);
}

const mlines = (n) => Array.from({ length: n }, (_, i) => `m=video ${20000 + i * 2} RTP/AVP 99`);

const REFUSED = [
  ['audio with port 0', (p) => p.sdp({ port: 0 }), 'bad_sdp', /no audio/],
  ['two hundred m-lines', (p) => p.sdp({ before: mlines(200) }), 'bad_sdp', /more than 32/],
  // More than eight kilobytes are no message over UDP.
  ['an oversized one', (p) => p.sdp({ lines: Array.from({ length: 300 }, (_, i) => `a=x-${i}:${'y'.repeat(30)}`) }), 'malformed', /./, 400],
  ['a port that is no number', (p) => p.sdp({ port: 'x' }), 'bad_sdp', /malformed/],
  ['encryption without a key', (p) => p.sdp().replace('RTP/AVP', 'RTP/SAVP'), 'bad_sdp', /no audio/],
  ['nothing but G.729', (p) => p.sdp().replace('RTP/AVP 8', 'RTP/AVP 18').replace('a=rtpmap:8 PCMA', 'a=rtpmap:18 G729'), 'no_common_codec', /no common codec/],
];

test('what cannot be talked about is refused with a reason', { timeout: 240000 }, async () => {
  for (const [name, body, reason, words, code = 488] of REFUSED) {
    const peer = await caller();
    const answer = await peer.invite('support', body(peer));
    assert.equal(answer.code, code, name);
    if (code === 488) assert.match(answer.head.match(/^warning: (.*)$/im)?.[1] ?? '', words, name);
    assert.deepEqual(await blocked(peer), [reason], name);
  }
});

test('thirty lines of other media are declined one by one, and the audio is taken', { timeout: 240000 }, async () => {
  const peer = await caller();
  const answer = await peer.invite('support', peer.sdp({ before: mlines(20), after: mlines(10) }));
  assert.equal(answer.code, 200);
  const lines = answer.body.match(/^m=\S+ \d+/gm);
  assert.equal(lines.length, 31);
  assert.equal(lines.filter((line) => line === 'm=video 0').length, 30);
  await bothHear(peer);
});

test('packets of zero, one and 9999 milliseconds', { timeout: 240000 }, async () => {
  const peer = await caller();
  assert.equal((await peer.invite('support', peer.sdp({ ptime: 0 }))).code, 200);
  await bothHear(peer);
  for (const ptime of [1, 9999, -20, 'abc', '99999999999999999999']) {
    assert.equal((await peer.reinvite(peer.sdp({ ptime }))).code, 200, String(ptime));
    await bothHear(peer);
    assert.ok(peer.heard.every((p) => p.payload.length === 160), 'frames of 20 ms still');
  }
});

test('G.711, G.722, Opus and back in one call', { timeout: 240000 }, async () => {
  const peer = await caller();
  assert.equal((await peer.invite('support')).code, 200);
  await bothHear(peer);
  for (const voice of ['g722', 'opus', 'pcma', 'opus']) {
    const answer = await peer.reinvite(peer.sdp({ voices: [voice] }));
    assert.equal(answer.code, 200);
    peer.speak(voice);
    await bothHear(peer);
  }
});

test('on hold in all its forms, and back', { timeout: 240000 }, async () => {
  const peer = await caller();
  assert.equal((await peer.invite('support')).code, 200);
  await bothHear(peer);
  for (const [form, expected] of [[{ direction: 'sendonly' }, 'recvonly'], [{ direction: 'inactive' }, 'inactive'], [{ host: '0.0.0.0' }, 'sendrecv'], [{ direction: 'recvonly' }, 'sendonly']]) {
    const answer = await peer.reinvite(peer.sdp(form));
    assert.match(answer.body, new RegExp(`^a=${expected}`, 'm'));
    if (form.host) peer.isTalking = false; // nobody to send to, and nobody who sends
    if (form.direction === 'recvonly') await peer.hears(1000);
    else await peer.isDeaf();
    assert.equal((await peer.reinvite()).code, 200);
    await bothHear(peer);
  }
});

test('what a re-INVITE may not change stays as it was', { timeout: 240000 }, async () => {
  const peer = await caller();
  assert.equal((await peer.invite('support')).code, 200);
  await bothHear(peer);
  for (const [name, body, , , code = 488] of REFUSED) {
    assert.equal((await peer.reinvite(body(peer))).code, code, name);
    await bothHear(peer);
  }
  await peer.hangUp();
  assert.equal(await ended(peer), 'customer_hung_up');
});

test('an offer that comes late: taken from the ACK, or the call ends', { timeout: 240000 }, async () => {
  const peer = await caller();
  const answer = await peer.invite('support', null, () => peer.sdp());
  assert.equal(answer.code, 200);
  assert.match(answer.body, /^m=audio [1-9]/m, 'ours is in the answer');
  await bothHear(peer);
  assert.equal((await peer.reinvite(null, () => peer.sdp())).code, 200);
  await bothHear(peer);
  await peer.hangUp();

  const silent = await caller();
  await silent.invite('support', null);
  await until('us to hang up', () => silent.isOver, 10000);
  assert.equal(await ended(silent), 'no_common_codec');
});

test('an address of a family this server does not speak ends the call, and leaves nothing', { timeout: 240000 }, async () => {
  const peer = await caller();
  const answer = await peer.invite('support', peer.sdp({ host: '2001:db8::7' }));
  if (answer.code === 200) await until('us to hang up', () => peer.isOver, 10000);
  assert.equal(await ended(peer), 'bad_sdp');
});
