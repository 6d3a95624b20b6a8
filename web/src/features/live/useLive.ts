/** Subscribes while the wall is open; again after each reconnection. */
import { useEffect, useState } from 'react'
import { ask, socket, useSocketStatus } from '../../shared/connection'
import { foldLive } from '../../shared/live'
import type { LiveView } from '../../shared/protocol'

export function useLive(): { view: LiveView | null; error: unknown; retry: () => void } {
	const [view, setView] = useState<LiveView | null>(null)
	const [error, setError] = useState<unknown>(null)
	const [attempt, setAttempt] = useState(0)
	const isOpen = useSocketStatus() === 'open'
	useEffect(() => {
		if (!isOpen) return
		let isCurrent = true
		setError(null)
		const stop = socket.onPush((push) => {
			if (push.on === 'live') setView((old) => (old ? foldLive(old, push) : old))
		})
		ask('live.subscribe', {})
			.then(({ queues, agents, all, trunks }) => isCurrent && setView({ queues, agents, all, trunks }))
			.catch((problem: unknown) => isCurrent && setError(problem))
		return () => {
			isCurrent = false
			stop()
			void ask('live.unsubscribe', {}).catch(() => undefined)
		}
	}, [isOpen, attempt])
	return { view, error, retry: () => setAttempt((n) => n + 1) }
}
