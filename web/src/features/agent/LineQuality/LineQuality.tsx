/** How the customer's line sounds, in a word; the number for those who want it. */
import { Tooltip } from '@mantine/core'
import { useLocale } from '../../../shared/i18n/locale'
import { Pill, type Tone } from '../../../shared/ui/StateBadge/StateBadge'
import { gradeOfMos, type MosGrade } from '../parties'
import classes from './LineQuality.module.css'

const TONE: Record<MosGrade, Tone> = { excellent: 'off', good: 'off', fair: 'wait', poor: 'wait', bad: 'bad' }
const BARS: Record<MosGrade, number> = { excellent: 4, good: 3, fair: 2, poor: 1, bad: 0 }

function Bars({ count }: { count: number }) {
	return (
		<svg width="15" height="13" viewBox="0 0 15 13" aria-hidden="true">
			{[0, 1, 2, 3].map((i) => (
				<rect key={i} x={i * 4} y={9 - i * 3} width={3} height={4 + i * 3} rx={1} fill="currentColor" opacity={i < count ? 1 : 0.25} />
			))}
		</svg>
	)
}

export function LineQuality({ mos }: { mos: number | null | undefined }) {
	const { t, format } = useLocale()
	if (mos === null || mos === undefined) return null
	const grade = gradeOfMos(mos)
	const value = t('mos.value', { value: format.number(mos, 2) })
	return (
		<Tooltip label={value} multiline w={220} withArrow events={{ hover: true, focus: true, touch: true }}>
			<span className={classes.quality} tabIndex={0} role="img" aria-label={`${t(`mos.${grade}`)}. ${value}`}>
				<Pill tone={TONE[grade]}>
					<Bars count={BARS[grade]} /> {t(`mos.${grade}`)}
				</Pill>
			</span>
		</Tooltip>
	)
}
