/** Who is on the line: name, number, what they chose on the way, how long they waited, earlier contacts. */
import { IconArrowForwardUp, IconCrown, IconHistory, IconMicrophone2, IconNote, IconPhone, IconPhoneX, IconRoute } from '@tabler/icons-react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { Link } from '@tanstack/react-router'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { Contact } from '../../../shared/protocol'
import type { InteractionRow, Result } from '../../../shared/rest'
import { useMay, useSession } from '../../../shared/session'
import { Avatar, CallerName } from '../../../shared/ui/Person/Person'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './CustomerCard.module.css'

export function CustomerHead({ contact, size = 52, isLarge }: { contact: Contact; size?: number; isLarge?: boolean }) {
	const { t } = useLocale()
	const { customer } = contact
	return (
		<div className={classes.head} data-large={isLarge || undefined}>
			<Avatar name={customer.name ?? '#'} size={size} />
			<div className={classes.who}>
				<div className={classes.name} data-testid="customer-name">
					<CallerName name={customer.name} number={customer.number} />
					{customer.is_vip && (
						<Pill tone="wait">
							<IconCrown size={14} /> {t('customer.vip')}
						</Pill>
					)}
				</div>
				<div className={classes.number}>
					{!customer.name && t('customer.unknown')} <DialNumber number={customer.number} name={customer.name} customer={customer.id} isBare={!customer.name} />
				</div>
			</div>
		</div>
	)
}

function Path({ contact }: { contact: Contact }) {
	const { t, format } = useLocale()
	if (contact.chosen.length === 0) return <p className={classes.none}>{t('customer.nothing_chosen')}</p>
	return (
		<ol className={classes.path}>
			{contact.chosen.map((choice, i) => (
				<li key={`${choice.node}-${i}`} className={classes.step}>
					{choice.digits && <span className={`${classes.digit} mz-num`}>{format.digits(choice.digits)}</span>}
					<bdi>{choice.label || choice.node}</bdi>
				</li>
			))}
		</ol>
	)
}

const RESULT_ICON: Partial<Record<Result, typeof IconPhone>> = {
	answered: IconPhone,
	abandoned: IconPhoneX,
	voicemail: IconMicrophone2,
	overflowed: IconArrowForwardUp,
	ended_in_flow: IconRoute,
}

/** One contact of before. An agent may open their own; those of colleagues are told, not opened. */
function Earlier({ row }: { row: InteractionRow }) {
	const { t, tryKey, format } = useLocale()
	const may = useMay()
	const { user } = useSession()
	const queues = useNames('queues')
	const dispositions = useNames('dispositions')
	const topic = (row.disposition && dispositions.get(row.disposition)) || (row.queue && queues.get(row.queue)) || ''
	const path = row.chosen.map((choice) => choice.label || choice.node).join(' › ')
	const Icon = (row.result && RESULT_ICON[row.result]) ?? IconPhone
	const body = (
		<>
			<span className={classes.mark} data-result={row.result ?? undefined}>
				<Icon size={16} />
			</span>
			<span className={classes.what}>
				<span className={classes.topic}>
					<bdi>{topic || (row.result ? (tryKey(`result.${row.result}`) ?? row.result) : '')}</bdi>
				</span>
				{path && (
					<bdi className={classes.dim}>{path}</bdi>
				)}
			</span>
			<span className={classes.when}>
				<span>{format.moment(row.started_at, Date.now())}</span>
				<span className={classes.dim}>
					{row.ended_at === null ? t('history.under_way') : row.result ? (tryKey(`result.${row.result}`) ?? row.result) : ''}
					{row.talk_ms > 0 && <span className="mz-num"> · {format.duration(row.talk_ms)}</span>}
				</span>
			</span>
		</>
	)
	const mayOpen = row.agent === user.id || may('see_history')
	return (
		<li>
			{mayOpen ? (
				<Link to="/history/$id" params={{ id: row.id }} className={classes.earlier}>
					{body}
				</Link>
			) : (
				<div className={classes.earlier}>{body}</div>
			)}
		</li>
	)
}

export function CustomerFacts({ contact }: { contact: Contact }) {
	const { t } = useLocale()
	const history = contact.history.filter((row) => row.id !== contact.interaction)
	return (
		<div className={classes.facts}>
			{contact.customer.notes && (
				<div>
					<h3 className={classes.title}>
						<IconNote size={16} /> {t('customer.notes')}
					</h3>
					<p className={classes.notes} dir="auto">
						{contact.customer.notes}
					</p>
				</div>
			)}
			<div>
				<h3 className={classes.title}>
					<IconRoute size={16} className="mz-mirror" /> {t('customer.path')}
				</h3>
				<Path contact={contact} />
			</div>
			<div>
				<h3 className={classes.title}>
					<IconHistory size={16} /> {t('customer.earlier')}
				</h3>
				{history.length === 0 ? (
					<p className={classes.none}>{t('customer.first_contact')}</p>
				) : (
					<ul className={classes.list}>
						{history.map((row) => (
							<Earlier key={row.id} row={row} />
						))}
					</ul>
				)}
			</div>
		</div>
	)
}
