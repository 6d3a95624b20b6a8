/** REST calls: JSON in and out, problems (RFC 9457) as errors with a code, the CSRF header on every writing request. */
import type { ProblemBody, ProblemEntry } from '../rest'

export class Problem extends Error {
	readonly code: string
	readonly status: number
	readonly errors: ProblemEntry[]
	readonly retryAfterS: number | null

	constructor(status: number, body: ProblemBody, retryAfterS: number | null) {
		super(body.detail ?? body.title ?? `HTTP ${status}`)
		this.name = 'Problem'
		this.status = status
		this.code = body.code ?? (status === 0 ? 'offline' : 'unavailable')
		this.errors = Array.isArray(body.errors) ? body.errors : []
		this.retryAfterS = retryAfterS
	}
}

type Query = Record<string, string | number | null | undefined>

const BASE = '/api/v1'
let onUnauthenticated: () => void = () => undefined

/** Called once per 401 of any call but signing in. */
export function whenUnauthenticated(run: () => void): void {
	onUnauthenticated = run
}

export function apiUrl(path: string, query?: Query): string {
	const search = new URLSearchParams()
	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== null && value !== undefined && value !== '') search.set(name, String(value))
	const text = search.toString()
	return `${BASE}${path}${text ? `?${text}` : ''}`
}

async function problemOf(response: Response): Promise<Problem> {
	const body = (await response.json().catch(() => ({}))) as ProblemBody
	const after = Number(response.headers.get('Retry-After'))
	return new Problem(response.status, body, Number.isFinite(after) && after > 0 ? after : null)
}

async function send(path: string, init: RequestInit, query?: Query): Promise<Response> {
	let response: Response
	try {
		response = await fetch(apiUrl(path, query), { credentials: 'same-origin', ...init })
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') throw error
		throw new Problem(0, { code: 'offline', detail: 'no connection' }, null)
	}
	if (response.ok) return response
	if (response.status === 401 && !path.startsWith('/session')) onUnauthenticated()
	throw await problemOf(response)
}

async function sendJson<T>(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
	const response = await send(path, {
		method,
		headers: { 'X-Markaz': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
		body: body === undefined ? undefined : JSON.stringify(body),
	})
	const text = await response.text()
	return (text ? JSON.parse(text) : null) as T
}

export const api = {
	get: async <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
		(await (await send(path, { signal }, query)).json()) as T,
	/** The version (ETag) of what lies there, without fetching it; null: nothing does. */
	versionOf: async (path: string, signal?: AbortSignal): Promise<string | null> => {
		try {
			return (await send(path, { method: 'HEAD', signal })).headers.get('ETag') ?? ''
		} catch (error) {
			if (error instanceof Problem && error.status === 404) return null
			throw error
		}
	},
	post: <T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T> => sendJson<T>('POST', path, body ?? {}, headers),
	patch: <T>(path: string, body: unknown, version?: number): Promise<T> =>
		sendJson<T>('PATCH', path, body, version === undefined ? {} : { 'If-Match': `"${version}"` }),
	put: (path: string, body: unknown): Promise<null> => sendJson<null>('PUT', path, body),
	delete: (path: string, version?: number): Promise<null> =>
		sendJson<null>('DELETE', path, undefined, version === undefined ? {} : { 'If-Match': `"${version}"` }),
	upload: async (path: string, file: Blob, type: string): Promise<void> => {
		await send(path, { method: 'PUT', headers: { 'X-Markaz': '1', 'Content-Type': type }, body: file })
	},
	audio: async (path: string, body: unknown): Promise<Blob> => {
		const headers = { 'X-Markaz': '1', 'Content-Type': 'application/json' }
		return (await send(path, { method: 'POST', headers, body: JSON.stringify(body) })).blob()
	},
}
