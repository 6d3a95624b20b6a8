/** A flow document read for people: its nodes in the order a caller meets them, and where each way leads. Pure. */

export interface OutlineExit {
	/** The name of the way, or the digit with its label. */
	name: string
	label: string
	to: string
	isKnown: boolean
}

export interface OutlineNode {
	name: string
	type: string
	isStart: boolean
	isReached: boolean
	exits: OutlineExit[]
	/** Ids the node refers to, by kind: queue, prompt, hours, flow. */
	references: { kind: string; id: string }[]
	text: string | null
}

const WAYS = ['next', 'open', 'closed', 'otherwise', 'overflow', 'no_agents', 'full', 'caller_pressed', 'after', 'too_short', 'busy', 'no_answer', 'on_fail']
const REFERENCES = ['queue', 'hours', 'flow', 'user', 'prompt'] as const

type Loose = Record<string, unknown>
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string | null => (typeof value === 'string' && value ? value : null)

function nodesOf(document: unknown): Map<string, Loose> {
	const nodes = isObject(document) ? document.nodes : null
	const found = new Map<string, Loose>()
	if (isObject(nodes)) for (const [name, node] of Object.entries(nodes)) if (isObject(node)) found.set(name, node)
	return found
}

function exitsOf(node: Loose, nodes: Map<string, Loose>): OutlineExit[] {
	const exits: OutlineExit[] = []
	const add = (name: string, label: string, to: unknown): void => {
		const target = textOf(to)
		if (target) exits.push({ name, label, to: target, isKnown: nodes.has(target) })
	}
	for (const [digit, option] of Object.entries(isObject(node.options) ? node.options : {}))
		if (isObject(option)) add(digit, textOf(option.label) ?? '', option.next)
	for (const one of Array.isArray(node.cases) ? node.cases : [])
		if (isObject(one)) add('case', [one.op, Array.isArray(one.values) ? one.values.join(', ') : one.value].filter(Boolean).join(' '), one.next)
	for (const way of WAYS) add(way, '', node[way])
	return exits
}

function firstText(node: Loose, language: string): string | null {
	for (const item of Array.isArray(node.say) ? node.say : []) {
		if (!isObject(item)) continue
		if (typeof item.text === 'string') return item.text
		const texts = isObject(item.text) ? item.text : null
		const found = texts && (textOf(texts[language]) ?? Object.values(texts).map(textOf).find(Boolean))
		if (found) return found
	}
	return null
}

function referencesOf(node: Loose): OutlineNode['references'] {
	const found: OutlineNode['references'] = []
	for (const kind of REFERENCES) {
		const id = textOf(node[kind])
		if (id) found.push({ kind, id })
	}
	for (const item of Array.isArray(node.say) ? node.say : []) {
		const id = isObject(item) ? textOf(item.prompt) : null
		if (id) found.push({ kind: 'prompt', id })
	}
	return found
}

export function outlineOf(document: unknown): OutlineNode[] {
	const nodes = nodesOf(document)
	const start = isObject(document) ? (textOf(document.start) ?? [...nodes.keys()][0] ?? '') : ''
	const language = isObject(document) ? (textOf(document.language) ?? 'en') : 'en'
	const order: string[] = []
	const waiting = [start]
	while (waiting.length > 0) {
		const name = waiting.shift() as string
		const node = nodes.get(name)
		if (!node || order.includes(name)) continue
		order.push(name)
		waiting.push(...exitsOf(node, nodes).map((e) => e.to))
	}
	const reached = new Set(order)
	const all = [...order, ...[...nodes.keys()].filter((name) => !reached.has(name))]
	return all.map((name) => {
		const node = nodes.get(name) ?? {}
		return {
			name,
			type: textOf(node.type) ?? '?',
			isStart: name === start,
			isReached: reached.has(name),
			exits: exitsOf(node, nodes),
			references: referencesOf(node),
			text: firstText(node, language),
		}
	})
}
