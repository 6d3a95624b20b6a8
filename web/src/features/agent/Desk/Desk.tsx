/** The agent's one screen: whatever is in hand fills it. */
import { Skeleton } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { Suspense, useEffect } from 'react'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { later } from '../../../shared/later'
import type { Offer } from '../../../shared/protocol'
import { CallCard, CallInHand, Transfer } from '../CallInHand/CallInHand'
import { useNotYet } from '../CallInHand/useCallActions'
import { Idle } from '../Idle/Idle'
import { OfferCard, useOfferTitle } from '../OfferCard/OfferCard'
import { Parked } from '../Parked/Parked'
import { WrapUpCard } from '../WrapUpCard/WrapUpCard'
import classes from './Desk.module.css'

// Fetched when first needed, and quietly before: the first load stays small, and the dialog opens at once.
const WorkOffers = later(() => import('../WorkOffers/WorkOffers').then((m) => m.WorkOffers))
const Works = later(() => import('../Works/Works').then((m) => m.Works))
const FETCH_AFTER_MS = 1000

function useFetchedBefore(): void {
	useEffect(() => {
		const timer = window.setTimeout(() => {
			for (const part of [CallCard, Transfer, WorkOffers, Works]) part.fetch()
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
	useNotYet(offer !== undefined && calls.length === 0)
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
			{calls.map((call) => (
				<CallInHand key={call.interaction} call={call} />
			))}
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
