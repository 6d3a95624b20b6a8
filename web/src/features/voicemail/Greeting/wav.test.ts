import { expect, it } from 'vitest'
import { encodeWav, faultOf, GREETING_BYTES_MAX, isSilent, mixDown, RATE_HZ, wavLength } from './wav'

const tone = (ms: number, loud = 0.5): Float32Array => Float32Array.from({ length: (RATE_HZ * ms) / 1000 }, (_, i) => Math.sin(i / 5) * loud)

it('writes 16-bit PCM, mono, of the rate it is given', () => {
	const view = new DataView(encodeWav(Float32Array.of(0, 1, -1, 0.5, 2), RATE_HZ))
	expect(view.byteLength).toBe(44 + 10)
	expect([view.getUint32(4, true), view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true), view.getUint32(28, true), view.getUint16(34, true), view.getUint32(40, true)]).toEqual([46, 1, 1, 16_000, 32_000, 16, 10])
	expect([0, 1, 2, 3, 4].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 32_767, -32_767, 16_384, 32_767])
	expect(wavLength(encodeWav(tone(2500), RATE_HZ))).toBe(2500)
})

it('cuts what is longer than a greeting may be', () => {
	expect(wavLength(encodeWav(tone(60_300), RATE_HZ))).toBe(60_000)
})

it('mixes channels as loud as each other, and knows silence', () => {
	expect([...mixDown([Float32Array.of(1, 0), Float32Array.of(0, -0.5)])]).toEqual([0.5, -0.25])
	expect(mixDown([]).length).toBe(0)
	expect(isSilent(tone(100, 0.005))).toBe(true)
	expect(isSilent(tone(100, 0.05))).toBe(false)
})

it('skips what else a file holds, odd sizes too, and a length that is a lie', () => {
	const plain = new Uint8Array(encodeWav(tone(1000), RATE_HZ))
	const list = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0]
	expect(wavLength(Uint8Array.of(...plain.subarray(0, 36), ...list, ...plain.subarray(36)).buffer)).toBe(1000)
	const lying = encodeWav(tone(1000), RATE_HZ)
	new DataView(lying).setUint32(40, 0xffff_ffff, true)
	expect(wavLength(lying)).toBe(1000)
})

it('says what is wrong with a file before it is sent', async () => {
	const wav = (ms: number): Blob => new Blob([encodeWav(tone(ms), RATE_HZ)])
	const long = new Uint8Array(encodeWav(tone(60_000), RATE_HZ))
	new DataView(long.buffer).setUint32(28, RATE_HZ, true)
	expect(await faultOf(wav(500))).toBeNull()
	expect(await faultOf(wav(60_000))).toBeNull()
	expect(await faultOf(wav(490))).toBe('too_short')
	expect(await faultOf(new Blob([long]))).toBe('too_long')
	expect(await faultOf(new Blob(['ID3 this is an mp3 by another name']))).toBe('not_wav')
	expect(await faultOf(new Blob([]))).toBe('not_wav')
	expect(await faultOf(new Blob([encodeWav(tone(0), RATE_HZ).slice(0, 40)]))).toBe('not_wav')
	expect(await faultOf(new Blob([new Uint8Array(GREETING_BYTES_MAX + 1)]))).toBe('too_large')
})
