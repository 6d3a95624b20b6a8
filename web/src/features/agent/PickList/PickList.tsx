/** "Waiting in my queues": agents who may pick see who waits, and take one. Nothing is shown to those who may not. */
import { Button } from '@mantine/core'
import { IconHandFinger } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { ask, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Agent, WaitingCaller } from '../../../shared/protocol'
import { useSession } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { byPosition, TargetTime, WaitFacts } from '../../../shared/ui/WaitFacts/WaitFacts'
import { useAct } from '../useAct'
import classes from './PickList.module.css'
import { usePickList } from './usePickList'

function Wait({ wait, mayPick }: { wait: WaitingCaller; mayPick: boolean }) {
	const { t, format } = useLocale()
	const now = useNow()
	const { user } = useSession()
	const { act, isBusy } = useAct()
	const queries = useQueryClient()
	const pick = async (): Promise<void> => {
		await act(() => ask('queue.pick', { interaction: wait.interaction }))
		await queries.invalidateQueries({ queryKey: ['pick-list'] })
	}
	return (
		<li className={classes.wait}>
			<span className={classes.who}>
				{wait.name && <bdi className={classes.name}>{wait.name}</bdi>}
				<PhoneNumber number={wait.number} />
			</span>
			<span className={classes.times}>
				<strong className="mz-num">{format.duration(now - wait.since)}</strong>
				<TargetTime wait={wait} now={now} />
			</span>
			<Button size="compact-sm" variant="light" loading={isBusy} disabled={!mayPick || wait.position === 0} aria-label={t('pick.pick_for', { name: wait.name || wait.number })} onClick={() => void pick()}>
				{t('pick.pick')}
			</Button>
			<span className={classes.facts}>
				<WaitFacts wait={wait} nameOf={(id) => (id === user.id ? user.name : t('pick.a_colleague'))} />
			</span>
		</li>
	)
}

export function PickList({ agent }: { agent: Agent }) {
	const { t } = useLocale()
	const { data, error, refetch } = usePickList()
	const mayPick = agent.presence === 'ready' && agent.state !== 'ringing'
	if (error && !data)
		return (
			<Card title={t('pick.title')}>
				<Failure error={error} onRetry={() => void refetch()} isCompact />
			</Card>
		)
	if (!data || data.length === 0) return null
	const total = data.reduce((sum, q) => sum + q.waits.length, 0)
	return (
		<Card title={t('pick.title')} className={classes.card}>
			{!mayPick && total > 0 && <p className={classes.hint}>{t('pick.be_ready')}</p>}
			{total === 0 && (
				<p className={classes.hint}>
					<IconHandFinger size={17} aria-hidden="true" /> {t('pick.nobody')}
				</p>
			)}
			<div className={classes.queues} tabIndex={0} role="group" aria-label={t('pick.title')}>
				{data
					.filter((queue) => queue.waits.length > 0)
					.map((queue) => (
						<section key={queue.id} aria-label={queue.name}>
							<h3 className={classes.queue}>
								<bdi>{queue.name}</bdi>
								<span>{t('transfer.waiting', { count: queue.waits.length })}</span>
							</h3>
							<ol className={classes.list}>
								{byPosition(queue.waits).map((wait) => (
									<Wait key={wait.interaction} wait={wait} mayPick={mayPick} />
								))}
							</ol>
						</section>
					))}
			</div>
		</Card>
	)
}
