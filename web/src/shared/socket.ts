/**
 * The one WebSocket of a tab: connects again by itself, matches replies to requests, hands pushes on. Plain TypeScript;
 * clock, timers, randomness and the socket itself arrive as parameters, so that tests need no network.
 *
 * Invariants: at most one socket is open; every request ends (reply, time-out or lost connection); after each connection the
 * server sends `hello` with the whole state, so nothing is kept for sending again.
 */
import type { Push, ReplyError, ReplyOf, Requests } from './protocol'

export type SocketStatus = 'idle' | 'connecting' | 'open' | 'waiting'

/** What we use of a WebSocket. */
export interface Wire {
	send(text: string): void
	close(code?: number): void
	onopen: ((event: Event) => void) | null
	onmessage: ((event: MessageEvent) => void) | null
	onclose: ((event: CloseEvent) => void) | null
	onerror: ((event: Event) => void) | null
}

export interface SocketParts {
	open: () => Wire
	setTimer: (run: () => void, ms: number) => number
	clearTimer: (timer: number) => void
	random: () => number
	/** Asked after a connection that never opened: false means signed out, and connecting stops. */
	isSignedIn: () => Promise<boolean>
}

export class RequestError extends Error {
	readonly code: string
	constructor(error: ReplyError) {
		super(error.message)
		this.name = 'RequestError'
		this.code = error.code
	}
}

export const REQUEST_TIMEOUT_MS = 10_000
export const BACKOFF_MS = [300, 700, 1500, 3000, 6000, 10_000]
const REQUESTS_MAX = 200

interface Pending {
	resolve: (value: unknown) => void
	reject: (error: Error) => void
	timer: number
}

export class Socket {
	private wire: Wire | null = null
	private status: SocketStatus = 'idle'
	private attempt = 0
	private nextId = 1
	private timer: number | null = null
	private readonly pending = new Map<number, Pending>()
	private readonly pushListeners = new Set<(push: Push) => void>()
	private readonly statusListeners = new Set<() => void>()
	private signedOutListener: (() => void) | null = null

	constructor(private readonly parts: SocketParts) {}

	getStatus = (): SocketStatus => this.status

	onStatus = (listener: () => void): (() => void) => {
		this.statusListeners.add(listener)
		return () => this.statusListeners.delete(listener)
	}

	onPush(listener: (push: Push) => void): () => void {
		this.pushListeners.add(listener)
		return () => this.pushListeners.delete(listener)
	}

	onSignedOut(listener: () => void): void {
		this.signedOutListener = listener
	}

	start(): void {
		if (this.status === 'idle') this.connect()
	}

	stop(): void {
		this.setStatus('idle')
		this.clearTimer()
		const wire = this.wire
		this.wire = null
		wire?.close(1000)
		this.failAll('closed')
	}

	/** Try at once: the browser says the network is back, or the person asked. */
	hurry(): void {
		if (this.status !== 'waiting') return
		this.clearTimer()
		this.connect()
	}

	/** Closes the connection and makes a fresh one: the server tells everything anew. */
	reopen(): void {
		this.attempt = 0
		if (this.wire) this.wire.close()
		else this.hurry()
	}

	request<K extends keyof Requests>(name: K, fields: Requests[K]): Promise<ReplyOf<K>> {
		const wire = this.wire
		if (this.status !== 'open' || !wire) return Promise.reject(new RequestError({ code: 'offline', message: 'not connected' }))
		if (this.pending.size >= REQUESTS_MAX)
			return Promise.reject(new RequestError({ code: 'unavailable', message: 'too many requests under way' }))
		const id = this.nextId++
		return new Promise<ReplyOf<K>>((resolve, reject) => {
			const timer = this.parts.setTimer(() => this.timedOut(id), REQUEST_TIMEOUT_MS)
			this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject, timer })
			wire.send(JSON.stringify({ id, do: name, ...fields }))
		})
	}

	private connect(): void {
		this.setStatus('connecting')
		const wire = this.parts.open()
		let wasOpen = false
		this.wire = wire
		wire.onopen = () => {
			if (this.wire !== wire) return
			wasOpen = true
			this.attempt = 0
			this.setStatus('open')
		}
		wire.onmessage = (event) => {
			if (this.wire === wire && typeof event.data === 'string') this.take(event.data)
		}
		wire.onclose = () => {
			if (this.wire !== wire) return
			this.wire = null
			this.failAll('connection lost')
			void this.lost(wasOpen)
		}
	}

	private async lost(wasOpen: boolean): Promise<void> {
		this.setStatus('waiting')
		const step = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)] ?? 10_000
		this.attempt++
		// A whole centre reconnects after a restart: spread the calls over half the step.
		this.timer = this.parts.setTimer(() => this.connect(), step * (0.75 + this.parts.random() / 2))
		if (wasOpen || (await this.parts.isSignedIn())) return
		if (this.status !== 'waiting' && this.status !== 'connecting') return
		this.stop()
		this.signedOutListener?.()
	}

	private take(text: string): void {
		let message: unknown
		try {
			message = JSON.parse(text)
		} catch {
			return
		}
		if (typeof message !== 'object' || message === null) return
		if ('re' in message && typeof message.re === 'number') this.reply(message.re, message)
		else if ('on' in message) for (const listener of [...this.pushListeners]) listener(message as Push)
	}

	private reply(id: number, message: object): void {
		const waiting = this.pending.get(id)
		if (!waiting) return
		this.pending.delete(id)
		this.parts.clearTimer(waiting.timer)
		const { ok, error } = message as { ok?: boolean; error?: ReplyError }
		if (ok) waiting.resolve(message)
		else waiting.reject(new RequestError(error ?? { code: 'unavailable', message: 'no reason given' }))
	}

	private timedOut(id: number): void {
		const waiting = this.pending.get(id)
		if (!waiting) return
		this.pending.delete(id)
		waiting.reject(new RequestError({ code: 'timeout', message: 'no reply' }))
		// A server that answers nothing for so long is a dead connection the browser has not noticed.
		this.wire?.close()
	}

	private failAll(message: string): void {
		const all = [...this.pending.values()]
		this.pending.clear()
		for (const waiting of all) {
			this.parts.clearTimer(waiting.timer)
			waiting.reject(new RequestError({ code: 'offline', message }))
		}
	}

	private clearTimer(): void {
		if (this.timer !== null) this.parts.clearTimer(this.timer)
		this.timer = null
	}

	private setStatus(status: SocketStatus): void {
		if (this.status === status) return
		this.status = status
		for (const listener of [...this.statusListeners]) listener()
	}
}
