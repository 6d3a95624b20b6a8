/**
 * What this agent has in hand: presence, offers, calls, wrap-ups. Folded from pushes by one pure function; React reads it
 * through useSyncExternalStore.
 */
import type { Agent, Call, Hello, Message, Offer, OfferEnd, Parked, Push, Supervision, VoicemailCounts, Work, WorkOffer, WorkWrapUp, WrapUp } from './protocol'

export interface Desk {
	/** Server clock minus ours, ms: every countdown uses it. */
	skew: number
	version: string
	me: Hello['user'] | null
	agent: Agent | null
	offers: Offer[]
	calls: Call[]
	wrapUps: WrapUp[]
	/** Contacts without a telephone: open with this agent, ringing, in wrap-up; and what was written in each, by number. */
	works: Work[]
	workOffers: WorkOffer[]
	workWrapUps: WorkWrapUp[]
	messages: Record<string, Message[]>
	/** Sound offered anew for a call under way; kept, because it may come before this tab knows it is the telephone. */
	media: { interaction: string; sdp: string } | null
	/** Calls parked in the house, for everybody to pick up. */
	parked: Parked[]
	/** Calls this person listens to, and the sound offered for one of them. */
	supervisions: Supervision[]
	supervisionMedia: { interaction: string; sdp: string } | null
	/** One's own voicemail; a new object whenever the list changed, null from a server that does not tell. */
	voicemail: VoicemailCounts | null
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
	works: [],
	workOffers: [],
	workWrapUps: [],
	messages: {},
	media: null,
	parked: [],
	supervisions: [],
	supervisionMedia: null,
	voicemail: null,
	lastOfferEnd: null,
}

function without<T extends { interaction: string }>(list: T[], interaction: string): T[] {
	return list.some((x) => x.interaction === interaction) ? list.filter((x) => x.interaction !== interaction) : list
}

function put<T extends { interaction: string }>(list: T[], item: T): T[] {
	const at = list.findIndex((x) => x.interaction === item.interaction)
	return at < 0 ? [...list, item] : list.map((x, i) => (i === at ? item : x))
}

/** Both lists in order of their numbers, each message once. */
function merge(known: Message[] | undefined, more: Message[]): Message[] {
	const byNumber = new Map((known ?? []).map((m) => [m.number, m]))
	for (const message of more) byNumber.set(message.number, message)
	return [...byNumber.values()].sort((a, b) => a.number - b.number)
}

/** Whatever of messages nobody shows any more goes. */
function prune(desk: Desk): Desk {
	const shown = new Set([...desk.works, ...desk.workOffers, ...desk.workWrapUps].map((w) => w.interaction))
	const messages = Object.fromEntries(Object.entries(desk.messages).filter(([id]) => shown.has(id)))
	return { ...desk, messages }
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
				works: push.works ?? [],
				workOffers: push.work_offers ?? [],
				workWrapUps: push.work_wrap_ups ?? [],
				messages: {},
				media: null,
				parked: push.parked ?? [],
				supervisions: (push.supervisions ?? []).filter((s) => s.state !== 'ended'),
				supervisionMedia: null,
				voicemail: push.voicemail ?? null,
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
		case 'work_offer': {
			const { on: _, ...offer } = push
			return { ...desk, workOffers: put(desk.workOffers, offer), lastOfferEnd: null }
		}
		case 'work_offer_ended': {
			const isOurs = push.reason === 'answered' || push.reason === 'declined'
			const lastOfferEnd = isOurs ? desk.lastOfferEnd : { reason: push.reason, at: now }
			const next = { ...desk, workOffers: without(desk.workOffers, push.interaction), lastOfferEnd }
			return push.reason === 'answered' ? next : prune(next)
		}
		case 'work': {
			const { on: _, ...work } = push
			const workOffers = without(desk.workOffers, work.interaction)
			if (work.state === 'ended') return { ...desk, workOffers, works: without(desk.works, work.interaction) }
			return { ...desk, workOffers, works: put(desk.works, work) }
		}
		case 'work_message':
			return { ...desk, messages: { ...desk.messages, [push.interaction]: merge(desk.messages[push.interaction], [push.message]) } }
		case 'work_messages':
			return { ...desk, messages: { ...desk.messages, [push.interaction]: merge(desk.messages[push.interaction], push.messages) } }
		case 'work_wrap_up': {
			const { on: _, ...wrapUp } = push
			return { ...desk, workWrapUps: put(desk.workWrapUps, wrapUp) }
		}
		case 'work_wrap_up_over':
			return prune({ ...desk, workWrapUps: without(desk.workWrapUps, push.interaction) })
		case 'media':
			return { ...desk, media: { interaction: push.interaction, sdp: push.sdp } }
		case 'voicemail_counts':
			return { ...desk, voicemail: push.counts }
		case 'parked':
			return { ...desk, parked: push.parked }
		case 'supervision': {
			const { on: _, ...supervision } = push
			if (supervision.state !== 'ended') return { ...desk, supervisions: put(desk.supervisions, supervision) }
			const supervisionMedia = desk.supervisionMedia?.interaction === push.interaction ? null : desk.supervisionMedia
			return { ...desk, supervisionMedia, supervisions: without(desk.supervisions, push.interaction) }
		}
		case 'supervision_media':
			return { ...desk, supervisionMedia: { interaction: push.interaction, sdp: push.sdp } }
		default:
			return desk
	}
}
