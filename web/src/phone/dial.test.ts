import { expect, it } from 'vitest'
import { addCalled, type Called, readCalled } from './dial'

const call = (number: string, label = number): Called => ({ to: { kind: 'number', number }, label })

it('the last called stands first, each once, and old ones go', () => {
	let list: Called[] = []
	for (let i = 0; i < 12; i++) list = addCalled(list, call(`+9821${i}`))
	expect(list).toHaveLength(8)
	expect(list[0]?.label).toBe('+982111')
	list = addCalled(list, call('+982106', 'again'))
	expect(list.map((c) => c.label).slice(0, 2)).toEqual(['again', '+982111'])
	expect(list).toHaveLength(8)
})

it.each([null, '', '{', '{}', '7', '[null,7,{"label":"x"},{"label":"x","to":7},{"label":3,"to":{"kind":"number"}}]'])('%s kept by an older page is no trouble', (text) => {
	expect(readCalled(text)).toEqual([])
})

it('what was kept comes back', () => {
	expect(readCalled(JSON.stringify([call('201')]))).toEqual([call('201')])
})
