/** Who is banned, and whose calls outside are stopped: since when, why, until when, and a way out. */
import { Button, Skeleton } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { api } from '../../../shared/api/http'
import { useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { Block } from '../../../shared/rest'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'

/** Bans come and end by themselves. */
const AGAIN_MS = 10_000

export function Blocks() {
	const { t, tryKey, format } = useLocale()
	const complain = useComplain()
	const { data: users } = useRows('users')
	const [lifting, setLifting] = useState<string | null>(null)
	const query = useQuery({ queryKey: ['blocks'], queryFn: ({ signal }) => api.get<{ items: Block[] }>('/blocks', undefined, signal), refetchInterval: AGAIN_MS, staleTime: 0 })
	const { refetch } = query
	const lift = useCallback(
		async (block: Block) => {
			setLifting(block.id)
			try {
				await api.delete(`/blocks/${block.id}`)
				await refetch()
			} catch (error) {
				complain(error)
			} finally {
				setLifting(null)
			}
		},
		[complain, refetch],
	)
	const columns = useMemo<Column<Block>[]>(() => {
		const who = (b: Block) => (b.kind === 'address' ? b.subject : b.subject === 'house' ? t('block.house') : String(users?.find((u) => u.id === b.subject)?.name ?? b.subject))
		return [
			{ key: 'who', title: t('block.who'), width: 'minmax(150px, 1.2fr)', cell: (b) => <bdi>{who(b)}</bdi> },
			{ key: 'why', title: t('block.why'), width: 'minmax(200px, 2fr)', cell: (b) => tryKey(`block.reason.${b.reason}`, { count: b.count }) ?? b.reason },
			{ key: 'since', title: t('block.since'), width: 'minmax(150px, 1fr)', cell: (b) => <span className="mz-num">{b.since ? format.dateTime(b.since) : ''}</span> },
			{ key: 'until', title: t('block.until'), width: 'minmax(150px, 1fr)', cell: (b) => (b.until ? <span className="mz-num">{format.dateTime(b.until)}</span> : t('block.until_lifted')) },
			{
				key: 'lift',
				title: '',
				width: '110px',
				cell: (b) => (
					<Button size="compact-sm" variant="default" loading={lifting === b.id} onClick={() => void lift(b)} aria-label={`${t('block.lift')} ${who(b)}`}>
						{t('block.lift')}
					</Button>
				),
			},
		]
	}, [t, tryKey, format, users, lift, lifting])
	const rows = query.data?.items ?? []
	return (
		<Card isFlush label={t('resource.blocks')}>
			{query.isPending && <Skeleton height={200} />}
			{query.isError && <Failure error={query.error} onRetry={() => void refetch()} />}
			{query.data && rows.length === 0 && <Empty icon={<IconShieldCheck size={26} />} title={t('empty.blocks')} />}
			{rows.length > 0 && <VirtualTable label={t('resource.blocks')} columns={columns} rows={rows} rowKey={(b) => b.id} maxHeight="calc(100dvh - 200px)" />}
		</Card>
	)
}
