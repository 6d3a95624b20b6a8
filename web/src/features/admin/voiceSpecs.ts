/** Forms of what telephones ring and show: extensions, ring groups, caller ids; and the telephony groups of the settings. */
import { bool, days, type Field, type Section, seconds, type Spec, text, whole } from './fieldKinds'

const ownPhone = (v: Record<string, unknown>): boolean => !v.user
const withVoicemail = (v: Record<string, unknown>): boolean => v.has_voicemail === true

export const extensions: Spec = {
	resource: 'extensions',
	group: 'telephony',
	permission: 'change_config',
	columns: ['name', 'user', 'forward_to', 'has_voicemail', 'is_active'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [text('number', { isRequired: true, help: 'help.short_number' }), text('name', { isRequired: true }), bool('is_active')],
		},
		{
			title: 'admin.section.rings_at',
			fields: [
				{ name: 'user', kind: 'ref', ref: 'users', help: 'help.extension_user' },
				text('sip_login', { when: ownPhone }),
				{ name: 'sip_password', kind: 'secret', help: 'help.sip_password', when: ownPhone },
				bool('may_dial_out', { help: 'help.may_dial_out', when: ownPhone }),
				seconds('ring_timeout_s', { label: 'field.rings_for', max: 120 }),
			],
		},
		{
			title: 'admin.section.unanswered',
			fields: [
				text('forward_to', { help: 'help.forward_to' }),
				bool('has_voicemail'),
				{ name: 'greeting', label: 'field.voicemail_greeting', kind: 'ref', ref: 'prompts', help: 'help.voicemail_greeting', when: withVoicemail },
				seconds('voicemail_max_s', { max: 600, when: withVoicemail }),
			],
		},
	],
	fresh: { number: '', name: '', user: null, sip_login: null, ring_timeout_s: 25, forward_to: null, has_voicemail: false, greeting: null, voicemail_max_s: 120, may_dial_out: false, is_active: true },
	follow: (name, value) => (name === 'user' && value ? { sip_login: null } : {}),
	activeField: 'is_active',
}

const then = (what: string) => (v: Record<string, unknown>): boolean => v.then === what

export const ringGroups: Spec = {
	resource: 'ring-groups',
	group: 'telephony',
	permission: 'change_config',
	columns: ['name', 'users', 'extensions', 'strategy', 'is_active'],
	sections: [
		{ title: 'admin.section.general', fields: [text('number', { isRequired: true, help: 'help.short_number' }), text('name', { isRequired: true }), bool('is_active')] },
		{
			title: 'admin.section.rings_at',
			fields: [
				{ name: 'users', kind: 'refs', ref: 'users', max: 32 },
				{ name: 'extensions', kind: 'refs', ref: 'extensions', max: 32 },
				{ name: 'numbers', kind: 'list', help: 'admin.list_hint' },
				{ name: 'strategy', label: 'field.group_strategy', kind: 'choice', of: { values: ['ring_all', 'in_order', 'round_robin'], words: 'group_strategy', hints: 'group_strategy_hint' } },
				seconds('ring_timeout_s', { label: 'field.rings_for', max: 120 }),
			],
		},
		{
			title: 'admin.section.unanswered',
			fields: [
				{ name: 'then', kind: 'choice', of: { values: ['hang_up', 'voicemail', 'extension', 'queue'], words: 'choice.then' } },
				{ name: 'then_extension', kind: 'ref', ref: 'extensions', when: then('extension') },
				{ name: 'then_queue', kind: 'ref', ref: 'queues', when: then('queue') },
				{ name: 'voicemail_user', kind: 'ref', ref: 'users', help: 'help.voicemail_user', when: then('voicemail') },
				{ name: 'greeting', label: 'field.voicemail_greeting', kind: 'ref', ref: 'prompts', help: 'help.voicemail_greeting', when: then('voicemail') },
			],
		},
	],
	fresh: {
		number: '', name: '', users: [], extensions: [], numbers: [], strategy: 'ring_all', ring_timeout_s: 20, then: 'hang_up', then_extension: null, then_queue: null, voicemail_user: null, greeting: null, is_active: true,
	},
	activeField: 'is_active',
}

export const callerIds: Spec = {
	resource: 'caller-ids',
	group: 'telephony',
	permission: 'change_config',
	columns: ['name', 'trunks', 'teams', 'is_withheld'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				text('number', { isRequired: true, help: 'help.caller_id_number' }),
				text('name'),
				bool('is_withheld', { help: 'help.is_withheld' }),
				{ name: 'trunks', kind: 'refs', ref: 'trunks', help: 'help.caller_id_trunks' },
				{ name: 'teams', kind: 'refs', ref: 'teams', help: 'help.caller_id_teams' },
			],
		},
	],
	fresh: { number: '', name: null, is_withheld: false, trunks: [], teams: [] },
}

