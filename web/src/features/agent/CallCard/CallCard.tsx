/** A call under way: who, how long, and everything the agent can do with it. */
import { Button, Loader } from '@mantine/core'
import { IconArrowForwardUp, IconArrowsExchange, IconEar, IconMicrophone, IconMicrophoneOff, IconPhoneIncoming, IconPhoneOff, IconPhoneOutgoing, IconPhonePlus, IconPlayerPause, IconPlayerPlay, IconVolume } from '@tabler/icons-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { bringSoundBack, getPhone, usePhone, usePhoneTab } from '../../../phone/station'
import { useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call } from '../../../shared/protocol'
import { Card } from '../../../shared/ui/Card/Card'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import type { CallActions } from '../CallInHand/useCallActions'
import { CustomerFacts, CustomerHead } from '../CustomerCard/CustomerCard'
import { KEYS } from '../keys'
import { Keypad } from '../Keypad/Keypad'
import { Notes, useDraft } from '../Notes/Notes'
import { LineQuality } from '../LineQuality/LineQuality'
import { MoreMenu } from '../MoreMenu/MoreMenu'
import { Parties } from '../Parties/Parties'
import { othersIn } from '../parties'
import { PausedBand, RecordingPill } from '../Recording/Recording'
import type { TransferAim } from '../Transfer/Transfer'
import { useAct } from '../useAct'
import classes from './CallCard.module.css'

const Video = lazy(() => import('../Video/Video').then((m) => ({ default: m.Video })))

/** Sound that is on its way arrives well within this; after it the person may do something. */
const SOUND_LATE_MS = 4000

const NOTICE = { listen: 'supervise.by', whisper: 'supervise.by_whisper', barge: 'supervise.by_barge' } as const
const DIRECTION_ICON = { inbound: IconPhoneIncoming, outbound: IconPhoneOutgoing, internal: IconArrowsExchange }

/** Which way the call went, and for which queue. */
function Where({ call }: { call: Call }) {
	const { t } = useLocale()
	const Icon = call.direction && DIRECTION_ICON[call.direction]
	if (!Icon && !call.queue) return null
	return (
		<p className={classes.queue}>
			{call.direction && Icon && (
				<span className={classes.direction}>
					<Icon size={16} aria-hidden="true" /> {t(`direction.${call.direction}`)}
				</span>
			)}
			{call.queue && <bdi>{call.queue.name}</bdi>}
		</p>
	)
}

function Clock({ call }: { call: Call }) {
	const { t, format } = useLocale()
	const now = useNow()
	const isHeld = call.state === 'held'
	const isRinging = othersIn(call).some((p) => p.state === 'ringing')
	return (
		<div className={classes.clock}>
			<span className={`${classes.time} mz-num`} role="timer" aria-label={t('call.duration')}>
				{call.connected_at === null ? '–' : format.duration(now - call.connected_at)}
			</span>
			<span className={classes.pills} aria-live="polite">
				{call.state === 'connecting' && <Pill tone="ring">{t(isRinging ? 'state.ringing' : 'call.connecting')}</Pill>}
				{isHeld && (
					<Pill tone="wait">
						{t('call.on_hold')} <span className="mz-num">{call.held_at !== null && format.duration(now - call.held_at)}</span>
					</Pill>
				)}
				{call.is_muted && <Pill tone="bad">{t('call.muted')}</Pill>}
				{call.supervisor && (
					<Pill tone="ring">
						<IconEar size={14} aria-hidden="true" /> {t(NOTICE[call.supervisor.mode], { name: call.supervisor.name })}
					</Pill>
				)}
				<RecordingPill call={call} />
				<LineQuality mos={call.mos} />
			</span>
		</div>
	)
}

const MISSED = new Set(['busy', 'declined', 'no_answer', 'unreachable'])

/** Whoever was asked is not there (any more): the customer waits until the agent takes them back. */
function ConsultEnd({ call }: { call: Call }) {
	const { t } = useLocale()
	if (call.state !== 'held' || !call.reason) return null
	const isMissed = MISSED.has(call.reason)
	if (!isMissed && call.reason !== 'hung_up') return null
	return (
		<p className={classes.note} role="alert">
			{isMissed ? t('consult.ended', { reason: t(`reason.${call.reason}` as 'reason.busy') }) : t('consult.left')}
		</p>
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

interface CallCardProps {
	call: Call
	actions: CallActions
	onDialog: (aim: TransferAim) => void
}

function Buttons({ call, actions, onDialog }: CallCardProps) {
	const { t } = useLocale()
	const { hold, mute, hangUp, transfer, isHeld, isUp, stage } = actions
	return (
		<div className={classes.buttons}>
			{stage !== 'consult' && (
				<Button size="md" variant={isHeld ? 'filled' : 'default'} leftSection={isHeld ? <IconPlayerPlay size={20} /> : <IconPlayerPause size={20} />} rightSection={<Kbd>{KEYS.hold}</Kbd>} disabled={!isUp} onClick={hold}>
					{isHeld ? t('call.resume') : t('call.hold')}
				</Button>
			)}
			<Button size="md" variant="default" aria-pressed={call.is_muted} leftSection={call.is_muted ? <IconMicrophoneOff size={20} /> : <IconMicrophone size={20} />} rightSection={<Kbd>{KEYS.mute}</Kbd>} disabled={!isUp} onClick={mute}>
				{call.is_muted ? t('call.unmute') : t('call.mute')}
			</Button>
			<Keypad interaction={call.interaction} isDisabled={!isUp} />
			{stage === 'alone' && (
				<Button size="md" variant="default" leftSection={<IconArrowForwardUp size={20} className="mz-mirror" />} rightSection={<Kbd>{KEYS.transfer}</Kbd>} disabled={!isUp} onClick={transfer}>
					{t('call.transfer')}
				</Button>
			)}
			{stage === 'conference' && (
				<Button size="md" variant="default" leftSection={<IconPhonePlus size={20} />} rightSection={<Kbd>{KEYS.transfer}</Kbd>} disabled={!isUp} onClick={transfer}>
					{t('consult.add')}
				</Button>
			)}
			<MoreMenu call={call} isDisabled={!isUp} onAdd={() => onDialog('add')} />
			<Button size="md" className={classes.hang_up} leftSection={<IconPhoneOff size={20} />} rightSection={<Kbd>{KEYS.hangUp}</Kbd>} onClick={hangUp}>
				{t('call.hang_up')}
			</Button>
		</div>
	)
}

export function CallCard({ call, actions, onDialog }: CallCardProps) {
	const { t } = useLocale()
	const [draft, change] = useDraft(call.interaction, call)
	return (
		<div className={classes.grid}>
			<section className={classes.call} data-held={call.state === 'held' || undefined} aria-label={t('state.talking')}>
				<div className={classes.top}>
					<div>
						<CustomerHead contact={call} size={64} />
						<Where call={call} />
					</div>
					<Clock call={call} />
				</div>
				<PausedBand call={call} />
				<SoundProblem call={call} />
				{call.has_video && (
					<Suspense fallback={null}>
						<Video call={call} />
					</Suspense>
				)}
				<ConsultEnd call={call} />
				<Parties call={call} />
				<Buttons call={call} actions={actions} onDialog={onDialog} />
			</section>
			<Card title={t('wrap_up.notes_title')} className={classes.notes}>
				<Notes draft={draft} onChange={change} dispositions={call.dispositions} />
			</Card>
			<Card label={t('customer.title')} className={classes.side}>
				<CustomerFacts contact={call} />
			</Card>
		</div>
	)
}
