/** Who was in a call, when they came and went. */
import { useLocale } from '../../../shared/i18n/locale'
import type { PartyRow } from '../../../shared/rest'
import { Avatar, CallerName } from '../../../shared/ui/Person/Person'
import classes from './People.module.css'

export function People({ parties, endedAt }: { parties: PartyRow[]; endedAt: number | null }) {
	const { t, tryKey, format } = useLocale()
	return (
		<ul className={classes.list}>
			{parties.map((party) => {
				const until = party.left_at ?? endedAt
				const role = tryKey(`party.role.${party.role}`) ?? party.role
				return (
					<li key={party.id} className={classes.party}>
						<Avatar name={party.name || '#'} size={34} />
						<span className={classes.who}>
							<strong>{party.name || party.number ? <CallerName name={party.name} number={party.number} /> : role}</strong>
							<span className={classes.dim}>
								{role}
								{party.reason && tryKey(`reason.${party.reason}`) && ` · ${tryKey(`reason.${party.reason}`)}`}
							</span>
						</span>
						<span className={`${classes.times} mz-num`}>
							<span>
								<bdi>{format.timeWithSeconds(party.joined_at)}</bdi>
								{until !== null && (
									<>
										{' – '}
										<bdi>{format.timeWithSeconds(until)}</bdi>
									</>
								)}
							</span>
							{until !== null && <span className={classes.dim}>{t('detail.in_call', { time: format.duration(until - party.joined_at) })}</span>}
						</span>
					</li>
				)
			})}
		</ul>
	)
}
