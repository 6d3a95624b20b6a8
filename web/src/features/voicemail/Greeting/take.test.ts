// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startTaking, TakeError, toWav } from './take'
import { RATE_HZ, wavLength } from './wav'

const stopped = vi.fn()
let heard: Float32Array[] = []
let refusal: Error | null = null

class Recorder {
	state = 'inactive'
	mimeType = 'audio/webm'
	ondataavailable: (event: { data: Blob }) => void = () => undefined
	onstop: () => void = () => undefined
	start(): void {
		this.state = 'recording'
	}
	stop(): void {
		this.state = 'inactive'
		queueMicrotask(() => {
			this.ondataavailable({ data: new Blob(['opus']) })
			this.onstop()
		})
	}
}

class Context {
	decodeAudioData(): Promise<unknown> {
		if (heard.length === 0) return Promise.reject(new Error('no sound'))
		return Promise.resolve({ numberOfChannels: heard.length, getChannelData: (i: number) => heard[i] })
	}
}

const loud = (ms: number): Float32Array => new Float32Array((RATE_HZ * ms) / 1000).fill(0.4)
const faultIn = async (run: Promise<unknown>): Promise<string> => run.then(() => 'none', (error: unknown) => (error instanceof TakeError ? error.fault : String(error)))

beforeEach(() => {
	// jsdom's has none.
	Blob.prototype.arrayBuffer = function () {
		return new Promise((resolve) => {
			const reader = new FileReader()
			reader.onload = () => resolve(reader.result as ArrayBuffer)
			reader.readAsArrayBuffer(this)
		})
	}
	heard = [loud(900)]
	refusal = null
	stopped.mockClear()
	vi.stubGlobal('isSecureContext', true)
	vi.stubGlobal('MediaRecorder', Recorder)
	vi.stubGlobal('OfflineAudioContext', Context)
	Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: () => (refusal ? Promise.reject(refusal) : Promise.resolve({ getTracks: () => [{ stop: stopped }] })) } })
})
afterEach(() => vi.unstubAllGlobals())

it('what was heard becomes a WAV, and the microphone is let go', async () => {
	const taking = await startTaking('')
	expect(stopped).not.toHaveBeenCalled()
	const wav = await taking.stop()
	expect(wav.type).toBe('audio/wav')
	expect(wavLength(await wav.arrayBuffer())).toBe(900)
	expect(stopped).toHaveBeenCalledTimes(1)
})

it('lets the microphone go when it is given up', async () => {
	const taking = await startTaking('')
	taking.cancel()
	expect(stopped).toHaveBeenCalledTimes(1)
})

it('says what is wrong with what was heard', async () => {
	heard = [loud(400)]
	expect(await faultIn(toWav(new Blob(['x'])))).toBe('too_short')
	heard = [new Float32Array(RATE_HZ)]
	expect(await faultIn(toWav(new Blob(['x'])))).toBe('silent')
	heard = []
	expect(await faultIn(toWav(new Blob(['x'])))).toBe('broken')
	expect(await faultIn(toWav(new Blob([])))).toBe('too_short')
})

it('says why the microphone cannot be had', async () => {
	for (const [name, fault] of [['NotAllowedError', 'denied'], ['NotReadableError', 'busy'], ['NotFoundError', 'missing']] as const) {
		refusal = Object.assign(new Error(name), { name })
		expect(await faultIn(startTaking(''))).toBe(fault)
	}
	refusal = null
	vi.stubGlobal('MediaRecorder', undefined)
	expect(await faultIn(startTaking(''))).toBe('unsupported')
	vi.stubGlobal('isSecureContext', false)
	expect(await faultIn(startTaking(''))).toBe('insecure')
})
