import { describe, expect, it } from 'vitest'
import { en } from '../../shared/i18n/en'
import { fitting } from './CapacityGrid/CapacityGrid'
import { columnOf, luaText } from './fields/expressionText'
import { asRings, nextRing } from './fields/rings'
import { queueSpec, STRATEGIES } from './queueSpec'
import { EXAMPLES } from './RuleEditor/examples'
import { factOf, readFacts, SAMPLES, WEEKDAYS, withFact } from './RuleEditor/facts'
import { groupAsked } from './RuleEditor/Outcome'
import { inOrder, moved, positionOfNew, positionsToSet } from './RulesList/order'

const fieldOf = (name: string) => queueSpec.sections.flatMap((s) => s.fields).find((f) => f.name === name)
const isShown = (name: string, values: Record<string, unknown>): boolean => fieldOf(name)?.when?.({ ...queueSpec.fresh, ...values }) ?? true

describe('the form of a queue', () => {
	it('starts with every field it shows, and shows every field it starts with', () => {
		const shown = queueSpec.sections.flatMap((s) => s.fields.map((f) => f.name))
		expect(Object.keys(queueSpec.fresh).sort()).toEqual([...shown].sort())
		expect(new Set(shown).size).toBe(shown.length)
	})
	it('hides what does not apply', () => {
		expect(isShown('weight_idle', {})).toBe(false)
		expect(isShown('weight_idle', { strategy: 'weighted' })).toBe(true)
		expect(isShown('preferred_patience_s', {})).toBe(false)
		expect(isShown('preferred_patience_s', { preferred: 'both' })).toBe(true)
		expect(isShown('no_agents_s', {})).toBe(false)
		expect(isShown('no_agents_s', { is_left_without_agents: true })).toBe(true)
		expect(isShown('per_agent_max', {})).toBe(false)
		expect(isShown('per_agent_max', { channel: 'chat' })).toBe(true)
		expect(isShown('music', { channel: 'email' })).toBe(false)
		expect(isShown('wrap_up_extend_s', { wrap_up_s: 0 })).toBe(false)
	})
	it('brings the usual service level of a channel', () => {
		expect(queueSpec.follow?.('channel', 'chat')).toEqual({ service_level_s: 10, service_level_target_pct: 90 })
		expect(queueSpec.follow?.('strategy', 'chat')).toEqual({})
	})
	it('explains every strategy in a sentence', () => {
		for (const strategy of STRATEGIES) expect(en).toHaveProperty([`strategy_hint.${strategy}`])
	})
})

describe('rings', () => {
	it('are read from whatever is kept', () => {
		expect(asRings(null)).toEqual([])
		expect(asRings([{ after_s: 30 }, 7, { after_s: 'x', relax: 2, teams: ['t', 1], agents: null }])).toEqual([
			{ after_s: 30, relax: 0, teams: [], agents: [] },
			{ after_s: null, relax: 2, teams: ['t'], agents: [] },
		])
	})
	it('follow one another later and no stricter', () => {
		const first = nextRing([])
		expect(first).toEqual({ after_s: 30, relax: 0, teams: [], agents: [] })
		expect(nextRing([{ ...first, relax: 4 }])).toMatchObject({ after_s: 60, relax: 4 })
	})
})

describe('skill expressions', () => {
	it('are written as the rule word they are checked as', () => {
		expect(luaText('persian >= 5')).toBe('"persian >= 5"')
		expect(luaText('"after sales" and\n a\\b')).toBe('"\\"after sales\\" and\\n a\\\\b"')
	})
	it('name the column', () => {
		expect(columnOf('column 19 of the skills: Here a skill is expected')).toEqual({ column: 19, message: 'Here a skill is expected' })
		expect(columnOf('too many skills')).toEqual({ column: null, message: 'too many skills' })
	})
})

describe('the order of rules', () => {
	const row = (id: string, position: number) => ({ id, version: 1, created_at: 0, updated_at: 0, position })
	it('is by position, the older first', () => {
		expect(inOrder([row('b', 20), row('c', 10), row('a', 20)]).map((r) => r.id)).toEqual(['c', 'a', 'b'])
	})
	it('changes only what must', () => {
		const rows = [row('a', 10), row('b', 20), row('c', 30)]
		expect(positionsToSet(rows)).toEqual([])
		expect(positionsToSet(moved(rows, 2, 1)).map((p) => [p.row.id, p.position])).toEqual([['c', 20], ['b', 30]])
		expect(moved(rows, 0, -1)).toBe(rows)
		expect(moved(rows, 2, 3)).toBe(rows)
	})
	it('puts a new one last', () => {
		expect(positionOfNew([])).toBe(10)
		expect(positionOfNew([row('a', 100), row('b', 30)])).toBe(110)
	})
})

describe('made-up contacts', () => {
	it('become known customers as soon as something is said of them', () => {
		const facts = SAMPLES[0]?.facts ?? {}
		expect(facts.customer).toBeNull()
		expect(factOf(withFact(facts, 'customer', 'value', 70), 'customer', 'value')).toBe(70)
		expect(factOf(withFact(facts, 'customer', 'value', 70), 'customer', 'is_vip')).toBe(false)
		expect(facts.customer).toBeNull()
	})
	it('are read from JSON or say what is wrong', () => {
		expect(readFacts('{"time":{"hour":3}}')).toEqual({ facts: { time: { hour: 3 } } })
		expect(readFacts('[1]')).toHaveProperty('problem')
		expect(readFacts('{')).toHaveProperty('problem')
	})
	it('and examples have their words', () => {
		for (const { key } of [...SAMPLES, ...EXAMPLES]) expect(en).toHaveProperty([key])
		for (const day of WEEKDAYS) expect(en).toHaveProperty([`weekday.${day}`])
	})
})

it('alternatives of skills stand together', () => {
	const ask = (skill: string, any: number) => ({ skill, level: 1, any, kind: 'required' as const })
	expect(groupAsked([ask('a', 0), ask('b', 1), ask('c', 0), ask('d', 1)]).map((g) => g.map((a) => a.skill))).toEqual([['a'], ['b', 'd'], ['c']])
})

it.each([[4, 25, 4], [5, 25, 4], [1, 100, 1], [3, 0, 3], [2, null, null]])('%s at once at %s per cent each: %s fit', (max, load, count) => {
	expect(fitting(max, load)).toBe(count)
})
