/**
 * Visits every screen in a real browser, left-to-right and right-to-left, light and dark: walks an agent through a call,
 * looks for accessibility faults (axe) and script errors, and leaves pictures for people to look at.
 *
 *   npm run build && npm run e2e            SHOTS=/some/folder (default: a new temp folder)   CHROMIUM=/usr/bin/chromium
 */
import { mkdtempSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startMock } from '../mock/server.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const directory = fileURLToPath(new URL('../dist', import.meta.url))
const shots = process.env.SHOTS ?? mkdtempSync(join(tmpdir(), 'markaz-screens-'))
mkdirSync(shots, { recursive: true })
const only = process.env.ONLY?.split(',')
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']

const LOOKS = [
	{ name: 'en-light', language: 'en', calendar: 'gregorian', digits: 'latin', theme: 'light' },
	{ name: 'fa-dark', language: 'fa', calendar: 'jalali', digits: 'persian', theme: 'dark' },
	{ name: 'ar-light', language: 'ar', calendar: 'hijri', digits: 'arabic', theme: 'light' },
	{ name: 'zh-dark', language: 'zh-Hant', calendar: 'gregorian', digits: 'latin', theme: 'dark' },
]
const ADMIN = ['queues', 'business-rules', 'capacity-profiles', 'numbers', 'trunks', 'extensions', 'ring-groups', 'caller-ids', 'recorders', 'flows', 'prompts', 'hours', 'skills', 'teams', 'users', 'break-reasons', 'dispositions', 'customers', 'settings', 'audit']

let passed = 0
const failures = []
const check = (isTrue, what) => {
	if (isTrue) passed++
	else {
		failures.push(what)
		console.log(`FAILED ${what}`)
	}
}

