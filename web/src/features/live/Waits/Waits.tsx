/** Those who wait in one queue, first in line first; a supervisor can give one to somebody. */
import { Button, Drawer, VisuallyHidden } from '@mantine/core'
import { IconMoodSmile, IconPhoneIncoming, IconUserShare } from '@tabler/icons-react'
import { useState } from 'react'
import { useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveAgent, LiveQueue, WaitingCaller } from '../../../shared/protocol'
import { useMay } from '../../../shared/session'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { byPosition, standingOf, TargetTime, WaitFacts } from '../../../shared/ui/WaitFacts/WaitFacts'
import { Assign } from '../Assign/Assign'
import { Calls } from '../Calls/Calls'
import { QueueState } from '../QueueCard/QueueState'
import classes from './Waits.module.css'

interface RowProps {
	wait: WaitingCaller
	nameOf: (agent: string) => string | undefined
	onAssign: (() => void) | null
}

function Wait({ wait, nameOf, onAssign }: RowProps) {
	const { t, format } = useLocale()
	const now = useNow()
	const who = wait.name || wait.number
	return (
		<li className={classes.wait} data-standing={standingOf(wait, now)}>
			<span className={`${classes.position} mz-num`}>
				<VisuallyHidden>{wait.position > 0 ? t('wait.position', { position: wait.position }) : t('state.ringing')}</VisuallyHidden>
				<span aria-hidden="true">{wait.position > 0 ? format.number(wait.position) : <IconPhoneIncoming size={16} />}</span>
			</span>
			<span className={classes.who}>
				{wait.name && <bdi className={classes.name}>{wait.name}</bdi>}
				<PhoneNumber number={wait.number} />
				<WaitFacts wait={wait} nameOf={nameOf} />
			</span>
			<span className={classes.times}>
				<strong className="mz-num">{format.duration(now - wait.since)}</strong>
				<TargetTime wait={wait} now={now} />
				{wait.estimate_ms !== null && <span className={`${classes.estimate} mz-num`}>{t('wait.estimate', { time: format.duration(wait.estimate_ms) })}</span>}
				{onAssign && (
					<Button className={classes.assign} size="compact-sm" variant="default" leftSection={<IconUserShare size={15} />} disabled={wait.position === 0} aria-label={`${t('assign.to')} ${who}`} onClick={onAssign}>
						{t('assign.to')}
					</Button>
				)}
			</span>
		</li>
	)
}

export function Waits({ queue, agents, onClose }: { queue: LiveQueue; agents: LiveAgent[]; onClose: () => void }) {
	const { t } = useLocale()
	const maySteer = useMay()('steer_agents')
	const [assigned, setAssigned] = useState<WaitingCaller | null>(null)
	const nameOf = (id: string): string | undefined => agents.find((a) => a.id === id)?.name
	const isShort = queue.waits.length < queue.waiting
	return (
		<Drawer opened onClose={onClose} size={560} position="right" title={<bdi>{queue.name}</bdi>} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<QueueState queue={queue} />
			{queue.waits.length === 0 ? (
				<Empty icon={<IconMoodSmile size={26} />} title={t('live.nobody_waits')} />
			) : (
				<ol className={classes.list} aria-label={t('live.waiting_callers')}>
					{byPosition(queue.waits).map((wait) => (
						<Wait key={wait.interaction} wait={wait} nameOf={nameOf} onAssign={maySteer ? () => setAssigned(wait) : null} />
					))}
				</ol>
			)}
			{isShort && <p className={classes.more}>{t('wait.first_of', { shown: queue.waits.length, all: queue.waiting })}</p>}
			<Calls queue={queue.id} agents={agents} />
			{assigned && <Assign wait={assigned} agents={agents} onClose={() => setAssigned(null)} />}
		</Drawer>
	)
}
