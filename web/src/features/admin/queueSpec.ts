/** The queue's form, in the order a manager thinks: who answers, who is next, who else helps, when it is too much, what is heard. */
import { recordingFields } from './voiceSpecs'
import { bool, type Field, nameField, seconds, type Spec, type Values, whole } from './fieldKinds'

export const CHANNELS = ['voice', 'chat', 'email', 'message', 'task'] as const
export const STRATEGIES = ['longest_idle', 'least_occupied', 'most_skilled', 'fewest_contacts', 'round_robin', 'ring_all', 'top_down', 'weighted'] as const

/** The service level usual for a channel; the server fills in the same when none is given. */
const USUAL_LEVEL: Record<string, Values> = {
	voice: { service_level_s: 18, service_level_target_pct: 80 },
	chat: { service_level_s: 10, service_level_target_pct: 90 },
	message: { service_level_s: 10, service_level_target_pct: 90 },
	email: { service_level_s: 86_400, service_level_target_pct: 100 },
	task: { service_level_s: 86_400, service_level_target_pct: 100 },
}

const isVoice = (v: Values): boolean => (v.channel ?? 'voice') === 'voice'
const isWeighted = (v: Values): boolean => v.strategy === 'weighted'
const isPositive = (name: string) => (v: Values): boolean => typeof v[name] === 'number' && v[name] > 0
const weight = (name: string): Field => whole(name, 1000, { when: isWeighted })

