import type { ReactNode } from 'react'
import classes from './Card.module.css'

interface Props {
	title?: ReactNode
	aside?: ReactNode
	children: ReactNode
	isFlush?: boolean
	className?: string
	label?: string
}

/** A quiet surface with an optional heading. */
export function Card({ title, aside, children, isFlush, className, label }: Props) {
	return (
		<section className={`${classes.card} ${className ?? ''}`} data-flush={isFlush || undefined} aria-label={label}>
			{(title || aside) && (
				<div className={classes.head}>
					{title && <h2 className={classes.title}>{title}</h2>}
					{aside}
				</div>
			)}
			{children}
		</section>
	)
}
