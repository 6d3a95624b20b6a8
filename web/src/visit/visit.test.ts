import { beforeEach, describe, expect, test, vi } from 'vitest'
import { languageOf } from './texts'
import { RESUME_MS, Visit, type VisitSocket } from './visit'

class FakeSocket implements VisitSocket {
	sent: Record<string, unknown>[] = []
	isClosed = false
	onopen: (() => void) | null = null
	onmessage: ((event: { data: unknown }) => void) | null = null
	onclose: (() => void) | null = null
	send = (text: string): void => { this.sent.push(JSON.parse(text) as Record<string, unknown>) }
	close = (): void => { this.isClosed = true; this.onclose?.() }
	push = (push: unknown): void => this.onmessage?.({ data: JSON.stringify(push) })
	reply = (more: Record<string, unknown>): void => this.push({ re: this.sent.at(-1)?.id, ...more })
}

const track = (kind: string) => ({ kind, enabled: true, muted: false, stop: vi.fn(), onended: null, onmute: null, onunmute: null })
const stream = (kind: string) => {
	const one = track(kind)
	return { getTracks: () => [one], getAudioTracks: () => (kind === 'audio' ? [one] : []), getVideoTracks: () => (kind === 'video' ? [one] : []) }
}

let sockets: FakeSocket[], timers: (() => void)[], clock: number, direction: string | null, peer: Record<string, unknown>, replaced: unknown[]

function make(media: unknown = { getUserMedia: (wish: { video?: unknown }) => Promise.resolve(stream(wish.video ? 'video' : 'audio')) }): Visit {
	return new Visit({
		open: () => { const s = new FakeSocket(); sockets.push(s); return s },
		makePeer: () => peer as unknown as RTCPeerConnection,
		media: media as MediaDevices,
		now: () => clock,
		setTimer: (run) => timers.push(run),
		clearTimer: () => undefined,
	}, 'support')
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const last = (): FakeSocket => sockets.at(-1) as FakeSocket

async function begin(visit: Visit, hasVideo = false): Promise<void> {
	void visit.start('Sara', 'fa')
	await settle()
	last().push({ on: 'visit_line', name: 'Support', has_video: hasVideo })
	await settle()
	last().reply({ ok: true, token: 'secret', sdp: 'answer' })
	await settle()
}

beforeEach(() => {
	sockets = []
	timers = []
	clock = 0
	direction = 'sendrecv'
	replaced = []
	peer = {
		iceGatheringState: 'complete', connectionState: 'new', localDescription: { sdp: 'offer' },
		addTrack: vi.fn(), addTransceiver: vi.fn(() => ({ currentDirection: direction, sender: { replaceTrack: (t: unknown) => { replaced.push(t); return Promise.resolve() } } })),
		createOffer: () => Promise.resolve({}), setLocalDescription: () => Promise.resolve(), setRemoteDescription: vi.fn(() => Promise.resolve()), close: vi.fn(),
	}
})

describe('a visit', () => {
	test('goes from the click to the end', async () => {
		const visit = make()
		await begin(visit)
		expect(last().sent[0]).toMatchObject({ do: 'visit.start', name: 'Sara', language: 'fa', sdp: 'offer' })
		expect(visit.get()).toMatchObject({ state: 'waiting', line: 'Support' })
		clock = 5000
		last().push({ on: 'visit', state: 'talking', agent: 'Ali' })
		expect(visit.get()).toMatchObject({ state: 'talking', agent: 'Ali', talkingSince: 5000 })
		clock = 9000
		last().push({ on: 'visit', state: 'held', agent: 'Ali' })
		expect(visit.get()).toMatchObject({ state: 'held', talkingSince: 5000 })
		last().push({ on: 'visit', state: 'ended', reason: 'agent_hung_up' })
		expect(visit.get()).toMatchObject({ state: 'ended', end: 'finished' })
		expect(peer.close).toHaveBeenCalled()
		expect(last().isClosed).toBe(true)
	})

	test('says what is wrong before it begins', async () => {
		const denied = make({ getUserMedia: () => Promise.reject(Object.assign(new Error('no'), { name: 'NotAllowedError' })) })
		await denied.start('', 'en')
		expect(denied.get().end).toBe('denied')
		const missing = make({ getUserMedia: () => Promise.reject(Object.assign(new Error('no'), { name: 'NotFoundError' })) })
		await missing.start('', 'en')
		expect(missing.get().end).toBe('no_microphone')
		const unreachable = make()
		void unreachable.start('', 'en')
		await settle()
		last().onclose?.()
		expect(unreachable.get()).toMatchObject({ state: 'ended', end: 'unreachable' })
		const refused = make()
		void refused.start('', 'en')
		await settle()
		last().push({ on: 'visit_line', name: 'x', has_video: false })
		await settle()
		last().reply({ ok: false, error: { code: 'busy' } })
		await settle()
		expect(refused.get()).toMatchObject({ state: 'ended', end: 'busy' })
	})

	test('lives through a lost socket, for a while', async () => {
		const visit = make()
		await begin(visit)
		last().onclose?.()
		expect(visit.get()).toMatchObject({ state: 'waiting', isReconnecting: true })
		timers.at(-1)?.()
		last().push({ on: 'visit_line', name: 'Support', has_video: false })
		await settle()
		expect(last().sent.at(-1)).toMatchObject({ do: 'visit.resume', token: 'secret' })
		last().reply({ ok: true })
		await settle()
		expect(visit.get()).toMatchObject({ state: 'waiting', isReconnecting: false })
		last().onclose?.()
		clock = RESUME_MS + 1
		timers.at(-1)?.()
		last().onclose?.()
		expect(visit.get()).toMatchObject({ state: 'ended', end: 'lost' })
	})

	test('shows camera and screen without asking the server', async () => {
		const visit = make({
			getUserMedia: (wish: { video?: unknown }) => Promise.resolve(stream(wish.video ? 'video' : 'audio')),
			getDisplayMedia: () => Promise.reject(new Error('the person said no')),
		})
		await begin(visit, true)
		const asked = last().sent.length
		expect(await visit.show('camera')).toBe(true)
		expect(visit.get().picture).toBe('camera')
		expect(await visit.show('screen')).toBe(false)
		expect(visit.get().picture).toBe('camera')
		expect(await visit.show('none')).toBe(true)
		expect(replaced).toHaveLength(2)
		expect(last().sent.length).toBe(asked)
	})

	test('shows nothing where the other side takes no pictures', async () => {
		direction = null
		const visit = make()
		await begin(visit, true)
		expect(visit.get().hasVideo).toBe(false)
		expect(await visit.show('camera')).toBe(false)
	})

	test('nonsense from the server is ignored', async () => {
		const visit = make()
		await begin(visit)
		last().onmessage?.({ data: '{' })
		last().onmessage?.({ data: 7 })
		last().push({ on: 'visit', state: 'dancing' })
		expect(visit.get().state).toBe('waiting')
	})
})

test('the language is the first one we speak', () => {
	expect(languageOf(['de-DE', 'zh-CN', 'en'])).toBe('zh-Hant')
	expect(languageOf(['fa-IR'])).toBe('fa')
	expect(languageOf(['de'])).toBe('en')
	expect(languageOf([])).toBe('en')
})
