/**
 * A customer's call from a page: one WebSocket for the signalling, one peer connection for sound and picture. Knows
 * nothing of the page that shows it; everything of the browser it touches arrives in VisitParts.
 *
 * Invariants: a state is told once per change; after `ended` nothing is open any more; a lost socket is opened again
 * for RESUME_MS while the sound goes on, and the call lives through it.
 */

export type VisitState = 'idle' | 'asking' | 'connecting' | 'waiting' | 'talking' | 'held' | 'ended'
export type VisitEnd = 'hung_up' | 'finished' | 'unreachable' | 'no_microphone' | 'denied' | 'busy' | 'not_found' | 'lost' | 'closed'
export type Picture = 'none' | 'camera' | 'screen'

export interface VisitView {
	state: VisitState
	end: VisitEnd | null
	line: string
	hasVideo: boolean
	agent: string
	isMuted: boolean
	picture: Picture
	isRemotePicture: boolean
	isReconnecting: boolean
	talkingSince: number | null
}

export interface VisitSocket {
	send: (text: string) => void
	close: () => void
	onopen: (() => void) | null
	onmessage: ((event: { data: unknown }) => void) | null
	onclose: (() => void) | null
}

export interface VisitParts {
	open: (number: string) => VisitSocket
	makePeer: () => RTCPeerConnection
	media: Pick<MediaDevices, 'getUserMedia'> & Partial<Pick<MediaDevices, 'getDisplayMedia'>> | undefined
	now: () => number
	setTimer: (run: () => void, ms: number) => number
	clearTimer: (timer: number) => void
}

export const RESUME_MS = 20_000
const RETRY_MS = 1_000
const GATHER_MAX_MS = 400
const VIDEO_BITS_PER_S = 1_200_000

interface Push {
	re?: number
	ok?: boolean
	error?: { code: string }
	on?: string
	[key: string]: unknown
}

export class Visit {
	private view: VisitView = {
		state: 'idle', end: null, line: '', hasVideo: false, agent: '', isMuted: false, picture: 'none',
		isRemotePicture: false, isReconnecting: false, talkingSince: null,
	}
	private readonly listeners = new Set<() => void>()
	private socket: VisitSocket | null = null
	private peer: RTCPeerConnection | null = null
	private microphone: MediaStream | null = null
	private shown: MediaStream | null = null
	private video: RTCRtpTransceiver | null = null
	private token = ''
	private lostAt: number | null = null
	private timer: number | null = null
	private asked = 0
	private readonly waiting = new Map<number, (push: Push) => void>()
	/** What the page plays and shows. */
	readonly remote = { audio: null as MediaStream | null, video: null as MediaStream | null }

	constructor(private readonly parts: VisitParts, private readonly number: string) {}

	get = (): VisitView => this.view

	/** One's own picture; null while there is none. */
	ownPicture = (): MediaStream | null => this.shown

	watch = (listener: () => void): (() => void) => {
		this.listeners.add(listener)
		return () => this.listeners.delete(listener)
	}

	private set(change: Partial<VisitView>): void {
		this.view = { ...this.view, ...change }
		for (const listener of this.listeners) listener()
	}

