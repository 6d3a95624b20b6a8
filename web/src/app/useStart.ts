import { useCallback, useEffect, useState } from 'react'

/** Runs `start` once; keeps its failure for the person to see and to try again. */
export function useStart(start: () => Promise<unknown>): { error: unknown; retry: () => void } {
	const [error, setError] = useState<unknown>(null)
	const run = useCallback(() => {
		setError(null)
		start().catch(setError)
	}, [start])
	useEffect(run, [run])
	return { error, retry: run }
}
