/** Who waits in the queues this agent may pick from. The server is asked again every few seconds while the list is on screen. */
import { useQuery } from '@tanstack/react-query'
import { ask, useSocketStatus } from '../../../shared/connection'
import type { PickList } from '../../../shared/protocol'

const AGAIN_MS = 3000

export function usePickList() {
	const isOpen = useSocketStatus() === 'open'
	return useQuery({
		queryKey: ['pick-list'],
		queryFn: async (): Promise<PickList['queues']> => (await ask('queue.list', {})).queues,
		enabled: isOpen,
		staleTime: 0,
		refetchInterval: AGAIN_MS,
	})
}
