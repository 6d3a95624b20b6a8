/**
 * A component of a file of its own that is fetched before it is needed. React's lazy() shows its fallback once even when the file
 * is long there, and then for 300 ms at least; this one is drawn at once as soon as its file has come.
 */
import { type ComponentType, use } from 'react'

export type Later<P> = ComponentType<P> & {
	/** Fetches the file, quietly: a failure is told when the component is drawn, and then it is tried again. */
	fetch: () => void
}

export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
	let loaded: ComponentType<P> | null = null
	let underWay: Promise<ComponentType<P>> | null = null
	const fetch = (): Promise<ComponentType<P>> => {
		underWay ??= load().then(
			(component) => (loaded = component),
			(error: unknown) => {
				underWay = null
				throw error
			},
		)
		return underWay
	}
	function Late(props: P) {
		const Component = loaded ?? use(fetch())
		return <Component {...props} />
	}
	Late.fetch = (): void => void fetch().catch(() => undefined)
	return Late
}
