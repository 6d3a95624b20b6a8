/**
 * How each resource is shown and edited: which fields, in which groups, with which widget. Types, limits and references are
 * the server's; a field it does not know is refused there with a message at the field.
 */
import type { Key } from '../../shared/i18n/en'
import { asLanguage, usualCalendar, usualDigits } from '../../shared/format'
import type { ResourceRow } from '../../shared/rest'

export type Values = Record<string, unknown>

interface Base {
	name: string
	help?: Key
	/** Shown only when this holds. */
	when?: (values: Values) => boolean
	isRequired?: boolean
}

export type Field = Base &
	(
		| { kind: 'text' | 'long' | 'code' | 'list' | 'bool' | 'texts' | 'skills' | 'spans' | 'holidays' | 'zone' | 'audio' }
		| { kind: 'secret' }
		| { kind: 'number'; min?: number; max?: number; unit?: 'seconds' | 'milliseconds' | 'percent' }
		| { kind: 'choice' | 'choices'; of: Choices }
		| { kind: 'ref' | 'refs'; ref: string }
	)

export interface Choices {
	values: readonly string[]
	/** Catalog prefix for the words; absent: the values as they are. */
	words?: string
}

export interface Section {
	title: Key
	fields: Field[]
}

export interface Spec {
	resource: string
	group: 'telephony' | 'routing' | 'people' | 'care' | 'system'
	permission: 'change_config' | 'change_users' | 'change_customers'
	/** Fields shown as columns after the name. */
	columns: string[]
	sections: Section[]
	/** What a new row starts with. */
	fresh: Values
	/** What else changes when a field does. */
	follow?: (name: string, value: unknown) => Values
	activeField?: string
}

const SPOKEN: Choices = { values: ['fa', 'ar', 'zh', 'en'], words: 'language' }
const DEVICES: Choices = { values: ['browser', 'phone', 'uri'], words: 'device' }
const text = (name: string, more: Partial<Base> = {}): Field => ({ name, kind: 'text', ...more })
const bool = (name: string, more: Partial<Base> = {}): Field => ({ name, kind: 'bool', ...more })
const seconds = (name: string, more: Partial<Base> = {}): Field => ({ name, kind: 'number', unit: 'seconds', min: 0, ...more })
const name = text('name', { isRequired: true })
const simple = (resource: string, group: Spec['group'], extra: Field[], fresh: Values, columns: string[]): Spec => ({
	resource,
	group,
	permission: 'change_config',
	columns,
	sections: [{ title: 'admin.section.general', fields: [name, ...extra] }],
	fresh: { name: '', ...fresh },
})

const numbers: Spec = {
	resource: 'numbers',
	group: 'telephony',
	permission: 'change_config',
	columns: ['name', 'flow', 'queue', 'language', 'is_active'],
	sections: [
		{ title: 'admin.section.general', fields: [text('number', { isRequired: true, help: 'help.number' }), text('name'), bool('is_active')] },
		{
			title: 'admin.section.where',
			fields: [
				{ name: 'flow', kind: 'ref', ref: 'flows', help: 'help.destination' },
				{ name: 'queue', kind: 'ref', ref: 'queues' },
				{ name: 'trunk', kind: 'ref', ref: 'trunks', help: 'help.trunk' },
				{ name: 'language', kind: 'choice', of: SPOKEN },
			],
		},
	],
	fresh: { number: '', name: '', flow: null, queue: null, trunk: null, language: 'en', is_active: true },
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
			fields: [name, { name: 'transport', kind: 'choice', of: { values: ['udp', 'tcp', 'tls'] } }, bool('is_enabled')],
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
				text('caller_id'),
				{ name: 'calls_max', kind: 'number', min: 0, help: 'help.zero_unlimited' },
				seconds('qualify_interval_s', { help: 'help.zero_never' }),
			],
		},
	],
	fresh: {
		name: '', transport: 'udp', is_enabled: true, is_accepted_by_address: false, addresses: [], is_accepted_by_digest: false,
		is_registered_outwards: false, proxy: null, login: null, caller_id: null, calls_max: 0, qualify_interval_s: 60,
	},
	activeField: 'is_enabled',
}

