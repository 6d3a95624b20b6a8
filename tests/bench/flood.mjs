// Good calls while a stranger sends 5,000 packets of garbage a second: how long until they are answered. The reference is the same without the flood.
import dgram from 'node:dgram';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { Spoiler } from '../e2e/lib/torture.mjs';
import { callers } from '../e2e/lib/phones.mjs';
import { sleep } from '../e2e/lib/util.mjs';

const PACKETS_PER_S = 5000;
const CALLS = 400;
const RATE = 40;

/** Spoilt messages and noise from 127.0.0.2 in the background; sent counts them. */
async function pour({ port, sent }) {
  const socket = dgram.createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.2', resolve));
  const spoiler = new Spoiler(1, '127.0.0.2', socket.address().port);
  const packets = Array.from({ length: 2000 }, () => spoiler.next().subarray(0, 1400));
  const count = new Int32Array(sent);
  const began = Date.now();
  for (;;) {
    for (let due = ((Date.now() - began) / 1000) * PACKETS_PER_S; count[0] < due; count[0]++) socket.send(packets[count[0] % packets.length], port, '127.0.0.1');
    await sleep(2);
  }
}
if (!isMainThread) await pour(workerData);

const p99 = (list) => [...list].sort((a, b) => a - b)[Math.ceil(list.length * 0.99) - 1];

async function setUpTimes(to) {
  const load = callers({ to, listen: '127.0.0.1:5062', from: '+1555######', count: CALLS, rate: RATE, audio: 'silence', 'talk-s': '0.2-0.4', 'rtp-ports': '40000-44999' });
  await load.finish(60000);
  const ended = load.events({ event: 'call_ended' });
  return { times: ended.filter((e) => e.answered).map((e) => e.answer_ms), failed: CALLS - ended.filter((e) => e.answered).length };
}

/** port: where a server answers calls to `to`. */
export async function flood(put, { port, to }) {
  const quiet = await setUpTimes(to);
  const sent = new SharedArrayBuffer(4);
  const worker = new Worker(new URL(import.meta.url), { workerData: { port, sent } });
  await sleep(1000);
  const began = Date.now();
  const before = new Int32Array(sent)[0];
  const loud = await setUpTimes(to);
  const rate = ((new Int32Array(sent)[0] - before) * 1000) / (Date.now() - began);
  await worker.terminate();
  put('flood_setup_p99', p99(loud.times), 'ms', { reference: p99(quiet.times), target: 100, met: loud.failed === 0 && p99(loud.times) <= 100 && rate >= 0.9 * PACKETS_PER_S, failed: loud.failed, packets_per_s: Math.round(rate) });
}
