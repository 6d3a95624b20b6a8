/** The calls of one queue that are under way: who talks to whom, how long, and a way in for supervisors. */
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveAgent } from '../../../shared/protocol'
import { CallerName } from '../../../shared/ui/Person/Person'
import { StateBadge } from '../../../shared/ui/StateBadge/StateBadge'
import { isSupervisable, Supervise, SupervisedMark } from '../Supervise/Supervise'
import classes from './Calls.module.css'

/** Of this queue, the longest first. */
export function callsOf(agents: LiveAgent[], queue: string): LiveAgent[] {
	return agents.filter((a) => a.queue === queue && isSupervisable(a)).sort((a, b) => a.state_since - b.state_since)
}

function Row({ agent }: { agent: LiveAgent }) {
	const { format } = useLocale()
	const now = useNow()
	return (
		<li className={classes.call}>
			<span className={classes.who}>
				<bdi className={classes.name}>{agent.name}</bdi>
				{agent.customer && (
					<span className={classes.with}>
						<CallerName name={agent.customer.name} number={agent.customer.number} /> <DialNumber number={agent.customer.number} name={agent.customer.name} isBare />
					</span>
				)}
				<SupervisedMark agent={agent} />
			</span>
			<StateBadge state={agent.state} />
			<span className="mz-num">{format.duration(Math.max(0, now - agent.state_since))}</span>
			<Supervise agent={agent} />
		</li>
	)
}

export function Calls({ queue, agents }: { queue: string; agents: LiveAgent[] }) {
	const { t } = useLocale()
	const calls = callsOf(agents, queue)
	return (
		<section className={classes.calls} aria-label={t('supervise.calls')}>
			<h3 className={classes.title}>{t('supervise.calls')}</h3>
			{calls.length === 0 ? (
				<p className={classes.none}>{t('supervise.none')}</p>
			) : (
				<ul className={classes.list}>
					{calls.map((agent) => (
						<Row key={agent.id} agent={agent} />
					))}
				</ul>
			)}
		</section>
	)
}
