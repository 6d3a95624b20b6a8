import { expect, it } from 'vitest'
import { bars, silencesIn, skipTo } from './peaks'

const second = (loud: number): number[] => Array.from({ length: 10 }, () => loud)
const talk = [...second(50), ...second(0), ...second(0), ...second(1), ...second(40)]

it('silence is where nobody says anything for a while, short of its ends', () => {
	expect(silencesIn([talk], 5)).toEqual([{ from: 1.25, to: 3.75 }])
	expect(silencesIn([talk, [...second(0), ...second(30), ...second(30), ...second(30), ...second(0)]], 5)).toEqual([])
})

it('who is switched off does not count', () => {
	const other = talk.map((p) => 50 - p)
	expect(silencesIn([talk, other], 5)).toEqual([])
	expect(silencesIn([talk, other], 5, [1])).toHaveLength(1)
	expect(silencesIn([talk, other], 5, [0, 1])).toEqual([])
})

it('a breath is no silence, and nothing to hear is none either', () => {
	expect(silencesIn([[...second(50), ...second(0), ...second(50)]], 3)).toEqual([])
	expect(silencesIn([], 3)).toEqual([])
	expect(silencesIn([talk], 0)).toEqual([])
})

it('a silence at the end is skipped to the end', () => {
	const [last] = silencesIn([[...second(50), ...second(0), ...second(0)]], 3)
	expect(last).toEqual({ from: 1.25, to: 2.75 })
	expect(skipTo([last as { from: number; to: number }], 2)).toBe(2.75)
	expect(skipTo([last as { from: number; to: number }], 2.75)).toBeNull()
	expect(skipTo([], 2)).toBeNull()
})

it('bars keep the loudest of their share', () => {
	expect(bars([1, 9, 2, 3], 2)).toEqual([9, 3])
})
