import { expect, it } from 'vitest'
import type { VoicemailRow } from '../../shared/rest'
import { arrange, type Opened } from './voicemails'

const row = (id: string, left_at: number, heard_at: number | null = null): VoicemailRow => ({ id, interaction: `i${id}`, owner: 'u', left_at, duration_ms: 4000, heard_at, from: '+98912', name: null })
const ids = (rows: VoicemailRow[]): string => rows.map((r) => r.id).join(' ')

it('new ones stand apart, the newest first in both', () => {
	const { fresh, heard } = arrange([row('a', 1), row('b', 9)], [row('c', 2, 5), row('d', 8, 9)], null)
	expect([ids(fresh), ids(heard)]).toEqual(['b a', 'd c'])
	expect(arrange([], [], null)).toEqual({ fresh: [], heard: [] })
})

it('a message both lists hold for a moment is shown once, as the later one knows it', () => {
	const { fresh, heard } = arrange([row('a', 1), row('b', 2)], [row('a', 1, 7)], null)
	expect([ids(fresh), ids(heard)]).toEqual(['b', 'a'])
})

it('an open message stays where it was opened, heard or in neither list for a moment', () => {
	const opened: Opened = { row: row('b', 2), isNew: true }
	const played = arrange([row('a', 1), row('c', 3)], [row('b', 2, 7)], opened)
	expect([ids(played.fresh), ids(played.heard)]).toEqual(['c b a', ''])
	expect(played.fresh[1]?.heard_at).toBe(7)
	const between = arrange([row('a', 1), row('c', 3)], [], opened)
	expect(ids(between.fresh)).toBe('c b a')
	const again = arrange([row('d', 4)], [row('a', 1, 5)], { row: row('d', 4, 3), isNew: false })
	expect([ids(again.fresh), ids(again.heard)]).toEqual(['', 'd a'])
	const closed = arrange([row('a', 1)], [row('b', 2, 7)], null)
	expect([ids(closed.fresh), ids(closed.heard)]).toEqual(['a', 'b'])
})

it('five hundred are arranged, none lost', () => {
	const many = Array.from({ length: 500 }, (_, i) => row(String(i), i % 250, i % 3 ? 1 : null))
	const { fresh, heard } = arrange(many.filter((r) => r.heard_at === null), many.filter((r) => r.heard_at !== null), null)
	expect(fresh.length + heard.length).toBe(500)
	expect(new Set([...fresh, ...heard].map((r) => r.id)).size).toBe(500)
})
