/** Faxes sent and received: how far each one is, its pages, its report. */
import { Button, Select } from '@mantine/core'
import { IconArrowDownLeft, IconArrowUpRight, IconFileTypePdf, IconSend } from '@tabler/icons-react'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { api, apiUrl } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Page } from '../../../shared/ui/Page/Page'
import { CallerName } from '../../../shared/ui/Person/Person'
import { Pill, type Tone } from '../../../shared/ui/StateBadge/StateBadge'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'
import { type Fax, type FaxPage, type FaxState, isQueued } from '../faxes'
import { Send } from '../Send/Send'
import classes from './List.module.css'

const PAGE = 100
/** What is on its way changes by itself. */
const AGAIN_MS = 5000
const TONE: Record<FaxState, Tone> = { queued: 'wait', sending: 'call', receiving: 'call', sent: 'good', failed: 'bad', received: 'good', partial: 'wait' }

function State({ fax }: { fax: Fax }) {
	const { t, tryKey, format } = useLocale()
	const isWaiting = fax.state === 'queued'
	const detail = [
		isWaiting && fax.tries ? t('fax.tries', { tries: fax.tries }) : null,
		isWaiting && fax.next_try_at ? t('fax.next_try', { time: format.time(fax.next_try_at) }) : null,
		!isWaiting && fax.state !== 'sent' && fax.state !== 'received' && fax.reason ? (tryKey(`reason.${fax.reason}`) ?? fax.reason) : null,
	]
	return (
		<span className={classes.state} title={fax.result ?? undefined}>
			<Pill tone={TONE[fax.state] ?? 'off'}>{tryKey(`fax.state.${fax.state}`) ?? fax.state}</Pill>
			<span className={classes.dim}>{detail.filter(Boolean).join(' · ')}</span>
		</span>
	)
}

function Acts({ fax, onCancel }: { fax: Fax; onCancel: () => void }) {
	const { t } = useLocale()
	return (
		<span className={classes.acts}>
			<Button component="a" size="compact-sm" variant="default" href={apiUrl(`/faxes/${fax.id}/pdf`)} target="_blank" rel="noopener" leftSection={<IconFileTypePdf size={15} />}>
				{t('fax.open')}
			</Button>
			{fax.direction === 'outbound' && fax.ended_at !== null && (
				<Button component="a" size="compact-sm" variant="subtle" href={apiUrl(`/faxes/${fax.id}/report`)} target="_blank" rel="noopener">
					{t('fax.report')}
				</Button>
			)}
			{isQueued(fax) && (
				<Button size="compact-sm" variant="subtle" color="red" className={classes.cancel} onClick={onCancel}>
					{t('fax.cancel')}
				</Button>
			)}
		</span>
	)
}

function useColumns(onCancel: (fax: Fax) => void): Column<Fax>[] {
	const { t, format } = useLocale()
	return useMemo(
		() => [
			{ key: 'when', title: t('fax.when'), width: 'minmax(130px, 1fr)', cell: (f) => <span className="mz-num">{format.moment(f.created_at, Date.now())}</span> },
			{
				key: 'who',
				title: t('fax.other_side'),
				width: 'minmax(170px, 1.6fr)',
				cell: (f) => {
					const number = f.direction === 'inbound' ? f.from : f.to
					const Icon = f.direction === 'inbound' ? IconArrowDownLeft : IconArrowUpRight
					const name = <CallerName name={f.name} number={number} />
					return (
						<span className={classes.who}>
							<Icon size={16} role="img" aria-label={t(`direction.${f.direction}`)} color="var(--mz-dim)" />
							{f.interaction ? (
								<Link to="/history/$id" params={{ id: f.interaction }}>
									{name}
								</Link>
							) : (
								name
							)}
							<DialNumber number={number} name={f.name} isBare />
						</span>
					)
				},
			},
			{ key: 'pages', title: t('fax.pages'), width: '100px', isNumber: true, cell: (f) => (f.pages_done !== null && f.pages_done !== f.pages ? t('fax.pages_of', { done: f.pages_done, pages: f.pages ?? 0 }) : format.number(f.pages ?? 0)) },
			{ key: 'state', title: t('fax.state'), width: 'minmax(200px, 1.7fr)', cell: (f) => <State fax={f} /> },
			{ key: 'acts', title: '\u00a0', width: 'minmax(200px, 1.3fr)', cell: (f) => <Acts fax={f} onCancel={() => onCancel(f)} /> },
		],
		[t, format, onCancel],
	)
}

function useFaxes(direction: string | null) {
	return useInfiniteQuery({
		queryKey: ['faxes', { direction }],
		queryFn: ({ pageParam, signal }) => api.get<FaxPage>('/faxes', { direction, limit: PAGE, cursor: pageParam }, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next_cursor ?? page.next ?? null,
		refetchInterval: (query) => (query.state.data?.pages[0]?.items.some((f) => f.ended_at === null && f.state !== 'received') ? AGAIN_MS : false),
	})
}

export function List() {
	const { t } = useLocale()
	const complain = useComplain()
	const queries = useQueryClient()
	const [direction, setDirection] = useState<string | null>(null)
	const [isSending, setSending] = useState(false)
	const query = useFaxes(direction)
	const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data])
	const onCancel = useCallback(
		(fax: Fax) => {
			api.delete(`/faxes/${fax.id}`)
				.then(() => queries.invalidateQueries({ queryKey: ['faxes'] }))
				.catch(complain)
		},
		[complain, queries],
	)
	const columns = useColumns(onCancel)
	const send = (
		<Button leftSection={<IconSend size={18} className="mz-mirror" />} onClick={() => setSending(true)}>
			{t('fax.send')}
		</Button>
	)
	return (
		<Page title={t('fax.title')} subtitle={t('fax.subtitle')} actions={send} isWide>
			<div className={classes.bar}>
				<Select aria-label={t('fax.direction')} placeholder={t('fax.direction')} clearable clearButtonProps={{ 'aria-label': t('common.clear') }} data={(['inbound', 'outbound'] as const).map((value) => ({ value, label: t(`direction.${value}`) }))} value={direction} onChange={setDirection} />
			</div>
			<Card isFlush label={t('fax.title')}>
				{query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
				{query.data && rows.length === 0 && <Empty icon={<IconFileTypePdf size={26} />} title={t('fax.none')} hint={t('fax.none_hint')} />}
				{rows.length > 0 && <VirtualTable label={t('fax.title')} columns={columns} rows={rows} rowKey={(f) => f.id} rowHeight={52} maxHeight="calc(100dvh - 240px)" onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()} footer={query.hasNextPage ? t('common.loading') : t('history.end')} />}
			</Card>
			{isSending && <Send onClose={() => setSending(false)} />}
		</Page>
	)
}
