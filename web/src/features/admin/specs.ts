/**
 * How each resource is shown and edited: which fields, in which groups, with which widget. Types, limits and references are
 * the server's; a field it does not know is refused there with a message at the field.
 */
import { asLanguage, usualCalendar, usualDigits } from '../../shared/format'
import type { ResourceRow } from '../../shared/rest'
import { bool, days, type Choices, type Field, nameField, seconds, type Spec, text, type Values, whole } from './fieldKinds'
import { CHANNELS, queueSpec } from './queueSpec'
import { SRTP, callerIds, extensions, recorders, ringGroups, telephonySettings, trunkGroups, trunkMore, trunkMoreFresh } from './voiceSpecs'

export type { Choices, Field, Section, Spec, Values } from './fieldKinds'

const SPOKEN: Choices = { values: ['fa', 'ar', 'zh', 'en'], words: 'language' }
const DEVICES: Choices = { values: ['browser', 'phone', 'uri'], words: 'device' }
const simple = (resource: string, group: Spec['group'], extra: Field[], fresh: Values, columns: string[]): Spec => ({
	resource,
	group,
	permission: 'change_config',
	columns,
	sections: [{ title: 'admin.section.general', fields: [nameField, ...extra] }],
	fresh: { name: '', ...fresh },
})

const numbers: Spec = {
	resource: 'numbers',
	group: 'telephony',
	permission: 'change_config',
	columns: ['name', 'flow', 'queue', 'extension', 'language', 'is_active'],
	sections: [
		{ title: 'admin.section.general', fields: [text('number', { isRequired: true, help: 'help.number' }), text('name'), bool('is_active')] },
		{
			title: 'admin.section.where',
			fields: [
				{ name: 'flow', kind: 'ref', ref: 'flows', help: 'help.destination' },
				{ name: 'queue', kind: 'ref', ref: 'queues' },
				{ name: 'extension', kind: 'ref', ref: 'extensions' },
				{ name: 'ring_group', kind: 'ref', ref: 'ring-groups' },
				{ name: 'trunk', kind: 'ref', ref: 'trunks', help: 'help.trunk' },
				{ name: 'language', kind: 'choice', of: SPOKEN },
				{ name: 'fax_queue', kind: 'ref', ref: 'queues', help: 'help.fax_queue' },
			],
		},
		{
			title: 'admin.section.page',
			hint: 'section_hint.page',
			fields: [bool('is_web', { help: 'help.is_web' }), bool('has_video', { help: 'help.has_video', when: (v) => v.is_web === true })],
		},
	],
	fresh: { number: '', name: '', flow: null, queue: null, extension: null, ring_group: null, trunk: null, language: 'en', is_active: true, fax_queue: null, is_web: false, has_video: false },
	activeField: 'is_active',
}

const trunks: Spec = {
	resource: 'trunks',
	group: 'telephony',
	permission: 'change_config',
	columns: ['proxy', 'transport', 'calls_max', 'is_enabled'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [nameField, { name: 'transport', kind: 'choice', of: { values: ['udp', 'tcp', 'tls'] } }, bool('is_enabled')],
		},
		{
			title: 'admin.section.incoming',
			fields: [
				bool('is_accepted_by_address'),
				{ name: 'addresses', kind: 'list', help: 'help.addresses', when: (v) => v.is_accepted_by_address === true },
				bool('is_accepted_by_digest'),
			],
		},
		{
			title: 'admin.section.outgoing',
			fields: [
				text('proxy', { help: 'help.proxy' }),
				bool('is_registered_outwards'),
				text('login', { when: (v) => v.is_accepted_by_digest === true || v.is_registered_outwards === true }),
				{ name: 'password', kind: 'secret', when: (v) => v.is_accepted_by_digest === true || v.is_registered_outwards === true },
				{ name: 'prefixes', kind: 'list', help: 'help.prefixes' },
				whole('position', 1000, { help: 'help.trunk_position' }),
				{ name: 'number_format', kind: 'choice', of: { values: ['e164', 'digits', 'national', 'as_dialled'], words: 'number_format' } },
				text('caller_id'),
				bool('has_t38', { help: 'help.has_t38' }),
				{ name: 'srtp', kind: 'choice', of: SRTP, help: 'help.srtp' },
				seconds('register_expires_s', { max: 86400, when: (v) => v.is_registered_outwards === true }),
				seconds('register_retry_s', { max: 1800, help: 'help.register_retry_s', when: (v) => v.is_registered_outwards === true }),
				seconds('qualify_interval_s', { help: 'help.zero_never' }),
			],
		},
		...trunkMore,
	],
	fresh: {
		name: '', transport: 'udp', is_enabled: true, is_accepted_by_address: false, addresses: [], is_accepted_by_digest: false,
		is_registered_outwards: false, proxy: null, login: null, prefixes: [], position: 0, number_format: 'e164', has_t38: false, srtp: 'off', caller_id: null, calls_max: 0, qualify_interval_s: 60, ...trunkMoreFresh,
	},
	activeField: 'is_enabled',
}

