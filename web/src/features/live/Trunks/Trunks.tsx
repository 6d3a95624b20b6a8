import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react'
import { useLocale } from '../../../shared/i18n/locale'
import type { LiveTrunk } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './Trunks.module.css'

export function Trunks({ trunks }: { trunks: LiveTrunk[] }) {
	const { t } = useLocale()
	return (
		<Card title={t('live.trunks')}>
			{trunks.length === 0 && <p className={classes.none}>{t('live.no_trunks')}</p>}
			<ul className={classes.list}>
				{trunks.map((trunk) => (
					<li key={trunk.id} className={classes.trunk}>
						<bdi className={classes.name}>{trunk.name}</bdi>
						<Pill tone={trunk.is_up ? 'good' : 'bad'}>
							{trunk.is_up ? <IconPlugConnected size={14} /> : <IconPlugConnectedX size={14} />}
							{t(trunk.is_up ? 'live.trunk_up' : 'live.trunk_down')}
						</Pill>
						<span className={classes.none}>{trunk.is_up ? t('live.calls', { count: trunk.calls }) : <bdi>{trunk.reason}</bdi>}</span>
					</li>
				))}
			</ul>
		</Card>
	)
}
