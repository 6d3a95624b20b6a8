/** The recording of this call: its state, what the agent may do with it, and a band nobody overlooks while it is paused. */
import { Button, Menu, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconPlayerPauseFilled, IconPlayerRecord, IconPlayerRecordFilled, IconPlayerStop } from '@tabler/icons-react'
import { ask } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call, CallRecording, RecordAct } from '../../../shared/protocol'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import { useAct } from '../useAct'
import classes from './Recording.module.css'

/** As told; a server of before tells only whether it runs. */
export function recordingOf(call: Call): CallRecording {
	return call.recording ?? { state: call.is_recording ? 'on' : 'off', is_allowed: false, is_pause_allowed: false }
}

/** What may be done in this state, in the order shown. */
export function actsOf({ state, is_allowed, is_pause_allowed }: CallRecording): RecordAct[] {
	if (state === 'off') return is_allowed ? ['start'] : []
	const pause: RecordAct[] = is_pause_allowed ? [state === 'on' ? 'pause' : 'resume'] : []
	return is_allowed ? [...pause, 'stop'] : pause
}

const ACT_ICON = { start: IconPlayerRecord, stop: IconPlayerStop, pause: IconPlayerPauseFilled, resume: IconPlayerRecordFilled }

export function RecordingPill({ call }: { call: Call }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const recording = recordingOf(call)
	const acts = actsOf(recording)
	const { interaction } = call
	const words = (
		<Pill tone={recording.state === 'paused' ? 'bad' : 'off'}>
			{recording.state === 'on' && <span className={classes.dot} />}
			{recording.state === 'paused' && <IconPlayerPauseFilled size={13} aria-hidden="true" />}
			{t(`record.${recording.state}`)}
			{acts.length > 0 && <IconChevronDown size={14} aria-hidden="true" />}
		</Pill>
	)
	if (acts.length === 0) return recording.state === 'off' ? null : words
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<UnstyledButton className={classes.pill} disabled={isBusy} title={t('record.menu')}>
					{words}
				</UnstyledButton>
			</Menu.Target>
			<Menu.Dropdown>
				{acts.map((what) => {
					const Icon = ACT_ICON[what]
					return (
						<Menu.Item key={what} leftSection={<Icon size={16} />} onClick={() => void act(() => ask('call.record', { interaction, act: what }))}>
							{t(`record.${what}`)}
						</Menu.Item>
					)
				})}
			</Menu.Dropdown>
		</Menu>
	)
}

export function PausedBand({ call }: { call: Call }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const { state, is_pause_allowed } = recordingOf(call)
	if (state !== 'paused') return null
	return (
		<div className={classes.band} role="alert">
			<IconPlayerPauseFilled size={26} aria-hidden="true" />
			<span className={classes.text}>
				<strong>{t('record.paused')}</strong>
				<span>{t('record.paused_hint')}</span>
			</span>
			{is_pause_allowed && (
				<Button variant="white" color="dark" leftSection={<IconPlayerRecordFilled size={17} />} loading={isBusy} onClick={() => void act(() => ask('call.record', { interaction: call.interaction, act: 'resume' }))}>
					{t('record.resume')}
				</Button>
			)}
		</div>
	)
}
