// The screens as people use them, against the real server: every form of the set-up, two tabs, a page reloaded in mid-call,
// and no accessibility fault on any room in English and Persian.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, inCall, packetsIn, pressReady, signIn } from './lib/browser.mjs';
import { PASSWORD, centre } from './lib/centre.mjs';
import { callers } from './lib/phones.mjs';
import { Server } from './lib/server.mjs';
import { readWav, toneOver, toneWav } from './lib/sound.mjs';
import { ROOT, until } from './lib/util.mjs';

const AXE = path.join(ROOT, 'web/node_modules/axe-core/axe.min.js');
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PERSIAN = { language: 'fa', calendar: 'jalali', digits: 'persian', theme: 'dark' };
const NOTHING_FOUND = /no such|not_found|404/;

let server, browser, admin;
before(async () => {
  const second = { login: 'web2', name: 'Agent web2', roles: ['agent'], password: PASSWORD, device: 'browser' };
  const queues = { support: { ring_timeout_s: 60, wrap_up_s: 30 }, sales: { ring_timeout_s: 60 }, expert: { ring_timeout_s: 60 } };
  server = await Server.start({ centre: centre({ queues, users: [second] }) });
  browser = await Browser.start({ hz: 1000 });
  admin = await server.admin();
});
after(async () => {
  await browser?.stop();
  await server?.stop();
});

// --- a form of the set-up, as a person fills it

const dialogOf = (page) => page.getByRole('dialog').last();

