// Encrypted sound with a real telephone: offered by us, demanded by us.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Baresip, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/util.mjs';

let server, admin, user;
before(async () => {
  server = await Server.start({ centre: centre({}) });
  admin = await server.admin();
  user = await admin.find('users', 'login', 'phone');
});
after(() => server?.stop());

for (const [mode, encryption] of [['optional', 'srtp'], ['required', 'srtp-mand'], ['required', '']]) {
  const isRefused = mode === 'required' && !encryption;
  test(`srtp ${mode}, the telephone speaks ${encryption || 'no srtp'}`, { timeout: 60000 }, async () => {
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
