// Routing as people see it: several phones ring for one caller, a supervisor hands a caller over, the reasons can be asked for.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { until, within } from './lib/util.mjs';
import { Process } from './lib/process.mjs';

let server, quick, slow;
before(async () => {
  quick = await agents({ agents: 1, hear: 440, 'answer-s': 2 });
  slow = await agents({ agents: 2, 'answer-s': 60 });
  const rows = centre({ queues: { support: { strategy: 'ring_all', ring_timeout_s: 20 }, expert: { agents: ['@web'] } } });
  const phones = { uri1: `sip:a1@127.0.0.1:${slow.port}`, uri2: `sip:a2@127.0.0.1:${slow.port}`, uri3: `sip:a1@127.0.0.1:${quick.port}` };
  for (const user of rows['users.json']) if (phones[user.login]) user.device_uri = phones[user.login];
  server = await Server.start({ centre: rows });
});
after(async () => {
  await server?.stop();
  await quick?.stop();
  await slow?.stop();
});
afterEach(async () => {
  await Process.endAllBut(server.process, quick, slow);
  await server.everybodyOffline();
});

async function ready(...logins) {
  const people = [];
  for (const login of logins) {
    const person = await server.person(login, PASSWORD);
    await person.socket.do('agent.ready');
    people.push(person);
  }
  return people;
}

const caller = (fields = {}) => callers({ to: server.sip('support'), audio: 'tone:440', hear: 1000, 'talk-s': 2, 'patience-s': 25, ...fields });

async function contact(rest, from) {
  const rows = await rest.interactions((items) => items.some((row) => row.from === from && row.ended_at));
  return rest.get(`/interactions/${rows.find((row) => row.from === from).id}`);
}

test('three phones ring for one caller; the first to answer has the caller, the others stop', async () => {
  const people = await ready('uri1', 'uri2', 'uri3');
  const boss = await server.person('boss', PASSWORD);
  const call = caller({ from: '+15550004001' });
  for (const { socket } of people) assert.equal((await socket.push('offer')).customer.number, '+15550004001');
  await until('all three phones to ring', () => slow.events({ event: 'call_started' }).length === 2 && quick.events({ event: 'call_started' }).length === 1);
  await quick.event({ event: 'call_answered' });
  await within('the others to stop', () => slow.events({ event: 'call_ended', answered: false }).length === 2, 3000);
  const reasons = [];
  for (const { socket } of people) reasons.push((await socket.push('offer_ended')).reason);
  assert.deepEqual(reasons, ['answered_elsewhere', 'answered_elsewhere', 'answered']);
  assert.equal(await call.finish(), 0, call.stdout);
  assert.ok(call.events({ event: 'call_ended' })[0].tone_db > -1, 'the caller hears the agent');
  const whole = await contact(boss.rest, '+15550004001');
  assert.equal(whole.result, 'answered');
  const offers = whole.events.filter((e) => e.type === 'offer.made');
  assert.equal(offers.length, 3);
  assert.equal(new Set(offers.map((e) => e.data.decision)).size, 1, 'one decision for all of them');
  assert.deepEqual(whole.events.filter((e) => e.type === 'offer.ended').map((e) => e.data.reason).sort(), ['answered', 'answered_elsewhere', 'answered_elsewhere']);
  for (const { socket } of people.slice(0, 2)) {
    const state = socket.pushes.filter((p) => p.on === 'agent').at(-1);
    assert.equal(state.state, 'ready', 'nobody is blamed');
  }

  const { decisions, n_not_kept } = await boss.rest.get(`/interactions/${whole.id}/decisions`);
  assert.equal(n_not_kept, 0);
  assert.equal(decisions.length, 1);
  assert.equal(decisions[0].strategy, 'ring_all');
  assert.equal(decisions[0].how, 'order');
  assert.equal(decisions[0].candidates.filter((c) => c.verdict === 'chosen').length, 3);
  for (const { socket } of people) socket.close();
});

test('the caller hangs up while three ring: all three stop', async () => {
  const people = await ready('uri1', 'uri2', 'uri3');
  const before = slow.events({ event: 'call_started' }).length;
  const call = caller({ from: '+15550004002' });
  await until('the phones to ring', () => slow.events({ event: 'call_started' }).length === before + 2);
  const ended = slow.events({ event: 'call_ended' }).length;
  await call.stop('SIGTERM');
  await within('them to stop', () => slow.events({ event: 'call_ended' }).length === ended + 2, 3000);
  for (const { socket } of people) socket.close();
});

test('a supervisor hands a waiting caller to an agent who does not serve the queue', async () => {
  const [agent] = await ready('uri3');
  const boss = await server.person('boss', PASSWORD);
  const call = caller({ to: server.sip('expert'), from: '+15550004003' });
  const live = await boss.socket.do('live.subscribe');
  const expert = live.queues.find((q) => q.name === 'expert').id;
  const wait = await until('the caller to wait', async () => {
    const { queues } = await boss.socket.do('live.subscribe');
    return queues.find((q) => q.id === expert).waits[0];
  });
  assert.equal(wait.number, '+15550004003');
  assert.equal(wait.position, 1);
  assert.ok(wait.target_at > wait.since);
  const user = (await boss.rest.get('/users?search=uri3')).items.find((u) => u.login === 'uri3');
  await boss.socket.do('queue.assign', { interaction: wait.interaction, agent: user.id });
  const offer = await agent.socket.push('offer');
  assert.equal(offer.interaction, wait.interaction);
  const again = await boss.socket.ask('queue.assign', { interaction: wait.interaction, agent: user.id });
  assert.equal(again.error.code, 'not_waiting');
  assert.equal(await call.finish(), 0, call.stdout);
  const whole = await contact(boss.rest, '+15550004003');
  assert.ok(whole.events.some((e) => e.type === 'segment.assigned' && e.data.reason === 'assign'));
  const { decisions } = await boss.rest.get(`/interactions/${whole.id}/decisions`);
  assert.equal(decisions.at(-1).how, 'hand');
  agent.socket.close();
});
