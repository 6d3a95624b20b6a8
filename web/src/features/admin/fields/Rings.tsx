/** A small table: after so many seconds these help too, and skills are asked less strictly. The first ring is "Who answers". */
import { ActionIcon, Button, Select, Text } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useLocale } from '../../../shared/i18n/locale'
import { References } from './References'
import { nextRing, RELAX_MAX, type Ring, RINGS_MAX } from './rings'
import classes from './Rings.module.css'
import { WholeNumber } from './WholeNumber'

export { asRings } from './rings'

interface RowProps {
	ring: Ring
	index: number
	errors: Record<string, string>
	onChange: (ring: Ring) => void
	onRemove: () => void
}

function useRelaxWords(): { value: string; label: string }[] {
	const { t } = useLocale()
	return Array.from({ length: RELAX_MAX + 1 }, (_, n) => {
		const words = n === 0 ? t('rings.as_asked') : n === RELAX_MAX ? t('rings.not_asked') : t('rings.levels', { count: n })
		return { value: String(n), label: words }
	})
}

function Row({ ring, index, errors, onChange, onRemove }: RowProps) {
	const { t, format } = useLocale()
	const which = t('rings.ring', { number: index + 2 })
	const label = (column: string): string => `${which}: ${column}`
	const set = (change: Partial<Ring>): void => onChange({ ...ring, ...change })
	return (
		<div className={classes.ring} role="group" aria-label={which}>
			<span className={`${classes.number} mz-num`}>{format.number(index + 2)}</span>
			<div className={classes.cell}>
				<span className={classes.name}>{t('rings.after')}</span>
				<WholeNumber aria-label={label(t('rings.after'))} unit="seconds" min={1} max={86_400} value={ring.after_s} error={errors[`${index}/after_s`]} onChange={(n) => set({ after_s: n as number | null })} />
			</div>
			<div className={classes.cell}>
				<span className={classes.name}>{t('rings.relax')}</span>
				<Select aria-label={label(t('rings.relax'))} data={useRelaxWords()} allowDeselect={false} value={String(ring.relax ?? 0)} error={errors[`${index}/relax`]} onChange={(n) => set({ relax: Number(n) })} />
			</div>
			<ActionIcon className={classes.remove} variant="subtle" color="ink" aria-label={`${t('admin.remove')}: ${which}`} onClick={onRemove}>
				<IconTrash size={17} />
			</ActionIcon>
			<div className={classes.wide}>
				<span className={classes.name}>{t('rings.teams')}</span>
				<References ref_="teams" aria-label={label(t('rings.teams'))} value={ring.teams} error={errors[`${index}/teams`]} onChange={(teams) => set({ teams })} />
			</div>
			<div className={classes.wide}>
				<span className={classes.name}>{t('rings.agents')}</span>
				<References ref_="users" aria-label={label(t('rings.agents'))} value={ring.agents} error={errors[`${index}/agents`]} onChange={(agents) => set({ agents })} />
			</div>
		</div>
	)
}

interface Props {
	label: string
	rings: Ring[]
	error?: string
	errors: Record<string, string>
	onChange: (rings: Ring[]) => void
}

export function Rings({ label, rings, error, errors, onChange }: Props) {
	const { t } = useLocale()
	return (
		<div role="group" aria-label={label}>
			{rings.length === 0 && <p className={classes.none}>{t('rings.none')}</p>}
			{rings.map((ring, i) => (
				<Row key={i} ring={ring} index={i} errors={errors} onChange={(next) => onChange(rings.map((old, k) => (k === i ? next : old)))} onRemove={() => onChange(rings.filter((_, k) => k !== i))} />
			))}
			{error && Object.keys(errors).length === 0 && (
				<Text size="xs" c="var(--mz-bad)" role="alert">
					{error}
				</Text>
			)}
			<Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={15} />} disabled={rings.length >= RINGS_MAX} onClick={() => onChange([...rings, nextRing(rings)])}>
				{t('rings.add')}
			</Button>
		</div>
	)
}
