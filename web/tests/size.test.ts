/** The agent's screen must come fast on a slow line: what its first load fetches, gzipped, is bounded. Needs `npm run build`. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const FIRST_LOAD_BYTES_MAX = 300 * 1024
const dist = resolve(import.meta.dirname, '../dist')

interface Chunk {
	file: string
	css?: string[]
	imports?: string[]
}

function collect(manifest: Record<string, Chunk>, key: string, into: Set<string>): void {
	const chunk = manifest[key]
	if (!chunk || into.has(chunk.file)) return
	into.add(chunk.file)
	for (const css of chunk.css ?? []) into.add(css)
	for (const next of chunk.imports ?? []) collect(manifest, next, into)
}

it.skipIf(!existsSync(join(dist, '.vite/manifest.json')))('the first load of the agent screen is at most 300 KB gzipped', () => {
	const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
	const wanted = ['index.html', 'src/features/agent/Desk/Desk.tsx', 'src/features/agent/AgentBar/AgentBar.tsx', 'src/shared/i18n/fa.ts']
	const needed = new Set<string>()
	for (const key of wanted) {
		// A file other chunks import too stands under its chunk's name.
		const name = key.replace(/^.*\/|\.tsx?$/g, '')
		const found = Object.keys(manifest).find((k) => k === key || k.startsWith(`_${name}-`) && k.endsWith('.js'))
		expect(found, key).toBeDefined()
		if (found) collect(manifest, found, needed)
	}
	const sizes = [...needed].map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file)), { level: 9 }).length }))
	const total = sizes.reduce((sum, s) => sum + s.bytes, 0)
	console.log(`agent screen, first load: ${(total / 1024).toFixed(1)} KB gzip in ${sizes.length} files (without fonts)`)
	expect(total).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
})
