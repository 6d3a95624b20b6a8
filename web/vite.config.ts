import react from '@vitejs/plugin-react'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const COMPRESSIBLE = /\.(js|css|html|svg|json|txt|webmanifest)$/
const COMPRESS_FROM_BYTES = 1024

/** Writes a .gz beside each built text file, so that the server never compresses while serving. */
function gzipBeside(): Plugin {
	let directory = 'dist'
	const walk = (folder: string): void => {
		for (const name of readdirSync(folder)) {
			const path = join(folder, name)
			if (statSync(path).isDirectory()) walk(path)
			else if (COMPRESSIBLE.test(name) && statSync(path).size > COMPRESS_FROM_BYTES)
				writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
		}
	}
	return {
		name: 'gzip-beside',
		apply: 'build',
		configResolved: (config) => {
			directory = config.build.outDir
		},
		closeBundle: () => walk(directory),
	}
}

// In development the pages come from Vite and everything else from a running server (MARKAZ_URL).
const server = process.env.MARKAZ_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
	plugins: [react(), gzipBeside()],
	// The screens, and the small page customers call from (docs/visit.md).
	build: { outDir: 'dist', target: 'es2022', assetsInlineLimit: 0, manifest: true, rollupOptions: { input: ['index.html', 'visit.html'] } },
	server: { proxy: { '/api': { target: server, ws: true } } },
	test: { include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'], environment: 'node', pool: 'threads', maxWorkers: 2 },
})
