/** Sounds made on the spot: ringtone, the short beep before an automatic answer, a test tone. No files. */

const RING_GAIN = 0.18
const RING_EVERY_MS = 3000

export interface Sounds {
	/** Browsers let pages sound only after a click: call from one. */
	unlock: () => void
	ring: () => void
	silence: () => void
	beep: () => void
	/** A short rising figure to try the headset with. */
	test: (sinkId: string) => Promise<void>
}

type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> }

function tone(context: AudioContext, hertz: number, from: number, seconds: number, gain: number): void {
	const oscillator = context.createOscillator()
	const volume = context.createGain()
	oscillator.frequency.value = hertz
	volume.gain.setValueAtTime(0, from)
	volume.gain.linearRampToValueAtTime(gain, from + 0.02)
	volume.gain.setValueAtTime(gain, from + seconds - 0.05)
	volume.gain.linearRampToValueAtTime(0, from + seconds)
	oscillator.connect(volume).connect(context.destination)
	oscillator.start(from)
	oscillator.stop(from + seconds)
}

export function makeSounds(makeContext: () => AudioContext = () => new AudioContext()): Sounds {
	let context: SinkContext | null = null
	let timer: number | null = null
	const ready = (): SinkContext => {
		context ??= makeContext()
		if (context.state === 'suspended') void context.resume()
		return context
	}
	const ringOnce = (): void => {
		const c = ready()
		const now = c.currentTime
		// Two soft pairs, a fourth apart: heard through talk, kind to a tired ear.
		for (const offset of [0, 0.45]) {
			tone(c, 587, now + offset, 0.32, RING_GAIN)
			tone(c, 784, now + offset, 0.32, RING_GAIN * 0.8)
		}
	}
	return {
		unlock: () => void ready(),
		ring: () => {
			if (timer !== null) return
			ringOnce()
			timer = window.setInterval(ringOnce, RING_EVERY_MS)
		},
		silence: () => {
			if (timer !== null) window.clearInterval(timer)
			timer = null
		},
		beep: () => {
			const c = ready()
			tone(c, 880, c.currentTime, 0.18, 0.15)
		},
		test: async (sinkId) => {
			const c = ready()
			if (c.setSinkId && sinkId) await c.setSinkId(sinkId)
			;[523, 659, 784].forEach((hertz, i) => tone(c, hertz, c.currentTime + i * 0.25, 0.24, 0.15))
		},
	}
}
