// Calls over IPv6, alone and mixed with IPv4: telephones, remote agents and a browser hear each other, reports arrive, and everybody
// is told an address of the family it speaks.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Browser, inCall, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Baresip, agents, callers } from './lib/phones.mjs';
import { Process } from './lib/process.mjs';
import { Server } from './lib/server.mjs';
import { freePort, noIPv6, noIPv6Browser, until } from './lib/util.mjs';
import { Wire } from './lib/wire.mjs';

const V6 = { 'media-address': '::1', accept: '::1', listen: '[::1]:0' };
let both, only, old, modern, browser;

/** uri1 lives on IPv4, uri2 on IPv6. */
function house(oldPort, modernPort) {
  const rows = centre({ agentsPort: oldPort, uriAgents: 2, queues: { support: { ring_timeout_s: 20 } } });
  rows['users.json'].find((u) => u.login === 'uri2').device_uri = `sip:a1@[::1]:${modernPort}`;
  rows['trunks.json'][0].addresses = ['127.0.0.1', '::1'];
  return rows;
}

before(async () => {
  if (noIPv6) return;
  old = await agents({ agents: 1, hear: 440 });
  const port = await freePort();
  modern = await agents({ agents: 1, hear: 440, port, ...V6, listen: `[::1]:${port}` });
  const rows = house(old.port, port);
  const sip = await freePort();
  both = await Server.start({
    centre: rows,
    config: { sip_listen: `udp:127.0.0.1:${sip},udp:[::1]:${sip}`, media_address: '::', advertised_address: '127.0.0.1', advertised_address_v6: '::1' },
  });
  both.sipPort = sip;
  const lone = await freePort();
  only = await Server.start({ centre: rows, config: { sip_listen: `udp:[::1]:${lone}`, media_address: '::1' } });
  only.sipPort = lone;
});
after(async () => {
  await browser?.stop();
  await both?.stop();
  await only?.stop();
  await old?.stop();
  await modern?.stop();
});
afterEach(async () => {
  if (noIPv6) return;
  await Process.endAllBut(both.process, only.process, old, modern);
  await both.everybodyOffline();
  await only.everybodyOffline();
});

async function ready(server, login) {
  const person = await server.person(login, PASSWORD);
  await person.socket.do('agent.ready');
  return person;
}

/** A call of a scripted telephone: the answer's family, tones both ways, reports both ways. */
async function talk(server, host, far, from) {
  const peer = await Wire.start({ server, host, hz: 440, from });
  const heard = far.events({ event: 'person_heard' }).length;
  const answer = await peer.invite('support');
  assert.equal(answer.code, 200, answer.head);
  assert.match(answer.body, host.includes(':') ? /^c=IN IP6 ::1/m : /^c=IN IP4 127.0.0.1/m);
  await peer.hears(1000);
  const told = await until('the caller to be heard', () => far.events({ event: 'person_heard' })[heard]);
  assert.ok(told.tone_db > -3, `the caller's tone at the agent: ${told.tone_db} dB`);
  await until('a sender report', () => peer.reports.some((r) => r.packet[1] === 200 && r.from.address === host), 15000);
  await peer.hangUp();
  peer.stop();
}

test('a caller over IPv6 and an agent over IPv4', { timeout: 240000, skip: noIPv6 }, async () => {
  await ready(both, 'uri1');
  await talk(both, '::1', old, '+15550007101');
});

test('a caller over IPv4 and an agent over IPv6', { timeout: 240000, skip: noIPv6 }, async () => {
  await ready(both, 'uri2');
  await talk(both, '127.0.0.1', modern, '+15550007102');
});

test('nothing but IPv6', { timeout: 240000, skip: noIPv6 }, async () => {
  await ready(only, 'uri2');
  await talk(only, '::1', modern, '+15550007103');
});

test('a telephone registered over IPv6 is called over IPv6', { timeout: 240000, skip: noIPv6 }, async () => {
  const agent = await only.person('phone', PASSWORD);
  const phone = await Baresip.start({ login: 'phone', password: 'phone-secret', server: only, hz: 1000, host: '::1' });
  try {
    await until('the phone to be registered', async () => (await agent.socket.ask('agent.ready')).ok, 15000, 300);
    const call = callers({ to: `sip:support@[::1]:${only.sipPort}`, audio: 'tone:440', hear: 1000, 'talk-s': 2, 'patience-s': 25, ...V6 });
    assert.equal(await call.finish(40000), 0, call.stderr.slice(-1500));
    const [ended] = call.events({ event: 'call_ended' });
    assert.ok(ended.tone_db > -1, `the telephone's tone at the caller: ${ended.tone_db} dB`);
  } finally {
    await phone.stop();
  }
});

for (const [name, pick, host, why = noIPv6] of [['both families', () => both, '::1'], ['IPv6 alone', () => only, '::1', noIPv6Browser]])
  test(`a browser on a server with ${name} and a caller over IPv6`, { timeout: 360000, skip: why }, async () => {
    const server = pick();
    browser ??= await Browser.start({ hz: 1000 });
    const page = await browser.page(server.base);
    await signIn(page, 'web', PASSWORD);
    await pressReady(page);
    const peer = await Wire.start({ server, host, hz: 440, from: '+15550007104' });
    const answer = await peer.invite('support');
    assert.equal(answer.code, 200);
    await page.getByTestId('customer-name').waitFor();
    await page.keyboard.press('F2');
    await inCall(page);
    await until('440 Hz in the page', async () => (await page.evaluate(() => window.markazTone(440))).share > 0.7, 15000, 200);
    await peer.hears(1000);
    await peer.hangUp();
    peer.stop();
    await page.context().close();
  });
