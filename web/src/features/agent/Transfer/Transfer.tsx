/** Where the call goes: one field that searches colleagues, extensions and queues, or takes a number; at once, or asked first. */
import { Button, Loader, Modal, TextInput, UnstyledButton } from '@mantine/core'
import { IconArrowForwardUp, IconMessageQuestion, IconSearch, IconUserPlus } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { ask } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import { Kbd } from '../../../shared/ui/Kbd/Kbd'
import { type Target, useTargets } from '../targets'
import { useAct } from '../useAct'
import classes from './Transfer.module.css'

export type TransferAim = 'call' | 'work' | 'add'

interface Props {
	interaction: string
	/** call: transfer or ask first. work: transfer only. add: one more into a conference. */
	aim: TransferAim
	onClose: () => void
}

function List({ targets, chosen, onChoose, onGo }: { targets: Target[]; chosen: number; onChoose: (i: number) => void; onGo: (target: Target) => void }) {
	const { t } = useLocale()
	const key = targets[chosen]?.key
	useEffect(() => {
		document.getElementById(`to-${key}`)?.scrollIntoView({ block: 'nearest' })
	}, [key])
	return (
		<div id="transfer-options" role="listbox" aria-label={t('transfer.title')} className={classes.list}>
			{targets.map((target, i) => (
				<UnstyledButton
					key={target.key}
					id={`to-${target.key}`}
					role="option"
					tabIndex={-1}
					aria-selected={i === chosen}
					className={classes.option}
					data-active={i === chosen || undefined}
					onClick={() => onChoose(i)}
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

function useGo({ interaction, aim, onClose }: Props) {
	const { act, isBusy } = useAct()
	const run = (target: Target | undefined, name: 'call.transfer' | 'call.consult' | 'work.transfer'): void => {
		if (target && !isBusy) void act(() => ask(name, { interaction, to: target.to })).then((isDone) => isDone && onClose())
	}
	const transfer = (target: Target | undefined): void => run(target, aim === 'work' ? 'work.transfer' : 'call.transfer')
	const consult = (target: Target | undefined): void => run(target, 'call.consult')
	return { transfer, consult, first: aim === 'add' ? consult : transfer, isBusy }
}

export function Transfer(props: Props) {
	const { t } = useLocale()
	const { aim, onClose } = props
	const { transfer, consult, first, isBusy } = useGo(props)
	const [search, setSearch] = useState('')
	const [active, setActive] = useState(0)
	const { targets: all, isFetching, isError } = useTargets(search)
	const targets = aim === 'work' ? all.filter(({ to }) => to.kind === 'agent' || to.kind === 'queue') : all
	const chosen = Math.min(active, targets.length - 1)
	const target = targets[chosen]
	const onKeyDown = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
		if (step) {
			event.preventDefault()
			setActive(Math.max(0, Math.min(targets.length - 1, chosen + step)))
		} else if (event.key === 'Enter' && !event.nativeEvent.isComposing) (event.shiftKey && aim === 'call' ? consult : first)(target)
	}
	const title = t(aim === 'work' ? 'transfer.title' : aim === 'add' ? 'consult.add_title' : 'consult.title')
	return (
		<Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
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
				aria-expanded={targets.length > 0}
				aria-controls="transfer-options"
				aria-activedescendant={target ? `to-${target.key}` : undefined}
			/>
			<List targets={targets} chosen={chosen} onChoose={setActive} onGo={first} />
			{targets.length === 0 && !isFetching && <p className={classes.none}>{isError ? t('error.unavailable') : t('transfer.none')}</p>}
			<div className={classes.foot}>
				{aim === 'call' && <p className={classes.hint}>{t('consult.hint')}</p>}
				{aim !== 'add' && (
					<Button variant={aim === 'work' ? 'filled' : 'default'} size="md" disabled={!target} loading={isBusy} leftSection={<IconArrowForwardUp size={19} className="mz-mirror" />} rightSection={aim === 'call' && <Kbd>Enter</Kbd>} onClick={() => transfer(target)}>
						{t('consult.transfer_now')}
					</Button>
				)}
				{aim !== 'work' && (
					<Button size="md" disabled={!target} loading={isBusy} leftSection={aim === 'add' ? <IconUserPlus size={19} /> : <IconMessageQuestion size={19} />} onClick={() => consult(target)}>
						{t(aim === 'add' ? 'consult.add' : 'consult.ask_first')}
					</Button>
				)}
			</div>
		</Modal>
	)
}
