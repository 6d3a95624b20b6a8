/** Opening hours as the server keeps them, and as a person edits them: per day. Pure. */
export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
/** By the index of JavaScript's days, 0 = Sunday. */
export const DAYS: Day[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

export interface Times {
	from: string
	to: string
}
export interface Span extends Times {
	days: Day[]
}
export interface Holiday {
	date: string
	name?: string | null
	spans?: Times[]
}

export type WeekTimes = Record<Day, Times[]>

export function byDay(spans: Span[]): WeekTimes {
	const week: WeekTimes = { sun: [], mon: [], tue: [], wed: [], thu: [], fri: [], sat: [] }
	for (const span of spans) for (const day of span.days) week[day]?.push({ from: span.from, to: span.to })
	for (const day of DAYS) week[day].sort((a, b) => a.from.localeCompare(b.from))
	return week
}

/** Equal times of several days become one span, in the order of their times. */
export function toSpans(week: WeekTimes): Span[] {
	const found = new Map<string, Span>()
	for (const day of DAYS)
		for (const { from, to } of week[day]) {
			const key = `${from}-${to}`
			const span = found.get(key)
			if (span && !span.days.includes(day)) span.days.push(day)
			else if (!span) found.set(key, { days: [day], from, to })
		}
	return [...found.values()].sort((a, b) => a.from.localeCompare(b.from))
}

/** The next span somebody would add: after the last one, or the usual day. */
export function nextSpan(times: Times[]): Times {
	const last = times.at(-1)
	if (!last) return { from: '08:00', to: '17:00' }
	const hour = Math.min(22, Number(last.to.slice(0, 2)) + 1)
	const from = `${String(hour).padStart(2, '0')}:00`
	return { from, to: `${String(Math.min(24, hour + 3)).padStart(2, '0')}:00` }
}
