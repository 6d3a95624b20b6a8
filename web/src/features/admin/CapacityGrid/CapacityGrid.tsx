/** How many contacts of which channel at once, what one weighs, what it may interrupt: a line each channel. */
import { MultiSelect, Text } from '@mantine/core'
import { useLocale } from '../../../shared/i18n/locale'
import { WholeNumber } from '../fields/WholeNumber'
import type { Field, Values } from '../specs'
import classes from './CapacityGrid.module.css'

interface Props {
	fields: Field[]
	values: Values
	errors: Record<string, string>
	onChange: (name: string, value: unknown) => void
}

const COLUMNS = ['max', 'load', 'interrupts'] as const

/** What fits beside each other at most: "4 chats", by the load alone. */
export function fitting(max: unknown, load: unknown): number | null {
	if (typeof max !== 'number' || typeof load !== 'number') return null
	return load > 0 ? Math.min(max, Math.floor(100 / load)) : max
}

function Cell({ field, values, errors, onChange, label }: Omit<Props, 'fields'> & { field: Field; label: string }) {
	const { t } = useLocale()
	const value = values[field.name]
	const error = errors[field.name]
	const common = { name: field.name, 'aria-label': label, error, onChange: (v: unknown) => onChange(field.name, v) }
	if (field.kind === 'number') return <WholeNumber {...common} min={field.min} max={field.max} unit={field.unit} value={value} />
	if (field.kind !== 'choices') return null
	const chosen = Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : []
	const data = field.of.values.map((v) => ({ value: v, label: t(`channel.${v}` as 'channel.voice') }))
	return <MultiSelect {...common} data={data} placeholder={chosen.length ? undefined : t('capacity.nothing')} value={chosen} />
}

export function CapacityGrid({ fields, values, errors, onChange }: Props) {
	const { t } = useLocale()
	const channels = fields.filter((f) => f.name.endsWith('_max')).map((f) => f.name.slice(0, -'_max'.length))
	const overfull = channels.filter((c) => (fitting(values[`${c}_max`], values[`${c}_load`]) ?? 0) < (typeof values[`${c}_max`] === 'number' ? (values[`${c}_max`] as number) : 0))
	return (
		<>
			<div className={classes.grid} role="table" aria-label={t('admin.section.capacity')}>
				<div role="row" className={classes.row} data-head>
					<span role="columnheader">{t('field.channel')}</span>
					{COLUMNS.map((column) => (
						<span key={column} role="columnheader">
							{t(`capacity.${column}`)}
						</span>
					))}
				</div>
				{channels.map((channel) => {
					const name = t(`channel.${channel}` as 'channel.voice')
					return (
						<div key={channel} role="row" className={classes.row}>
							<span role="rowheader" className={classes.name}>
								{name}
							</span>
							{COLUMNS.map((column) => {
								const field = fields.find((f) => f.name === `${channel}_${column}`)
								return (
									<div key={column} role="cell" className={classes.cell} data-title={t(`capacity.${column}`)}>
										{field && <Cell field={field} values={values} errors={errors} onChange={onChange} label={`${name}: ${t(`capacity.${column}`)}`} />}
									</div>
								)
							})}
						</div>
					)
				})}
			</div>
			{overfull.map((channel) => (
				<Text key={channel} size="sm" c="var(--mz-wait)" mt={8}>
					{t('capacity.overfull', { channel: t(`channel.${channel}` as 'channel.voice'), count: fitting(values[`${channel}_max`], values[`${channel}_load`]) ?? 0 })}
				</Text>
			))}
		</>
	)
}
