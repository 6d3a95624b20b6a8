/** What is wrong with the centre's store now: folded from the pushes `alarms`, which reach supervisors and administrators. Pure. */
import type { Alarm, AlarmKind, AlarmReason, Push } from './protocol'
import type { Key } from './i18n/en'

/** The gravest first. */
const ORDER: AlarmKind[] = ['spool_full', 'store_not_writing', 'recording', 'recorder', 'calls_stopped', 'spool_filling', 'sip_flood', 'address_banned', 'disk_low', 'checkpoint_failing', 'no_spool', 'slow_store']
const BAD: AlarmKind[] = ['spool_full', 'store_not_writing', 'recording', 'recorder', 'calls_stopped', 'spool_filling']
type StoreReason = Exclude<AlarmReason, 'disk_slow' | 'disk_error'>
const REASONS: StoreReason[] = ['disk_full', 'read_only', 'unreachable', 'other_writer', 'failing']

/** After a hello there are none until the server says so. */
export function foldAlarms(alarms: Alarm[], push: Push): Alarm[] {
	if (push.on === 'hello') return alarms.length ? [] : alarms
	if (push.on !== 'alarms') return alarms
	const known = push.alarms.filter((a) => ORDER.includes(a.kind))
	// The graver one says it all: that nothing is lost is no longer promised.
	const isFull = known.some((a) => a.kind === 'spool_full')
	return known.filter((a) => !isFull || (a.kind !== 'store_not_writing' && a.kind !== 'spool_filling')).sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
}

export function isGrave(alarm: Alarm): boolean {
	return BAD.includes(alarm.kind)
}

/** What is wrong, and what to do: an unknown reason reads as a failing disk. */
export function alarmTexts(alarm: Alarm): { what: Key; todo: Key } {
	if (alarm.kind === 'recording') return { what: 'alarm.recording', todo: alarm.reason === 'disk_full' || alarm.reason === 'disk_slow' ? `alarm.recording.${alarm.reason}` : 'alarm.recording.disk_error' }
	if (alarm.kind !== 'store_not_writing') return { what: `alarm.${alarm.kind}`, todo: `alarm.${alarm.kind}.do` }
	const reason = REASONS.find((known) => known === alarm.reason) ?? 'failing'
	return { what: 'alarm.store_not_writing', todo: `alarm.reason.${reason}` }
}
