import { Failure } from '../shared/ui/Failure/Failure'
import { Wordmark } from '../shared/ui/Logo/Logo'

export function StartFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
	return (
		<main style={{ minHeight: '100dvh', display: 'grid', placeContent: 'center', justifyItems: 'center' }}>
			<Wordmark />
			<Failure error={error} onRetry={onRetry} />
		</main>
	)
}
