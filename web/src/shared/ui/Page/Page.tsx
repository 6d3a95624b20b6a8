import type { ReactNode } from 'react'
import { useDocumentTitle } from '@mantine/hooks'
import classes from './Page.module.css'

interface Props {
	title: string
	subtitle?: ReactNode
	actions?: ReactNode
	children: ReactNode
	isWide?: boolean
}

export function Page({ title, subtitle, actions, children, isWide }: Props) {
	useDocumentTitle(`${title} · Markaz`)
	return (
		<div className={classes.page} data-wide={isWide || undefined}>
			<div className={classes.head}>
				<div>
					<h1 className={classes.title}>{title}</h1>
					{subtitle && <p className={classes.subtitle}>{subtitle}</p>}
				</div>
				{actions && <div className={classes.actions}>{actions}</div>}
			</div>
			{children}
		</div>
	)
}
