/** A value that can be watched: the smallest store useSyncExternalStore can read. */
export interface Store<T> {
	get: () => T
	set: (next: T) => void
	watch: (listener: () => void) => () => void
}

export function makeStore<T>(initial: T): Store<T> {
	let value = initial
	const listeners = new Set<() => void>()
	return {
		get: () => value,
		set: (next) => {
			if (Object.is(next, value)) return
			value = next
			for (const listener of [...listeners]) listener()
		},
		watch: (listener) => {
			listeners.add(listener)
			return () => listeners.delete(listener)
		},
	}
}