/** One line a channel, drawn as a table; the defaults are the server's. */
const capacity: Spec = {
	resource: 'capacity-profiles',
	group: 'people',
	permission: 'change_config',
	columns: ['voice_max', 'chat_max', 'email_max', 'message_max', 'task_max'],
	sections: [
		{ title: 'admin.section.general', fields: [nameField] },
		{
			title: 'admin.section.capacity',
			hint: 'section_hint.capacity',
			layout: 'capacity',
			fields: CHANNELS.flatMap((channel): Field[] => [
				whole(`${channel}_max`, channel === 'voice' ? 1 : 100),
				{ name: `${channel}_load`, kind: 'number', unit: 'percent', min: 0, max: 100 },
				{ name: `${channel}_interrupts`, kind: 'choices', of: { values: CHANNELS.filter((c) => c !== channel), words: 'channel' } },
			]),
		},
	],
	fresh: {
		name: '', voice_max: 1, voice_load: 100, voice_interrupts: ['email', 'task'], chat_max: 4, chat_load: 25, chat_interrupts: [], email_max: 5, email_load: 20, email_interrupts: [],
		message_max: 4, message_load: 25, message_interrupts: [], task_max: 5, task_load: 20, task_interrupts: [],
	},
}

const isSupervisor = (v: Record<string, unknown>) => Array.isArray(v.roles) && (v.roles.includes('supervisor') || v.roles.includes('administrator'))

const users: Spec = {
	resource: 'users',
	group: 'people',
	permission: 'change_users',
	columns: ['login', 'roles', 'team', 'extension', 'is_active'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [nameField, { name: 'team', kind: 'ref', ref: 'teams' }, { name: 'skills', kind: 'skills' }, { name: 'capacity', label: 'resource.capacity-profiles', kind: 'ref', ref: 'capacity-profiles', help: 'help.user_capacity' }],
		},
		{
			title: 'admin.section.access',
			fields: [
				text('login', { isRequired: true }),
				{ name: 'password', kind: 'secret', help: 'help.password' },
				{ name: 'roles', kind: 'choices', of: { values: ['agent', 'supervisor', 'administrator', 'connector'], words: 'choice.role' } },
				{ name: 'supervises', kind: 'choice', of: { values: ['all', 'teams'], words: 'choice.supervises' }, help: 'help.supervises', when: isSupervisor },
				{ name: 'supervised_teams', kind: 'refs', ref: 'teams', max: 100, help: 'help.supervised_teams', when: (v) => isSupervisor(v) && v.supervises === 'teams' },
				bool('is_active'),
			],
		},
		{
			title: 'admin.section.telephone',
			fields: [
				{ name: 'device', kind: 'choice', of: DEVICES },
				text('device_uri', { when: (v) => v.device === 'uri' }),
				text('sip_login', { when: (v) => v.device === 'phone' }),
				{ name: 'sip_password', kind: 'secret', help: 'help.sip_password', when: (v) => v.device === 'phone' },
				{ name: 'srtp', kind: 'choice', of: SRTP, help: 'help.srtp', when: (v) => v.device === 'phone' },
				text('extension'),
				{ name: 'caller_id', kind: 'ref', ref: 'caller-ids', help: 'help.user_caller_id' },
				bool('is_auto_answer'),
				bool('is_always_ready', { when: (v) => v.device !== 'browser' }),
			],
		},
		{
			title: 'admin.section.screens',
			fields: [
				{ name: 'language', kind: 'choice', of: { values: ['fa', 'ar', 'zh-Hant', 'en'], words: 'language' } },
				{ name: 'calendar', kind: 'choice', of: { values: ['gregorian', 'jalali', 'hijri'], words: 'calendar' } },
				{ name: 'digits', kind: 'choice', of: { values: ['latin', 'persian', 'arabic', 'han'], words: 'digits' } },
			],
		},
	],
	fresh: {
		name: '', login: '', roles: ['agent'], team: null, supervises: 'all', supervised_teams: [], skills: [], capacity: null, is_active: true, device: 'browser', device_uri: null, sip_login: null,
		srtp: 'off', extension: null, caller_id: null, is_auto_answer: false, is_always_ready: false, language: 'en', calendar: 'gregorian', digits: 'latin',
	},
	follow: (field, value) => {
		const language = field === 'language' && typeof value === 'string' ? asLanguage(value) : null
		return language ? { calendar: usualCalendar(language), digits: usualDigits(language) } : {}
	},
	activeField: 'is_active',
}

const hours: Spec = {
	resource: 'hours',
	group: 'routing',
	permission: 'change_config',
	columns: ['time_zone'],
	sections: [
		{ title: 'admin.section.general', fields: [nameField, { name: 'time_zone', kind: 'zone', isRequired: true, help: 'help.time_zone' }] },
		{ title: 'hours.week', fields: [{ name: 'spans', kind: 'spans' }] },
		{ title: 'hours.holidays', fields: [{ name: 'holidays', kind: 'holidays' }] },
	],
	fresh: { name: '', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, spans: [], holidays: [] },
}

