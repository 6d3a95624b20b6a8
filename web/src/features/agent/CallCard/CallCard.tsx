/** A call under way: who, how long, and everything the agent can do with it. */
import { Button, Loader } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowForwardUp, IconMicrophone, IconMicrophoneOff, IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconVolume } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { bringSoundBack, getPhone, usePhone, usePhoneTab } from '../../../phone/station'
import { ask, useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import { CustomerFacts, CustomerHead } from '../CustomerCard/CustomerCard'
import { KEYS, useKeys } from '../keys'
import { Keypad } from '../Keypad/Keypad'
import { Notes, useDraft } from '../Notes/Notes'
import { Transfer } from '../Transfer/Transfer'
import { useAct } from '../useAct'
import classes from './CallCard.module.css'

/** Sound that is on its way arrives well within this; after it the person may do something. */
const SOUND_LATE_MS = 4000

function Clock({ call }: { call: Call }) {
	const { t, format } = useLocale()
	const now = useNow()
	const isHeld = call.state === 'held'
	return (
		<div className={classes.clock}>
			<span className={`${classes.time} mz-num`} role="timer" aria-label={t('call.duration')}>
				{call.connected_at === null ? '–' : format.duration(now - call.connected_at)}
			</span>
			<span className={classes.pills} aria-live="polite">
				{call.state === 'connecting' && <Pill tone="ring">{t('call.connecting')}</Pill>}
				{isHeld && (
					<Pill tone="wait">
						{t('call.on_hold')} <span className="mz-num">{call.held_at !== null && format.duration(now - call.held_at)}</span>
					</Pill>
				)}
				{call.is_muted && <Pill tone="bad">{t('call.muted')}</Pill>}
				{call.is_recording && (
					<Pill tone="off">
						<span className={classes.dot} /> {t('call.recording')}
					</Pill>
				)}
			</span>
		</div>
	)
}

type SoundState = 'fine' | 'poor' | 'coming' | 'blocked' | 'lost'

/** The page was loaded anew, or the connection broke: the call lives, and its sound comes back a moment later. */
function useSoundState(call: Call): SoundState {
	const phone = usePhone()
	const tab = usePhoneTab()
	const { agent } = useDesk()
	const isHere = phone.interaction === call.interaction
	const isMissing = !isHere || phone.line === 'failed'
	const [isLate, setLate] = useState(false)
	useEffect(() => {
		setLate(false)
		if (!isMissing) return
		const timer = window.setTimeout(() => setLate(true), SOUND_LATE_MS)
		return () => window.clearTimeout(timer)
	}, [isMissing])
	if (agent?.device !== 'browser' || call.state === 'connecting' || tab !== 'mine') return 'fine'
	if (phone.line === 'failed' && isHere) return 'lost'
	if (isMissing) return isLate ? 'lost' : 'coming'
	if (phone.isPlaybackBlocked) return 'blocked'
	if (phone.line === 'connecting') return 'coming'
	return phone.quality?.grade === 'poor' ? 'poor' : 'fine'
}

function SoundProblem({ call }: { call: Call }) {
	const { t } = useLocale()
	const { microphone } = usePhone()
	const { act, isBusy } = useAct()
	const state = useSoundState(call)
	if (state === 'fine') return null
	if (state === 'coming')
		return (
			<p className={classes.coming} role="status">
				<Loader size={16} /> {t('call.sound_coming')}
			</p>
		)
	const isRefused = microphone === 'denied' || microphone === 'missing' || microphone === 'busy'
	const words = state === 'lost' ? (isRefused ? t(`microphone.${microphone}`) : t('call.no_sound')) : t(state === 'blocked' ? 'call.sound_blocked' : 'call.poor_sound')
	return (
		<div className={classes.problem} role="alert">
			<span>{words}</span>
			{state !== 'poor' && (
				<Button size="compact-md" color="red" variant="light" leftSection={<IconVolume size={16} />} loading={isBusy} onClick={() => void act(state === 'lost' ? bringSoundBack : () => getPhone().playAgain())}>
					{t('call.bring_sound')}
				</Button>
			)}
		</div>
	)
}

function useCallActions(call: Call, openTransfer: () => void) {
	const { act, isBusy } = useAct()
	const { interaction } = call
	const isHeld = call.state === 'held'
	const isUp = call.state === 'connected' || isHeld
	const hold = (): void => {
		if (isUp) void act(() => ask(isHeld ? 'call.resume' : 'call.hold', { interaction }))
	}
	const mute = (): void => {
		if (!isUp) return
		const on = !call.is_muted
		getPhone().mute(on)
		void act(() => ask('call.mute', { interaction, on }))
	}
	const hangUp = (): void => void act(() => ask('call.hang_up', { interaction }))
	const transfer = (): void => {
		if (isUp) openTransfer()
	}
	useKeys({ [KEYS.hold]: hold, [KEYS.mute]: mute, [KEYS.hangUp]: hangUp, [KEYS.transfer]: transfer })
	return { hold, mute, hangUp, transfer, isBusy, isHeld, isUp }
}

export function CallCard({ call }: { call: Call }) {
	const { t } = useLocale()
	const [isTransfer, { open, close }] = useDisclosure(false)
	const { hold, mute, hangUp, transfer, isHeld, isUp } = useCallActions(call, open)
	const [draft, change] = useDraft(call.interaction, call)
	return (
		<div className={classes.grid}>
			<section className={classes.call} data-held={isHeld || undefined} aria-label={t('state.talking')}>
				<div className={classes.top}>
					<div>
						<CustomerHead contact={call} size={64} />
						{call.queue && (
							<p className={classes.queue}>
								<bdi>{call.queue.name}</bdi>
							</p>
						)}
					</div>
					<Clock call={call} />
				</div>
				<SoundProblem call={call} />
				<div className={classes.buttons}>
					<Button size="md" px={14} variant={isHeld ? 'filled' : 'default'} leftSection={isHeld ? <IconPlayerPlay size={20} /> : <IconPlayerPause size={20} />} rightSection={<Kbd>{KEYS.hold}</Kbd>} disabled={!isUp} onClick={hold}>
						{isHeld ? t('call.resume') : t('call.hold')}
					</Button>
					<Button size="md" px={14} variant="default" aria-pressed={call.is_muted} leftSection={call.is_muted ? <IconMicrophoneOff size={20} /> : <IconMicrophone size={20} />} rightSection={<Kbd>{KEYS.mute}</Kbd>} disabled={!isUp} onClick={mute}>
						{call.is_muted ? t('call.unmute') : t('call.mute')}
					</Button>
					<Keypad interaction={call.interaction} isDisabled={!isUp} />
					<Button size="md" px={14} variant="default" leftSection={<IconArrowForwardUp size={20} className="mz-mirror" />} rightSection={<Kbd>{KEYS.transfer}</Kbd>} disabled={!isUp} onClick={transfer}>
						{t('call.transfer')}
					</Button>
					<Button size="md" px={14} className={classes.hang_up} leftSection={<IconPhoneOff size={20} />} rightSection={<Kbd>{KEYS.hangUp}</Kbd>} onClick={hangUp}>
						{t('call.hang_up')}
					</Button>
				</div>
			</section>
			<Card title={t('wrap_up.notes_title')} className={classes.notes}>
				<Notes draft={draft} onChange={change} dispositions={call.dispositions} />
			</Card>
			<Card label={t('customer.title')} className={classes.side}>
				<CustomerFacts contact={call} />
			</Card>
			{isTransfer && <Transfer interaction={call.interaction} onClose={close} />}
		</div>
	)
}
