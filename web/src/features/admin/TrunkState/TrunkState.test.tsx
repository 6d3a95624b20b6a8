// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { en } from '../../../shared/i18n/en'
import { type Locale, makeLocale } from '../../../shared/i18n/locale'
import type { TrunkNow } from '../../../shared/rest'

const shown = vi.hoisted(() => ({ locale: null as Locale | null }))
vi.mock('../../../shared/i18n/locale', async (original) => ({ ...(await original<object>()), useLocale: () => shown.locale }))

const { TrunkState } = await import('./TrunkState')

const none = { attempts: 0, answered: 0, busy: 0, no_answer: 0, rejected: 0, failed: 0, blocked: 0, talk_ms: 0, asr_pct: null, ner_pct: null, acd_ms: null, mos: null, incoming: 0 }
const fresh: TrunkNow = {
	id: '1', name: 'Provider', is_up: false, calls: 0, reason: 'registration answered with 403', registration: 'failed', channels: 3, channels_max: 30, calls_per_second: 1, stepped_back_until: null,
	stepped_back_reason: null, last_failure: { code: 503, text: 'Away', at: Date.now() }, hour: { ...none, attempts: 10, answered: 4, asr_pct: 40, ner_pct: 80, acd_ms: 65_000, mos: 4.2 }, day: none, test: null,
}
const posted: unknown[] = []
let now: TrunkNow

beforeEach(() => {
	posted.length = 0
	now = fresh
	shown.locale = makeLocale(en, { language: 'en', calendar: 'gregorian', digits: 'latin' }, () => undefined)
	window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia
	globalThis.fetch = (_, init) => {
		if (init?.method === 'POST') {
			posted.push(JSON.parse(String(init.body)))
			now = { ...fresh, test: { id: '9', kind: 'options', is_running: false, is_ok: false, outcome: 'silent', code: 0, text: '', at: 0, took_ms: 5000 } }
		}
		return Promise.resolve(new Response(JSON.stringify(now), { status: 200, headers: { 'Content-Type': 'application/json' } }))
	}
})
afterEach(cleanup)

function open(mayTest: boolean) {
	render(
		<MantineProvider>
			<QueryClientProvider client={new QueryClient()}>
				<TrunkState id="1" mayTest={mayTest} />
			</QueryClientProvider>
		</MantineProvider>,
	)
}

it('says in words how the trunk is, and its figures', async () => {
	open(false)
	await waitFor(() => screen.getByText('3 of 30 channels'))
	screen.getByText('Not registered')
	screen.getByText('registration answered with 403')
	screen.getByText(/Last failure .*503 .*Away/)
	screen.getByText('40 %')
	screen.getByText('1:05')
	expect(screen.queryByText('Test call')).toBeNull()
})

it('tests the trunk and says what came of it', async () => {
	open(true)
	await waitFor(() => screen.getByText('Ask whether it answers'))
	fireEvent.click(screen.getByText('Ask whether it answers'))
	await waitFor(() => screen.getByText(/No answer at all/))
	fireEvent.change(screen.getByLabelText('Number to call'), { target: { value: ' +44123 ' } })
	fireEvent.click(screen.getByText('Test call'))
	await waitFor(() => expect(posted).toEqual([{ kind: 'options' }, { kind: 'call', number: '+44123' }]))
})
