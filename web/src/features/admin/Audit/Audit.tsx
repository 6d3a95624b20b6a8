/** Who changed what: newest first, each change with the fields that differ. */
import { Skeleton } from '@mantine/core'
import { IconHistoryToggle } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { api } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import type { AuditRow, Page } from '../../../shared/rest'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'
import { differences } from './differences'

const PAGE = 100

function useColumns(): Column<AuditRow>[] {
	const { t, tryKey, format } = useLocale()
	return useMemo(
		() => [
			{ key: 'at', title: t('audit.when'), width: 'minmax(160px, 1fr)', cell: (r) => <span className="mz-num">{format.dateTime(r.at)}</span> },
			{ key: 'who', title: t('audit.who'), width: 'minmax(120px, 1fr)', cell: (r) => <bdi>{r.user_name ?? t('audit.system')}</bdi> },
			{
				key: 'what',
				title: t('audit.what'),
				width: 'minmax(170px, 1.3fr)',
				cell: (r) => (
					<>
						{tryKey(`resource.${r.resource.replace('_', '-')}s`) ?? tryKey(`resource.${r.resource}`) ?? r.resource} · <bdi>{differences(r).label}</bdi> · {tryKey(`audit.${r.action}`) ?? r.action}
					</>
				),
			},
			{
				key: 'change',
				title: t('audit.change'),
				width: 'minmax(200px, 2fr)',
				cell: (r) => <bdi title={differences(r).text}>{differences(r).fields.map((f) => tryKey(`field.${f}`) ?? f).join(' · ')}</bdi>,
			},
		],
		[t, tryKey, format],
	)
}

export function Audit() {
	const { t } = useLocale()
	const columns = useColumns()
	const query = useInfiniteQuery({
		queryKey: ['audit'],
		queryFn: ({ pageParam, signal }) => api.get<Page<AuditRow>>('/audit', { limit: PAGE, cursor: pageParam }, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next_cursor,
		staleTime: 0,
	})
	const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data])
	const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
	const onEnd = useCallback(() => {
		if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
	}, [hasNextPage, isFetchingNextPage, fetchNextPage])
	return (
		<Card isFlush label={t('resource.audit')}>
			{query.isPending && <Skeleton height={300} />}
			{query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
			{query.data && rows.length === 0 && <Empty icon={<IconHistoryToggle size={26} />} title={t('empty.audit')} />}
			{rows.length > 0 && <VirtualTable label={t('resource.audit')} columns={columns} rows={rows} rowKey={(r) => String(r.id)} maxHeight="calc(100dvh - 200px)" onEnd={onEnd} />}
		</Card>
	)
}