async function section(page, name) {
  await page.goto(`${server.base}/admin/${name}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

const startNew = (page) => page.getByRole('button', { name: 'New', exact: true }).first().click();
const openRow = (page, label) => page.getByRole('button', { name: label, exact: true }).click();

async function save(page) {
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('dialog').first().waitFor({ state: 'hidden' });
}

async function remove(page) {
  await dialogOf(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText(/^Delete .+\?$/).first().waitFor();
  await dialogOf(page).getByRole('button', { name: 'Delete', exact: true }).click();
}

async function choose(page, label, option) {
  await dialogOf(page).getByRole('textbox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

const field = (page, name) => dialogOf(page).locator(`[name=${name}]`);

/** Fills a list of tags: each ends with Enter. */
async function tags(page, label, ...values) {
  const input = dialogOf(page).getByRole('textbox', { name: label });
  for (const value of values) {
    await input.fill(value);
    await input.press('Enter');
  }
}

const GOOD_FLOW = { format: 1, language: 'en', start: 'bye', nodes: { bye: { type: 'hang_up', say: [{ phrase: 'goodbye' }] } } };

/** resource: [label of the row, how a new one is filled, how it is changed, what the change must have done] */
const FORMS = {
  skills: ['Welsh', (p) => field(p, 'name').fill('Welsh'), (p) => field(p, 'description').fill('Cymraeg'), { description: 'Cymraeg' }],
  teams: ['Night shift', (p) => field(p, 'name').fill('Night shift'), (p) => field(p, 'description').fill('22 to 6'), { description: '22 to 6' }],
  dispositions: ['Call back', (p) => field(p, 'name').fill('Call back'), (p) => field(p, 'description').fill('Promised'), { description: 'Promised' }],
  'break-reasons': ['Prayer', (p) => field(p, 'name').fill('Prayer'), (p) => dialogOf(p).getByRole('switch', { name: 'Paid time' }).uncheck(), { is_paid: false }],
  customers: [
    'سارا محمدی',
    async (p) => {
      await field(p, 'name').fill('سارا محمدی');
      await tags(p, /Telephone numbers/, '+989121112233', '+982188887777');
    },
    (p) => field(p, 'notes').fill('پنجشنبه‌ها نیست'),
    { notes: 'پنجشنبه‌ها نیست', numbers: ['+989121112233', '+982188887777'] },
  ],
  hours: [
    'Ramadan',
    async (p) => {
      await field(p, 'name').fill('Ramadan');
      await dialogOf(p).getByRole('button', { name: /Add a span/ }).first().click();
    },
    (p) => dialogOf(p).getByRole('button', { name: /Add a day/ }).click(),
    (row) => row.spans.length === 1 && row.holidays.length === 1,
  ],
  trunks: ['Backup line', (p) => field(p, 'name').fill('Backup line'), (p) => field(p, 'proxy').fill('sip:backup.example.org'), { proxy: 'sip:backup.example.org' }],
  queues: [
    'night',
    async (p) => {
      await field(p, 'name').fill('night');
      await field(p, 'wrap_up_s').fill('12');
    },
    (p) => field(p, 'service_level_s').fill('25'),
    { service_level_s: 25, wrap_up_s: 12 },
  ],
  'capacity-profiles': ['Blended', (p) => field(p, 'name').fill('Blended'), (p) => field(p, 'chat_max').fill('2'), { chat_max: 2, voice_max: 1, voice_interrupts: ['email', 'task'] }],
  'business-rules': [
    'Important first',
    async (p) => {
      await field(p, 'name').fill('Important first');
      await dialogOf(p).getByRole('button', { name: 'Insert an example' }).click();
      await p.getByRole('menuitem', { name: 'VIPs first' }).click();
      await dialogOf(p).getByText('No problems found.').waitFor();
    },
    (p) => field(p, 'description').fill('Whoever matters most'),
    (row) => row.text.includes('customer.is_vip') && row.description === 'Whoever matters most' && row.position === 10,
  ],
  numbers: [
    '+9821777',
    async (p) => {
      await field(p, 'number').fill('+9821777');
      await choose(p, 'Queue', 'sales');
    },
    (p) => field(p, 'name').fill('Night line'),
    { name: 'Night line' },
  ],
  flows: [
    'short',
    async (p) => {
      await field(p, 'name').fill('short');
      await dialogOf(p).getByRole('textbox', { name: 'Steps as JSON' }).fill(JSON.stringify(GOOD_FLOW));
    },
    (p) => dialogOf(p).getByRole('textbox', { name: 'Steps as JSON' }).fill(JSON.stringify({ ...GOOD_FLOW, language: 'fa' })),
    (row) => row.document.language === 'fa',
  ],
  prompts: [
    'hello',
    async (p) => {
      await field(p, 'name').fill('hello');
      await dialogOf(p).getByRole('textbox', { name: 'Text to be spoken' }).fill('Hello there.');
    },
    (p) => dialogOf(p).getByRole('textbox', { name: 'Text to be spoken' }).fill('Good evening.'),
    (row) => row.texts.en === 'Good evening.',
  ],
  users: [
    'لیلا کریمی',
    async (p) => {
      await field(p, 'name').fill('لیلا کریمی');
      await field(p, 'login').fill('leila');
      await field(p, 'password').fill('a-long-password');
      await choose(p, 'Language', 'Persian');
    },
    (p) => field(p, 'extension').fill('377'),
    (row) => row.extension === '377' && row.calendar === 'jalali' && row.digits === 'persian',
  ],
};

const keyOf = (resource) => (resource === 'numbers' ? 'number' : 'name');

async function rowOf(resource, label) {
  try {
    return await admin.find(resource, keyOf(resource), label);
  } catch (error) {
    if (NOTHING_FOUND.test(error.message) || /^no /.test(error.message)) return null;
    throw error;
  }
}

test('every resource is created, changed and deleted through its form', { timeout: 480000 }, async (t) => {
  const page = await browser.page(server.base);
  await signIn(page, 'admin', server.adminPassword);
  for (const [resource, [label, fill, change, wanted]] of Object.entries(FORMS))
    await t.test(resource, async () => {
      await section(page, resource);
      await startNew(page);
      await fill(page);
      await save(page);
      assert.ok(await rowOf(resource, label), 'created');
      await openRow(page, label);
      await change(page);
      await save(page);
      const row = await rowOf(resource, label);
      if (typeof wanted === 'function') assert.ok(wanted(row), JSON.stringify(row));
      else assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, row[name]])), wanted);
      await openRow(page, label);
      await remove(page);
      await until('the row to be gone', async () => (await rowOf(resource, label)) === null, 5000);
      await page.getByRole('button', { name: label, exact: true }).waitFor({ state: 'hidden' });
    });
  await t.test('settings', async () => {
    await section(page, 'settings');
    await page.locator('[name=organisation]').fill('Saffron House');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('the settings to be changed', async () => (await admin.find('settings', 'organisation', 'Saffron House')) !== null, 5000);
  });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('what the server refuses is said at the field, and nothing typed is lost', { timeout: 240000 }, async (t) => {
  const page = await browser.page(server.base);
  await signIn(page, 'admin', server.adminPassword);
  await t.test('missing and taken names', async () => {
    await section(page, 'skills');
    await startNew(page);
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    await dialogOf(page).getByText('Please fill this in.').waitFor();
    await field(page, 'name').fill('Latin');
    await save(page);
    await startNew(page);
    await field(page, 'name').fill('Latin');
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    await dialogOf(page).getByText('Already taken. Choose another.').waitFor();
    assert.equal(await field(page, 'name').inputValue(), 'Latin');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Throw away' }).click();
  });
  await t.test('a row changed by somebody else meanwhile', async () => {
    await section(page, 'queues');
    await openRow(page, 'expert');
    const row = await admin.find('queues', 'name', 'expert');
    await admin.patch(`/queues/${row.id}`, { priority: 7 });
    await field(page, 'wrap_up_s').fill('33');
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else changed this meanwhile').waitFor();
    assert.equal(await field(page, 'priority').inputValue(), '7');
    assert.equal(await field(page, 'wrap_up_s').inputValue(), '33');
    await save(page);
    const now = await admin.find('queues', 'name', 'expert');
    assert.deepEqual([now.priority, now.wrap_up_s], [7, 33]);
  });
  await t.test('a queue that a number leads to', async () => {
    await section(page, 'queues');
    await openRow(page, 'expert');
    await remove(page);
    await page.getByText(/still used/i).first().waitFor();
    assert.ok(await rowOf('queues', 'expert'));
  });
  await t.test('a flow with a mistake', async () => {
    await section(page, 'flows');
    await openRow(page, 'main');
    const text = dialogOf(page).getByRole('textbox', { name: 'Steps as JSON' });
    const wrong = structuredClone((await admin.find('flows', 'name', 'main')).document);
    wrong.nodes.menu.options['1'].next = 'nowhere';
    await text.fill(JSON.stringify(wrong));
    await dialogOf(page).getByText(/nowhere/).last().waitFor();
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Please correct the marked fields.').waitFor();
    await text.fill('{"format": 1,');
    await dialogOf(page).getByText(/This is not valid JSON/).waitFor();
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    await until('the flow to be as it was', async () => (await admin.find('flows', 'name', 'main')).document.nodes.menu.options['1'].next === 'support');
  });
  await t.test('the sound file of a prompt', async () => {
    await section(page, 'prompts');
    await startNew(page);
    await field(page, 'name').fill('jingle');
    await choose(page, 'Kind', 'Music');
    await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
    const wav = toneWav(path.join(server.folder, 'jingle.wav'), 500, 2);
    const notWav = path.join(server.folder, 'jingle.wav.txt');
    fs.writeFileSync(notWav, 'no sound');
    await dialogOf(page).locator('input[type=file]').setInputFiles(notWav);
    await page.getByText('Please choose a WAV file.').waitFor();
    await dialogOf(page).locator('input[type=file]').setInputFiles(wav);
    await page.getByText('The file is in use now').waitFor();
    await field(page, 'name').fill('jingle two');
    await save(page);
    assert.equal((await rowOf('prompts', 'jingle two')).audio_ms, 2000);
  });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

// --- the greeting of one's own voicemail

test('a greeting is recorded with the microphone, replaced by a file, removed', { timeout: 240000 }, async () => {
  const page = await browser.page(server.base);
  await signIn(page, 'web2', PASSWORD);
  await page.goto(`${server.base}/voicemail`);
  const card = page.getByRole('region', { name: 'Your greeting' });
  const button = (name) => card.getByRole('button', { name, exact: true });
  const kept = () => page.evaluate(async () => Array.from(new Uint8Array(await (await fetch('/api/v1/voicemails/greeting')).arrayBuffer())));
  await card.getByText('You have none of your own').waitFor();
  await button('Record a greeting').click();
  await card.getByRole('meter').and(page.locator('[aria-valuenow]:not([aria-valuenow="0"])')).waitFor();
  await card.getByRole('timer').filter({ hasText: '0:02' }).waitFor();
  await axe(page, 'a greeting is recorded');
  await button('Stop').click();
  await card.getByLabel('Your new greeting').waitFor();
  await axe(page, 'a new greeting');
  await button('Use this greeting').click();
  await card.getByLabel('Your present greeting').waitFor();
  const sound = readWav(Buffer.from(await kept()));
  assert.equal(sound.rate, 16000);
  assert.ok(toneOver(sound.channels[0], 1000, sound.rate).seconds > 0.8, 'the microphone is heard in it');

  const file = toneWav(path.join(server.folder, 'greeting.wav'), 500, 1);
  const wrong = path.join(server.folder, 'greeting.mp3.wav');
  fs.writeFileSync(wrong, 'no sound');
  await page.locator('input[type=file]').setInputFiles(wrong);
  await card.getByText('This is no WAV file').waitFor();
  await page.locator('input[type=file]').setInputFiles(file);
  await button('Use this greeting').click();
  await page.getByText('Replace your greeting?').waitFor();
  await dialogOf(page).getByRole('button', { name: 'Replace', exact: true }).click();
  await button('Remove').waitFor();
  assert.deepEqual(Buffer.from(await kept()), fs.readFileSync(file));
  await axe(page, 'a greeting of a file');
  await button('Remove').click();
  await dialogOf(page).getByRole('button', { name: 'Remove', exact: true }).click();
  await card.getByText('You have none of your own').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

// --- routing as a manager sets it up

test('a queue: what applies is shown, skills as text are checked while typing, rings are a table', { timeout: 240000 }, async () => {
  for (const name of ['persian', 'after sales']) await admin.post('/skills', { name });
  const { id: helpers } = await admin.post('/teams', { name: 'Helpers' });
  const page = await browser.page(server.base);
  await signIn(page, 'admin', server.adminPassword);
  await section(page, 'queues');
  await openRow(page, 'sales');
  assert.equal(await field(page, 'weight_idle').count(), 0, 'weights are for the weighted strategy only');
  await dialogOf(page).getByRole('textbox', { name: 'Which agent first', exact: true }).click();
  await page.getByRole('option', { name: /^Weighted/ }).click();
  await field(page, 'weight_idle').fill('3');
  await field(page, 'skill_expression').fill('persian >= 5 and (');
  await dialogOf(page).getByText(/^Column .*19.*: /).waitFor();
  await field(page, 'skill_expression').fill('persian >= 5 or nonsense');
  await dialogOf(page).getByText(/nonsense/).last().waitFor();
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Please correct the marked fields.').waitFor();
  await field(page, 'skill_expression').fill('persian >= 5 or "after sales"');
  await dialogOf(page).getByText(/nonsense/).waitFor({ state: 'hidden' });
  const ring = dialogOf(page).getByRole('group', { name: 'Ring 2', exact: true });
  await dialogOf(page).getByRole('button', { name: 'Add a ring' }).click();
  await ring.getByRole('textbox', { name: 'Ring 2: After waiting' }).fill('45');
  await ring.getByRole('textbox', { name: 'Ring 2: Skills are asked' }).click();
  await page.getByRole('option', { name: '3 levels lower', exact: true }).click();
  await ring.getByRole('textbox', { name: 'Ring 2: Then these teams help, too' }).click();
  await page.getByRole('option', { name: 'Helpers', exact: true }).click();
  await page.keyboard.press('Escape');
  await dialogOf(page).getByRole('button', { name: 'Add a ring' }).click();
  await dialogOf(page).getByRole('textbox', { name: 'Ring 3: After waiting' }).fill('40');
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
  await dialogOf(page).getByText('Must be later than the ring before').waitFor();
  await dialogOf(page).getByRole('button', { name: 'Remove: Ring 3' }).click();
  await save(page);
  const row = await admin.find('queues', 'name', 'sales');
  assert.deepEqual([row.strategy, row.weight_idle, row.skill_expression], ['weighted', 3, 'persian >= 5 or "after sales"']);
  assert.deepEqual(row.rings, [{ after_s: 45, relax: 3, teams: [helpers], agents: [] }]);
  await admin.patch(`/queues/${row.id}`, { strategy: 'longest_idle', skill_expression: null, rings: [] });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('business rules: in order, wrong ones told by their line, tried on a made-up contact', { timeout: 240000 }, async () => {
  const first = await admin.post('/business-rules', { name: 'First', position: 10, text: 'priority(1)' });
  const second = await admin.post('/business-rules', { name: 'Second', position: 20, text: 'if customer and customer.is_vip then\n  head_start(90)\n  queue "sales"\n  note("VIP")\nend' });
  const page = await browser.page(server.base);
  await signIn(page, 'admin', server.adminPassword);
  await section(page, 'business-rules');
  const names = () => page.locator('main ol li').getByRole('button', { name: /^(First|Second)$/ }).allTextContents();
  await page.getByRole('button', { name: 'First', exact: true }).waitFor();
  assert.deepEqual(await names(), ['First', 'Second']);
  await page.getByRole('button', { name: /Move .*Second.* up/ }).click();
  await until('the other order', async () => (await names()).join() === 'Second,First', 5000);
  await until('the server to know', async () => (await admin.get(`/business-rules/${second.id}`)).position < (await admin.get(`/business-rules/${first.id}`)).position, 5000);
  await page.getByRole('switch', { name: /First/ }).press('Space');
  await until('it to be off', async () => !(await admin.get(`/business-rules/${first.id}`)).is_active, 5000);

  await openRow(page, 'Second');
  const text = field(page, 'text');
  await text.fill('if customer and customer.is_vip then\n  queue "nowhere"\nend');
  await dialogOf(page).getByRole('button', { name: 'Line 2' }).waitFor();
  await dialogOf(page).getByText(/there is no queue called "nowhere"/).waitFor();
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Please correct the marked fields.').waitFor();
  await text.fill('if customer and customer.is_vip then\n  head_start(90)\n  queue "sales"\n  note("a very important one")\nend');
  await dialogOf(page).getByText('No problems found.').waitFor();
  const panel = dialogOf(page).getByRole('region', { name: 'Try it' });
  await panel.getByRole('textbox', { name: 'Choose a made-up contact' }).click();
  await page.getByRole('option', { name: 'A VIP who called last week' }).click();
  await panel.getByRole('button', { name: 'Try', exact: true }).click();
  const outcome = page.getByTestId('outcome');
  for (const words of ['sales', '1:30', 'a very important one']) await outcome.getByText(words, { exact: true }).waitFor();
  await panel.getByText('JSON', { exact: true }).click();
  await panel.getByRole('textbox', { name: 'Facts as JSON' }).fill('{"customer": null}');
  await panel.getByRole('button', { name: 'Try', exact: true }).click();
  await outcome.getByText('The contact stays as it is.').waitFor();
  await save(page);
  for (const { id } of [first, second]) await admin.fetch('DELETE', `/api/v1/business-rules/${id}`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

// --- who waits: the wall, the desk, and why

/** Nobody has what the queue asks: whoever calls waits. */
async function withWaiting(run) {
  const queue = await admin.find('queues', 'name', 'expert');
  const skill = await admin.post('/skills', { name: 'what nobody can' });
  await admin.patch(`/queues/${queue.id}`, { skills: [{ skill: skill.id, level: 5 }], is_pick_allowed: true, service_level_s: 300, wrap_up_s: 0 });
  await run(queue);
  await admin.patch(`/queues/${queue.id}`, { skills: [], is_pick_allowed: false, service_level_s: 18 });
}

const waiting = (from) => callers({ to: server.sip('expert'), from, audio: 'tone:440', hear: 1000, 'talk-s': 0 });

async function answered(page, call) {
  await page.getByTestId('customer-name').waitFor();
  await page.keyboard.press('F2');
  const duration = page.getByRole('timer', { name: 'Length of the call' });
  await duration.waitFor();
  await page.keyboard.press('F4');
  await duration.waitFor({ state: 'hidden' });
  await call.stop();
}

test('who waits is seen: an agent picks one, a supervisor gives one, and history says why', { timeout: 480000 }, async () => {
  const web = await browser.page(server.base);
  await signIn(web, 'web', PASSWORD);
  await pressReady(web);
  const boss = await browser.page(server.base);
  await signIn(boss, 'boss', PASSWORD);
  await withWaiting(async () => {
    const picked = waiting('+15550008810');
    await web.getByRole('button', { name: /Pick .*8810/ }).click();
    await answered(web, picked);

    const given = waiting('+982155501001');
    await boss.goto(`${server.base}/live`);
    await boss.getByRole('region', { name: 'expert' }).getByRole('button', { name: /expert/ }).click();
    const row = boss.getByRole('list', { name: 'Waiting callers' }).getByRole('listitem');
    await row.getByText('مریم احمدی').waitFor();
    for (const words of ['VIP', /left$/]) await row.getByText(words).first().waitFor();
    await row.getByRole('button', { name: /Assign/ }).click();
    await axe(boss, 'boss assigns');
    await boss.getByRole('dialog').last().getByRole('button', { name: /Agent web\b/ }).click();
    await boss.getByText(/Offered to/).waitFor();
    await answered(web, given);
    await boss.getByText('Nobody is waiting').waitFor();
  });
  await boss.goto(`${server.base}/history`);
  await boss.locator('[role=row] a').first().click();
  await boss.getByRole('button', { name: 'Why this agent?' }).click();
  const why = boss.getByRole('dialog');
  await why.getByText('by hand', { exact: true }).waitFor();
  const winner = why.getByRole('row').filter({ hasText: 'Chosen' });
  assert.match(await winner.innerText(), /Agent web/);
  await axe(boss, 'boss asks why');
  assert.deepEqual([...web.faults, ...boss.faults], []);
  await web.getByRole('button', { name: 'Go offline' }).click();
  await web.context().close();
  await boss.context().close();
});

test('several agents ring for one caller: one answers, the other is told so in words', { timeout: 360000 }, async () => {
  const queue = await admin.find('queues', 'name', 'expert');
  await admin.patch(`/queues/${queue.id}`, { strategy: 'ring_all', wrap_up_s: 0 });
  const pages = [];
  for (const login of ['web', 'web2']) {
    const page = await browser.page(server.base);
    await signIn(page, login, PASSWORD);
    await pressReady(page);
    pages.push(page);
  }
  const [web, web2] = pages;
  const call = waiting('+15550008812');
  for (const page of pages) await page.getByTestId('customer-name').waitFor();
  await web.keyboard.press('F2');
  await web2.getByText('A colleague answered first. That is no miss of yours.').waitFor();
  await web2.locator('section[data-tone=good]').waitFor();
  const duration = web.getByRole('timer', { name: 'Length of the call' });
  await duration.waitFor();
  await web.keyboard.press('F4');
  await duration.waitFor({ state: 'hidden' });
  await call.stop();
  await admin.patch(`/queues/${queue.id}`, { strategy: 'longest_idle' });
  for (const page of pages) {
    await page.getByRole('button', { name: 'Go offline' }).click();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

// --- the desk

async function talking(page, from) {
  const call = callers({ to: server.sip('support'), from, audio: 'tone:440', hear: 1000, 'talk-s': 0 });
  await page.getByTestId('customer-name').waitFor();
  await page.keyboard.press('F2');
  await inCall(page);
  await until('the caller in the page', async () => (await page.evaluate(() => window.markazTone(440))).share > 0.7, 10000, 100);
  return call;
}

/** Ends what is in hand and leaves the agent offline for the next scenario. */
async function finish(page, call) {
  await page.keyboard.press('F4');
  await page.getByRole('button', { name: /Done/ }).click();
  await page.getByRole('button', { name: 'Go offline' }).click();
  await call.stop();
  await page.context().close();
}

test('a page reloaded in mid-call: the call goes on and both hear each other again', { timeout: 360000 }, async () => {
  const page = await browser.page(server.base);
  await signIn(page, 'web', PASSWORD);
  await pressReady(page);
  const call = await talking(page, '+15550008800');
  await page.keyboard.press('F9');
  await page.getByRole('button', { name: /Unmute/ }).waitFor();
  await page.reload();
  await inCall(page);
  await until('the caller in the page again', async () => (await page.evaluate(() => window.markazTone(440))).share > 0.7, 15000, 100);
  const before = await packetsIn(page);
  await until('packets to go on coming', async () => (await packetsIn(page)) > before + 50, 5000, 100);
  await page.getByRole('button', { name: /Unmute/ }).waitFor();
  assert.equal(await page.locator('main [role=alert]').count(), 0);
  await page.keyboard.press('F9');
  const unmuted = await packetsIn(page);
  await until('two seconds of the agent speaking', async () => (await packetsIn(page)) > unmuted + 110, 8000, 100);
  assert.deepEqual(page.faults, []);
  await finish(page, call);

  const boss = await server.person('boss', PASSWORD);
  const rows = await boss.rest.interactions((items) => items.some((r) => r.from === '+15550008800' && r.ended_at && r.has_recording));
  const { id } = rows.find((r) => r.from === '+15550008800');
  const whole = await boss.rest.get(`/interactions/${id}`);
  assert.equal(whole.segments.length, 1, 'one stay in the queue, one agent');
  const recording = await until('the recording', async () => (await boss.rest.get(`/interactions/${id}`)).recordings.find((r) => r.duration_ms > 0));
  const response = await boss.rest.fetch('GET', `/api/v1/recordings/${recording.id}/audio`);
  const wav = readWav(Buffer.from(await response.arrayBuffer()));
  const end = wav.channels[1].subarray(-2 * wav.rate);
  assert.ok(toneOver(end, 1000, wav.rate).seconds > 0.8, 'the agent is heard after the reload');
  assert.ok(toneOver(wav.channels[0].subarray(-2 * wav.rate), 440, wav.rate).seconds > 0.8, 'and so is the caller');
});

test('one tab is the telephone; the other answers through it and is told so', { timeout: 240000 }, async () => {
  const first = await browser.page(server.base);
  await signIn(first, 'web', PASSWORD);
  await pressReady(first);
  const second = await first.context().newPage();
  await second.goto(`${server.base}/desk`);
  await second.getByText(/another tab/i).first().waitFor();
  const call = callers({ to: server.sip('support'), from: '+15550008801', audio: 'tone:440', hear: 1000, 'talk-s': 0 });
  await second.getByTestId('customer-name').waitFor();
  await second.keyboard.press('F2');
  await inCall(second);
  await until('the caller in the first tab', async () => (await first.evaluate(() => window.markazTone(440))).share > 0.7, 10000, 100);
  assert.equal(await second.evaluate(() => window.markazHeard.connections.length), 0, 'no sound in the second');
  await second.keyboard.press('F8');
  await first.locator('section[data-held]').waitFor();
  await first.keyboard.press('F8');
  await first.locator('section[data-held]').waitFor({ state: 'detached' });
  await second.close();
  assert.deepEqual(first.faults, []);
  await finish(first, call);
});

// --- for everybody

async function axe(page, what) {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity), null, { timeout: 5000 }).catch(() => null);
  await page.evaluate(fs.readFileSync(AXE, 'utf8'));
  const faults = await page.evaluate(async (rules) => (await window.axe.run(document, { runOnly: rules })).violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`), AXE_RULES);
  assert.deepEqual(faults, [], what);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${what}: ${overflow} px stick out sideways`);
}

async function rooms(page, person, paths, look) {
  for (const at of paths) {
    await page.goto(server.base + at);
    await page.locator('main').getByRole('heading').first().waitFor();
    await page.waitForLoadState('networkidle');
    await axe(page, `${person} ${at} ${look}`);
  }
}

// What has a layout of its own, in both directions; the other forms are made of the same parts.
const ROOMS = [
  ['web', ['/desk', '/history', '/fax', '/voicemail']],
  ['boss', ['/live', '/history']],
  ['admin', ['queues', 'business-rules', 'users', 'ring-groups', 'settings', 'audit'].map((name) => `/admin/${name}`)],
];

// The largest forms, opened: resource, the row, what must be seen first.
const FORMS_SEEN = [
  ['queues', 'support', '[data-field=rings]'],
  ['business-rules', 'Seen', 'textarea[name=text]'],
  ['capacity-profiles', 'Seen', '[name=voice_max]'],
];

async function forms(page, look) {
  for (const [resource, label, part] of FORMS_SEEN) {
    await section(page, resource);
    await openRow(page, label);
    await page.getByRole('dialog').locator(part).waitFor();
    await axe(page, `${resource} form ${look}`);
  }
}

test('no room has an accessibility fault, in English and in Persian', { timeout: 480000, skip: !fs.existsSync(AXE) && 'axe-core is not installed (npm ci in web/)' }, async () => {
  const support = await admin.find('queues', 'name', 'support');
  await admin.patch(`/queues/${support.id}`, { strategy: 'weighted', rings: [{ after_s: 30, relax: 2 }] });
  await admin.post('/business-rules', { name: 'Seen', text: 'priority(1)' });
  await admin.post('/capacity-profiles', { name: 'Seen' });
  for (const [login, paths] of ROOMS) {
    const page = await browser.page(server.base);
    await signIn(page, login, login === 'admin' ? server.adminPassword : PASSWORD);
    await rooms(page, login, paths, 'en');
    if (login === 'admin') await forms(page, 'en');
    await page.evaluate((me) => fetch('/api/v1/me', { method: 'PATCH', headers: { 'X-Markaz': '1', 'Content-Type': 'application/json' }, body: JSON.stringify(me) }), PERSIAN);
    await page.reload();
    await page.locator('html[dir=rtl]').waitFor();
    await rooms(page, login, paths, 'fa');
    if (login === 'admin') await forms(page, 'fa');
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});
