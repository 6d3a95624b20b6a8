import { useCallback, useState } from 'react'
import { useComplain } from '../../shared/problems'

/** Runs what a button asks for: one at a time, failures said aloud. */
export function useAct(): { isBusy: boolean; act: (run: () => Promise<unknown>) => Promise<boolean> } {
	const complain = useComplain()
	const [isBusy, setBusy] = useState(false)
	const act = useCallback(
		async (run: () => Promise<unknown>) => {
			setBusy(true)
			try {
				await run()
				return true
			} catch (error) {
				complain(error)
				return false
			} finally {
				setBusy(false)
			}
		},
		[complain],
	)
	return { isBusy, act }
}
