import { describe, expect, it } from 'vitest'
import type { PersonFound } from '../../rest'
import { confirmOf, obstacleOf } from './PersonActions'

const found: PersonFound = { customers: [], addresses: ['+989121234567'], persons: 1, contacts: 2, recordings: 0, is_open: false, is_kept: false, is_shared: false, is_complete: true }

describe('erasing a person', () => {
	it('is stopped by a hold, a contact under way, or a number of two customers', () => {
		expect(obstacleOf(found)).toBeNull()
		expect(obstacleOf({ ...found, is_open: true })).toBe('person.is_open')
		expect(obstacleOf({ ...found, is_shared: true })).toBe('person.is_shared')
		expect(obstacleOf({ ...found, is_open: true, is_kept: true })).toBe('person.is_kept')
	})
	it('is confirmed with the customer’s name, or the address of somebody unknown', () => {
		expect(confirmOf(found, { address: '+989121234567' })).toBe('+989121234567')
		const sara = { ...found, customers: [{ name: 'Sara' } as PersonFound['customers'][number]] }
		expect(confirmOf(sara, { address: '+989121234567' })).toBe('Sara')
	})
})
