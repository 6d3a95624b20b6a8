import { Loader } from '@mantine/core'
import { useLocale } from '../shared/i18n/locale'

export function Loading() {
	const { t } = useLocale()
	return (
		<div style={{ minHeight: '60dvh', display: 'grid', placeContent: 'center' }} role="status" aria-label={t('common.loading')}>
			<Loader type="dots" />
		</div>
	)
}
