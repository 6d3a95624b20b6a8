// Bad packets end to end: lost, late, doubled, reordered, truncated, oversized, of a wrong payload type or SSRC, forged in the clear
// and under keys, and a cut. Tones are measured at both ends and in both channels of the recording.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { toAlaw } from './lib/law.mjs';
import { leftovers } from './lib/leftovers.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver, toneWithin } from './lib/sound.mjs';
import { freePort, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

const CALLER = 440;
const AGENT = 1000;
const FORGER = 2000;
const SECONDS = 50; // frames
let server, boss, agent, clean;
let number = 0;
before(async () => {
  const agentsPort = await freePort();
  server = await Server.start({ centre: centre({ agentsPort, queues: { support: { ring_timeout_s: 20 } } }), config: { rtp_timeout_s: 5 } });
  agent = await Wire.start({ server, hz: AGENT, port: agentsPort });
  boss = (await server.person('boss', PASSWORD)).rest;
  await (await server.person('uri1', PASSWORD)).socket.do('agent.ready');
  clean = await leftovers(server);
});
after(async () => {
  agent?.stop();
  await server?.stop();
});
let peer;
afterEach(async () => {
  await peer?.hangUp().catch(() => null);
  peer?.stop();
  peer = undefined;
  await until('nothing to be left', async () => {
    assert.deepEqual(await leftovers(server), clean);
    return true;
  }, 15000, 200);
});

async function talk(options = {}) {
  peer = await Wire.start({ server, hz: CALLER, from: `+155500073${String(++number).padStart(2, '0')}`, ...options });
  assert.equal((await peer.invite('support')).code, 200);
  await peer.hears(AGENT);
  await agent.hears(CALLER);
  return peer;
}

/** Hangs up and returns the recording: customer left, agent right. */
async function recording() {
  await peer.hangUp();
  const rows = await boss.interactions((items) => items.some((row) => row.from === peer.from && row.ended_at && row.has_recording));
  const { id } = rows.find((row) => row.from === peer.from);
  const whole = await until('the recording', async () => {
    const found = await boss.get(`/interactions/${id}`);
    return found.recordings[0]?.duration_ms > 0 ? found : null;
  });
  const response = await boss.fetch('GET', `/api/v1/recordings/${whole.recordings[0].id}/audio`);
  assert.equal(response.status, 200);
  return { wav: readWav(Buffer.from(await response.arrayBuffer())), quality: whole.quality };
}

/** A steady frame of the forger's tone. */
const lie = Buffer.from(Array.from({ length: 160 }, (_, i) => toAlaw(0.5 * Math.sin((2 * Math.PI * FORGER * i) / 8000))));

/** What is done to the caller's packets; the share of the tone that has to be left at the agent. */
const KINDS = {
  'truncated and oversized packets': {
    least: 0.95,
    mangle: (packet) => [packet, ...[0, 1, 7, 11, 12].map((n) => packet.subarray(0, n)), Buffer.concat([packet, Buffer.alloc(2000)]), Buffer.alloc(60000, 0x80)],
  },
  'payload types nobody agreed on': { least: 0.95, mangle: (packet) => [packet, ...[3, 34, 99, 127].map((type) => peer.packet(lie, { type }))] },
  'other SSRCs from the right address': { least: 0.95, mangle: (packet, at) => [packet, peer.packet(lie, { ssrc: 77, seq: at & 0xffff }), peer.packet(lie, { ssrc: (at * 7919) >>> 0, seq: 1 })] },
  'every tenth lost, every seventh doubled, pairs exchanged': {
    least: 0.9,
    mangle(packet, at) {
      if (at % 10 === 0) return [];
      const list = at % 7 === 0 ? [packet, packet] : [packet];
      if (at % 4 === 1) {
        this.held = list;
        return [];
      }
      const late = this.held ?? [];
      this.held = undefined;
      return [...list, ...late];
    },
  },
};

for (const [name, kind] of Object.entries(KINDS))
  test(name, { timeout: 240000 }, async () => {
    await talk();
    peer.mangle = (packet, at) => kind.mangle(packet, at);
    const [there, here] = await Promise.all([agent.shareByFrame(CALLER, 2 * SECONDS), peer.shareByFrame(AGENT, 2 * SECONDS)]);
    assert.ok(there >= kind.least, `${there} of the caller's tone at the agent`);
    assert.ok(here >= 0.95, `${here} of the agent's tone at the caller`);
    assert.equal(new Set(agent.heard.map((p) => p.ssrc)).size, 1, 'one stream');
    const { wav } = await recording();
    const [left, right] = [toneOver(wav.channels[0], CALLER, wav.rate), toneOver(wav.channels[1], AGENT, wav.rate)];
    assert.ok(toneWithin(left) >= 0.8 && left.seconds >= 1.6, `customer left: ${JSON.stringify(left)}`);
    assert.ok(toneWithin(right) >= 0.9 && right.seconds >= 1.8, `agent right: ${JSON.stringify(right)}`);
    assert.ok(toneOver(wav.channels[0], FORGER, wav.rate).best < 0.2, 'nothing of the lies');
  });

test('forged packets from other ports are heard by nobody', { timeout: 240000 }, async () => {
  await talk();
  const stranger = dgram.createSocket('udp4').unref();
  let n = 0;
  peer.mangle = (packet) => {
    const next = packet.readUInt16BE(2) + 1;
    for (const bytes of [peer.packet(lie, { seq: next & 0xffff }), peer.packet(lie, { ssrc: 5, seq: n++ & 0xffff })]) peer.send(bytes, stranger);
    return [packet];
  };
  const there = await agent.shareByFrame(CALLER, 2 * SECONDS);
  assert.ok(there >= 0.95, `${there} of the caller's tone at the agent`);
  const { wav } = await recording();
  assert.ok(toneOver(wav.channels[0], CALLER, wav.rate).seconds >= 1.8);
  assert.ok(toneOver(wav.channels[0], FORGER, wav.rate).best < 0.2, 'nothing of the lies');
  stranger.close();
});

test('under keys: forged, replayed and clear packets from the right address', { timeout: 240000 }, async () => {
  await talk({ isSecret: true });
  let old;
  peer.mangle = (packet) => {
    old ??= packet;
    const bent = Buffer.from(packet);
    bent[40] ^= 1;
    const ahead = Buffer.from(packet);
    ahead.writeUInt16BE((packet.readUInt16BE(2) + 1000) & 0xffff, 2);
    return [bent, ahead, peer.packet(lie, { seq: packet.readUInt16BE(2) }), packet, packet, old];
  };
  const [there, here] = await Promise.all([agent.shareByFrame(CALLER, 2 * SECONDS), peer.shareByFrame(AGENT, 2 * SECONDS)]);
  assert.ok(there >= 0.95 && here >= 0.95, `${there} there, ${here} here`);
  assert.equal(peer.forged, undefined, 'all we get is under our key');
  const { wav, quality } = await recording();
  assert.ok(toneOver(wav.channels[0], CALLER, wav.rate).seconds >= 1.8);
  assert.ok(toneOver(wav.channels[0], FORGER, wav.rate).best < 0.2, 'nothing of the lies');
  const leg = quality.find((q) => q.role === 'customer');
  assert.equal(leg.lost_permille, 0, JSON.stringify(leg));
});

test('a caller from whom nothing comes any more is given up, with the reason', { timeout: 240000 }, async () => {
  await talk();
  peer.isTalking = false;
  await until('us to hang up', () => peer.isOver, 20000);
  const rows = await boss.interactions((items) => items.some((row) => row.from === peer.from && row.ended_at));
  assert.equal(rows.find((row) => row.from === peer.from).reason, 'media_lost');
});

test('all ports taken: refused with the reason, those who talk go on, and who comes later gets the port that was left', { timeout: 240000 }, async () => {
  const first = 19000 + (process.pid % 80) * 8; // between the ports of peers and of the usual server
  const small = await Server.start({ centre: centre({ agentsPort: 9 }), config: { rtp_ports: `${first}-${first + 7}` } });
  try {
    const idle = await leftovers(small);
    const waiting = [];
    const refused = [];
    for (let i = 0; i < 7; i++) {
      const one = await Wire.start({ server: small, from: `+1555000740${i}` });
      const { code } = await one.invite('expert');
      (code === 200 ? waiting : refused).push(one);
      assert.ok(code === 200 || code === 503, String(code));
    }
    assert.equal(waiting.length, 4);
    const rest = (await small.person('boss', PASSWORD)).rest;
    const rows = await rest.interactions((items) => items.filter((row) => row.ended_at).length === 3);
    assert.deepEqual(rows.filter((row) => row.ended_at).map((row) => row.reason), ['no_ports', 'no_ports', 'no_ports']);
    for (const one of waiting) await until('the music', () => one.heard.length > 5);
    await waiting[0].hangUp();
    const next = await until('a free port', async () => {
      const one = await Wire.start({ server: small, from: '+15550007409' });
      if ((await one.invite('expert')).code === 200) return one;
      one.stop();
      return null;
    });
    for (const one of [...waiting.slice(1), next]) await one.hangUp();
    await until('nothing to be left', async () => {
      assert.deepEqual(await leftovers(small), idle);
      return true;
    }, 15000, 200);
    for (const one of [...waiting, ...refused, next]) one.stop();
  } finally {
    await small.kill();
  }
});

test('a cut of two seconds: silence, then both hear again, and the recording kept the time', { timeout: 240000 }, async () => {
  await talk();
  const began = peer.at;
  let cut = 0;
  peer.mangle = (packet) => (cut++ < 2 * SECONDS ? [] : [packet]);
  await agent.isDeaf();
  await until('the end of the cut', () => cut > 2 * SECONDS);
  await agent.hears(CALLER);
  await peer.hears(AGENT);
  const talked = (peer.at - began) / SECONDS;
  const { wav } = await recording();
  assert.ok(wav.seconds >= talked, `${wav.seconds} s of recording for more than ${talked} s of call`);
  const left = toneOver(wav.channels[0], CALLER, wav.rate);
  const right = toneOver(wav.channels[1], AGENT, wav.rate);
  assert.ok(left.loud / 5 <= wav.seconds - 1.6, `the cut is silence: ${JSON.stringify(left)} of ${wav.seconds}`);
  assert.ok(toneWithin(right) >= 0.9 && right.seconds > left.seconds + 1, JSON.stringify([left, right]));
});
