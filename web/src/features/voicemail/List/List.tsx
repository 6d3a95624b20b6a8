/** One's own voicemail: new messages first, each played in its place. */
import { Button, VisuallyHidden } from '@mantine/core'
import { IconRecordMail } from '@tabler/icons-react'
import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { ask, useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Page as PageOf, VoicemailRow } from '../../../shared/rest'
import { useMay, useSession } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Page } from '../../../shared/ui/Page/Page'
import { Greeting } from '../Greeting/Greeting'
import { Row } from '../Row/Row'
import { arrange, fetchVoicemails, type Opened } from '../voicemails'
import { Waiting } from './Waiting'
import classes from './List.module.css'

type Pages = UseInfiniteQueryResult<InfiniteData<PageOf<VoicemailRow>>>

function useMessages(state: 'unheard' | 'heard'): Pages {
	return useInfiniteQuery({
		queryKey: ['voicemails', state],
		queryFn: ({ pageParam, signal }) => fetchVoicemails(state, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next_cursor,
	})
}

const rowsOf = (pages: Pages): VoicemailRow[] => pages.data?.pages.flatMap((p) => p.items) ?? []

/** Reads the lists anew whenever the server says that one's messages changed. */
function useFresh(): () => void {
	const queries = useQueryClient()
	const { voicemail } = useDesk()
	const refresh = useCallback(() => void queries.invalidateQueries({ queryKey: ['voicemails'] }), [queries])
	useEffect(refresh, [voicemail, refresh])
	return refresh
}

/** Names of the ring groups and extensions whose messages are among them; null for one's own. */
function useOwners(rows: VoicemailRow[]): (row: VoicemailRow) => string | null {
	const { user } = useSession()
	const may = useMay()
	const isOthers = rows.some((row) => row.owner !== user.id)
	const { data } = useQuery({ queryKey: ['directory', ''], queryFn: () => ask('directory.list', { search: '' }), enabled: isOthers && (may('handle') || may('see_live')) })
	return useMemo(() => {
		const names = new Map([...(data?.ring_groups ?? []), ...(data?.extensions ?? [])].map((x) => [x.id, x.name]))
		return (row) => names.get(row.owner) ?? null
	}, [data])
}

interface SectionProps {
	title: string
	count?: number
	rows: VoicemailRow[]
	pages: Pages
	draw: (row: VoicemailRow) => React.ReactNode
}

function Section({ title, count, rows, pages, draw }: SectionProps) {
	const { t, format } = useLocale()
	if (rows.length === 0) return null
	return (
		<Card isFlush label={title} className={classes.section}>
			<h2 className={classes.title}>
				{title} {count ? <span className="mz-num">{format.number(count)}</span> : null}
			</h2>
			<ul className={classes.list}>{rows.map(draw)}</ul>
			{pages.hasNextPage && (
				<div className={classes.more}>
					<Button variant="subtle" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
						{t('voicemail.show_more')} <VisuallyHidden>{title}</VisuallyHidden>
					</Button>
				</div>
			)}
		</Card>
	)
}

export function List() {
	const { t } = useLocale()
	const { voicemail } = useDesk()
	const [opened, setOpened] = useState<Opened | null>(null)
	const refresh = useFresh()
	const unheard = useMessages('unheard')
	const heard = useMessages('heard')
	const both = [unheard, heard]
	const shown = arrange(rowsOf(unheard), rowsOf(heard), opened)
	const ownerOf = useOwners([...shown.fresh, ...shown.heard])
	const failed = both.find((q) => q.isError && !q.data)
	const isEmpty = both.every((q) => q.data) && shown.fresh.length + shown.heard.length === 0
	const draw = (row: VoicemailRow, isNew: boolean) => {
		const isOpen = opened?.row.id === row.id
		return (
			<Row
				key={row.id}
				row={row}
				owner={ownerOf(row)}
				isOpen={isOpen}
				onToggle={() => setOpened(isOpen ? null : { row, isNew })}
				onChanged={refresh}
				onGone={() => {
					setOpened((now) => (now?.row.id === row.id ? null : now))
					refresh()
				}}
			/>
		)
	}
	return (
		<Page title={t('voicemail.title')} subtitle={t('voicemail.subtitle')}>
			<Greeting />
			{failed && (
				<Card>
					<Failure error={failed.error} onRetry={() => both.forEach((q) => void q.refetch())} />
				</Card>
			)}
			{!failed && both.some((q) => q.isPending) && <Waiting />}
			{isEmpty && (
				<Card>
					<Empty icon={<IconRecordMail size={26} />} title={t('voicemail.none')} hint={t('voicemail.none_hint')} />
				</Card>
			)}
			<Section title={t('voicemail.new')} count={voicemail?.unheard} rows={shown.fresh} pages={unheard} draw={(row) => draw(row, true)} />
			<Section title={t('voicemail.heard')} rows={shown.heard} pages={heard} draw={(row) => draw(row, false)} />
		</Page>
	)
}
