/** Whole numbers, typed with any digits. */
import { NumberInput } from '@mantine/core'
import { asciiDigits } from '../../../shared/format'
import type { Key } from '../../../shared/i18n/en'
import { useLocale } from '../../../shared/i18n/locale'

export const UNITS: Record<'seconds' | 'milliseconds' | 'percent' | 'days', Key> = { days: 'unit.days', seconds: 'admin.seconds', milliseconds: 'admin.milliseconds', percent: 'admin.percent' }

interface Props {
	name?: string
	label?: string
	'aria-label'?: string
	description?: string
	error?: string
	min?: number
	max?: number
	unit?: keyof typeof UNITS
	value: unknown
	onChange: (value: unknown) => void
}

export function WholeNumber({ unit, value, onChange, ...props }: Props) {
	const { t } = useLocale()
	return (
		<NumberInput
			{...props}
			allowDecimal={false}
			hideControls
			value={typeof value === 'number' ? value : ''}
			rightSection={unit ? <span style={{ color: 'var(--mz-dim)', fontSize: 13 }}>{t(UNITS[unit])}</span> : undefined}
			rightSectionWidth={44}
			onBeforeInput={(event) => {
				const typed = (event.nativeEvent as InputEvent).data ?? ''
				const ascii = asciiDigits(typed)
				if (ascii === typed || !/^\d+$/.test(ascii)) return
				event.preventDefault()
				onChange(Number(`${typeof value === 'number' ? value : ''}${ascii}`))
			}}
			onChange={(next) => onChange(next === '' ? null : Number(next))}
		/>
	)
}
