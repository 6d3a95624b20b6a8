import { expect, it } from 'vitest'
import { isQueued, toBase64 } from './faxes'

it('any bytes become base64, many of them too', () => {
	expect(toBase64(new Uint8Array([0x25, 0x50, 0x44, 0x46, 0xff, 0]))).toBe('JVBERv8A')
	const many = new Uint8Array(100_000).map((_, i) => i % 251)
	expect(toBase64(many)).toBe(Buffer.from(many).toString('base64'))
	expect(toBase64(new Uint8Array())).toBe('')
})

it('only what waits to be sent can be taken back', () => {
	expect(isQueued({ direction: 'outbound', state: 'queued' })).toBe(true)
	expect(isQueued({ direction: 'outbound', state: 'sent' })).toBe(false)
	expect(isQueued({ direction: 'inbound', state: 'queued' })).toBe(false)
})
