/** Contacts of the past: a period, a few filters, as many rows as there are. */
import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArrowsExchange, IconFileTypePdf, IconHistory, IconMicrophone, IconPhoneIncoming, IconPhoneOutgoing, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { api } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { asciiDigits, endOfDay, startOfDay } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { InteractionRow, Page as PageOf, Result } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { DateRange } from '../../../shared/ui/DateRange/DateRange'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Page } from '../../../shared/ui/Page/Page'
import { CallerName } from '../../../shared/ui/Person/Person'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'
import { ResultPill } from '../ResultPill'
import { SkeletonRows } from '../SkeletonRows'
import classes from './List.module.css'

const DAY_MS = 86_400_000
const PAGE = 100
const DIRECTIONS = ['inbound', 'outbound', 'internal'] as const
const RESULTS: Result[] = ['answered', 'abandoned', 'voicemail', 'overflowed', 'ended_in_flow']

interface Filters {
	from: number
	to: number
	search: string
	queue: string | null
	agent: string | null
	result: string | null
	direction: string | null
}

function fresh(): Filters {
	const now = Date.now()
	return { from: startOfDay(now - 6 * DAY_MS), to: endOfDay(now), search: '', queue: null, agent: null, result: null, direction: null }
}

type Preset = 'today' | 'yesterday' | 'week' | 'month'
const PRESETS: Record<Preset, [number, number]> = { today: [0, 0], yesterday: [1, 1], week: [6, 0], month: [29, 0] }

function presetOf(filters: Filters): Preset | null {
	const names = Object.keys(PRESETS) as Preset[]
	return names.find((name) => rangeOf(name).from === filters.from && rangeOf(name).to === filters.to) ?? null
}

function rangeOf(preset: Preset): { from: number; to: number } {
	const [first, last] = PRESETS[preset]
	const now = Date.now()
	return { from: startOfDay(now - first * DAY_MS), to: endOfDay(now - last * DAY_MS) }
}

function Bar({ filters, onChange }: { filters: Filters; onChange: (change: Partial<Filters>) => void }) {
	const { t } = useLocale()
	const may = useMay()
	const queues = useNames('queues')
	const agents = useNames('users', may('read_config'))
	const options = (names: Map<string, string>) => [...names].map(([value, label]) => ({ value, label }))
	const clear = { 'aria-label': t('common.clear') }
	return (
		<div className={classes.bar}>
			<TextInput
				className={classes.search}
				aria-label={t('history.search')}
				placeholder={t('history.search')}
				leftSection={<IconSearch size={17} />}
				value={filters.search}
				onChange={(e) => onChange({ search: e.currentTarget.value })}
			/>
			<Select
				className={classes.select}
				aria-label={t('history.period')}
				placeholder={t('history.custom')}
				data={(Object.keys(PRESETS) as Preset[]).map((value) => ({ value, label: t(`history.${value}`) }))}
				value={presetOf(filters)}
				allowDeselect={false}
				onChange={(value) => value && onChange(rangeOf(value as Preset))}
			/>
			<DateRange from={filters.from} to={filters.to} onChange={(from, to) => onChange({ from, to })} />
			<Select className={classes.select} aria-label={t('history.queue')} placeholder={t('history.queue')} clearable searchable clearButtonProps={clear} data={options(queues)} value={filters.queue} onChange={(queue) => onChange({ queue })} />
			{agents.size > 0 && <Select className={classes.select} aria-label={t('history.agent')} placeholder={t('history.agent')} clearable searchable clearButtonProps={clear} data={options(agents)} value={filters.agent} onChange={(agent) => onChange({ agent })} />}
			<Select className={classes.select} aria-label={t('history.result')} placeholder={t('history.result')} clearable clearButtonProps={clear} data={RESULTS.map((value) => ({ value, label: t(`result.${value}`) }))} value={filters.result} onChange={(result) => onChange({ result })} />
			<Select className={classes.select} aria-label={t('history.direction')} placeholder={t('history.direction')} clearable clearButtonProps={clear} data={DIRECTIONS.map((value) => ({ value, label: t(`direction.${value}`) }))} value={filters.direction} onChange={(direction) => onChange({ direction })} />
		</div>
	)
}

