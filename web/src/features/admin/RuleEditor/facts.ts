/** Made-up contacts to try rules on. Pure. */
import type { Key } from '../../../shared/i18n/en'

export type Group = Record<string, unknown> | null
export type Facts = Record<string, Group>

const customer = (more: Record<string, unknown>): Group => ({ name: 'Mina Karimi', numbers: ['+989121234567'], language: 'fa', is_vip: false, value: 0, account_owner: null, notes: null, ...more })
const history = (more: Record<string, unknown> = {}): Group => ({ contacts_7_days: 0, abandoned_today: 0, since_last_s: null, last_agent: null, last_queue: null, last_disposition: null, last_result: null, ...more })
const base = (hour: number): Facts => ({
	caller: { number: '+989121234567', name: null },
	customer: null,
	contact: { channel: 'voice', called: '+982112345678', language: 'en', variables: {}, chosen: {} },
	history: history(),
	time: { hour, minute: 30, weekday: 'monday', date: '2026-11-23' },
})

export const SAMPLES: { key: Key; facts: Facts }[] = [
	{ key: 'rules.sample.unknown', facts: base(10) },
	{ key: 'rules.sample.vip', facts: { ...base(10), customer: customer({ is_vip: true, value: 60 }), history: history({ contacts_7_days: 1, since_last_s: 432_000, last_result: 'answered' }) } },
	{ key: 'rules.sample.repeated', facts: { ...base(14), customer: customer({}), history: history({ contacts_7_days: 5, abandoned_today: 2, since_last_s: 900, last_result: 'abandoned' }) } },
	{ key: 'rules.sample.chinese', facts: { ...base(14), customer: customer({ name: '陳大文', language: 'zh', value: 80 }) } },
	{ key: 'rules.sample.night', facts: base(22) },
]

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

export function factOf(facts: Facts, group: string, field: string): unknown {
	return facts[group]?.[field]
}

/** A customer nobody knew becomes one as soon as something is said of them. */
export function withFact(facts: Facts, group: string, field: string, value: unknown): Facts {
	const own = facts[group] ?? (group === 'customer' ? customer({}) : {})
	return { ...facts, [group]: { ...own, [field]: value } }
}

/** Facts typed as JSON, or what is wrong with the text. */
export function readFacts(text: string): { facts: Facts } | { problem: string } {
	try {
		const value: unknown = JSON.parse(text)
		if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: '{ … }' }
		return { facts: value as Facts }
	} catch (error) {
		return { problem: error instanceof Error ? error.message : '' }
	}
}