	/** Begins the call; resolves when it is under way or has ended. */
	async start(name: string, language: string, about = ''): Promise<void> {
		if (this.view.state !== 'idle' && this.view.state !== 'ended') return
		this.set({ state: 'asking', end: null, agent: '', isMuted: false, talkingSince: null })
		try {
			if (!this.parts.media) throw new DOMException('', 'NotAllowedError')
			this.microphone = await this.parts.media.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
		} catch (error) {
			const isDenied = error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'SecurityError')
			this.finish(isDenied ? 'denied' : 'no_microphone')
			return
		}
		this.set({ state: 'connecting' })
		const line = await this.connect()
		if (!line) return
		const peer = this.preparePeer(line.hasVideo)
		await peer.setLocalDescription(await peer.createOffer())
		await this.gathered(peer)
		const reply = await this.ask('visit.start', { name, language, about, sdp: peer.localDescription?.sdp ?? '' })
		if (!reply.ok) {
			this.finish(reply.error?.code === 'not_found' ? 'not_found' : reply.error?.code === 'closed' ? 'closed' : 'busy')
			return
		}
		this.token = String(reply.token ?? '')
		await this.answered(String(reply.sdp ?? ''))
	}

	private async answered(sdp: string): Promise<void> {
		try {
			await this.peer?.setRemoteDescription({ type: 'answer', sdp })
			const hasVideo = this.video?.currentDirection === 'sendrecv' || this.video?.currentDirection === 'sendonly'
			this.set({ hasVideo, state: this.view.state === 'connecting' ? 'waiting' : this.view.state })
		} catch {
			this.finish('unreachable')
		}
	}

	private preparePeer(hasVideo: boolean): RTCPeerConnection {
		const peer = this.parts.makePeer()
		this.peer = peer
		for (const track of this.microphone?.getAudioTracks() ?? []) peer.addTrack(track, this.microphone as MediaStream)
		if (hasVideo) {
			this.video = peer.addTransceiver('video', { direction: 'sendrecv', sendEncodings: [{ maxBitrate: VIDEO_BITS_PER_S }] })
		}
		peer.ontrack = (event) => {
			const stream = new MediaStream([event.track])
			if (event.track.kind === 'audio') this.remote.audio = stream
			else {
				this.remote.video = stream
				const show = (): void => this.set({ isRemotePicture: !event.track.muted })
				event.track.onunmute = event.track.onmute = show
			}
			this.set({})
		}
		peer.onconnectionstatechange = () => {
			if (peer.connectionState === 'failed') this.hangUp('lost')
		}
		return peer
	}

	private gathered(peer: RTCPeerConnection): Promise<void> {
		return new Promise((resolve) => {
			if (peer.iceGatheringState === 'complete') return resolve()
			const timer = this.parts.setTimer(resolve, GATHER_MAX_MS)
			peer.onicegatheringstatechange = () => {
				if (peer.iceGatheringState !== 'complete') return
				this.parts.clearTimer(timer)
				resolve()
			}
		})
	}

	/** Opens the socket and waits for what the line is. Null: there is none (the view says why). */
	private connect(): Promise<{ hasVideo: boolean } | null> {
		return new Promise((resolve) => {
			const socket = this.parts.open(this.number)
			this.socket = socket
			socket.onclose = () => {
				if (this.socket === socket) this.dropped()
				resolve(null)
			}
			socket.onmessage = (event) => {
				const push = this.read(event.data)
				if (push?.on === 'visit_line') {
					this.set({ line: String(push.name ?? ''), hasVideo: push.has_video === true })
					resolve({ hasVideo: push.has_video === true })
				} else if (push) this.take(push)
			}
		})
	}

	private read(data: unknown): Push | null {
		try {
			return typeof data === 'string' ? (JSON.parse(data) as Push) : null
		} catch {
			return null
		}
	}

	private take(push: Push): void {
		if (typeof push.re === 'number') {
			this.waiting.get(push.re)?.(push)
			this.waiting.delete(push.re)
		} else if (push.on === 'visit') this.changed(push)
	}

	private changed(push: Push): void {
		const state = push.state as VisitState
		if (state === 'ended') {
			const reason = String(push.reason ?? '')
			this.finish(reason === 'not_found' || reason === 'unknown_number' ? 'not_found' : reason === 'draining' || reason === 'store_overloaded' ? 'busy' : 'finished')
		} else if (state === 'waiting' || state === 'talking' || state === 'held') {
			const talkingSince = state === 'waiting' ? null : (this.view.talkingSince ?? this.parts.now())
			this.set({ state, agent: String(push.agent ?? ''), talkingSince })
		}
	}

	private ask(what: string, fields: Record<string, unknown>): Promise<Push> {
		const id = ++this.asked
		return new Promise((resolve) => {
			this.waiting.set(id, resolve)
			try {
				this.socket?.send(JSON.stringify({ id, do: what, ...fields }))
			} catch {
				resolve({ re: id, ok: false, error: { code: 'lost' } })
			}
		})
	}

	/** The socket went. Before the call is under way that is the end; afterwards it is opened again. */
	private dropped(): void {
		if (this.view.state === 'ended' || this.view.state === 'idle') return
		for (const resolve of this.waiting.values()) resolve({ ok: false, error: { code: 'lost' } })
		this.waiting.clear()
		if (!this.token) {
			this.finish('unreachable')
			return
		}
		this.lostAt ??= this.parts.now()
		if (this.parts.now() - this.lostAt > RESUME_MS) {
			this.finish('lost')
			return
		}
		this.set({ isReconnecting: true })
		this.timer = this.parts.setTimer(() => void this.resume(), RETRY_MS)
	}

	private async resume(): Promise<void> {
		if (!(await this.connect())) return
		const reply = await this.ask('visit.resume', { token: this.token })
		if (reply.ok) {
			this.lostAt = null
			this.set({ isReconnecting: false })
		} else this.finish('lost')
	}

	setMuted(isMuted: boolean): void {
		for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !isMuted
		this.set({ isMuted })
	}

	digit(digit: string): void {
		void this.ask('visit.digit', { digits: digit })
	}

	/** Camera or screen to the agent, or neither. False: the browser or the person said no. */
	async show(picture: Picture): Promise<boolean> {
		const { media } = this.parts
		let stream: MediaStream | null = null
		try {
			if (picture === 'camera') stream = (await media?.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } } })) ?? null
			if (picture === 'screen') stream = (await media?.getDisplayMedia?.({ video: { frameRate: { ideal: 10 } } })) ?? null
		} catch {
			return false
		}
		const track = stream?.getVideoTracks()[0] ?? null
		if (picture !== 'none' && (!track || !this.view.hasVideo)) {
			track?.stop()
			return false
		}
		await this.video?.sender.replaceTrack(track)
		for (const old of this.shown?.getTracks() ?? []) old.stop()
		this.shown = stream
		if (track) track.onended = () => void this.show('none')
		this.set({ picture })
		return true
	}

	hangUp(end: VisitEnd = 'hung_up'): void {
		if (this.view.state === 'ended' || this.view.state === 'idle') return
		try {
			this.socket?.send(JSON.stringify({ id: ++this.asked, do: 'visit.hang_up' }))
		} catch {
			// the server notices by itself
		}
		this.finish(end)
	}

	private finish(end: VisitEnd): void {
		if (this.view.state === 'ended') return
		const socket = this.socket
		this.socket = null
		if (this.timer !== null) this.parts.clearTimer(this.timer)
		for (const track of [...(this.microphone?.getTracks() ?? []), ...(this.shown?.getTracks() ?? [])]) track.stop()
		this.peer?.close()
		this.peer = this.microphone = this.shown = this.video = null
		this.remote.audio = this.remote.video = null
		this.token = ''
		this.lostAt = this.timer = null
		this.waiting.clear()
		this.set({ state: 'ended', end, picture: 'none', isRemotePicture: false, isReconnecting: false })
		socket?.close()
	}
}
