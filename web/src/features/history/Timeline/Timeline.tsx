/** What happened to a contact, step by step, with the moment counted from its beginning. */
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { EventRow, InteractionDetail } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import classes from './Timeline.module.css'

/** Events of the machine room: true, but no part of the story. */
const HIDDEN = new Set(['agent.state_changed', 'agent.device_changed', 'config.changed'])

function text(value: unknown): string | null {
	return typeof value === 'string' && value ? value : null
}

function useDetail(): (event: EventRow) => string {
	const { tryKey, format } = useLocale()
	const may = useMay()
	const queues = useNames('queues')
	const flows = useNames('flows', may('read_config'))
	const agents = useNames('users', may('read_config'))
	const dispositions = useNames('dispositions')
	return ({ data = {}, type }) => {
		const known = (names: Map<string, string>, key: string): string | null => names.get(text(data[key]) ?? '') ?? null
		const words = (key: string): string | null => {
			const value = text(data[key])
			return value && (tryKey(`reason.${value}`) ?? value)
		}
		const node = text(data.node)
		const parts = [
			text(data.label) ?? (type === 'flow.stepped' ? node : null),
			text(data.digits) && format.digits(text(data.digits) ?? ''),
			type === 'segment.queued' || type === 'segment.overflowed' ? known(queues, 'queue') : null,
			known(agents, 'agent'),
			known(flows, 'flow'),
			known(dispositions, 'disposition'),
			type === 'segment.announced' && typeof data.position === 'number' ? format.number(data.position) : null,
			type === 'interaction.ended' || type.startsWith('offer') || type.endsWith('ended') || type.endsWith('overflowed') ? words('reason') : null,
			words('target_kind'),
			type === 'interaction.transferred' ? text(data.to) : null,
			text(data.notes),
		]
		return parts.filter(Boolean).join(' · ')
	}
}

export function Timeline({ contact }: { contact: InteractionDetail }) {
	const { tryKey, format } = useLocale()
	const detailOf = useDetail()
	const events = contact.events.filter((e) => !HIDDEN.has(e.type))
	return (
		<ol className={classes.line}>
			{events.map((event) => (
				<li key={event.seq} className={classes.event} data-kind={event.type.split('.')[0]}>
					<span className={`${classes.time} mz-num`}>{format.timeWithSeconds(event.at)}</span>
					<span className={classes.dot} />
					<span className={classes.what}>
						<strong>{tryKey(`event.${event.type}`) ?? event.type}</strong> <bdi className={classes.detail}>{detailOf(event)}</bdi>
					</span>
					<span className={`${classes.offset} mz-num`}>
						<bdi dir="ltr">+{format.duration(event.at - contact.started_at)}</bdi>
					</span>
				</li>
			))}
		</ol>
	)
}
