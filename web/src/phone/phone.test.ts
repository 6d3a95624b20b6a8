import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Call, Offer } from '../shared/protocol'
import { GATHER_MAX_MS, type Peer, Phone, type PhoneParts } from './phone'
import { gradeOf, qualityBetween } from './quality'
import { PhoneTab, type TabRole } from './tab'

const facts = { segment: 's', customer: { number: '+1', name: null, id: null, is_vip: false, notes: null }, number: '100', queue: null, chosen: [], history: [] }
const offer = (change: Partial<Offer> = {}): Offer => ({ ...facts, interaction: 'i1', deadline_at: 0, device: 'browser', sdp: 'v=0 offer', wait_ms: 0, is_auto_answer: false, ...change })
const call = (change: Partial<Call> = {}): Call => ({ ...facts, interaction: 'i1', state: 'connected', is_muted: false, is_recording: true, connected_at: 0, held_at: null, reason: null, ...change })

function makeTrack() {
	return { kind: 'audio', readyState: 'live', enabled: true, stop: vi.fn(), onended: null } as unknown as MediaStreamTrack
}

class FakePeer implements Peer {
	isClosed = false
	tracks: MediaStreamTrack[] = []
	localDescription: RTCSessionDescription | null = null
	iceGatheringState: RTCIceGatheringState = 'complete'
	connectionState: RTCPeerConnectionState = 'new'
	onicegatheringstatechange: Peer['onicegatheringstatechange'] = null
	onconnectionstatechange: Peer['onconnectionstatechange'] = null
	ontrack: Peer['ontrack'] = null
	setRemoteDescription = vi.fn(() => Promise.resolve())
	createAnswer = vi.fn(() => Promise.resolve({ type: 'answer' as const, sdp: 'v=0 answer' }))
	setLocalDescription = vi.fn((d: RTCSessionDescriptionInit) => {
		this.localDescription = d as RTCSessionDescription
		return Promise.resolve()
	})
	addTrack(track: MediaStreamTrack): RTCRtpSender {
		this.tracks.push(track)
		return {} as RTCRtpSender
	}
	getSenders = () => []
	getStats = () => Promise.resolve(new Map() as unknown as RTCStatsReport)
	close(): void {
		this.isClosed = true
	}
	become(state: RTCPeerConnectionState): void {
		this.connectionState = state
		this.onconnectionstatechange?.({} as Event)
	}
}

let peers: FakePeer[]
let track: MediaStreamTrack
let parts: PhoneParts
let phone: Phone
const peer = (): FakePeer => peers.at(-1) as FakePeer
const refused = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }))

