// Trunks (docs/trunks.md) against real peers: failover by 503, by silence and by a dead port, limits, how numbers are written, emergencies,
// registration that fails and comes back, and the test a person asks for.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Dns } from './lib/dns.mjs';
import { sipp } from './lib/phones.mjs';
import { Provider } from './lib/provider.mjs';
import { Server } from './lib/server.mjs';
import { Telephone } from './lib/telephone.mjs';
import { freePort, until } from './lib/util.mjs';

let server, admin, ann, socket, outside, away, silent, picky, registrar, dns;

const trunk = (name, port, more = {}) => ({ name, proxy: `sip:127.0.0.1:${port}`, qualify_interval_s: 0, first_answer_ms: 500, ...more });

before(async () => {
  outside = await Telephone.start({ hz: 437.5, server: {}, login: 'outside' });
  away = await sipp('uas_unavailable.xml', []);
  silent = await Provider.start();
  picky = await Provider.start({ INVITE: 486, OPTIONS: 200 });
  registrar = await Provider.start({
    REGISTER: (request, n) => {
      if (n === 1) return 503;
      if (/[Ee]xpires[=:] ?0\b/.test(request.text)) return 200;
      if (!request.header('Authorization')) return { code: 401, more: 'WWW-Authenticate: Digest realm="provider", nonce="n1"\r\n' };
      return { code: 200, more: 'Expires: 300\r\n' };
    },
  });
  dns = await Dns.start({ '_sip._udp.provider.test': [
    { priority: 10, weight: 5, port: silent.port, target: 'silent.provider.test' },
    { priority: 20, port: picky.port, target: 'picky.provider.test' },
  ] });
  const users = [{ login: 'ann1', name: 'ann', roles: ['agent'], password: PASSWORD, device: 'phone', sip_login: 'ann1', sip_password: 'telephone-secret', extension: '700' },
    { login: 'head', name: 'Head', roles: ['administrator'], password: PASSWORD }];
  const rows = centre({ users, uriAgents: 0 });
  rows['settings.json'][0] = { ...rows['settings.json'][0], country_code: '98', national_prefix: '0', allowed_countries: ['+44', '+7'], emergency_numbers: ['112'], forbidden_prefixes: ['112'] };
  rows['trunks.json'] = [
    trunk('Away', away.port), trunk('Silent', silent.port), trunk('Dead', await freePort(), { transport: 'tcp' }), trunk('Good', outside.port),
    trunk('Picky', picky.port, { prefixes: ['+4420'], position: 1, number_format: 'digits', out_called_rules: ['44=0'], caller_id: '+982155500100', out_caller_rules: ['+98=0'],
      is_identity_asserted: true, calls_max: 1 }),
    { ...trunk('By name', 0), proxy: 'sip:provider.test', prefixes: ['+77'] },
    trunk('Registers', registrar.port, { prefixes: ['+999'], is_registered_outwards: true, login: 'house', password: 'provider-secret', register_retry_s: 1 }),
  ];
  rows['trunk-groups.json'] = [{ name: 'Iran', prefixes: ['+98'], trunks: ['@Away', '@Silent', '@Dead', '@Good'] }, { name: 'London', prefixes: ['+4420'], trunks: ['@Picky'] }];
  server = await Server.start({ centre: rows, config: { dns_servers: `127.0.0.1:${dns.port}` } });
  outside.server = server;
  ann = await Telephone.start({ hz: 622.5, server, login: 'ann1', password: 'telephone-secret' });
  ({ socket } = await server.person('ann1', PASSWORD));
  admin = (await server.person('head', PASSWORD)).rest;
});
after(async () => {
  await server?.stop();
  [ann, outside].forEach((phone) => phone?.stop());
  await Promise.all([silent, picky, registrar, dns].map((p) => p?.stop()));
  await away?.stop?.();
});
afterEach(async () => {
  await until('everybody to be free', async () => ![ann, outside].some((phone) => phone.isUp), 10000);
});

const state = async (name) => admin.get(`/trunks/${(await admin.find('trunks', 'name', name)).id}/state`);

/** ann dials; what `check` makes of it; then she hangs up. */
async function dial(number, check) {
  const from = socket.pushes.length;
  const { interaction } = await socket.do('call.dial', { to: { kind: 'number', number } });
  const result = await check(interaction);
  const over = socket.push('call', (c) => c.state === 'ended', 15000, from);
  await socket.ask('call.hang_up', { interaction });
  await over;
  await until('ann to be let go', () => !ann.isUp, 10000);
  return result;
}

