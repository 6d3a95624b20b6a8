/** Which room of the screens may import which; catalogs, mocks and tests stay out of the product. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../src')
const FEATURE_LINES_MAX = 600

function files(folder: string): string[] {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name)
		if (statSync(path).isDirectory()) return files(path)
		return /\.tsx?$/.test(name) ? [path] : []
	})
}

/** Without comments: words there are free. */
function codeOf(path: string): string {
	return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

const sources = files(root).map((path) => ({ path: relative(root, path), text: codeOf(path) }))

function imports(source: { path: string; text: string }): string[] {
	const found = [...source.text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((m) => m[1] as string)
	return found.map((to) => relative(root, resolve(root, dirname(source.path), to)))
}

const roomOf = (path: string): string => (path.startsWith('features/') ? path.split('/').slice(0, 2).join('/') : (path.split('/')[0] as string))

function mayImport(from: string, to: string): boolean {
	if (from === to || to === 'shared') return true
	if (from === 'main.tsx') return to === 'app'
	if (from === 'app') return to.startsWith('features/') || to === 'phone'
	if (from.startsWith('features/')) return to === 'phone'
	return false
}

it('features import from shared and phone, never from each other', () => {
	const wrong = sources.flatMap((s) => imports(s).filter((to) => !mayImport(roomOf(s.path), roomOf(to))).map((to) => `${s.path} -> ${to}`))
	expect(wrong).toEqual([])
})

it('the phone and what lies below the screens know no React', () => {
	const plain = sources.filter((s) => /^phone\/(phone|ring|tab|quality|ear|level|dial)\.ts$|^shared\/(socket|desk|live|format|store|protocol|protocolVoice|rest)\.ts$/.test(s.path))
	expect(plain.length).toBe(15)
	for (const s of plain) expect(s.text, s.path).not.toMatch(/from 'react|@mantine/)
})

it('types hold: no any, no silenced checks', () => {
	for (const s of sources) expect(s.text, s.path).not.toMatch(/:\s*any\b|as any\b|<any>|@ts-ignore|@ts-nocheck/)
})

it('no file grows beyond reading', () => {
	const long = sources.filter((s) => !s.path.startsWith('shared/i18n/') && !s.path.endsWith('schema.d.ts') && s.text.split('\n').length > FEATURE_LINES_MAX)
	expect(long.map((s) => s.path)).toEqual([])
})

it('nothing of the stand-in server is imported', () => {
	for (const s of sources) expect(s.text, s.path).not.toMatch(/\.\.\/mock\//)
})
