/** In other rooms a ringing contact, a call or a wrap-up stays in reach at the lower edge. */
import { Button } from '@mantine/core'
import { IconPhone, IconPhoneOff } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call, Offer, WrapUp } from '../../../shared/protocol'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { CallerName } from '../../../shared/ui/Person/Person'
import { KEYS } from '../keys'
import { useOfferActions, useOfferTitle } from '../OfferCard/OfferCard'
import classes from './OfferBar.module.css'

function Ringing({ offer }: { offer: Offer }) {
	const { t } = useLocale()
	const { answer, decline, isHere, isBusy } = useOfferActions(offer)
	const title = useOfferTitle(offer)
	return (
		<section className={classes.bar} data-tone="ring" aria-label={title}>
			<div className={classes.text}>
				<strong>
					<CallerName name={offer.customer.name} number={offer.customer.number} />
				</strong>
				<span>
					{title}
					{offer.queue && (
						<>
							{' · '}
							<bdi>{offer.queue.name}</bdi>
						</>
					)}
				</span>
			</div>
			{isHere && (
				<Button className={classes.answer} loading={isBusy} leftSection={<IconPhone size={18} />} rightSection={<Kbd>{KEYS.answer}</Kbd>} onClick={answer}>
					{t('offer.answer')}
				</Button>
			)}
			<Button variant="default" leftSection={<IconPhoneOff size={18} />} rightSection={<Kbd>{KEYS.hangUp}</Kbd>} onClick={decline}>
				{t('offer.decline')}
			</Button>
		</section>
	)
}

function UnderWay({ contact, words, since }: { contact: Call | WrapUp; words: string; since: number | null }) {
	const { t, format } = useLocale()
	const now = useNow()
	return (
		<section className={classes.bar} aria-label={words}>
			<div className={classes.text}>
				<strong>
					<CallerName name={contact.customer.name} number={contact.customer.number} />
				</strong>
				<span className="mz-num">
					{words}
					{since !== null && ` · ${format.duration(now - since)}`}
				</span>
			</div>
			<Button renderRoot={(props) => <Link to="/desk" {...props} />}>{t('offer.to_desk')}</Button>
		</section>
	)
}

export function OfferBar() {
	const { t } = useLocale()
	const { offers, calls, wrapUps } = useDesk()
	const [offer] = offers
	const [call] = calls
	const [wrapUp] = wrapUps
	if (offer) return <Ringing offer={offer} />
	if (call) return <UnderWay contact={call} words={t(call.state === 'held' ? 'state.hold' : 'state.talking')} since={call.connected_at} />
	if (wrapUp) return <UnderWay contact={wrapUp} words={t('state.wrap_up')} since={null} />
	return null
}
