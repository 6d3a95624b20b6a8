import type { ReactNode } from 'react'
import { useNow } from '../../connection'
import { useLocale } from '../../i18n/locale'
import classes from './CountdownRing.module.css'

interface Props {
	until: number
	totalMs: number
	size?: number
	label: string
	children?: ReactNode
}

const STROKE = 6

/** Time running out, as a ring with the seconds inside. */
export function CountdownRing({ until, totalMs, size = 88, label, children }: Props) {
	const now = useNow()
	const { format } = useLocale()
	const left = Math.max(0, until - now)
	const radius = (size - STROKE) / 2
	const around = 2 * Math.PI * radius
	const share = totalMs > 0 ? Math.min(1, left / totalMs) : 0
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
			<span className={`${classes.text} mz-num`}>{children ?? format.duration(totalMs > 0 ? Math.min(left, totalMs) : left)}</span>
		</div>
	)
}
