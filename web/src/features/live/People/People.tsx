/** Everyone signed in: state, how long, with whom; and a hand to change their presence. */
import { ActionIcon, Menu, Select, TextInput } from '@mantine/core'
import { IconDots, IconSearch, IconUsers } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { useNames } from '../../../shared/api/queries'
import { ask, useNow } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { AgentState, LiveAgent } from '../../../shared/protocol'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Avatar, CallerName } from '../../../shared/ui/Person/Person'
import { StateBadge } from '../../../shared/ui/StateBadge/StateBadge'
import { type Column, VirtualTable } from '../../../shared/ui/VirtualTable/VirtualTable'
import { figure } from '../figures'
import { Supervise, SupervisedMark } from '../Supervise/Supervise'
import classes from './People.module.css'

/** What a supervisor looks for first stands first. */
const ORDER: AgentState[] = ['unreachable', 'not_responding', 'hold', 'ringing', 'talking', 'wrap_up', 'ready', 'break', 'offline']

function Since({ at }: { at: number }) {
	const { format } = useLocale()
	return <>{format.duration(useNow() - at)}</>
}

function With({ customer }: { customer: NonNullable<LiveAgent['customer']> }) {
	return (
		<span className={classes.with}>
			<CallerName name={customer.name} number={customer.number} /> <DialNumber number={customer.number} name={customer.name} isBare />
		</span>
	)
}

function Steer({ agent }: { agent: LiveAgent }) {
	const { t } = useLocale()
	const complain = useComplain()
	const set = (presence: 'ready' | 'break' | 'offline'): void => void ask('agent.set', { agent: agent.id, presence }).catch(complain)
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<ActionIcon variant="subtle" color="ink" aria-label={t('live.set', { name: agent.name })}>
					<IconDots size={18} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				<Menu.Item onClick={() => set('ready')}>{t('live.set_ready')}</Menu.Item>
				<Menu.Item onClick={() => set('break')}>{t('live.set_break')}</Menu.Item>
				<Menu.Item onClick={() => set('offline')}>{t('live.set_offline')}</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	)
}

function useColumns(): Column<LiveAgent>[] {
	const { t, format } = useLocale()
	const may = useMay()
	const maySteer = may('steer_agents')
	const maySupervise = may('supervise')
	const teams = useNames('teams')
	const reasons = useNames('break-reasons')
	return useMemo(() => {
		const columns: Column<LiveAgent>[] = [
			{
				key: 'name',
				title: t('live.name'),
				width: 'minmax(170px, 1.5fr)',
				cell: (a) => (
					<span className={classes.name}>
						<Avatar name={a.name} size={28} /> <bdi>{a.name}</bdi>
					</span>
				),
			},
			{
				key: 'state',
				title: t('live.state'),
				width: 'minmax(150px, 1.2fr)',
				cell: (a) => (
					<span className={classes.state}>
						<StateBadge state={a.state} detail={a.state === 'unreachable' ? t(`device_why.${a.device_reason ?? 'not_registered'}`) : a.break_reason ? reasons.get(a.break_reason) : null} />
						<SupervisedMark agent={a} isCompact />
					</span>
				),
			},
			{ key: 'since', title: t('live.since'), width: '80px', isNumber: true, cell: (a) => <Since at={a.state_since} /> },
			{
				key: 'with',
				title: t('live.with'),
				width: 'minmax(130px, 1.2fr)',
				cell: (a) => a.customer && <With customer={a.customer} />,
			},
			{ key: 'team', title: t('live.team'), width: 'minmax(90px, 1fr)', cell: (a) => <bdi>{a.team ? teams.get(a.team) : ''}</bdi> },
			{ key: 'answered', title: t('live.handled'), width: '120px', isNumber: true, cell: (a) => format.number(figure(a.today, 'answered') ?? 0) },
			{ key: 'aht', title: t('kpi.aht'), width: '110px', isNumber: true, cell: (a) => format.duration(figure(a.today, 'aht')) },
			{ key: 'occupancy', title: t('kpi.occupancy'), width: '100px', isNumber: true, cell: (a) => format.percent(figure(a.today, 'occupancy')) },
		]
		if (maySupervise) columns.push({ key: 'supervise', title: '\u00a0', width: '36px', cell: (a) => <Supervise agent={a} /> })
		if (maySteer) columns.push({ key: 'steer', title: '\u00a0', width: '36px', cell: (a) => <Steer agent={a} /> })
		return columns
	}, [t, format, maySteer, maySupervise, teams, reasons])
}

function sift(agents: LiveAgent[], search: string, state: string | null): LiveAgent[] {
	const term = search.trim().toLocaleLowerCase()
	return agents
		.filter((a) => (state ? a.state === state : a.state !== 'offline') && (!term || a.name.toLocaleLowerCase().includes(term)))
		.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.state_since - b.state_since)
}

export function People({ agents }: { agents: LiveAgent[] }) {
	const { t } = useLocale()
	const [search, setSearch] = useState('')
	const [state, setState] = useState<string | null>(null)
	const columns = useColumns()
	const rows = useMemo(() => sift(agents, search, state), [agents, search, state])
	const filters = (
		<div className={classes.filters}>
			<TextInput
				size="sm"
				aria-label={t('live.filter_people')}
				placeholder={t('live.filter_people')}
				leftSection={<IconSearch size={16} />}
				value={search}
				onChange={(e) => setSearch(e.currentTarget.value)}
			/>
			<Select
				size="sm"
				aria-label={t('live.filter_state')}
				placeholder={t('live.filter_state')}
				clearable
				clearButtonProps={{ 'aria-label': t('common.clear') }}
				data={ORDER.map((value) => ({ value, label: t(`state.${value}`) }))}
				value={state}
				onChange={setState}
			/>
		</div>
	)
	return (
		<Card title={`${t('live.agents')} · ${t('live.people_count', { count: rows.length })}`} aside={filters} isFlush>
			{rows.length === 0 ? (
				<Empty icon={<IconUsers size={26} />} title={t('live.no_agents')} hint={t('live.no_agents_hint')} isCompact />
			) : (
				<VirtualTable label={t('live.agents')} columns={columns} rows={rows} rowKey={(a) => a.id} maxHeight="min(640px, 75dvh)" />
			)}
		</Card>
	)
}
