/** Stays in sight in every room while a supervisor is in a colleague's call: with whom, how, how loud; and the way out. */
import { Button, Popover, Progress, SegmentedControl } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconEar, IconHandGrab, IconPhoneOff, IconVolume } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { watchLevel } from '../../../phone/level'
import { changeSupervision, getEar, useEar } from '../../../phone/supervising'
import { ask, socket, useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { Supervision, SupervisionMode } from '../../../shared/protocol'
import classes from './Panel.module.css'

const MODES: SupervisionMode[] = ['listen', 'whisper', 'barge']
/** By place on the keyboard, not by letter: the same in every language. */
const CODES: Record<string, SupervisionMode | 'stop'> = { Digit0: 'stop', Digit1: 'listen', Digit2: 'whisper', Digit3: 'barge' }

function useLevel(stream: MediaStream | null): number {
	const [level, setLevel] = useState(0)
	useEffect(() => {
		setLevel(0)
		return stream ? watchLevel(stream, setLevel) : undefined
	}, [stream])
	return level
}

function Meter({ label, stream }: { label: string; stream: MediaStream | null }) {
	const level = useLevel(stream)
	return (
		<div className={classes.meter}>
			<span>{label}</span>
			<Progress.Root size="sm">
				<Progress.Section value={level} color="firuze" aria-label={label} />
			</Progress.Root>
		</div>
	)
}

function useActs({ interaction }: Supervision) {
	const complain = useComplain()
	const [isBusy, setBusy] = useState(false)
	const run = (what: () => Promise<unknown>): void => {
		setBusy(true)
		what()
			.catch(complain)
			.finally(() => setBusy(false))
	}
	return {
		isBusy,
		change: (mode: SupervisionMode) => run(() => changeSupervision(interaction, mode)),
		stop: () => run(() => ask('supervise.stop', { interaction })),
		takeOver: () => run(() => ask('supervise.take_over', { interaction })),
	}
}

function TakeOver({ isBusy, onYes }: { isBusy: boolean; onYes: () => void }) {
	const { t } = useLocale()
	const [isOpen, setOpen] = useState(false)
	return (
		<Popover opened={isOpen} onChange={setOpen} position="top" shadow="md" trapFocus withinPortal>
			<Popover.Target>
				<Button size="sm" variant="default" leftSection={<IconHandGrab size={17} />} loading={isBusy} onClick={() => setOpen((o) => !o)}>
					{t('supervise.take_over')}
				</Button>
			</Popover.Target>
			<Popover.Dropdown>
				<p className={classes.sure}>
					<strong>{t('supervise.take_over_sure')}</strong>
					<span>{t('supervise.take_over_hint')}</span>
				</p>
				<Button
					fullWidth
					onClick={() => {
						setOpen(false)
						onYes()
					}}
				>
					{t('supervise.take_over')}
				</Button>
			</Popover.Dropdown>
		</Popover>
	)
}

function Sound({ supervision }: { supervision: Supervision }) {
	const { t } = useLocale()
	const ear = useEar()
	if (ear.interaction !== supervision.interaction) return null
	if (ear.line === 'failed')
		return (
			<p className={classes.problem} role="alert">
				{t('supervise.sound_lost')}
			</p>
		)
	if (ear.isPlaybackBlocked)
		return (
			<Button size="compact-sm" color="red" variant="light" leftSection={<IconVolume size={16} />} onClick={() => void getEar().playAgain()}>
				{t('supervise.sound_blocked')}
			</Button>
		)
	return (
		<>
			<Meter label={t('supervise.level')} stream={ear.heard} />
			{ear.spoken && <Meter label={t('supervise.your_level')} stream={ear.spoken} />}
		</>
	)
}

function One({ supervision, hasKeys }: { supervision: Supervision; hasKeys: boolean }) {
	const { t, format } = useLocale()
	const now = useNow()
	const { change, stop, takeOver, isBusy } = useActs(supervision)
	const { mode, state, agent, customer, since } = supervision
	useEffect(() => {
		if (!hasKeys) return
		const onKey = (event: KeyboardEvent): void => {
			const what = event.altKey && !event.ctrlKey ? CODES[event.code] : undefined
			if (!what || event.repeat) return
			event.preventDefault()
			if (what === 'stop') stop()
			else if (what !== mode) change(what)
		}
		window.addEventListener('keydown', onKey)
		return () => window.removeEventListener('keydown', onKey)
	})
	const who = t('supervise.agent_and_customer', { agent: agent?.name ?? '', customer: customer?.name || (customer?.number && format.digits(customer.number)) || t('caller.hidden') })
	return (
		<section className={classes.panel} aria-label={t('supervise.panel')} data-mode={mode}>
			<div className={classes.top}>
				<IconEar size={20} aria-hidden="true" />
				<strong className={classes.who}>{who}</strong>
				<span className="mz-num">{state === 'connecting' ? t('supervise.connecting') : format.duration(Math.max(0, now - since))}</span>
			</div>
			<SegmentedControl fullWidth aria-label={t('supervise.mode')} disabled={isBusy} data={MODES.map((value) => ({ value, label: t(`supervise.${value}`) }))} value={mode} onChange={(value) => change(value as SupervisionMode)} />
			<p className={classes.hint} role="status">
				{t(`supervise.${mode}_hint`)}
			</p>
			<Sound supervision={supervision} />
			<div className={classes.buttons}>
				<TakeOver isBusy={isBusy} onYes={takeOver} />
				<Button size="sm" className={classes.stop} leftSection={<IconPhoneOff size={17} />} onClick={stop}>
					{t('supervise.stop')}
				</Button>
			</div>
			<p className={classes.keys}>{t('supervise.keys')}</p>
		</section>
	)
}

/** Says why it ended, unless one stopped it oneself. */
function useEndings(): void {
	const { t, tryKey } = useLocale()
	useEffect(
		() =>
			socket.onPush((push) => {
				if (push.on !== 'supervision' || push.state !== 'ended' || push.reason === 'stopped' || push.reason === 'ended') return
				notifications.show({ message: tryKey(`supervise.end_reason.${push.reason}`) ?? t('supervise.ended') })
			}),
		[t, tryKey],
	)
}

export function SupervisePanel() {
	const { supervisions } = useDesk()
	useEndings()
	if (supervisions.length === 0) return null
	return (
		<div className={classes.panels}>
			{supervisions.map((one, i) => (
				<One key={one.interaction} supervision={one} hasKeys={i === 0} />
			))}
		</div>
	)
}
