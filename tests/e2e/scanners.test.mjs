// What a scanner finds: nothing. sipvicious as it comes (svmap, svwar, svcrack), the same under another name, and a stopwatch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { centre } from './lib/centre.mjs';
import { Process } from './lib/process.mjs';
import { Server } from './lib/server.mjs';
import { Vandal } from './lib/torture.mjs';
import { freePort, temporaryFolder, until } from './lib/util.mjs';

const SCANNER = '127.0.0.66';
const hasTools = ['svmap', 'svwar', 'svcrack'].every((tool) => spawnSync('which', [tool]).status === 0);

let server;
before(async () => {
  const agentsPort = await freePort();
  const rows = centre({ agentsPort });
  rows['trunks.json'][0].addresses = ['127.0.0.9']; // whoever scans is a stranger
  server = await Server.start({ centre: rows });
});
after(() => server?.stop());

// Ends by itself; what it says goes to both pipes.
async function tool(name, ...args) {
  const p = new Process(name, [...args.map(String), '-b', SCANNER, '-P', String(await freePort())], { cwd: temporaryFolder('scan'), env: { ...process.env, HOME: temporaryFolder('home') } });
  await p.finish(60000);
  return p.stdout + p.stderr;
}

test('svmap, svwar and svcrack hear nothing at all', { skip: !hasTools && 'no sipvicious', timeout: 120000 }, async () => {
  const [map, war, crack] = await Promise.all([
    tool('svmap', '-p', server.sipPort, '127.0.0.1'),
    tool('svwar', '-p', server.sipPort, '-e', '300-303', '-m', 'REGISTER', '--force', '--maximumtime=1', '127.0.0.1'),
    tool('svcrack', '-p', server.sipPort, '-u', 'phone', '-r', '1-3', '--maximumtime=1', '127.0.0.1'),
  ]);
  assert.doesNotMatch(map, /127\.0\.0\.1:\d+\s*\|/, map);
  assert.doesNotMatch(war, /^\|\s*\d+\s*\|/m, war);
  assert.doesNotMatch(crack, /^\|\s*phone\s*\|/m, crack);
});

const md5 = (text) => createHash('md5').update(text).digest('hex');

/** One request; its answer without what differs each time. */
async function ask(vandal, method, user, id, authorization = '') {
  const text = `${method} sip:${method === 'REGISTER' ? 'markaz' : `${user}@127.0.0.1`} SIP/2.0\r\nVia: SIP/2.0/UDP ${vandal.host}:${vandal.port};branch=z9hG4bK${id};rport\r\nMax-Forwards: 70\r\nFrom: <sip:${user}@markaz>;tag=${id}\r\nTo: <sip:${user}@markaz>\r\nCall-ID: ${id}\r\nCSeq: 1 ${method}\r\nContact: <sip:${user}@${vandal.host}:${vandal.port}>\r\n${authorization}Content-Length: 0\r\n\r\n`;
  const from = vandal.said.length;
  const began = process.hrtime.bigint();
  await vandal.send(text);
  const answer = await until(`an answer to ${method} for ${user}`, () => vandal.said.slice(from).find((a) => a.includes(id)), 10000, 1);
  return { answer, us: Number(process.hrtime.bigint() - began) / 1000 };
}
const plain = (answer, user, id) => answer.replaceAll(user, 'USER').replaceAll(id, 'ID').replace(/nonce="[^"]*"/g, 'nonce').replace(/;tag=[0-9a-f]{8,}/g, ';tag').replace(/^(Via|Date):.*\r\n/gim, '');

async function stranger(host) {
  const v = await Vandal.udp({ to: server.sipPort, host });
  v.host = host;
  return v;
}

