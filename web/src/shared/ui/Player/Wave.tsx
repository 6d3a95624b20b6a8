/** The sound as waves with the moment played and what happened in it; clicked or moved through by keys. */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import { useLocale } from '../../i18n/locale'
import type { RecordingMark } from '../../rest'
import { drawPeaks } from './peaks'
import classes from './Player.module.css'

export const STEP_S = 5
/** Height of the lanes, px. */
export const LANES_MIN = 96
export const LANE_EACH = 40

function colour(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

interface Props {
	peaks: number[][]
	muted: number[]
	marks: RecordingMark[]
	seconds: number
	at: number
	onSeek: (seconds: number) => void
	onToggle: () => void
}

/** What a mark says: its kind, and a note's, party's or reason's words. */
function useMarkWords(): (mark: RecordingMark) => string {
	const { tryKey } = useLocale()
	return (mark) => {
		const kind = tryKey(`player.mark.${mark.kind}`) ?? mark.kind
		const text = mark.text && mark.text !== mark.kind ? (tryKey(`reason.${mark.text}`) ?? mark.text) : null
		return text ? `${kind}: \u2068${text}\u2069` : kind
	}
}

export function Wave({ peaks, muted, marks, seconds, at, onSeek, onToggle }: Props) {
	const { t, format, direction } = useLocale()
	const wordsOf = useMarkWords()
	const canvas = useRef<HTMLCanvasElement>(null)
	const share = seconds > 0 ? at / seconds : 0
	useEffect(() => {
		const element = canvas.current
		if (!element) return
		const draw = (): void => drawPeaks(element, peaks, share, muted, { lanes: [colour('--mz-lane-customer'), colour('--mz-lane-agent')], quiet: colour('--mz-line') })
		draw()
		const observer = new ResizeObserver(draw)
		observer.observe(element)
		return () => observer.disconnect()
	}, [peaks, muted, share])
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
		<div className={classes.waves}>
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
				<canvas ref={canvas} className={classes.canvas} style={{ height: Math.max(LANES_MIN, peaks.length * LANE_EACH) }} />
				{marks.map((mark, i) => (
					<span key={`${mark.at_ms}-${i}`} className={classes.line} data-kind={mark.kind} title={wordsOf(mark)} style={{ left: `${Math.min(100, seconds > 0 ? mark.at_ms / 10 / seconds : 0)}%` }} />
				))}
				<span className={classes.head} style={{ left: `${share * 100}%` }} />
			</div>
			{marks.length > 0 && (
				<ul className={classes.marks} dir={direction} aria-label={t('player.marks')}>
					{marks.map((mark, i) => (
						<li key={`${mark.at_ms}-${i}`}>
							<button type="button" className={classes.mark} data-kind={mark.kind} onClick={() => onSeek(mark.at_ms / 1000)}>
								<span className="mz-num">{format.duration(mark.at_ms)}</span> {wordsOf(mark)}
							</button>
						</li>
					))}
				</ul>
			)}
		</div>
	)
}
