import { IconCoffee, IconHeadset, IconMoonStars, IconPhoneCall, IconPhoneIncoming, IconPhoneOff, IconPhonePause, IconPencil, IconZzz } from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { useLocale } from '../../i18n/locale'
import type { AgentState } from '../../protocol'
import classes from './StateBadge.module.css'

export type Tone = 'good' | 'call' | 'ring' | 'wait' | 'bad' | 'off'

export const STATE_TONE: Record<AgentState, Tone> = {
	offline: 'off',
	ready: 'good',
	break: 'wait',
	ringing: 'ring',
	talking: 'call',
	hold: 'wait',
	wrap_up: 'ring',
	not_responding: 'bad',
	unreachable: 'bad',
}

export const STATE_ICON: Record<AgentState, ComponentType<{ size?: number; stroke?: number }>> = {
	offline: IconMoonStars,
	ready: IconHeadset,
	break: IconCoffee,
	ringing: IconPhoneIncoming,
	talking: IconPhoneCall,
	hold: IconPhonePause,
	wrap_up: IconPencil,
	not_responding: IconZzz,
	unreachable: IconPhoneOff,
}

/** An agent's state in colour, picture and word: never in colour alone. */
export function StateBadge({ state, detail }: { state: AgentState; detail?: string | null }) {
	const { t } = useLocale()
	const Icon = STATE_ICON[state]
	// In a narrow column the rest of the detail is cut: it is told where one points.
	return (
		<span className={classes.badge} data-tone={STATE_TONE[state]} title={detail ? `${t(`state.${state}`)}: ${detail}` : undefined}>
			<Icon size={14} stroke={2} />
			<span>{t(`state.${state}`)}</span>
			{detail && <bdi className={classes.detail}>{detail}</bdi>}
		</span>
	)
}

export function Pill({ tone, children }: { tone: Tone; children: React.ReactNode }) {
	return (
		<span className={classes.badge} data-tone={tone}>
			{children}
		</span>
	)
}
