/** One queue on the wall: who waits and how long, large; how the day goes, small. */
import { UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { memo } from 'react'
import { useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveQueue } from '../../../shared/protocol'
import { figure, levelTone, serviceLevel, waitTone } from '../figures'
import classes from './QueueCard.module.css'
import { QueueState } from './QueueState'

export interface Pledge {
	targetShare: number
	withinMs: number
}

function Small({ label, value, tone }: { label: string; value: string; tone?: string }) {
	return (
		<div className={classes.small}>
			<dt>{label}</dt>
			<dd className="mz-num" data-tone={tone}>
				{value}
			</dd>
		</div>
	)
}

export const QueueCard = memo(function QueueCard({ queue, pledge, onOpen }: { queue: LiveQueue; pledge: Pledge; onOpen: (id: string) => void }) {
	const { t, format } = useLocale()
	const now = useNow()
	const waited = queue.oldest_since === null ? null : now - queue.oldest_since
	const tone = waitTone(waited, pledge.withinMs)
	const level = serviceLevel(queue.today)
	return (
		<section className={classes.card} data-tone={tone} aria-label={queue.name}>
			<UnstyledButton className={classes.head} onClick={() => onOpen(queue.id)}>
				<h3 className={classes.name}>
					<bdi>{queue.name}</bdi>
				</h3>
				<IconChevronRight size={18} className="mz-mirror" />
			</UnstyledButton>
			<QueueState queue={queue} />
			<div className={classes.big}>
				<div>
					<div className={`${classes.number} mz-num`}>{format.number(queue.waiting)}</div>
					<div className={classes.label}>
						{t('live.waiting')}
						{queue.ringing > 0 && ` · ${t('live.ringing', { count: queue.ringing })}`}
					</div>
				</div>
				<div>
					<div className={`${classes.wait} mz-num`} data-tone={tone}>
						{format.duration(waited)}
					</div>
					<div className={classes.label}>{t('live.longest')}</div>
				</div>
			</div>
			<dl className={classes.smalls}>
				<Small label={t('kpi.service_level')} value={format.percent(level)} tone={levelTone(level, pledge.targetShare)} />
				<Small label={t('kpi.abandon_rate')} value={format.percent(figure(queue.today, 'abandon_rate'), 1)} />
				<Small label={t('kpi.asa')} value={format.duration(figure(queue.today, 'asa'))} />
				<Small label={t('live.ewt')} value={format.duration(queue.ewt_ms)} />
				<Small label={t('live.free')} value={t('live.ready_of', { free: queue.agents_free, ready: queue.agents_ready })} tone={queue.waiting > 0 && queue.agents_ready === 0 ? 'bad' : undefined} />
				<Small label={t('live.talking')} value={format.number(queue.talking)} />
			</dl>
		</section>
	)
})