test('a call goes on over the next trunk after 503, silence and a dead port', async () => {
  await dial('021 5550 0123', () => until('ann to talk outside', () => ann.isUp && outside.isUp, 20000));
  for (const name of ['Away', 'Silent', 'Dead']) {
    const { hour, last_failure: failure } = await state(name);
    assert.equal(hour.attempts, 1, name);
    assert.equal(hour.failed, 1, name);
    assert.ok(failure.text, name);
  }
  assert.equal((await state('Away')).last_failure.code, 503);
  assert.equal((await state('Good')).hour.answered, 1);
  // The second call does not wait for who said nothing at all a moment ago.
  await dial('021 5550 0123', () => until('ann to talk outside', () => ann.isUp && outside.isUp, 20000));
  assert.equal((await state('Silent')).hour.attempts, 1);
  assert.ok((await state('Silent')).stepped_back_until > Date.now() - 30000);
  assert.equal((await state('Away')).hour.attempts, 2);
  const good = await state('Good');
  assert.equal(good.hour.answered, 2);
  assert.equal(good.hour.asr_pct, 100);
  assert.equal(good.channels, 0);
});

test('numbers are written as the trunk wants them, and busy is nobody else’s', async () => {
  await dial('+442079460000', () => picky.got('INVITE'));
  const invite = picky.of('INVITE').at(-1);
  assert.match(invite.uri, /^sip:02079460000@/);
  assert.match(invite.header('From'), /sip:02155500100@/);
  assert.match(invite.header('P-Asserted-Identity'), /sip:02155500100@/);
  assert.equal((await state('Picky')).hour.busy, 1);
});

test('a limit holds calls back, but no emergency call', async () => {
  const set = async (outside_calls_max) => admin.patch(`/settings/${(await admin.get('/settings')).items[0].id}`, { outside_calls_max });
  await set(1);
  picky.answers.INVITE = 180; // rings on: the one channel is taken
  const { id } = await admin.find('trunks', 'name', 'Picky');
  const before = picky.of('INVITE').length;
  await admin.post(`/trunks/${id}/test`, { kind: 'call', number: '+442079460001' });
  const ringing = await picky.got('INVITE', before + 1);
  await dial('+442079460002', async () => until('the call to be counted', async () => (await state('Picky')).hour.blocked >= 1));
  assert.equal(picky.of('INVITE').length, before + 1);
  picky.answers.INVITE = 486;
  await admin.patch(`/trunks/${id}`, { position: 0 });
  for (const name of ['Away', 'Silent', 'Dead', 'Good', 'Registers']) await admin.patch(`/trunks/${(await admin.find('trunks', 'name', name)).id}`, { position: 9 });
  await dial('112', () => until('the emergency call', () => picky.of('INVITE').find((r) => r.uri.startsWith('sip:112@')), 20000));
  picky.say(ringing, 486);
  await until('the first call to end', async () => (await state('Picky')).channels === 0);
  await set(0);
});

test('a name leads to its targets by priority, and past a silent one', async () => {
  const before = picky.of('INVITE').length;
  const quiet = silent.of('INVITE').length;
  await dial('+77011234567', () => picky.got('INVITE', before + 1));
  assert.equal(silent.of('INVITE').length, quiet + 1);
  const invite = picky.of('INVITE').at(-1);
  assert.match(invite.uri, /^sip:\+77011234567@provider\.test/);
  assert.match(invite.header('Route'), /picky\.provider\.test/);
  // What failed a moment ago is not asked first again, and neither is the name.
  const asked = dns.asked.filter((q) => q.type === 33).length;
  await dial('+77011234567', () => picky.got('INVITE', before + 2));
  assert.equal(silent.of('INVITE').length, quiet + 1);
  assert.equal(dns.asked.filter((q) => q.type === 33).length, asked);
});

test('registration fails, waits, and comes back with the password', async () => {
  await until('the trunk to be registered', async () => (await state('Registers')).registration === 'registered', 20000);
  const tries = registrar.of('REGISTER');
  assert.ok(tries.length >= 3);
  assert.match(tries.at(-1).header('Authorization'), /username="house"/);
  assert.equal((await state('Registers')).is_up, true);
});

test('a person tests a trunk', async () => {
  const tested = async (name, body) => {
    const { id } = await admin.find('trunks', 'name', name);
    await admin.post(`/trunks/${id}/test`, body);
    return until(`the test of ${name}`, async () => {
      const { test: last } = await admin.get(`/trunks/${id}/state`);
      return !last.is_running && last;
    }, 20000);
  };
  registrar.answers.OPTIONS = 200;
  assert.equal((await tested('Registers', { kind: 'options' })).outcome, 'answered');
  assert.equal((await tested('Dead', { kind: 'options' })).outcome, 'silent');
  assert.equal((await tested('Away', { kind: 'call', number: '+982155500123' })).outcome, 'failed');
});
