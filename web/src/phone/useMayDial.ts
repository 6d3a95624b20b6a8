/** Whether this person may begin calls here: the right, a telephone, and a server that can. Also what they may show. */
import { useQuery } from '@tanstack/react-query'
import { ask, useDesk } from '../shared/connection'
import type { DialOptions } from '../shared/protocol'
import { useMay } from '../shared/session'

const FRESH_MS = 60_000

export function useDialOptions(): DialOptions | undefined {
	const may = useMay()
	const { agent } = useDesk()
	const { data } = useQuery({ queryKey: ['dial-options'], queryFn: () => ask('dial.options', {}), enabled: agent !== null && may('dial'), staleTime: FRESH_MS, retry: false })
	return data
}

export function useMayDial(): boolean {
	return useDialOptions() !== undefined
}
