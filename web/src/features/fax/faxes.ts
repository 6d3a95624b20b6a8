/** Faxes as the server lists and takes them (docs/fax.md). */
import { api } from '../../shared/api/http'

export type FaxState = 'queued' | 'sending' | 'receiving' | 'sent' | 'failed' | 'received' | 'partial'

export interface Fax {
	id: string
	direction: 'inbound' | 'outbound'
	state: FaxState
	from: string | null
	to: string | null
	name: string | null
	pages: number | null
	pages_done: number | null
	tries: number | null
	reason: string | null
	result: string | null
	interaction: string | null
	created_at: number
	ended_at: number | null
	next_try_at: number | null
}

export interface FaxPage {
	items: Fax[]
	next_cursor?: string | null
	next?: string | null
}

export interface Cover {
	from: string
	subject: string
	text: string
	language: string
}

export interface FaxToSend {
	to: string
	name?: string
	file?: string
	cover?: Cover
}

export const FILE_BYTES_MAX = 10 * 1024 * 1024

/** A file's bytes as the API takes them. */
export function toBase64(bytes: Uint8Array): string {
	let text = ''
	const STEP = 0x8000
	for (let i = 0; i < bytes.length; i += STEP) text += String.fromCharCode(...bytes.subarray(i, i + STEP))
	return btoa(text)
}

export function sendFax(fax: FaxToSend, key: string): Promise<{ id: string; pages: number | null }> {
	return api.post('/faxes', fax, { 'Idempotency-Key': key })
}

/** Whether it can still be taken back. */
export function isQueued(fax: Pick<Fax, 'direction' | 'state'>): boolean {
	return fax.direction === 'outbound' && fax.state === 'queued'
}
