// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { en } from '../../shared/i18n/en'
import { fa } from '../../shared/i18n/fa'
import { type Locale, makeLocale } from '../../shared/i18n/locale'

const shown = vi.hoisted(() => ({ locale: null as Locale | null }))
vi.mock('../../shared/i18n/locale', async (original) => ({ ...(await original<object>()), useLocale: () => shown.locale }))

const { hasMailbox, Unheard } = await import('./Unheard')

const english = makeLocale(en, { language: 'en', calendar: 'gregorian', digits: 'latin' }, () => undefined)
const persian = makeLocale(fa, { language: 'fa', calendar: 'jalali', digits: 'persian' }, () => undefined)

beforeEach(() => {
	window.matchMedia = (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as unknown as typeof window.matchMedia
})
afterEach(cleanup)

function show(count: number, locale: Locale): void {
	shown.locale = locale
	render(
		<MantineProvider>
			<a href="/voicemail">
				<span>Voicemail</span>
				<Unheard count={count} />
			</a>
		</MantineProvider>,
	)
}

it('says how many are new, to eyes and to screen readers', () => {
	show(1, english)
	expect(screen.getByRole('link').textContent).toContain('1 new message')
	expect(screen.getByRole('link', { name: 'Voicemail 1 new message' })).toBeTruthy()
	cleanup()
	show(12, persian)
	expect(screen.getByText('۱۲')).toBeTruthy()
	expect(screen.getByRole('link', { name: 'Voicemail ۱۲ پیام تازه' })).toBeTruthy()
	cleanup()
	show(240, english)
	expect(screen.getByText('99+')).toBeTruthy()
	expect(screen.getByRole('link', { name: 'Voicemail 240 new messages' })).toBeTruthy()
})

it('is nothing when nothing is new', () => {
	show(0, english)
	expect(screen.getByRole('link').textContent).toBe('Voicemail')
})

it('a mailbox has whoever takes calls, and whoever something was left for', () => {
	expect(hasMailbox(null, true)).toBe(false)
	expect(hasMailbox({ unheard: 0, heard: 0 }, true)).toBe(true)
	expect(hasMailbox({ unheard: 0, heard: 0 }, false)).toBe(false)
	expect(hasMailbox({ unheard: 0, heard: 2 }, false)).toBe(true)
})
