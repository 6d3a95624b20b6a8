/** Made-up rows for the screens' own tests. Never part of the product. */
import { routingRows } from './routing.mjs'
import { detailMore, recordingMore } from './voice.mjs'

let next = 1
export const id = (prefix = 'x') => `${prefix}${String(next++).padStart(12, '0')}`.slice(0, 13)
const MINUTE = 60_000
const row = (value) => ({ id: id('r'), version: 1, created_at: Date.now() - 9e8, updated_at: Date.now() - 9e6, ...value })

export function makeData(now = Date.now()) {
	const skills = ['فروش', 'Support', '中文服務', 'الفواتير'].map((name) => row({ name, description: '' }))
	const teams = ['Team North', 'تیم عصر', 'فريق الصباح'].map((name) => row({ name, description: '' }))
	const reasons = ['Lunch', 'Prayer', 'Coaching', 'استراحت کوتاه'].map((name) => row({ name, is_paid: true }))
	const dispositions = ['Order placed', 'Question answered', 'Complaint', 'پیگیری لازم است'].map((name) => row({ name, description: '' }))
	const names = ['Leila Ahmadi', 'Omar Haddad', '林美玲', 'رضا کریمی', 'Sarah Miller', 'نورة القحطاني', 'مریم صادقی', 'Jonas Weber']
	const users = names.map((name, i) =>
		row({
			login: i === 0 ? 'leila' : `user${i}`,
			name,
			roles: i === 0 ? ['agent', 'supervisor', 'administrator'] : ['agent'],
			team: teams[i % 3].id,
			skills: [{ skill: skills[i % 4].id, level: 5 + (i % 5) }],
			language: 'en',
			calendar: 'gregorian',
			digits: 'latin',
			theme: 'auto',
			is_active: i !== 7,
			device: 'browser',
			device_uri: null,
			sip_login: null,
			is_always_ready: false,
			is_auto_answer: false,
			extension: String(200 + i),
			has_password: true,
			has_sip_password: false,
		}),
	)
	const queue = (name, more = {}) =>
		row({
			name, channel: 'voice', strategy: 'longest_idle', priority: 0, skills: [], teams: [teams[0].id], agents: [],
			ring_timeout_s: 20, wrap_up_s: 30, wrap_up_extend_s: 60, is_disposition_required: true, dispositions: [],
			service_level_s: 18, service_level_target_pct: 80, short_abandon_ms: 5000, capacity: 0, max_wait_s: 600,
			announce_first_s: 15, announce_every_s: 45, is_position_announced: true, is_estimate_announced: true,
			music: null, recording: 'always', greeting: null, handle_estimate_s: 180, is_active: true,
			skill_expression: null, weight_idle: 1, weight_skill: 60, weight_occupancy: 1, weight_contacts: 10, order: 'waiting', age_s: 0, share_pct: 0, rings: [], per_agent_max: 0, keep_free: 0, misses_max: 1,
			preferred: 'none', preferred_patience_s: 15, is_pick_allowed: false, max_estimate_s: 0, is_left_without_agents: false, no_agents_s: 60, hours: null, is_left_when_closed: false, warn_s: 5, ...more,
		})
	const queues = [queue('Sales · فروش', { skills: [{ skill: skills[0].id, level: 3 }], strategy: 'weighted', skill_expression: 'persian >= 5 prefer vip', rings: [{ after_s: 45, relax: 2, teams: [teams[1].id], agents: [] }, { after_s: 90, relax: 10, teams: [], agents: [users[3].id] }] }), queue('Support'), queue('الفواتير والاشتراكات'), queue('客戶服務'), queue('VIP', { priority: 50 })]
	const prompts = [
		row({ name: 'Welcome', kind: 'speech', texts: { en: 'Welcome to Aftab Travel.', fa: 'به آفتاب سیر خوش آمدید.' }, audio_ms: null }),
		row({ name: 'House music', kind: 'music', texts: {}, audio_ms: 184_000 }),
	]
	const hours = [
		row({
			name: 'Tehran office', time_zone: 'Asia/Tehran',
			spans: [
				{ days: ['sat', 'sun', 'mon', 'tue', 'wed'], from: '08:00', to: '12:30' },
				{ days: ['sat', 'sun', 'mon', 'tue', 'wed'], from: '13:30', to: '18:00' },
				{ days: ['thu'], from: '08:00', to: '13:00' },
			],
			holidays: [{ date: '2027-03-21', name: 'نوروز', spans: [] }],
		}),
	]
	const document = {
		format: 1, start: 'welcome', language: 'fa',
		nodes: {
			welcome: { type: 'say', say: [{ prompt: prompts[0].id }], next: 'open' },
			open: { type: 'hours', hours: hours[0].id, open: 'menu', closed: 'message' },
			menu: {
				type: 'menu', say: [{ text: { fa: 'برای فروش ۱ و برای پشتیبانی ۲ را فشار دهید.' } }],
				options: { 1: { label: 'Sales', next: 'sales' }, 2: { label: 'Support', next: 'support' } }, on_fail: 'support',
			},
			sales: { type: 'queue', queue: queues[0].id, overflow: 'message' },
			support: { type: 'queue', queue: queues[1].id, overflow: 'message' },
			message: { type: 'voicemail', queue: queues[1].id, next: 'bye' },
			bye: { type: 'hang_up' },
			old: { type: 'say', say: [], next: 'bye' },
		},
	}
	const extensions = [row({ number: '310', name: 'انبار', user: null, sip_login: 'warehouse', has_sip_password: true, ring_timeout_s: 25, forward_to: null, has_voicemail: true, greeting: null, voicemail_max_s: 120, may_dial_out: false, is_active: true })]
	const ringGroups = [row({ number: '390', name: 'Warehouse team', users: [users[1].id, users[2].id], extensions: [extensions[0].id], numbers: [], strategy: 'ring_all', ring_timeout_s: 20, then: 'voicemail', then_extension: null, then_queue: null, voicemail_user: users[1].id, greeting: null, is_active: true })]
	const callerIds = [row({ number: '+982191000000', name: 'Main line', is_withheld: false, trunks: [], teams: [] })]
	const recorders = [row({ name: 'Archive', uri: 'sip:recorder@192.0.2.9;transport=tcp', queues: [queues[0].id], percent: 100, is_enabled: true })]
	const flows = [row({ name: 'Main line', document, published_version: 4 })]
	const trunks = [
		row({ name: 'Asiatech', transport: 'udp', is_accepted_by_address: true, addresses: ['192.0.2.7'], is_accepted_by_digest: false, is_registered_outwards: true, proxy: 'sip:sip.example.net', login: 'markaz', has_password: true, caller_id: '+982191000000', calls_max: 30, qualify_interval_s: 60, is_enabled: true }),
		row({ name: 'Office exchange', transport: 'tls', is_accepted_by_address: false, addresses: [], is_accepted_by_digest: true, is_registered_outwards: false, proxy: null, login: 'pbx', has_password: true, caller_id: null, calls_max: 0, qualify_interval_s: 60, is_enabled: true }),
	]
	const numbers = [
		row({ number: '+982191000000', name: 'Main line', flow: flows[0].id, queue: null, trunk: null, language: 'fa', is_active: true, extension: null, ring_group: null, is_web: true, has_video: true }),
		row({ number: '100', name: 'Support direct', flow: null, queue: queues[1].id, trunk: trunks[0].id, language: 'en', is_active: true }),
	]
	const customers = ['سارا محمدی', 'Hassan Jaber', '陳大文', 'Emma Clarke'].map((name, i) =>
		row({ name, numbers: [`+98912000000${i}`], email: null, language: 'fa', notes: i === 0 ? 'ترجیح می‌دهد عصرها تماس بگیرد. Prefers evenings.' : null, is_vip: i === 0 }),
	)
	const settings = [row({ organisation: 'Aftab Travel · آفتاب سیر', default_language: 'fa', time_zone: 'Asia/Tehran', sip_realm: 'markaz', public_address: null, music: null, country_code: '98', national_prefix: '0', international_prefix: '00', forbidden_prefixes: ['+882'], emergency_numbers: ['110', '112'], voicemail_queue: null, feature_ready: '*1', feature_break: '*2', feature_listen: '*3', feature_pick_up: '*8', feature_voicemail: '*97', feature_greeting: '*98', park_first: 71, park_last: 79, park_return_s: 120, supervision_notice: 'whisper', is_supervision_beeped: false, is_conference_kept: true })]
	const interactions = makeInteractions(now, { queues, users, dispositions, customers })
	return { ...routingRows(row), skills, teams, 'break-reasons': reasons, dispositions, users, queues, prompts, hours, flows, extensions, 'ring-groups': ringGroups, 'caller-ids': callerIds, recorders, trunks, 'trunk-groups': [row({ name: 'Iran', prefixes: ['+98'], trunks: trunks.map((t) => t.id), strategy: 'in_order', is_enabled: true })], numbers, customers, settings, interactions }
}

