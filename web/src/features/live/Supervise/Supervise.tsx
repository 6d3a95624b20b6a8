/** Into a colleague's call: listen, whisper, barge in or take over, heard in this browser or on one's telephone. */
import { ActionIcon, Menu, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconEar, IconSpeakerphone, IconUserPlus } from '@tabler/icons-react'
import { supervise, useEarDevice } from '../../../phone/supervising'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { LiveAgent, SupervisionMode } from '../../../shared/protocol'
import { useMay, useSession } from '../../../shared/session'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'

const MODES = [
	['listen', IconEar],
	['whisper', IconSpeakerphone],
	['barge', IconUserPlus],
] as const
const MARK = { listen: 'supervise.listened', whisper: 'supervise.whispered', barge: 'supervise.barged' } as const

/** Who is in this person's call beside them, said on the wall. */
export function SupervisedMark({ agent, isCompact }: { agent: LiveAgent; isCompact?: boolean }) {
	const { t } = useLocale()
	const by = agent.supervised_by
	if (!by) return null
	const words = t(MARK[by.mode], { name: by.name })
	return (
		<span title={words}>
			<Pill tone="ring">
				<IconEar size={14} aria-hidden="true" /> {isCompact ? <VisuallyHidden>{words}</VisuallyHidden> : words}
			</Pill>
		</span>
	)
}

/** Whether there is a call of this person to get into. */
export function isSupervisable(agent: LiveAgent): boolean {
	return agent.interaction !== null && (agent.state === 'talking' || agent.state === 'hold')
}

export function Supervise({ agent }: { agent: LiveAgent }) {
	const { t } = useLocale()
	const may = useMay()
	const { user } = useSession()
	const { supervisions } = useDesk()
	const complain = useComplain()
	const [device, choose] = useEarDevice()
	const { interaction } = agent
	if (!may('supervise') || !interaction || !isSupervisable(agent) || agent.id === user.id) return null
	const isIn = supervisions.some((s) => s.interaction === interaction)
	const start = (mode: SupervisionMode): void => void supervise(interaction, mode).catch(complain)
	return (
		<Menu position="bottom-end" width={270}>
			<Menu.Target>
				<ActionIcon variant={isIn ? 'filled' : 'light'} disabled={isIn} aria-label={t('supervise.menu', { name: agent.name })} title={t('supervise.menu', { name: agent.name })}>
					<IconEar size={18} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{MODES.map(([mode, Icon]) => (
					<Menu.Item key={mode} leftSection={<Icon size={17} />} onClick={() => start(mode)}>
						{t(`supervise.${mode}`)}
						<small style={{ display: 'block', fontSize: 12.5 }}>{t(`supervise.${mode}_hint`)}</small>
					</Menu.Item>
				))}
				<Menu.Divider />
				<Menu.Label>{t('supervise.where')}</Menu.Label>
				{(['browser', 'phone'] as const).map((where) => (
					<Menu.Item key={where} aria-current={device === where} closeMenuOnClick={false} leftSection={device === where ? <IconCheck size={17} /> : <span style={{ display: 'inline-block', width: 17 }} />} onClick={() => choose(where)}>
						{t(`supervise.on_${where}`)}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	)
}

