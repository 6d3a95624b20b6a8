/**
 * A supervisor's own connection into a colleague's call, beside the telephone. It knows nothing of React.
 *
 * Invariants: at most one call is heard; while only listening the microphone is neither asked for nor sent (silence is), so
 * that nothing said in this room can reach the call; the microphone's track is a copy, so the telephone's mute stays its own.
 */
import type { SupervisionMode } from '../shared/protocol'
import { gathered, type Peer, PhoneError, type PhoneParts } from './phone'

export type EarLine = 'idle' | 'connecting' | 'on' | 'failed'

export interface EarState {
	interaction: string | null
	line: EarLine
	isPlaybackBlocked: boolean
	/** What is heard, for a meter. */
	heard: MediaStream | null
	/** The microphone while it is sent. */
	spoken: MediaStream | null
}

export interface EarParts extends Pick<PhoneParts, 'makePeer' | 'audio' | 'setTimer' | 'clearTimer'> {
	/** The microphone's stream; null when the person or the browser refuses. */
	openMicrophone: () => Promise<MediaStream | null>
	/** A stream that carries silence. */
	makeSilence: () => MediaStream
	sendAnswer: (interaction: string, sdp: string) => Promise<void>
	outputId: () => string
}

const QUIET: EarState = { interaction: null, line: 'idle', isPlaybackBlocked: false, heard: null, spoken: null }

export function speaks(mode: SupervisionMode): boolean {
	return mode !== 'listen'
}

export class Ear {
	private state = QUIET
	private readonly listeners = new Set<() => void>()
	private peer: Peer | null = null
	private silence: MediaStream | null = null
	private voice: MediaStreamTrack | null = null

	constructor(private readonly parts: EarParts) {}

	get = (): EarState => this.state

	watch = (listener: () => void): (() => void) => {
		this.listeners.add(listener)
		return () => this.listeners.delete(listener)
	}

	/** Takes up the sound offered for a call; what was heard before is let go. Throws what the browser or sending throws. */
	async open(interaction: string, sdp: string, mode: SupervisionMode): Promise<void> {
		this.close()
		const peer = this.parts.makePeer()
		this.peer = peer
		this.update({ interaction, line: 'connecting' })
		try {
			await this.connect(peer, interaction, sdp, mode)
		} catch (error) {
			if (this.peer === peer) this.update({ line: 'failed' })
			throw error
		}
	}

	/** Before whispering or barging in: the microphone. False when there is none; then nothing changed. */
	async prepare(mode: SupervisionMode): Promise<boolean> {
		return !speaks(mode) || (await this.parts.openMicrophone()) !== null
	}

	/** The mode the server says is on: what is sent follows it. */
	async setMode(mode: SupervisionMode): Promise<void> {
		const peer = this.peer
		if (!peer || speaks(mode) === (this.voice !== null)) return
		const track = await this.trackFor(mode)
		if (this.peer !== peer) return
		for (const sender of peer.getSenders()) await sender.replaceTrack(track)
	}

	/** After a click: the browser lets the page be heard now. */
	async playAgain(): Promise<void> {
		try {
			await this.parts.audio.play()
			this.update({ isPlaybackBlocked: false })
		} catch (error) {
			if (error instanceof Error && error.name === 'NotAllowedError') this.update({ isPlaybackBlocked: true })
		}
	}

	close(): void {
		this.peer?.close()
		this.peer = null
		this.hush()
		for (const track of this.silence?.getTracks() ?? []) track.stop()
		this.silence = null
		this.parts.audio.srcObject = null
		this.update(QUIET)
	}

	private async connect(peer: Peer, interaction: string, sdp: string, mode: SupervisionMode): Promise<void> {
		peer.ontrack = (event) => {
			if (this.peer !== peer) return
			const heard = event.streams[0] ?? new MediaStream([event.track])
			this.parts.audio.srcObject = heard
			const sink = this.parts.outputId()
			if (sink) void this.parts.audio.setSinkId?.(sink)
			this.update({ heard })
			void this.playAgain()
		}
		peer.onconnectionstatechange = () => {
			if (this.peer !== peer) return
			if (peer.connectionState === 'connected') this.update({ line: 'on' })
			if (peer.connectionState === 'failed') this.update({ line: 'failed' })
		}
		await peer.setRemoteDescription({ type: 'offer', sdp })
		const track = await this.trackFor(mode)
		if (this.peer !== peer) return
		peer.addTrack(track, this.silence ?? new MediaStream([track]))
		await peer.setLocalDescription(await peer.createAnswer())
		await gathered(peer, this.parts)
		const answer = peer.localDescription?.sdp
		if (!answer) throw new PhoneError('sdp', 'the browser made no answer')
		if (this.peer === peer) await this.parts.sendAnswer(interaction, answer)
	}

	/** The microphone's copy, or silence. Without a microphone silence, too: to be heard is then not possible. */
	private async trackFor(mode: SupervisionMode): Promise<MediaStreamTrack> {
		this.hush()
		const microphone = speaks(mode) ? (await this.parts.openMicrophone())?.getAudioTracks()[0] : undefined
		if (microphone) {
			this.voice = microphone.clone()
			this.voice.enabled = true
			this.update({ spoken: new MediaStream([this.voice]) })
			return this.voice
		}
		this.silence ??= this.parts.makeSilence()
		const quiet = this.silence.getAudioTracks()[0]
		if (!quiet) throw new PhoneError('microphone', 'the browser makes no silence')
		return quiet
	}

	private hush(): void {
		this.voice?.stop()
		this.voice = null
		this.update({ spoken: null })
	}

	private update(change: Partial<EarState>): void {
		this.state = { ...this.state, ...change }
		for (const listener of [...this.listeners]) listener()
	}
}
