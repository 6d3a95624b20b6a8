/**
 * What travels over the WebSocket about calls with several parties, dialling, parking and supervision, as docs/protocol.md
 * says. What a server of before does not send is optional.
 */

export type Direction = 'inbound' | 'outbound' | 'internal'
export type PartyRole = 'customer' | 'agent' | 'outside' | 'extension' | 'supervisor'
export type PartyState = 'ringing' | 'connected' | 'held' | 'failed'
export type SupervisionMode = 'listen' | 'whisper' | 'barge'
/** Whom the agent hears and is heard by; nobody: all are on hold. */
export type TalkingTo = 'customer' | 'consulted' | 'everybody' | 'nobody'

/** Somebody in the call beside oneself. */
export interface Party {
	id: string
	role: PartyRole
	name: string | null
	number: string | null
	user: string | null
	state: PartyState
	/** When it came into this state. */
	since: number
	mode?: SupervisionMode
	is_muted: boolean
}

export type RecordingState = 'off' | 'on' | 'paused'

export interface CallRecording {
	state: RecordingState
	/** The agent may start and stop it. */
	is_allowed: boolean
	is_pause_allowed: boolean
}

export interface Supervisor {
	id: string
	name: string
	mode: SupervisionMode
}

/** What a CALL has beyond one caller and one agent. */
export interface CallParties {
	direction?: Direction
	/** The customer first, then in order of joining. */
	parties?: Party[]
	talking_to?: TalkingTo
	recording?: CallRecording
	supervisor?: Supervisor | null
	/** How the customer's line sounds now, 1..5. */
	mos?: number | null
	park_slot?: string | null
	has_video?: boolean
}

export type OfferKind = 'queue' | 'consult' | 'internal' | 'transfer' | 'park_return' | 'ring_group'

export interface OfferMore {
	direction?: Direction
	kind?: OfferKind
	from_agent?: { id: string; name: string } | null
}

export interface Parked {
	slot: string
	interaction: string
	number: string
	name: string | null
	since: number
	parked_by: { id: string; name: string } | null
	queue: string | null
}

/** What one supervisor is doing with one call. */
export interface Supervision {
	interaction: string
	mode: SupervisionMode
	state: 'connecting' | 'on' | 'ended'
	reason: string | null
	agent: { id: string; name: string } | null
	customer: { number: string; name: string | null } | null
	since: number
}

export interface Extension {
	id: string
	name: string
	number: string
	state?: 'free' | 'busy' | 'unreachable'
}

export interface RingGroup {
	id: string
	name: string
	number: string
}

export type ConsultTarget =
	| { kind: 'agent' | 'extension' | 'queue' | 'ring_group'; id: string }
	| { kind: 'number'; number: string }

export type DialTarget =
	| { kind: 'agent' | 'extension' | 'ring_group'; id: string }
	| { kind: 'number'; number: string }

/** What this agent may show as caller id, and on whose behalf they may call. */
export interface DialOptions {
	caller_ids: { id: string; number: string; name: string }[]
	queues: { id: string; name: string }[]
}

export type RecordAct = 'start' | 'stop' | 'pause' | 'resume'
export type PullDevice = 'browser' | 'phone' | 'uri'

/** One's own messages: how many nobody has heard yet, and how many are kept. */
export interface VoicemailCounts {
	unheard: number
	heard: number
}

export type VoicePush =
	| { on: 'voicemail'; recording: string; interaction: string }
	| { on: 'voicemail_counts'; counts: VoicemailCounts }
	| { on: 'parked'; parked: Parked[] }
	| ({ on: 'supervision' } & Supervision)
	| { on: 'supervision_media'; interaction: string; sdp: string }

export interface VoiceRequests {
	'call.consult': { interaction: string; to: ConsultTarget }
	'call.toggle': { interaction: string }
	'call.complete': { interaction: string }
	'call.return': { interaction: string }
	'call.conference': { interaction: string }
	'call.drop': { interaction: string; party: string }
	'call.mute_party': { interaction: string; party: string; on: boolean }
	'call.park': { interaction: string; slot?: string }
	'call.pick_up': { slot: string } | { interaction: string }
	'call.pull': { interaction?: string; device: PullDevice }
	'call.record': { interaction: string; act: RecordAct }
	'call.dial': { to: DialTarget; caller_id?: string; queue?: string; customer?: string }
	'dial.options': Record<string, never>
	'parked.list': Record<string, never>
	'supervise.start': { interaction: string; mode: SupervisionMode; device?: 'browser' | 'phone' }
	'supervise.media': { interaction: string; sdp: string }
	'supervise.mode': { interaction: string; mode: SupervisionMode }
	'supervise.stop': { interaction: string }
	'supervise.take_over': { interaction: string }
}

export interface VoiceReplies {
	'call.park': { slot: string }
	'call.dial': { interaction: string }
	'dial.options': DialOptions
	'parked.list': { parked: Parked[] }
}