beforeEach(() => {
	vi.useFakeTimers()
	peers = []
	track = makeTrack()
	const stream = { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream
	parts = {
		makePeer: () => {
			peers.push(new FakePeer())
			return peer()
		},
		media: { getUserMedia: vi.fn(() => Promise.resolve(stream)), enumerateDevices: () => Promise.resolve([]) },
		sounds: { unlock: vi.fn(), ring: vi.fn(), silence: vi.fn(), beep: vi.fn(), test: vi.fn() },
		audio: { play: () => Promise.resolve(), srcObject: null },
		sendAnswer: vi.fn(() => Promise.resolve()),
		sendMedia: vi.fn(() => Promise.resolve()),
		setTimer: (run, ms) => setTimeout(run, ms) as unknown as number,
		clearTimer: (timer) => clearTimeout(timer),
		memory: { getItem: () => null, setItem: () => undefined },
	}
	phone = new Phone(parts)
	return () => vi.useRealTimers()
})

describe('microphone', () => {
	it('asks for echo cancellation and is ready', async () => {
		expect(await phone.openMicrophone()).toBe(true)
		expect(parts.media?.getUserMedia).toHaveBeenCalledWith({ audio: expect.objectContaining({ echoCancellation: true, noiseSuppression: true }) })
		expect(phone.get().microphone).toBe('ready')
		await phone.openMicrophone()
		expect(parts.media?.getUserMedia).toHaveBeenCalledOnce()
	})
	it.each([
		['NotAllowedError', 'denied'],
		['NotFoundError', 'missing'],
		['NotReadableError', 'busy'],
	] as const)('tells %s as %s', async (name, state) => {
		vi.mocked(parts.media!.getUserMedia).mockImplementation(refused(name))
		expect(await phone.openMicrophone()).toBe(false)
		expect(phone.get().microphone).toBe(state)
	})
	it('says so when the page is not secure', async () => {
		const plain = new Phone({ ...parts, media: undefined })
		expect(await plain.openMicrophone()).toBe(false)
		expect(plain.get().microphone).toBe('insecure')
	})
})

describe('a call', () => {
	it('is prepared while it rings and answered with the answer', async () => {
		phone.offered(offer())
		expect(parts.sounds.ring).toHaveBeenCalledOnce()
		expect(phone.get().line).toBe('offered')
		await phone.answer('i1')
		expect(peer().setRemoteDescription).toHaveBeenCalledWith({ type: 'offer', sdp: 'v=0 offer' })
		expect(peer().tracks).toEqual([track])
		expect(parts.sendAnswer).toHaveBeenCalledExactlyOnceWith('i1', 'v=0 answer')
		expect(parts.sounds.silence).toHaveBeenCalled()
		peer().become('connected')
		expect(phone.get().line).toBe('talking')
	})
	it('does not wait for slow candidates', async () => {
		phone.offered(offer())
		peer().iceGatheringState = 'gathering'
		const answered = phone.answer('i1')
		await vi.advanceTimersByTimeAsync(GATHER_MAX_MS)
		await answered
		expect(parts.sendAnswer).toHaveBeenCalledOnce()
	})
	it('answers once, however often asked', async () => {
		phone.offered(offer())
		await Promise.all([phone.answer('i1'), phone.answer('i1')])
		expect(parts.sendAnswer).toHaveBeenCalledOnce()
	})
	it('refuses to answer what does not ring', async () => {
		await expect(phone.answer('other')).rejects.toMatchObject({ code: 'no_offer' })
	})
	it('can be tried again when sending failed', async () => {
		vi.mocked(parts.sendAnswer).mockRejectedValueOnce(new Error('offline'))
		phone.offered(offer())
		await expect(phone.answer('i1')).rejects.toThrow('offline')
		expect(phone.get().line).toBe('failed')
		await phone.answer('i1')
		expect(parts.sendAnswer).toHaveBeenCalledTimes(2)
	})
	it('names the microphone when it is refused', async () => {
		vi.mocked(parts.media!.getUserMedia).mockImplementation(refused('NotAllowedError'))
		phone.offered(offer())
		await expect(phone.answer('i1')).rejects.toMatchObject({ code: 'microphone' })
		expect(parts.sendAnswer).not.toHaveBeenCalled()
	})
	it('beeps and answers by itself when told to', async () => {
		phone.offered(offer({ is_auto_answer: true }))
		await vi.runOnlyPendingTimersAsync()
		expect(parts.sounds.ring).not.toHaveBeenCalled()
		expect(parts.sounds.beep).toHaveBeenCalledOnce()
		expect(parts.sendAnswer).toHaveBeenCalledOnce()
	})
	it('mutes here at once and follows the server', async () => {
		phone.offered(offer())
		await phone.answer('i1')
		phone.mute(true)
		expect(track.enabled).toBe(false)
		phone.called(call({ is_muted: false }))
		expect(track.enabled).toBe(true)
	})
	it('closes the connection and opens the microphone again at the end', async () => {
		phone.offered(offer())
		await phone.answer('i1')
		phone.called(call({ is_muted: true }))
		phone.called(call({ state: 'ended' }))
		expect(peer().isClosed).toBe(true)
		expect(track.enabled).toBe(true)
		expect(phone.get()).toMatchObject({ line: 'idle', interaction: null })
	})
	it('stops ringing when the contact is gone', () => {
		phone.offered(offer())
		phone.gone('another')
		expect(peer().isClosed).toBe(false)
		phone.gone('i1')
		expect(peer().isClosed).toBe(true)
	})
	it('is not disturbed by a second offer', async () => {
		phone.offered(offer())
		await phone.answer('i1')
		phone.offered(offer({ interaction: 'i2' }))
		expect(phone.get().interaction).toBe('i1')
		expect(peers).toHaveLength(1)
	})
	it('rings without a connection for other devices', () => {
		phone.offered(offer({ device: 'phone', sdp: null }))
		expect(peers).toHaveLength(0)
		expect(parts.sounds.ring).toHaveBeenCalledOnce()
	})
})

describe('sound offered anew', () => {
	it('is taken without ringing or asking, muted as the call is', async () => {
		await phone.renew({ interaction: 'i1', is_muted: true }, 'v=0 again')
		expect(peer().setRemoteDescription).toHaveBeenCalledWith({ type: 'offer', sdp: 'v=0 again' })
		expect(parts.sounds.ring).not.toHaveBeenCalled()
		expect(parts.sendMedia).toHaveBeenCalledExactlyOnceWith('i1', 'v=0 answer')
		expect(parts.sendAnswer).not.toHaveBeenCalled()
		expect(track.enabled).toBe(false)
		expect(phone.hasCall()).toBe(true)
		peer().become('connected')
		expect(phone.get()).toMatchObject({ line: 'talking', interaction: 'i1' })
	})
	it('replaces the connection there was', async () => {
		phone.offered(offer())
		await phone.answer('i1')
		const first = peer()
		await phone.renew(call(), 'v=0 again')
		expect(first.isClosed).toBe(true)
		expect(peers).toHaveLength(2)
		first.become('failed')
		expect(phone.get().line).toBe('connecting')
	})
	it('is taken once, however often it is heard of', async () => {
		await Promise.all([phone.renew(call(), 'v=0 again'), phone.renew(call(), 'v=0 again')])
		expect(peers).toHaveLength(1)
		expect(parts.sendMedia).toHaveBeenCalledOnce()
	})
	it('may be tried again after a failure', async () => {
		vi.mocked(parts.media!.getUserMedia).mockImplementationOnce(refused('NotAllowedError'))
		await expect(phone.renew(call(), 'v=0 again')).rejects.toMatchObject({ code: 'microphone' })
		expect(phone.get().line).toBe('failed')
		await phone.renew(call(), 'v=0 again')
		expect(parts.sendMedia).toHaveBeenCalledOnce()
	})
	it('gives way silently to a newer offer', async () => {
		vi.mocked(parts.sendMedia).mockRejectedValueOnce(new Error('not_ringing'))
		const older = phone.renew(call(), 'v=0 first')
		await Promise.all([older, phone.renew(call(), 'v=0 second')])
		expect(peers[0]?.isClosed).toBe(true)
		expect(phone.get().line).toBe('connecting')
	})
	it('says when the browser wants a click first, and is heard after it', async () => {
		const play = vi.fn(refused('NotAllowedError'))
		const silent = new Phone({ ...parts, audio: { play, srcObject: null } })
		await silent.renew(call(), 'v=0 again')
		peer().ontrack?.({ track: { kind: 'audio' }, streams: [{}] } as unknown as RTCTrackEvent)
		await vi.advanceTimersByTimeAsync(1)
		expect(silent.get().isPlaybackBlocked).toBe(true)
		play.mockImplementation(() => Promise.resolve() as Promise<never>)
		await silent.playAgain()
		expect(silent.get().isPlaybackBlocked).toBe(false)
	})
})

describe('quality', () => {
	it('grades loss, jitter and delay', () => {
		expect(gradeOf(0, 5, 40)).toBe('good')
		expect(gradeOf(0.02, 5, 40)).toBe('fair')
		expect(gradeOf(0, 80, 40)).toBe('poor')
		expect(gradeOf(0, 5, 500)).toBe('poor')
	})
	it('counts between two readings; silence is the worst', () => {
		const at = (received: number, lost: number) => ({ received, lost, jitterMs: 1, roundTripMs: 10 })
		expect(qualityBetween(at(100, 0), at(300, 0)).grade).toBe('good')
		expect(qualityBetween(at(100, 0), at(290, 10)).lossShare).toBeCloseTo(0.05)
		expect(qualityBetween(at(100, 0), at(100, 0)).grade).toBe('poor')
	})
})

describe('one tab is the phone', () => {
	/** Locks as browsers give them: one holder, the others wait in line. */
	function makeBrowser() {
		let isHeld = false
		const line: (() => void)[] = []
		const channels: { onmessage: ((event: MessageEvent) => void) | null }[] = []
		const request = async (_name: string, options: LockOptions, run: (lock: Lock | null) => unknown): Promise<unknown> => {
			if (isHeld && options.ifAvailable) return run(null)
			if (isHeld) await new Promise<void>((resolve) => line.push(resolve))
			isHeld = true
			const result = await run({} as Lock)
			isHeld = false
			line.shift()?.()
			return result
		}
		const timers = { setTimer: (run: () => void, ms: number) => setTimeout(run, ms) as unknown as number, clearTimer: (timer: number) => clearTimeout(timer) }
		const open = (mayGive: () => boolean, onAnswer: (i: string) => Promise<void> = () => Promise.resolve()) => {
			const roles: TabRole[] = []
			const channel = {
				onmessage: null as ((event: MessageEvent) => void) | null,
				close: () => undefined,
				postMessage: (data: unknown) => channels.filter((c) => c !== channel).forEach((c) => c.onmessage?.({ data } as MessageEvent)),
			}
			channels.push(channel)
			const tab = new PhoneTab('p', { locks: { request } as unknown as LockManager, channel, ...timers }, (role) => roles.push(role), mayGive, onAnswer)
			tab.start()
			return { tab, roles }
		}
		return { open }
	}
	const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(1).then(() => undefined)

	it('the first; another takes over when that one closes', async () => {
		const browser = makeBrowser()
		const first = browser.open(() => true)
		const second = browser.open(() => true)
		await settle()
		expect([first.tab.getRole(), second.tab.getRole()]).toEqual(['mine', 'elsewhere'])
		first.tab.close()
		await settle()
		expect(second.tab.getRole()).toBe('mine')
	})
	it('gives way when asked, but never in a call', async () => {
		const browser = makeBrowser()
		let isBusy = true
		const first = browser.open(() => !isBusy)
		const second = browser.open(() => true)
		await settle()
		second.tab.take()
		await settle()
		expect(second.tab.getRole()).toBe('elsewhere')
		isBusy = false
		second.tab.take()
		await settle()
		expect([first.tab.getRole(), second.tab.getRole()]).toEqual(['elsewhere', 'mine'])
	})
	it('answers for the others', async () => {
		const browser = makeBrowser()
		const answered = vi.fn(() => Promise.resolve())
		browser.open(() => true, answered)
		const second = browser.open(() => true)
		await settle()
		await second.tab.askAnswer('i7')
		expect(answered).toHaveBeenCalledExactlyOnceWith('i7')
	})
})

describe('pictures', () => {
	const picture = () => ({ kind: 'video', stop: vi.fn(), onended: null }) as unknown as MediaStreamTrack
	const sender = { replaceTrack: vi.fn(() => Promise.resolve()), getParameters: () => ({ encodings: [{}] }), setParameters: () => Promise.resolve() }
	const withVideo = (p: FakePeer): void => {
		Object.assign(p, { getTransceivers: () => [{ direction: 'recvonly', sender, receiver: { track: { kind: 'video' } } }] })
	}
	const prepared = async (): Promise<void> => {
		vi.stubGlobal('MediaStream', class { constructor(readonly tracks: MediaStreamTrack[]) {} })
		const make = parts.makePeer
		parts.makePeer = () => {
			const made = make() as FakePeer
			withVideo(made)
			return made
		}
		phone.offered(offer())
		await phone.answer('i1')
	}
	it('of the other side are seen while there are frames, and never heard', async () => {
		await prepared()
		const sound = parts.audio.srcObject
		const theirs = { kind: 'video', muted: true } as unknown as MediaStreamTrack
		peer().ontrack?.({ track: theirs, streams: [] } as unknown as RTCTrackEvent)
		expect(phone.get().remotePicture).toBeNull()
		Object.assign(theirs, { muted: false })
		theirs.onunmute?.({} as Event)
		expect(phone.get().remotePicture).not.toBeNull()
		expect(parts.audio.srcObject).toBe(sound)
	})
	it('of ours go in one another, and end with the call', async () => {
		await prepared()
		const camera = picture()
		parts.media!.getUserMedia = () => Promise.resolve({ getVideoTracks: () => [camera], getTracks: () => [camera] } as unknown as MediaStream)
		expect(await phone.show('camera')).toBe(true)
		expect(sender.replaceTrack).toHaveBeenLastCalledWith(camera)
		expect(phone.get().picture).toBe('camera')
		const screen = picture()
		parts.media!.getDisplayMedia = () => Promise.resolve({ getVideoTracks: () => [screen], getTracks: () => [screen] } as unknown as MediaStream)
		expect(await phone.show('screen')).toBe(true)
		expect(camera.stop).toHaveBeenCalled()
		phone.gone('i1')
		expect(screen.stop).toHaveBeenCalled()
		expect(phone.get()).toMatchObject({ picture: 'none', ownPicture: null, remotePicture: null })
	})
	it('refused, or on a line without, change nothing', async () => {
		await prepared()
		parts.media!.getUserMedia = refused('NotAllowedError')
		expect(await phone.show('camera')).toBe(false)
		phone.gone('i1')
		expect(await phone.show('none')).toBe(false)
	})
})
