/** Language, calendar, digits and direction for every component below; texts by key. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { asLanguage, type Calendar, type Digits, Format, isRightToLeft, type Language, LANGUAGES, type Preferences, usualCalendar, usualDigits } from '../format'
import type { Catalog, Key, Message } from './en'

export type Params = Record<string, string | number>
export type Translate = (key: Key, params?: Params) => string

const FSI = '\u2068'
const PDI = '\u2069'

/** Fills {name} places. Each value is isolated, so that a Latin name never turns a Persian sentence around. */
export function fill(message: Message, params: Params | undefined, format: Format): string {
	let text: string
	if (typeof message === 'string') text = message
	else {
		const rule = new Intl.PluralRules(format.preferences.language).select(Number(params?.count ?? 0))
		text = message[rule] ?? message.other
	}
	if (!params) return text
	return text.replace(/\{(\w+)\}/g, (place, name: string) => {
		const value = params[name]
		if (value === undefined) return place
		return typeof value === 'number' ? format.number(value, 1) : FSI + value + PDI
	})
}

const LOADERS: Record<Language, () => Promise<Catalog>> = {
	en: () => import('./en').then((m) => m.en),
	fa: () => import('./fa').then((m) => m.fa),
	ar: () => import('./ar').then((m) => m.ar),
	'zh-Hant': () => import('./zh-Hant').then((m) => m.zhHant),
}

export function loadCatalog(language: Language): Promise<Catalog> {
	return LOADERS[language]()
}

/** Languages by their own names: a person finds theirs whatever the screen speaks now. */
export const LANGUAGE_NAMES: Record<Language, string> = { fa: 'فارسی', ar: 'العربية', 'zh-Hant': '繁體中文', en: 'English' }

/** When no texts can be fetched at all. */
const RELOAD_AFTER_MS = 3000
const MEMORY_KEY = 'markaz.preferences'

export function rememberedPreferences(): Preferences {
	let kept: Partial<Record<keyof Preferences, string>> = {}
	try {
		kept = JSON.parse(localStorage.getItem(MEMORY_KEY) ?? '{}') as typeof kept
	} catch {
		kept = {}
	}
	const asked = navigator.languages.map(asLanguage).find((l) => l !== null)
	return readPreferences(kept, asked ?? 'en')
}

/** Preferences from loose values; what is missing or unknown becomes what is usual for the language. */
export function readPreferences(value: Partial<Record<keyof Preferences, string | null>>, fallback: Language): Preferences {
	const language = asLanguage(value.language) ?? fallback
	const isCalendar = (c: unknown): c is Calendar => c === 'gregorian' || c === 'jalali' || c === 'hijri'
	const isDigits = (d: unknown): d is Digits => d === 'latin' || d === 'persian' || d === 'arabic' || d === 'han'
	return {
		language,
		calendar: isCalendar(value.calendar) ? value.calendar : usualCalendar(language),
		digits: isDigits(value.digits) ? value.digits : usualDigits(language),
	}
}

export interface Locale {
	t: Translate
	/** A text whose key is made from data; null when the catalog has none. */
	tryKey: (key: string, params?: Params) => string | null
	format: Format
	preferences: Preferences
	direction: 'ltr' | 'rtl'
	setPreferences: (next: Preferences) => void
}

const LocaleContext = createContext<Locale | null>(null)

export function useLocale(): Locale {
	const locale = useContext(LocaleContext)
	if (!locale) throw new Error('useLocale outside LocaleProvider')
	return locale
}

export function makeLocale(catalog: Catalog, preferences: Preferences, setPreferences: (next: Preferences) => void): Locale {
	const format = new Format(preferences)
	const tryKey = (key: string, params?: Params): string | null => {
		const message = (catalog as Record<string, Message>)[key]
		return message === undefined ? null : fill(message, params, format)
	}
	return {
		t: (key, params) => fill(catalog[key], params, format),
		tryKey,
		format,
		preferences,
		direction: isRightToLeft(preferences.language) ? 'rtl' : 'ltr',
		setPreferences,
	}
}

export function LocaleProvider({ children }: { children: (locale: Locale) => ReactNode }) {
	const [preferences, keep] = useState(rememberedPreferences)
	const [loaded, setLoaded] = useState<{ language: Language; catalog: Catalog } | null>(null)
	const { language } = preferences

	useEffect(() => {
		let isCurrent = true
		let timer: number | null = null
		// A language that cannot be fetched must not leave an empty screen: English then, and when not even that is there (an
		// old page after an upgrade, no network) the page is fetched anew.
		loadCatalog(language)
			.catch(() => loadCatalog('en'))
			.then((catalog) => {
				if (isCurrent) setLoaded({ language, catalog })
			})
			.catch(() => {
				timer = window.setTimeout(() => location.reload(), RELOAD_AFTER_MS)
			})
		return () => {
			isCurrent = false
			if (timer !== null) window.clearTimeout(timer)
		}
	}, [language])

	const setPreferences = useCallback((next: Preferences) => {
		localStorage.setItem(MEMORY_KEY, JSON.stringify(next))
		keep(next)
	}, [])

	const locale = useMemo(
		() => (loaded ? makeLocale(loaded.catalog, { ...preferences, language: loaded.language }, setPreferences) : null),
		[loaded, preferences, setPreferences],
	)
	useEffect(() => {
		if (!locale) return
		document.documentElement.lang = locale.preferences.language
		document.documentElement.dir = locale.direction
	}, [locale])

	if (!locale) return null
	return <LocaleContext.Provider value={locale}>{children(locale)}</LocaleContext.Provider>
}

/** For tests and for parts drawn outside the app. */
export function FixedLocale({ locale, children }: { locale: Locale; children: ReactNode }) {
	return <LocaleContext.Provider value={locale}>{children}</LocaleContext.Provider>
}

export { LANGUAGES }
