import { Button, Loader } from '@mantine/core'
import { useEffect, useState } from 'react'
import { socket, useSocketStatus } from '../../shared/connection'
import { useLocale } from '../../shared/i18n/locale'
import classes from './ConnectionBanner.module.css'

/** A short break nobody needs to hear of; longer ones are said calmly. */
const PATIENCE_MS = 1200

export function ConnectionBanner() {
	const { t } = useLocale()
	const status = useSocketStatus()
	const [isLong, setLong] = useState(false)
	const isOpen = status === 'open'
	useEffect(() => {
		setLong(false)
		if (isOpen) return
		const timer = window.setTimeout(() => setLong(true), PATIENCE_MS)
		return () => window.clearTimeout(timer)
	}, [isOpen])
	return (
		<div role="status" aria-live="polite">
			{!isOpen && isLong && (
				<div className={classes.banner}>
					<Loader size={14} color="currentColor" />
					<span>{t('connection.reconnecting')}</span>
					<Button size="compact-xs" variant="white" color="dark" onClick={() => socket.hurry()}>
						{t('connection.now')}
					</Button>
				</div>
			)}
		</div>
	)
}
