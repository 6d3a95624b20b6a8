/** Whom a waiting contact can be given to. Pure. */
import type { LiveAgent } from '../../../shared/protocol'

export const SHOWN_MAX = 60

/** Who is in and free first, the longest free first; then who is in but busy; nobody who is away. */
export function candidates(agents: LiveAgent[], search: string): LiveAgent[] {
	const term = search.trim().toLocaleLowerCase()
	const rank = (a: LiveAgent): number => (a.state === 'ready' && a.is_device_reachable ? 0 : 1)
	return agents
		.filter((a) => a.state !== 'offline' && (!term || a.name.toLocaleLowerCase().includes(term)))
		.sort((a, b) => rank(a) - rank(b) || a.state_since - b.state_since)
}

export function canTake(agent: LiveAgent): boolean {
	return agent.state === 'ready'
}
