/** WAV as the server wants a greeting (docs/voicemail.md): written from samples, and looked at before it is sent. Knows bytes only. */

/** What the server takes, src/api/greetings.c. */
export const GREETING_MIN_MS = 500
export const GREETING_MAX_MS = 60_000
export const GREETING_BYTES_MAX = 12 * 1024 * 1024
/** Wide enough for every telephone, hertz. */
export const RATE_HZ = 16_000

const HEADER_BYTES = 44
const SAMPLE_BYTES = 2
const PCM = 1
/** Quieter than this all the way, of 1: the microphone is off or the wrong one. */
const SILENT = 0.01

export type FileFault = 'not_wav' | 'too_short' | 'too_long' | 'too_large'

function writeWords(view: DataView, at: number, words: string): void {
	for (let i = 0; i < words.length; i++) view.setUint8(at + i, words.charCodeAt(i))
}

function readWords(view: DataView, at: number): string {
	return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))
}

/** All channels as one, each as loud as the others. */
export function mixDown(channels: Float32Array[]): Float32Array {
	const [first, ...others] = channels
	if (!first || others.length === 0) return first ?? new Float32Array(0)
	return first.map((sample, i) => others.reduce((sum, channel) => sum + (channel[i] ?? 0), sample) / channels.length)
}

export const isSilent = (samples: Float32Array): boolean => samples.every((sample) => Math.abs(sample) < SILENT)

/** 16-bit PCM, mono, at most as long as a greeting may be. */
export function encodeWav(all: Float32Array, rate: number): ArrayBuffer {
	const samples = all.subarray(0, (rate * GREETING_MAX_MS) / 1000)
	const bytes = samples.length * SAMPLE_BYTES
	const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes))
	writeWords(view, 0, 'RIFF')
	view.setUint32(4, HEADER_BYTES - 8 + bytes, true)
	writeWords(view, 8, 'WAVEfmt ')
	view.setUint32(16, 16, true)
	view.setUint16(20, PCM, true)
	view.setUint16(22, 1, true)
	view.setUint32(24, rate, true)
	view.setUint32(28, rate * SAMPLE_BYTES, true)
	view.setUint16(32, SAMPLE_BYTES, true)
	view.setUint16(34, SAMPLE_BYTES * 8, true)
	writeWords(view, 36, 'data')
	view.setUint32(40, bytes, true)
	samples.forEach((sample, i) => view.setInt16(HEADER_BYTES + i * SAMPLE_BYTES, Math.round(Math.max(-1, Math.min(1, sample)) * 0x7fff), true))
	return view.buffer as ArrayBuffer
}

/** Length of a WAV's sound in milliseconds; null: it is none. Which encodings are taken, the server says. */
export function wavLength(file: ArrayBuffer): number | null {
	const view = new DataView(file)
	if (view.byteLength < 12 || readWords(view, 0) !== 'RIFF' || readWords(view, 8) !== 'WAVE') return null
	let perSecond = 0
	for (let at = 12; at + 8 <= view.byteLength; ) {
		const kind = readWords(view, at)
		const bytes = view.getUint32(at + 4, true)
		const start = at + 8
		if (kind === 'fmt ' && start + 16 <= view.byteLength) perSecond = view.getUint32(start + 8, true)
		if (kind === 'data') return perSecond > 0 ? (Math.min(bytes, view.byteLength - start) * 1000) / perSecond : null
		at = start + bytes + (bytes % 2)
	}
	return null
}

/** Why a file cannot be a greeting; null: as far as can be seen here it can. */
export async function faultOf(file: Blob): Promise<FileFault | null> {
	if (file.size > GREETING_BYTES_MAX) return 'too_large'
	const ms = wavLength(await file.arrayBuffer())
	if (ms === null) return 'not_wav'
	if (ms < GREETING_MIN_MS) return 'too_short'
	return ms > GREETING_MAX_MS ? 'too_long' : null
}
