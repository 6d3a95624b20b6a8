// From built packages to the first answered call: what a newcomer does, with a clock beside it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, inCall, pressReady, signIn } from './lib/browser.mjs';
import { Process } from './lib/process.mjs';
import { MARKAZ, freePort, temporaryFolder, until } from './lib/util.mjs';

const LIMIT_S = 120;

test('the demo: open, sign in, press Ready, answer a call, hear a person, all in under two minutes', { timeout: 720000 }, async (t) => {
  const started = Date.now();
  const httpPort = await freePort();
  const demo = new Process(MARKAZ, ['demo', '--data', temporaryFolder('demo'), '--http-port', String(httpPort), '--sip-port', String(await freePort())]);
  const browser = await Browser.start();
  try {
    await demo.line(/Markaz is open/, 30000);
    const page = await browser.page(`http://127.0.0.1:${httpPort}`);
    await signIn(page, 'alice', 'markaz-demo');
    await pressReady(page);
    await page.getByTestId('customer-name').waitFor();
    await page.keyboard.press('F2');
    await inCall(page);
    await until('a voice', async () => (await page.evaluate(() => window.markazTone(440))).level > 1e-5, 20000, 100);
    const seconds = (Date.now() - started) / 1000;
    t.diagnostic(`first answered call after ${seconds.toFixed(1)} s`);
    assert.ok(seconds < LIMIT_S, `${seconds} s`);

    const wall = await browser.page(`http://127.0.0.1:${httpPort}`);
    await signIn(wall, 'nadia', 'markaz-demo');
    await wall.goto(`http://127.0.0.1:${httpPort}/live`);
    await wall.getByText('Alice Thompson').first().waitFor();
    assert.deepEqual([...page.faults, ...wall.faults], []);
    demo.child.kill('SIGINT');
    assert.equal(await demo.finish(30000), 0, 'Ctrl-C ends it cleanly');
  } finally {
    await browser.stop();
    await demo.stop();
  }
});
