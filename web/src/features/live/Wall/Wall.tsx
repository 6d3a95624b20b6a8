/** The supervisor's wall: the day in one line, every queue, every person, the lines to the outside. */
import { Button, Skeleton } from '@mantine/core'
import { IconUsersGroup } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveAgent, LiveQueue, LiveView } from '../../../shared/protocol'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Figure } from '../../../shared/ui/Figure/Figure'
import { Page } from '../../../shared/ui/Page/Page'
import { figure, levelTone, serviceLevel } from '../figures'
import { People } from '../People/People'
import { type Pledge, QueueCard } from '../QueueCard/QueueCard'
import { Trunks } from '../Trunks/Trunks'
import { useLive } from '../useLive'
import { Waits } from '../Waits/Waits'
import classes from './Wall.module.css'

const USUAL: Pledge = { targetShare: 0.8, withinMs: 18_000 }

/** What each queue promises, from its row. */
function usePledges(): Map<string, Pledge> {
	const { data } = useRows('queues')
	return useMemo(() => {
		const pledges = new Map<string, Pledge>()
		for (const row of data ?? []) {
			const target = typeof row.service_level_target_pct === 'number' ? row.service_level_target_pct / 100 : USUAL.targetShare
			const within = typeof row.service_level_s === 'number' ? row.service_level_s * 1000 : USUAL.withinMs
			pledges.set(row.id, { targetShare: target, withinMs: within })
		}
		return pledges
	}, [data])
}

function Today({ view }: { view: LiveView }) {
	const { t, format } = useLocale()
	const { all } = view
	const level = serviceLevel(all)
	const occupancy = figure(all, 'occupancy')
	const isAnybodyIn = view.agents.some((a) => figure(a.today, 'occupancy') !== null)
	const count = (name: 'offered' | 'answered'): string => format.number(figure(all, name) ?? 0)
	const waiting = view.queues.reduce((sum, q) => sum + q.waiting, 0)
	return (
		<Card label={t('live.today')} className={classes.today}>
			<Figure label={t('live.waiting')} value={format.number(waiting)} />
			<Figure label={t('kpi.service_level')} name="sl_default" value={format.percent(level, 1)} tone={levelTone(level, USUAL.targetShare)} />
			<Figure label={t('kpi.offered')} name="offered" value={count('offered')} />
			<Figure label={t('kpi.answered')} name="answered" value={count('answered')} />
			<Figure label={t('kpi.abandon_rate')} name="abandon_rate" value={format.percent(figure(all, 'abandon_rate'), 1)} />
			<Figure label={t('kpi.asa')} name="asa" value={format.duration(figure(all, 'asa'))} />
			<Figure label={t('kpi.aht')} name="aht" value={format.duration(figure(all, 'aht'))} />
			<Figure label={t('kpi.occupancy')} name="occupancy" value={format.percent(occupancy)} hint={occupancy === null ? t(isAnybodyIn ? 'kpi.occupancy_per_person' : 'kpi.no_occupancy') : undefined} />
		</Card>
	)
}

function Queues({ queues, agents }: { queues: LiveQueue[]; agents: LiveAgent[] }) {
	const { t } = useLocale()
	const may = useMay()
	const pledges = usePledges()
	const [openId, setOpenId] = useState<string | null>(null)
	const open = queues.find((q) => q.id === openId)
	const onOpen = useCallback((id: string) => setOpenId(id), [])
	if (queues.length === 0)
		return (
			<Card>
				<Empty
					icon={<IconUsersGroup size={26} />}
					title={t('live.no_queues')}
					hint={t('live.no_queues_hint')}
					action={may('change_config') && <Button renderRoot={(props) => <Link to="/admin/$section" params={{ section: 'queues' }} {...props} />}>{t('resource.queues')}</Button>}
				/>
			</Card>
		)
	return (
		<section aria-label={t('live.queues')} className={classes.queues}>
			{queues.map((queue) => (
				<QueueCard key={queue.id} queue={queue} pledge={pledges.get(queue.id) ?? USUAL} onOpen={onOpen} />
			))}
			{open && <Waits queue={open} agents={agents} onClose={() => setOpenId(null)} />}
		</section>
	)
}

export function Wall() {
	const { t } = useLocale()
	const { view, error, retry } = useLive()
	return (
		<Page title={t('live.title')} subtitle={t('live.subtitle')} isWide>
			{error !== null && <Failure error={error} onRetry={retry} />}
			{!view && error === null && (
				<div className={classes.wall}>
					<Skeleton height={90} radius={14} />
					<Skeleton height={230} radius={14} />
					<Skeleton height={380} radius={14} />
				</div>
			)}
			{view && (
				<div className={classes.wall}>
					<Today view={view} />
					<Queues queues={view.queues} agents={view.agents} />
					<People agents={view.agents} />
					<Trunks trunks={view.trunks} />
				</div>
			)}
		</Page>
	)
}
