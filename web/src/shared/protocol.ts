/**
 * What travels over the WebSocket, as docs/protocol.md says. Nothing else may describe these messages.
 * Moments are UTC milliseconds and end in `_at`, `_since` or `until`; durations end in `_ms`.
 */
import type { CallParties, ConsultTarget, Direction, Extension, OfferMore, Parked, RingGroup, Supervision, Supervisor, VoicemailCounts, VoicePush, VoiceReplies, VoiceRequests } from './protocolVoice'
import type { InteractionRow, Kpis } from './rest'

export type * from './protocolVoice'

export type Presence = 'offline' | 'ready' | 'break' | 'not_responding'
export type AgentState = 'offline' | 'ready' | 'break' | 'ringing' | 'talking' | 'hold' | 'wrap_up' | 'not_responding' | 'unreachable'
export type Device = 'browser' | 'phone' | 'uri'
/** Why nothing can ring at a device. */
export type DeviceReason = 'no_page' | 'no_address' | 'not_registered' | 'unregistered' | 'expired' | 'removed' | 'connection_closed' | 'no_answer'

/** The telephones somebody has registered. */
export interface Phone {
	contacts: number
	reachable: number
	rtt_ms: number
	program: string
	source: string
}

export interface Agent {
	presence: Presence
	state: AgentState
	state_since: number
	break_reason: string | null
	device: Device
	device_uri?: string | null
	is_device_reachable: boolean
	device_reason?: DeviceReason | null
	phone?: Phone | null
	next_presence: Presence | null
}

export interface Choice {
	node: string
	label: string
	digits: string
}

export interface Caller {
	number: string
	name: string | null
	id: string | null
	is_vip: boolean
	notes: string | null
}

/** What every stage of a contact knows about it. */
export interface Contact {
	interaction: string
	segment: string
	customer: Caller
	number: string
	queue: { id: string; name: string } | null
	chosen: Choice[]
	wait_ms?: number
	history: InteractionRow[]
}

export interface Offer extends Contact, OfferMore {
	deadline_at: number
	device: Device
	sdp: string | null
	wait_ms: number
	is_auto_answer: boolean
}

export type OfferEnd = 'answered' | 'answered_elsewhere' | 'declined' | 'no_answer' | 'busy' | 'caller_gone' | 'withdrawn' | 'unreachable'
export type CallState = 'connecting' | 'connected' | 'held' | 'ended'

export interface Call extends Contact, CallParties {
	state: CallState
	is_muted: boolean
	is_recording: boolean
	connected_at: number | null
	held_at: number | null
	reason: string | null
	disposition?: string | null
	notes?: string | null
	dispositions?: { id: string; name: string }[]
}

export interface WrapUp extends Contact {
	until: number | null
	is_extended: boolean
	disposition_required: boolean
	dispositions: { id: string; name: string }[]
	disposition: string | null
	notes: string | null
}

/** Channels without a telephone. */
export type Channel = 'chat' | 'email' | 'message' | 'task' | 'voicemail' | 'fax'

/** A contact without a telephone, at any stage. */
export interface WorkFacts {
	interaction: string
	segment: string
	channel: Channel
	customer: { number: string; name: string; id: string | null; is_vip: boolean }
	to: string
	queue: { id: string | null; name: string }
	opened_at: number
	queued_at: number
	answered_at: number | null
	/** How many were written when this was said. */
	messages: number
	/** Of a voicemail: its sound. */
	recording?: string | null
	duration_ms?: number | null
	/** Of a fax: its pages. */
	document?: string | null
	pages?: number | null
}

export interface WorkOffer extends WorkFacts {
	deadline_at: number
	wait_ms: number
	is_auto_answer: boolean
}

export interface Work extends WorkFacts {
	state: 'open' | 'ended'
	reason: string | null
	disposition: string | null
	notes: string
}

export interface WorkWrapUp extends WorkFacts {
	until: number
	is_extended: boolean
	disposition_required: boolean
	dispositions: { id: string; name: string }[]
	disposition: string | null
	notes: string
}

export interface Message {
	/** Within the contact, from 1. */
	number: number
	at: number
	/** null: the customer wrote it. */
	agent: string | null
	text: string
}

export interface WaitingCaller {
	interaction: string
	number: string
	name: string | null
	since: number
	/** 0: an agent rings. */
	position: number
	priority: number
	is_vip: boolean
	/** 0 is the first. */
	ring: number
	/** When the service level's time is up. */
	target_at: number | null
	is_near_target: boolean
	estimate_ms: number | null
	/** The agent this caller waits for alone. */
	preferred: string | null
}

export interface LiveQueue {
	id: string
	name: string
	waiting: number
	oldest_since: number | null
	ringing: number
	talking: number
	agents_ready: number
	agents_free: number
	agents_reachable: number
	is_open: boolean
	/** Points of its share the queue is owed; from 100 on it comes first. */
	owed: number
	ewt_ms: number | null
	today: Kpis
	waits: WaitingCaller[]
}

export interface LiveAgent {
	id: string
	name: string
	team: string | null
	state: AgentState
	state_since: number
	break_reason: string | null
	device: Device
	is_device_reachable: boolean
	device_reason?: DeviceReason | null
	phone?: Phone | null
	interaction: string | null
	customer: { number: string; name: string | null } | null
	queue: string | null
	/** Open contacts without a telephone. */
	works?: number
	supervised_by?: Supervisor | null
	mos?: number | null
	direction?: Direction | null
	today: Kpis
}

