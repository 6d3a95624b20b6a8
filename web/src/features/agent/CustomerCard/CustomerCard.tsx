/** Who is on the line: name, number, what they chose on the way, how long they waited, earlier contacts. */
import { IconCrown, IconHistory, IconNote, IconRoute } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { Contact } from '../../../shared/protocol'
import type { InteractionRow } from '../../../shared/rest'
import { Avatar, CallerName, PhoneNumber } from '../../../shared/ui/Person/Person'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './CustomerCard.module.css'

export function CustomerHead({ contact, size = 52 }: { contact: Contact; size?: number }) {
	const { t } = useLocale()
	const { customer } = contact
	return (
		<div className={classes.head}>
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
				<div className={classes.number}>{customer.name ? <PhoneNumber number={customer.number} /> : t('customer.unknown')}</div>
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
				<li key={`${choice.node}-${i}`}>
					{choice.digits && <span className={`${classes.digit} mz-num`}>{format.digits(choice.digits)}</span>}
					<bdi>{choice.label || choice.node}</bdi>
				</li>
			))}
		</ol>
	)
}

function Earlier({ row }: { row: InteractionRow }) {
	const { t, format } = useLocale()
	const queues = useNames('queues')
	const dispositions = useNames('dispositions')
	const detail = (row.disposition && dispositions.get(row.disposition)) || (row.queue && queues.get(row.queue)) || ''
	return (
		<li>
			<Link to="/history/$id" params={{ id: row.id }} className={classes.earlier}>
				<span>{format.dateTime(row.started_at)}</span>
				<bdi className={classes.topic}>{detail}</bdi>
				<span className={classes.dim}>{row.result ? t(`result.${row.result}`) : ''}</span>
			</Link>
		</li>
	)
}

export function CustomerFacts({ contact }: { contact: Contact }) {
	const { t } = useLocale()
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
				{contact.history.length === 0 ? (
					<p className={classes.none}>{t('customer.first_contact')}</p>
				) : (
					<ul className={classes.list}>
						{contact.history.map((row) => (
							<Earlier key={row.id} row={row} />
						))}
					</ul>
				)}
			</div>
		</div>
	)
}
