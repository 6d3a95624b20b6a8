// A customer calls from a page: menu keys, sound both ways, a socket that is lost and comes back, and the end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { ROOT, until } from './lib/util.mjs';

const AXE = path.join(ROOT, 'web/node_modules/axe-core/axe.min.js');
let server, agents, customers;

before(async () => {
  server = await Server.start({ centre: centre({ queues: { support: { ring_timeout_s: 60 } }, menuTimeoutS: 60 }) });
  const admin = await server.admin();
  const number = await admin.find('numbers', 'number', '1000');
  await admin.patch(`/numbers/${number.id}`, { is_web: true, name: 'Support line' });
  agents = await Browser.start({ hz: 1000 });
  customers = await Browser.start({ hz: 440 });
});
after(async () => {
  await agents?.stop();
  await customers?.stop();
  await server?.stop();
});

const hears = (page, hz) => until(`${hz} Hz`, async () => (await page.evaluate((f) => window.markazTone(f), hz)).share > 0.7, 15000, 200);

test('a customer on a page and an agent hear each other; a lost socket is forgiven', { timeout: 360000 }, async () => {
  const agent = await agents.page(server.base);
  await signIn(agent, 'web', PASSWORD);
  await pressReady(agent);
  const page = await customers.page(`${server.base}/visit/1000?language=en`);
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await page.fill('#name', 'Sara Karimi');
  await page.click('button.call');
  await page.getByRole('button', { name: 'Hang up' }).waitFor();
  await until('the menu to speak', async () => (await page.evaluate(() => window.markazTone(440))).level > 1e-5, 15000, 100);
  await page.getByRole('button', { name: 'Keypad' }).click();
  await page.getByRole('button', { name: '1', exact: true }).click(); // support
  await agent.getByTestId('customer-name').waitFor();
  assert.match(await agent.locator('main').innerText(), /Sara Karimi/);
  await agent.keyboard.press('F2');
  await page.getByText('You are talking to').waitFor();
  await hears(agent, 440);
  await hears(page, 1000);

  // The connection is gone for a moment; the sound goes on, and so does the call.
  const lost = sockets.length;
  await page.evaluate(() => window.markazSockets.at(-1).close());
  await until('a new socket', () => sockets.length > lost, 10000);
  await page.getByText('You are talking to').waitFor();
  await hears(page, 1000);

  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('You ended the call').waitFor();
  const boss = await server.person('boss', PASSWORD);
  const rows = await boss.rest.interactions((items) => items.some((r) => r.name === 'Sara Karimi' && r.ended_at));
  const row = rows.find((r) => r.name === 'Sara Karimi');
  assert.equal(row.reason, 'customer_hung_up');
  assert.equal(row.result, 'answered');
  assert.deepEqual(page.faults, []);
  await page.context().close();
  await agent.context().close();
});

test('lines that are not open to pages stay closed, and the page says so', { timeout: 160000 }, async () => {
  const page = await customers.page(`${server.base}/visit/nothing?language=fa`);
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  await page.click('button.call');
  await page.getByText('این خط وجود ندارد').waitFor();
  if (fs.existsSync(AXE)) {
    await page.evaluate(fs.readFileSync(AXE, 'utf8'));
    const faults = await page.evaluate(async () => (await window.axe.run(document)).violations.map((v) => `${v.id}: ${v.nodes[0].html}`));
    assert.deepEqual(faults, []);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