/** Trunks that stand in for each other. */
export const trunkGroups: Spec = {
	resource: 'trunk-groups',
	group: 'telephony',
	permission: 'change_config',
	columns: ['prefixes', 'trunks', 'strategy', 'is_enabled'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				text('name', { isRequired: true }),
				{ name: 'prefixes', kind: 'list', help: 'help.group_prefixes' },
				{ name: 'trunks', kind: 'refs', ref: 'trunks', max: 16, help: 'help.group_trunks' },
				{ name: 'strategy', label: 'field.trunk_strategy', kind: 'choice', of: { values: ['in_order', 'weighted', 'least_cost'], words: 'trunk_strategy' } },
				bool('is_enabled'),
			],
		},
	],
	fresh: { name: '', prefixes: [], trunks: [], strategy: 'in_order', is_enabled: true },
	activeField: 'is_enabled',
}

/** What a trunk does when it fails, what it costs, and how numbers are written there. */
export const trunkMore: Section[] = [
	{
		title: 'admin.section.trunk_limits',
		fields: [{ name: 'calls_max', kind: 'number', min: 0, help: 'help.zero_unlimited' }, { name: 'calls_per_second', kind: 'number', min: 0, max: 1000, help: 'help.zero_unlimited' }],
	},
	{
		title: 'admin.section.failover',
		fields: [
			{ name: 'first_answer_ms', kind: 'number', unit: 'milliseconds', min: 250, max: 8000, help: 'help.first_answer_ms' },
			{ name: 'asr_min_pct', kind: 'number', unit: 'percent', min: 0, max: 100, help: 'help.asr_min_pct' },
			{ name: 'mos_min_tenths', kind: 'number', min: 0, max: 45, help: 'help.mos_min_tenths' },
			seconds('step_back_s', { max: 86400 }),
			whole('weight', 1000, { help: 'help.weight' }),
			text('cost_per_minute', { help: 'help.cost_per_minute' }),
			{ name: 'rates', kind: 'list', help: 'help.rates' },
		],
	},
	{
		title: 'admin.section.numbers_written',
		hint: 'section_hint.numbers_written',
		fields: [
			{ name: 'out_called_rules', kind: 'list' },
			{ name: 'out_caller_rules', kind: 'list' },
			{ name: 'in_called_rules', kind: 'list' },
			{ name: 'in_caller_rules', kind: 'list' },
			{ name: 'in_number_format', kind: 'choice', of: { values: ['as_is', 'e164'], words: 'in_number_format' } },
			{ name: 'caller_id_policy', kind: 'choice', of: { values: ['any', 'allowed', 'own'], words: 'caller_id_policy' } },
			{ name: 'caller_ids_allowed', kind: 'list', help: 'help.caller_ids_allowed', when: (v) => v.caller_id_policy === 'allowed' },
			bool('is_identity_asserted'),
			bool('is_identity_believed'),
			bool('is_diversion_sent'),
		],
	},
]
export const trunkMoreFresh = {
	calls_per_second: 0, first_answer_ms: 2000, weight: 100, cost_per_minute: null, rates: [], asr_min_pct: 0, mos_min_tenths: 0, step_back_s: 300, register_expires_s: 300, register_retry_s: 30,
	out_called_rules: [], out_caller_rules: [], in_called_rules: [], in_caller_rules: [], in_number_format: 'as_is', caller_id_policy: 'any', caller_ids_allowed: [], is_identity_asserted: false, is_identity_believed: true, is_diversion_sent: false,
}

/** Recorders of others, reached by SIPREC. */
export const recorders: Spec = {
	resource: 'recorders',
	group: 'telephony',
	permission: 'change_config',
	columns: ['uri', 'queues', 'percent', 'is_enabled'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				text('name', { isRequired: true }),
				text('uri', { isRequired: true, help: 'help.recorder_uri' }),
				{ name: 'queues', kind: 'refs', ref: 'queues', help: 'help.recorder_queues' },
				{ name: 'percent', kind: 'number', unit: 'percent', min: 1, max: 100 },
				bool('is_enabled'),
			],
		},
	],
	fresh: { name: '', uri: '', queues: [], percent: 100, is_enabled: true },
	activeField: 'is_enabled',
}

const RECORDED = { values: ['always', 'never', 'on_demand'], words: 'choice.recording' } as const

