import { Button } from '@mantine/core'
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react'
import { useLocale } from '../../i18n/locale'
import { useProblemText } from '../../problems'
import { Empty } from '../Empty/Empty'

/** Something could not be fetched: says what and offers to try again. */
export function Failure({ error, onRetry, isCompact }: { error: unknown; onRetry?: () => void; isCompact?: boolean }) {
	const { t } = useLocale()
	const text = useProblemText()
	return (
		<div role="alert">
			<Empty
				icon={<IconAlertTriangle size={26} />}
				title={t('error.title')}
				hint={text(error)}
				isCompact={isCompact}
				action={
					onRetry && (
						<Button variant="light" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
							{t('error.retry')}
						</Button>
					)
				}
			/>
		</div>
	)
}
