// Calls that begin with us (docs/dialling.md), with real telephones: a number outside over a trunk, a colleague, an extension's own
// telephone, a ring group; numbers that may not be called.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { Telephone } from './lib/telephone.mjs';
import { PATIENCE, until } from './lib/util.mjs';

const TONES = { ann: 622.5, bob: 887.5, door: 1272.5, outside: 437.5 };
let server, ann, bob, door, outside, socket;

before(async () => {
  const users = ['ann', 'bob'].map((login, i) => ({ login: `${login}1`, name: login, roles: ['agent'], password: PASSWORD, device: 'phone',
    sip_login: `${login}1`, sip_password: 'telephone-secret', extension: `70${i}` }));
  outside = await Telephone.start({ hz: TONES.outside, server: {}, login: 'outside' });
  const rows = centre({ users, agentsPort: outside.port, uriAgents: 0 });
  rows['settings.json'][0] = { ...rows['settings.json'][0], country_code: '98', national_prefix: '0', forbidden_prefixes: ['0909'] };
  rows['trunks.json'][0].caller_id = '+982155500100';
  rows['caller-ids.json'] = [{ number: '+982155500199', name: 'Shop' }];
  rows['extensions.json'] = [{ number: '801', name: 'Door', sip_login: 'door1', sip_password: 'telephone-secret', ring_timeout_s: 5 }];
  rows['ring-groups.json'] = [{ number: '600', name: 'All', extensions: ['@801'], users: ['@bob1'], strategy: 'ring_all', ring_timeout_s: 5 }];
  server = await Server.start({ centre: rows });
  outside.server = server;
  const phone = (name) => Telephone.start({ hz: TONES[name], server, login: `${name}1`, password: 'telephone-secret' });
  ann = await phone('ann');
  bob = await phone('bob');
  door = await phone('door');
  ({ socket } = await server.person('ann1', PASSWORD));
});
after(async () => {
  await server?.stop();
  [ann, bob, door, outside].forEach((phone) => phone?.stop());
});
afterEach(async () => {
  await until('everybody to be free', async () => ![ann, bob, door, outside].some((phone) => phone.isUp), 10000);
});

async function hears(phone, want) {
  let got;
  for (let tries = 0; tries < 12 * PATIENCE; tries++) {
    got = await phone.hears(TONES);
    if (got === want) return;
  }
  assert.equal(got, want);
}

/** ann dials and talks with `other`, both ways; then she hangs up. What history says of it. */
async function talk(to, other, name, fields = {}) {
  const from = socket.pushes.length;
  const { interaction } = await socket.do('call.dial', { to, ...fields });
  await until(`${name} and ann to talk`, () => ann.isUp && other.isUp);
  await hears(ann, name);
  await hears(other, 'ann');
  await socket.do('call.hang_up', { interaction });
  await socket.push('call', (c) => c.state === 'ended', 10000, from);
  return interaction;
}

test('a number outside, with the number shown', async () => {
  const options = await socket.do('dial.options');
  assert.equal(options.caller_ids[0].number, '+982155500199');
  const id = await talk({ kind: 'number', number: '021 5550 0123' }, outside, 'outside', { caller_id: options.caller_ids[0].id });
  const boss = await server.person('boss', PASSWORD);
  const row = await until('history', async () => {
    const { items } = await boss.rest.get('/interactions');
    const one = items.find((i) => i.id === id);
    return one?.ended_at && one;
  });
  assert.equal(row.direction, 'outbound');
  assert.equal(row.result, 'answered');
  assert.equal(row.from, '+982155500199');
  assert.equal(row.to, '+982155500123');
});

test('a colleague, an extension, a ring group', async () => {
  await talk({ kind: 'number', number: '701' }, bob, 'bob');
  await talk({ kind: 'number', number: '801' }, door, 'door');
  const from = socket.pushes.length;
  const { interaction } = await socket.do('call.dial', { to: { kind: 'number', number: '600' } });
  await until('one of the group to answer', () => ann.isUp && (bob.isUp || door.isUp));
  await socket.do('call.hang_up', { interaction });
  await socket.push('call', (c) => c.state === 'ended', 10000, from);
});

test('what may not be called is said', async () => {
  for (const [number, code] of [['0909 123 4567', 'number_not_allowed'], ['bob', 'invalid_number']]) {
    const reply = await socket.ask('call.dial', { to: { kind: 'number', number } });
    assert.equal(reply.error?.code, code);
  }
});