/** Of the installation's settings: what telephones, recordings and faxes go by. A server without a field shows none. */
export const telephonySettings: Section[] = [
	{
		title: 'admin.section.dialling',
		hint: 'section_hint.dialling',
		fields: [
			text('country_code', { help: 'help.country_code' }),
			text('national_prefix'),
			text('international_prefix'),
			{ name: 'forbidden_prefixes', kind: 'list', help: 'help.forbidden_prefixes' },
			whole('outside_calls_max', 1000000, { help: 'help.outside_calls' }),
			whole('outside_calls_per_second', 10000, { help: 'help.outside_calls' }),
			{ name: 'emergency_numbers', kind: 'list', help: 'help.emergency_numbers' },
			{ name: 'voicemail_queue', kind: 'ref', ref: 'queues', help: 'help.voicemail_queue' },
		],
	},
	{
		title: 'admin.section.toll',
		hint: 'section_hint.toll',
		fields: [
			bool('is_abroad_restricted'),
			{ name: 'allowed_countries', kind: 'list', help: 'admin.list_hint' },
			{ name: 'call_costs', kind: 'list', help: 'help.call_costs' },
			whole('cost_max_hour', 100_000_000),
			whole('cost_max_day', 100_000_000),
			whole('user_cost_max_day', 100_000_000),
			whole('user_calls_max_hour', 100_000),
			text('night_from', { help: 'help.night' }),
			text('night_until', { help: 'help.night' }),
			whole('night_calls_max_hour', 100_000, { help: 'help.night_calls_max_hour' }),
		],
	},
	{
		title: 'admin.section.defence',
		hint: 'section_hint.defence',
		fields: [
			{ name: 'allowed_addresses', kind: 'list', help: 'help.allowed_addresses' },
			whole('flood_packets', 1_000_000),
			whole('flood_requests', 1_000_000),
			whole('flood_network_times', 1000),
			whole('flood_known_times', 1000),
			whole('ban_failures', 10_000),
			whole('ban_minutes', 10_080),
			whole('ban_max_hours', 8760),
		],
	},
	{
		title: 'admin.section.features',
		hint: 'section_hint.features',
		fields: [text('feature_ready'), text('feature_break'), text('feature_listen'), text('feature_pick_up'), text('feature_voicemail'), text('feature_greeting')],
	},
	{
		title: 'admin.section.park',
		hint: 'section_hint.park',
		fields: [whole('park_first', 999_999), whole('park_last', 999_999), seconds('park_return_s', { help: 'help.park_return_s', max: 3600 })],
	},
	{
		title: 'admin.section.supervision',
		fields: [
			{ name: 'supervision_notice', kind: 'choice', of: { values: ['never', 'whisper', 'always'], words: 'choice.notice' }, help: 'help.supervision_notice' },
			bool('is_supervision_beeped'),
			bool('is_conference_kept', { help: 'help.is_conference_kept' }),
		],
	},
	{
		title: 'admin.section.recording',
		hint: 'section_hint.recording',
		fields: [
			{ name: 'recording_format', kind: 'choice', of: { values: ['wav', 'opus'], words: 'choice.format' } },
			bool('is_recording_encrypted'),
			days('recording_key_days'),
			bool('is_recording_masked', { help: 'help.is_recording_masked' }),
			seconds('recording_beep_s', { help: 'help.recording_beep_s', max: 600 }),
			seconds('recording_pause_max_s', { help: 'help.recording_pause_max_s', max: 3600 }),
			{ name: 'record_outbound', kind: 'choice', of: RECORDED },
			{ name: 'record_internal', kind: 'choice', of: RECORDED },
			whole('recording_disk_reserve_mb', 1_000_000, { help: 'help.recording_disk_reserve_mb' }),
			bool('agents_hear_own'),
		],
	},
	{
		title: 'admin.section.fax',
		fields: [text('fax_station', { help: 'help.fax_station' }), text('fax_header'), whole('fax_tries', 20), seconds('fax_retry_s', { max: 3600 })],
	},
]

export const SRTP = { values: ['off', 'optional', 'required'], words: 'choice.srtp' } as const

/** A queue's recording: which calls, how long they are kept, what the caller is told. */
export const recordingFields = (isVoice: (v: Record<string, unknown>) => boolean): Field[] => {
	const isRecorded = (v: Record<string, unknown>): boolean => isVoice(v) && v.recording !== 'never'
	return [
		{ name: 'recording', kind: 'choice', of: { values: ['always', 'never', 'percentage', 'on_demand'], words: 'choice.recording', hints: 'recording_hint' }, when: isVoice },
		{ name: 'recording_pct', kind: 'number', unit: 'percent', min: 0, max: 100, when: (v) => isVoice(v) && v.recording === 'percentage' },
		{ name: 'recording_notice', kind: 'ref', ref: 'prompts', help: 'help.recording_notice', when: isRecorded },
		{ name: 'recording_days', kind: 'number', unit: 'days', min: 0, max: 36_500, help: 'help.recording_days', when: isRecorded },
	]
}
