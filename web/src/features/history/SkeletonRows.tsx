import { Skeleton } from '@mantine/core'
import { useLocale } from '../../shared/i18n/locale'

export function SkeletonRows({ count = 10 }: { count?: number }) {
	const { t } = useLocale()
	return (
		<div style={{ padding: 20, display: 'grid', gap: 14 }} role="status" aria-label={t('common.loading')}>
			{Array.from({ length: count }, (_, i) => (
				<Skeleton key={i} height={22} width={`${96 - ((i * 17) % 30)}%`} />
			))}
		</div>
	)
}
