import { expect, it } from 'vitest'
import { EMPTY_DESK, foldDesk } from './desk'
import { foldLive } from './live'
import type { Call, Hello, LiveAgent, LiveQueue, LiveView, Message, Offer, Work, WorkOffer, WorkWrapUp, WrapUp } from './protocol'

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

const written: Omit<Work, 'state' | 'reason' | 'disposition' | 'notes'> = {
	interaction: 'w',
	segment: 's1',
	channel: 'chat',
	customer: { number: 'a@b.c', name: 'Sara', id: null, is_vip: false },
	to: '',
	queue: { id: 'q', name: 'Chat' },
	opened_at: 1,
	queued_at: 1,
	answered_at: null,
	messages: 1,
}
const message = (number: number): Message => ({ number, at: number, agent: null, text: `m${number}` })

it('holds several contacts without a telephone, their messages once and in order', () => {
	const offer: WorkOffer = { ...written, deadline_at: 9, wait_ms: 1, is_auto_answer: false }
	const work: Work = { ...written, state: 'open', reason: null, disposition: null, notes: '' }
	const wrap: WorkWrapUp = { ...written, until: 9, is_extended: false, disposition_required: false, dispositions: [], disposition: null, notes: '' }
	let desk = foldDesk(foldDesk(EMPTY_DESK, hello, 0), { on: 'work_offer', ...offer }, 0)
	desk = foldDesk(desk, { on: 'work_message', interaction: 'w', message: message(3) }, 0)
	desk = foldDesk(desk, { on: 'work_messages', interaction: 'w', before: 0, messages: [message(1), message(2), message(3)], history: [], customer_notes: '' }, 0)
	expect(desk.messages.w?.map((m) => m.number)).toEqual([1, 2, 3])
	desk = foldDesk(desk, { on: 'work_offer_ended', interaction: 'w', reason: 'answered' }, 0)
	desk = foldDesk(desk, { on: 'work', ...work }, 0)
	desk = foldDesk(desk, { on: 'work', ...work, interaction: 'x' }, 0)
	expect([desk.workOffers.length, desk.works.length, desk.messages.w?.length]).toEqual([0, 2, 3])
	desk = foldDesk(desk, { on: 'work', ...work, state: 'ended' }, 0)
	desk = foldDesk(desk, { on: 'work_wrap_up', ...wrap }, 0)
	expect([desk.works.length, desk.workWrapUps.length, desk.messages.w?.length]).toEqual([1, 1, 3])
	desk = foldDesk(desk, { on: 'work_wrap_up_over', interaction: 'w', segment: 's1' }, 0)
	expect([desk.workWrapUps.length, desk.messages.w]).toEqual([0, undefined])
	desk = foldDesk(desk, { ...hello, works: [work], work_offers: [], work_wrap_ups: [] }, 0)
	expect(desk.works.map((w) => w.interaction)).toEqual(['w'])
})

it('forgets what was written in a contact somebody else took', () => {
	const offer: WorkOffer = { ...written, deadline_at: 9, wait_ms: 1, is_auto_answer: false }
	let desk = foldDesk(foldDesk(EMPTY_DESK, hello, 0), { on: 'work_offer', ...offer }, 0)
	desk = foldDesk(desk, { on: 'work_message', interaction: 'w', message: message(1) }, 0)
	desk = foldDesk(desk, { on: 'work_offer_ended', interaction: 'w', reason: 'answered_elsewhere' }, 4)
	expect([desk.workOffers.length, desk.messages.w, desk.lastOfferEnd]).toEqual([0, undefined, { reason: 'answered_elsewhere', at: 4 }])
})

it('parked calls are the list told last, and new after a reconnect', () => {
	const parked = [{ slot: '71', interaction: 'i', number: '+1', name: null, since: 1, parked_by: null, queue: null }]
	const desk = foldDesk(EMPTY_DESK, { on: 'parked', parked }, 0)
	expect(desk.parked).toEqual(parked)
	expect(foldDesk(desk, hello, 0).parked).toEqual([])
	expect(foldDesk(desk, { ...hello, parked }, 0).parked).toEqual(parked)
})

it('supervision is there until it has ended, with the sound offered for it', () => {
	const supervision = { interaction: 'i', mode: 'listen' as const, state: 'connecting' as const, reason: null, agent: null, customer: null, since: 1 }
	let desk = foldDesk(EMPTY_DESK, { on: 'supervision', ...supervision }, 0)
	desk = foldDesk(desk, { on: 'supervision_media', interaction: 'i', sdp: 'v=0' }, 0)
	desk = foldDesk(desk, { on: 'supervision', ...supervision, mode: 'barge', state: 'on' }, 0)
	expect(desk.supervisions).toEqual([{ ...supervision, mode: 'barge', state: 'on' }])
	expect(desk.supervisionMedia).not.toBeNull()
	desk = foldDesk(desk, { on: 'supervision', ...supervision, state: 'ended', reason: 'stopped' }, 0)
	expect([desk.supervisions, desk.supervisionMedia]).toEqual([[], null])
	expect(foldDesk(EMPTY_DESK, { ...hello, supervisions: [supervision, { ...supervision, interaction: 'j', state: 'ended' }] }, 0).supervisions).toHaveLength(1)
})

it('knows how many messages wait, from hello and from every change; a new object each time', () => {
	expect(foldDesk(EMPTY_DESK, hello, 0).voicemail).toBeNull()
	const told = foldDesk(EMPTY_DESK, { ...hello, voicemail: { unheard: 2, heard: 1 } }, 0)
	expect(told.voicemail).toEqual({ unheard: 2, heard: 1 })
	const changed = foldDesk(told, { on: 'voicemail_counts', counts: { unheard: 2, heard: 1 } }, 0)
	expect(changed.voicemail).toEqual(told.voicemail)
	expect(changed.voicemail).not.toBe(told.voicemail)
})