function makeInteractions(now, { queues, users, dispositions, customers }) {
	const results = ['answered', 'answered', 'answered', 'abandoned', 'answered', 'voicemail', 'ended_in_flow']
	return Array.from({ length: 500 }, (_, i) => {
		const result = results[i % results.length]
		const started_at = now - (i + 1) * 7 * MINUTE
		const talk_ms = result === 'answered' ? 60_000 + ((i * 7919) % 400_000) : 0
		const known = i % 3 === 0 ? customers[(i / 3) % 4] : null
		return {
			id: id('i'), channel: 'voice', direction: i % 9 === 4 ? 'outbound' : 'inbound', from: `+98912${String(1000000 + i * 3571)}`, to: '+982191000000', name: known?.name ?? null,
			started_at, ended_at: started_at + talk_ms + 40_000, duration_ms: talk_ms + 40_000, reason: 'customer_hung_up', result,
			queue: queues[i % 4].id, agent: result === 'answered' ? users[i % 6].id : null, wait_ms: (i * 977) % 90_000, talk_ms, hold_ms: i % 5 === 0 ? 12_000 : 0,
			acw_ms: result === 'answered' ? 21_000 : 0, disposition: result === 'answered' ? dispositions[i % 4].id : null, has_recording: result !== 'abandoned' && result !== 'ended_in_flow',
			chosen: [{ node: 'menu', label: 'Sales · فروش', digits: '1' }],
		}
	})
}

