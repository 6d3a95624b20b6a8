/** Rings of a queue: who else helps as waiting grows. Pure. */

export interface Ring {
	after_s: number | null
	relax: number | null
	teams: string[]
	agents: string[]
}

export const RINGS_MAX = 4
export const RELAX_MAX = 10
const STEP_S = 30

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [])
const numberOr = (value: unknown, otherwise: number | null): number | null => (typeof value === 'number' ? value : otherwise)

/** What the server keeps, or nothing where it is no list. */
export function asRings(value: unknown): Ring[] {
	if (!Array.isArray(value)) return []
	return value
		.filter((v): v is Record<string, unknown> => typeof v === 'object' && v !== null)
		.map((v) => ({ after_s: numberOr(v.after_s, null), relax: numberOr(v.relax, 0), teams: texts(v.teams), agents: texts(v.agents) }))
}

/** The next ring: a step later, as relaxed as the one before. */
export function nextRing(rings: Ring[]): Ring {
	const last = rings.at(-1)
	return { after_s: (last?.after_s ?? 0) + STEP_S, relax: last?.relax ?? 0, teams: [], agents: [] }
}
