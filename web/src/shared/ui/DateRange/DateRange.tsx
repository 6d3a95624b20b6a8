/** Choosing days in the person's own calendar: a month of buttons, first click the first day, second the last. */
import { ActionIcon, Popover, Button } from '@mantine/core'
import { IconCalendar, IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { endOfDay, firstWeekday, noonOf, startOfDay } from '../../format'
import { useLocale } from '../../i18n/locale'
import classes from './DateRange.module.css'

const DAY_MS = 86_400_000

interface MonthProps {
	at: number
	onMonth: (at: number) => void
	isChosen: (day: number) => 'edge' | 'within' | undefined
	onDay: (day: number) => void
}

/** One month; the grid starts on the person's first weekday. */
export function Month({ at, onMonth, isChosen, onDay }: MonthProps) {
	const { t, format } = useLocale()
	const days = useMemo(() => format.monthDays(at), [format, at])
	const first = days[0] ?? at
	const lead = (new Date(first).getDay() - firstWeekday(format.preferences.language) + 7) % 7
	const today = startOfDay(Date.now())
	return (
		<div>
			<div className={classes.head}>
				<ActionIcon variant="subtle" aria-label={t('dates.previous')} onClick={() => onMonth(first - DAY_MS)}>
					<IconChevronLeft size={18} className="mz-mirror" />
				</ActionIcon>
				<strong aria-live="polite">{format.monthTitle(first)}</strong>
				<ActionIcon variant="subtle" aria-label={t('dates.next')} onClick={() => onMonth((days.at(-1) ?? at) + DAY_MS)}>
					<IconChevronRight size={18} className="mz-mirror" />
				</ActionIcon>
			</div>
			<div className={classes.grid}>
				{format.weekdays('narrow').map((day) => (
					<span key={day.index} className={classes.weekday}>
						{day.name}
					</span>
				))}
				{days.map((day, i) => (
					<button
						key={day}
						type="button"
						className={classes.day}
						style={i === 0 ? { gridColumnStart: lead + 1 } : undefined}
						data-chosen={isChosen(day)}
						data-today={startOfDay(day) === today || undefined}
						aria-label={format.longDate(day)}
						aria-pressed={isChosen(day) !== undefined}
						onClick={() => onDay(day)}
					>
						{format.dayNumber(day)}
					</button>
				))}
			</div>
		</div>
	)
}

interface Props {
	from: number
	to: number
	onChange: (from: number, to: number) => void
}

export function DateRange({ from, to, onChange }: Props) {
	const { t, format } = useLocale()
	const [isOpen, setOpen] = useState(false)
	const [month, setMonth] = useState(noonOf(from))
	const [start, setStart] = useState<number | null>(null)
	const last = noonOf(to - 1)
	const choose = (day: number): void => {
		if (start === null) {
			setStart(day)
			return
		}
		onChange(startOfDay(Math.min(start, day)), endOfDay(Math.max(start, day)))
		setStart(null)
		setOpen(false)
	}
	const isChosen = (day: number): 'edge' | 'within' | undefined => {
		if (start !== null) return day === start ? 'edge' : undefined
		if (day === noonOf(from) || day === last) return 'edge'
		return day > from && day < to ? 'within' : undefined
	}
	const text = noonOf(from) === last ? format.date(from) : `${format.date(from)} – ${format.date(last)}`
	return (
		<Popover opened={isOpen} onChange={setOpen} position="bottom-start" shadow="md" trapFocus>
			<Popover.Target>
				<Button variant="default" leftSection={<IconCalendar size={17} />} onClick={() => setOpen(!isOpen)}>
					<bdi>{text}</bdi>
				</Button>
			</Popover.Target>
			<Popover.Dropdown>
				<Month at={month} onMonth={setMonth} isChosen={isChosen} onDay={choose} />
				<p className={classes.hint}>{t(start === null ? 'dates.choose_start' : 'dates.choose_end')}</p>
			</Popover.Dropdown>
		</Popover>
	)
}
