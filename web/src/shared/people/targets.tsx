/** Whom a call can go to: what was typed as a number, colleagues, extensions, ring groups, queues. */
import { useDebouncedValue } from '@mantine/hooks'
import { IconDeviceLandlinePhone, IconPhoneOutgoing, IconUser, IconUsers, IconUsersGroup } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ask } from '../connection'
import { asciiDigits } from '../format'
import { useLocale } from '../i18n/locale'
import type { AgentState, ConsultTarget, Directory } from '../protocol'
import { PhoneNumber } from '../ui/Person/Person'
import { Pill, StateBadge } from '../ui/StateBadge/StateBadge'

export interface Target {
	key: string
	to: ConsultTarget
	icon: ReactNode
	label: ReactNode
	/** What is remembered and said of it. */
	name: string
	number?: string
	aside?: ReactNode
}

/** Who can take it now stands first. */
const REACH: AgentState[] = ['ready', 'wrap_up', 'ringing', 'talking', 'hold', 'break', 'not_responding', 'unreachable', 'offline']

const NUMBER = /^\+?[0-9*#]{2,20}$/
const WAIT_MS = 200
const EXTENSION_TONE = { free: 'good', busy: 'call', unreachable: 'off' } as const

/** A number as typed: any digits, without the spaces, dashes and brackets people write. */
export function readNumber(text: string): string | null {
	const number = asciiDigits(text).replace(/[\s().\-\u200e\u200f\u2066-\u2069]/g, '')
	return NUMBER.test(number) ? number : null
}

function useInside(directory: Directory | undefined): Target[] {
	const { t } = useLocale()
	const targets: Target[] = []
	for (const extension of directory?.extensions ?? [])
		targets.push({
			key: `x${extension.id}`,
			to: { kind: 'extension', id: extension.id },
			icon: <IconDeviceLandlinePhone size={18} />,
			label: (
				<>
					<bdi>{extension.name}</bdi> <small>{t('consult.extension', { number: extension.number })}</small>
				</>
			),
			name: extension.name,
			number: extension.number,
			aside: extension.state && <Pill tone={EXTENSION_TONE[extension.state]}>{t(`consult.extension_${extension.state}`)}</Pill>,
		})
	for (const group of directory?.ring_groups ?? [])
		targets.push({
			key: `g${group.id}`,
			to: { kind: 'ring_group', id: group.id },
			icon: <IconUsers size={18} />,
			label: (
				<>
					<bdi>{group.name}</bdi> <small>{t('consult.ring_group', { number: group.number })}</small>
				</>
			),
			name: group.name,
			number: group.number,
		})
	return targets
}

function useTargetsOf(directory: Directory | undefined, search: string): Target[] {
	const { t } = useLocale()
	const number = readNumber(search)
	const inside = useInside(directory)
	const targets: Target[] = []
	if (number) targets.push({ key: 'number', to: { kind: 'number', number }, icon: <IconPhoneOutgoing size={18} />, label: <PhoneNumber number={number} />, name: number })
	const byState = (a: Directory['agents'][number], b: Directory['agents'][number]): number => REACH.indexOf(a.state) - REACH.indexOf(b.state)
	for (const agent of [...(directory?.agents ?? [])].sort(byState))
		targets.push({ key: `a${agent.id}`, to: { kind: 'agent', id: agent.id }, icon: <IconUser size={18} />, label: <bdi>{agent.name}</bdi>, name: agent.name, aside: <StateBadge state={agent.state} /> })
	targets.push(...inside)
	for (const queue of directory?.queues ?? [])
		targets.push({ key: `q${queue.id}`, to: { kind: 'queue', id: queue.id }, icon: <IconUsersGroup size={18} />, label: <bdi>{queue.name}</bdi>, name: queue.name, aside: <small>{t('transfer.waiting', { count: queue.waiting })}</small> })
	return targets
}

/** What fits what is typed; asked of the server once typing rests. */
export function useTargets(search: string, isOn = true) {
	const [term] = useDebouncedValue(search.trim(), WAIT_MS)
	const query = useQuery({ queryKey: ['directory', term], queryFn: () => ask('directory.list', { search: term }), staleTime: 3000, enabled: isOn })
	const typed = search.trim().toLocaleLowerCase()
	// Until the server has answered for what stands in the field, nothing that does not fit it may be chosen.
	const targets = useTargetsOf(query.data, search).filter(({ key, name, number }) => term === search.trim() || key === 'number' || `${name} ${number ?? ''}`.toLocaleLowerCase().includes(typed))
	return { targets, isFetching: query.isFetching, isError: query.isError }
}