export function detailOf(row, data) {
	const segment = id('s')
	const event = (seq, at, type, more = {}) => ({ seq, at, type, data: { segment, ...more } })
	const t = row.started_at
	return {
		...row,
		...detailMore(row, data),
		segments: [{ id: segment, queue: row.queue, agent: row.agent, queued_at: t + 14_000, answered_at: row.agent ? t + 30_000 : null, ended_at: row.ended_at, result: row.result, wait_ms: row.wait_ms, ring_ms: 4200, talk_ms: row.talk_ms, hold_ms: row.hold_ms, acw_ms: row.acw_ms, disposition: row.disposition, notes: row.agent ? 'رزرو هتل برای دو شب. Sent the offer by e-mail.' : null }],
		events: [
			event(1, t, 'interaction.started', { from: row.from, to: row.to, direction: 'inbound' }),
			event(2, t + 200, 'flow.entered', { flow: data.flows[0].id }),
			event(3, t + 300, 'flow.stepped', { node: 'welcome', node_type: 'say' }),
			event(4, t + 8000, 'flow.chosen', { node: 'menu', label: 'Sales · فروش', digits: '1' }),
			event(5, t + 14_000, 'segment.queued', { queue: row.queue }),
			event(6, t + 26_000, 'offer.made', { queue: row.queue, agent: row.agent, decision: 17 }),
			event(7, t + 30_000, 'segment.answered', { queue: row.queue, agent: row.agent, wait_ms: row.wait_ms }),
			event(8, row.ended_at - 1000, 'segment.ended', { agent: row.agent, reason: 'customer', talk_ms: row.talk_ms }),
			event(9, row.ended_at, 'interaction.ended', { reason: 'customer_hung_up', duration_ms: row.duration_ms }),
		],
		recordings: row.has_recording ? [{ id: `rec-${row.id}`, kind: row.result === 'voicemail' ? 'voicemail' : 'call', started_at: t + 30_000, duration_ms: 24_000, bytes: 768_044, ...recordingMore }] : [],
	}
}

export function kpis(scale = 1) {
	const n = Math.round(120 * scale)
	const answered = Math.round(n * 0.86)
	return {
		offered: n, answered, abandoned: n - answered - 3, short_abandoned: 4, overflowed_out: 3, waiting_now: 2, asa: 14_300, avg_time_in_queue: 21_900, abandon_rate: 0.094, aht: 241_000, occupancy: 0.78,
		talk_ms: answered * 190_000, hold_ms: answered * 12_000, acw_ms: answered * 28_000, service_level: 0.5 + 0.4 * scale,
		service_levels: { sl_default: 0.5 + 0.35 * Math.min(1, scale), sl_answered: 0.88, sl_strict: 0.79, sl_abandon_positive: 0.82, sl_flow: 0.77, sl_early_out: 0.8 },
	}
}
