/** Queries several features share: the whole list of a resource, and names by id. */
import { QueryClient, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Page, ResourceRow } from '../rest'
import { api, Problem } from './http'

const PAGE = 200
const ROWS_MAX = 20_000

export function makeQueryClient(): QueryClient {
	const retry = (count: number, error: Error): boolean => {
		if (error instanceof Problem && error.status >= 400 && error.status < 500) return false
		return count < 2
	}
	return new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry, refetchOnWindowFocus: false } } })
}

/** Every row of a resource, page by page. */
export async function fetchAll(resource: string, signal?: AbortSignal): Promise<ResourceRow[]> {
	const rows: ResourceRow[] = []
	let cursor: string | null = null
	do {
		const page: Page<ResourceRow> = await api.get(`/${resource}`, { limit: PAGE, cursor }, signal)
		rows.push(...page.items)
		cursor = page.next_cursor
	} while (cursor && rows.length < ROWS_MAX)
	return rows
}

export const resourceKey = (resource: string) => ['resource', resource] as const

export function useRows(resource: string, isEnabled = true) {
	return useQuery({ queryKey: resourceKey(resource), queryFn: ({ signal }) => fetchAll(resource, signal), enabled: isEnabled })
}

export function labelOf(row: ResourceRow): string {
	const { name, number, login } = row
	for (const candidate of [name, number, login]) if (typeof candidate === 'string' && candidate) return candidate
	return row.id
}

/** Names by id; empty while loading or when this person may not read the resource. */
export function useNames(resource: string, isEnabled = true): Map<string, string> {
	const { data } = useRows(resource, isEnabled)
	return useMemo(() => new Map((data ?? []).map((row) => [row.id, labelOf(row)])), [data])
}
