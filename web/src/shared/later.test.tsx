// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react'
import { Suspense } from 'react'
import { afterEach, expect, it } from 'vitest'
import { later } from './later'

afterEach(cleanup)

const Word = ({ text }: { text: string }) => <p>{text}</p>

function shown(Component: ReturnType<typeof later<{ text: string }>>) {
	return render(
		<Suspense fallback={<p>waiting</p>}>
			<Component text="here" />
		</Suspense>,
	)
}

it('is drawn at once when its file was fetched before', async () => {
	const Late = later<{ text: string }>(() => Promise.resolve(Word))
	Late.fetch()
	await Promise.resolve()
	shown(Late)
	expect(screen.getByText('here')).toBeTruthy()
	expect(screen.queryByText('waiting')).toBeNull()
})

it('shows the fallback until its file has come', async () => {
	let come: (component: typeof Word) => void = () => undefined
	const Late = later<{ text: string }>(() => new Promise((resolve) => (come = resolve)))
	await act(async () => void shown(Late))
	expect(screen.getByText('waiting')).toBeTruthy()
	await act(async () => come(Word))
	expect(await screen.findByText('here')).toBeTruthy()
})

it('fetches again after a failure nobody saw', async () => {
	let tries = 0
	const Late = later<{ text: string }>(() => (++tries === 1 ? Promise.reject(new Error('no network')) : Promise.resolve(Word)))
	Late.fetch()
	await new Promise((resolve) => setTimeout(resolve, 0))
	Late.fetch()
	await Promise.resolve()
	shown(Late)
	expect(screen.getByText('here')).toBeTruthy()
	expect(tries).toBe(2)
})
