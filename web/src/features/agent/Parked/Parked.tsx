/** Calls parked in the house: the slot large, who waits in it, and picking up. Nothing is shown when nothing is parked. */
import { Button } from '@mantine/core'
import { IconParking, IconPhoneIncoming } from '@tabler/icons-react'
import { getPhone } from '../../../phone/station'
import { ask, useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Parked as ParkedCall } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { CallerName } from '../../../shared/ui/Person/Person'
import { useAct } from '../useAct'
import classes from './Parked.module.css'

function Slot({ parked, mayPick }: { parked: ParkedCall; mayPick: boolean }) {
	const { t, format } = useLocale()
	const now = useNow()
	const { agent } = useDesk()
	const { act, isBusy } = useAct()
	const pickUp = (): void =>
		void act(async () => {
			if (agent?.device === 'browser') await getPhone().openMicrophone()
			await ask('call.pick_up', { slot: parked.slot })
		})
	return (
		<li className={classes.slot}>
			<span className={`${classes.number} mz-num`} aria-label={t('park.slot', { slot: parked.slot })}>
				{format.digits(parked.slot)}
			</span>
			<span className={classes.who}>
				<strong>
					<CallerName name={parked.name} number={parked.number} />
				</strong>
				<span className={classes.by}>
					<span className="mz-num">{format.duration(Math.max(0, now - parked.since))}</span>
					{parked.parked_by && ` · ${t('park.by', { name: parked.parked_by.name })}`}
				</span>
			</span>
			<Button variant="light" leftSection={<IconPhoneIncoming size={18} />} loading={isBusy} disabled={!mayPick} aria-label={t('park.pick_up_name', { name: parked.name || parked.number })} onClick={pickUp}>
				{t('park.pick_up')}
			</Button>
		</li>
	)
}

export function Parked() {
	const { t } = useLocale()
	const { parked, calls, offers, agent } = useDesk()
	if (parked.length === 0 || !agent) return null
	const mayPick = calls.length === 0 && offers.length === 0
	const title = (
		<span className={classes.title}>
			<IconParking size={18} aria-hidden="true" /> {t('park.parked')}
		</span>
	)
	return (
		<Card title={title}>
			<ul className={classes.list}>
				{parked.map((one) => (
					<Slot key={one.slot} parked={one} mayPick={mayPick} />
				))}
			</ul>
		</Card>
	)
}
