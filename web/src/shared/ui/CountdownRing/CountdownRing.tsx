import { type ReactNode, useState } from 'react'
import { useNow } from '../../connection'
import { useLocale } from '../../i18n/locale'
import classes from './CountdownRing.module.css'

interface Props {
	until: number
	/** The usual whole; what was left at first sight counts when it is more. */
	totalMs: number
	size?: number
	label: string
	children?: ReactNode
}

const STROKE = 6

export interface Countdown {
	until: number
	wholeMs: number
}

/** The same countdown goes on, or another one begins. */
export function countdownOf(before: Countdown | null, until: number, now: number, usualMs: number): Countdown {
	return before?.until === until ? before : { until, wholeMs: Math.max(usualMs, until - now) }
}

/** Time running out, as a ring with the seconds inside. */
export function CountdownRing({ until, totalMs, size = 88, label, children }: Props) {
	const now = useNow()
	const { format } = useLocale()
	const [kept, keep] = useState<Countdown | null>(null)
	const countdown = countdownOf(kept, until, now, totalMs)
	if (countdown !== kept) keep(countdown)
	const left = Math.max(0, until - now)
	const radius = (size - STROKE) / 2
	const around = 2 * Math.PI * radius
	const share = countdown.wholeMs > 0 ? Math.min(1, left / countdown.wholeMs) : 0
	return (
		<div className={classes.ring} style={{ width: size, height: size }} role="timer" aria-label={label}>
			<svg width={size} height={size} aria-hidden="true">
				<circle className={classes.track} cx={size / 2} cy={size / 2} r={radius} strokeWidth={STROKE} />
				<circle
					className={classes.bar}
					data-low={share < 0.25 || undefined}
					cx={size / 2}
					cy={size / 2}
					r={radius}
					strokeWidth={STROKE}
					strokeDasharray={around}
					strokeDashoffset={around * (1 - share)}
				/>
			</svg>
			<span className={`${classes.text} mz-num`}>{children ?? format.duration(left)}</span>
		</div>
	)
}
