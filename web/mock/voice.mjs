/** Calls with several parties, parking, dialling and supervision, for the stand-in server. Never part of the product. */
import { id } from './data.mjs'
import { OFFER_SDP } from './sound.mjs'

export const EXTENSIONS = [
	{ id: 'x0000000000x1', name: 'انبار', number: '310', state: 'free' },
	{ id: 'x0000000000x2', name: 'Reception', number: '300', state: 'busy' },
]
export const RING_GROUPS = [{ id: 'g0000000000g1', name: 'Warehouse team', number: '390' }]
const SUPERVISED = 'i-supervised1'

/** What a call has beyond one caller. */
export const callMore = (customer) => ({
	direction: 'inbound', talking_to: 'customer', supervisor: null, mos: 4.31, park_slot: null, has_video: false,
	recording: { state: 'on', is_allowed: true, is_pause_allowed: true },
	parties: [{ id: 'p0000000000p1', role: 'customer', name: customer.name, number: customer.number, user: null, state: 'connected', since: Date.now() - 64_000, is_muted: false }],
})

export function voiceParts({ data, desk, push, changeCall, offer, finish }) {
	const parked = []
	const supervisions = []
	const callOf = (m) => desk.calls.find((c) => c.interaction === m.interaction)
	const nameOf = (to) => data.users.find((u) => u.id === to.id)?.name ?? EXTENSIONS.find((x) => x.id === to.id)?.name ?? null
	const states = (call, talking) => call.parties.map((p) => ({ ...p, since: Date.now(), state: talking === 'everybody' || (talking === 'customer') === (p.role === 'customer') ? 'connected' : 'held' }))
	const talk = (m, talking_to) => {
		const call = callOf(m)
		return changeCall(m.interaction, { talking_to, parties: states(call, talking_to) })
	}
	const consult = (m) => {
		const call = callOf(m)
		const isConference = call.talking_to === 'everybody'
		const role = m.to.kind === 'number' ? 'outside' : m.to.kind === 'extension' ? 'extension' : 'agent'
		const others = isConference ? call.parties : call.parties.map((p) => ({ ...p, state: 'held', since: Date.now() }))
		const party = { id: id('p'), role, name: nameOf(m.to), number: m.to.number ?? null, user: null, state: 'ringing', since: Date.now(), is_muted: false }
		return changeCall(m.interaction, { talking_to: isConference ? 'everybody' : 'consulted', parties: [...others, party] })
	}
	const without = (m, gone) => {
		const call = callOf(m)
		const parties = call.parties.filter((p) => !gone(p))
		return changeCall(m.interaction, { parties, ...(parties.length < 2 && { talking_to: 'customer', parties: parties.map((p) => ({ ...p, state: 'connected' })) }) })
	}
	const supervision = (change) => {
		Object.assign(supervisions[0], change)
		push({ on: 'supervision', ...supervisions[0] })
	}
	const tellParked = () => push({ on: 'parked', parked })
	const does = {
		'call.consult': consult,
		'call.toggle': (m) => talk(m, callOf(m).talking_to === 'customer' ? 'consulted' : 'customer'),
		'call.conference': (m) => talk(m, 'everybody'),
		'call.return': (m) => without(m, (p) => p.role !== 'customer'),
		'call.complete': (m) => finish(m.interaction),
		'call.drop': (m) => without(m, (p) => p.id === m.party),
		'call.mute_party': (m) => changeCall(m.interaction, { parties: callOf(m).parties.map((p) => (p.id === m.party ? { ...p, is_muted: m.on } : p)) }),
		'call.record': (m) => changeCall(m.interaction, { recording: { ...callOf(m).recording, state: { start: 'on', stop: 'off', pause: 'paused', resume: 'on' }[m.act] } }),
		'call.park': (m) => {
			const { customer, queue } = callOf(m)
			parked.push({ slot: '71', interaction: m.interaction, number: customer.number, name: customer.name, since: Date.now(), parked_by: { id: data.users[0].id, name: data.users[0].name }, queue: queue.id })
			finish(m.interaction)
			tellParked()
			return { ok: true, slot: '71' }
		},
		'call.pick_up': (m) => {
			parked.splice(parked.findIndex((p) => p.slot === m.slot), 1)
			tellParked()
			offer({ is_auto_answer: true })
		},
		'call.pull': () => undefined,
		'parked.list': () => ({ ok: true, parked }),
		'dial.options': () => ({ ok: true, caller_ids: [{ id: 'c1', number: '+982191000000', name: 'Main line' }, { id: 'c2', number: '+982191000100', name: '' }], queues: data.queues.slice(0, 2).map((q) => ({ id: q.id, name: q.name })) }),
		'call.dial': (m) => ({ ok: true, interaction: offer({ direction: m.to.kind === 'number' ? 'outbound' : 'internal', kind: 'internal', is_auto_answer: true, queue: null, customer: { number: m.to.number ?? '310', name: m.to.number ? null : nameOf(m.to), id: null, is_vip: false, notes: null } }) }),
		'supervise.start': (m) => {
			supervisions[0] = { interaction: m.interaction, mode: m.mode, state: 'connecting', reason: null, agent: { id: data.users[1].id, name: data.users[1].name }, customer: { number: '+989121234567', name: 'سارا محمدی' }, since: Date.now() }
			supervision({})
			push({ on: 'supervision_media', interaction: m.interaction, sdp: OFFER_SDP })
		},
		'supervise.media': (m) => (m.sdp?.startsWith('v=0') ? supervision({ state: 'on' }) : { code: 'sdp_invalid', message: 'no SDP' }),
		'supervise.mode': (m) => supervision({ mode: m.mode }),
		'supervise.stop': () => {
			supervision({ state: 'ended', reason: 'stopped' })
			supervisions.length = 0
		},
		'supervise.take_over': () => {
			supervision({ state: 'ended', reason: 'taken_over' })
			supervisions.length = 0
		},
	}
	return {
		does,
		hello: () => ({ parked, supervisions }),
		/** The one who is asked answers. */
		answered: (interaction) => changeCall(interaction, { parties: desk.calls.find((c) => c.interaction === interaction).parties.map((p) => (p.state === 'ringing' ? { ...p, state: 'connected', since: Date.now() } : p)) }),
		reset: () => {
			parked.length = 0
			supervisions.length = 0
		},
	}
}

