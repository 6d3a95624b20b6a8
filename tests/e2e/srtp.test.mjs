// Encrypted sound with a real telephone: offered by us, demanded by us.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Baresip, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { freePort, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

let server, admin, user;
before(async () => {
  server = await Server.start({ centre: centre({}) });
  admin = await server.admin();
  user = await admin.find('users', 'login', 'phone');
});
after(() => server?.stop());

for (const [mode, encryption] of [['optional', 'srtp'], ['required', 'srtp-mand'], ['required', '']]) {
  const isRefused = mode === 'required' && !encryption;
  test(`srtp ${mode}, the telephone speaks ${encryption || 'no srtp'}`, { timeout: 240000 }, async () => {
    await admin.patch(`/users/${user.id}`, { srtp: mode });
    const agent = await server.person('phone', PASSWORD);
    const phone = await Baresip.start({ login: 'phone', password: 'phone-secret', server, hz: 1000, encryption });
    try {
      await until('the phone to be registered', async () => (await agent.socket.ask('agent.ready')).ok, 15000, 300);
      const call = await callers({ to: server.sip('support'), audio: 'tone:440', hear: 1000, 'talk-s': 2, 'patience-s': isRefused ? 5 : 25 });
      if (isRefused) {
        await agent.socket.push('offer_ended', (o) => o.reason === 'unreachable', 20000);
        await call.finish(60000);
        return;
      }
      assert.equal(await call.finish(60000), 0, call.stderr.slice(-1500));
      const [ended] = call.events({ event: 'call_ended' });
      assert.ok(ended.tone_db > -1, `the agent's tone at the caller: ${ended.tone_db} dB`);
      const rest = (await server.person('boss', PASSWORD)).rest;
      const rows = await rest.interactions((items) => items.length > 0 && items.every((r) => r.ended_at));
      const whole = await rest.get(`/interactions/${rows[0].id}`);
      const leg = whole.quality.find((q) => q.role === 'agent');
      assert.ok(leg && leg.mos > 4 && leg.lost_permille === 0, JSON.stringify(whole.quality));
    } finally {
      await phone.stop();
      await agent.socket.ask('agent.offline');
      agent.socket.close();
    }
  });
}

// A telephone that shakes hands (RFC 5763) offers it itself: it calls.
test('srtp required, the telephone calls with dtls_srtp', { timeout: 240000 }, async () => {
  const agentsPort = await freePort();
  const rows = centre({ agentsPort, uriAgents: 1, alwaysReady: 1 });
  rows['trunks.json'][0].addresses = ['192.0.2.1']; // who calls from here is known by a password alone
  Object.assign(rows['users.json'].find((u) => u.login === 'phone'), { srtp: 'required' });
  const house = await Server.start({ centre: rows });
  const agent = await Wire.start({ server: house, hz: 1000, port: agentsPort });
  const phone = await Baresip.start({ login: 'phone', password: 'phone-secret', server: house, hz: 440, encryption: 'dtls_srtp', isKept: true });
  try {
    const boss = await house.person('boss', PASSWORD);
    await phone.process.line(/200 OK|registered/i, 15000);
    await phone.command('dial', house.sip('201'));
    await until('the colleague to be called', () => agent.isUp, 15000);
    await agent.hears(440);
    const audio = await until('what the telephone hears', () => phone.heard()?.length > 60000, 15000);
    assert.ok(audio);
    await phone.command('hangup');
    await until('the end', () => agent.isOver);
    const rest = boss.rest;
    const [row] = await rest.interactions((items) => items.length > 0 && items.every((r) => r.ended_at));
    const quality = await until('both legs to be judged', async () => {
      const whole = await rest.get(`/interactions/${row.id}`);
      return whole.quality.length >= 2 ? whole.quality : null;
    });
    assert.ok(quality.every((leg) => leg.lost_permille === 0 && leg.mos > 4), JSON.stringify(quality));
    assert.match(phone.process.stdout + phone.process.stderr, /DTLS-SRTP complete \(audio\/RTP\)/);
    const wav = readWav(phone.heard());
    const tone = toneOver(wav.channels[0], 1000, wav.rate);
    assert.ok(tone.seconds >= 1 && tone.clear >= tone.loud * 0.7, JSON.stringify(tone));
  } finally {
    await phone.stop();
    agent.stop();
    await house.kill();
  }
});
