/** Calls that begin with us: asked for anywhere on the screens, answered by the telephone of this tab. */
import { ask, deskStore } from '../shared/connection'
import type { DialTarget } from '../shared/protocol'
import { makeStore } from '../shared/store'
import { getPhone } from './station'

export interface Called {
	to: DialTarget
	label: string
}

const KEY = 'markaz.called'
const KEPT = 8

function isCalled(value: unknown): value is Called {
	const { to, label } = (value ?? {}) as Partial<Called>
	return typeof label === 'string' && typeof to === 'object' && to !== null && typeof to.kind === 'string'
}

/** Who was called lately, the last first, from what this browser kept. */
export function readCalled(text: string | null): Called[] {
	try {
		const list: unknown = JSON.parse(text ?? '[]')
		return Array.isArray(list) ? list.filter(isCalled).slice(0, KEPT) : []
	} catch {
		return []
	}
}

const keyOf = ({ to }: Called): string => (to.kind === 'number' ? to.number : to.id)

export function addCalled(list: Called[], called: Called): Called[] {
	return [called, ...list.filter((c) => keyOf(c) !== keyOf(called))].slice(0, KEPT)
}

export const calledStore = makeStore<Called[]>([])

const storeKey = (): string => `${KEY}.${deskStore.get().me?.id ?? ''}`

/** Reads whom this person called lately: each has a list of their own, on a shared computer too. */
export function recall(): void {
	calledStore.set(readCalled(localStorage.getItem(storeKey())))
}

export interface DialMore {
	caller_id?: string
	queue?: string
	customer?: string
}

/**
 * Calls somebody. In a person's click: with the browser as telephone the microphone is opened first. Throws what asking
 * throws; the call itself then arrives as an offer that answers itself.
 */
export async function dial(called: Called, more: DialMore = {}): Promise<void> {
	if (deskStore.get().agent?.device === 'browser') await getPhone().openMicrophone()
	await ask('call.dial', { to: called.to, ...more })
	calledStore.set(addCalled(calledStore.get(), called))
	localStorage.setItem(storeKey(), JSON.stringify(calledStore.get()))
}