/** What the wall tells of a person's call. */
export const liveMore = (i) => ({ interaction: [1, 2, 5].includes(i % 8) ? (i === 1 ? SUPERVISED : id('i')) : null, supervised_by: i === 2 ? { id: 'u-other', name: 'Sarah Miller', mode: 'listen' } : null, mos: 4.2, direction: i % 8 === 5 ? 'outbound' : 'inbound' })

/** A voicemail and a fax on an agent's desk. */
export function heardWorks(data) {
	const facts = (channel, i, more) => ({
		interaction: id('i'), segment: id('s'), channel, customer: { number: `+98912000000${i}`, name: data.customers[i].name, id: data.customers[i].id, is_vip: false }, to: '+982191000000',
		queue: { id: data.queues[1].id, name: data.queues[1].name }, opened_at: Date.now() - 900_000, queued_at: Date.now() - 900_000, answered_at: Date.now() - 60_000 + i, messages: 0, state: 'open', reason: null, disposition: null, notes: '', ...more,
	})
	return [facts('voicemail', 1, { recording: 'rec-voicemail', duration_ms: 24_000 }), facts('fax', 2, { document: 'doc-1', pages: 3 })]
}

/** What a call's history tells of several parties. */
export function detailMore(row, data) {
	if (row.result !== 'answered') return {}
	const t = row.started_at
	const party = (n, more) => ({ id: `p${n}`, user: null, name: null, number: null, joined_at: t + n * 9000, left_at: row.ended_at - n * 3000, reason: null, ...more })
	return {
		parties: [party(0, { role: 'customer', name: row.name, number: row.from }), party(1, { role: 'agent', name: data.users[1].name }), party(2, { role: 'agent', name: data.users[3].name, reason: 'consulted' }), party(3, { role: 'supervisor', name: data.users[4].name, reason: 'listen' })],
		quality: [
			{ leg: 'l1', role: 'customer', codec: 'PCMA/8000', mos: 4.31, lost_permille: 2, jitter_ms: 4, rtt_ms: 38 },
			{ leg: 'l2', role: 'agent', codec: 'opus/48000', mos: 3.42, lost_permille: 31, jitter_ms: 27, rtt_ms: 122 },
		],
	}
}

export const recordingMore = {
	channels: ['customer', 'agent'], format: 'wav', is_encrypted: true, integrity: 'whole', is_held: false,
	marks: [
		{ at_ms: 4200, kind: 'hold', text: null },
		{ at_ms: 7900, kind: 'resume', text: null },
		{ at_ms: 12_300, kind: 'party', text: 'رضا کریمی' },
		{ at_ms: 16_000, kind: 'pause', text: 'agent' },
		{ at_ms: 18_500, kind: 'transfer', text: null },
		{ at_ms: 21_000, kind: 'note', text: 'Offer sent' },
	],
}

/** The smallest document a reader shows. */
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length 44>>stream\nBT /F 24 Tf 60 300 Td (Page of a fax) Tj ET\nendstream endobj\ntrailer<</Root 1 0 R>>\n')

export const FAXES = () => [
	{ id: 'f1', direction: 'outbound', state: 'queued', from: '+982191000000', to: '+982188776655', name: 'Hassan Jaber', pages: 3, pages_done: 0, tries: 1, reason: 'busy', result: 'busy', interaction: null, created_at: Date.now() - 120_000, ended_at: null, next_try_at: Date.now() + 60_000 },
	{ id: 'f2', direction: 'inbound', state: 'received', from: '+982166554433', to: '+982191000000', name: null, pages: 2, pages_done: 2, tries: 1, reason: 'ok', result: 'OK', interaction: null, created_at: Date.now() - 4e6, ended_at: Date.now() - 39e5, next_try_at: null },
	{ id: 'f3', direction: 'outbound', state: 'failed', from: '+982191000000', to: '+982144332211', name: 'شرکت آفتاب', pages: 5, pages_done: 2, tries: 3, reason: 'no_answer', result: 'No answer', interaction: null, created_at: Date.now() - 9e7, ended_at: Date.now() - 89e6, next_try_at: null },
]
