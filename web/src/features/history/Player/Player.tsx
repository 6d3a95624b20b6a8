/** A recording: both sides as waves, seek anywhere, faster or slower, all by keyboard too. */
import { ActionIcon, Button, SegmentedControl, Skeleton } from '@mantine/core'
import { IconDownload, IconPlayerPauseFilled, IconPlayerPlayFilled, IconRewindBackward5, IconRewindForward5 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from 'react'
import { api, apiUrl } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import type { RecordingRow, Waveform } from '../../../shared/rest'
import { drawPeaks } from './peaks'
import classes from './Player.module.css'

const STEP_S = 5
const SPEEDS = ['0.75', '1', '1.25', '1.5', '2']

function colour(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

interface WaveProps {
	peaks: number[][]
	seconds: number
	at: number
	onSeek: (seconds: number) => void
	onToggle: () => void
}

function Wave({ peaks, seconds, at, onSeek, onToggle }: WaveProps) {
	const { t, format } = useLocale()
	const canvas = useRef<HTMLCanvasElement>(null)
	const share = seconds > 0 ? at / seconds : 0
	useEffect(() => {
		const element = canvas.current
		if (!element) return
		const draw = (): void =>
			drawPeaks(element, peaks, share, { customer: colour('--mz-lane-customer'), agent: colour('--mz-lane-agent'), quiet: colour('--mz-line') })
		draw()
		const observer = new ResizeObserver(draw)
		observer.observe(element)
		return () => observer.disconnect()
	}, [peaks, share])
	const seekTo = (event: PointerEvent<HTMLDivElement>): void => {
		const box = event.currentTarget.getBoundingClientRect()
		onSeek(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * seconds)
	}
	const onKeyDown = (event: KeyboardEvent): void => {
		const steps: Record<string, () => void> = {
			ArrowRight: () => onSeek(at + STEP_S),
			ArrowUp: () => onSeek(at + STEP_S),
			ArrowLeft: () => onSeek(at - STEP_S),
			ArrowDown: () => onSeek(at - STEP_S),
			Home: () => onSeek(0),
			End: () => onSeek(seconds),
			' ': onToggle,
		}
		const run = steps[event.key]
		if (!run) return
		event.preventDefault()
		run()
	}
	return (
		<div
			className={classes.wave}
			role="slider"
			tabIndex={0}
			aria-label={t('player.position')}
			aria-valuemin={0}
			aria-valuemax={Math.round(seconds)}
			aria-valuenow={Math.round(at)}
			aria-valuetext={format.duration(at * 1000)}
			onKeyDown={onKeyDown}
			onPointerDown={(event) => {
				event.currentTarget.setPointerCapture(event.pointerId)
				seekTo(event)
			}}
			onPointerMove={(event) => event.buttons === 1 && seekTo(event)}
		>
			<canvas ref={canvas} className={classes.canvas} />
			<span className={classes.head} style={{ left: `${share * 100}%` }} />
		</div>
	)
}

function useSound(url: string) {
	const audio = useRef<HTMLAudioElement>(null)
	const [at, setAt] = useState(0)
	const [isPlaying, setPlaying] = useState(false)
	const [isBroken, setBroken] = useState(false)
	useEffect(() => {
		if (!isPlaying) return
		let frame = 0
		const follow = (): void => {
			setAt(audio.current?.currentTime ?? 0)
			frame = requestAnimationFrame(follow)
		}
		frame = requestAnimationFrame(follow)
		return () => cancelAnimationFrame(frame)
	}, [isPlaying])
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
	const element = (
		<audio
			ref={audio}
			src={url}
			preload="metadata"
			onPlay={() => setPlaying(true)}
			onPause={() => setPlaying(false)}
			onEnded={() => setPlaying(false)}
			onError={() => setBroken(true)}
		/>
	)
	return { element, at, isPlaying, isBroken, toggle, seek, setSpeed }
}

export function Player({ recording }: { recording: RecordingRow }) {
	const { t, format } = useLocale()
	const url = apiUrl(`/recordings/${recording.id}/audio`)
	const wave = useQuery({
		queryKey: ['waveform', recording.id],
		queryFn: () => api.get<Waveform>(`/recordings/${recording.id}/waveform`),
		staleTime: Infinity,
	})
	const sound = useSound(url)
	const [speed, setSpeed] = useState('1')
	const seconds = (wave.data?.duration_ms ?? recording.duration_ms ?? 0) / 1000
	const isStereo = (wave.data?.peaks.length ?? 0) > 1
	return (
		<div className={classes.player}>
			{sound.element}
			<div className={classes.lanes} dir="ltr">
				{isStereo && (
					<div className={classes.names}>
						<span data-lane="customer">{t('player.customer')}</span>
						<span data-lane="agent">{t('player.agent')}</span>
					</div>
				)}
				{wave.data ? (
					<Wave peaks={wave.data.peaks} seconds={seconds} at={sound.at} onSeek={sound.seek} onToggle={sound.toggle} />
				) : (
					<Skeleton height={96} animate={wave.isPending} />
				)}
			</div>
			{sound.isBroken && (
				<p className={classes.broken} role="alert">
					{t('player.failed')}
				</p>
			)}
			{/* Controls of time keep their order in every language, as on every player. */}
			<div className={classes.controls} dir="ltr">
				<ActionIcon variant="subtle" color="ink" size="lg" aria-label={t('player.back')} onClick={() => sound.seek(sound.at - STEP_S)}>
					<IconRewindBackward5 size={22} />
				</ActionIcon>
				<ActionIcon size={46} radius="xl" aria-label={t(sound.isPlaying ? 'player.pause' : 'player.play')} onClick={sound.toggle}>
					{sound.isPlaying ? <IconPlayerPauseFilled size={22} /> : <IconPlayerPlayFilled size={22} />}
				</ActionIcon>
				<ActionIcon variant="subtle" color="ink" size="lg" aria-label={t('player.forward')} onClick={() => sound.seek(sound.at + STEP_S)}>
					<IconRewindForward5 size={22} />
				</ActionIcon>
				<span className={`${classes.time} mz-num`}>
					{format.duration(sound.at * 1000)} / {format.duration(seconds * 1000)}
				</span>
				<span className={classes.space} />
				<SegmentedControl
					size="xs"
					aria-label={t('player.speed')}
					data={SPEEDS.map((value) => ({ value, label: `${format.number(Number(value), 2)}×` }))}
					value={speed}
					onChange={(value) => {
						setSpeed(value)
						sound.setSpeed(Number(value))
					}}
				/>
				<Button component="a" href={url} download variant="subtle" size="compact-sm" leftSection={<IconDownload size={16} />}>
					{t('player.download')}
				</Button>
			</div>
			<p className={classes.keys}>{t('player.keys')}</p>
		</div>
	)
}
