/**
 * The telephone in the browser. It owns the microphone, one peer connection per offer and the audio element; it knows
 * nothing of React and nothing of who calls. Everything of the browser it touches arrives in PhoneParts.
 *
 * Invariants: at most one call has sound; a peer connection belongs to one interaction and is closed when that contact
 * leaves; the microphone is asked for only in a person's click or when the browser already allows it.
 */
import type { Call, Offer } from '../shared/protocol'
import { type Counters, type Quality, qualityBetween, readCounters } from './quality'
import type { Sounds } from './ring'

export type MicrophoneState = 'unknown' | 'asking' | 'ready' | 'denied' | 'missing' | 'busy' | 'insecure'
export type LineState = 'idle' | 'offered' | 'connecting' | 'talking' | 'failed'

export type Picture = 'none' | 'camera' | 'screen'

export interface PhoneState {
	microphone: MicrophoneState
	line: LineState
	interaction: string | null
	inputs: { id: string; label: string }[]
	outputs: { id: string; label: string }[]
	inputId: string
	outputId: string
	quality: Quality | null
	/** The browser plays nothing before a click or key on this page. */
	isPlaybackBlocked: boolean
	/** What the other side shows; null: nothing now. */
	remotePicture: MediaStream | null
	/** What is shown to the other side, and its stream for one's own eyes. */
	picture: Picture
	ownPicture: MediaStream | null
}

export interface Peer {
	setRemoteDescription: (d: { type: 'offer'; sdp: string }) => Promise<void>
	/** Of browsers that show pictures; a line without video has none of theirs. */
	getTransceivers?: () => RTCRtpTransceiver[]
	createAnswer: () => Promise<RTCSessionDescriptionInit>
	setLocalDescription: (d: RTCSessionDescriptionInit) => Promise<void>
	addTrack: (track: MediaStreamTrack, stream: MediaStream) => RTCRtpSender
	getSenders: () => RTCRtpSender[]
	getStats: () => Promise<RTCStatsReport>
	close: () => void
	readonly localDescription: RTCSessionDescription | null
	readonly iceGatheringState: RTCIceGatheringState
	readonly connectionState: RTCPeerConnectionState
	onicegatheringstatechange: ((event: Event) => void) | null
	onconnectionstatechange: ((event: Event) => void) | null
	ontrack: ((event: RTCTrackEvent) => void) | null
}

export interface PhoneParts {
	makePeer: () => Peer
	media: (Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'> & { getDisplayMedia?: MediaDevices['getDisplayMedia'] }) | undefined
	sounds: Sounds
	audio: Pick<HTMLAudioElement, 'play'> & { srcObject: MediaProvider | null; setSinkId?: (id: string) => Promise<void> }
	sendAnswer: (interaction: string, sdp: string) => Promise<void>
	/** The answer to sound offered anew for a call under way. */
	sendMedia: (interaction: string, sdp: string) => Promise<void>
	setTimer: (run: () => void, ms: number) => number
	clearTimer: (timer: number) => void
	memory: Pick<Storage, 'getItem' | 'setItem'>
}

export class PhoneError extends Error {
	readonly code: 'microphone' | 'no_offer' | 'sdp' | 'busy'
	constructor(code: PhoneError['code'], message: string) {
		super(message)
		this.name = 'PhoneError'
		this.code = code
	}
}

/** Gathering host candidates takes milliseconds; the server is ICE-lite and does not need ours, so never wait long. */
export const GATHER_MAX_MS = 400
export const QUALITY_EVERY_MS = 4000
const INPUT_KEY = 'markaz.microphone'
const OUTPUT_KEY = 'markaz.speaker'

const NO_PICTURES = { remotePicture: null, picture: 'none', ownPicture: null } as const
/** Pictures of people and screens, not films: an agent's line carries it beside the sound. */
const VIDEO_BITS_PER_S = 1_200_000

interface Line {
	interaction: string
	/** The SDP offer this connection was made for. */
	offer: string
	peer: Peer
	answer: Promise<RTCSessionDescriptionInit>
	isAnswered: boolean
	counters: Counters | null
}

/** Resolves when the peer knows its own addresses, or after GATHER_MAX_MS. */
export function gathered(peer: Peer, timers: Pick<PhoneParts, 'setTimer' | 'clearTimer'>): Promise<void> {
	if (peer.iceGatheringState === 'complete') return Promise.resolve()
	return new Promise((resolve) => {
		const timer = timers.setTimer(resolve, GATHER_MAX_MS)
		peer.onicegatheringstatechange = () => {
			if (peer.iceGatheringState !== 'complete') return
			timers.clearTimer(timer)
			resolve()
		}
	})
}

function videoOf(peer: Peer): RTCRtpTransceiver | undefined {
	return peer.getTransceivers?.().find((t) => t.receiver.track.kind === 'video')
}

async function limit(sender: RTCRtpSender): Promise<void> {
	const parameters = sender.getParameters()
	for (const encoding of parameters.encodings) encoding.maxBitrate = VIDEO_BITS_PER_S
	await sender.setParameters(parameters).catch(() => undefined)
}

function microphoneStateOf(error: unknown): MicrophoneState {
	const name = error instanceof Error ? error.name : ''
	if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
	if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing'
	return 'busy'
}

export class Phone {
	private state: PhoneState
	private readonly listeners = new Set<() => void>()
	private stream: MediaStream | null = null
	private line: Line | null = null
	private qualityTimer: number | null = null

