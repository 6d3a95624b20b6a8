/** Business rules in the order they run: open, move, switch on and off; where one failed lately. */
import { ActionIcon, Button, Skeleton, Switch } from '@mantine/core'
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconPlus, IconWand } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../shared/api/http'
import { labelOf, resourceKey, useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { ResourceRow, RuleFailures, RuleTrouble } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Editor } from '../Editor/Editor'
import type { Spec } from '../specs'
import { inOrder, moved, positionOfNew, positionsToSet } from './order'
import classes from './RulesList.module.css'

function useTroubles(): Map<string, RuleTrouble> {
	const { data } = useQuery({ queryKey: ['rule-failures'], queryFn: ({ signal }) => api.get<RuleFailures>('/business-rules/failures', undefined, signal) })
	return new Map((data?.items ?? []).map((trouble) => [trouble.rule, trouble]))
}

function useChanges() {
	const complain = useComplain()
	const queries = useQueryClient()
	const [isBusy, setBusy] = useState(false)
	const run = async (changes: { row: ResourceRow; change: Record<string, unknown> }[]): Promise<void> => {
		setBusy(true)
		try {
			for (const { row, change } of changes) await api.patch(`/business-rules/${row.id}`, change)
		} catch (problem) {
			complain(problem)
		} finally {
			await queries.invalidateQueries({ queryKey: resourceKey('business-rules') })
			setBusy(false)
		}
	}
	return { isBusy, run }
}

interface RowProps {
	row: ResourceRow
	index: number
	isLast: boolean
	isBusy: boolean
	mayChange: boolean
	trouble: RuleTrouble | undefined
	onOpen: () => void
	onMove: (by: number) => void
	onActive: (isActive: boolean) => void
}

function Rule({ row, index, isLast, isBusy, mayChange, trouble, onOpen, onMove, onActive }: RowProps) {
	const { t, format } = useLocale()
	const name = labelOf(row)
	return (
		<li className={classes.rule} data-off={row.is_active === false || undefined}>
			<span className={`${classes.number} mz-num`}>{format.number(index + 1)}</span>
			<div className={classes.what}>
				<button type="button" className={classes.open} onClick={onOpen}>
					<bdi>{name}</bdi>
				</button>
				{typeof row.description === 'string' && row.description && (
					<p className={classes.description}>
						<bdi>{row.description}</bdi>
					</p>
				)}
				{trouble && (
					<p className={classes.failure}>
						<IconAlertTriangle size={15} aria-hidden="true" />
						<span>
							{t('rules.failed', { count: trouble.times, time: format.moment(trouble.at, Date.now()) })} {trouble.line > 0 && `${t('rules.line', { line: trouble.line })}: `}
							<bdi>{trouble.message}</bdi>
						</span>
					</p>
				)}
			</div>
			<Switch checked={row.is_active === true} disabled={!mayChange || isBusy} aria-label={`${t('field.is_active')}: ${name}`} onChange={(e) => onActive(e.currentTarget.checked)} />
			<span className={classes.moves}>
				<ActionIcon variant="default" disabled={!mayChange || isBusy || index === 0} aria-label={t('rules.up', { name })} onClick={() => onMove(-1)}>
					<IconArrowUp size={17} />
				</ActionIcon>
				<ActionIcon variant="default" disabled={!mayChange || isBusy || isLast} aria-label={t('rules.down', { name })} onClick={() => onMove(1)}>
					<IconArrowDown size={17} />
				</ActionIcon>
			</span>
		</li>
	)
}

export function RulesList({ spec }: { spec: Spec }) {
	const { t } = useLocale()
	const mayChange = useMay()(spec.permission)
	const { data, error, isPending, refetch } = useRows(spec.resource)
	const troubles = useTroubles()
	const { isBusy, run } = useChanges()
	const [edited, setEdited] = useState<ResourceRow | 'new' | null>(null)
	const rows = inOrder(data ?? [])
	const move = (from: number, by: number): void => void run(positionsToSet(moved(rows, from, from + by)).map(({ row, position }) => ({ row, change: { position } })))
	const create = mayChange && (
		<Button leftSection={<IconPlus size={17} />} onClick={() => setEdited('new')}>
			{t('admin.new')}
		</Button>
	)
	const fresh = { ...spec, fresh: { ...spec.fresh, position: positionOfNew(rows) } }
	return (
		<>
			{rows.length > 0 && (
				<div className={classes.bar}>
					<span className={classes.count}>{t('admin.count', { count: rows.length })}</span>
					{create}
				</div>
			)}
			<Card isFlush label={t('resource.business-rules')}>
				{isPending && (
					<div className={classes.skeleton} role="status" aria-label={t('common.loading')}>
						{[1, 2, 3].map((n) => (
							<Skeleton key={n} height={38} />
						))}
					</div>
				)}
				{error && <Failure error={error} onRetry={() => void refetch()} />}
				{data?.length === 0 && <Empty icon={<IconWand size={26} />} title={t('empty.business-rules')} hint={t('rules.empty_hint')} action={create} />}
				{rows.length > 0 && (
					<ol className={classes.list}>
						{rows.map((row, i) => (
							<Rule
								key={row.id}
								row={row}
								index={i}
								isLast={i === rows.length - 1}
								isBusy={isBusy}
								mayChange={mayChange}
								trouble={troubles.get(row.id)}
								onOpen={() => setEdited(row)}
								onMove={(by) => move(i, by)}
								onActive={(is_active) => void run([{ row, change: { is_active } }])}
							/>
						))}
					</ol>
				)}
			</Card>
			{edited && <Editor key={edited === 'new' ? 'new' : edited.id} spec={fresh} row={edited === 'new' ? null : edited} onClose={() => setEdited(null)} onSaved={() => setEdited(null)} />}
		</>
	)
}
