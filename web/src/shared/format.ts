/**
 * Numbers, durations, dates and times as a person asked to see them: language, calendar and digits are chosen apart from
 * one another. Everything comes from Intl; nothing here knows React.
 */

export const LANGUAGES = ['fa', 'ar', 'zh-Hant', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export const CALENDARS = ['gregorian', 'jalali', 'hijri'] as const
export type Calendar = (typeof CALENDARS)[number]
export const DIGITS = ['latin', 'persian', 'arabic', 'han'] as const
export type Digits = (typeof DIGITS)[number]

export interface Preferences {
	language: Language
	calendar: Calendar
	digits: Digits
	/** IANA zone; absent: the browser's. */
	timeZone?: string
}

const INTL_CALENDAR: Record<Calendar, string> = {
	gregorian: 'gregory',
	jalali: 'persian',
	hijri: 'islamic-umalqura',
}
const INTL_DIGITS: Record<Digits, string> = { latin: 'latn', persian: 'arabext', arabic: 'arab', han: 'hanidec' }

/** Reads what the server or an old browser store says; both "zh" and "zh-Hant" mean the one Chinese we have. */
export function asLanguage(value: string | null | undefined): Language | null {
	if (!value) return null
	const lower = value.toLowerCase()
	if (lower.startsWith('zh')) return 'zh-Hant'
	const base = lower.split('-')[0]
	return LANGUAGES.find((l) => l === base) ?? null
}

export function usualCalendar(language: Language): Calendar {
	return language === 'fa' ? 'jalali' : 'gregorian'
}

export function usualDigits(language: Language): Digits {
	if (language === 'fa') return 'persian'
	return language === 'ar' ? 'arabic' : 'latin'
}

export function isRightToLeft(language: Language): boolean {
	return language === 'fa' || language === 'ar'
}

/** First day of the week, 0 = Sunday. Saturday in Iran and most Arab countries, Monday by ISO 8601, Sunday in Taiwan. */
export function firstWeekday(language: Language): number {
	if (language === 'fa' || language === 'ar') return 6
	return language === 'zh-Hant' ? 0 : 1
}

const ZERO_OF: [number, number][] = [
	[0x06f0, 0x06f9],
	[0x0660, 0x0669],
]
const HAN = '〇一二三四五六七八九'

/** Any digits a person may type, as ASCII. Letters stay as they are. */
export function asciiDigits(text: string): string {
	let out = ''
	for (const letter of text) {
		const code = letter.codePointAt(0) ?? 0
		const range = ZERO_OF.find(([from, to]) => code >= from && code <= to)
		const han = HAN.indexOf(letter)
		if (range) out += String(code - range[0])
		else if (han >= 0) out += String(han)
		else out += letter
	}
	return out
}

export interface CalendarDay {
	year: number
	month: number
	day: number
}

const DAY_MS = 86_400_000

/** All ways of writing, for one set of preferences. Build once, use often: Intl objects are dear. */
/** Within half a year a day and its month need no year. */
const SAME_YEAR_MS = 180 * 86_400_000

export class Format {
	readonly preferences: Preferences
	readonly locale: string
	private readonly cache = new Map<string, Intl.DateTimeFormat>()
	private readonly numbers = new Map<string, Intl.NumberFormat>()

	constructor(preferences: Preferences) {
		this.preferences = preferences
		const calendar = INTL_CALENDAR[preferences.calendar]
		const digits = INTL_DIGITS[preferences.digits]
		this.locale = `${preferences.language}-u-ca-${calendar}-nu-${digits}`
	}

	private dates(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
		let found = this.cache.get(key)
		if (!found) {
			found = new Intl.DateTimeFormat(this.locale, { timeZone: this.preferences.timeZone, ...options })
			this.cache.set(key, found)
		}
		return found
	}

	number(value: number, fractions = 0): string {
		const key = `n${fractions}`
		let found = this.numbers.get(key)
		if (!found) {
			found = new Intl.NumberFormat(this.locale, { maximumFractionDigits: fractions })
			this.numbers.set(key, found)
		}
		return found.format(value)
	}

	/** A share 0..1 as percent; a missing one as a dash. */
	percent(share: number | null | undefined, fractions = 0): string {
		if (share === null || share === undefined) return '–'
		const key = `p${fractions}`
		let found = this.numbers.get(key)
		if (!found) {
			found = new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: fractions })
			this.numbers.set(key, found)
		}
		return found.format(share)
	}

	/** ASCII digits of a text in the chosen digits (extensions, version texts, times made by hand). */
	digits(text: string): string {
		const digits = this.preferences.digits
		if (digits === 'latin') return text
		if (digits === 'han') return text.replace(/[0-9]/g, (d) => HAN[Number(d)] ?? d)
		const zero = digits === 'persian' ? 0x06f0 : 0x0660
		return text.replace(/[0-9]/g, (d) => String.fromCodePoint(zero + Number(d)))
	}

	/** 65 000 -> "1:05"; from an hour on "1:02:03". Negative durations read as zero (clocks differ a little). */
	duration(ms: number | null | undefined): string {
		if (ms === null || ms === undefined) return '–'
		const total = Math.max(0, Math.floor(ms / 1000))
		const seconds = String(total % 60).padStart(2, '0')
		const minutes = Math.floor(total / 60) % 60
		const hours = Math.floor(total / 3600)
		if (hours === 0) return this.digits(`${minutes}:${seconds}`)
		return this.digits(`${hours}:${String(minutes).padStart(2, '0')}:${seconds}`)
	}

	time(at: number): string {
		return this.dates('time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
	}

	timeWithSeconds(at: number): string {
		const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
		return this.dates('seconds', options).format(at)
	}

	date(at: number): string {
		return this.dates('date', { year: 'numeric', month: 'short', day: 'numeric' }).format(at)
	}

	longDate(at: number): string {
		const options = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' } as const
		return this.dates('long', options).format(at)
	}

	dateTime(at: number): string {
		return `${this.date(at)} ${this.time(at)}`
	}

	/** As short as it stays clear: today only the time, days near by without the year. */
	moment(at: number, now: number): string {
		if (this.date(at) === this.date(now)) return this.time(at)
		if (Math.abs(now - at) > SAME_YEAR_MS) return this.dateTime(at)
		return `${this.dates('day', { month: 'short', day: 'numeric' }).format(at)} ${this.time(at)}`
	}

	monthTitle(at: number): string {
		return this.dates('month', { year: 'numeric', month: 'long' }).format(at)
	}

	dayNumber(at: number): string {
		return this.number(this.dayOf(at).day)
	}

	/** The seven weekday names in the order of the user's week. */
	weekdays(width: 'long' | 'short' | 'narrow' = 'short'): { index: number; name: string }[] {
		const names = new Intl.DateTimeFormat(this.preferences.language, { weekday: width, timeZone: 'UTC' })
		const first = firstWeekday(this.preferences.language)
		// 1970-01-04 was a Sunday.
		return Array.from({ length: 7 }, (_, i) => {
			const index = (first + i) % 7
			return { index, name: names.format((3 + index) * DAY_MS) }
		})
	}

	/** Year, month and day of a moment in the user's own calendar. */
	dayOf(at: number): CalendarDay {
		const calendar = INTL_CALENDAR[this.preferences.calendar]
		const key = 'parts'
		let format = this.cache.get(key)
		if (!format) {
			const options = { timeZone: this.preferences.timeZone, year: 'numeric', month: 'numeric', day: 'numeric' } as const
			format = new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`, options)
			this.cache.set(key, format)
		}
		const value = (type: string): number => Number(format.formatToParts(at).find((p) => p.type === type)?.value ?? 0)
		return { year: value('year'), month: value('month'), day: value('day') }
	}

	/** The days (noon of each) of the month `at` lies in, in the user's calendar. */
	monthDays(at: number): number[] {
		const { month, day } = this.dayOf(at)
		const days: number[] = []
		let moment = noonOf(at) - (day - 1) * DAY_MS
		while (this.dayOf(moment).month === month && days.length < 32) {
			days.push(moment)
			moment += DAY_MS
		}
		return days
	}
}

/** Noon of a moment's day in the browser's zone: safe to step by whole days. */
export function noonOf(at: number): number {
	const date = new Date(at)
	return new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12).getTime()
}

export function startOfDay(at: number): number {
	const date = new Date(at)
	return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

export function endOfDay(at: number): number {
	const date = new Date(at)
	return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime()
}
