// Faxes between servers in real time (about 40 s): one over T.38, one whose sender refuses T.38 and goes over G.711. From the API to
// the received document, as a contact of its queue, and both documents compared by their pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PASSWORD, centre } from './lib/centre.mjs';
import { Server } from './lib/server.mjs';
import { freePort, temporaryFolder, until } from './lib/util.mjs';

let receiver, fast, slow;
const folder = temporaryFolder('fax');

// A page with a few lines: what is mostly white is quickly sent.
function pdf(pages) {
  const objects = [`1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj`,
    `2 0 obj<</Type/Pages/Count ${pages}/Kids[${Array.from({ length: pages }, (_, i) => `${4 + 2 * i} 0 R`).join(' ')}]>>endobj`,
    '3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj'];
  for (let i = 0; i < pages; i++) {
    const text = `BT /F 40 Tf 90 ${700 - i * 40} Td (page ${i + 1}) Tj ET`;
    objects.push(`${4 + 2 * i} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${5 + 2 * i} 0 R/Resources<</Font<</F 3 0 R>>>>>>endobj`,
      `${5 + 2 * i} 0 obj<</Length ${text.length}>>stream\n${text}\nendstream endobj`);
  }
  return Buffer.from(`%PDF-1.4\n${objects.join('\n')}\ntrailer<</Root 1 0 R>>\n%%EOF\n`);
}

const faxCentre = (port, fields = {}) => ({
  ...centre({ agentsPort: port }),
  'trunks.json': [{ name: 'loopback', is_accepted_by_address: true, addresses: ['127.0.0.1'], qualify_interval_s: 0, proxy: `sip:127.0.0.1:${port}`, ...fields }],
});

before(async () => {
  const rows = faxCentre(await freePort());
  receiver = await Server.start({
    centre: {
      ...rows,
      'queues.json': [...rows['queues.json'], { name: 'faxes', channel: 'message' }],
      'numbers.json': [...rows['numbers.json'], { number: '2222', fax_queue: '@faxes' }],
    },
  });
  fast = await Server.start({ centre: faxCentre(receiver.sipPort) });
  slow = await Server.start({ centre: faxCentre(receiver.sipPort, { has_t38: false }) });
});
after(async () => {
  await fast?.stop();
  await slow?.stop();
  await receiver?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function download(rest, id, kind, name) {
  const response = await rest.fetch('GET', `/api/v1/faxes/${id}/${kind}`);
  assert.equal(response.status, 200, `${kind}: ${response.status}`);
  const file = path.join(folder, name);
  fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

const done = (rest, id) => until(`fax ${id} to be over`, async () => {
  const row = await rest.get(`/faxes/${id}`);
  return row.state !== 'queued' && row;
}, 90000, 500);

const pixels = (file) => execFileSync('gs', ['-q', '-dBATCH', '-dNOPAUSE', '-sDEVICE=pgmraw', '-r50', '-sOutputFile=-', file], { maxBuffer: 1 << 26 });

async function send(server, from, pages, extra = {}) {
  const rest = await server.admin();
  const answer = await rest.fetch('POST', '/api/v1/faxes', { to: '2222', from, file: pdf(pages).toString('base64'), ...extra }, { 'Idempotency-Key': `e2e-${from}` });
  assert.equal(answer.status, 201, await answer.clone().text());
  const { id, pages: made } = await answer.json();
  const row = await done(rest, id);
  assert.equal(row.state, 'sent', JSON.stringify(row));
  assert.equal(row.pages_done, made);
  return { rest, id, made, row };
}

test('one fax over T.38 and one over G.711 arrive whole', { timeout: 600000 }, async () => {
  const [a, b] = await Promise.all([
    send(fast, '1001', 2),
    send(slow, '1002', 1, { cover: { from: 'Markaz', subject: 'نمونه', text: 'سلام', language: 'fa' }, name: 'Sara' }),
  ]);
  assert.equal(a.made, 2);
  assert.equal(b.made, 2); // the cover and the page

  const boss = (await receiver.person('boss', PASSWORD)).rest;
  const rows = await until('both to have come', async () => {
    const { items } = await boss.get('/faxes?direction=inbound');
    return items.length === 2 && items;
  }, 10000);
  for (const [from, sent, isT38] of [['1001', a, true], ['1002', b, false]]) {
    const row = rows.find((r) => r.from === from);
    assert.equal(row.state, 'received', JSON.stringify(row));
    assert.equal(row.pages, 2);
    const detail = await boss.get(`/interactions/${row.interaction}`);
    assert.equal(detail.result, 'fax');
    const ended = detail.events.find((e) => e.type === 'fax.ended');
    assert.equal(JSON.parse(ended.data.details).is_t38, isT38);
    // What came is what was sent, dot by dot.
    const before = await download(sent.rest, sent.id, 'tiff', `${from}-sent.tif`);
    const arrived = await download(boss, row.id, 'tiff', `${from}.tif`);
    const paper = await download(boss, row.id, 'pdf', `${from}.pdf`);
    const original = await download(sent.rest, sent.id, 'pdf', `${from}-sent.pdf`);
    assert.ok(fs.statSync(before).size > 0 && fs.statSync(arrived).size > 0);
    assert.ok(pixels(paper).equals(pixels(original)), 'the pages differ');
    await download(sent.rest, sent.id, 'report', `${from}-report.pdf`);
  }
  // Each is a contact that waits in the queue of faxes.
  const { items } = await boss.get('/interactions?limit=50');
  assert.equal(items.filter((r) => r.channel === 'fax').length, 2);
});

test('a number that does not answer faxes is tried again and can be taken back', { timeout: 160000 }, async () => {
  const rest = await fast.admin();
  const { id } = await rest.post('/faxes', { to: '9999', file: pdf(1).toString('base64') });
  const row = await until('the first try to fail', async () => {
    const r = await rest.get(`/faxes/${id}`);
    return r.tries === 1 && r;
  }, 15000, 200);
  assert.equal(row.state, 'queued');
  assert.ok(row.next_try_at > Date.now());
  assert.equal((await rest.fetch('DELETE', `/api/v1/faxes/${id}`)).status, 204);
  await until('the list to say so', async () => (await rest.get(`/faxes/${id}`)).state === 'failed');
});
