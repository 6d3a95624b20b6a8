// kill -9 of the centre while people talk, again and again, with the media engine in a process of its own: no call is lost, the
// centre has control back soon, every history is whole.
//
// usage: outlive.mjs [--kills N] [--calls N] [--seed N]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { centre } from '../e2e/lib/centre.mjs';
import { agents, callers } from '../e2e/lib/phones.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { freePort, sleep, until } from '../e2e/lib/util.mjs';

/** Random numbers from a seed (mulberry32). */
function dice(seed) {
  let a = seed >>> 0;
  return (n) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

async function histories(server, n) {
  const admin = await server.admin();
  const rows = [];
  await until('every history to be closed', async () => {
    rows.length = 0;
    let cursor = '';
    do {
      const page = await admin.get(`/interactions?limit=100${cursor && `&cursor=${cursor}`}`);
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return rows.length >= n && rows.every((row) => row.ended_at);
  }, 30000, 500);
  return rows;
}

export async function campaign({ kills = 5, calls = 20, seed = 1 } = {}) {
  const draw = dice(seed);
  const faults = [];
  const agentsPort = await freePort();
  const remote = await agents({ agents: calls, port: agentsPort, hear: 440 });
  const server = await Server.start({ centre: centre({ agentsPort, uriAgents: calls, alwaysReady: calls }), mediaProcess: true });
  const crowd = callers({ to: server.sip('support'), count: calls, rate: 20, audio: 'tone:440', hear: 1000, 'talk-s': 0 });
  const back = [];
  try {
    await until('everybody to talk', () => crowd.events({ event: 'person_heard' }).length >= calls, 60000, 200);
    for (let i = 0; i < kills; i++) {
      await sleep(draw(800));
      await server.kill();
      await sleep(draw(200));
      const began = performance.now();
      await server.run();
      back.push(performance.now() - began);
      const lost = crowd.events({ event: 'call_ended' });
      if (lost.length) faults.push(`after kill ${i + 1}: ${lost.length} calls have ended, the first: ${JSON.stringify(lost[0])}`);
      if (lost.length) break;
      const told = /(\d+) calls go on that outlived/.exec(server.process.stderr);
      if (Number(told?.[1]) !== calls) faults.push(`after kill ${i + 1}: ${told?.[1] ?? 'no'} of ${calls} calls go on`);
    }
    await sleep(1500); // whoever was left without a dialog is found by the question whether they are there
    const lost = crowd.events({ event: 'call_ended' }).length;
    if (lost) faults.push(`${lost} calls ended by themselves`);
    await crowd.stop('SIGTERM', 20000);
    const rows = await histories(server, calls);
    const odd = rows.filter((row) => row.reason !== 'customer_hung_up');
    if (rows.length !== calls) faults.push(`${rows.length} histories of ${calls} calls`);
    if (odd.length) faults.push(`${odd.length} histories end otherwise, the first: ${odd[0].id} ${odd[0].reason}`);
    await until('no leg to be left', async () => /media_legs 0$/m.test(await (await fetch(`${server.base}/metrics`)).text()), 10000, 300)
      .catch(() => faults.push('legs are left in the media process'));
  } finally {
    await server.stop();
    await remote.stop();
  }
  back.sort((a, b) => a - b);
  return { kills: back.length, calls, control_back_p50_ms: Math.round(back[back.length >> 1]), control_back_max_ms: Math.round(back.at(-1)), faults };
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at > 0 ? Number(process.argv[at + 1]) : fallback;
  };
  const figures = await campaign({ kills: option('kills', 200), calls: option('calls', 100), seed: option('seed', 1) });
  console.log(JSON.stringify({ name: `outlive: ${path.basename(fileURLToPath(import.meta.url))}`, ...figures }));
  process.exit(figures.faults.length ? 1 : 0);
}
