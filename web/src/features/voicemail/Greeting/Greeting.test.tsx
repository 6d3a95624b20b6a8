// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { en } from '../../../shared/i18n/en'
import { fa } from '../../../shared/i18n/fa'
import { type Locale, makeLocale } from '../../../shared/i18n/locale'
import { TakeError, type Taking } from './take'
import { encodeWav, RATE_HZ } from './wav'

const shown = vi.hoisted(() => ({ locale: null as Locale | null, calls: [] as unknown[], start: null as unknown as () => Promise<Taking> }))
vi.mock('../../../shared/i18n/locale', async (original) => ({ ...(await original<object>()), useLocale: () => shown.locale }))
vi.mock('../../../shared/connection', () => ({ useDesk: () => ({ calls: shown.calls }) }))
vi.mock('../../../phone/station', () => ({ usePhone: () => ({ inputId: '' }) }))
vi.mock('../../../phone/level', () => ({ watchLevel: (_: unknown, tell: (level: number) => void) => (tell(40), () => undefined) }))
vi.mock('./take', async (original) => ({ ...(await original<object>()), startTaking: () => shown.start() }))

const { Greeting } = await import('./Greeting')

const wav = (ms: number): Blob => new Blob([encodeWav(new Float32Array((RATE_HZ * ms) / 1000).fill(0.3), RATE_HZ)], { type: 'audio/wav' })
const cancelled = vi.fn()
let asked: string[] = []
let version: string | null = null
let refusal = 0

beforeEach(() => {
	// jsdom's has none.
	Blob.prototype.arrayBuffer = function () {
		return new Promise((resolve) => {
			const reader = new FileReader()
			reader.onload = () => resolve(reader.result as ArrayBuffer)
			reader.readAsArrayBuffer(this)
		})
	}
	asked = []
	version = null
	refusal = 0
	cancelled.mockClear()
	shown.calls = []
	shown.start = () => Promise.resolve({ stream: {} as MediaStream, stop: () => Promise.resolve(wav(2000)), cancel: cancelled })
	shown.locale = makeLocale(en, { language: 'en', calendar: 'gregorian', digits: 'latin' }, () => undefined)
	window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia
	globalThis.ResizeObserver = class {
		observe(): void {}
		unobserve(): void {}
		disconnect(): void {}
	}
	URL.createObjectURL = () => 'blob:new'
	URL.revokeObjectURL = () => undefined
	globalThis.fetch = (_, init) => {
		const method = init?.method ?? 'GET'
		asked.push(method)
		if (method === 'HEAD') return Promise.resolve(new Response(null, version === null ? { status: 404 } : { status: 200, headers: { ETag: version } }))
		if (refusal) return Promise.resolve(new Response(JSON.stringify({ code: 'invalid', detail: 'no' }), { status: refusal }))
		version = method === 'PUT' ? '"2"' : null
		return Promise.resolve(new Response(null, { status: 204 }))
	}
})
afterEach(cleanup)

const press = (name: string): boolean => fireEvent.click(screen.getByRole('button', { name }))
const tree = () => (
	<MantineProvider>
		<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
			<Greeting />
		</QueryClientProvider>
	</MantineProvider>
)

async function pick(file: Blob): Promise<void> {
	const input = document.querySelector('input[type=file]') as HTMLInputElement
	await act(async () => void fireEvent.change(input, { target: { files: [new File([file], 'greeting.wav')] } }))
}

it('records, is heard before it is kept, and is there afterwards', async () => {
	render(tree())
	await screen.findByText(en['greeting.none'] as string)
	press('Record a greeting')
	const stop = await screen.findByRole('button', { name: 'Stop' })
	await waitFor(() => expect(document.activeElement).toBe(stop))
	expect(screen.getByRole('meter').getAttribute('aria-valuenow')).toBe('40')
	expect(screen.getByRole('status').textContent).toContain('Recording')
	fireEvent.click(stop)
	expect((await screen.findByLabelText('Your new greeting')).getAttribute('src')).toBe('blob:new')
	expect(asked).toEqual(['HEAD'])
	press('Use this greeting')
	expect((await screen.findByLabelText('Your present greeting')).getAttribute('src')).toContain('/api/v1/voicemails/greeting?v=')
	expect(asked).toEqual(['HEAD', 'PUT', 'HEAD'])
})

it('asks before one takes the place of another, and before it is removed', async () => {
	version = '"1"'
	render(tree())
	await screen.findByLabelText('Your present greeting')
	await pick(wav(1000))
	await screen.findByLabelText('Your new greeting')
	press('Use this greeting')
	await screen.findByText('Replace your greeting?')
	expect(asked).not.toContain('PUT')
	press('Replace')
	await waitFor(() => expect(asked).toContain('PUT'))
	await screen.findByLabelText('Your present greeting')
	press('Remove')
	await screen.findByText('Remove your greeting?')
	expect(asked).not.toContain('DELETE')
	fireEvent.click(screen.getAllByRole('button', { name: 'Remove' }).at(-1) as HTMLElement)
	await screen.findByText(en['greeting.none'] as string)
	expect(asked).toContain('DELETE')
})

it('refuses a file that cannot be one, and keeps what the server refused', async () => {
	render(tree())
	await screen.findByText(en['greeting.none'] as string)
	await pick(new Blob(['no sound at all']))
	expect((await screen.findByRole('alert')).textContent).toContain('no WAV file')
	refusal = 422
	await pick(wav(1000))
	await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
	await screen.findByLabelText('Your new greeting')
	press('Use this greeting')
	expect((await screen.findByRole('alert')).textContent).toContain('16 bits')
	expect(screen.getByLabelText('Your new greeting')).toBeTruthy()
	press('Discard')
	expect(screen.queryByRole('alert')).toBeNull()
})

it('says why it cannot record, in the language of the screen', async () => {
	shown.locale = makeLocale(fa, { language: 'fa', calendar: 'jalali', digits: 'persian' }, () => undefined)
	shown.start = () => Promise.reject(new TakeError('denied'))
	render(tree())
	await screen.findByText(fa['greeting.none'] as string)
	press(fa['greeting.record'] as string)
	expect((await screen.findByRole('alert')).textContent).toContain(fa['greeting.fault.denied'])
})

it('a call ends the recording and keeps it; none begins in a call; leaving lets the microphone go', async () => {
	const { rerender, unmount } = render(tree())
	await screen.findByText(en['greeting.none'] as string)
	press('Record a greeting')
	await screen.findByRole('button', { name: 'Stop' })
	shown.calls = [{}]
	rerender(tree())
	await screen.findByLabelText('Your new greeting')
	expect(screen.queryByRole('button', { name: 'Record again' })).toBeNull()
	press('Discard')
	expect((screen.getByRole('button', { name: 'Record a greeting' }) as HTMLButtonElement).disabled).toBe(true)
	shown.calls = []
	rerender(tree())
	press('Record a greeting')
	await screen.findByRole('button', { name: 'Stop' })
	unmount()
	expect(cancelled).toHaveBeenCalledTimes(1)
})
