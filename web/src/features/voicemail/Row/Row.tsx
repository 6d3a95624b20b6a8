/** One message: who, when, how long; its sound below once opened, and what may be done with it. */
import { ActionIcon, Button, Menu, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowForwardUp, IconChevronDown, IconDots, IconMail, IconMailOpened, IconPhoneOutgoing, IconPlayerPlayFilled, IconTrash } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useCallNumber } from '../../../phone/DialNumber/DialNumber'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { VoicemailRow } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Confirm } from '../../../shared/ui/Confirm/Confirm'
import { CallerName, PhoneNumber } from '../../../shared/ui/Person/Person'
import { Player } from '../../../shared/ui/Player/Player'
import { Forward } from '../Forward/Forward'
import { folderOf, markHeard, removeMessage } from '../voicemails'
import classes from './Row.module.css'

interface Props {
	row: VoicemailRow
	/** Whose it is when it is not one's own: a ring group's, an extension's. */
	owner: string | null
	isOpen: boolean
	onToggle: () => void
	/** Something of it changed: the list is read anew. */
	onChanged: () => void
	/** It left the list. */
	onGone: () => void
}

function CallBack({ row, label }: { row: VoicemailRow; label: string }) {
	const { t } = useLocale()
	const dialling = useCallNumber({ number: row.from, name: row.name })
	if (!dialling) return null
	return (
		<Button className={classes.call} variant="default" size="compact-sm" disabled={dialling.isBusy} leftSection={<IconPhoneOutgoing size={17} aria-hidden="true" />} aria-label={t('voicemail.call_back_name', { name: label })} onClick={() => void dialling.call()}>
			{t('voicemail.call_back')}
		</Button>
	)
}

interface MoreProps {
	row: VoicemailRow
	label: string
	onMark: () => void
	onForward: () => void
	onDelete: () => void
}

function More({ row, label, onMark, onForward, onDelete }: MoreProps) {
	const { t } = useLocale()
	const may = useMay()
	const isNew = row.heard_at === null
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<ActionIcon variant="subtle" color="ink" size="lg" aria-label={t('voicemail.more', { name: label })}>
					<IconDots size={20} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{/* Whoever may not read the directory has nobody to choose. */}
				{(may('handle') || may('see_live')) && (
					<Menu.Item leftSection={<IconArrowForwardUp size={17} className="mz-mirror" />} onClick={onForward}>
						{t('voicemail.forward')}
					</Menu.Item>
				)}
				<Menu.Item leftSection={isNew ? <IconMailOpened size={17} /> : <IconMail size={17} />} onClick={onMark}>
					{t(isNew ? 'voicemail.mark_heard' : 'voicemail.mark_unheard')}
				</Menu.Item>
				<Menu.Item className={classes.delete} leftSection={<IconTrash size={17} />} onClick={onDelete}>
					{t('common.delete')}
				</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	)
}

function Head({ row, owner, isOpen, onToggle }: Pick<Props, 'row' | 'owner' | 'isOpen' | 'onToggle'>) {
	const { t, format } = useLocale()
	return (
		<UnstyledButton className={classes.head} aria-expanded={isOpen} onClick={onToggle}>
			<span className={classes.play}>{isOpen ? <IconChevronDown size={18} aria-hidden="true" /> : <IconPlayerPlayFilled size={18} aria-hidden="true" />}</span>
			<span className={classes.who}>
				<span className={classes.name}>
					<CallerName name={row.name} number={row.from} />
					{row.heard_at === null && <VisuallyHidden>{t('voicemail.new')}</VisuallyHidden>}
				</span>
				<span className={classes.facts}>
					{row.name && row.from && <PhoneNumber number={row.from} />}
					{owner && <span>{t('voicemail.for', { name: owner })}</span>}
				</span>
			</span>
			<span className={classes.times}>
				<span className="mz-num">{format.moment(row.left_at, Date.now())}</span>
				<span className="mz-num">{format.duration(row.duration_ms)}</span>
			</span>
		</UnstyledButton>
	)
}

export function Row({ row, owner, isOpen, onToggle, onChanged, onGone }: Props) {
	const { t, format } = useLocale()
	const complain = useComplain()
	const [asked, setAsked] = useState<'forward' | 'delete' | null>(null)
	const label = row.name || (row.from ? format.digits(row.from) : t('caller.hidden'))
	const isNew = row.heard_at === null
	const mark = (isHeard: boolean): void => void markHeard(row.id, isHeard).then(onChanged).catch(complain)
	// Once for each time it is opened: whoever marks it as new while it is open keeps it so.
	const isMarked = useRef(false)
	const onPlay = (): void => {
		if (isMarked.current) return
		isMarked.current = true
		if (isNew) mark(true)
	}
	const toggle = (): void => {
		isMarked.current = false
		onToggle()
	}
	return (
		<li className={classes.row} data-new={isNew || undefined} data-open={isOpen || undefined}>
			<div className={classes.line}>
				<Head row={row} owner={owner} isOpen={isOpen} onToggle={toggle} />
				<span className={classes.acts}>
					<CallBack row={row} label={label} />
					<More row={row} label={label} onMark={() => mark(isNew)} onForward={() => setAsked('forward')} onDelete={() => setAsked('delete')} />
				</span>
			</div>
			{isOpen && (
				<div className={classes.sound}>
					<Player recording={{ id: row.id, duration_ms: row.duration_ms }} folder={folderOf(row)} isAutomatic onPlay={onPlay} />
				</div>
			)}
			{asked === 'forward' && <Forward row={row} onDone={onGone} onClose={() => setAsked(null)} />}
			{asked === 'delete' && <Confirm title={t('voicemail.delete_title')} hint={t('voicemail.delete_hint')} action={t('common.delete')} onConfirm={() => removeMessage(row.id).then(onGone).catch(complain)} onClose={() => setAsked(null)} />}
		</li>
	)
}
