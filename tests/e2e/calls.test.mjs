// One call in all its ways: through the queue to a remote agent, to a registered phone, to nobody; held, handed on, hung up.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Baresip, agents, callers, sipp } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { freePort, sleep, until } from './lib/util.mjs';
import { Process } from './lib/process.mjs';

let server, remote, agentsPort;
before(async () => {
  agentsPort = await freePort();
  remote = await agents({ agents: 3, port: agentsPort, hear: 440 });
  server = await Server.start({ centre: centre({ agentsPort }) });
});
after(async () => {
  await server?.stop();
  await remote?.stop();
});
// A scenario that failed halfway must not leave agents or callers to the next one.
afterEach(async () => {
  await Process.endAllBut(server.process, remote);
  await server.everybodyOffline();
});

const caller = (fields = {}) => callers({ to: server.sip('support'), audio: 'tone:440', hear: 1000, 'talk-s': 2, 'patience-s': 25, ...fields });

/** The one interaction from a number. */
async function interaction(rest, from, isDone = (row) => row.ended_at) {
  const rows = await rest.interactions((items) => items.some((row) => row.from === from && isDone(row)));
  const mine = rows.filter((row) => row.from === from);
  assert.equal(mine.length, 1, 'one interaction for one call');
  return rest.get(`/interactions/${mine[0].id}`);
}

async function ready(login) {
  const person = await server.person(login, PASSWORD);
  await person.socket.do('agent.ready');
  return person;
}

async function leave(...people) {
  for (const { socket } of people) {
    await socket.ask('agent.offline');
    socket.close();
  }
}

