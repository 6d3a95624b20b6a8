/** Contacts without a telephone that are offered: who, where from, what they wrote so far; take it or not. */
import { Button } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { ask, useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { WorkOffer } from '../../../shared/protocol'
import { CountdownRing } from '../../../shared/ui/CountdownRing/CountdownRing'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { Messages } from '../../../shared/ui/Messages/Messages'
import { KEYS, useKeys } from '../keys'
import { useAct } from '../useAct'
import { WorkHead } from '../Works/WorkHead'
import classes from './WorkOffers.module.css'

const RING_USUAL_MS = 20_000
const SHOWN = 3

function Offer({ offer, hasKeys }: { offer: WorkOffer; hasKeys: boolean }) {
	const { t, format } = useLocale()
	const { messages } = useDesk()
	const { act, isBusy } = useAct()
	const now = useNow()
	const { interaction } = offer
	const written = messages[interaction] ?? []
	const accept = (): void => {
		if (!isBusy) void act(() => ask('work.accept', { interaction }))
	}
	const decline = (): void => {
		if (!isBusy) void act(() => ask('work.decline', { interaction }))
	}
	useKeys(hasKeys ? { [KEYS.answer]: accept, [KEYS.hangUp]: decline } : {})
	return (
		<section className={classes.offer} aria-label={t('work.offered')} data-testid="work-offer">
			<div className={classes.top}>
				<WorkHead work={offer} />
				<CountdownRing until={offer.deadline_at} totalMs={RING_USUAL_MS} size={56} label={t('offer.time_left')} />
			</div>
			<p className={classes.wait}>
				{t('offer.waiting')} <span className="mz-num">{format.duration(Math.max(0, now - offer.queued_at))}</span>
			</p>
			{offer.messages > 0 && <Messages list={written.slice(-SHOWN)} name={offer.customer.name || offer.customer.number} />}
			<div className={classes.buttons}>
				<Button size="md" className={classes.accept} leftSection={<IconCheck size={20} />} rightSection={hasKeys && <Kbd>{KEYS.answer}</Kbd>} loading={isBusy} onClick={accept}>
					{t('work.accept')}
				</Button>
				<Button size="md" variant="default" leftSection={<IconX size={18} />} rightSection={hasKeys && <Kbd>{KEYS.hangUp}</Kbd>} onClick={decline}>
					{t('offer.decline')}
				</Button>
			</div>
		</section>
	)
}

/** The keys are the ringing call's, if there is one; else the first offer's. */
export function WorkOffers({ hasCall }: { hasCall: boolean }) {
	const { workOffers, calls } = useDesk()
	if (workOffers.length === 0) return null
	return (
		<div className={classes.offers}>
			{workOffers.map((offer, i) => (
				<Offer key={offer.interaction} offer={offer} hasKeys={i === 0 && !hasCall && calls.length === 0} />
			))}
		</div>
	)
}
