/** The agent's contacts without a telephone: the list of those open and in wrap-up, and the one being worked on. */
import { UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Message, Work, WorkWrapUp } from '../../../shared/protocol'
import { Conversation } from '../Conversation/Conversation'
import { WorkWrapUpCard } from '../Conversation/WorkWrapUpCard'
import { CHANNEL_ICON } from './WorkHead'
import classes from './Works.module.css'

interface Entry {
	key: string
	work: Work | WorkWrapUp
	isWrapUp: boolean
}

/** The last number seen of each contact: what came later is news. */
function useSeen(selected: string | undefined, messages: Record<string, Message[]>) {
	const seen = useRef<Record<string, number>>({})
	const last = (id: string): Message | undefined => messages[id]?.at(-1)
	useEffect(() => {
		const newest = selected ? last(selected) : undefined
		if (selected && newest) seen.current[selected] = newest.number
	})
	return (id: string): boolean => {
		const newest = last(id)
		return newest !== undefined && newest.agent === null && id !== selected && newest.number > (seen.current[id] ?? 0)
	}
}

export function Works() {
	const { t } = useLocale()
	const { works, workWrapUps, messages } = useDesk()
	const [chosen, choose] = useState<string | null>(null)
	const entries: Entry[] = [
		...[...works].sort((a, b) => (a.answered_at ?? 0) - (b.answered_at ?? 0)).map((work) => ({ key: work.segment, work, isWrapUp: false })),
		...workWrapUps.map((work) => ({ key: work.segment, work, isWrapUp: true })),
	]
	const selected = entries.find((e) => e.key === chosen) ?? entries[0]
	const isNew = useSeen(selected?.work.interaction, messages)
	if (!selected) return null
	const move = (event: KeyboardEvent): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
		const next = entries[entries.indexOf(selected) + step]
		if (!step || !next) return
		event.preventDefault()
		choose(next.key)
		document.getElementById(`work-${next.key}`)?.focus()
	}
	return (
		<div className={classes.works}>
			<div role="tablist" aria-orientation="vertical" aria-label={t('work.mine')} className={classes.list} onKeyDown={move}>
				{entries.map(({ key, work, isWrapUp }) => {
					const Icon = CHANNEL_ICON[work.channel]
					const isSelected = key === selected.key
					return (
						<UnstyledButton key={key} id={`work-${key}`} role="tab" aria-selected={isSelected} aria-controls="work-panel" tabIndex={isSelected ? 0 : -1} className={classes.entry} data-active={isSelected || undefined} onClick={() => choose(key)}>
							<Icon size={18} aria-hidden="true" />
							<span className={classes.label}>
								<bdi>{work.customer.name || work.customer.number}</bdi>
								<span className={classes.sub}>{isWrapUp ? t('state.wrap_up') : <bdi>{messages[work.interaction]?.at(-1)?.text ?? work.queue.name}</bdi>}</span>
							</span>
							{isNew(work.interaction) && (
								<span className={classes.news}>
									<span className={classes.hidden}>{t('work.new_message')}</span>
								</span>
							)}
						</UnstyledButton>
					)
				})}
			</div>
			<div id="work-panel" role="tabpanel" aria-labelledby={`work-${selected.key}`} className={classes.panel}>
				{selected.isWrapUp ? <WorkWrapUpCard key={selected.key} wrapUp={selected.work as WorkWrapUp} /> : <Conversation key={selected.key} work={selected.work as Work} />}
			</div>
		</div>
	)
}
