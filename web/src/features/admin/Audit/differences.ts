/** What an audit entry changed. Pure. */
import type { AuditRow } from '../../../shared/rest'

const NOISE = new Set(['id', 'version', 'created_at', 'updated_at'])

function asObject(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

export function differences(row: Pick<AuditRow, 'before' | 'after'>): { label: string; fields: string[]; text: string } {
	const before = asObject(row.before)
	const after = asObject(row.after)
	const names = new Set([...Object.keys(before), ...Object.keys(after)])
	const fields = [...names].filter((name) => !NOISE.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
	const label = [after, before].flatMap((o) => [o.name, o.number, o.login, o.organisation]).find((v) => typeof v === 'string' && v)
	const isChange = row.before !== null && row.after !== null
	const text = fields.map((f) => `${f}: ${JSON.stringify(before[f]) ?? '–'} → ${JSON.stringify(after[f]) ?? '–'}`).join('\n')
	return { label: String(label ?? ''), fields: isChange ? fields : [], text }
}
