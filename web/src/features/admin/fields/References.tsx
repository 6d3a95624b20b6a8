/** One or several rows of another resource, found by name. */
import { MultiSelect, Select } from '@mantine/core'
import { useMemo } from 'react'
import { labelOf, useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'

/** More are found by typing. */
const SHOWN_MAX = 100

export function useOptions(ref: string): { value: string; label: string }[] {
	const { data } = useRows(ref)
	return useMemo(() => (data ?? []).map((r) => ({ value: r.id, label: labelOf(r) })), [data])
}

export function Reference({ ref_, ...props }: { ref_: string; label: string; error?: string; description?: string; value: string | null; onChange: (v: string | null) => void }) {
	const { t } = useLocale()
	return <Select data={useOptions(ref_)} searchable limit={SHOWN_MAX} clearable clearButtonProps={{ 'aria-label': t('common.clear') }} placeholder={t('common.none')} nothingFoundMessage={t('common.nobody_found')} {...props} />
}

export function References({ ref_, max, ...props }: { ref_: string; max?: number; label?: string; 'aria-label'?: string; error?: string; description?: string; value: string[]; onChange: (v: string[]) => void }) {
	const { t } = useLocale()
	return <MultiSelect data={useOptions(ref_)} searchable limit={SHOWN_MAX} clearable hidePickedOptions maxValues={max} clearButtonProps={{ 'aria-label': t('common.clear') }} placeholder={props.value.length ? undefined : t('admin.choose')} nothingFoundMessage={t('common.nobody_found')} {...props} />
}
