import { Button, Skeleton } from '@mantine/core'
import { useRows } from '../../shared/api/queries'
import { useLocale } from '../../shared/i18n/locale'
import type { ResourceRow } from '../../shared/rest'
import { useMay } from '../../shared/session'
import { Card } from '../../shared/ui/Card/Card'
import { Failure } from '../../shared/ui/Failure/Failure'
import { Fields, useForm } from './Editor/Editor'
import type { Spec } from './specs'

function Form({ spec, row }: { spec: Spec; row: ResourceRow }) {
	const { t } = useLocale()
	const may = useMay()
	const form = useForm(spec, row, () => undefined)
	return (
		<form
			noValidate
			onSubmit={(event) => {
				event.preventDefault()
				void form.save()
			}}
		>
			<Fields spec={spec} form={form} />
			<Button type="submit" loading={form.isBusy} disabled={!form.isChanged || !may(spec.permission)}>
				{t('common.save')}
			</Button>
		</form>
	)
}

/** The one row of the installation's own facts. */
export function Settings({ spec }: { spec: Spec }) {
	const { t } = useLocale()
	const { data, error, isPending, refetch } = useRows(spec.resource)
	const row = data?.[0]
	return (
		<Card label={t('resource.settings')}>
			{isPending && <Skeleton height={260} />}
			{error && <Failure error={error} onRetry={() => void refetch()} />}
			{row && <Form key={row.version} spec={spec} row={row} />}
		</Card>
	)
}
