import { expect, it } from 'vitest'
import { alarmTexts, foldAlarms, isGrave } from './alarms'
import type { Alarm, Push } from './protocol'

const push = (...alarms: Alarm[]): Push => ({ on: 'alarms', alarms })
const full: Alarm = { kind: 'spool_full', since: 3 }
const slow: Alarm = { kind: 'slow_store', since: 1 }
const refusing: Alarm = { kind: 'store_not_writing', since: 2, reason: 'disk_full' }

it('shows the gravest first and forgets what is over', () => {
	const shown = foldAlarms([], push(slow, refusing))
	expect(shown.map((a) => a.kind)).toEqual(['store_not_writing', 'slow_store'])
	expect(shown.map(isGrave)).toEqual([true, false])
	// Once the spool is full nothing is promised any more.
	expect(foldAlarms([], push(slow, refusing, full)).map((a) => a.kind)).toEqual(['spool_full', 'slow_store'])
	expect(foldAlarms(shown, push(slow))).toEqual([slow])
	expect(foldAlarms(shown, push())).toEqual([])
})

it('begins anew with each connection and ignores what it does not know', () => {
	const shown = foldAlarms([], push(full))
	expect(foldAlarms(shown, { on: 'hello' } as Push)).toEqual([])
	expect(foldAlarms(shown, { on: 'config', resource: 'queue', id: '1' })).toBe(shown)
	expect(foldAlarms([], push({ kind: 'of_tomorrow' as Alarm['kind'], since: 1 }, slow))).toEqual([slow])
})

it('says what to do by the reason', () => {
	expect(alarmTexts(refusing).todo).toBe('alarm.reason.disk_full')
	expect(alarmTexts({ kind: 'store_not_writing', since: 1 }).todo).toBe('alarm.reason.failing')
	expect(alarmTexts({ kind: 'store_not_writing', since: 1, reason: 'strange' as Alarm['reason'] }).todo).toBe('alarm.reason.failing')
	expect(alarmTexts(full)).toEqual({ what: 'alarm.spool_full', todo: 'alarm.spool_full.do' })
})

it('recordings with gaps are grave, and an unknown reason reads as a failing disk', () => {
	const alarm = { kind: 'recording' as const, since: 1, reason: 'disk_slow' as const }
	expect(foldAlarms([], { on: 'alarms', alarms: [alarm] })).toEqual([alarm])
	expect(isGrave(alarm)).toBe(true)
	expect(alarmTexts(alarm).todo).toBe('alarm.recording.disk_slow')
	expect(alarmTexts({ ...alarm, reason: 'read_only' }).todo).toBe('alarm.recording.disk_error')
})

it('each recorder that is down is an alarm of its own, by name', () => {
	const down = (name: string): Alarm => ({ kind: 'recorder', since: 1, recorder: name, name })
	expect(foldAlarms([], push(slow, down('Vault'), down('Cellar')))).toEqual([down('Vault'), down('Cellar'), slow])
	expect(isGrave(down('Vault'))).toBe(true)
	expect(alarmTexts(down('Vault'))).toEqual({ what: 'alarm.recorder', todo: 'alarm.recorder.do' })
})
