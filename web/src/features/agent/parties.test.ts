import { describe, expect, it } from 'vitest'
import type { Call, CallRecording, Party } from '../../shared/protocol'
import { lookOf } from './OfferCard/OfferCard'
import { consultedIn, gradeOfMos, isTalkedTo, maySwitch, othersIn, stageOf } from './parties'
import { actsOf, recordingOf } from './Recording/Recording'
import { readNumber } from '../../shared/people/targets'

const party = (id: string, change: Partial<Party> = {}): Party => ({ id, role: 'agent', name: id, number: null, user: null, state: 'connected', since: 0, is_muted: false, ...change })
const customer = party('c', { role: 'customer' })
const call = (change: Partial<Call>): Call => ({
	interaction: 'i', segment: 's', customer: { number: '+1', name: null, id: null, is_vip: false, notes: null }, number: '100', queue: null, chosen: [], history: [], state: 'connected',
	is_muted: false, is_recording: true, connected_at: 0, held_at: null, reason: null, ...change,
})

describe('who hears whom', () => {
	it('one customer is no matter of parties, and a supervisor makes none', () => {
		expect(stageOf(call({}))).toBe('alone')
		expect(stageOf(call({ parties: [customer, party('s', { role: 'supervisor' })] }))).toBe('alone')
	})
	it('while a colleague is asked, either of two is talked to', () => {
		const asked = call({ parties: [{ ...customer, state: 'held' }, party('a')], talking_to: 'consulted' })
		expect(stageOf(asked)).toBe('consult')
		expect(othersIn(asked).map((p) => isTalkedTo(asked, p))).toEqual([false, true])
		expect(maySwitch(asked)).toBe(true)
		const back = { ...asked, parties: [customer, party('a', { state: 'held' })], talking_to: 'customer' as const }
		expect(othersIn(back).map((p) => isTalkedTo(back, p))).toEqual([true, false])
	})
	it('whoever still rings cannot be switched to', () => {
		const ringing = call({ parties: [{ ...customer, state: 'held' }, party('a', { state: 'ringing' })], talking_to: 'consulted' })
		expect(maySwitch(ringing)).toBe(false)
		expect(isTalkedTo(ringing, party('a', { state: 'ringing' }))).toBe(false)
		expect(consultedIn(ringing)?.id).toBe('a')
	})
	it('in a conference everybody is, on hold nobody', () => {
		const parties = [customer, party('a'), party('b', { role: 'outside' })]
		const all = call({ parties, talking_to: 'everybody' })
		expect(stageOf(all)).toBe('conference')
		expect(parties.every((p) => isTalkedTo(all, p))).toBe(true)
		expect(parties.some((p) => isTalkedTo({ ...all, talking_to: 'nobody' }, p))).toBe(false)
	})
})

it.each([[4.4, 'excellent'], [4, 'good'], [3.6, 'fair'], [3.1, 'poor'], [1, 'bad']] as const)('MOS %s is %s', (mos, grade) => {
	expect(gradeOfMos(mos)).toBe(grade)
})

describe('the recording', () => {
	const recording = (state: CallRecording['state'], may: boolean, mayPause: boolean): CallRecording => ({ state, is_allowed: may, is_pause_allowed: mayPause })
	it.each([
		['off', true, true, ['start']],
		['off', false, true, []],
		['on', true, true, ['pause', 'stop']],
		['on', false, true, ['pause']],
		['on', true, false, ['stop']],
		['paused', true, true, ['resume', 'stop']],
		['paused', false, false, []],
	] as const)('%s, may %s, may pause %s: %j', (state, may, mayPause, acts) => {
		expect(actsOf(recording(state, may, mayPause))).toEqual(acts)
	})
	it('of a server that tells only whether it runs', () => {
		expect(recordingOf(call({ is_recording: true }))).toEqual(recording('on', false, false))
	})
})

it('an offer looks like what it is', () => {
	expect(lookOf({ is_auto_answer: false })).toBe('queue')
	expect(lookOf({ kind: 'consult', direction: 'inbound', is_auto_answer: false })).toBe('consult')
	expect(lookOf({ kind: 'internal', direction: 'outbound', is_auto_answer: true })).toBe('outbound')
})

it.each([['+98 21 9100-0000', '+982191000000'], ['۰۲۱ (۹۱) ۰', '021910'], ['٢٠١', '201'], ['\u2066+98 21\u2069', '+9821'], ['*71', '*71'], ['Omar', null], ['7', null], ['+', null], ['12 34 x', null]])('%s is dialled as %s', (typed, number) => {
	expect(readNumber(typed)).toBe(number)
})
