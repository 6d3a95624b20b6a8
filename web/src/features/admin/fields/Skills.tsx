import { ActionIcon, Button, Select, Slider, Text } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useRows, labelOf } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import classes from './fields.module.css'

interface Skill {
	skill: string
	level: number
}

const LEVEL_USUAL = 5
const LEVEL_MAX = 10

/** Skills with a proficiency from 1 to 10. */
export function Skills({ label, help, value, onChange }: { label: string; help?: string; value: Skill[]; onChange: (value: Skill[]) => void }) {
	const { t, format } = useLocale()
	const { data = [] } = useRows('skills')
	const free = data.filter((row) => !value.some((s) => s.skill === row.id))
	const nameOf = (id: string): string => {
		const row = data.find((r) => r.id === id)
		return row ? labelOf(row) : id
	}
	const first = free[0]
	return (
		<div role="group" aria-label={label}>
			<Text size="sm" fw={500}>
				{label}
			</Text>
			{help && (
				<Text size="xs" c="dimmed">
					{help}
				</Text>
			)}
			{value.map((entry, i) => (
				<div key={entry.skill} className={classes.skill}>
					<Select
						aria-label={label}
						data={[{ value: entry.skill, label: nameOf(entry.skill) }, ...free.map((r) => ({ value: r.id, label: labelOf(r) }))]}
						value={entry.skill}
						allowDeselect={false}
						onChange={(skill) => skill && onChange(value.map((s, k) => (k === i ? { ...s, skill } : s)))}
					/>
					<Slider
						min={1}
						max={LEVEL_MAX}
						thumbLabel={`${t('admin.level')}: ${nameOf(entry.skill)}`}
						label={(n) => format.number(n)}
						value={entry.level}
						onChange={(level) => onChange(value.map((s, k) => (k === i ? { ...s, level } : s)))}
					/>
					<span className="mz-num">{format.number(entry.level)}</span>
					<ActionIcon variant="subtle" color="ink" aria-label={`${t('admin.remove')}: ${nameOf(entry.skill)}`} onClick={() => onChange(value.filter((_, k) => k !== i))}>
						<IconTrash size={17} />
					</ActionIcon>
				</div>
			))}
			<Button mt={6} size="compact-sm" variant="subtle" leftSection={<IconPlus size={15} />} disabled={!first} onClick={() => first && onChange([...value, { skill: first.id, level: LEVEL_USUAL }])}>
				{t('admin.add_skill')}
			</Button>
		</div>
	)
}
