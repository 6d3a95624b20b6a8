import { describe, expect, it } from 'vitest'
import { asciiDigits, asLanguage, firstWeekday, Format, type Preferences } from './format'

// 2026-03-21 09:05:07 UTC: Nowruz 1405, 2 Shawwal 1447.
const NOWRUZ = Date.UTC(2026, 2, 21, 9, 5, 7)
const make = (change: Partial<Preferences>): Format => new Format({ language: 'en', calendar: 'gregorian', digits: 'latin', timeZone: 'UTC', ...change })

describe('calendars', () => {
	it('writes moments as short as they stay clear', () => {
		const en = make({})
		const hour = 3_600_000
		expect(en.moment(NOWRUZ, NOWRUZ + 2 * hour)).toBe('09:05')
		expect(en.moment(NOWRUZ, NOWRUZ + 48 * hour)).toBe('Mar 21 09:05')
		expect(en.moment(NOWRUZ, NOWRUZ + 9000 * hour)).toBe('Mar 21, 2026 09:05')
	})
	it('writes Jalali dates', () => {
		const fa = make({ language: 'fa', calendar: 'jalali', digits: 'persian' })
		expect(fa.dayOf(NOWRUZ)).toEqual({ year: 1405, month: 1, day: 1 })
		expect(fa.date(NOWRUZ)).toContain('۱۴۰۵')
		expect(fa.date(NOWRUZ)).toContain('فروردین')
	})
	it('writes Hijri dates by the Umm al-Qura calendar', () => {
		const ar = make({ language: 'ar', calendar: 'hijri', digits: 'arabic' })
		expect(ar.dayOf(NOWRUZ)).toEqual({ year: 1447, month: 10, day: 2 })
		expect(ar.date(NOWRUZ)).toContain('١٤٤٧')
		expect(ar.date(NOWRUZ)).toContain('شوال')
	})
	it('writes Gregorian dates in every language', () => {
		expect(make({}).date(NOWRUZ)).toBe('Mar 21, 2026')
		expect(make({ language: 'zh-Hant' }).date(NOWRUZ)).toBe('2026年3月21日')
	})
	it('keeps calendar and digits apart from the language', () => {
		expect(make({ calendar: 'jalali', digits: 'persian' }).date(NOWRUZ)).toMatch(/Farvardin ۱, ۱۴۰۵/)
	})
	it('lists the days of a month in its own calendar', () => {
		expect(make({ calendar: 'jalali' }).monthDays(NOWRUZ)).toHaveLength(31)
		expect(make({ calendar: 'hijri' }).monthDays(NOWRUZ).length).toBeOneOf([29, 30])
		expect(make({}).monthDays(Date.UTC(2026, 1, 10, 12))).toHaveLength(28)
	})
	it('begins the week where the country does', () => {
		expect(firstWeekday('fa')).toBe(6)
		expect(make({ language: 'fa' }).weekdays('long')[0]?.name).toBe('شنبه')
		expect(make({ language: 'ar' }).weekdays('long')[0]?.name).toBe('السبت')
		expect(make({ language: 'en' }).weekdays('long')[0]?.name).toBe('Monday')
		expect(make({ language: 'zh-Hant' }).weekdays('long')[0]?.name).toBe('星期日')
	})
})

describe('digits', () => {
	it.each([
		['latin', '1:02:03'],
		['persian', '۱:۰۲:۰۳'],
		['arabic', '١:٠٢:٠٣'],
		['han', '一:〇二:〇三'],
	] as const)('writes durations in %s digits', (digits, expected) => {
		expect(make({ digits }).duration(3_723_999)).toBe(expected)
	})
	it('writes short, missing and negative durations', () => {
		expect(make({}).duration(65_000)).toBe('1:05')
		expect(make({}).duration(null)).toBe('–')
		expect(make({}).duration(-400)).toBe('0:00')
	})
	it('writes shares, absent ones as a dash', () => {
		expect(make({}).percent(0.8333, 1)).toBe('83.3%')
		expect(make({ language: 'fa', digits: 'persian' }).percent(0.5)).toContain('۵۰')
		expect(make({}).percent(null)).toBe('–')
	})
	it('reads digits of any script', () => {
		expect(asciiDigits('+۹۸۹۱۲ ٠٩ 七8')).toBe('+98912 09 78')
	})
})

it('knows a language by what browsers and servers call it', () => {
	expect(asLanguage('fa-IR')).toBe('fa')
	expect(asLanguage('zh')).toBe('zh-Hant')
	expect(asLanguage('zh-TW')).toBe('zh-Hant')
	expect(asLanguage('de')).toBeNull()
	expect(asLanguage(null)).toBeNull()
})
