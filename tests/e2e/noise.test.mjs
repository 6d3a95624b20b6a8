// Comfort noise (RFC 3389) where it is wished: offered to telephones, told to who takes it while the agent is muted, and to nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { freePort, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

const CN = 13;
const withNoise = (sdp) => sdp.replace('RTP/AVP 8', `RTP/AVP 8 ${CN}`).replace('a=rtpmap:8', `a=rtpmap:${CN} CN/8000\r\na=rtpmap:8`);
const noises = (peer) => peer.heard.filter((p) => p.type === CN).length;

for (const isWished of [true, false])
  test(`a muted agent is ${isWished ? 'told as noise to a caller who takes it' : 'no noise where it is not wished'}`, { timeout: 120000 }, async () => {
    const agentsPort = await freePort();
    const server = await Server.start({ centre: centre({ agentsPort, queues: { support: { ring_timeout_s: 20 } } }), config: { comfort_noise: isWished ? 1 : 0 } });
    const agent = await Wire.start({ server, hz: 1000, port: agentsPort });
    const caller = await Wire.start({ server, hz: 440, from: '+15550007301' });
    try {
      const person = await server.person('uri1', PASSWORD);
      await person.socket.do('agent.ready');
      const answer = await caller.invite('support', withNoise(caller.sdp()));
      assert.equal(answer.code, 200);
      assert.match(answer.body, /^m=audio \d+ RTP\/AVP 8 13\b/m, 'who offers it gets it back, always');
      await caller.hears(1000);
      await agent.hears(440);
      const offer = agent.requests.find((r) => r.method === 'INVITE').body;
      assert.equal(/^m=audio .*\b13\b/m.test(offer), isWished, offer);
      const { interaction } = await person.socket.push('call', (p) => p.state === 'connected');
      caller.heard = [];
      await person.socket.do('call.mute', { interaction, on: true });
      if (isWished) {
        await until('silence to be told', () => noises(caller) >= 3, 10000, 50);
        // Nothing but that, from the first of it on; each with a level, and the numbers go on.
        const from = caller.heard.findIndex((p) => p.type === CN);
        const told = caller.heard.slice(from);
        assert.ok(told.every((p) => p.type === CN && p.payload.length === 1 && p.payload[0] === 70), JSON.stringify(told.map((p) => p.type)));
        assert.ok(told.every((p, i) => i === 0 || ((p.seq - told[i - 1].seq) & 0xffff) === 1));
      } else {
        await caller.isDeaf(1000);
        assert.equal(noises(caller), 0);
      }
      await person.socket.do('call.mute', { interaction, on: false });
      await caller.hears(1000);
      // The agent's telephone did not take it: its silence on hold is not told.
      await person.socket.do('call.hold', { interaction });
      await agent.isDeaf(1000);
      await person.socket.do('call.resume', { interaction });
      await agent.hears(440);
      assert.equal(noises(agent), 0);
      await caller.hangUp();
    } finally {
      caller.stop();
      agent.stop();
      await server.stop();
    }
  });
