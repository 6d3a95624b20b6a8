// Who hears whom in a call with several parties, by tones through real telephones: hold, consult, toggle, warm transfer, conference,
// whisper heard by the agent alone, listen heard by nobody, barge, take over, park, pull (docs/calls.md).
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { Telephone } from './lib/telephone.mjs';
import { PATIENCE, until } from './lib/util.mjs';

const TONES = { ann: 622.5, bob: 887.5, boss: 1272.5, customer: 437.5 };
let server, ann, bob, boss, customer;
const people = {};

before(async () => {
  const users = ['ann', 'bob', 'boss'].map((login, i) => ({ login: `${login}1`, name: login, roles: [login === 'boss' ? 'supervisor' : 'agent'], password: PASSWORD,
    device: 'phone', sip_login: `${login}1`, sip_password: 'telephone-secret', extension: `70${i}` }));
  server = await Server.start({ centre: centre({ users }) });
  const phone = (name) => Telephone.start({ hz: TONES[name], server, login: `${name}1`, password: 'telephone-secret' });
  ann = await phone('ann');
  bob = await phone('bob');
  boss = await phone('boss');
  customer = await Telephone.start({ hz: TONES.customer, server, login: 'customer' });
  for (const name of ['ann', 'bob', 'boss']) people[name] = await server.person(`${name}1`, PASSWORD);
});
after(async () => {
  await server?.stop();
  [ann, bob, boss, customer].forEach((phone) => phone?.stop());
});
afterEach(async () => {
  if (customer.isUp) customer.hangUp();
  for (const name of ['ann', 'bob'])
    await until(`${name} to be offline`, async () => (await people[name].socket.ask('agent.offline')).ok, 10000, 200);
});

/** What each telephone hears comes to be as written. */
async function hearing(what, expected) {
  const phones = { ann, bob, boss, customer };
  await Promise.all(Object.entries(expected).map(async ([name, want]) => {
    let got;
    for (let tries = 0; tries < 12 * PATIENCE; tries++) {
      got = await phones[name].hears(TONES);
      if (got === want) return;
    }
    assert.equal(got, want, `${what}: what ${name} hears`);
  }));
}

/** The customer talks with ann; the interaction. */
async function talk() {
  const { socket } = people.ann;
  const from = socket.pushes.length;
  await socket.do('agent.ready');
  await customer.call('support');
  const call = await socket.push('call', (c) => c.state === 'connected', 10000, from);
  await until('both to talk', () => ann.isUp);
  return call.interaction;
}

test('hold, consult, toggle, conference, warm transfer', async () => {
  const interaction = await talk();
  const verb = (name, fields = {}) => people.ann.socket.do(`call.${name}`, { interaction, ...fields });
  await hearing('talking', { customer: 'ann', ann: 'customer' });
  await verb('hold');
  await hearing('hold', { customer: '-', ann: '' });
  await verb('resume');
  await people.bob.socket.do('agent.ready');
  const { agents } = await people.ann.socket.do('directory.list', { search: 'bob' });
  await verb('consult', { to: { kind: 'agent', id: agents[0].id } });
  await hearing('consult', { customer: '-', ann: 'bob', bob: 'ann' });
  await verb('toggle');
  await hearing('toggled', { customer: 'ann', ann: 'customer', bob: '-' });
  await verb('toggle');
  await verb('conference');
  await hearing('conference', { customer: 'ann+bob', ann: 'bob+customer', bob: 'ann+customer' });
  await verb('complete');
  await hearing('warm transfer', { customer: 'bob', bob: 'customer' });
  await until('ann to be hung up', () => !ann.isUp);
  await people.bob.socket.do('call.hang_up', { interaction });
  await until('the customer to be hung up', () => !customer.isUp);
  const { parties } = await until('the history of it', async () => {
    const whole = await people.bob.rest.get(`/interactions/${interaction}`);
    return whole.ended_at && whole;
  });
  assert.deepEqual(parties.map((p) => p.role), ['customer', 'agent', 'agent']);
  assert.ok(parties.every((p) => p.left_at >= p.joined_at));
});

test('listen is heard by nobody, whisper by the agent alone, barge by all; take over', async () => {
  const interaction = await talk();
  const verb = (name, fields = {}) => people.boss.socket.do(`supervise.${name}`, { interaction, ...fields });
  await verb('start', { mode: 'listen', device: 'phone' });
  await people.boss.socket.push('supervision', (s) => s.state === 'on');
  await hearing('listen', { boss: 'ann+customer', ann: 'customer', customer: 'ann' });
  await verb('mode', { mode: 'whisper' });
  await hearing('whisper', { boss: 'ann+customer', ann: 'boss+customer', customer: 'ann' });
  await verb('mode', { mode: 'barge' });
  await hearing('barge', { boss: 'ann+customer', ann: 'boss+customer', customer: 'ann+boss' });
  await verb('take_over');
  await hearing('taken over', { boss: 'customer', customer: 'boss' });
  assert.equal(ann.isUp, false);
  // What agents are told of supervision is for the settings to say: their history tells no more.
  const roles = async (who) => (await people[who].rest.get(`/interactions/${interaction}`)).parties.map((p) => p.role);
  await until('the history of it', async () => (await roles('boss')).includes('supervisor'));
  assert.deepEqual(await roles('ann'), ['customer', 'agent']);
});

test('parked, picked up; pulled to another device', async () => {
  const interaction = await talk();
  const { slot } = await people.ann.socket.do('call.park', { interaction });
  await until('ann to be hung up', () => !ann.isUp);
  await hearing('parked', { customer: '-' });
  await people.bob.socket.do('call.pick_up', { slot });
  await hearing('picked up', { customer: 'bob', bob: 'customer' });
  const before = bob.calls;
  await people.bob.socket.do('call.pull', { interaction, device: 'phone' });
  await until('the telephone to be called anew', () => bob.calls > before);
  await hearing('pulled', { customer: 'bob', bob: 'customer' });
});
