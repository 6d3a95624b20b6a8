/** Takes what the microphone hears and makes a WAV of it; knows no React. The microphone is let go as soon as it is not needed. */
import { encodeWav, GREETING_MIN_MS, isSilent, mixDown, RATE_HZ } from './wav'

export type TakeFault = 'denied' | 'missing' | 'busy' | 'insecure' | 'unsupported' | 'broken' | 'too_short' | 'silent'

export class TakeError extends Error {
	constructor(readonly fault: TakeFault) {
		super(fault)
	}
}

export interface Taking {
	stream: MediaStream
	/** Ends it; the sound as a WAV, or a TakeError. */
	stop: () => Promise<Blob>
	/** Ends it, and forgets what was heard. */
	cancel: () => void
}

function faultOfMicrophone(error: unknown): TakeFault {
	const name = error instanceof Error ? error.name : ''
	if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
	return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'missing'
}

/** Whatever the browser recorded, as WAV. Decoding in a context of our rate resamples. */
export async function toWav(recorded: Blob): Promise<Blob> {
	const context = new OfflineAudioContext(1, 1, RATE_HZ)
	const sound = await context.decodeAudioData(await recorded.arrayBuffer()).catch(() => {
		throw new TakeError(recorded.size > 0 ? 'broken' : 'too_short')
	})
	const samples = mixDown(Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i)))
	if (samples.length * 1000 < GREETING_MIN_MS * RATE_HZ) throw new TakeError('too_short')
	if (isSilent(samples)) throw new TakeError('silent')
	return new Blob([encodeWav(samples, RATE_HZ)], { type: 'audio/wav' })
}

/** Opens the microphone and begins; a TakeError says why it cannot. */
export async function startTaking(inputId: string): Promise<Taking> {
	if (!window.isSecureContext || !navigator.mediaDevices) throw new TakeError('insecure')
	if (typeof MediaRecorder === 'undefined' || typeof OfflineAudioContext === 'undefined') throw new TakeError('unsupported')
	const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(inputId ? { deviceId: inputId } : {}) }
	const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((error: unknown) => {
		throw new TakeError(faultOfMicrophone(error))
	})
	const letGo = (): void => stream.getTracks().forEach((track) => track.stop())
	const parts: Blob[] = []
	try {
		const recorder = new MediaRecorder(stream)
		recorder.ondataavailable = ({ data }) => parts.push(data)
		const ended = new Promise<void>((resolve) => {
			recorder.onstop = () => resolve()
		})
		recorder.start()
		const end = (): void => {
			if (recorder.state !== 'inactive') recorder.stop()
		}
		return {
			stream,
			stop: async () => {
				end()
				await ended
				letGo()
				return toWav(new Blob(parts, { type: recorder.mimeType }))
			},
			cancel: () => {
				end()
				letGo()
			},
		}
	} catch {
		letGo()
		throw new TakeError('unsupported')
	}
}