export const queueSpec: Spec = {
	resource: 'queues',
	group: 'routing',
	permission: 'change_config',
	columns: ['teams', 'strategy', 'service_level_s', 'service_level_target_pct', 'is_active'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				nameField,
				bool('is_active'),
				{ name: 'channel', kind: 'choice', of: { values: CHANNELS, words: 'channel' }, help: 'help.channel' },
				...recordingFields(isVoice),
			],
		},
		{
			title: 'admin.section.who',
			hint: 'section_hint.who',
			fields: [
				{ name: 'teams', kind: 'refs', ref: 'teams', help: 'help.teams' },
				{ name: 'agents', kind: 'refs', ref: 'users', help: 'help.queue_agents' },
				{ name: 'skills', kind: 'skills', help: 'help.skills_queue' },
				{ name: 'skill_expression', kind: 'expression', help: 'help.skill_expression' },
				{ name: 'strategy', kind: 'choice', of: { values: STRATEGIES, words: 'strategy', hints: 'strategy_hint' } },
				weight('weight_idle'),
				weight('weight_skill'),
				weight('weight_occupancy'),
				weight('weight_contacts'),
				seconds('ring_timeout_s', { max: 120 }),
				whole('misses_max', 100, { help: 'help.misses_max' }),
				{ name: 'preferred', kind: 'choice', of: { values: ['none', 'last_agent', 'account_owner', 'both'], words: 'preferred', hints: 'preferred_hint' } },
				seconds('preferred_patience_s', { help: 'help.preferred_patience_s', max: 3600, when: (v) => typeof v.preferred === 'string' && v.preferred !== 'none' }),
				whole('per_agent_max', 100, { help: 'help.per_agent_max', when: (v) => !isVoice(v) }),
				whole('keep_free', 1000, { help: 'help.keep_free' }),
				bool('is_pick_allowed', { help: 'help.is_pick_allowed' }),
				bool('is_auto_answer', { help: 'help.queue_auto_answer', when: isVoice }),
				{ name: 'caller_id', kind: 'ref', ref: 'caller-ids', help: 'help.queue_caller_id', when: isVoice },
			],
		},
		{
			title: 'admin.section.order',
			hint: 'section_hint.order',
			fields: [
				{ name: 'order', kind: 'choice', of: { values: ['waiting', 'due'], words: 'order', hints: 'order_hint' } },
				whole('priority', 100, { help: 'help.priority' }),
				seconds('age_s', { help: 'help.age_s', max: 86_400 }),
				{ name: 'share_pct', kind: 'number', unit: 'percent', min: 0, max: 100, help: 'help.share_pct' },
			],
		},
		{ title: 'admin.section.rings', hint: 'section_hint.rings', fields: [{ name: 'rings', kind: 'rings' }] },
		{
			title: 'admin.section.limits',
			hint: 'section_hint.limits',
			fields: [
				whole('capacity', 100_000, { help: 'help.capacity' }),
				seconds('max_estimate_s', { help: 'help.max_estimate_s', max: 86_400 }),
				seconds('max_wait_s', { help: 'help.max_wait_s', max: 86_400 }),
				bool('is_left_without_agents', { help: 'help.is_left_without_agents' }),
				seconds('no_agents_s', { help: 'help.no_agents_s', max: 86_400, when: (v) => v.is_left_without_agents === true }),
				{ name: 'hours', kind: 'ref', ref: 'hours', help: 'help.queue_hours' },
				bool('is_left_when_closed', { help: 'help.is_left_when_closed' }),
			],
		},
		{
			title: 'admin.section.heard',
			fields: [
				{ name: 'greeting', kind: 'ref', ref: 'prompts', when: isVoice },
				{ name: 'music', kind: 'ref', ref: 'prompts', help: 'help.music', when: isVoice },
				{ name: 'playlist', kind: 'refs', ref: 'prompts', help: 'help.playlist', when: isVoice },
				bool('is_music_shared', { help: 'help.is_music_shared', when: isVoice }),
				{ name: 'announcements', kind: 'refs', ref: 'prompts', help: 'help.announcements', when: isVoice },
				bool('is_position_announced'),
				bool('is_estimate_announced'),
				seconds('announce_first_s', { help: 'help.announce_first_s', max: 3600 }),
				seconds('announce_every_s', { help: 'help.announce_every_s', max: 3600 }),
			],
		},
		{
			title: 'admin.section.wrap_up',
			fields: [
				seconds('wrap_up_s', { max: 3600 }),
				seconds('wrap_up_extend_s', { max: 3600, when: isPositive('wrap_up_s') }),
				bool('is_disposition_required', { when: isPositive('wrap_up_s') }),
				{ name: 'dispositions', kind: 'refs', ref: 'dispositions', help: 'help.dispositions' },
			],
		},
		{
			title: 'admin.section.goals',
			hint: 'section_hint.goals',
			fields: [
				seconds('service_level_s', { max: 86_400 }),
				{ name: 'service_level_target_pct', kind: 'number', unit: 'percent', min: 1, max: 100, help: 'help.service_level_target_pct' },
				seconds('warn_s', { help: 'help.warn_s', max: 86_400 }),
				{ name: 'short_abandon_ms', kind: 'number', unit: 'milliseconds', min: 0, max: 60_000, help: 'help.short_abandon_ms' },
				seconds('handle_estimate_s', { help: 'help.handle_estimate_s', max: 86_400 }),
			],
		},
	],
	fresh: {
		name: '', channel: 'voice', is_active: true, recording: 'always', recording_pct: 10, recording_notice: null, recording_days: 0, teams: [], agents: [], skills: [], skill_expression: null, strategy: 'longest_idle', weight_idle: 1, weight_skill: 60,
		weight_occupancy: 1, weight_contacts: 10, ring_timeout_s: 20, misses_max: 1, preferred: 'none', preferred_patience_s: 15, per_agent_max: 0, keep_free: 0, is_pick_allowed: false, order: 'waiting', priority: 0,
		age_s: 0, share_pct: 0, rings: [], capacity: 0, max_estimate_s: 0, max_wait_s: 0, is_left_without_agents: false, no_agents_s: 60, hours: null, is_left_when_closed: false, greeting: null, music: null, playlist: [], is_music_shared: true, announcements: [],
		is_position_announced: true, is_estimate_announced: true, announce_first_s: 15, announce_every_s: 45, wrap_up_s: 30, wrap_up_extend_s: 60, is_disposition_required: false, dispositions: [],
		service_level_s: 18, service_level_target_pct: 80, warn_s: 5, short_abandon_ms: 5000, handle_estimate_s: 180, is_auto_answer: false, caller_id: null,
	},
	follow: (name, value) => (name === 'channel' && typeof value === 'string' ? (USUAL_LEVEL[value] ?? {}) : {}),
	activeField: 'is_active',
}
