/** Calling somebody: a field at the top of every room that takes a number or finds colleagues, extensions and ring groups. */
import { Button, Loader, Popover, Select, TextInput, UnstyledButton } from '@mantine/core'
import { IconHistory, IconPhoneOutgoing } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { type Called, calledStore, dial, type DialMore, recall } from '../../../phone/dial'
import { useDialOptions, useMayDial } from '../../../phone/useMayDial'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { DialTarget } from '../../../shared/protocol'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { KEYS, useKeys } from '../keys'
import { readNumber, type Target, useTargets } from '../../../shared/people/targets'
import { useAct } from '../useAct'
import classes from './Dial.module.css'

const FOUND_MAX = 12

interface Choice extends Called {
	key: string
	target?: Target
}

function isDialTarget(to: Target['to']): to is DialTarget {
	return to.kind !== 'queue'
}

/** What can be called for what is typed; with nothing typed, whom one called lately. */
function useChoices(search: string, isOpen: boolean) {
	const called = useSyncExternalStore(calledStore.watch, calledStore.get)
	const { user } = useMe()
	useEffect(recall, [user])
	const { targets, isFetching } = useTargets(search, isOpen)
	if (!search.trim()) return { choices: called.map((c): Choice => ({ ...c, key: `r${c.to.kind === 'number' ? c.to.number : c.to.id}` })), isFetching: false }
	const found = targets.flatMap((target): Choice[] => (isDialTarget(target.to) ? [{ key: target.key, to: target.to, label: target.name, target }] : []))
	return { choices: found.slice(0, FOUND_MAX), isFetching }
}

function useMe(): { user: string } {
	const { me } = useDesk()
	return { user: me?.id ?? '' }
}

/** Which number is shown and on whose behalf: asked only where there is a choice. */
function More({ more, onChange }: { more: DialMore; onChange: (more: DialMore) => void }) {
	const { t, format } = useLocale()
	const options = useDialOptions()
	const numbers = options?.caller_ids ?? []
	const queues = options?.queues ?? []
	if (numbers.length < 2 && queues.length === 0) return null
	const common = { size: 'xs', clearable: true, clearButtonProps: { 'aria-label': t('common.clear') }, comboboxProps: { withinPortal: false } } as const
	return (
		<div className={classes.more}>
			{numbers.length > 1 && (
				<Select {...common} label={t('dial.show')} placeholder={t('dial.usual')} data={numbers.map((n) => ({ value: n.id, label: n.name ? `${n.name} \u2066${format.digits(n.number)}\u2069` : format.digits(n.number) }))} value={more.caller_id ?? null} onChange={(id) => onChange({ ...more, caller_id: id ?? undefined })} />
			)}
			{queues.length > 0 && <Select {...common} label={t('dial.for')} placeholder={t('dial.no_queue')} data={queues.map((q) => ({ value: q.id, label: q.name }))} value={more.queue ?? null} onChange={(id) => onChange({ ...more, queue: id ?? undefined })} />}
		</div>
	)
}

function Row({ choice, isActive, onGo }: { choice: Choice; isActive: boolean; onGo: () => void }) {
	const { target } = choice
	return (
		<UnstyledButton id={`dial-${choice.key}`} role="option" tabIndex={-1} aria-selected={isActive} className={classes.option} data-active={isActive || undefined} onMouseDown={(e) => e.preventDefault()} onClick={onGo}>
			{target ? target.icon : <IconHistory size={18} />}
			<span className={classes.label}>{target ? target.label : readNumber(choice.label) ? <PhoneNumber number={choice.label} /> : <bdi>{choice.label}</bdi>}</span>
			{target?.aside}
		</UnstyledButton>
	)
}

export function Dial() {
	return useMayDial() ? <Field /> : null
}

function Field() {
	const { t } = useLocale()
	const { agent, calls, offers } = useDesk()
	const { act, isBusy } = useAct()
	const input = useRef<HTMLInputElement>(null)
	const [search, setSearch] = useState('')
	const [isOpen, setOpen] = useState(false)
	const [active, setActive] = useState(0)
	const [more, setMore] = useState<DialMore>({})
	const { choices, isFetching } = useChoices(search, isOpen)
	const chosen = Math.min(active, choices.length - 1)
	const obstacle = agent?.presence === 'offline' ? t('dial.offline') : calls.length > 0 || offers.length > 0 ? t('dial.not_now') : null
	const go = (choice: Choice | undefined): void => {
		if (!choice || isBusy || obstacle) return
		void act(() => dial({ to: choice.to, label: choice.label }, more)).then((isDone) => {
			if (!isDone) return
			setSearch('')
			setOpen(false)
		})
	}
	const onKeyDown = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
		if (step) {
			event.preventDefault()
			setOpen(true)
			setActive(Math.max(0, Math.min(choices.length - 1, chosen + step)))
		} else if (event.key === 'Enter' && !event.nativeEvent.isComposing) go(choices[chosen])
		else if (event.key === 'Escape') setOpen(false)
	}
	useKeys({ [KEYS.dial]: () => input.current?.focus() })
	return (
		<Popover opened={isOpen} onChange={setOpen} position="bottom-start" width={340} shadow="md" trapFocus={false} withinPortal>
			<Popover.Target>
				<TextInput
					ref={input}
					className={classes.field}
					aria-label={t('dial.label')}
					title={`${t('dial.label')} (${KEYS.dial})`}
					placeholder={t('dial.placeholder')}
					leftSection={<IconPhoneOutgoing size={17} />}
					rightSection={isBusy || isFetching ? <Loader size={15} /> : null}
					value={search}
					role="combobox"
					aria-expanded={isOpen}
					aria-controls="dial-options"
					aria-autocomplete="list"
					aria-activedescendant={isOpen && choices[chosen] ? `dial-${choices[chosen].key}` : undefined}
					onFocus={() => setOpen(true)}
					onChange={(e) => {
						setSearch(e.currentTarget.value)
						setActive(0)
						setOpen(true)
					}}
					onKeyDown={onKeyDown}
				/>
			</Popover.Target>
			<Popover.Dropdown className={classes.drop}>
				{obstacle && (
					<p className={classes.obstacle} role="status">
						{obstacle}
					</p>
				)}
				{!search.trim() && choices.length > 0 && <p className={classes.title}>{t('dial.recent')}</p>}
				<div id="dial-options" role="listbox" aria-label={t('dial.label')} className={classes.list}>
					{choices.map((choice, i) => (
						<Row key={choice.key} choice={choice} isActive={i === chosen} onGo={() => go(choice)} />
					))}
				</div>
				{search.trim() !== '' && choices.length === 0 && !isFetching && <p className={classes.title}>{t('dial.nobody')}</p>}
				<More more={more} onChange={setMore} />
				<Button fullWidth size="sm" disabled={!choices[chosen] || obstacle !== null} loading={isBusy} leftSection={<IconPhoneOutgoing size={17} />} onClick={() => go(choices[chosen])}>
					{t('dial.call')}
				</Button>
			</Popover.Dropdown>
		</Popover>
	)
}
