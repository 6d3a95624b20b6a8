import { ActionIcon, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { Times } from './spans'
import classes from './HoursEditor.module.css'

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/

/** "8" -> "08:00", "830" -> "08:30", "8:5" -> "08:05"; what is no time stays as typed and is marked. */
export function readTime(text: string): string {
	const plain = asciiDigits(text).replace(/[^\d:]/g, '')
	if (!/\d/.test(plain)) return text
	const parts = plain.includes(':') ? plain.split(':') : plain.length > 2 ? [plain.slice(0, -2), plain.slice(-2)] : [plain, '0']
	const [hours = '', minutes = ''] = parts
	const read = `${hours.padStart(2, '0')}:${minutes.padStart(2, '0')}`
	return TIME.test(read) ? read : text
}

export function SpanRow({ times, label, onChange, onRemove }: { times: Times; label: string; onChange: (times: Times) => void; onRemove: () => void }) {
	const { t, format } = useLocale()
	const input = (key: 'from' | 'to') => (
		<TextInput
			key={times[key]}
			className={classes.time}
			aria-label={`${t(`hours.${key}`)}: ${label}`}
			error={!TIME.test(times[key])}
			defaultValue={format.digits(times[key])}
			onBlur={(e) => onChange({ ...times, [key]: readTime(e.currentTarget.value) })}
		/>
	)
	return (
		<div className={classes.span}>
			{input('from')}
			<span aria-hidden="true">–</span>
			{input('to')}
			<ActionIcon variant="subtle" color="ink" aria-label={`${t('hours.remove_span')}: ${label}`} onClick={onRemove}>
				<IconTrash size={16} />
			</ActionIcon>
			{TIME.test(times.from) && TIME.test(times.to) && times.to < times.from && <span className={classes.note}>{t('hours.overnight')}</span>}
		</div>
	)
}
