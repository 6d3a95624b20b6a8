/** What is wrong with a queue right now: closed, nobody there, or callers wait and nobody is ready. Owed share for those who know. */
import { Tooltip } from '@mantine/core'
import { IconLock, IconScale, IconUserOff } from '@tabler/icons-react'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveQueue } from '../../../shared/protocol'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './QueueCard.module.css'

/** A queue with as many points comes before all others. */
const OWED_FIRST = 100

export function QueueState({ queue }: { queue: LiveQueue }) {
	const { t } = useLocale()
	const nobody = queue.agents_reachable === 0 && queue.agents_ready === 0 ? 'live.nobody_there' : queue.agents_ready === 0 ? 'live.nobody_ready' : null
	if (queue.is_open && !nobody && queue.owed <= 0) return null
	return (
		<div className={classes.states}>
			{!queue.is_open && (
				<Pill tone="bad">
					<IconLock size={14} aria-hidden="true" /> {t('live.closed')}
				</Pill>
			)}
			{nobody && (
				<Pill tone={queue.waiting > 0 ? 'bad' : 'wait'}>
					<IconUserOff size={14} aria-hidden="true" /> {t(nobody)}
				</Pill>
			)}
			{queue.owed > 0 && (
				<Tooltip label={t('live.owed_hint', { points: queue.owed, first: OWED_FIRST })} multiline w={280}>
					<span tabIndex={0} className={classes.owed}>
						<IconScale size={14} aria-hidden="true" /> {t('live.owed')}
					</span>
				</Tooltip>
			)}
		</div>
	)
}
