/** Gives a waiting contact to somebody now, whatever queue and skills say. */
import { Modal, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconSearch, IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { ask, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { LiveAgent, WaitingCaller } from '../../../shared/protocol'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Avatar } from '../../../shared/ui/Person/Person'
import { StateBadge } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './Assign.module.css'
import { candidates, canTake, SHOWN_MAX } from './people'

export function Assign({ wait, agents, onClose }: { wait: WaitingCaller; agents: LiveAgent[]; onClose: () => void }) {
	const { t, format } = useLocale()
	const now = useNow()
	const complain = useComplain()
	const [search, setSearch] = useState('')
	const [isBusy, setBusy] = useState(false)
	const found = candidates(agents, search)
	const give = async (agent: LiveAgent): Promise<void> => {
		setBusy(true)
		try {
			await ask('queue.assign', { interaction: wait.interaction, agent: agent.id })
			notifications.show({ message: t('assign.done', { name: agent.name }) })
			onClose()
		} catch (problem) {
			complain(problem)
			setBusy(false)
		}
	}
	return (
		<Modal opened onClose={onClose} size={520} title={t('assign.title', { name: wait.name || format.digits(wait.number) })} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<p className={classes.hint}>{t('assign.hint')}</p>
			<TextInput data-autofocus aria-label={t('live.filter_people')} placeholder={t('live.filter_people')} leftSection={<IconSearch size={17} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
			{found.length === 0 && <Empty icon={<IconUsers size={26} />} title={t('assign.nobody')} hint={t('assign.nobody_hint')} isCompact />}
			<ul className={classes.list} aria-label={t('live.agents')}>
				{found.slice(0, SHOWN_MAX).map((agent) => (
					<li key={agent.id}>
						<button type="button" className={classes.agent} disabled={isBusy || !canTake(agent)} onClick={() => void give(agent)}>
							<Avatar name={agent.name} size={30} />
							<span className={classes.name}>
								<bdi>{agent.name}</bdi>
							</span>
							<StateBadge state={agent.state} />
							<span className={`${classes.since} mz-num`}>{format.duration(now - agent.state_since)}</span>
						</button>
					</li>
				))}
			</ul>
			{found.length > SHOWN_MAX && <p className={classes.hint}>{t('assign.more')}</p>}
		</Modal>
	)
}