const prompts: Spec = {
	resource: 'prompts',
	group: 'routing',
	permission: 'change_config',
	columns: ['kind', 'audio_ms'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				nameField,
				{ name: 'kind', kind: 'choice', of: { values: ['speech', 'file', 'music'], words: 'choice.kind' } },
				{ name: 'texts', kind: 'texts', when: (v) => v.kind === 'speech' },
				{ name: 'audio_ms', kind: 'audio', when: (v) => v.kind !== 'speech' },
			],
		},
	],
	fresh: { name: '', kind: 'speech', texts: {} },
}

const flows: Spec = {
	resource: 'flows',
	group: 'routing',
	permission: 'change_config',
	columns: ['published_version'],
	sections: [{ title: 'admin.section.general', fields: [nameField, { name: 'document', kind: 'code' }] }],
	fresh: { name: '', document: { format: 1, language: 'en', start: 'bye', nodes: { bye: { type: 'hang_up', say: [{ phrase: 'goodbye' }] } } } },
}

const customers: Spec = {
	resource: 'customers',
	group: 'care',
	permission: 'change_customers',
	columns: ['numbers', 'account_owner', 'value', 'is_vip'],
	sections: [
		{ title: 'admin.section.general', fields: [nameField, bool('is_vip'), { name: 'notes', kind: 'long' }, bool('is_kept', { help: 'help.is_kept' })] },
		{
			title: 'admin.section.contact',
			fields: [{ name: 'numbers', kind: 'list', help: 'admin.list_hint' }, text('email'), { name: 'language', kind: 'choice', of: SPOKEN }],
		},
		{
			title: 'admin.section.routing',
			fields: [
				whole('value', 100, { help: 'help.value' }),
				{ name: 'account_owner', kind: 'ref', ref: 'users', help: 'help.account_owner' },
				{ name: 'excluded_agents', kind: 'refs', ref: 'users', max: 4, help: 'help.excluded_agents' },
			],
		},
	],
	fresh: { name: '', numbers: [], email: null, language: null, notes: null, is_vip: false, is_kept: false, value: 0, account_owner: null, excluded_agents: [] },
}

const settings: Spec = {
	resource: 'settings',
	group: 'system',
	permission: 'change_config',
	columns: [],
	sections: [
		{
			title: 'admin.section.general',
			fields: [
				text('organisation', { isRequired: true }),
				{ name: 'default_language', kind: 'choice', of: SPOKEN },
				{ name: 'time_zone', kind: 'zone', help: 'help.time_zone' },
				{ name: 'music', kind: 'ref', ref: 'prompts' },
			],
		},
		{
			title: 'admin.section.head_starts',
			hint: 'section_hint.head_starts',
			fields: [seconds('vip_head_start_s', { help: 'help.vip_head_start_s', max: 3600 }), seconds('value_head_start_s', { help: 'help.value_head_start_s', max: 600 })],
		},
		{
			title: 'admin.section.retention',
			hint: 'section_hint.retention',
			fields: ['keep_recordings_days', 'keep_voicemails_days', 'keep_texts_days', 'keep_people_days', 'keep_events_days', 'keep_audit_days'].map(days),
		},
		{
			title: 'admin.section.telephone',
			fields: [text('public_address', { help: 'help.public_address' }), text('sip_realm', { help: 'help.sip_realm' })],
		},
		...telephonySettings,
	],
	fresh: {},
}

const description: Field = { name: 'description', kind: 'long' }

/** Has a list of its own (RulesList), because order matters. */
const rules: Spec = {
	resource: 'business-rules',
	group: 'routing',
	permission: 'change_config',
	columns: [],
	sections: [
		{ title: 'admin.section.general', fields: [nameField, bool('is_active'), { name: 'description', kind: 'long' }] },
		{ title: 'admin.section.rule', fields: [{ name: 'text', kind: 'rule' }] },
	],
	fresh: { name: '', description: null, is_active: true, text: '' },
	activeField: 'is_active',
}

export const SPECS: Spec[] = [
	numbers,
	trunks,
	trunkGroups,
	extensions,
	ringGroups,
	callerIds,
	recorders,
	queueSpec,
	rules,
	flows,
	prompts,
	hours,
	simple('skills', 'routing', [description], { description: null }, ['description']),
	users,
	capacity,
	simple('teams', 'people', [description], { description: null }, ['description']),
	simple('break-reasons', 'people', [bool('is_paid')], { is_paid: true }, ['is_paid']),
	customers,
	simple('dispositions', 'care', [description], { description: null }, ['description']),
	settings,
]

export function specOf(resource: string): Spec | undefined {
	return SPECS.find((s) => s.resource === resource)
}

/** Only what differs from the row, as a merge patch; a new row keeps everything but empty secrets. */
export function changesOf(values: Values, row: ResourceRow | null): Values {
	const changes: Values = {}
	for (const [key, value] of Object.entries(values)) if (!row || JSON.stringify(row[key]) !== JSON.stringify(value)) changes[key] = value
	return changes
}
