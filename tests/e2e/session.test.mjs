// The session layer against sipp: timers, UPDATE, hold and resume.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { centre } from './lib/centre.mjs';
import { agents, sipp } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { freePort } from './lib/util.mjs';

let server, remote;
before(async () => {
  const agentsPort = await freePort();
  remote = await agents({ agents: 1, port: agentsPort });
  server = await Server.start({ centre: centre({ agentsPort, uriAgents: 1, alwaysReady: 1 }) });
});
after(async () => {
  await server?.stop();
  await remote?.stop();
});

test('too short a session is refused, a call is refreshed and held by UPDATE, and resumed by re-INVITE', { timeout: 60000 }, async () => {
  const call = await sipp('uac_session.xml', ['-s', '1000', '-m', 1, `127.0.0.1:${server.sipPort}`]);
  assert.equal(await call.finish(25000), 0, call.stderr.slice(-800));
});