	constructor(private readonly parts: PhoneParts) {
		this.state = {
			microphone: parts.media ? 'unknown' : 'insecure',
			line: 'idle',
			interaction: null,
			inputs: [],
			outputs: [],
			inputId: parts.memory.getItem(INPUT_KEY) ?? '',
			outputId: parts.memory.getItem(OUTPUT_KEY) ?? '',
			quality: null,
			isPlaybackBlocked: false,
			...NO_PICTURES,
		}
	}

	get = (): PhoneState => this.state

	watch = (listener: () => void): (() => void) => {
		this.listeners.add(listener)
		return () => this.listeners.delete(listener)
	}

	/** The microphone's sound for a level meter; null while there is none. */
	microphoneStream(): MediaStream | null {
		return this.stream
	}

	/** Asks for the microphone when it is not open yet. True when it is ready. */
	async openMicrophone(): Promise<boolean> {
		const { media } = this.parts
		if (!media) return false
		if (this.stream?.getAudioTracks().some((t) => t.readyState === 'live')) return true
		this.update({ microphone: 'asking' })
		try {
			this.stream = await media.getUserMedia({ audio: this.constraints() })
		} catch (error) {
			if (this.state.inputId && microphoneStateOf(error) === 'missing') return this.forgetInputAndRetry()
			this.update({ microphone: microphoneStateOf(error) })
			return false
		}
		for (const track of this.stream.getAudioTracks()) track.onended = () => this.update({ microphone: 'missing' })
		this.update({ microphone: 'ready' })
		await this.refreshDevices()
		return true
	}

	closeMicrophone(): void {
		if (this.line) return
		for (const track of this.stream?.getTracks() ?? []) track.stop()
		this.stream = null
		if (this.parts.media) this.update({ microphone: 'unknown' })
	}

	async refreshDevices(): Promise<void> {
		const all = (await this.parts.media?.enumerateDevices()) ?? []
		const of = (kind: MediaDeviceKind): { id: string; label: string }[] =>
			all.filter((d) => d.kind === kind && d.deviceId).map((d) => ({ id: d.deviceId, label: d.label }))
		this.update({ inputs: of('audioinput'), outputs: of('audiooutput') })
	}

	/** Changes the microphone, also in a call under way. */
	async chooseInput(id: string): Promise<boolean> {
		this.parts.memory.setItem(INPUT_KEY, id)
		this.update({ inputId: id })
		const old = this.stream
		this.stream = null
		const isOpen = await this.openMicrophone()
		const track = this.microphoneTrack()
		if (track && this.line) for (const sender of this.line.peer.getSenders()) if (sender !== videoOf(this.line.peer)?.sender) await sender.replaceTrack(track)
		for (const gone of old?.getTracks() ?? []) gone.stop()
		return isOpen
	}

	async chooseOutput(id: string): Promise<void> {
		this.parts.memory.setItem(OUTPUT_KEY, id)
		this.update({ outputId: id })
		await this.parts.audio.setSinkId?.(id)
	}

	testSound(): Promise<void> {
		return this.parts.sounds.test(this.state.outputId)
	}

