/** Rows of the REST API by the names the screens use; all of them come from the server's OpenAPI document ("npm run types"). */
import type { components } from './api/schema'

type Schemas = components['schemas']

export type Permission = Schemas['Permission']
export type User = Schemas['User']
export type Session = Schemas['Session']
export type MePatch = Schemas['MePatch']
export type InteractionRow = Schemas['Interaction']
export type Result = NonNullable<InteractionRow['result']>
/** What a recording tells beside its sound. */
export type RecordingMore = Partial<Pick<Schemas['Recording'], 'channels' | 'marks' | 'is_encrypted' | 'format' | 'integrity' | 'is_held'>>
export type RecordingMark = Schemas['RecordingMark']
export type MarkKind = RecordingMark['kind']
export type PartyRow = Schemas['Party']
export type QualityRow = Schemas['LegQuality']
export type InteractionDetail = Schemas['InteractionDetail']
export type SegmentRow = Schemas['Segment']
export type EventRow = Schemas['LogEvent']
export type RecordingRow = Schemas['Recording']
export type VoicemailRow = Schemas['Voicemail']
export type Waveform = Schemas['Waveform']
export type Kpis = Schemas['KpiCounts']
export type PersonFound = Schemas['PersonFound']
export type PersonErased = Schemas['PersonErased']
export type AuditRow = Schemas['AuditEntry']
export type Block = Schemas['Block']
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

export type TrunkNow = Schemas['LiveTrunk']
export type TrunkFigures = Schemas['TrunkFigures']
