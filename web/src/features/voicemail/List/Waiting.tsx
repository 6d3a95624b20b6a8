/** The list while it is read. */
import { Skeleton } from '@mantine/core'
import { useLocale } from '../../../shared/i18n/locale'
import { Card } from '../../../shared/ui/Card/Card'

const ROWS = 5

export function Waiting() {
	const { t } = useLocale()
	return (
		<Card>
			<div style={{ display: 'grid', gap: 18 }} role="status" aria-label={t('common.loading')}>
				{Array.from({ length: ROWS }, (_, i) => (
					<Skeleton key={i} height={40} />
				))}
			</div>
		</Card>
	)
}
