/** All rows of a resource: find, open, create. */
import { Button, Skeleton, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { labelOf, useNames, useRows } from '../../../shared/api/queries'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { ResourceRow } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'
import { Editor } from '../Editor/Editor'
import { UNITS } from '../fields/WholeNumber'
import { SECTION_ICONS } from '../icons'
import type { Field, Spec } from '../specs'
import classes from './ResourceList.module.css'

const SEARCH_FROM = 8

function Reference({ resource, ids }: { resource: string; ids: string[] }) {
	const names = useNames(resource)
	return <bdi>{ids.map((id) => names.get(id) ?? '…').join(' · ')}</bdi>
}

function Cell({ field, row }: { field: Field | undefined; row: ResourceRow }) {
	const { t, tryKey, format } = useLocale()
	if (!field) return null
	const value = row[field.name]
	if (typeof value === 'boolean') return value ? <Pill tone="good">{t('common.yes')}</Pill> : <Pill tone="off">{t('common.no')}</Pill>
	if (field.kind === 'ref' || field.kind === 'refs') return <Reference resource={field.ref} ids={[value].flat().filter((v): v is string => typeof v === 'string')} />
	if (field.kind === 'choice' || field.kind === 'choices')
		return <>{[value].flat().map((v) => (field.of.words ? (tryKey(`${field.of.words}.${String(v)}`) ?? '') : String(v ?? '').toUpperCase())).join(' · ')}</>
	if (field.kind === 'audio') return <>{typeof value === 'number' ? format.duration(value) : '–'}</>
	if (typeof value === 'number') {
		const unit = field.kind === 'number' && field.unit ? t(UNITS[field.unit]) : ''
		return (
			<span className="mz-num">
				{format.number(value)} {unit}
			</span>
		)
	}
	if (Array.isArray(value)) return <bdi dir="ltr">{format.digits(value.join(', '))}</bdi>
	return <bdi>{typeof value === 'string' ? value : ''}</bdi>
}

function useColumns(spec: Spec, open: (row: ResourceRow) => void): Column<ResourceRow>[] {
	const { tryKey, format } = useLocale()
	return useMemo(() => {
		const fields = spec.sections.flatMap((s) => s.fields)
		const first: Column<ResourceRow> = {
			key: 'label',
			title: tryKey(spec.resource === 'numbers' ? 'field.number' : 'field.name') ?? '',
			width: 'minmax(160px, 1.6fr)',
			cell: (row) => (
				<button
					type="button"
					className={classes.open}
					onClick={(event) => {
						event.stopPropagation()
						open(row)
					}}
				>
					{spec.resource === 'numbers' ? <bdi dir="ltr">{format.digits(String(row.number))}</bdi> : <bdi>{labelOf(row)}</bdi>}
				</button>
			),
		}
		const others = spec.columns.map((name): Column<ResourceRow> => {
			const field = fields.find((f) => f.name === name) ?? ({ name, kind: 'text' } as Field)
			return { key: name, title: (field?.label && tryKey(field.label)) ?? tryKey(`field.${name}`) ?? name, width: 'minmax(90px, 1fr)', cell: (row) => <Cell field={field} row={row} /> }
		})
		return [first, ...others]
	}, [spec, tryKey, format, open])
}

export function ResourceList({ spec }: { spec: Spec }) {
	const { t } = useLocale()
	const may = useMay()
	const { data, error, isPending, refetch } = useRows(spec.resource)
	const [search, setSearch] = useState('')
	const [edited, setEdited] = useState<ResourceRow | 'new' | null>(null)
	const open = useMemo(() => (row: ResourceRow) => setEdited(row), [])
	const columns = useColumns(spec, open)
	// A new prompt that is a file stays open: the file is chosen now that there is a row for it.
	const saved = (row: ResourceRow): void => setEdited(edited === 'new' && spec.resource === 'prompts' && row.kind !== 'speech' ? row : null)
	const rows = useMemo(() => {
		const term = asciiDigits(search.trim().toLocaleLowerCase())
		return (data ?? []).filter((row) => !term || JSON.stringify([row.name, row.login, row.number, row.numbers, row.extension]).toLocaleLowerCase().includes(term))
	}, [data, search])
	const Icon = SECTION_ICONS[spec.resource] ?? IconPlus
	const create = may(spec.permission) && (
		<Button leftSection={<IconPlus size={17} />} onClick={() => setEdited('new')}>
			{t('admin.new')}
		</Button>
	)
	return (
		<>
			<div className={classes.bar}>
				{(data?.length ?? 0) >= SEARCH_FROM && (
					<TextInput className={classes.search} aria-label={t('common.search')} placeholder={t('common.search')} leftSection={<IconSearch size={17} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
				)}
				<span className={classes.count}>{data && data.length > 0 && t('admin.count', { count: rows.length })}</span>
				{(data?.length ?? 0) > 0 && create}
			</div>
			<Card isFlush label={t(`resource.${spec.resource}` as 'resource.queues')}>
				{isPending && (
					<div className={classes.skeleton} role="status" aria-label={t('common.loading')}>
						{[1, 2, 3, 4].map((n) => (
							<Skeleton key={n} height={24} />
						))}
					</div>
				)}
				{error && <Failure error={error} onRetry={() => void refetch()} />}
				{data?.length === 0 && <Empty icon={<Icon size={26} />} title={t(`empty.${spec.resource}` as 'empty.queues')} hint={t('admin.empty_hint')} action={create} />}
				{data && data.length > 0 && rows.length === 0 && <Empty icon={<IconSearch size={26} />} title={t('admin.none_found', { search })} hint={t('admin.none_found_hint')} />}
				{rows.length > 0 && <VirtualTable label={t(`resource.${spec.resource}` as 'resource.queues')} columns={columns} rows={rows} rowKey={(r) => r.id} rowHeight={50} maxHeight="calc(100dvh - 240px)" onRow={open} />}
			</Card>
			{edited && <Editor key={edited === 'new' ? 'new' : edited.id} spec={spec} row={edited === 'new' ? null : edited} onClose={() => setEdited(null)} onSaved={saved} />}
		</>
	)
}
