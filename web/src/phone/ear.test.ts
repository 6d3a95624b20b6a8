import { beforeEach, expect, it, vi } from 'vitest'
import { Ear, type EarParts } from './ear'
import type { Peer } from './phone'

const OFFER = 'v=0 offer'
let peer: ReturnType<typeof makePeer>
let parts: EarParts
let ear: Ear
let microphone: MediaStreamTrack | null

function makeTrack(name: string): MediaStreamTrack {
	return { name, kind: 'audio', enabled: true, stop: vi.fn(), clone: () => makeTrack(`${name} copy`) } as unknown as MediaStreamTrack
}

const streamOf = (...tracks: MediaStreamTrack[]): MediaStream => ({ getAudioTracks: () => tracks, getTracks: () => tracks }) as unknown as MediaStream

function makePeer() {
	const sender = { track: null as MediaStreamTrack | null, replaceTrack: vi.fn((track: MediaStreamTrack) => Promise.resolve(void (sender.track = track))) }
	const made = {
		sender,
		localDescription: null as RTCSessionDescription | null,
		iceGatheringState: 'complete' as RTCIceGatheringState,
		connectionState: 'new' as RTCPeerConnectionState,
		onicegatheringstatechange: null,
		onconnectionstatechange: null as Peer['onconnectionstatechange'],
		ontrack: null as Peer['ontrack'],
		setRemoteDescription: vi.fn(() => Promise.resolve()),
		createAnswer: () => Promise.resolve({ type: 'answer' as const, sdp: 'v=0 answer' }),
		setLocalDescription: (d: RTCSessionDescriptionInit) => Promise.resolve(void (made.localDescription = d as RTCSessionDescription)),
		addTrack: (track: MediaStreamTrack) => {
			sender.track = track
			return sender as unknown as RTCRtpSender
		},
		getSenders: () => [sender as unknown as RTCRtpSender],
		getStats: () => Promise.resolve(new Map() as unknown as RTCStatsReport),
		close: vi.fn(),
	}
	return made
}

const sent = (): string => (peer.sender.track as unknown as { name: string }).name

beforeEach(() => {
	vi.stubGlobal(
		'MediaStream',
		class {
			constructor(readonly tracks: MediaStreamTrack[]) {}
			getTracks = () => this.tracks
		},
	)
	microphone = makeTrack('microphone')
	parts = {
		makePeer: () => (peer = makePeer()) as unknown as Peer,
		audio: { play: () => Promise.resolve(), srcObject: null },
		openMicrophone: vi.fn(() => Promise.resolve(microphone && streamOf(microphone))),
		makeSilence: () => streamOf(makeTrack('silence')),
		sendAnswer: vi.fn(() => Promise.resolve()),
		outputId: () => '',
		setTimer: () => 0,
		clearTimer: () => undefined,
	}
	ear = new Ear(parts)
})

it('listening asks for no microphone and sends silence', async () => {
	await ear.open('i', OFFER, 'listen')
	expect(parts.openMicrophone).not.toHaveBeenCalled()
	expect(sent()).toBe('silence')
	expect(parts.sendAnswer).toHaveBeenCalledExactlyOnceWith('i', 'v=0 answer')
	peer.connectionState = 'connected'
	peer.onconnectionstatechange?.({} as Event)
	expect(ear.get()).toMatchObject({ interaction: 'i', line: 'on', spoken: null })
})

it('whispering sends a copy of the microphone, and listening again takes it back', async () => {
	await ear.open('i', OFFER, 'listen')
	await ear.setMode('whisper')
	expect(sent()).toBe('microphone copy')
	const copy = peer.sender.track
	await ear.setMode('barge')
	expect(peer.sender.replaceTrack).toHaveBeenCalledOnce()
	await ear.setMode('listen')
	expect(sent()).toBe('silence')
	expect(copy?.stop).toHaveBeenCalled()
	expect(microphone?.stop).not.toHaveBeenCalled()
	expect(ear.get().spoken).toBeNull()
})

it('without a microphone nobody can whisper, but hearing goes on', async () => {
	microphone = null
	expect(await ear.prepare('whisper')).toBe(false)
	expect(await ear.prepare('listen')).toBe(true)
	await ear.open('i', OFFER, 'barge')
	expect(sent()).toBe('silence')
})

it('hears one call at a time and leaves nothing open', async () => {
	await ear.open('i', OFFER, 'whisper')
	const first = peer
	const voice = first.sender.track
	await ear.open('j', OFFER, 'listen')
	expect(first.close).toHaveBeenCalled()
	expect(voice?.stop).toHaveBeenCalled()
	ear.close()
	expect(peer.close).toHaveBeenCalled()
	expect(peer.sender.track?.stop).toHaveBeenCalled()
	expect(ear.get()).toMatchObject({ interaction: null, line: 'idle', heard: null })
})

it('tells when it cannot be heard, and plays after a click', async () => {
	parts.audio.play = () => Promise.reject(Object.assign(new Error(), { name: 'NotAllowedError' }))
	await ear.open('i', OFFER, 'listen')
	peer.ontrack?.({ streams: [streamOf()] } as unknown as RTCTrackEvent)
	await vi.waitFor(() => expect(ear.get().isPlaybackBlocked).toBe(true))
	parts.audio.play = () => Promise.resolve()
	await ear.playAgain()
	expect(ear.get().isPlaybackBlocked).toBe(false)
})

it('says so when the sound cannot be set up', async () => {
	parts.sendAnswer = () => Promise.reject(new Error('refused'))
	await expect(ear.open('i', OFFER, 'listen')).rejects.toThrow('refused')
	expect(ear.get().line).toBe('failed')
})
