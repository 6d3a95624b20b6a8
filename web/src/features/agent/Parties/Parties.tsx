/** Everybody in the call: who hears whom at a glance, and what can be done about it while a colleague is asked. */
import { ActionIcon, Button } from '@mantine/core'
import {
	IconArrowBackUp, IconArrowsExchange, IconDeviceLandlinePhone, IconHeadset, IconMicrophone, IconMicrophoneOff, IconMusic, IconPhoneCheck, IconPhoneIncoming, IconPhoneX, IconUser, IconUserMinus, IconUsers, IconVolume, IconWorld,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { ask, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Call, Party, PartyRole } from '../../../shared/protocol'
import { CallerName, PhoneNumber } from '../../../shared/ui/Person/Person'
import { Pill, type Tone } from '../../../shared/ui/StateBadge/StateBadge'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { KEYS } from '../keys'
import { consultedIn, isTalkedTo, maySwitch, othersIn, type Stage, stageOf } from '../parties'
import { useAct } from '../useAct'
import { useConsult } from '../useConsult'
import classes from './Parties.module.css'

type Icon = ComponentType<{ size?: number; 'aria-hidden'?: 'true' }>

const ROLE_ICON: Record<PartyRole, Icon> = { customer: IconUser, agent: IconHeadset, outside: IconWorld, extension: IconDeviceLandlinePhone, supervisor: IconHeadset }
const STATE_TONE: Record<Party['state'], Tone> = { ringing: 'ring', connected: 'call', held: 'wait', failed: 'bad' }
const STATE_ICON: Record<Party['state'], Icon> = { ringing: IconPhoneIncoming, connected: IconVolume, held: IconMusic, failed: IconPhoneX }

function Row({ call, party, stage }: { call: Call; party: Party; stage: Stage }) {
	const { t, format } = useLocale()
	const now = useNow()
	const { act, isBusy } = useAct()
	const { interaction } = call
	const isTalking = isTalkedTo(call, party)
	const Role = ROLE_ICON[party.role]
	const State = STATE_ICON[party.state]
	const name = party.name || party.number || t(`party.role.${party.role}`)
	return (
		<li className={classes.party} data-talking={isTalking || undefined} data-state={party.state}>
			<span className={classes.icon}>
				<Role size={20} aria-hidden="true" />
			</span>
			<span className={classes.who}>
				<strong>{party.name || party.number ? <CallerName name={party.name} number={party.number} /> : t(`party.role.${party.role}`)}</strong>
				<span className={classes.role}>
					{t(`party.role.${party.role}`)}
					{party.name && party.number && (
						<>
							{' · '}
							<PhoneNumber number={party.number} />
						</>
					)}
				</span>
			</span>
			<span className={classes.state}>
				<Pill tone={isTalking ? 'good' : STATE_TONE[party.state]}>
					<State size={14} aria-hidden="true" /> {t(isTalking ? 'party.hears_you' : `party.${party.state}`)}
				</Pill>
				{party.is_muted && (
					<Pill tone="bad">
						<IconMicrophoneOff size={14} aria-hidden="true" /> {t('party.muted')}
					</Pill>
				)}
				<span className={`${classes.since} mz-num`}>{format.duration(Math.max(0, now - party.since))}</span>
			</span>
			<span className={classes.acts}>
				{stage === 'conference' && party.state === 'connected' && (
					<ActionIcon
						variant="subtle"
						color="ink"
						size="lg"
						disabled={isBusy}
						aria-pressed={party.is_muted}
						aria-label={t(party.is_muted ? 'party.unmute_name' : 'party.mute_name', { name })}
						title={t(party.is_muted ? 'party.unmute_name' : 'party.mute_name', { name })}
						onClick={() => void act(() => ask('call.mute_party', { interaction, party: party.id, on: !party.is_muted }))}
					>
						{party.is_muted ? <IconMicrophone size={19} /> : <IconMicrophoneOff size={19} />}
					</ActionIcon>
				)}
				{party.role !== 'customer' && (
					<ActionIcon variant="subtle" color="red" size="lg" disabled={isBusy} aria-label={t('party.drop_name', { name })} title={t('party.drop_name', { name })} onClick={() => void act(() => ask('call.drop', { interaction, party: party.id }))}>
						<IconUserMinus size={19} />
					</ActionIcon>
				)}
			</span>
		</li>
	)
}

function ConsultButtons({ call }: { call: Call }) {
	const { t } = useLocale()
	const { run, isBusy } = useConsult(call)
	const isThere = consultedIn(call)?.state !== 'ringing'
	return (
		<div className={classes.buttons}>
			<Button leftSection={<IconPhoneCheck size={18} />} rightSection={<Kbd>{KEYS.complete}</Kbd>} disabled={isBusy} onClick={() => run('call.complete')}>
				{t('consult.complete')}
			</Button>
			<Button variant="default" leftSection={<IconArrowsExchange size={18} />} rightSection={<Kbd>{KEYS.hold}</Kbd>} disabled={isBusy || !maySwitch(call)} onClick={() => run('call.toggle')}>
				{t('consult.toggle')}
			</Button>
			<Button variant="default" leftSection={<IconUsers size={18} />} disabled={isBusy || !isThere} onClick={() => run('call.conference')}>
				{t('consult.conference')}
			</Button>
			<Button variant="default" leftSection={<IconArrowBackUp size={18} className="mz-mirror" />} disabled={isBusy} onClick={() => run('call.return')}>
				{t('consult.return')}
			</Button>
		</div>
	)
}

export function Parties({ call }: { call: Call }) {
	const { t } = useLocale()
	const stage = stageOf(call)
	if (stage === 'alone') return null
	return (
		<section className={classes.parties} data-stage={stage} aria-label={t('party.list')}>
			<p className={classes.words} role="status">
				{t(`party.talking_${call.talking_to ?? 'nobody'}`)}
			</p>
			<ul className={classes.list}>
				{othersIn(call).map((party) => (
					<Row key={party.id} call={call} party={party} stage={stage} />
				))}
			</ul>
			{stage === 'consult' && <ConsultButtons call={call} />}
		</section>
	)
}
