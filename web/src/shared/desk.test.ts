import { expect, it } from 'vitest'
import { EMPTY_DESK, foldDesk } from './desk'
import { foldLive } from './live'
import type { Call, Hello, LiveAgent, LiveQueue, LiveView, Offer, WrapUp } from './protocol'

const facts = { segment: 's', customer: { number: '+1', name: null, id: null, is_vip: false, notes: null }, number: '100', queue: null, chosen: [], history: [] }
const offer: Offer = { ...facts, interaction: 'i', deadline_at: 20, device: 'browser', sdp: 'v=0', wait_ms: 1, is_auto_answer: false }
const call: Call = { ...facts, interaction: 'i', state: 'connected', is_muted: false, is_recording: false, connected_at: 5, held_at: null, reason: null }
const wrapUp: WrapUp = { ...facts, interaction: 'i', until: 9, is_extended: false, disposition_required: false, dispositions: [], disposition: null, notes: null }
const hello: Hello = {
	on: 'hello',
	server: { version: '1', now: 1500 },
	user: { id: 'u', name: 'n', login: 'l', roles: [] },
	agent: { presence: 'ready', state: 'ready', state_since: 1, break_reason: null, device: 'browser', is_device_reachable: true, next_presence: null },
	offers: [],
	calls: [],
	wrap_ups: [],
}

it('walks a contact from offer to the end of wrap-up', () => {
	let desk = foldDesk(EMPTY_DESK, hello, 1000)
	expect(desk.skew).toBe(500)
	desk = foldDesk(desk, { on: 'offer', ...offer }, 0)
	expect(desk.offers).toHaveLength(1)
	desk = foldDesk(desk, { on: 'offer_ended', interaction: 'i', reason: 'answered' }, 0)
	desk = foldDesk(desk, { on: 'call', ...call }, 0)
	expect([desk.offers.length, desk.calls.length]).toEqual([0, 1])
	desk = foldDesk(desk, { on: 'call', ...call, state: 'held', held_at: 7 }, 0)
	expect(desk.calls).toMatchObject([{ state: 'held' }])
	desk = foldDesk(desk, { on: 'wrap_up', ...wrapUp }, 0)
	expect([desk.calls.length, desk.wrapUps.length]).toEqual([0, 1])
	desk = foldDesk(desk, { on: 'wrap_up_over', interaction: 'i' }, 0)
	expect(desk.wrapUps).toEqual([])
})

it('keeps sound offered anew until the call is over or everything is told anew', () => {
	const told = foldDesk(EMPTY_DESK, { ...hello, calls: [call] }, 0)
	const offered = foldDesk(told, { on: 'media', interaction: 'i', sdp: 'v=0' }, 0)
	expect(offered.media).toEqual({ interaction: 'i', sdp: 'v=0' })
	expect(foldDesk(offered, { on: 'call', ...call, is_muted: true }, 0).media).not.toBeNull()
	expect(foldDesk(offered, { on: 'call', ...call, state: 'ended' }, 0).media).toBeNull()
	expect(foldDesk(offered, { on: 'wrap_up', ...wrapUp }, 0).media).toBeNull()
	expect(foldDesk(offered, hello, 0).media).toBeNull()
})

it('remembers why an offer went, unless it was our doing', () => {
	const ringing = foldDesk(EMPTY_DESK, { on: 'offer', ...offer }, 0)
	expect(foldDesk(ringing, { on: 'offer_ended', interaction: 'i', reason: 'caller_gone' }, 3).lastOfferEnd).toEqual({ reason: 'caller_gone', at: 3 })
	expect(foldDesk(ringing, { on: 'offer_ended', interaction: 'i', reason: 'declined' }, 3).lastOfferEnd).toBeNull()
})

it('takes the whole state anew from hello', () => {
	const stale = foldDesk(foldDesk(EMPTY_DESK, hello, 0), { on: 'call', ...call }, 0)
	expect(foldDesk(stale, hello, 0).calls).toEqual([])
})

it('keeps fields an agent push leaves out', () => {
	const desk = foldDesk(foldDesk(EMPTY_DESK, hello, 0), { on: 'agent', ...hello.agent, state: 'break', presence: 'break' } as never, 0)
	expect(desk.agent).toMatchObject({ state: 'break', device: 'browser' })
})

it('merges changed, new and gone rows of the live view in place', () => {
	const queue = (id: string, waiting: number) => ({ id, waiting }) as LiveQueue
	const agent = (id: string) => ({ id }) as LiveAgent
	const view: LiveView = { queues: [queue('a', 1), queue('b', 2)], agents: [agent('x'), agent('y')], all: {} as LiveView['all'], trunks: [] }
	const next = foldLive(view, { on: 'live', queues: [queue('b', 5), queue('c', 0)], gone: { agents: ['x'] } })
	expect(next.queues.map((q) => [q.id, q.waiting])).toEqual([['a', 1], ['b', 5], ['c', 0]])
	expect(next.agents.map((a) => a.id)).toEqual(['y'])
	expect(next.trunks).toBe(view.trunks)
})
