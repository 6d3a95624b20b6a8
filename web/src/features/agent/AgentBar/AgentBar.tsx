/** Presence at the top of every room: state, how long, and the switch between ready, break and offline. */
import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconCoffee, IconHeadset, IconMoonStars } from '@tabler/icons-react'
import { getPhone } from '../../../phone/station'
import { useNames, useRows } from '../../../shared/api/queries'
import { ask, useDesk, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Agent } from '../../../shared/protocol'
import { STATE_ICON, STATE_TONE } from '../../../shared/ui/StateBadge/StateBadge'
import { Dial } from '../Dial/Dial'
import { Headset } from '../Headset/Headset'
import { useAct } from '../useAct'
import classes from './AgentBar.module.css'

/** Being ready needs the microphone first when the browser is the telephone. */
export async function becomeReady(agent: Agent): Promise<void> {
	if (agent.device === 'browser') {
		getPhone().silence()
		await getPhone().openMicrophone()
		if (getPhone().get().microphone !== 'ready') return
	}
	await ask('agent.ready', {})
}

function StateNow({ agent }: { agent: Agent }) {
	const { t, format } = useLocale()
	const now = useNow()
	const reasons = useNames('break-reasons')
	const Icon = STATE_ICON[agent.state]
	const reason = agent.state === 'break' && agent.break_reason ? reasons.get(agent.break_reason) : null
	return (
		<div className={classes.state} data-tone={STATE_TONE[agent.state]}>
			<span className={classes.icon}>
				<Icon size={20} stroke={1.9} />
			</span>
			<span className={classes.words} aria-live="polite">
				<strong>{reason ? <bdi>{reason}</bdi> : t(`state.${agent.state}`)}</strong>
				{agent.next_presence === 'break' && <span className={classes.next}>{t('presence.break_next')}</span>}
			</span>
			<span className={`${classes.time} mz-num`}>{format.duration(now - agent.state_since)}</span>
		</div>
	)
}

function BreakMenu({ onBreak }: { onBreak: (reason: string | null) => void }) {
	const { t } = useLocale()
	const { data } = useRows('break-reasons')
	return (
		<Menu position="bottom-start" width={220}>
			<Menu.Target>
				<Button variant="default" leftSection={<IconCoffee size={18} />} rightSection={<IconChevronDown size={15} />}>
					{t('presence.break')}
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				<Menu.Label>{t('presence.why_break')}</Menu.Label>
				{(data ?? []).map((row) => (
					<Menu.Item key={row.id} onClick={() => onBreak(row.id)}>
						<bdi>{String(row.name)}</bdi>
					</Menu.Item>
				))}
				<Menu.Item onClick={() => onBreak(null)}>{t('presence.no_reason')}</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	)
}

export function AgentBar() {
	const { t } = useLocale()
	const { agent } = useDesk()
	const { act, isBusy } = useAct()
	if (!agent) return <div />
	const isReady = agent.presence === 'ready' && agent.next_presence !== 'break'
	return (
		<div className={classes.bar}>
			<StateNow agent={agent} />
			<div className={classes.buttons} role="group" aria-label={t('presence.label')}>
				{!isReady && (
					<Button leftSection={<IconHeadset size={18} />} loading={isBusy} onClick={() => void act(() => becomeReady(agent))}>
						{t('presence.ready')}
					</Button>
				)}
				{agent.presence !== 'offline' && <BreakMenu onBreak={(reason) => void act(() => ask('agent.break', { reason }))} />}
				{agent.presence !== 'offline' && (
					<Button
						variant="subtle"
						color="ink"
						className={classes.quiet}
						leftSection={<IconMoonStars size={18} />}
						onClick={() => void act(() => ask('agent.offline', {}))}
					>
						{t('presence.offline')}
					</Button>
				)}
			</div>
			<Dial />
			<Headset />
		</div>
	)
}
