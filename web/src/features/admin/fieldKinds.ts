/** What a form is made of: fields, sections and how a resource is shown. Data only; drawn by Editor and FieldInput. */
import type { Key } from '../../shared/i18n/en'

export type Values = Record<string, unknown>

interface Base {
	name: string
	/** Where the same field means something else than in other forms. */
	label?: Key
	help?: Key
	/** Shown only when this holds. */
	when?: (values: Values) => boolean
	isRequired?: boolean
}

export type Field = Base &
	(
		| { kind: 'text' | 'long' | 'code' | 'list' | 'bool' | 'texts' | 'skills' | 'spans' | 'holidays' | 'zone' | 'audio' | 'expression' | 'rings' | 'rule' }
		| { kind: 'secret' }
		| { kind: 'number'; min?: number; max?: number; unit?: 'seconds' | 'milliseconds' | 'percent' | 'days' }
		| { kind: 'choice' | 'choices'; of: Choices }
		| { kind: 'ref' | 'refs'; ref: string; max?: number }
	)

export interface Choices {
	values: readonly string[]
	/** Catalog prefix for the words; absent: the values as they are. */
	words?: string
	/** Catalog prefix for a sentence about each value. */
	hints?: string
}

export interface Section {
	title: Key
	/** One sentence about the whole section. */
	hint?: Key
	fields: Field[]
	/** Drawn as a table instead of one field under the other. */
	layout?: 'capacity'
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

type More = Partial<Base>

export const text = (name: string, more: More = {}): Field => ({ name, kind: 'text', ...more })
export const bool = (name: string, more: More = {}): Field => ({ name, kind: 'bool', ...more })
export const seconds = (name: string, more: More & { max?: number } = {}): Field => ({ name, kind: 'number', unit: 'seconds', min: 0, ...more })
export const days = (name: string): Field => ({ name, kind: 'number', unit: 'days', min: 0, max: 36_500 })
export const whole = (name: string, max: number, more: More = {}): Field => ({ name, kind: 'number', min: 0, max, ...more })
export const nameField = text('name', { isRequired: true })
