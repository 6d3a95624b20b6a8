import { describe, expect, it } from 'vitest'
import { Format } from '../../shared/format'
import { en, type Key } from '../../shared/i18n/en'
import { fill, type Params } from '../../shared/i18n/locale'
import type { Candidate, Decision } from '../../shared/rest'
import { rulesApplied } from './Timeline/Timeline'
import { scoreWords } from './Why/score'

const format = new Format({ language: 'en', calendar: 'gregorian', digits: 'latin' })
const t = (key: Key, params?: Params): string => fill(en[key], params, format)
const candidate = (key: number, verdict: Candidate['verdict'] = 'outranked'): Candidate => ({ agent: 'a', verdict, level: 1, unmet: 0, key, idle_ms: 65_000 })

describe('the score in the unit of its strategy', () => {
	it.each<[Decision['strategy'], number, string]>([
		['longest_idle', 123, '1:05'],
		['least_occupied', 425_000, '\u206842.5%\u2069 occupied'],
		['most_skilled', -12, '12 levels'],
		['fewest_contacts', 1, '1 contact'],
		['round_robin', 0, 'no turn yet'],
		['round_robin', 7, 'turn 7'],
		['top_down', 0, 'place 1'],
		['weighted', -340, '-340 points'],
		['ring_all', 0, '–'],
	])('%s %s', (strategy, key, words) => {
		expect(scoreWords(strategy, candidate(key), t, format)).toBe(words)
	})
	it('only for those who were compared', () => {
		expect(scoreWords('longest_idle', candidate(0, 'not_available'), t, format)).toBe('–')
	})
	it('every verdict and way has its words', () => {
		for (const verdict of ['chosen', 'outranked', 'lacks_skill', 'not_available', 'at_capacity', 'in_wrap_up', 'resting', 'excluded', 'not_reached']) expect(en).toHaveProperty([`verdict.${verdict}`])
		for (const how of ['order', 'preference', 'hand', 'share']) expect(en).toHaveProperty([`why.how_hint.${how}`])
	})
})

it('reads the rules of an event, whole or cut off', () => {
	expect(rulesApplied('[{"rule":"r","name":"VIP","version":2,"note":"yes"},{"name":"Night","note":""}]')).toEqual([{ name: 'VIP', note: 'yes' }, { name: 'Night', note: null }])
	expect(rulesApplied('[{"rule":"r","na')).toEqual([])
	expect(rulesApplied(undefined)).toEqual([])
})
