// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core'
import { act, cleanup, render } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Call } from '../../../shared/protocol'

const asked: [string, object][] = []
const complaints: string[] = []
vi.mock('../../../shared/connection', () => ({ ask: (name: string, fields: object) => (asked.push([name, fields]), Promise.resolve({ ok: true })) }))
vi.mock('../../../shared/problems', () => ({ useComplain: () => (error: { code: string }) => complaints.push(error.code) }))
vi.mock('../../../phone/station', () => ({ getPhone: () => ({ mute: () => undefined }) }))
// Their files never come: a slow line, or a machine with much to do.
vi.mock('../CallCard/CallCard', () => new Promise(() => undefined))
vi.mock('../Transfer/Transfer', () => new Promise(() => undefined))

const { CallInHand } = await import('./CallInHand')
const { useNotYet } = await import('./useCallActions')

const call = { interaction: '7', state: 'connected', is_muted: false, talking_to: 'customer', parties: [] } as unknown as Call

function Ringing({ isRinging }: { isRinging: boolean }) {
	useNotYet(isRinging)
	return null
}

beforeEach(() => {
	asked.length = complaints.length = 0
	window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia
})
afterEach(cleanup)

async function press(key: string): Promise<void> {
	await act(async () => void window.dispatchEvent(new KeyboardEvent('keydown', { key })))
}

async function show(shown: Call): Promise<void> {
	await act(
		async () =>
			void render(
				<MantineProvider>
					<CallInHand call={shown} />
				</MantineProvider>,
			),
	)
}

it('obeys the keys of a call before its card is there', async () => {
	await show(call)
	for (const key of ['F8', 'F9', 'F4']) await press(key)
	expect(asked).toEqual([
		['call.hold', { interaction: '7' }],
		['call.mute', { interaction: '7', on: true }],
		['call.hang_up', { interaction: '7' }],
	])
	expect(complaints).toEqual([])
})

it('says why a key is not obeyed', async () => {
	await show({ ...call, state: 'connecting' })
	for (const key of ['F8', 'F9', 'F10']) await press(key)
	expect(asked).toEqual([])
	expect(complaints).toEqual(['not_connected', 'not_connected', 'not_connected'])
})

it('says so too while it only rings, and is silent when nothing does', async () => {
	const { rerender } = render(<Ringing isRinging />)
	await press('F8')
	expect(complaints).toEqual(['not_connected'])
	rerender(<Ringing isRinging={false} />)
	await press('F8')
	expect(complaints).toEqual(['not_connected'])
})
