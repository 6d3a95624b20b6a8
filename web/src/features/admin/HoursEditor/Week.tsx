/** The week as bars and times: several spans a day, in the person's own order of days. */
import { Button } from '@mantine/core'
import { IconCopy, IconPlus } from '@tabler/icons-react'
import { useLocale } from '../../../shared/i18n/locale'
import { byDay, type Day, DAYS, nextSpan, type Span, type Times, toSpans, type WeekTimes } from './spans'
import { SpanRow } from './SpanRow'
import classes from './HoursEditor.module.css'

function minutes(time: string): number {
	const [h = 0, m = 0] = time.split(':').map(Number)
	return h * 60 + m
}

/** A day from 0 to 24 h; time runs the way the language reads. */
function Bar({ times }: { times: Times[] }) {
	const pieces = times.flatMap(({ from, to }) => {
		const [a, b] = [minutes(from), minutes(to)]
		return b > a ? [[a, b] as const] : [[a, 1440] as const, [0, b] as const]
	})
	return (
		<div className={classes.bar} aria-hidden="true">
			{pieces.map(([a, b]) => (
				<span key={`${a}-${b}`} style={{ insetInlineStart: `${(a / 1440) * 100}%`, width: `${((b - a) / 1440) * 100}%` }} />
			))}
		</div>
	)
}

export function Week({ spans, error, onChange }: { spans: Span[]; error?: string; onChange: (spans: Span[]) => void }) {
	const { t, format } = useLocale()
	const week = byDay(spans)
	const set = (day: Day, times: Times[]): void => onChange(toSpans({ ...week, [day]: times }))
	const copy = (times: Times[]): void => onChange(toSpans(Object.fromEntries(DAYS.map((d) => [d, times])) as WeekTimes))
	return (
		<div>
			{format.weekdays('long').map(({ index, name }) => {
				const day = DAYS[index] as Day
				const times = week[day]
				return (
					<div key={day} className={classes.day} role="group" aria-label={name}>
						<div className={classes.name}>{name}</div>
						<div className={classes.middle}>
							<Bar times={times} />
							{times.length === 0 && <span className={classes.note}>{t('hours.closed')}</span>}
							{times.map((one, i) => (
								<SpanRow
									key={`${i}-${one.from}-${one.to}`}
									label={`${name} ${i + 1}`}
									times={one}
									onChange={(next) => set(day, times.map((old, k) => (k === i ? next : old)))}
									onRemove={() => set(day, times.filter((_, k) => k !== i))}
								/>
							))}
						</div>
						<div className={classes.actions}>
							<Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={15} />} onClick={() => set(day, [...times, nextSpan(times)])}>
								{t('hours.add_span')}
							</Button>
							{times.length > 0 && (
								<Button size="compact-sm" variant="subtle" color="ink" className={classes.quiet} leftSection={<IconCopy size={15} />} onClick={() => copy(times)}>
									{t('hours.copy')}
								</Button>
							)}
						</div>
					</div>
				)
			})}
			{error && (
				<p className={classes.error} role="alert">
					{error}
				</p>
			)}
		</div>
	)
}