export interface LiveTrunk {
	id: string
	name: string
	/** null: never asked, so nobody knows. */
	is_up: boolean | null
	calls: number
	reason: string | null
	registration?: 'none' | 'trying' | 'registered' | 'failed'
	channels?: number
	stepped_back_until?: number | null
}

export interface LiveView {
	queues: LiveQueue[]
	agents: LiveAgent[]
	all: Kpis
	trunks: LiveTrunk[]
}

export interface Hello {
	on: 'hello'
	server: { version: string; now: number }
	user: { id: string; name: string; login: string; roles: string[] }
	agent: Agent | null
	offers: Offer[]
	calls: Call[]
	wrap_ups: WrapUp[]
	works?: Work[]
	work_offers?: WorkOffer[]
	work_wrap_ups?: WorkWrapUp[]
	supervisions?: Supervision[]
	parked?: Parked[]
	voicemail?: VoicemailCounts
}

export type LivePush = { on: 'live'; gone?: { agents?: string[]; queues?: string[]; trunks?: string[] } } & Partial<LiveView>

export type AlarmKind = 'store_not_writing' | 'spool_filling' | 'spool_full' | 'no_spool' | 'disk_low' | 'checkpoint_failing' | 'slow_store' | 'recording' | 'recorder' | 'calls_stopped' | 'address_banned' | 'sip_flood'
export type AlarmReason = 'disk_slow' | 'disk_error' | 'disk_full' | 'read_only' | 'unreachable' | 'other_writer' | 'failing'
export interface Alarm {
	kind: AlarmKind
	since: number
	reason?: AlarmReason
	/** Of a recorder: which, and what people call it. */
	recorder?: string
	name?: string
	/** How many, or how much. */
	count?: number
}

export type Push =
	| Hello
	| { on: 'alarms'; alarms: Alarm[] }
	| { on: 'config'; resource: string; id: string }
	| ({ on: 'agent' } & Agent)
	| ({ on: 'offer' } & Offer)
	| { on: 'offer_ended'; interaction: string; reason: OfferEnd }
	| ({ on: 'call' } & Call)
	| { on: 'media'; interaction: string; sdp: string }
	| ({ on: 'wrap_up' } & WrapUp)
	| { on: 'wrap_up_over'; interaction: string }
	| ({ on: 'work' } & Work)
	| ({ on: 'work_offer' } & WorkOffer)
	| { on: 'work_offer_ended'; interaction: string; reason: OfferEnd }
	| { on: 'work_message'; interaction: string; message: Message }
	| { on: 'work_messages'; interaction: string; before: number; messages: Message[]; history: InteractionRow[]; customer_notes: string }
	| ({ on: 'work_wrap_up' } & WorkWrapUp)
	| { on: 'work_wrap_up_over'; interaction: string; segment: string }
	| VoicePush
	| LivePush

export type TransferTarget = ConsultTarget

/** Requests by name: the fields they carry. */
export interface Requests extends VoiceRequests {
	'agent.ready': Record<string, never>
	'agent.break': { reason: string | null }
	'agent.offline': Record<string, never>
	'agent.device': { device: Device; device_uri?: string }
	'call.answer': { interaction: string; sdp?: string }
	'call.media': { interaction: string; sdp: string }
	'call.decline': { interaction: string }
	'call.hold': { interaction: string }
	'call.resume': { interaction: string }
	'call.mute': { interaction: string; on: boolean }
	'call.dtmf': { interaction: string; digits: string }
	'call.hang_up': { interaction: string }
	'call.transfer': { interaction: string; to: TransferTarget }
	'work.accept': { interaction: string }
	'work.decline': { interaction: string }
	'work.write': { interaction: string; text: string }
	'work.end': { interaction: string }
	'work.transfer': { interaction: string; to: TransferTarget }
	'work.messages': { interaction: string; before: number }
	'wrap_up.extend': { interaction: string }
	'wrap_up.finish': { interaction: string; disposition: string | null; notes: string }
	'notes.save': { interaction: string; disposition: string | null; notes: string }
	'directory.list': { search: string }
	'queue.list': Record<string, never>
	'queue.pick': { interaction: string }
	'queue.assign': { interaction: string; agent: string }
	'live.subscribe': Record<string, never>
	'live.unsubscribe': Record<string, never>
	'agent.set': { agent: string; presence: 'ready' | 'break' | 'offline' }
}

export interface Directory {
	agents: { id: string; name: string; state: AgentState }[]
	queues: { id: string; name: string; waiting: number }[]
	extensions?: Extension[]
	ring_groups?: RingGroup[]
}

/** Who waits in the queues an agent may pick from. */
export interface PickList {
	queues: { id: string; name: string; waits: WaitingCaller[] }[]
}

/** Replies that carry more than `ok`. */
export interface Replies extends VoiceReplies {
	'directory.list': Directory
	'queue.list': PickList
	'live.subscribe': LiveView
}

export type ReplyOf<K extends keyof Requests> = K extends keyof Replies ? Replies[K] : unknown

export interface ReplyError {
	code: string
	message: string
}
