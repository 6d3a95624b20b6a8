import type { ReactNode } from 'react'
import classes from './Empty.module.css'

interface Props {
	icon: ReactNode
	title: string
	/** What to do next. */
	hint?: string
	action?: ReactNode
	isCompact?: boolean
}

export function Empty({ icon, title, hint, action, isCompact }: Props) {
	return (
		<div className={classes.box} data-compact={isCompact || undefined}>
			<div className={classes.icon}>{icon}</div>
			<p className={classes.title}>{title}</p>
			{hint && <p className={classes.hint}>{hint}</p>}
			{action}
		</div>
	)
}
