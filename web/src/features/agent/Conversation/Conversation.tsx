/** One contact without a telephone: what was written, a field to write, and what an agent may do with it. */
import { Button, Skeleton, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowForwardUp, IconCheck, IconSend } from '@tabler/icons-react'
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from 'react'
import { ask, useDesk } from '../../../shared/connection'
import { useLocale } from '../../../shared/i18n/locale'
import type { Work } from '../../../shared/protocol'
import { useSession } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Messages } from '../../../shared/ui/Messages/Messages'
import { Notes, useDraft } from '../Notes/Notes'
import { Transfer } from '../Transfer/Transfer'
import { useAct } from '../useAct'
import { WorkHead } from '../Works/WorkHead'
import classes from './Conversation.module.css'

const Attached = lazy(() => import('../Attached/Attached').then((m) => ({ default: m.Attached })))

const TEXT_MAX = 4000
const ASK_AGAIN_MS = 2000

/** Texts begun and not sent yet, by contact: choosing another one loses none. */
const begun = new Map<string, string>()

/** What the page does not have yet is asked for, again after a while: it may have been on its way to the disk. */
function useMessages(work: Work) {
	const { messages } = useDesk()
	const known = messages[work.interaction]
	const list = known ?? []
	const last = list.at(-1)?.number ?? 0
	const isIncomplete = !known || last < work.messages || (list[0] !== undefined && list.length < last - list[0].number + 1)
	useEffect(() => {
		if (!isIncomplete) return
		const load = (): void => void ask('work.messages', { interaction: work.interaction, before: 0 }).catch(() => undefined)
		if (!known) load()
		const timer = window.setInterval(load, ASK_AGAIN_MS)
		return () => window.clearInterval(timer)
	}, [isIncomplete, known === undefined, work.interaction])
	return list
}

function Writing({ work }: { work: Work }) {
	const { t } = useLocale()
	const { act, isBusy } = useAct()
	const { interaction } = work
	const [text, setText] = useState(begun.get(interaction) ?? '')
	const change = (next: string): void => {
		begun.set(interaction, next)
		setText(next)
	}
	const isTooLong = new TextEncoder().encode(text).length > TEXT_MAX
	const send = (): void => {
		if (!text.trim() || isBusy || isTooLong) return
		void act(() => ask('work.write', { interaction, text })).then((isDone) => isDone && change(''))
	}
	const onKeyDown = (event: KeyboardEvent): void => {
		// Enter of an input method chooses a word: it must not send.
		if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
		event.preventDefault()
		send()
	}
	return (
		<div className={classes.write}>
			<Textarea
				className={classes.field}
				aria-label={t('work.write')}
				placeholder={t('work.write_hint')}
				autosize
				minRows={2}
				maxRows={8}
				dir={text ? 'auto' : undefined}
				value={text}
				error={isTooLong ? t('work.too_long') : undefined}
				onChange={(e) => change(e.currentTarget.value)}
				onKeyDown={onKeyDown}
			/>
			<Button size="md" leftSection={<IconSend size={18} className="mz-mirror" />} loading={isBusy} disabled={!text.trim() || isTooLong} onClick={send}>
				{t('work.send')}
			</Button>
		</div>
	)
}

export function Conversation({ work }: { work: Work }) {
	const { t } = useLocale()
	const { user } = useSession()
	const { act, isBusy } = useAct()
	const [isTransfer, { open, close }] = useDisclosure(false)
	const [draft, changeDraft] = useDraft(work.interaction, work)
	const list = useMessages(work)
	const { interaction, customer } = work
	const first = list[0]?.number ?? 1
	const log = useRef<HTMLDivElement>(null)
	const newest = list.at(-1)?.number
	// A voicemail or fax is heard or read; nobody waits at its other end for a text.
	const isWritten = work.channel !== 'voicemail' && work.channel !== 'fax'
	useEffect(() => {
		if (log.current) log.current.scrollTop = log.current.scrollHeight
	}, [newest])
	return (
		<div className={classes.grid}>
			<section className={classes.main} aria-label={t('work.conversation', { name: customer.name || customer.number })}>
				<div className={classes.top}>
					<WorkHead work={work} />
					<div className={classes.buttons}>
						<Button variant="default" leftSection={<IconArrowForwardUp size={18} className="mz-mirror" />} onClick={open}>
							{t('call.transfer')}
						</Button>
						<Button variant="default" leftSection={<IconCheck size={18} />} loading={isBusy} onClick={() => void act(() => ask('work.end', { interaction }))}>
							{t('work.end')}
						</Button>
					</div>
				</div>
				{(work.recording || work.document) && (
					<Suspense fallback={<Skeleton height={120} />}>
						<Attached work={work} />
					</Suspense>
				)}
				{isWritten && (
					<div ref={log} className={classes.log} role="log" aria-label={t('work.messages')} tabIndex={0}>
						{first > 1 && (
							<Button variant="subtle" size="compact-sm" onClick={() => void act(() => ask('work.messages', { interaction, before: first }))}>
								{t('work.earlier')}
							</Button>
						)}
						<Messages list={list} name={customer.name || customer.number} me={user.id} />
					</div>
				)}
				{isWritten && <Writing work={work} />}
			</section>
			<Card title={t('wrap_up.notes_title')}>
				<Notes draft={draft} onChange={changeDraft} />
			</Card>
			{isTransfer && <Transfer interaction={interaction} aim="work" onClose={close} />}
		</div>
	)
}
