/** Chooses whom a call or a message goes to: one field that searches colleagues, extensions and queues, with a list by keyboard below. */
import { Loader, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import { type Target, useTargets } from '../targets'
import classes from './TargetPick.module.css'

export interface Pick {
	search: string
	setSearch: (search: string) => void
	targets: Target[]
	chosen: number
	choose: (at: number) => void
	/** Who stands chosen; nobody while nothing fits. */
	target: Target | undefined
	isFetching: boolean
	isError: boolean
}

/** isFit: which of the directory's targets may be chosen here. */
export function usePick(isFit: (target: Target) => boolean): Pick {
	const [search, setSearch] = useState('')
	const [active, choose] = useState(0)
	const { targets: all, isFetching, isError } = useTargets(search)
	const targets = all.filter(isFit)
	const chosen = Math.min(active, targets.length - 1)
	const begin = (text: string): void => {
		setSearch(text)
		choose(0)
	}
	return { search, setSearch: begin, targets, chosen, choose, target: targets[chosen], isFetching, isError }
}

function List({ pick, label, onGo }: { pick: Pick; label: string; onGo: (target: Target) => void }) {
	const key = pick.target?.key
	useEffect(() => {
		document.getElementById(`to-${key}`)?.scrollIntoView({ block: 'nearest' })
	}, [key])
	return (
		<div id="transfer-options" role="listbox" aria-label={label} className={classes.list}>
			{pick.targets.map((target, i) => (
				<UnstyledButton
					key={target.key}
					id={`to-${target.key}`}
					role="option"
					tabIndex={-1}
					aria-selected={i === pick.chosen}
					className={classes.option}
					data-active={i === pick.chosen || undefined}
					onClick={() => pick.choose(i)}
					onDoubleClick={() => onGo(target)}
				>
					{target.icon}
					<span className={classes.label}>{target.label}</span>
					{target.aside}
				</UnstyledButton>
			))}
		</div>
	)
}

interface Props {
	pick: Pick
	/** What the field asks for. */
	label: string
	/** Said when nothing fits. */
	none: string
	/** Enter or a double click; isOther: with Shift. */
	onGo: (target: Target | undefined, isOther: boolean) => void
}

export function TargetPick({ pick, label, none, onGo }: Props) {
	const { t } = useLocale()
	const { targets, chosen, target, isFetching } = pick
	const onKeyDown = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
		if (step) {
			event.preventDefault()
			pick.choose(Math.max(0, Math.min(targets.length - 1, chosen + step)))
		} else if (event.key === 'Enter' && !event.nativeEvent.isComposing) onGo(target, event.shiftKey)
	}
	return (
		<>
			<TextInput
				data-autofocus
				size="md"
				aria-label={label}
				placeholder={label}
				leftSection={<IconSearch size={18} />}
				rightSection={isFetching ? <Loader size={16} /> : null}
				value={pick.search}
				onChange={(e) => pick.setSearch(e.currentTarget.value)}
				onKeyDown={onKeyDown}
				role="combobox"
				aria-expanded={targets.length > 0}
				aria-controls="transfer-options"
				aria-activedescendant={target ? `to-${target.key}` : undefined}
			/>
			<List pick={pick} label={label} onGo={(to) => onGo(to, false)} />
			{targets.length === 0 && !isFetching && <p className={classes.none}>{pick.isError ? t('error.unavailable') : none}</p>}
		</>
	)
}
