import { describe, expect, it } from 'vitest'
import { countdownOf } from './CountdownRing'

describe('a countdown', () => {
	it('is whole at first sight, however long the queue rings', () => {
		const first = countdownOf(null, 130_000, 100_000, 20_000)
		expect(first.wholeMs).toBe(30_000)
		expect(countdownOf(first, 130_000, 125_000, 20_000)).toBe(first)
		expect(countdownOf(first, 190_000, 185_000, 20_000).wholeMs).toBe(20_000)
	})
})
