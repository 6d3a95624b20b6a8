/** What sets one waiting contact apart: VIP, priority, ring, whom it waits for, and how its time stands to the service level. */
import { IconClockExclamation, IconCrown, IconUserHeart } from '@tabler/icons-react'
import { useLocale } from '../../i18n/locale'
import type { WaitingCaller } from '../../protocol'
import { Pill } from '../StateBadge/StateBadge'
import classes from './WaitFacts.module.css'

export type Standing = 'in_time' | 'near' | 'late'

/** Late once the time is up; near when the server says so. */
export function standingOf(wait: Pick<WaitingCaller, 'target_at' | 'is_near_target'>, now: number): Standing {
	if (wait.target_at !== null && now >= wait.target_at) return 'late'
	return wait.is_near_target ? 'near' : 'in_time'
}

/** Who is next stands first; who is being rung right now (0) before all. */
export function byPosition(waits: WaitingCaller[]): WaitingCaller[] {
	return [...waits].sort((a, b) => a.position - b.position || a.since - b.since)
}

const TONE = { in_time: undefined, near: 'wait', late: 'bad' } as const

/** Time left to the service level, or how long it has passed; never in colour alone. */
export function TargetTime({ wait, now }: { wait: WaitingCaller; now: number }) {
	const { t, format } = useLocale()
	if (wait.target_at === null) return null
	const standing = standingOf(wait, now)
	const time = format.duration(Math.abs(wait.target_at - now))
	return (
		<span className={`${classes.target} mz-num`} data-tone={TONE[standing]}>
			{standing !== 'in_time' && <IconClockExclamation size={14} aria-hidden="true" />}
			{t(standing === 'late' ? 'wait.late_by' : 'wait.time_left', { time })}
		</span>
	)
}

export function WaitFacts({ wait, nameOf }: { wait: WaitingCaller; nameOf: (agent: string) => string | undefined }) {
	const { t } = useLocale()
	const preferred = wait.preferred && nameOf(wait.preferred)
	return (
		<span className={classes.facts}>
			{wait.is_vip && (
				<Pill tone="ring">
					<IconCrown size={13} aria-hidden="true" /> {t('customer.vip')}
				</Pill>
			)}
			{wait.position === 0 && <Pill tone="call">{t('state.ringing')}</Pill>}
			{wait.priority !== 0 && <Pill tone="off">{t('wait.priority', { priority: wait.priority })}</Pill>}
			{wait.ring > 0 && <Pill tone="off">{t('wait.ring', { ring: wait.ring + 1 })}</Pill>}
			{preferred && (
				<Pill tone="good">
					<IconUserHeart size={13} aria-hidden="true" /> {t('wait.preferred', { name: preferred })}
				</Pill>
			)}
		</span>
	)
}