test('a caller reaches a remote agent, each hears the other, and the recording has both in their channels', async () => {
  const boss = await server.person('boss', PASSWORD);
  const agent = await ready('uri1');
  const call = caller({ from: '+15550001001', 'talk-s': 4 });
  const offer = await agent.socket.push('offer');
  assert.equal(offer.customer.number, '+15550001001');
  assert.equal(offer.queue.name, 'support');
  assert.equal(await call.finish(), 0, call.stdout);
  const [ended] = call.events({ event: 'call_ended' });
  assert.ok(ended.tone_db > -1, `the agent's tone at the caller: ${ended.tone_db} dB`);
  const heard = await remote.event({ event: 'call_ended' });
  assert.ok(heard.tone_db > -1, `the caller's tone at the agent: ${heard.tone_db} dB`);

  const whole = await interaction(boss.rest, '+15550001001', (row) => row.ended_at && row.has_recording);
  assert.equal(whole.result, 'answered');
  assert.equal(whole.reason, 'customer_hung_up');
  assert.equal(whole.segments.length, 1);
  assert.ok(whole.talk_ms >= 3000, `talk ${whole.talk_ms} ms`);
  const types = whole.events.map((e) => e.type);
  for (const type of ['interaction.started', 'segment.queued', 'segment.answered', 'segment.ended', 'interaction.ended'])
    assert.equal(types.filter((t) => t.endsWith(type)).length, 1, `${type} once in ${types}`);
  const [recording] = await until('the recording', async () => {
    const { recordings } = await boss.rest.get(`/interactions/${whole.id}`);
    return recordings.length && recordings[0].duration_ms > 0 ? recordings : null;
  });
  const response = await boss.rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  assert.equal(response.status, 200);
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  assert.equal(wav.channels.length, 2);
  const left = toneOver(wav.channels[0], 440, wav.rate);
  const right = toneOver(wav.channels[1], 1000, wav.rate);
  assert.ok(left.seconds > 2, `customer left: ${JSON.stringify(left)}`);
  assert.ok(right.seconds > 2, `agent right: ${JSON.stringify(right)}`);
  assert.ok(toneOver(wav.channels[0], 1000, wav.rate).best < 0.1, 'no agent in the customer channel');
  const waveform = await boss.rest.get(`/recordings/${recording.id}/waveform`);
  assert.equal(waveform.channels, 2);
  assert.ok(Math.max(...waveform.peaks[0]) > 5 && Math.max(...waveform.peaks[1]) > 5);
  const part = await boss.rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`, undefined, { Range: 'bytes=100-199' });
  assert.equal(part.status, 206);
  assert.equal((await part.arrayBuffer()).byteLength, 100);
  await leave(agent);
});

test('a sipp caller goes through the flow and the queue to a registered phone', async () => {
  const agent = await server.person('phone', PASSWORD);
  const phone = await Baresip.start({ login: 'phone', password: 'phone-secret', server, hz: 1000 });
  try {
    await agent.socket.push('agent', (a) => a.is_device_reachable, 15000).catch(() => null);
    await until('the phone to be registered', async () => (await agent.socket.ask('agent.ready')).ok, 15000, 300);
    const call = await sipp('uac_dtmf_info.xml', ['-s', '1000', '-m', 1, `127.0.0.1:${server.sipPort}`]);
    const offer = await agent.socket.push('offer', () => true, 20000);
    assert.equal(offer.chosen?.[0]?.label, 'Support');
    await agent.socket.push('call', (c) => c.state === 'connected', 10000);
    assert.equal(await call.finish(60000), 0, call.stderr.slice(-1500));
    await agent.socket.push('call', (c) => c.state === 'ended', 10000);
  } finally {
    await phone.stop();
    await leave(agent);
  }
});

test('a caller who hangs up while the agent rings stops the ringing at once', async () => {
  const slow = await agents({ agents: 1, 'answer-s': 30 });
  const admin = await server.admin();
  const user = await admin.find('users', 'login', 'uri3');
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a1@127.0.0.1:${slow.port}` });
  const agent = await ready('uri3');
  const call = caller({ from: '+15550001002' });
  await slow.event({ event: 'call_started' });
  const from = agent.socket.pushes.length;
  await call.stop('SIGTERM');
  const t = Date.now();
  await slow.event({ event: 'call_ended', answered: false }, 3000);
  assert.ok(Date.now() - t < 1500);
  const ended = await agent.socket.push('offer_ended', () => true, 3000, from);
  assert.equal(ended.reason, 'caller_gone');
  const boss = await server.person('boss', PASSWORD);
  const whole = await interaction(boss.rest, '+15550001002');
  assert.equal(whole.result, 'abandoned');
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a3@127.0.0.1:${agentsPort}` });
  await leave(agent);
  await slow.stop();
});

test('not answering makes the agent not responding; the caller is served first, with the clock running on', async () => {
  const silent = await agents({ agents: 1, 'answer-s': 60 });
  const admin = await server.admin();
  const user = await admin.find('users', 'login', 'uri3');
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a1@127.0.0.1:${silent.port}` });
  const deaf = await ready('uri3');
  const first = caller({ from: '+15550001003' });
  await silent.event({ event: 'call_started' });
  const second = caller({ from: '+15550001004' });
  const ended = await deaf.socket.push('offer_ended', () => true, 12000);
  assert.equal(ended.reason, 'no_answer');
  await deaf.socket.push('agent', (a) => a.state === 'not_responding', 3000).catch(async () => {
    const again = await server.person('uri3', PASSWORD);
    assert.equal(again.socket.hello.agent.state, 'not_responding');
  });
  const agent = await ready('uri1');
  const offer = await agent.socket.push('offer');
  assert.equal(offer.customer.number, '+15550001003', 'the one who waited longest');
  assert.ok(offer.wait_ms >= 4500, `its wait goes on: ${offer.wait_ms}`);
  await first.finish();
  await second.finish();
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a3@127.0.0.1:${agentsPort}` });
  await leave(agent, deaf);
  await silent.stop();
});

test('declining sends the caller back; the agent stays ready for others', async () => {
  const silent = await agents({ agents: 1, 'answer-s': 60 });
  const admin = await server.admin();
  const user = await admin.find('users', 'login', 'uri3');
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a1@127.0.0.1:${silent.port}` });
  const agent = await ready('uri3');
  const call = caller({ from: '+15550001005' });
  const offer = await agent.socket.push('offer');
  await agent.socket.do('call.decline', { interaction: offer.interaction });
  const ended = await agent.socket.push('offer_ended');
  assert.equal(ended.reason, 'declined');
  const other = await ready('uri2');
  const again = await other.socket.push('offer');
  assert.equal(again.interaction, offer.interaction);
  await call.finish();
  const state = (await server.person('uri3', PASSWORD)).socket.hello.agent;
  assert.equal(state.presence, 'ready');
  await admin.patch(`/users/${user.id}`, { device_uri: `sip:a3@127.0.0.1:${agentsPort}` });
  await leave(agent, other);
  await silent.stop();
});

test('hold plays music to the caller, resume brings the agent back', async () => {
  const agent = await ready('uri1');
  const boss = await server.person('boss', PASSWORD);
  const call = caller({ from: '+15550001006', 'talk-s': 0 });
  const talking = await agent.socket.push('call', (c) => c.state === 'connected', 15000);
  await call.event({ event: 'person_heard' });
  const from = agent.socket.pushes.length;
  await agent.socket.do('call.hold', { interaction: talking.interaction });
  await agent.socket.push('call', (c) => c.state === 'held', 5000, from);
  await sleep(2500);
  await agent.socket.do('call.resume', { interaction: talking.interaction });
  await agent.socket.push('call', (c) => c.state === 'connected', 5000, from);
  await sleep(1000);
  await agent.socket.do('call.hang_up', { interaction: talking.interaction });
  await call.finish();
  assert.equal(call.events({ event: 'call_ended' })[0].ended_by, 'peer');
  const whole = await interaction(boss.rest, '+15550001006', (row) => row.ended_at && row.has_recording);
  assert.ok(whole.hold_ms >= 2000 && whole.hold_ms < 6000, `hold ${whole.hold_ms}`);
  assert.equal(whole.reason, 'agent_hung_up');
  await leave(agent);
});

