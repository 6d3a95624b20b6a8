/** What is wrong with the server's store, since when, and what to do about it. */
import { IconAlertTriangle } from '@tabler/icons-react'
import { alarmTexts, isGrave } from '../../shared/alarms'
import { useAlarms, useNow } from '../../shared/connection'
import { useLocale } from '../../shared/i18n/locale'
import type { Alarm } from '../../shared/protocol'
import classes from './AlarmBanner.module.css'

function Line({ alarm }: { alarm: Alarm }) {
	const { t, format } = useLocale()
	const now = useNow()
	const texts = alarmTexts(alarm)
	return (
		<div className={classes.line} data-grave={isGrave(alarm) || undefined} data-alarm={alarm.kind}>
			<IconAlertTriangle size={18} stroke={1.8} aria-hidden />
			<span>
				<strong>{t(texts.what, { name: alarm.name ?? '' })}</strong> {t(texts.todo)} <span className={classes.since}>{t('alarm.since', { time: format.moment(alarm.since, now) })}</span>
			</span>
		</div>
	)
}

export function AlarmBanner() {
	const alarms = useAlarms()
	return (
		<div role="alert" aria-live="assertive">
			{alarms.map((alarm) => (
				<Line key={`${alarm.kind} ${alarm.recorder ?? ''}`} alarm={alarm} />
			))}
		</div>
	)
}
