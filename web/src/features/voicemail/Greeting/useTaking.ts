/** A recording in the making: its time and loudness, ended by hand, by its longest length, or by a call. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { watchLevel } from '../../../phone/level'
import { startTaking, TakeError, type TakeFault, type Taking } from './take'
import { GREETING_MAX_MS } from './wav'

const TICK_MS = 200

export type Phase = 'idle' | 'asking' | 'recording' | 'working'

interface Wishes {
	inputId: string
	/** A call needs the microphone: what was recorded so far is kept. */
	isStopped: boolean
	onTaken: (wav: Blob) => void
	onFault: (fault: TakeFault) => void
}

export function useTaking({ inputId, isStopped, onTaken, onFault }: Wishes) {
	const [phase, setPhase] = useState<Phase>('idle')
	const [elapsed, setElapsed] = useState(0)
	const [level, setLevel] = useState(0)
	const taking = useRef<Taking | null>(null)
	/** Grows whenever a recording is begun or given up: what comes late from an older one counts no more. */
	const turn = useRef(0)
	const say = useCallback((error: unknown) => onFault(error instanceof TakeError ? error.fault : 'broken'), [onFault])
	const cancel = useCallback(() => {
		turn.current++
		taking.current?.cancel()
		taking.current = null
		setPhase('idle')
	}, [])
	const start = async (): Promise<void> => {
		const mine = ++turn.current
		setElapsed(0)
		setLevel(0)
		setPhase('asking')
		try {
			const begun = await startTaking(inputId)
			if (mine !== turn.current) return begun.cancel()
			taking.current = begun
			setPhase('recording')
		} catch (error) {
			if (mine !== turn.current) return
			setPhase('idle')
			say(error)
		}
	}
	const stop = useCallback(async () => {
		const now = taking.current
		if (!now) return
		const mine = turn.current
		taking.current = null
		setPhase('working')
		try {
			const wav = await now.stop()
			if (mine === turn.current) onTaken(wav)
		} catch (error) {
			if (mine === turn.current) say(error)
		}
		if (mine === turn.current) setPhase('idle')
	}, [onTaken, say])
	useEffect(() => {
		const stream = taking.current?.stream
		if (phase !== 'recording' || !stream) return
		const from = performance.now()
		const timer = window.setInterval(() => {
			const ms = performance.now() - from
			setElapsed(Math.min(ms, GREETING_MAX_MS))
			if (ms >= GREETING_MAX_MS) void stop()
		}, TICK_MS)
		const unwatch = watchLevel(stream, setLevel)
		return () => {
			window.clearInterval(timer)
			unwatch()
		}
	}, [phase, stop])
	useEffect(() => {
		if (!isStopped) return
		if (phase === 'recording') void stop()
		if (phase === 'asking') cancel()
	}, [isStopped, phase, stop, cancel])
	useEffect(
		() => () => {
			turn.current++
			taking.current?.cancel()
		},
		[],
	)
	return { phase, elapsed, level, start, stop, cancel }
}
