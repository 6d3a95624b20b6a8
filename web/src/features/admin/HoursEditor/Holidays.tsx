/** Days on which the week does not apply, picked in the person's own calendar, kept as Gregorian dates. */
import { ActionIcon, Button, Popover, TextInput } from '@mantine/core'
import { IconCalendar, IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { noonOf } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import { Month } from '../../../shared/ui/DateRange/DateRange'
import { type Holiday, nextSpan } from './spans'
import { SpanRow } from './SpanRow'
import classes from './HoursEditor.module.css'

export function isoDate(at: number): string {
	const date = new Date(at)
	return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`
}

export function atNoon(iso: string): number {
	const [year = 1970, month = 1, day = 1] = iso.split('-').map(Number)
	return new Date(year, month - 1, day, 12).getTime()
}

function DayPicker({ date, onChange }: { date: string; onChange: (date: string) => void }) {
	const { t, format } = useLocale()
	const [isOpen, setOpen] = useState(false)
	const [month, setMonth] = useState(atNoon(date))
	return (
		<Popover opened={isOpen} onChange={setOpen} shadow="md" trapFocus>
			<Popover.Target>
				<Button variant="default" leftSection={<IconCalendar size={16} />} aria-label={`${t('hours.date')}: ${format.longDate(atNoon(date))}`} onClick={() => setOpen(!isOpen)}>
					{format.date(atNoon(date))}
				</Button>
			</Popover.Target>
			<Popover.Dropdown>
				<Month
					at={month}
					onMonth={setMonth}
					isChosen={(day) => (isoDate(day) === date ? 'edge' : undefined)}
					onDay={(day) => {
						onChange(isoDate(day))
						setOpen(false)
					}}
				/>
			</Popover.Dropdown>
		</Popover>
	)
}

export function Holidays({ holidays, error, onChange }: { holidays: Holiday[]; error?: string; onChange: (holidays: Holiday[]) => void }) {
	const { t, format } = useLocale()
	const set = (at: number, change: Partial<Holiday>): void => onChange(holidays.map((h, i) => (i === at ? { ...h, ...change } : h)))
	return (
		<div>
			{holidays.length === 0 && <p className={classes.note}>{t('hours.no_holidays')}</p>}
			{holidays.map((holiday, i) => (
				<div key={`${i}-${holiday.date}`} className={classes.holiday} role="group" aria-label={format.longDate(atNoon(holiday.date))}>
					<DayPicker date={holiday.date} onChange={(date) => set(i, { date })} />
					<TextInput className={classes.occasion} aria-label={t('hours.holiday_name')} placeholder={t('hours.holiday_name')} value={holiday.name ?? ''} onChange={(e) => set(i, { name: e.currentTarget.value })} />
					<div className={classes.middle}>
						{(holiday.spans ?? []).length === 0 && <span className={classes.note}>{t('hours.closed')}</span>}
						{(holiday.spans ?? []).map((times, k) => (
							<SpanRow
								key={`${k}-${times.from}-${times.to}`}
								label={format.date(atNoon(holiday.date))}
								times={times}
								onChange={(next) => set(i, { spans: (holiday.spans ?? []).map((old, n) => (n === k ? next : old)) })}
								onRemove={() => set(i, { spans: (holiday.spans ?? []).filter((_, n) => n !== k) })}
							/>
						))}
					</div>
					<Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={15} />} onClick={() => set(i, { spans: [...(holiday.spans ?? []), nextSpan((holiday.spans ?? []))] })}>
						{t('hours.add_span')}
					</Button>
					<ActionIcon variant="subtle" color="ink" aria-label={`${t('admin.remove')}: ${format.date(atNoon(holiday.date))}`} onClick={() => onChange(holidays.filter((_, n) => n !== i))}>
						<IconTrash size={16} />
					</ActionIcon>
				</div>
			))}
			<Button mt={8} size="compact-sm" variant="light" leftSection={<IconPlus size={15} />} onClick={() => onChange([...holidays, { date: isoDate(noonOf(Date.now())), name: '', spans: [] }])}>
				{t('hours.add_holiday')}
			</Button>
			{error && (
				<p className={classes.error} role="alert">
					{error}
				</p>
			)}
		</div>
	)
}
