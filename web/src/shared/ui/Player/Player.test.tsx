// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { en } from '../../i18n/en'
import { type Locale, makeLocale } from '../../i18n/locale'

const shown = vi.hoisted(() => ({ locale: null as Locale | null }))
vi.mock('../../i18n/locale', async (original) => ({ ...(await original<object>()), useLocale: () => shown.locale }))

const { Player } = await import('./Player')

const asked: string[] = []

beforeEach(() => {
	asked.length = 0
	shown.locale = makeLocale(en, { language: 'en', calendar: 'gregorian', digits: 'latin' }, () => undefined)
	window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia
	globalThis.ResizeObserver = class {
		observe(): void {}
		unobserve(): void {}
		disconnect(): void {}
	}
	vi.stubGlobal('AudioContext', class {})
	HTMLCanvasElement.prototype.getContext = () => null
	globalThis.fetch = (input) => {
		asked.push(String(input))
		return Promise.resolve(new Response(JSON.stringify({ duration_ms: 2000, channels: 1, peaks: [[1, 50, 3]] }), { status: 200, headers: { 'Content-Type': 'application/json' } }))
	}
})
afterEach(cleanup)

function play(folder?: string): HTMLElement {
	return render(
		<MantineProvider>
			<QueryClientProvider client={new QueryClient()}>
				<Player recording={{ id: 'r1', duration_ms: 2000 }} folder={folder} />
			</QueryClientProvider>
		</MantineProvider>,
	).container
}

it('draws a message for whoever may hear it, with no right to recordings', async () => {
	const page = play('/voicemails/r1')
	await waitFor(() => expect(page.querySelector('canvas')).toBeTruthy())
	expect(asked).toEqual(['/api/v1/voicemails/r1/waveform'])
	expect(page.querySelector('audio')?.getAttribute('src')).toBe('/api/v1/voicemails/r1/audio')
})

it('draws a recording from where recordings are', async () => {
	const page = play()
	await waitFor(() => expect(page.querySelector('canvas')).toBeTruthy())
	expect(asked).toEqual(['/api/v1/recordings/r1/waveform'])
})
