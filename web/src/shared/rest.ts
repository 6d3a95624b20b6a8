/** Rows of the REST API as the screens read them (docs/protocol.md). The one place for these types. */

export type Result = 'answered' | 'abandoned' | 'voicemail' | 'overflowed' | 'ended_in_flow'

export interface Page<T> {
	items: T[]
	next_cursor: string | null
}

export interface Row {
	id: string
	version: number
	created_at: number
	updated_at: number
}

/** A row of any resource an administrator keeps; its fields are what the resource's descriptor says. */
export type ResourceRow = Row & Record<string, unknown>

export interface User extends Row {
	login: string
	name: string
	roles: string[]
	team: string | null
	skills: { skill: string; level: number }[]
	language: string | null
	calendar: string | null
	digits: string | null
	theme: string | null
	device: 'browser' | 'phone' | 'uri'
	device_uri?: string | null
}

export interface Session {
	user: User
	permissions: Permission[]
}

export type Permission =
	| 'handle'
	| 'see_live'
	| 'see_history'
	| 'listen'
	| 'read_config'
	| 'change_config'
	| 'change_users'
	| 'see_audit'
	| 'steer_agents'
	| 'see_customers'
	| 'change_customers'

export interface InteractionRow {
	id: string
	channel: string
	direction: string
	from: string | null
	to: string | null
	name: string | null
	started_at: number
	ended_at: number | null
	duration_ms: number | null
	reason: string | null
	result: Result | null
	queue: string | null
	agent: string | null
	wait_ms: number | null
	talk_ms: number | null
	hold_ms: number | null
	acw_ms: number | null
	disposition: string | null
	has_recording: boolean
	chosen: { node: string; label: string; digits: string }[]
	notes?: string | null
}

export interface SegmentRow {
	id: string
	queue: string | null
	agent: string | null
	queued_at: number
	answered_at: number | null
	ended_at: number | null
	result: string | null
	wait_ms: number | null
	ring_ms: number | null
	talk_ms: number | null
	hold_ms: number | null
	acw_ms: number | null
	disposition: string | null
	notes: string | null
}

export interface EventRow {
	seq: number
	at: number
	type: string
	/** Readable fields, by the names of the event's type. */
	data: Record<string, unknown>
}

export interface RecordingRow {
	id: string
	kind: 'call' | 'voicemail'
	started_at: number
	duration_ms: number
	bytes: number
}

export interface InteractionDetail extends InteractionRow {
	segments: SegmentRow[]
	events: EventRow[]
	recordings: RecordingRow[]
}

export interface Waveform {
	duration_ms: number
	channels: number
	peaks: number[][]
}

export type ServiceLevels = Record<string, number | null>

/** Figures by the names of docs/kpi.md; ratios 0..1 or null, durations ms. */
export interface Kpis {
	service_levels?: ServiceLevels
	[name: string]: number | null | undefined | ServiceLevels
}

export interface AuditRow {
	id: number
	at: number
	user: string | null
	user_name: string | null
	action: string
	resource: string
	row: string | null
	before: unknown
	after: unknown
	address: string | null
}

export interface ProblemEntry {
	pointer: string
	code: string
	message: string
}

export interface ProblemBody {
	type?: string
	title?: string
	status?: number
	detail?: string
	code?: string
	errors?: ProblemEntry[]
}

export interface FlowIssue {
	is_warning: boolean
	node: string
	field: string
	code: string
	message: string
}
