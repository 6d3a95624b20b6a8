import { describe, expect, it } from 'vitest'
import { Format, type Language } from '../format'
import { ar } from './ar'
import { type Catalog, en, type Key, type Message } from './en'
import { fa } from './fa'
import { fill } from './locale'
import { zhHant } from './zh-Hant'

const CATALOGS: [Language, Catalog][] = [['fa', fa], ['ar', ar], ['zh-Hant', zhHant]]
const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message))
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string).sort()

describe.each(CATALOGS)('%s', (language, catalog) => {
	it('has exactly the English keys', () => {
		expect(Object.keys(catalog).sort()).toEqual(Object.keys(en).sort())
	})
	it('leaves nothing empty', () => {
		for (const [key, message] of Object.entries(catalog)) for (const text of forms(message)) expect(text.trim(), key).not.toBe('')
	})
	it('fills the same places', () => {
		for (const key of Object.keys(en) as Key[]) {
			const wanted = new Set(forms(en[key]).flatMap(places))
			for (const text of forms(catalog[key])) for (const place of places(text)) expect(wanted.has(place), `${key}: {${place}}`).toBe(true)
			const offered = new Set(forms(catalog[key]).flatMap(places))
			for (const place of wanted) expect(offered.has(place), `${key} lacks {${place}}`).toBe(true)
		}
	})
	it('has every plural form its language needs', () => {
		const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories
		for (const [key, message] of Object.entries(catalog)) {
			if (typeof message === 'string') continue
			for (const form of needed) expect(message[form] ?? (language === 'ar' ? undefined : message.other), `${key} ${form}`).toBeDefined()
		}
	})
	it('is written in its own script', () => {
		const script = language === 'zh-Hant' ? /\p{Script=Han}/u : /\p{Script=Arabic}/u
		const foreign = Object.entries(catalog).filter(([key, m]) => !key.startsWith('admin.percent') && forms(m).some((text) => !script.test(text)))
		const allowed = new Set<string>(['live.ready_of'])
		expect(foreign.map(([key]) => key).filter((key) => !allowed.has(key))).toEqual([])
	})
})

it('isolates what is filled in and counts by the language', () => {
	const format = new Format({ language: 'ar', calendar: 'gregorian', digits: 'arabic' })
	expect(fill('من {name}', { name: 'Leila' }, format)).toBe('من \u2068Leila\u2069')
	expect(fill(ar['live.calls'], { count: 2 }, format)).toBe('مكالمتان')
	expect(fill(ar['live.calls'], { count: 5 }, format)).toBe('٥ مكالمات')
})
