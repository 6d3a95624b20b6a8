/** Blind transfer: one field that searches colleagues and queues, or takes a number. */
import { Loader, Modal, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArrowForwardUp, IconPhoneOutgoing, IconSearch, IconUser, IconUsersGroup } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { ask } from '../../../shared/connection'
import { asciiDigits } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { AgentState, Directory, TransferTarget } from '../../../shared/protocol'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { StateBadge } from '../../../shared/ui/StateBadge/StateBadge'
import { useAct } from '../useAct'
import classes from './Transfer.module.css'

interface Option {
	key: string
	to: TransferTarget
	icon: ReactNode
	label: ReactNode
	aside?: ReactNode
}

/** Who can take it now stands first. */
const REACH: AgentState[] = ['ready', 'wrap_up', 'ringing', 'talking', 'hold', 'break', 'not_responding', 'offline']

const NUMBER = /^\+?[0-9*#]{2,20}$/

/** A number as typed: any digits, without the spaces, dashes and brackets people write. */
export function readNumber(text: string): string | null {
	const number = asciiDigits(text).replace(/[\s().\-\u200e\u200f]/g, '')
	return NUMBER.test(number) ? number : null
}

function useOptions(directory: Directory | undefined, search: string): Option[] {
	const { t } = useLocale()
	const number = readNumber(search)
	const options: Option[] = []
	if (number)
		options.push({ key: 'number', to: { kind: 'number', number }, icon: <IconPhoneOutgoing size={18} />, label: <PhoneNumber number={number} /> })
	const byState = (a: Directory['agents'][number], b: Directory['agents'][number]): number => REACH.indexOf(a.state) - REACH.indexOf(b.state)
	for (const agent of [...(directory?.agents ?? [])].sort(byState))
		options.push({
			key: `a${agent.id}`,
			to: { kind: 'agent', id: agent.id },
			icon: <IconUser size={18} />,
			label: <bdi>{agent.name}</bdi>,
			aside: <StateBadge state={agent.state} />,
		})
	for (const queue of directory?.queues ?? [])
		options.push({
			key: `q${queue.id}`,
			to: { kind: 'queue', id: queue.id },
			icon: <IconUsersGroup size={18} />,
			label: <bdi>{queue.name}</bdi>,
			aside: <span className={classes.dim}>{t('transfer.waiting', { count: queue.waiting })}</span>,
		})
	return options
}

export function Transfer({ interaction, isWork, onClose }: { interaction: string; isWork?: boolean; onClose: () => void }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const [search, setSearch] = useState('')
	const [term] = useDebouncedValue(search.trim(), 200)
	const [active, setActive] = useState(0)
	const { data, isFetching, isError } = useQuery({
		queryKey: ['directory', term],
		queryFn: () => ask('directory.list', { search: term }),
		staleTime: 3000,
	})
	const options = useOptions(data, search).filter((option) => !isWork || option.to.kind !== 'number')
	const chosen = Math.min(active, options.length - 1)
	const transfer = (option: Option | undefined): void => {
		if (!option || isBusy) return
		void act(() => ask(isWork ? 'work.transfer' : 'call.transfer', { interaction, to: option.to })).then((isDone) => isDone && onClose())
	}
	const onKeyDown = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
		if (step) {
			event.preventDefault()
			setActive(Math.max(0, Math.min(options.length - 1, chosen + step)))
		} else if (event.key === 'Enter') transfer(options[chosen])
	}
	return (
		<Modal opened onClose={onClose} title={t('transfer.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
			<TextInput
				data-autofocus
				size="md"
				aria-label={t('transfer.search')}
				placeholder={t('transfer.search')}
				leftSection={<IconSearch size={18} />}
				rightSection={isFetching ? <Loader size={16} /> : null}
				value={search}
				onChange={(e) => {
					setSearch(e.currentTarget.value)
					setActive(0)
				}}
				onKeyDown={onKeyDown}
				role="combobox"
				aria-expanded={options.length > 0}
				aria-controls="transfer-options"
				aria-activedescendant={options[chosen] ? `to-${options[chosen].key}` : undefined}
			/>
			<div id="transfer-options" role="listbox" aria-label={t('transfer.title')} className={classes.list}>
				{options.map((option, i) => (
					<UnstyledButton
						key={option.key}
						id={`to-${option.key}`}
						role="option"
						tabIndex={-1}
						aria-selected={i === chosen}
						className={classes.option}
						data-active={i === chosen || undefined}
						onMouseEnter={() => setActive(i)}
						onClick={() => transfer(option)}
					>
						{option.icon}
						<span className={classes.label}>{option.label}</span>
						{option.aside}
						<IconArrowForwardUp size={17} className={`${classes.go} mz-mirror`} />
					</UnstyledButton>
				))}
			</div>
			{options.length === 0 && !isFetching && <p className={classes.none}>{isError ? t('error.unavailable') : t('transfer.none')}</p>}
		</Modal>
	)
}
