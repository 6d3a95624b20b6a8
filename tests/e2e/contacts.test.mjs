// Contacts without a telephone: another system opens them, agents take and write in them, and none is lost or doubled by
// kill -9; on the desk they work by keyboard, in both directions of writing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Rest } from './lib/client.mjs';
import { Server } from './lib/server.mjs';
import { ROOT, until } from './lib/util.mjs';

const AXE = path.join(ROOT, 'web/node_modules/axe-core/axe.min.js');
const person = (login, fields = {}) => ({ login, name: `Agent ${login}`, roles: ['agent'], password: PASSWORD, device: 'browser', ...fields });
const HANDLES = 12;

function rows() {
  const all = centre({ users: [person('text1'), person('text2'), person('shop', { name: 'Shop', roles: ['connector'] })] });
  all['queues.json'].push(
    { name: 'chat', channel: 'chat', ring_timeout_s: 30, wrap_up_s: 20, is_pick_allowed: true, agents: ['@text1', '@text2'] },
    { name: 'mail', channel: 'email', ring_timeout_s: 30, wrap_up_s: 0, agents: ['@text1', '@text2'] },
  );
  return all;
}

let server, queues;
before(async () => {
  server = await Server.start({ centre: rows(), config: process.env.MARKAZ_WEB ? { web_directory: process.env.MARKAZ_WEB } : {} });
  const admin = await new Rest(server.base).login('boss', PASSWORD);
  queues = { chat: await admin.find('queues', 'name', 'chat'), mail: await admin.find('queues', 'name', 'mail') };
});
after(() => server?.stop());

const shop = () => new Rest(server.base).login('shop', PASSWORD);
const opening = (fields = {}) => ({ channel: 'chat', queue: queues.chat.id, from: 'sara@example.org', name: 'Sara', text: 'Where is my parcel?', ...fields });

async function post(rest, url, body, key) {
  const response = await rest.fetch('POST', `/api/v1${url}`, body, key ? { 'Idempotency-Key': key } : {});
  return { status: response.status, body: await response.json(), location: response.headers.get('location') };
}

test('a contact is opened by a connector, taken, written in by both sides, and ended', { timeout: 240000 }, async () => {
  const rest = await shop();
  const { rest: agent, socket } = await server.person('text1');
  await socket.do('agent.ready');
  const opened = await post(rest, '/interactions', opening());
  assert.equal(opened.status, 201, JSON.stringify(opened.body));
  const { id } = opened.body;
  assert.equal(opened.location, `/api/v1/interactions/${id}`);
  const offer = await socket.push('work_offer', (p) => p.interaction === id);
  assert.equal(offer.customer.name, 'Sara');
  const told = await socket.push('work_messages', (p) => p.interaction === id && p.messages.length > 0);
  assert.equal(told.messages[0].text, 'Where is my parcel?');
  await socket.do('work.accept', { interaction: id });
  await socket.do('work.write', { interaction: id, text: 'I look.' });
  const written = await post(rest, `/interactions/${id}/messages`, { text: 'سلام، ممنون' });
  assert.equal(written.status, 201);
  assert.equal(written.body.number, 3);
  await socket.push('work_message', (p) => p.message.number === 3);
  const seen = await (await rest.fetch('GET', `/api/v1/interactions/${id}`)).json();
  assert.deepEqual(seen.messages.map((m) => m.text), ['Where is my parcel?', 'I look.', 'سلام، ممنون']);
  assert.equal(seen.channel, 'chat');
  await socket.do('work.end', { interaction: id });
  await socket.push('work_wrap_up', (p) => p.interaction === id);
  await socket.do('wrap_up.finish', { interaction: id, disposition: null, notes: 'told her' });
  const done = await until('the end in the history', async () => {
    const row = await agent.get(`/interactions/${id}`);
    return row.ended_at && row.segments[0].notes ? row : null;
  });
  assert.equal(done.result, 'answered');
  assert.equal(done.reason, 'agent_closed');
  assert.equal(done.segments[0].notes, 'told her');
  const late = await post(rest, `/interactions/${id}/messages`, { text: 'too late' });
  assert.equal(late.status, 409);
  assert.equal(late.body.code, 'is_over');
  await socket.do('agent.offline');
  socket.close();
});