function useColumns(): Column<InteractionRow>[] {
	const { t, format } = useLocale()
	const may = useMay()
	const queues = useNames('queues')
	const agents = useNames('users', may('read_config'))
	const dispositions = useNames('dispositions')
	return useMemo(
		() => [
			{ key: 'when', title: t('history.when'), width: 'minmax(150px, 1fr)', cell: (r) => <span className="mz-num">{format.moment(r.started_at, Date.now())}</span> },
			{
				key: 'who',
				title: t('history.who'),
				width: 'minmax(150px, 1.5fr)',
				cell: (r) => (
					<Link to="/history/$id" params={{ id: r.id }} className={classes.who}>
						<DirectionIcon direction={r.direction} /> <CallerName name={r.name} number={otherSide(r)} />
					</Link>
				),
			},
			{ key: 'queue', title: t('history.queue'), width: 'minmax(110px, 1.2fr)', cell: (r) => <bdi>{r.queue ? queues.get(r.queue) : ''}</bdi> },
			{ key: 'agent', title: t('history.agent'), width: 'minmax(110px, 1.2fr)', cell: (r) => <bdi>{r.agent ? agents.get(r.agent) : ''}</bdi> },
			{ key: 'result', title: t('history.result'), width: 'minmax(120px, 1fr)', cell: (r) => <ResultPill result={r.result} isUnderWay={r.ended_at === null} /> },
			{ key: 'outcome', title: t('history.outcome'), width: 'minmax(110px, 1.1fr)', cell: (r) => <bdi>{r.disposition ? dispositions.get(r.disposition) : ''}</bdi> },
			{ key: 'wait', title: t('history.wait'), width: '64px', isNumber: true, cell: (r) => format.duration(r.wait_ms) },
			{ key: 'talk', title: t('history.talk'), width: '72px', isNumber: true, cell: (r) => (r.talk_ms ? format.duration(r.talk_ms) : '–') },
			{ key: 'dial', title: '\u00a0', width: '28px', cell: (r) => <DialNumber number={otherSide(r)} name={r.name} isBare /> },
			{ key: 'rec', title: '\u00a0', width: '24px', cell: (r) => (r.has_recording ? <IconMicrophone size={16} role="img" aria-label={t('history.has_recording')} color="var(--mz-dim)" /> : '') },
		],
		[t, format, queues, agents, dispositions],
	)
}

function useHistory(filters: Filters) {
	const [search] = useDebouncedValue(asciiDigits(filters.search.trim()), 250)
	const { from, to, queue, agent, result, direction } = filters
	return useInfiniteQuery({
		queryKey: ['interactions', 'list', { from, to, search, queue, agent, result, direction }],
		queryFn: ({ pageParam, signal }) =>
			api.get<PageOf<InteractionRow>>('/interactions', { from_at: from, to_at: to, search, queue, agent, result, direction, limit: PAGE, cursor: pageParam }, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next_cursor,
		placeholderData: keepPreviousData,
	})
}

const DIRECTION_ICON = { inbound: IconPhoneIncoming, outbound: IconPhoneOutgoing, internal: IconArrowsExchange }

function DirectionIcon({ direction }: { direction?: string | null }) {
	const { t } = useLocale()
	// Most contacts come in: only the others are marked.
	if (direction !== 'outbound' && direction !== 'internal') return null
	const Icon = DIRECTION_ICON[direction]
	return <Icon size={15} role="img" aria-label={t(`direction.${direction}`)} color="var(--mz-dim)" />
}

/** Who is on the other side: of an outgoing contact whoever was called. */
export function otherSide(row: Pick<InteractionRow, 'direction' | 'from' | 'to'>): string | null | undefined {
	return row.direction === 'outbound' ? row.to : row.from
}

export function List() {
	const { t } = useLocale()
	const navigate = useNavigate()
	const [filters, setFilters] = useState(fresh)
	const columns = useColumns()
	const query = useHistory(filters)
	const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data])
	const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
	const onEnd = useCallback(() => {
		if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
	}, [hasNextPage, isFetchingNextPage, fetchNextPage])
	const faxes = (
		<Button variant="default" leftSection={<IconFileTypePdf size={18} />} renderRoot={(props) => <Link to="/fax" {...props} />}>
			{t('fax.title')}
		</Button>
	)
	return (
		<Page title={t('history.title')} subtitle={t('history.subtitle')} actions={faxes} isWide>
			<Bar filters={filters} onChange={(change) => setFilters({ ...filters, ...change })} />
			<Card isFlush label={t('history.title')}>
				{query.isPending && <SkeletonRows />}
				{query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
				{query.data && rows.length === 0 && (
					<Empty
						icon={<IconHistory size={26} />}
						title={t('history.none')}
						hint={t('history.none_hint')}
						action={
							<Button variant="light" onClick={() => setFilters(fresh())}>
								{t('history.clear')}
							</Button>
						}
					/>
				)}
				{rows.length > 0 && (
					<VirtualTable
						label={t('history.title')}
						columns={columns}
						rows={rows}
						rowKey={(r) => r.id}
						maxHeight="calc(100dvh - 240px)"
						onRow={(r) => void navigate({ to: '/history/$id', params: { id: r.id } })}
						onEnd={onEnd}
						footer={hasNextPage ? t('common.loading') : t('history.end')}
					/>
				)}
			</Card>
		</Page>
	)
}
