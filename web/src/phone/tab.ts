/**
 * One tab of a browser is the telephone; the others show so and pass "answer" on to it. A Web Lock decides which one (the
 * browser gives it on when a tab closes or crashes); a BroadcastChannel carries the wish to take over.
 */
export type TabRole = 'asking' | 'mine' | 'elsewhere'

type Message = { kind: 'give' } | { kind: 'answer'; interaction: string }

export interface TabParts {
	locks: Pick<LockManager, 'request'>
	channel: Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => void) | null }
}

export class PhoneTab {
	private role: TabRole = 'asking'
	private release: (() => void) | null = null
	private waiting: AbortController | null = null
	private isClosed = false

	/**
	 * onRole: the role changed. mayGive: this tab can let go now (no call on it). onAnswer: another tab asks to answer.
	 */
	constructor(
		private readonly name: string,
		private readonly parts: TabParts,
		private readonly onRole: (role: TabRole) => void,
		private readonly mayGive: () => boolean,
		private readonly onAnswer: (interaction: string) => void,
	) {
		parts.channel.onmessage = (event) => this.hear(event.data as Message)
	}

	getRole(): TabRole {
		return this.role
	}

	/** Become the phone when no other tab is; otherwise stand by and take over when that one closes. */
	start(): void {
		void this.parts.locks.request(this.name, { mode: 'exclusive', ifAvailable: true }, (lock) => {
			if (lock && !this.isClosed) return this.hold()
			this.standBy()
			return undefined
		})
	}

	/** Ask the other tab to let go. */
	take(): void {
		if (this.role === 'elsewhere') this.parts.channel.postMessage({ kind: 'give' } satisfies Message)
	}

	askAnswer(interaction: string): void {
		this.parts.channel.postMessage({ kind: 'answer', interaction } satisfies Message)
	}

	close(): void {
		this.isClosed = true
		this.waiting?.abort()
		this.release?.()
		this.parts.channel.close()
	}

	private hold(): Promise<void> {
		this.setRole('mine')
		return new Promise((resolve) => {
			this.release = resolve
		})
	}

	private standBy(): void {
		if (this.isClosed) return
		this.setRole('elsewhere')
		this.waiting = new AbortController()
		const { signal } = this.waiting
		this.parts.locks.request(this.name, { mode: 'exclusive', signal }, () => this.hold()).catch(() => undefined)
	}

	private hear(message: Message): void {
		if (this.role !== 'mine') return
		if (message.kind === 'answer') this.onAnswer(message.interaction)
		if (message.kind !== 'give' || !this.mayGive()) return
		this.release?.()
		this.release = null
		this.standBy()
	}

	private setRole(role: TabRole): void {
		this.role = role
		this.onRole(role)
	}
}