for (const [kind, expect] of [['agent', 'uri2'], ['queue', 'uri2'], ['number', null]])
  test(`blind transfer to ${kind === 'agent' ? 'another agent' : `a ${kind}`}`, async () => {
    const number = `+1555000${{ agent: 2001, queue: 2002, number: 2003 }[kind]}`;
    const admin = await server.admin();
    const heard = () => remote.events({ event: 'person_heard' }).length;
    const before = heard();
    const first = await ready('uri1');
    const call = caller({ from: number, 'talk-s': 0 });
    const talking = await first.socket.push('call', (c) => c.state === 'connected', 15000);
    await call.event({ event: 'person_heard' });
    await until('the first one to hear the caller', () => heard() === before + 1);
    const second = await ready('uri2');
    const to = {
      agent: { kind, id: (await admin.find('users', 'login', 'uri2')).id },
      queue: { kind, id: (await admin.find('queues', 'name', 'expert')).id },
      number: { kind, number: `sip:a3@127.0.0.1:${agentsPort}` },
    }[kind];
    await first.socket.do('call.transfer', { interaction: talking.interaction, to });
    if (expect) {
      const offer = await second.socket.push('offer', (o) => o.interaction === talking.interaction, 10000);
      assert.equal(offer.customer.number, number);
    }
    await until('the other side to hear the caller', () => heard() === before + 2, 10000);
    await call.stop();
    const ended = call.events({ event: 'call_ended' })[0];
    assert.equal(ended.ended_by, 'us', `still connected when the caller hangs up: ${ended.reason}`);
    const boss = await server.person('boss', PASSWORD);
    const whole = await interaction(boss.rest, number);
    if (kind === 'queue') assert.equal(whole.segments.length, 2);
    assert.ok(whole.events.some((e) => e.type.endsWith('interaction.transferred')), whole.events.map((e) => e.type).join());
    await leave(first, second);
  });

for (const dtmf of ['rfc4733', 'info', 'inband'])
  test(`a menu choice by ${dtmf}`, async () => {
    const agent = await ready('uri1');
    const call = caller({ to: server.sip('1000'), from: `+1555000300${{ rfc4733: 1, info: 2, inband: 3 }[dtmf]}`, digits: '2', dtmf, audio: 'silence', 'talk-s': 1 });
    const offer = await agent.socket.push('offer', () => true, 15000);
    assert.equal(offer.queue.name, 'sales');
    assert.deepEqual(offer.chosen.map((c) => [c.label, c.digits]), [['Sales', '2']]);
    await call.finish();
    await leave(agent);
  });

test('wrong choices end the flow in its own words', async () => {
  const call = caller({ to: server.sip('1000'), from: '+15550003009', digits: '7,,,,7', audio: 'silence' });
  await call.finish(40000);
  const ended = call.events({ event: 'call_ended' })[0];
  assert.equal(ended.ended_by, 'peer');
  const boss = await server.person('boss', PASSWORD);
  const whole = await interaction(boss.rest, '+15550003009');
  assert.equal(whole.result, 'ended_in_flow');
});

test('a message is left and can be played', async () => {
  const call = caller({ to: server.sip('1000'), from: '+15550003010', digits: '3', 'patience-s': 9 });
  await call.finish();
  const boss = await server.person('boss', PASSWORD);
  const whole = await interaction(boss.rest, '+15550003010', (row) => row.ended_at && row.has_recording);
  assert.equal(whole.result, 'voicemail');
  const recording = whole.recordings.find((r) => r.kind === 'voicemail');
  assert.ok(recording, JSON.stringify(whole.recordings));
  const response = await boss.rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  assert.ok(toneOver(wav.channels[0], 440, wav.rate).seconds > 2);
});

test('closed hours are said, and the caller is let go', async () => {
  const call = caller({ to: server.sip('2000'), from: '+15550003011' });
  await call.finish();
  const ended = call.events({ event: 'call_ended' })[0];
  assert.ok(ended.answered);
  assert.equal(ended.ended_by, 'peer');
});

test('an unknown number and a stranger get a correct answer and are counted', async () => {
  const boss = await server.person('boss', PASSWORD);
  const before = (await boss.rest.get('/kpis')).all;
  const call = caller({ to: server.sip('nobody'), from: '+15550003012' });
  await call.finish();
  assert.equal(call.events({ event: 'call_ended' })[0].code, 404);
  await until('it to be counted as blocked', async () => (await boss.rest.get('/kpis')).all.blocked > (before.blocked ?? 0), 5000);
});

test('the figures of today add up', async () => {
  const boss = await server.person('boss', PASSWORD);
  const kpis = await boss.rest.get('/kpis');
  assert.ok(kpis.all.offered >= 10, JSON.stringify(kpis.all));
  assert.equal(kpis.all.offered, kpis.all.answered + kpis.all.abandoned + kpis.all.overflowed_out);
  assert.equal(kpis.queues.reduce((sum, q) => sum + q.offered, 0), kpis.all.offered);
});