	/** An offer arrived: ring and prepare the connection so that answering takes no time. */
	offered(offer: Offer): void {
		if (this.line?.interaction === offer.interaction) return
		if (this.line?.isAnswered) return
		this.drop()
		if (!offer.is_auto_answer) this.parts.sounds.ring()
		if (!offer.sdp || offer.device !== 'browser') {
			this.update({ line: 'offered', interaction: offer.interaction })
			return
		}
		const peer = this.parts.makePeer()
		const answer = this.prepare(peer, offer.sdp)
		// Looked at when the person answers; until then a failure is not "unhandled".
		answer.catch(() => undefined)
		this.line = { interaction: offer.interaction, offer: offer.sdp, peer, answer, isAnswered: false, counters: null }
		this.update({ line: 'offered', interaction: offer.interaction, quality: null })
		if (offer.is_auto_answer) {
			this.parts.sounds.beep()
			this.answer(offer.interaction).catch(() => undefined)
		}
	}

	/** Answers the prepared offer. Throws PhoneError or what sending throws; the offer stays as it was. */
	async answer(interaction: string): Promise<void> {
		const line = this.line
		if (!line || line.interaction !== interaction) throw new PhoneError('no_offer', 'nothing rings here')
		if (line.isAnswered) return
		line.isAnswered = true
		this.parts.sounds.silence()
		this.update({ line: 'connecting' })
		try {
			const sdp = await this.localAnswer(line)
			await this.parts.sendAnswer(interaction, sdp)
		} catch (error) {
			line.isAnswered = false
			if (this.line === line) this.update({ line: 'failed' })
			throw error
		}
		this.startQuality(line)
	}

	/**
	 * Sound offered anew for a call under way: this page was reloaded, or its connection broke. The old connection, if any,
	 * is replaced. Throws as answer() does; then the same offer may be tried again. The same offer heard twice is taken once.
	 */
	async renew(call: Pick<Call, 'interaction' | 'is_muted'>, sdp: string): Promise<void> {
		if (this.line?.offer === sdp && this.state.line !== 'failed') return
		this.drop()
		const peer = this.parts.makePeer()
		const answer = this.prepare(peer, sdp, call.is_muted)
		answer.catch(() => undefined)
		const line: Line = { interaction: call.interaction, offer: sdp, peer, answer, isAnswered: true, counters: null }
		this.line = line
		this.update({ line: 'connecting', interaction: call.interaction })
		try {
			await this.parts.sendMedia(call.interaction, await this.localAnswer(line))
		} catch (error) {
			if (this.line !== line) return
			this.update({ line: 'failed' })
			throw error
		}
		this.startQuality(line)
	}

	/** After a click or key: the browser lets the page be heard now. */
	async playAgain(): Promise<void> {
		if (!this.state.isPlaybackBlocked) return
		await this.play()
	}

	/** The server's word on a call; mute is also done here at once, so that nothing leaves this room. */
	called(call: Call): void {
		if (this.line?.interaction !== call.interaction) return
		const track = this.microphoneTrack()
		if (track) track.enabled = !call.is_muted
		if (call.state === 'ended') this.drop()
	}

	mute(isMuted: boolean): void {
		const track = this.microphoneTrack()
		if (track) track.enabled = !isMuted
	}

	/** The contact left this agent: offer over, call ended, or the state was told anew without it. */
	gone(interaction: string): void {
		if (this.state.interaction === interaction) this.drop()
	}

	hasCall(): boolean {
		return this.line?.isAnswered ?? false
	}

	silence(): void {
		this.parts.sounds.silence()
	}

	private async play(): Promise<void> {
		try {
			await this.parts.audio.play()
			this.update({ isPlaybackBlocked: false })
		} catch (error) {
			// Any other failure is the element being given another stream or none.
			if (error instanceof Error && error.name === 'NotAllowedError') this.update({ isPlaybackBlocked: true })
		}
	}