async function axe(page, what) {
	await page.evaluate(axeSource)
	const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
	for (const v of found.violations) console.log(`  axe ${what}: ${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 150)} | ${n.any[0]?.message ?? ''}`).join('\n    ')}`)
	check(found.violations.length === 0, `${what}: accessible`)
}

async function still(page) {
	// A reader of documents in its frame may never be idle.
	await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => undefined)
	await page.evaluate(() => document.fonts.ready)
	await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity), null, { timeout: 5000 }).catch(() => undefined)
}

async function look(page, name, step) {
	await still(page)
	await page.screenshot({ path: join(shots, `${name}-${step}.png`), fullPage: false })
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
	check(overflow <= 0, `${name} ${step}: nothing sticks out sideways (${overflow}px)`)
	await axe(page, `${name} ${step}`)
}

async function agentWalk(page, mock, name) {
	await page.goto(`${mock.url}/desk`)
	await page.getByTestId('remote-audio').waitFor({ state: 'attached' })
	await look(page, name, 'desk-offline')
	await page.locator('header button').filter({ has: page.locator('.tabler-icon-headset') }).click()
	await page.waitForFunction(() => document.querySelector('header .tabler-icon-microphone'))
	await page.locator('section[data-tone=good]').waitFor()
	await look(page, name, 'desk-ready')
	await page.keyboard.press('F7')
	await page.locator('#dial-options').waitFor({ state: 'attached' })
	await page.keyboard.type('3')
	await page.locator('#dial-options [role=option]').nth(1).waitFor()
	await look(page, name, 'dial')
	await page.keyboard.press('Escape')
	await page.keyboard.press('ControlOrMeta+a')
	await page.keyboard.press('Delete')
	await page.keyboard.press('Escape')
	const asked = mock.offer({ kind: 'consult', queue: null, from_agent: { id: 'u1', name: mock.data.users[1].name } })
	await page.getByTestId('customer-name').waitFor()
	await look(page, name, 'offer-consult')
	mock.endOffer(asked, 'withdrawn')
	const interaction = mock.offer()
	await page.locator('section[data-look=queue]').waitFor()
	await look(page, name, 'offer')
	await page.keyboard.press('F2')
	await page.getByRole('timer').waitFor()
	await page.locator('.tabler-icon-phone-off').waitFor()
	await page.locator('textarea:not([aria-hidden])').waitFor()
	await look(page, name, 'call')
	await consultWalk(page, mock, name, interaction)
	await page.keyboard.press('F8')
	await page.locator('section[data-held]').waitFor()
	await page.keyboard.press('F10')
	await page.getByRole('listbox').getByRole('option').first().waitFor()
	await look(page, name, 'transfer')
	await page.keyboard.press('Escape')
	await page.getByRole('listbox').waitFor({ state: 'hidden' })
	await page.keyboard.press('F4')
	await page.locator('textarea:not([aria-hidden])').waitFor()
	await page.locator('.tabler-icon-check').first().waitFor()
	await look(page, name, 'wrap-up')
	await page.locator('.tabler-icon-check').first().waitFor()
	mock.reset()
	await page.goto(`${mock.url}/desk`)
	await page.getByTestId('remote-audio').waitFor({ state: 'attached' })
	mock.heard()
	await page.locator('#work-panel canvas').waitFor()
	await look(page, name, 'voicemail')
	await page.getByRole('tab').nth(1).click()
	await page.locator('#work-panel iframe').waitFor()
	await look(page, name, 'fax')
}

/** A colleague is asked, everybody joined, the recording paused, the call parked: each as an agent sees it. */
async function consultWalk(page, mock, name, interaction) {
	await page.keyboard.press('F10')
	await page.getByRole('listbox').getByRole('option').nth(2).click()
	await look(page, name, 'consult-dialog')
	await page.getByRole('dialog').locator('button').filter({ has: page.locator('.tabler-icon-message-question') }).click()
	await page.locator('li[data-state=ringing]').waitFor()
	mock.voice.answered(interaction)
	await page.locator('li[data-talking]').waitFor()
	mock.changeCall(interaction, { supervisor: { id: 'u9', name: 'Sarah Miller', mode: 'whisper' }, mos: 3.2 })
	await look(page, name, 'consult')
	await page.locator('.tabler-icon-users').last().click()
	await page.locator('[data-stage=conference]').waitFor()
	mock.changeCall(interaction, { recording: { state: 'paused', is_allowed: true, is_pause_allowed: true } })
	await look(page, name, 'conference')
	await page.locator('.tabler-icon-user-minus').first().click()
	await page.locator('[data-stage]').waitFor({ state: 'detached' })
	await page.locator('button:has(.tabler-icon-dots)').click()
	await page.getByRole('menuitem').first().waitFor()
	await look(page, name, 'more')
	await page.keyboard.press('Escape')
	await page.getByRole('menuitem').first().waitFor({ state: 'hidden' })
}

/** Into a colleague's call from the wall. */
async function superviseWalk(page, name) {
	await page.locator('button:has(.tabler-icon-ear)').first().click()
	await page.getByRole('menuitem').first().waitFor()
	await look(page, name, 'supervise-menu')
	await page.getByRole('menuitem').first().click()
	await page.getByTestId('supervision-audio').waitFor({ state: 'attached' })
	await page.locator('section[data-mode=listen]').waitFor()
	await page.keyboard.press('Alt+2')
	await page.locator('section[data-mode=whisper]').waitFor()
	await look(page, name, 'supervise')
	await page.keyboard.press('Alt+0')
	await page.locator('section[data-mode]').waitFor({ state: 'hidden' })
}

async function visit(page, mock, name, path, step, ready) {
	await page.goto(`${mock.url}${path}`)
	await page.locator(ready).first().waitFor({ timeout: 8000 }).catch(() => check(false, `${name} ${step}: shows ${ready}`))
	await look(page, name, step)
}

async function run(browser, mock, lookOf) {
	const { name, theme, ...preferences } = lookOf
	const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, colorScheme: theme, locale: 'en', permissions: ['microphone'], timezoneId: 'Asia/Tehran' })
	await context.addInitScript((p) => localStorage.setItem('markaz.preferences', JSON.stringify(p)), preferences)
	const page = await context.newPage()
	// The browser's own reader of documents is not ours to mend.
	page.on('pageerror', (error) => /chrome-extension:|reading 'setItem'/.test(error.stack ?? '') || check(false, `${name}: no script errors: ${error.message}`))
	page.on('console', (message) => message.type() === 'error' && !/401|404|net::ERR/.test(message.text()) && check(false, `${name}: quiet console: ${message.text().slice(0, 300)}`))
	Object.assign(mock.data.users[0], preferences, { theme })
	mock.signOut()
	mock.reset()
	await page.goto(mock.url)
	await page.locator('input[name=login]').waitFor()
	await look(page, name, 'login')
	await page.fill('input[name=login]', 'leila')
	await page.fill('input[name=password]', 'wrong')
	await page.keyboard.press('Enter')
	await page.getByRole('alert').locator('span').waitFor()
	await page.fill('input[name=password]', 'secret-word')
	await page.keyboard.press('Enter')
	await page.getByRole('navigation').waitFor()
	check((await page.getAttribute('html', 'dir')) === (['fa', 'ar'].includes(preferences.language) ? 'rtl' : 'ltr'), `${name}: direction`)
	if (!only || only.includes('agent')) await agentWalk(page, mock, name)
	mock.reset()
	if (!only || only.includes('live')) {
		await visit(page, mock, name, '/live', 'live', 'table tbody tr, [role=row]')
		await superviseWalk(page, name)
		await page.locator('section[aria-label=VIP] button').first().click()
		await page.getByRole('dialog').waitFor()
		await look(page, name, 'waits')
		await page.locator('ol .tabler-icon-user-share').nth(1).click()
		await page.getByRole('dialog').nth(1).waitFor()
		await look(page, name, 'assign')
	}
	if (!only || only.includes('history')) {
		await visit(page, mock, name, '/history', 'history', '[role=row] a')
		await visit(page, mock, name, `/history/${mock.data.interactions[0].id}`, 'detail', 'canvas, [role=slider]')
		await page.locator('li[data-kind=offer] button').first().click()
		await page.getByRole('dialog').getByRole('table').waitFor()
		await look(page, name, 'why')
	}
	if (!only || only.includes('fax')) {
		await visit(page, mock, name, '/fax', 'faxes', '[role=row] a')
		await page.locator('main h1 ~ *, main button:has(.tabler-icon-send)').last().click()
		await page.getByRole('dialog').waitFor()
		await page.getByRole('switch').click()
		await look(page, name, 'fax-send')
	}
	if (!only || only.includes('admin')) await adminWalk(page, mock, name)
	if (!only || only.includes('agent')) await lostConnection(page, mock, name)
	await context.close()
}

async function adminWalk(page, mock, name) {
	for (const section of ADMIN) {
		await visit(page, mock, name, `/admin/${section}`, `admin-${section}`, 'main h2, main h1')
		if (section === 'audit') continue
		const row = section === 'business-rules' ? page.locator('main ol button').first() : page.locator('main [data-row]').first()
		if ((await row.count()) === 0) continue
		await row.click()
		await page.getByRole('dialog').waitFor()
		await look(page, name, `edit-${section}`)
	}
}

async function lostConnection(page, mock, name) {
	await page.goto(`${mock.url}/desk`)
	await page.getByRole('navigation').waitFor()
	await still(page)
	mock.dropClients()
	await page.waitForFunction(() => true)
	await page.locator('header [data-tone]').first().waitFor()
	check(true, `${name}: stays usable when the connection drops`)
}

const mock = await startMock({ directory })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
try {
	const names = process.env.LOOKS?.split(',')
	for (const one of LOOKS.filter((l) => !names || names.includes(l.name))) await run(browser, mock, one)
} finally {
	await browser.close()
	mock.stop()
}
console.log(`pictures: ${shots}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length ? 1 : 0
