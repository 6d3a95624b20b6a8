/** The order rules run in. Pure. */
import type { ResourceRow } from '../../../shared/rest'

const STEP = 10

const positionOf = (row: ResourceRow): number => (typeof row.position === 'number' ? row.position : 0)

/** As the server runs them: by position, the older one first. */
export function inOrder(rows: ResourceRow[]): ResourceRow[] {
	return [...rows].sort((a, b) => positionOf(a) - positionOf(b) || (a.id < b.id ? -1 : 1))
}

export function moved<T>(list: T[], from: number, to: number): T[] {
	const next = [...list]
	const [item] = next.splice(from, 1)
	if (item === undefined || to < 0 || to >= list.length) return list
	next.splice(to, 0, item)
	return next
}

/** Which rows must change their position so that they stand as listed. */
export function positionsToSet(listed: ResourceRow[]): { row: ResourceRow; position: number }[] {
	return listed.map((row, i) => ({ row, position: (i + 1) * STEP })).filter(({ row, position }) => positionOf(row) !== position)
}

export function positionOfNew(rows: ResourceRow[]): number {
	return Math.max(0, ...rows.map(positionOf)) + STEP
}
