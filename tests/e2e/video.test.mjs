// Pictures between a customer's page and an agent's: relayed both ways, decoded by real browsers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/util.mjs';

let server, agents, customers;

before(async () => {
  server = await Server.start({ centre: centre({ queues: { support: { ring_timeout_s: 60 } }, menuTimeoutS: 60 }) });
  const admin = await server.admin();
  const number = await admin.find('numbers', 'number', '1000');
  await admin.patch(`/numbers/${number.id}`, { is_web: true, has_video: true, name: 'Video line' });
  agents = await Browser.start({ hz: 1000 });
  customers = await Browser.start({ hz: 440 });
});
after(async () => {
  await agents?.stop();
  await customers?.stop();
  await server?.stop();
});

// Every connection that answers sends the (made up) camera, whatever the page itself does with pictures.
function answerWithCamera() {
  const native = RTCPeerConnection.prototype.createAnswer;
  RTCPeerConnection.prototype.createAnswer = async function (...args) {
    const video = this.getTransceivers().find((t) => t.receiver.track.kind === 'video');
    if (video) {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
      video.direction = 'sendrecv';
      await video.sender.replaceTrack(stream.getVideoTracks()[0]);
    }
    return native.apply(this, args);
  };
}

async function showCamera() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
  const peer = window.markazHeard.connections.at(-1);
  await peer.getTransceivers().find((t) => t.receiver.track.kind === 'video').sender.replaceTrack(stream.getVideoTracks()[0]);
}

async function pictures() {
  const peer = window.markazHeard.connections.at(-1);
  const figures = { decoded: 0, sent: 0, key: 0, codec: '' };
  for (const row of (await peer.getStats()).values()) {
    if (row.type === 'inbound-rtp' && row.kind === 'video') Object.assign(figures, { decoded: row.framesDecoded, key: row.keyFramesDecoded });
    if (row.type === 'outbound-rtp' && row.kind === 'video') figures.sent = row.framesSent;
    if (row.type === 'codec' && row.mimeType.startsWith('video/')) figures.codec = row.mimeType;
  }
  return figures;
}

test('a customer and an agent see each other', { timeout: 240000 }, async () => {
  const agent = await agents.page(server.base);
  await signIn(agent, 'web', PASSWORD);
  await pressReady(agent);
  await agent.evaluate(answerWithCamera);
  const page = await customers.page(`${server.base}/visit/1000?language=en`);
  await page.fill('#name', 'Sara Karimi');
  await page.click('button.call');
  await page.getByRole('button', { name: 'Hang up' }).waitFor();
  await until('the menu to speak', async () => (await page.evaluate(() => window.markazTone(440))).level > 1e-5, 15000, 100);
  await page.getByRole('button', { name: 'Keypad' }).click();
  await page.getByRole('button', { name: '1', exact: true }).click();
  await agent.getByTestId('customer-name').waitFor();
  await agent.keyboard.press('F2');
  await page.getByText('You are talking to').waitFor();
  await page.evaluate(showCamera);
  const seen = async (who) => until('pictures', async () => (await who.evaluate(pictures)).decoded > 20, 20000, 300);
  await seen(agent);
  await seen(page);
  const [there, here] = [await agent.evaluate(pictures), await page.evaluate(pictures)];
  assert.equal(there.codec, 'video/VP8');
  assert.ok(there.key >= 1 && here.key >= 1, JSON.stringify([there, here]));
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.context().close();
  await agent.context().close();
});