test('answers are the same whoever is asked for', { timeout: 60000 }, async () => {
  const v = await stranger('127.0.0.67');
  for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE']) {
    const known = await ask(v, method, 'phone', `same-${method}-1`);
    const unknown = await ask(v, method, 'nosuchphone', `same-${method}-2`);
    assert.equal(plain(known.answer, 'phone', `same-${method}-1`), plain(unknown.answer, 'nosuchphone', `same-${method}-2`), method);
  }
  v.close();
});

/** A wrong password for the user over a fresh nonce. */
async function wrong(v, user, id) {
  const { answer } = await ask(v, 'REGISTER', user, `${id}a`);
  const nonce = /nonce="([^"]*)"/.exec(answer)?.[1];
  assert.ok(nonce, answer);
  const response = md5(`${md5(`${user}:markaz:wrong`)}:${nonce}:00000001:c:auth:${md5('REGISTER:sip:markaz')}`);
  return ask(v, 'REGISTER', user, `${id}b`, `Authorization: Digest username="${user}", realm="markaz", nonce="${nonce}", uri="sip:markaz", qop=auth, nc=00000001, cnonce="c", response="${response}", algorithm=MD5\r\n`);
}

test('an unknown user is a wrong password, in words and in time', { timeout: 120000 }, async () => {
  const times = { phone: [], nosuchphone: [] };
  const texts = new Set();
  // Nine for each address: the tenth would close the door to it.
  for (let i = 0; i < 16; i++) {
    const v = await stranger(`127.0.1.${i + 1}`);
    for (let k = 0; k < 4; k++)
      for (const user of ['phone', 'nosuchphone']) {
        const id = `time${i}x${k}${user === 'phone' ? 'k' : 'u'}`;
        const { answer, us } = await wrong(v, user, id);
        texts.add(plain(answer, user, `${id}b`));
        times[user].push(us);
      }
    v.close();
  }
  assert.equal(texts.size, 1, [...texts].join('---'));
  const median = (list) => [...list].sort((a, b) => a - b)[list.length / 2];
  const [known, unknown] = [median(times.phone), median(times.nosuchphone)];
  // A look-up in a table and two hashes are microseconds; the loopback alone is a hundred. Somebody who could tell them apart would see the medians of 64 far apart.
  assert.ok(Math.abs(known - unknown) < 0.5 * Math.max(known, unknown) + 300, `${known} us and ${unknown} us`);
});

test('who guesses passwords is banned, is on the list, and can be lifted', { timeout: 120000 }, async () => {
  const admin = await server.admin();
  const v = await stranger('127.0.2.1');
  for (let i = 0; i < 20; i++) assert.match((await wrong(v, 'phone', `guess${i}`)).answer, /^SIP\/2.0 403/);
  const ban = await until('the ban on the list', async () => (await admin.get('/blocks')).items.find((b) => b.subject === '127.0.2.1'));
  assert.equal(ban.kind, 'address');
  assert.equal(ban.reason, 'wrong_passwords');
  assert.equal(ban.count, 20);
  assert.ok(ban.until > Date.now());
  const other = await stranger('127.0.2.2');
  const isHeard = async (id) => {
    await v.send(`OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${v.host}:${v.port};branch=z9hG4bK${id};rport\r\nFrom: <sip:x@markaz>;tag=1\r\nTo: <sip:x@markaz>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`);
    await ask(other, 'OPTIONS', 'x', `${id}-other`); // what comes in is handled in order
    return v.said.some((a) => a.includes(`Call-ID: ${id}\r`));
  };
  assert.equal(await isHeard('banned'), false);
  await server.kill();
  await server.run();
  await ask(other, 'OPTIONS', 'x', 'is-up');
  assert.equal(await isHeard('after-restart'), false, 'banned after a restart, too');
  const again = await server.admin();
  assert.equal((await again.fetch('DELETE', `/api/v1/blocks/${ban.id}`)).status, 204);
  assert.match((await ask(v, 'OPTIONS', 'x', 'lifted')).answer, /^SIP\/2.0 200/);
  other.close();
  v.close();
});
