import { IconPlugConnected, IconPlugConnectedX, IconQuestionMark } from '@tabler/icons-react'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveTrunk } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './Trunks.module.css'

/** A trunk that is never asked whether it answers is not down: nobody knows. */
function Health({ isUp }: { isUp: boolean | null }) {
	const { t } = useLocale()
	if (isUp === null)
		return (
			<Pill tone="off">
				<IconQuestionMark size={14} /> {t('live.trunk_unchecked')}
			</Pill>
		)
	return (
		<Pill tone={isUp ? 'good' : 'bad'}>
			{isUp ? <IconPlugConnected size={14} /> : <IconPlugConnectedX size={14} />} {t(isUp ? 'live.trunk_up' : 'live.trunk_down')}
		</Pill>
	)
}

export function Trunks({ trunks }: { trunks: LiveTrunk[] }) {
	const { t } = useLocale()
	return (
		<Card title={t('live.trunks')}>
			{trunks.length === 0 && <p className={classes.none}>{t('live.no_trunks')}</p>}
			<ul className={classes.list}>
				{trunks.map((trunk) => (
					<li key={trunk.id} className={classes.trunk}>
						<bdi className={classes.name}>{trunk.name}</bdi>
						<Health isUp={trunk.is_up} />
						<span className={classes.none}>{trunk.is_up === false ? <bdi>{trunk.reason}</bdi> : t('live.calls', { count: trunk.calls })}</span>
					</li>
				))}
			</ul>
		</Card>
	)
}
