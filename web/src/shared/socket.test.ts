import { beforeEach, describe, expect, it, vi } from 'vitest'
import { BACKOFF_MS, REQUEST_TIMEOUT_MS, Socket, type Wire } from './socket'

class FakeWire implements Wire {
	sent: string[] = []
	isClosed = false
	onopen: Wire['onopen'] = null
	onmessage: Wire['onmessage'] = null
	onclose: Wire['onclose'] = null
	onerror: Wire['onerror'] = null
	send(text: string): void {
		this.sent.push(text)
	}
	close(): void {
		if (this.isClosed) return
		this.isClosed = true
		this.onclose?.({} as CloseEvent)
	}
	open(): void {
		this.onopen?.({} as Event)
	}
	say(message: unknown): void {
		this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) } as MessageEvent)
	}
}

let wires: FakeWire[]
let isSignedIn: boolean
let socket: Socket
const wire = (): FakeWire => wires.at(-1) as FakeWire

beforeEach(() => {
	vi.useFakeTimers()
	wires = []
	isSignedIn = true
	socket = new Socket({
		open: () => {
			wires.push(new FakeWire())
			return wire()
		},
		setTimer: (run, ms) => setTimeout(run, ms) as unknown as number,
		clearTimer: (timer) => clearTimeout(timer),
		random: () => 0.5,
		isSignedIn: () => Promise.resolve(isSignedIn),
	})
	return () => vi.useRealTimers()
})

describe('requests', () => {
	it('match replies by number, in any order', async () => {
		socket.start()
		wire().open()
		const first = socket.request('agent.ready', {})
		const second = socket.request('directory.list', { search: 'le' })
		expect(JSON.parse(wire().sent[1] ?? '')).toEqual({ id: 2, do: 'directory.list', search: 'le' })
		wire().say({ re: 2, ok: true, agents: [], queues: [] })
		wire().say({ re: 1, ok: false, error: { code: 'busy', message: 'talking' } })
		expect((await second).agents).toEqual([])
		await expect(first).rejects.toMatchObject({ code: 'busy' })
	})
	it('fail at once while not connected', async () => {
		await expect(socket.request('agent.ready', {})).rejects.toMatchObject({ code: 'offline' })
	})
	it('time out, and give up the dead connection', async () => {
		socket.start()
		wire().open()
		const asked = socket.request('agent.ready', {})
		const failed = expect(asked).rejects.toMatchObject({ code: 'timeout' })
		vi.advanceTimersByTime(REQUEST_TIMEOUT_MS)
		await failed
		expect(wires[0]?.isClosed).toBe(true)
		expect(socket.getStatus()).toBe('waiting')
	})
	it('end when the connection is lost', async () => {
		socket.start()
		wire().open()
		const failed = expect(socket.request('agent.ready', {})).rejects.toMatchObject({ code: 'offline' })
		wire().close()
		await failed
	})
})

describe('reconnecting', () => {
	it('waits longer each time and starts over after success', async () => {
		socket.start()
		for (const step of BACKOFF_MS) {
			const count = wires.length
			wire().close()
			await vi.advanceTimersByTimeAsync(step - 1)
			expect(wires).toHaveLength(count)
			await vi.advanceTimersByTimeAsync(1)
			expect(wires).toHaveLength(count + 1)
		}
		wire().open()
		wire().close()
		await vi.advanceTimersByTimeAsync(BACKOFF_MS[0] as number)
		expect(socket.getStatus()).toBe('connecting')
	})
	it('stops when the person is signed out', async () => {
		const signedOut = vi.fn()
		socket.onSignedOut(signedOut)
		socket.start()
		isSignedIn = false
		wire().close()
		await vi.advanceTimersByTimeAsync(60_000)
		expect(signedOut).toHaveBeenCalledOnce()
		expect(wires).toHaveLength(1)
		expect(socket.getStatus()).toBe('idle')
	})
	it('hurries when asked', () => {
		socket.start()
		wire().open()
		wire().close()
		socket.hurry()
		expect(wires).toHaveLength(2)
	})
	it('stays quiet after stop', async () => {
		socket.start()
		wire().open()
		socket.stop()
		await vi.advanceTimersByTimeAsync(60_000)
		expect(wires).toHaveLength(1)
		expect(socket.getStatus()).toBe('idle')
	})
})

it('hands pushes on and survives what is no message', () => {
	const heard = vi.fn()
	socket.onPush(heard)
	socket.start()
	wire().open()
	for (const bad of ['{', '[]', 'null', '7', '{"re":99,"ok":true}']) wire().say(bad)
	wire().say({ on: 'config', resource: 'queues', id: 'x' })
	expect(heard).toHaveBeenCalledExactlyOnceWith({ on: 'config', resource: 'queues', id: 'x' })
})
