import { describe, expect, it } from 'vitest'
import { differences } from './Audit/differences'
import { outlineOf } from './FlowEditor/outline'
import { byDay, nextSpan, type Span, toSpans } from './HoursEditor/spans'
import { readTime } from './HoursEditor/SpanRow'
import { changesOf, SPECS } from './specs'
import { en } from '../../shared/i18n/en'

describe('opening hours', () => {
	const spans: Span[] = [
		{ days: ['sun', 'mon'], from: '08:00', to: '12:30' },
		{ days: ['sun'], from: '13:30', to: '18:00' },
	]
	it('go from spans to days and back unchanged', () => {
		expect(byDay(spans).sun).toEqual([{ from: '08:00', to: '12:30' }, { from: '13:30', to: '18:00' }])
		expect(toSpans(byDay(spans))).toEqual(spans)
	})
	it('suggest a span after the last one', () => {
		expect(nextSpan([])).toEqual({ from: '08:00', to: '17:00' })
		expect(nextSpan([{ from: '08:00', to: '12:00' }])).toEqual({ from: '13:00', to: '16:00' })
	})
	it.each([['8', '08:00'], ['830', '08:30'], ['۰۸:۳۰', '08:30'], ['24:00', '24:00'], ['25:00', '25:00'], ['abc', 'abc']])('read %s as %s', (typed, time) => {
		expect(readTime(typed)).toBe(time)
	})
})

describe('outline of a flow', () => {
	const document = {
		format: 1, language: 'fa', start: 'menu',
		nodes: {
			lonely: { type: 'hang_up' },
			sales: { type: 'queue', queue: 'q1', overflow: 'bye' },
			menu: { type: 'menu', say: [{ text: { fa: 'سلام', en: 'Hello' } }], options: { 1: { label: 'Sales', next: 'sales' } }, on_fail: 'nowhere' },
			bye: { type: 'hang_up' },
		},
	}
	it('follows the caller, then lists what is never reached', () => {
		expect(outlineOf(document).map((n) => [n.name, n.isReached])).toEqual([['menu', true], ['sales', true], ['bye', true], ['lonely', false]])
	})
	it('shows ways, texts and references', () => {
		const [menu, sales] = outlineOf(document)
		expect(menu).toMatchObject({ isStart: true, text: 'سلام' })
		expect(menu?.exits).toEqual([
			{ name: '1', label: 'Sales', to: 'sales', isKnown: true },
			{ name: 'on_fail', label: '', to: 'nowhere', isKnown: false },
		])
		expect(sales?.references).toEqual([{ kind: 'queue', id: 'q1' }])
	})
	it.each([null, 7, [], {}, { nodes: 3 }, { nodes: { a: null, b: { say: [1], options: [], cases: {} } }, start: 'a' }])('survives %j', (broken) => {
		expect(() => outlineOf(broken)).not.toThrow()
	})
})

it('a patch holds only what changed', () => {
	const row = { id: 'r', version: 1, created_at: 0, updated_at: 0, name: 'A', teams: ['t'] }
	expect(changesOf({ name: 'A', teams: ['t', 'u'] }, row)).toEqual({ teams: ['t', 'u'] })
	expect(changesOf({ name: 'B' }, null)).toEqual({ name: 'B' })
})

it('an audit entry names what changed', () => {
	expect(differences({ before: { name: 'A', wrap_up_s: 20, version: 1 }, after: { name: 'A', wrap_up_s: 30, version: 2 } })).toMatchObject({ label: 'A', fields: ['wrap_up_s'] })
	expect(differences({ before: null, after: { name: 'B' } })).toMatchObject({ label: 'B', fields: [] })
})

it('every field and resource has its words', () => {
	for (const spec of SPECS) {
		expect(en).toHaveProperty([`resource.${spec.resource}`])
		for (const field of spec.sections.flatMap((s) => s.fields)) expect(en, field.name).toHaveProperty([`field.${field.name}`])
	}
})
