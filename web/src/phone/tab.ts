/**
 * One tab of a browser is the telephone; the others show so and pass "answer" on to it, and hear whether it could. A Web Lock
 * decides which one (the browser gives it on when a tab closes or crashes); a BroadcastChannel carries what they say.
 */
export type TabRole = 'asking' | 'mine' | 'elsewhere'

/** answered: code says why not; null: it was. */
type Message = { kind: 'give' } | { kind: 'answer'; interaction: string } | { kind: 'answered'; interaction: string; code: string | null }

/** A tab that says nothing for so long is asleep or gone. */
export const ANSWER_WAIT_MS = 10_000

/** Why the tab that is the telephone could not, or 'tab_silent': it said nothing. */
export class TabError extends Error {
	constructor(readonly code: string) {
		super(`the other tab: ${code}`)
		this.name = 'TabError'
	}
}

export interface TabParts {
	locks: Pick<LockManager, 'request'>
	channel: Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => void) | null }
	setTimer: (run: () => void, ms: number) => number
	clearTimer: (timer: number) => void
}

interface Asked {
	resolve: () => void
	reject: (error: Error) => void
	timer: number
}

function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

export class PhoneTab {
	private role: TabRole = 'asking'
	private release: (() => void) | null = null
	private waiting: AbortController | null = null
	private isClosed = false
	private readonly asked = new Map<string, Asked>()

	/**
	 * onRole: the role changed. mayGive: this tab can let go now (no call on it). onAnswer: another tab asks to answer; what it
	 * throws is told there.
	 */
	constructor(
		private readonly name: string,
		private readonly parts: TabParts,
		private readonly onRole: (role: TabRole) => void,
		private readonly mayGive: () => boolean,
		private readonly onAnswer: (interaction: string) => Promise<void>,
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

	/** Throws TabError. */
	askAnswer(interaction: string): Promise<void> {
		this.settle(interaction, 'tab_silent')
		return new Promise((resolve, reject) => {
			const timer = this.parts.setTimer(() => this.settle(interaction, 'tab_silent'), ANSWER_WAIT_MS)
			this.asked.set(interaction, { resolve, reject, timer })
			this.parts.channel.postMessage({ kind: 'answer', interaction } satisfies Message)
		})
	}

	close(): void {
		this.isClosed = true
		for (const interaction of [...this.asked.keys()]) this.settle(interaction, null)
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

	/** Whoever asked for this contact to be answered learns how it went. */
	private settle(interaction: string, code: string | null): void {
		const one = this.asked.get(interaction)
		if (!one) return
		this.asked.delete(interaction)
		this.parts.clearTimer(one.timer)
		if (code === null) one.resolve()
		else one.reject(new TabError(code))
	}

	private answer(interaction: string): void {
		const tell = (code: string | null): void => {
			if (!this.isClosed) this.parts.channel.postMessage({ kind: 'answered', interaction, code } satisfies Message)
		}
		this.onAnswer(interaction).then(
			() => tell(null),
			(error: unknown) => tell(codeOf(error)),
		)
	}

	private hear(message: Message): void {
		if (message.kind === 'answered') this.settle(message.interaction, message.code)
		if (this.role !== 'mine') return
		if (message.kind === 'answer') this.answer(message.interaction)
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
