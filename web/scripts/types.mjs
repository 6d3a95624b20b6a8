/**
 * Writes src/shared/api/schema.d.ts from a running server's OpenAPI document.
 *
 *   MARKAZ_URL=http://127.0.0.1:8080 MARKAZ_LOGIN=admin MARKAZ_PASSWORD=... npm run types
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTypescript, { astToString } from 'openapi-typescript'

const base = process.env.MARKAZ_URL ?? 'http://127.0.0.1:8080'
const target = fileURLToPath(new URL('../src/shared/api/schema.d.ts', import.meta.url))

async function cookieOf() {
	const { MARKAZ_LOGIN: login, MARKAZ_PASSWORD: password } = process.env
	if (!login) return ''
	const response = await fetch(`${base}/api/v1/session`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'X-Markaz': '1' },
		body: JSON.stringify({ login, password }),
	})
	if (!response.ok) throw new Error(`signing in failed: HTTP ${response.status}`)
	return (response.headers.get('set-cookie') ?? '').split(';')[0]
}

const response = await fetch(`${base}/api/v1/openapi.json`, { headers: { Cookie: await cookieOf() } })
if (!response.ok) throw new Error(`the OpenAPI document could not be read: HTTP ${response.status}; set MARKAZ_LOGIN and MARKAZ_PASSWORD`)
const text = astToString(await openapiTypescript(await response.json()))
writeFileSync(target, `/** Made by "npm run types" from the server's OpenAPI document; do not edit. */\n${text}`)
console.log(`wrote ${target}`)
