import { afterEach, expect, it, vi } from 'vitest'
import { ANSWER_WAIT_MS, PhoneTab, TabError, type TabParts } from './tab'

/** Two tabs on one channel; the first has the lock. */
function house(onAnswer: (interaction: string) => Promise<void>) {
	const ends: { onmessage: ((event: MessageEvent) => void) | null }[] = []
	const channel = (): TabParts['channel'] => {
		const end = {
			onmessage: null as ((event: MessageEvent) => void) | null,
			postMessage: (data: unknown) => ends.filter((e) => e !== end).forEach((e) => e.onmessage?.({ data } as MessageEvent)),
			close: () => undefined,
		}
		ends.push(end)
		return end
	}
	let isHeld = false
	const request = ((_: string, options: LockOptions, run: (lock: Lock | null) => unknown): Promise<unknown> => {
		if (isHeld) return options.ifAvailable ? Promise.resolve(run(null)) : new Promise(() => undefined)
		isHeld = true
		return Promise.resolve(run({} as Lock))
	}) as LockManager['request']
	const timers = { setTimer: (run: () => void, ms: number) => setTimeout(run, ms) as unknown as number, clearTimer: (timer: number) => clearTimeout(timer) }
	const tab = (): PhoneTab => {
		const one = new PhoneTab('phone', { locks: { request }, channel: channel(), ...timers }, () => undefined, () => true, onAnswer)
		one.start()
		return one
	}
	return { first: tab(), second: tab() }
}

afterEach(() => void vi.useRealTimers())

it('answers through the tab that is the telephone', async () => {
	const answered: string[] = []
	const { first, second } = house((interaction) => Promise.resolve(void answered.push(interaction)))
	expect([first.getRole(), second.getRole()]).toEqual(['mine', 'elsewhere'])
	await second.askAnswer('7')
	expect(answered).toEqual(['7'])
})

it('tells the tab that asked why it could not', async () => {
	const { second } = house(() => Promise.reject(Object.assign(new Error('no'), { code: 'microphone' })))
	await expect(second.askAnswer('7')).rejects.toEqual(new TabError('microphone'))
})

it('says so when the other tab says nothing', async () => {
	vi.useFakeTimers()
	const { first, second } = house(() => Promise.resolve())
	first.close()
	const answer = expect(second.askAnswer('7')).rejects.toMatchObject({ code: 'tab_silent' })
	await vi.advanceTimersByTimeAsync(ANSWER_WAIT_MS)
	await answer
})