test('only whom it is allowed may open contacts, and mistakes are said', { timeout: 120000 }, async () => {
  const rest = await shop();
  const { rest: agent, socket } = await server.person('text2');
  assert.equal((await post(agent, '/interactions', opening())).status, 403);
  socket.close();
  assert.equal((await post(rest, '/interactions', opening({ queue: queues.mail.id }))).status, 422);
  assert.equal((await post(rest, '/interactions', opening({ channel: 'fax' }))).status, 422);
  assert.equal((await post(rest, '/interactions', opening({ text: 'x'.repeat(4001) }))).status, 413);
  assert.equal((await post(rest, '/interactions', opening({ queue: '0000000000009' }))).status, 404);
  assert.equal((await post(rest, '/interactions', '{"from":')).status, 422);
  assert.equal((await rest.fetch('GET', '/api/v1/users')).status, 403);
  const voice = await rest.fetch('GET', '/api/v1/interactions?limit=5');
  assert.equal(voice.status, 403);
});

test('over kill -9 everything acknowledged is there once, at its place, with whom it was', { timeout: 480000 }, async () => {
  let rest = await shop();
  let { socket } = await server.person('text1');
  await socket.do('agent.ready');
  const held = (await post(rest, '/interactions', opening({ text: 'with an agent' }), 'held')).body;
  await socket.push('work_offer', (p) => p.interaction === held.id);
  await socket.do('work.accept', { interaction: held.id });
  await socket.do('agent.break', { reason: null });
  // Several at once, some sent twice with the same key; the process dies in the middle.
  const acknowledged = new Map();
  const send = async (i) => {
    for (const again of [false, true]) {
      const reply = await post(rest, '/interactions', opening({ from: `c${i}@example.org`, text: `number ${i}` }), `key-${i}`).catch(() => null);
      if (reply?.status !== 201) continue;
      if (again && acknowledged.has(i)) assert.deepEqual(reply.body, acknowledged.get(i));
      acknowledged.set(i, reply.body);
    }
  };
  const running = [];
  for (let i = 0; i < 200; i++) running.push(i);
  const hands = Array.from({ length: HANDLES }, async () => {
    while (running.length) await send(running.shift());
  });
  await until('some of them', () => acknowledged.size >= 60);
  server.people = [];
  await server.kill();
  await Promise.all(hands);
  const before = new Map(acknowledged);
  await server.run();
  rest = await shop();
  ({ socket } = await server.person('text1'));
  assert.equal(socket.hello.works.length, 1, 'the agent still has it');
  assert.equal(socket.hello.works[0].interaction, held.id);
  for (let i = 0; i < 200; i++) {
    const reply = await post(rest, '/interactions', opening({ from: `c${i}@example.org`, text: `number ${i}` }), `key-${i}`);
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    if (before.has(i)) assert.deepEqual(reply.body, before.get(i), `key-${i} gives its first answer`);
    acknowledged.set(i, reply.body);
  }
  assert.equal(new Set([...acknowledged.values()].map((a) => a.id)).size, 200, 'each was opened once');
  const { queues: lists } = await socket.do('queue.list');
  const chat = lists.find((q) => q.id === queues.chat.id);
  assert.ok(chat.waits.length > 0);
  const places = new Map(chat.waits.map((w) => [w.interaction, w.position]));
  const inOrder = [...before.values()].sort((a, b) => a.seq - b.seq).map((a) => places.get(a.id)).filter((p) => p);
  assert.deepEqual(inOrder, [...inOrder].sort((a, b) => a - b), 'who came first is first');
  const boss = (await server.person('boss', PASSWORD)).rest;
  const open = [];
  for (const { id } of acknowledged.values()) {
    const row = await boss.get(`/interactions/${id}`);
    if (!row.ended_at) open.push(id);
    assert.equal(row.messages.length, 1, `${id} was written in once`);
  }
  assert.equal(open.length, 200);
  const { all } = await boss.get('/kpis');
  assert.ok(all.offered >= 201);
  for (const { id } of acknowledged.values()) assert.equal((await post(rest, `/interactions/${id}/end`, {})).status, 200);
  assert.equal((await post(rest, `/interactions/${held.id}/end`, { reason: 'customer' })).status, 200);
  const ended = await boss.get(`/interactions/${[...acknowledged.values()][0].id}`);
  assert.equal(ended.result, 'abandoned');
  await socket.ask('wrap_up.finish', { interaction: held.id, disposition: null, notes: '' });
  await socket.do('agent.offline').catch(() => null);
  socket.close();
});