const queues: Spec = {
	resource: 'queues',
	group: 'routing',
	permission: 'change_config',
	columns: ['teams', 'service_level_s', 'service_level_target_pct', 'recording', 'is_active'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [name, bool('is_active'), { name: 'priority', kind: 'number', min: 0, max: 100, help: 'help.priority' }, { name: 'recording', kind: 'choice', of: { values: ['always', 'never'], words: 'choice.recording' } }],
		},
		{
			title: 'admin.section.who',
			fields: [
				{ name: 'teams', kind: 'refs', ref: 'teams', help: 'help.teams' },
				{ name: 'agents', kind: 'refs', ref: 'users' },
				{ name: 'skills', kind: 'skills', help: 'help.skills_queue' },
				seconds('ring_timeout_s'),
			],
		},
		{
			title: 'admin.section.targets',
			fields: [
				seconds('service_level_s'),
				{ name: 'service_level_target_pct', kind: 'number', unit: 'percent', min: 1, max: 100 },
				{ name: 'short_abandon_ms', kind: 'number', unit: 'milliseconds', min: 0 },
				{ name: 'capacity', kind: 'number', min: 0, help: 'help.zero_unlimited' },
				seconds('max_wait_s', { help: 'help.zero_never' }),
				seconds('handle_estimate_s'),
			],
		},
		{
			title: 'admin.section.heard',
			fields: [
				{ name: 'greeting', kind: 'ref', ref: 'prompts' },
				{ name: 'music', kind: 'ref', ref: 'prompts', help: 'help.music' },
				bool('is_position_announced'),
				bool('is_estimate_announced'),
				seconds('announce_first_s', { help: 'help.zero_never' }),
				seconds('announce_every_s'),
			],
		},
		{
			title: 'admin.section.wrap_up',
			fields: [seconds('wrap_up_s'), seconds('wrap_up_extend_s'), bool('is_disposition_required'), { name: 'dispositions', kind: 'refs', ref: 'dispositions', help: 'help.dispositions' }],
		},
	],
	fresh: {
		name: '', is_active: true, priority: 0, recording: 'always', teams: [], agents: [], skills: [], ring_timeout_s: 20, service_level_s: 18,
		service_level_target_pct: 80, short_abandon_ms: 5000, capacity: 0, max_wait_s: 0, handle_estimate_s: 180, greeting: null, music: null,
		is_position_announced: true, is_estimate_announced: true, announce_first_s: 15, announce_every_s: 45, wrap_up_s: 30, wrap_up_extend_s: 60,
		is_disposition_required: false, dispositions: [],
	},
	activeField: 'is_active',
}

const users: Spec = {
	resource: 'users',
	group: 'people',
	permission: 'change_users',
	columns: ['login', 'roles', 'team', 'extension', 'is_active'],
	sections: [
		{
			title: 'admin.section.general',
			fields: [name, { name: 'team', kind: 'ref', ref: 'teams' }, { name: 'skills', kind: 'skills' }],
		},
		{
			title: 'admin.section.access',
			fields: [
				text('login', { isRequired: true }),
				{ name: 'password', kind: 'secret', help: 'help.password' },
				{ name: 'roles', kind: 'choices', of: { values: ['agent', 'supervisor', 'administrator'], words: 'choice.role' } },
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
				text('extension'),
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
		name: '', login: '', roles: ['agent'], team: null, skills: [], is_active: true, device: 'browser', device_uri: null, sip_login: null,
		extension: null, is_auto_answer: false, is_always_ready: false, language: 'en', calendar: 'gregorian', digits: 'latin',
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
		{ title: 'admin.section.general', fields: [name, { name: 'time_zone', kind: 'zone', isRequired: true, help: 'help.time_zone' }] },
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
				name,
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
	sections: [{ title: 'admin.section.general', fields: [name, { name: 'document', kind: 'code' }] }],
	fresh: { name: '', document: { format: 1, language: 'en', start: 'bye', nodes: { bye: { type: 'hang_up', say: [{ phrase: 'goodbye' }] } } } },
}

const customers: Spec = {
	resource: 'customers',
	group: 'care',
	permission: 'change_customers',
	columns: ['numbers', 'email', 'is_vip'],
	sections: [
		{ title: 'admin.section.general', fields: [name, bool('is_vip'), { name: 'notes', kind: 'long' }] },
		{
			title: 'admin.section.contact',
			fields: [{ name: 'numbers', kind: 'list', help: 'admin.list_hint' }, text('email'), { name: 'language', kind: 'choice', of: SPOKEN }],
		},
	],
	fresh: { name: '', numbers: [], email: null, language: null, notes: null, is_vip: false },
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
			title: 'admin.section.telephone',
			fields: [text('public_address', { help: 'help.public_address' }), text('sip_realm', { help: 'help.sip_realm' })],
		},
	],
	fresh: {},
}

const description: Field = { name: 'description', kind: 'long' }

export const SPECS: Spec[] = [
	numbers,
	trunks,
	queues,
	flows,
	prompts,
	hours,
	simple('skills', 'routing', [description], { description: null }, ['description']),
	users,
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
