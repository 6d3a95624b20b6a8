/** One recording's sound: where it is, how fast, which channels are heard, and silence skipped. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Span, skipTo } from './peaks'

/** Gains before a mixer: made when a channel is first switched off, so that plain listening stays plain. */
function makeGains(element: HTMLAudioElement, count: number): GainNode[] {
	const context = new AudioContext()
	const splitter = context.createChannelSplitter(count)
	context.createMediaElementSource(element).connect(splitter)
	return Array.from({ length: count }, (_, i) => {
		const gain = context.createGain()
		splitter.connect(gain, i)
		gain.connect(context.destination)
		return gain
	})
}

interface Wishes {
	isAutomatic?: boolean
	onPlay?: () => void
}

export function useSound(url: string, channels: number, silences: Span[], { isAutomatic, onPlay }: Wishes = {}) {
	const audio = useRef<HTMLAudioElement>(null)
	const gains = useRef<GainNode[] | null>(null)
	const [at, setAt] = useState(0)
	const [isPlaying, setPlaying] = useState(false)
	const [isBroken, setBroken] = useState(false)
	const [muted, setMuted] = useState<number[]>([])
	useEffect(() => {
		if (!isPlaying) return
		let frame = 0
		const follow = (): void => {
			const element = audio.current
			const to = element ? skipTo(silences, element.currentTime) : null
			if (element && to !== null) element.currentTime = to
			setAt(element?.currentTime ?? 0)
			frame = requestAnimationFrame(follow)
		}
		frame = requestAnimationFrame(follow)
		return () => cancelAnimationFrame(frame)
	}, [isPlaying, silences])
	useEffect(
		() => () => {
			const context = gains.current?.[0]?.context
			if (context instanceof AudioContext) void context.close()
		},
		[],
	)
	const toggle = useCallback(() => {
		const element = audio.current
		if (!element) return
		if (element.paused) void element.play().catch(() => setBroken(true))
		else element.pause()
	}, [])
	const seek = useCallback((seconds: number) => {
		const element = audio.current
		if (!element) return
		element.currentTime = Math.max(0, Math.min(element.duration || seconds, seconds))
		setAt(element.currentTime)
	}, [])
	const setSpeed = (speed: number): void => {
		if (audio.current) audio.current.playbackRate = speed
	}
	const toggleChannel = (channel: number): void => {
		if (!audio.current || channels < 2) return
		gains.current ??= makeGains(audio.current, channels)
		const next = muted.includes(channel) ? muted.filter((c) => c !== channel) : [...muted, channel]
		gains.current.forEach((gain, i) => {
			gain.gain.value = next.includes(i) ? 0 : 1
		})
		setMuted(next)
	}
	const element = (
		<audio
			ref={audio}
			src={url}
			preload="metadata"
			autoPlay={isAutomatic}
			onPlay={() => setPlaying(true)}
			onPlaying={onPlay}
			onPause={() => setPlaying(false)}
			onEnded={() => setPlaying(false)}
			onError={() => setBroken(true)}
		/>
	)
	return { element, at, isPlaying, isBroken, muted, toggle, seek, setSpeed, toggleChannel }
}