	private async prepare(peer: Peer, sdp: string, isMuted = false): Promise<RTCSessionDescriptionInit> {
		peer.ontrack = (event) => {
			if (event.track.kind === 'video') return this.watchPicture(peer, event.track)
			this.parts.audio.srcObject = event.streams[0] ?? new MediaStream([event.track])
			if (this.state.outputId) void this.parts.audio.setSinkId?.(this.state.outputId)
			void this.play()
		}
		peer.onconnectionstatechange = () => this.connectionChanged(peer)
		await peer.setRemoteDescription({ type: 'offer', sdp })
		if (!(await this.openMicrophone())) throw new PhoneError('microphone', 'no microphone')
		const track = this.microphoneTrack()
		if (track && this.stream) {
			track.enabled = !isMuted
			peer.addTrack(track, this.stream)
		}
		const video = videoOf(peer)
		if (video) {
			// Agreed once: camera and screen come and go later without asking anybody.
			video.direction = 'sendrecv'
		}
		return peer.createAnswer()
	}

	/** Camera or screen to the other side, or neither. False: the browser or the person said no. */
	async show(picture: Picture): Promise<boolean> {
		const { media } = this.parts
		const line = this.line
		let stream: MediaStream | null = null
		try {
			if (picture === 'camera') stream = (await media?.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } } })) ?? null
			if (picture === 'screen') stream = (await media?.getDisplayMedia?.({ video: { frameRate: { ideal: 10 } } })) ?? null
		} catch {
			return false
		}
		const track = stream?.getVideoTracks()[0] ?? null
		const sender = line && this.line === line ? videoOf(line.peer)?.sender : undefined
		if (!sender || (picture !== 'none' && !track)) {
			track?.stop()
			return false
		}
		await sender.replaceTrack(track)
		await limit(sender)
		this.stopPicture()
		if (track) track.onended = () => void this.show('none')
		this.update({ picture, ownPicture: stream })
		return true
	}

	private watchPicture(peer: Peer, track: MediaStreamTrack): void {
		const stream = new MediaStream([track])
		const tell = (): void => {
			if (this.line?.peer === peer) this.update({ remotePicture: track.muted ? null : stream })
		}
		// A picture is there from its first frame on.
		track.onmute = track.onunmute = track.onended = tell
		tell()
	}

	private stopPicture(): void {
		for (const old of this.state.ownPicture?.getTracks() ?? []) {
			old.onended = null
			old.stop()
		}
	}

	private async localAnswer(line: Line): Promise<string> {
		const answer = await line.answer
		await line.peer.setLocalDescription(answer)
		await gathered(line.peer, this.parts)
		const sdp = line.peer.localDescription?.sdp
		if (!sdp) throw new PhoneError('sdp', 'the browser made no answer')
		return sdp
	}

	private connectionChanged(peer: Peer): void {
		if (this.line?.peer !== peer) return
		if (peer.connectionState === 'connected') this.update({ line: 'talking' })
		if (peer.connectionState === 'failed') this.update({ line: 'failed' })
	}

	private startQuality(line: Line): void {
		const read = async (): Promise<void> => {
			if (this.line !== line) return
			const counters = readCounters(await line.peer.getStats())
			if (this.line !== line) return
			if (line.counters) this.update({ quality: qualityBetween(line.counters, counters) })
			line.counters = counters
			this.qualityTimer = this.parts.setTimer(() => void read(), QUALITY_EVERY_MS)
		}
		void read().catch(() => undefined)
	}

	private drop(): void {
		this.parts.sounds.silence()
		if (this.qualityTimer !== null) this.parts.clearTimer(this.qualityTimer)
		this.qualityTimer = null
		this.line?.peer.close()
		this.line = null
		this.parts.audio.srcObject = null
		this.stopPicture()
		const track = this.microphoneTrack()
		if (track) track.enabled = true
		this.update({ line: 'idle', interaction: null, quality: null, isPlaybackBlocked: false, ...NO_PICTURES })
	}

	private microphoneTrack(): MediaStreamTrack | undefined {
		return this.stream?.getAudioTracks()[0]
	}

	private constraints(): MediaTrackConstraints {
		const { inputId } = this.state
		const id = inputId ? { deviceId: { exact: inputId } } : {}
		return { ...id, echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }
	}

	/** The headset chosen last time is not plugged in today: take the browser's own choice. */
	private forgetInputAndRetry(): Promise<boolean> {
		this.parts.memory.setItem(INPUT_KEY, '')
		this.update({ inputId: '' })
		return this.openMicrophone()
	}

	private update(change: Partial<PhoneState>): void {
		this.state = { ...this.state, ...change }
		for (const listener of [...this.listeners]) listener()
	}
}
