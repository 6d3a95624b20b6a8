/** One's own messages as the server lists them (docs/voicemail.md), and in which order they are shown. */
import { api } from '../../shared/api/http'
import type { Page, VoicemailRow } from '../../shared/rest'

export const PAGE = 50

/** The message whose sound is open, as it was when it was opened. */
export interface Opened {
	row: VoicemailRow
	isNew: boolean
}

export interface Arranged {
	/** Nobody has heard them yet. */
	fresh: VoicemailRow[]
	heard: VoicemailRow[]
}

const newestFirst = (a: VoicemailRow, b: VoicemailRow): number => b.left_at - a.left_at || b.id.localeCompare(a.id)

/**
 * New ones apart from heard ones, the newest first, each once. An open message stays where it was opened: playing it makes it a
 * heard one, and neither that nor a list read anew may take its player away.
 */
export function arrange(unheard: VoicemailRow[], heard: VoicemailRow[], opened: Opened | null): Arranged {
	const byId = new Map<string, VoicemailRow>()
	for (const row of [...unheard, ...heard]) byId.set(row.id, row)
	const now = opened ? (byId.get(opened.row.id) ?? opened.row) : null
	if (now) byId.delete(now.id)
	const rest = [...byId.values()]
	const fresh = rest.filter((row) => row.heard_at === null)
	const old = rest.filter((row) => row.heard_at !== null)
	if (now) (opened?.isNew ? fresh : old).push(now)
	return { fresh: fresh.sort(newestFirst), heard: old.sort(newestFirst) }
}

/** Below it lie the message's sound and waveform, for whoever may hear it. */
export const folderOf = (row: Pick<VoicemailRow, 'id'>): string => `/voicemails/${row.id}`

export function fetchVoicemails(state: 'unheard' | 'heard', cursor: string | null, signal?: AbortSignal): Promise<Page<VoicemailRow>> {
	return api.get('/voicemails', { state, limit: PAGE, cursor }, signal)
}

export const markHeard = (id: string, is_heard: boolean): Promise<unknown> => api.patch(`/voicemails/${id}`, { is_heard })
export const forwardTo = (id: string, to: string): Promise<unknown> => api.post(`/voicemails/${id}/forward`, { to })
export const removeMessage = (id: string): Promise<unknown> => api.delete(`/voicemails/${id}`)
