/** A contact rings: who, why, how long they waited; one big way to answer and a quieter one to decline. */
import { Button } from '@mantine/core'
import { IconArrowForwardUp, IconMessageQuestion, IconParking, IconPhone, IconPhoneIncoming, IconPhoneOff, IconPhoneOutgoing, IconUser, IconUsers } from '@tabler/icons-react'
import { answerOffer, usePhone } from '../../../phone/station'
import { ask, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Offer, OfferKind } from '../../../shared/protocol'
import { CountdownRing } from '../../../shared/ui/CountdownRing/CountdownRing'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { CustomerFacts, CustomerHead } from '../CustomerCard/CustomerCard'
import { KEYS, useKeys } from '../keys'
import { useAct } from '../useAct'
import classes from './OfferCard.module.css'

const RING_USUAL_MS = 20_000

export function useOfferActions(offer: Offer) {
	const { act, isBusy } = useAct()
	const isHere = offer.device === 'browser'
	const answer = (): void => {
		if (isHere && !isBusy) void act(() => answerOffer(offer.interaction))
	}
	const decline = (): void => {
		if (!isBusy) void act(() => ask('call.decline', { interaction: offer.interaction }))
	}
	useKeys({ [KEYS.answer]: answer, [KEYS.hangUp]: decline })
	return { answer, decline, isHere, isBusy }
}

type OfferLook = OfferKind | 'outbound'

const KIND_ICON: Record<OfferLook, typeof IconPhone> = {
	queue: IconPhoneIncoming,
	consult: IconMessageQuestion,
	internal: IconUser,
	transfer: IconArrowForwardUp,
	park_return: IconParking,
	ring_group: IconUsers,
	outbound: IconPhoneOutgoing,
}

/** A contact of a queue, something among colleagues, or one's own call on its way: each looks different. */
export function lookOf(offer: Pick<Offer, 'kind' | 'direction' | 'is_auto_answer'>): OfferLook {
	if (offer.direction === 'outbound') return 'outbound'
	return offer.kind ?? 'queue'
}

export function useOfferTitle(offer: Offer): string {
	const { t } = useLocale()
	const look = lookOf(offer)
	const title = look === 'queue' ? t('offer.title') : t(`offer.kind.${look}`)
	return offer.from_agent ? `${title}: \u2068${offer.from_agent.name}\u2069` : title
}

/** What helps to greet this caller rightly, in large: for what, how long already, on which number, how often before. */
function Facts({ offer }: { offer: Offer }) {
	const { t, format } = useLocale()
	const now = useNow()
	const ringing = Math.max(0, RING_USUAL_MS - (offer.deadline_at - now))
	const last = offer.history.find((row) => row.id !== offer.interaction)
	return (
		<dl className={classes.facts}>
			{offer.queue && (
				<div>
					<dt>{t('field.queue')}</dt>
					<dd>
						<bdi>{offer.queue.name}</bdi>
					</dd>
				</div>
			)}
			{offer.queue && (
				<div>
					<dt>{t('offer.waiting')}</dt>
					<dd className="mz-num">{format.duration(offer.wait_ms + ringing)}</dd>
				</div>
			)}
			{offer.number && (
				<div>
					<dt>{t('detail.number_called')}</dt>
					<dd>
						<PhoneNumber number={offer.number} />
					</dd>
				</div>
			)}
			{last && (
				<div>
					<dt>{t('offer.last_contact')}</dt>
					<dd>{format.date(last.started_at)}</dd>
				</div>
			)}
		</dl>
	)
}

export function OfferCard({ offer }: { offer: Offer }) {
	const { t } = useLocale()
	const { microphone } = usePhone()
	const { answer, decline, isHere, isBusy } = useOfferActions(offer)
	const title = useOfferTitle(offer)
	const look = lookOf(offer)
	const Icon = KIND_ICON[look]
	const isBlocked = isHere && (microphone === 'denied' || microphone === 'missing' || microphone === 'busy' || microphone === 'insecure')
	return (
		<section className={classes.card} data-look={look} aria-label={title}>
			<div className={classes.main}>
				<div className={classes.top}>
					<p className={classes.eyebrow}>
						<Icon size={17} aria-hidden="true" className={look === 'transfer' ? 'mz-mirror' : undefined} /> {title}
					</p>
					<CountdownRing until={offer.deadline_at} totalMs={RING_USUAL_MS} size={92} label={t('offer.time_left')} />
				</div>
				<div className={classes.who}>
					<CustomerHead contact={offer} size={84} isLarge />
					<Facts offer={offer} />
				</div>
				{isBlocked && (
					<p className={classes.problem} role="alert">
						{t(`microphone.${microphone}`)}
					</p>
				)}
				{look === 'outbound' && <p className={classes.hint}>{t('offer.dialling_hint')}</p>}
				<div className={classes.buttons}>
					{isHere && offer.is_auto_answer ? (
						<p className={classes.elsewhere} role="status">
							{t('offer.dialling')}
						</p>
					) : isHere ? (
						<Button size="xl" className={classes.answer} leftSection={<IconPhone size={24} />} loading={isBusy} onClick={answer} rightSection={<Kbd>{KEYS.answer}</Kbd>}>
							{t('offer.answer')}
						</Button>
					) : (
						<p className={classes.elsewhere}>{t('offer.on_device')}</p>
					)}
					<Button size="xl" variant="default" leftSection={<IconPhoneOff size={22} />} onClick={decline} rightSection={<Kbd>{KEYS.hangUp}</Kbd>}>
						{t('offer.decline')}
					</Button>
				</div>
			</div>
			<aside className={classes.side} aria-label={t('customer.title')}>
				<CustomerFacts contact={offer} />
			</aside>
		</section>
	)
}
