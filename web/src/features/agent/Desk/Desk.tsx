/** The agent's one screen: whatever is in hand fills it. */
import { Skeleton } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { CallCard } from '../CallCard/CallCard'
import { Idle } from '../Idle/Idle'
import { OfferCard } from '../OfferCard/OfferCard'
import { WorkOffers } from '../WorkOffers/WorkOffers'
import { Works } from '../Works/Works'
import { WrapUpCard } from '../WrapUpCard/WrapUpCard'
import classes from './Desk.module.css'

export function Desk() {
	const { t } = useLocale()
	const { agent, offers, calls, wrapUps, works, workOffers, workWrapUps } = useDesk()
	const offer = offers[0]
	const written = workOffers[0]
	const hasWorks = works.length > 0 || workWrapUps.length > 0
	const isEmpty = !offer && calls.length === 0 && wrapUps.length === 0 && !hasWorks && !written
	const ringing = offer?.customer.name ?? offer?.customer.number
	const arriving = written?.customer.name || written?.customer.number
	useDocumentTitle(ringing ? `☎ ${ringing} · Markaz` : arriving ? `✉ ${arriving} · Markaz` : `${t('nav.desk')} · Markaz`)
	return (
		<div className={classes.desk}>
			<div className={classes.announce} aria-live="assertive" role="status">
				{ringing
					? t('offer.announce', { name: ringing, queue: offer?.queue?.name ?? '' })
					: written
						? t('work.announce', { channel: t(`channel.${written.channel}`), name: arriving ?? '', queue: written.queue.name })
						: ''}
			</div>
			{!agent && <Skeleton height={420} radius={20} />}
			{offer && <OfferCard key={offer.interaction} offer={offer} />}
			{calls.map((call) => (
				<CallCard key={call.interaction} call={call} />
			))}
			{wrapUps.map((wrapUp) => (
				<WrapUpCard key={wrapUp.interaction} wrapUp={wrapUp} />
			))}
			<WorkOffers hasCall={offer !== undefined} />
			{hasWorks && <Works />}
			{agent && isEmpty && <Idle agent={agent} />}
		</div>
	)
}
