// A call is sent to a recorder of others while it is spoken (docs/siprec.md): SDP, metadata, sound; hold; a recorder that is down.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { agents, callers } from './lib/phones.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Process } from './lib/process.mjs';
import { Recorder, find, parseXml } from './lib/recorder.mjs';
import { Server } from './lib/server.mjs';
import { toneOver } from './lib/sound.mjs';
import { freePort, sleep, until } from './lib/util.mjs';

let server, remote, recorder;
before(async () => {
  const agentsPort = await freePort();
  recorder = await Recorder.start();
  remote = await agents({ agents: 3, port: agentsPort, hear: 440 });
  server = await Server.start({ centre: { ...centre({ agentsPort }), 'recorders.json': [{ name: 'Vault', uri: recorder.uri, queues: ['@support'] }] } });
});
after(async () => {
  await server?.stop();
  await remote?.stop();
  recorder?.stop();
});
afterEach(async () => {
  await Process.endAllBut(server.process, remote);
  await server.everybodyOffline();
});

const caller = (fields = {}) => callers({ to: server.sip('support'), audio: 'tone:440', hear: 1000, 'talk-s': 8, 'patience-s': 25, ...fields });

async function agent() {
  const person = await server.person('uri1', PASSWORD);
  await person.socket.do('agent.ready');
  return person;
}

const direction = (line) => line.match(/a=(sendonly|inactive|sendrecv|recvonly)/)?.[1];

test('the recorder hears each side on its own line, reads who they are, and learns of a hold', async () => {
  const { socket } = await agent();
  const call = caller({ from: '+15550003001', 'talk-s': 0 });
  const first = await recorder.invited('the first INVITE');
  assert.match(first.head, /^Require: siprec/im);
  assert.match(first.head, /^Contact: .*\+sip\.src/im);
  assert.equal(first.lines.length, 2);
  first.lines.forEach((line, i) => {
    assert.match(line, new RegExp(`a=label:${i + 1}\\r`));
    assert.equal(direction(line), 'sendonly');
  });

  const xml = parseXml(first.xml);
  const people = find(xml, 'participant');
  const nameOf = (p) => find(p, 'nameID')[0].attributes.aor;
  assert.deepEqual(people.map(nameOf).sort(), ['sip:uri1@markaz.invalid', 'tel:+15550003001']);
  const labels = Object.fromEntries(find(xml, 'stream').map((s) => [s.attributes.stream_id, find(s, 'label')[0].text]));
  const says = Object.fromEntries(find(xml, 'participantstreamassoc').map((a) =>
    [nameOf(people.find((p) => p.attributes.participant_id === a.attributes.participant_id)), labels[find(a, 'send')[0].text]]));
  assert.deepEqual(says, { 'tel:+15550003001': '1', 'sip:uri1@markaz.invalid': '2' });
  assert.equal(find(xml, 'datamode')[0].text, 'complete');

  // The customer's 440 Hz on the first line alone, the agent's 1000 Hz on the second.
  await until('sound on both lines', () => recorder.packets.every((n) => n > 60), 10000);
  const [customer, house] = [recorder.heard(0), recorder.heard(1)];
  assert.ok(toneOver(customer, 440, 8000).seconds >= 0.8, 'the customer on line 1');
  assert.ok(toneOver(customer, 1000, 8000).best < 0.2, 'and nobody else');
  assert.ok(toneOver(house, 1000, 8000).seconds >= 0.8, 'the agent on line 2');
  assert.ok(toneOver(house, 440, 8000).best < 0.2, 'and nobody else');

  const { interaction } = await socket.push('call');
  await socket.do('call.hold', { interaction });
  await recorder.invited('the hold', (i) => direction(i.lines[1]) === 'inactive' && direction(i.lines[0]) === 'sendonly');
  await until('what was under way to have come', async () => {
    recorder.forget();
    await sleep(300);
    return recorder.heard(1).length === 0;
  });
  await sleep(600);
  assert.equal(recorder.heard(1).length, 0, 'nothing of the agent while the customer is on hold');
  await socket.do('call.resume', { interaction });
  await recorder.invited('the way back', (i) => i !== first && direction(i.lines[1]) === 'sendonly');
  await until('the agent again', () => toneOver(recorder.heard(1), 1000, 8000).seconds >= 0.4);
  await call.stop();
  assert.equal(call.events({ event: 'call_ended' })[0].ended_by, 'us', 'nothing else ended it');
  await until('the end of the session', () => recorder.isEnded);
});

test('a recorder that is down is asked again, and the call goes on', async () => {
  const { socket } = await agent();
  recorder.refuse = 1;
  const asked = recorder.invites.length;
  const call = caller({ from: '+15550003002', 'talk-s': 5 });
  await until('a refused and a taken INVITE', () => recorder.invites.length >= asked + 2, 10000);
  assert.ok(recorder.invites[asked].isRefused);
  assert.equal(await call.finish(), 0, call.stdout);
  assert.ok(call.events({ event: 'call_ended' })[0].tone_db > -1);
  socket.close();
});
