/** The agent's one screen: whatever is in hand fills it. */
import { Skeleton } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { lazy, Suspense, useEffect } from 'react'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Offer } from '../../../shared/protocol'
import { Idle } from '../Idle/Idle'
import { OfferCard, useOfferTitle } from '../OfferCard/OfferCard'
import { Parked } from '../Parked/Parked'
import { WrapUpCard } from '../WrapUpCard/WrapUpCard'
import classes from './Desk.module.css'

// Fetched when first needed, and quietly before: the first load stays small, and the dialog opens at once.
const CallCard = lazy(() => import('../CallCard/CallCard').then((m) => ({ default: m.CallCard })))
const WorkOffers = lazy(() => import('../WorkOffers/WorkOffers').then((m) => ({ default: m.WorkOffers })))
const Works = lazy(() => import('../Works/Works').then((m) => ({ default: m.Works })))
const FETCH_AFTER_MS = 1000

function useFetchedBefore(): void {
	useEffect(() => {
		const timer = window.setTimeout(() => {
			for (const fetched of [import('../CallCard/CallCard'), import('../Transfer/Transfer'), import('../WorkOffers/WorkOffers'), import('../Works/Works')]) fetched.catch(() => undefined)
		}, FETCH_AFTER_MS)
		return () => window.clearTimeout(timer)
	}, [])
}

function Announced({ offer }: { offer: Offer }) {
	const title = useOfferTitle(offer)
	return `${title} ${offer.customer.name ?? offer.customer.number} ${offer.queue?.name ?? ''}`
}

export function Desk() {
	const { t } = useLocale()
	const { agent, offers, calls, wrapUps, works, workOffers, workWrapUps } = useDesk()
	const offer = offers[0]
	const written = workOffers[0]
	const hasWorks = works.length > 0 || workWrapUps.length > 0
	const isEmpty = !offer && calls.length === 0 && wrapUps.length === 0 && !hasWorks && !written
	const ringing = offer?.customer.name ?? offer?.customer.number
	const arriving = written?.customer.name || written?.customer.number
	useFetchedBefore()
	useDocumentTitle(ringing ? `☎ ${ringing} · Markaz` : arriving ? `✉ ${arriving} · Markaz` : `${t('nav.desk')} · Markaz`)
	return (
		<div className={classes.desk}>
			<div className={classes.announce} aria-live="assertive" role="status">
				{offer && ringing
					? <Announced offer={offer} />
					: written
						? t('work.announce', { channel: t(`channel.${written.channel}`), name: arriving ?? '', queue: written.queue.name })
						: ''}
			</div>
			{!agent && calls.length === 0 && <Skeleton height={420} radius={20} />}
			{offer && <OfferCard key={offer.interaction} offer={offer} />}
			<Suspense fallback={<Skeleton height={420} radius={18} />}>
				{calls.map((call) => (
					<CallCard key={call.interaction} call={call} />
				))}
			</Suspense>
			{wrapUps.map((wrapUp) => (
				<WrapUpCard key={wrapUp.interaction} wrapUp={wrapUp} />
			))}
			<Parked />
			<Suspense fallback={<Skeleton height={160} radius={16} />}>
				{written && <WorkOffers hasCall={offer !== undefined} />}
				{hasWorks && <Works />}
			</Suspense>
			{agent && isEmpty && <Idle agent={agent} />}
		</div>
	)
}
