import { expect, it } from 'vitest'
import type { AgentState, LiveAgent, WaitingCaller } from '../../shared/protocol'
import { byPosition, standingOf } from '../../shared/ui/WaitFacts/WaitFacts'
import { candidates, canTake } from './Assign/people'

const agent = (name: string, state: AgentState, state_since: number, is_device_reachable = true): LiveAgent => ({
	id: name, name, team: null, state, state_since, break_reason: null, device: 'browser', is_device_reachable, interaction: null, customer: null, queue: null, today: {} as LiveAgent['today'],
})
const wait = (interaction: string, position: number, since: number): WaitingCaller => ({
	interaction, number: '', name: null, since, position, priority: 0, is_vip: false, ring: 0, target_at: null, is_near_target: false, estimate_ms: null, preferred: null,
})

it('offers a waiting contact to free people first, the longest free before all, and never to who is away', () => {
	const people = [agent('Talker', 'talking', 1), agent('New', 'ready', 50), agent('Old', 'ready', 10), agent('Away', 'offline', 0), agent('Dead phone', 'ready', 5, false)]
	expect(candidates(people, '').map((a) => a.name)).toEqual(['Old', 'New', 'Talker', 'Dead phone'])
	expect(candidates(people, 'ne').map((a) => a.name)).toEqual(['New', 'Dead phone'])
	expect(people.filter(canTake).map((a) => a.name)).toEqual(['New', 'Old', 'Dead phone'])
})

it('lists who is next first, whoever came first', () => {
	expect(byPosition([wait('old', 2, 10), wait('vip', 1, 50), wait('rings', 0, 30)]).map((w) => w.interaction)).toEqual(['rings', 'vip', 'old'])
})

it('tells in time, near and late apart', () => {
	expect(standingOf({ target_at: null, is_near_target: false }, 100)).toBe('in_time')
	expect(standingOf({ target_at: 200, is_near_target: false }, 100)).toBe('in_time')
	expect(standingOf({ target_at: 200, is_near_target: true }, 100)).toBe('near')
	expect(standingOf({ target_at: 200, is_near_target: true }, 200)).toBe('late')
})
