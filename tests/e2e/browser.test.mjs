// A browser is a telephone: tones measured at both ends and in the recording; the wall shows it; an administrator changes a queue.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, inCall, packetsIn, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { callers } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver } from './lib/sound.mjs';
import { until } from './lib/util.mjs';

let server, browser;
before(async () => {
  server = await Server.start({ centre: centre({ queues: { support: { ring_timeout_s: 60, wrap_up_s: 30 } } }) });
  browser = await Browser.start({ hz: 1000 });
});
after(async () => {
  await browser?.stop();
  await server?.stop();
});

test('a caller and an agent in the browser hear each other; the recording keeps them apart', { timeout: 360000 }, async () => {
  const page = await browser.page(server.base);
  await signIn(page, 'web', PASSWORD);
  await pressReady(page);
  const call = callers({ to: server.sip('1000'), from: '+982155501001', digits: '1', audio: 'tone:440', hear: 1000, 'talk-s': 0 });
  await page.getByTestId('customer-name').waitFor();
  const pop = await page.locator('main').innerText();
  assert.match(pop, /مریم احمدی/, 'the screen pop knows the caller');
  assert.match(pop, /Support/, 'and what was chosen');
  await page.keyboard.press('F2');
  await inCall(page);
  const tone = await until('440 Hz in the page', async () => {
    const heard = await page.evaluate(() => window.markazTone(440));
    return heard.share > 0.7 ? heard : null;
  }, 10000, 200);
  assert.ok(tone.level > 1e-4);
  await call.event({ event: 'person_heard' }, 15000);
  const began = await packetsIn(page);
  await until('six seconds of talking', async () => (await packetsIn(page)) > began + 300, 15000, 200);
  await call.stop();
  // The clearest second of the call: the first one heard begins in the middle, and Opus rings at such an edge.
  const [heard] = call.events({ event: 'call_ended' });
  assert.ok(heard.tone_db > -3, `the browser's tone at the caller: ${heard.tone_db} dB`);
  assert.equal(heard.ended_by, 'us', 'nothing else ended it');
  assert.deepEqual(page.faults, []);

  const boss = await server.person('boss', PASSWORD);
  const rows = await boss.rest.interactions((items) => items.some((r) => r.from === '+982155501001' && r.ended_at && r.has_recording));
  const whole = await boss.rest.get(`/interactions/${rows[0].id}`);
  const recording = await until('the recording', async () => (await boss.rest.get(`/interactions/${whole.id}`)).recordings.find((r) => r.duration_ms > 0));
  const response = await boss.rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  const left = toneOver(wav.channels[0], 440, wav.rate);
  const right = toneOver(wav.channels[1], 1000, wav.rate);
  assert.ok(left.seconds > 3, `customer left: ${JSON.stringify(left)}`);
  assert.ok(right.seconds > 3, `agent right: ${JSON.stringify(right)}`);
  assert.ok(toneOver(wav.channels[1], 440, wav.rate).best < 0.2, 'the customer is not in the agent channel');
  await page.context().close();
});

test('the supervisor sees the wall alive', { timeout: 240000 }, async () => {
  const page = await browser.page(server.base);
  await signIn(page, 'boss', PASSWORD);
  await page.goto(`${server.base}/live`);
  await page.getByText('support', { exact: true }).first().waitFor();
  const waiting = callers({ to: server.sip('expert'), from: '+15550006001', hear: 1000 });
  await until('somebody waiting on the wall', async () => (await page.locator('main').innerText()).match(/expert\s+(nobody [\w ]+\s+)?1\s+Waiting/i), 10000); // nobody serves it: the card says so
  await page.locator('button').filter({ has: page.getByText('expert', { exact: true }) }).click();
  // Numbers may be grouped for reading: digits are compared.
  await until('the caller in the list of those who wait', async () => (await page.locator('body').innerText()).replace(/[^\d]/g, '').includes('15550006001'), 10000);
  await waiting.stop();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('an administrator changes a queue, and it is so at once', { timeout: 240000 }, async () => {
  const page = await browser.page(server.base);
  await signIn(page, 'admin', server.adminPassword);
  await page.goto(`${server.base}/admin/queues`);
  await page.getByText('expert', { exact: true }).first().click();
  const field = page.locator('input[name=wrap_up_s]').or(page.getByLabel(/wrap/i)).first();
  await field.waitFor();
  await field.fill('45');
  await page.getByRole('button', { name: /save/i }).first().click();
  const admin = await server.admin();
  await until('the queue to be changed', async () => (await admin.find('queues', 'name', 'expert')).wrap_up_s === 45, 10000, 200);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