test('an orderly stop does not wait for them: they go on after the next start', { timeout: 240000 }, async () => {
  let rest = await shop();
  let { socket } = await server.person('text1');
  await socket.do('agent.ready');
  const taken = (await post(rest, '/interactions', opening())).body;
  await socket.push('work_offer', (p) => p.interaction === taken.id);
  await socket.do('work.accept', { interaction: taken.id });
  await socket.do('agent.break', { reason: null });
  const waits = (await post(rest, '/interactions', opening())).body;
  server.people = [];
  assert.equal(await server.process.stop('SIGTERM', 30000), 0);
  await server.run();
  rest = await shop();
  ({ socket } = await server.person('text1'));
  assert.deepEqual(socket.hello.works.map((w) => w.interaction), [taken.id]);
  for (const { id } of [taken, waits]) {
    const row = await (await rest.fetch('GET', `/api/v1/interactions/${id}`)).json();
    assert.equal(row.ended_at, null);
    assert.equal(row.events.filter((e) => e.type === 'segment.restored').length, 1);
    assert.equal((await post(rest, `/interactions/${id}/end`, { reason: 'customer' })).status, 200);
  }
  await socket.ask('wrap_up.finish', { interaction: taken.id, disposition: null, notes: '' });
  await socket.do('agent.offline').catch(() => null);
  socket.close();
});

test('on the desk: offered, taken by key, written in, in English and Persian', { timeout: 480000 }, async (t) => {
  const shots = process.env.MARKAZ_SHOTS;
  const browser = await Browser.start({ hz: 1000 });
  t.after(() => browser.stop());
  const rest = await shop();
  const page = await browser.page(server.base);
  await signIn(page, 'text2', PASSWORD);
  await pressReady(page);
  const one = (await post(rest, '/interactions', opening({ text: 'Hello, my order 12345 is late.\nPlease help!' }))).body;
  await page.getByTestId('work-offer').waitFor();
  await page.getByText('my order 12345').waitFor();
  if (shots) await page.screenshot({ path: path.join(shots, 'offer-en.png') });
  await page.keyboard.press('F2');
  const field = page.getByRole('textbox', { name: 'Your message' });
  await field.fill('I look for it.');
  await field.press('Enter');
  await page.getByRole('log').getByText('I look for it.').waitFor();
  await post(rest, `/interactions/${one.id}/messages`, { text: 'Thanks! سپاس' });
  await page.getByRole('log').getByText('Thanks!').waitFor();
  const two = (await post(rest, '/interactions', opening({ channel: 'email', queue: queues.mail.id, from: 'reza@example.org', name: 'رضا محمدی', text: 'سلام، فاکتور شمارهٔ 778 (INV-778) به دستم نرسیده است.' }))).body;
  await page.getByTestId('work-offer').waitFor();
  await page.getByTestId('work-offer').getByRole('button', { name: /Take it/ }).click();
  await page.getByRole('tab', { name: /رضا/ }).click();
  await page.getByRole('log').getByText('INV-778').waitFor();
  await post(rest, `/interactions/${one.id}/messages`, { text: 'Are you there?' });
  await page.getByText('New message').waitFor({ state: 'attached' });
  if (shots) await page.screenshot({ path: path.join(shots, 'desk-en.png') });
  await page.reload(); // nothing is lost with the page
  await page.getByRole('tab', { name: /Sara/ }).click();
  await page.getByRole('log').getByText('Are you there?').waitFor();
  for (const [language, direction] of [['fa', 'rtl'], ['ar', 'rtl'], ['zh-Hant', 'ltr'], ['en', 'ltr']]) {
    await page.evaluate((l) => fetch('/api/v1/me', { method: 'PATCH', headers: { 'X-Markaz': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ language: l }) }), language);
    await page.reload();
    await page.locator(`html[dir=${direction}]`).waitFor({ state: 'attached' });
    await page.getByRole('tab', { name: /رضا/ }).click();
    await page.getByRole('log').getByText('INV-778').waitFor();
    if (shots) await page.screenshot({ path: path.join(shots, `desk-${language}.png`) });
    await page.evaluate(fs.readFileSync(AXE, 'utf8'));
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`), [], language);
  }
  await page.getByRole('button', { name: 'End contact' }).click();
  await page.getByRole('tab', { name: /رضا/ }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'End contact' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('tab').waitFor({ state: 'detached' });
  const row = await until('the end', async () => {
    const r = await (await rest.fetch('GET', `/api/v1/interactions/${two.id}`)).json();
    return r.ended_at ? r : null;
  });
  assert.equal(row.result, 'answered');
  assert.deepEqual(page.faults, []);
  const boss = await browser.page(server.base);
  await signIn(boss, 'boss', PASSWORD);
  await boss.goto(`${server.base}/history/${two.id}`);
  await boss.getByText('INV-778').first().waitFor();
  if (shots) await boss.screenshot({ path: path.join(shots, 'history-en.png') });
});
