/** Rows of the REST API by the names the screens use; all of them come from the server's OpenAPI document ("npm run types"). */
import type { components } from './api/schema'

type Schemas = components['schemas']

export type Permission = Schemas['Permission'] | 'supervise' | 'dial'
export type User = Schemas['User']
export type Session = Schemas['Session']
export type MePatch = Schemas['MePatch']
export type InteractionRow = Schemas['Interaction']
export type Result = NonNullable<InteractionRow['result']>
export type MarkKind = 'hold' | 'resume' | 'transfer' | 'pause' | 'note' | 'party'
/** Something that happened while it was recorded, ms from its beginning. */
export interface RecordingMark {
	at_ms: number
	kind: MarkKind
	text?: string | null
}
/** What a recording tells beside its sound. */
export interface RecordingMore {
	channels?: string[]
	marks?: RecordingMark[]
	is_encrypted?: boolean
	format?: string | null
	integrity?: 'whole' | 'broken' | 'unknown' | null
	is_held?: boolean
}
export interface PartyRow {
	id: string
	role: string
	user: string | null
	name: string | null
	number: string | null
	joined_at: number
	left_at: number | null
	reason: string | null
}
export interface QualityRow {
	leg: string
	role: string | null
	codec: string | null
	mos: number | null
	lost_permille: number | null
	jitter_ms: number | null
	rtt_ms: number | null
}
export type InteractionDetail = Omit<Schemas['InteractionDetail'], 'recordings' | 'parties' | 'quality'> & { recordings: RecordingRow[]; parties?: PartyRow[]; quality?: QualityRow[] }
export type SegmentRow = Schemas['Segment']
export type EventRow = Schemas['LogEvent']
export type RecordingRow = Schemas['Recording'] & RecordingMore
export type Waveform = Schemas['Waveform']
export type Kpis = Schemas['KpiCounts']
export type PersonFound = Schemas['PersonFound']
export type PersonErased = Schemas['PersonErased']
export type AuditRow = Schemas['AuditEntry']
export type ProblemEntry = Schemas['ProblemError']
export type ProblemBody = Partial<Schemas['Problem']>
export type FlowIssue = Schemas['FlowIssue']
export type RuleIssue = Schemas['RuleIssue']
export type RuleIssues = Schemas['RuleIssues']
export type RuleTrouble = Schemas['RuleTrouble']
export type RuleFailures = Schemas['RuleFailures']
export type RuleResult = Schemas['RuleResult']
export type Decision = Schemas['Decision']
export type Decisions = Schemas['Decisions']
export type Candidate = Schemas['Candidate']
export type HoursSpan = Schemas['HoursSpan']
export type DaySpan = Schemas['DaySpan']
export type HolidayRow = Schemas['Holiday']

export interface Page<T> {
	items: T[]
	next_cursor: string | null
}

/** What every row of a resource has; which other fields there are, the resource's descriptor says. */
export type ResourceRow = { id: string; version: number; created_at: number; updated_at: number } & Record<string, unknown>
