/**
 * What this agent has in hand: presence, offers, calls, wrap-ups. Folded from pushes by one pure function; React reads it
 * through useSyncExternalStore.
 */
import type { Agent, Call, Hello, Offer, OfferEnd, Push, WrapUp } from './protocol'

export interface Desk {
	/** Server clock minus ours, ms: every countdown uses it. */
	skew: number
	version: string
	me: Hello['user'] | null
	agent: Agent | null
	offers: Offer[]
	calls: Call[]
	wrapUps: WrapUp[]
	/** Sound offered anew for a call under way; kept, because it may come before this tab knows it is the telephone. */
	media: { interaction: string; sdp: string } | null
	/** Why the last offer went away, when it was not our own doing; shown until the next one. */
	lastOfferEnd: { reason: OfferEnd; at: number } | null
}

export const EMPTY_DESK: Desk = {
	skew: 0,
	version: '',
	me: null,
	agent: null,
	offers: [],
	calls: [],
	wrapUps: [],
	media: null,
	lastOfferEnd: null,
}

function without<T extends { interaction: string }>(list: T[], interaction: string): T[] {
	return list.some((x) => x.interaction === interaction) ? list.filter((x) => x.interaction !== interaction) : list
}

function put<T extends { interaction: string }>(list: T[], item: T): T[] {
	const at = list.findIndex((x) => x.interaction === item.interaction)
	return at < 0 ? [...list, item] : list.map((x, i) => (i === at ? item : x))
}

export function foldDesk(desk: Desk, push: Push, now: number): Desk {
	switch (push.on) {
		case 'hello':
			return {
				skew: push.server.now - now,
				version: push.server.version,
				me: push.user,
				agent: push.agent,
				offers: push.offers,
				calls: push.calls.filter((c) => c.state !== 'ended'),
				wrapUps: push.wrap_ups,
				media: null,
				lastOfferEnd: null,
			}
		case 'agent': {
			const { on: _, ...agent } = push
			return { ...desk, agent: { ...desk.agent, ...agent } }
		}
		case 'offer': {
			const { on: _, ...offer } = push
			return { ...desk, offers: put(desk.offers, offer), lastOfferEnd: null }
		}
		case 'offer_ended': {
			const isOurs = push.reason === 'answered' || push.reason === 'declined'
			const lastOfferEnd = isOurs ? null : { reason: push.reason, at: now }
			return { ...desk, offers: without(desk.offers, push.interaction), lastOfferEnd }
		}
		case 'call': {
			const { on: _, ...call } = push
			const offers = without(desk.offers, call.interaction)
			if (call.state === 'ended') return { ...desk, offers, media: null, calls: without(desk.calls, call.interaction) }
			return { ...desk, offers, calls: put(desk.calls, call), wrapUps: without(desk.wrapUps, call.interaction) }
		}
		case 'wrap_up': {
			const { on: _, ...wrapUp } = push
			return { ...desk, media: null, calls: without(desk.calls, wrapUp.interaction), wrapUps: put(desk.wrapUps, wrapUp) }
		}
		case 'wrap_up_over':
			return { ...desk, wrapUps: without(desk.wrapUps, push.interaction) }
		case 'media':
			return { ...desk, media: { interaction: push.interaction, sdp: push.sdp } }
		default:
			return desk
	}
}
