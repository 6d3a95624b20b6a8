/** What happened to a contact, step by step, with the moment counted from its beginning. */
import { useState } from 'react'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { EventRow, InteractionDetail } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { type Asked, Why } from '../Why/Why'
import classes from './Timeline.module.css'

/** Events of the machine room: true, but no part of the story. */
const HIDDEN = new Set(['agent.state_changed', 'agent.device_changed', 'config.changed'])

function text(value: unknown): string | null {
	return typeof value === 'string' && value ? value : null
}

/** The rules that applied, with what they noted. */
export function rulesApplied(json: unknown): { name: string; note: string | null }[] {
	try {
		const list: unknown = JSON.parse(String(json))
		if (!Array.isArray(list)) return []
		return list.map((rule: Record<string, unknown>) => ({ name: text(rule.name) ?? '', note: text(rule.note) }))
	} catch {
		// Cut off by the limit of an event's text.
		return []
	}
}

function useRules(): (event: EventRow) => string {
	return ({ data = {} }) =>
		rulesApplied(data.rules)
			.map(({ name, note }) => (note ? `${name} (${note})` : name))
			.join(' · ')
}

function useDetail(): (event: EventRow) => string {
	const { tryKey, format } = useLocale()
	const may = useMay()
	const queues = useNames('queues')
	const flows = useNames('flows', may('read_config'))
	const agents = useNames('users', may('read_config'))
	const dispositions = useNames('dispositions')
	const rulesOf = useRules()
	return (event) => {
		const { data = {}, type } = event
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
			type === 'segment.assigned' ? known(agents, 'by') : null,
			type === 'segment.near_target' && typeof data.left_ms === 'number' ? format.duration(data.left_ms) : null,
			type === 'rule.applied' ? rulesOf(event) : null,
			type === 'rule.failed' ? [text(data.rule_name), text(data.message)].filter(Boolean).join(': ') : null,
		]
		return parts.filter(Boolean).join(' · ')
	}
}

/** The number routing explains an offer by. */
function decisionOf({ type, data = {} }: EventRow): number | null {
	return type === 'offer.made' && typeof data.decision === 'number' && data.decision > 0 ? data.decision : null
}

function AskWhy({ onAsk }: { onAsk: () => void }) {
	const { t } = useLocale()
	return (
		<button type="button" className={classes.why} onClick={onAsk}>
			{t('why.title')}
		</button>
	)
}

export function Timeline({ contact }: { contact: InteractionDetail }) {
	const { tryKey, format } = useLocale()
	const detailOf = useDetail()
	const may = useMay()
	const mayAsk = may('see_history') || may('see_live')
	const [asked, setAsked] = useState<Asked | null>(null)
	const events = contact.events.filter((e) => !HIDDEN.has(e.type))
	return (
		<>
			<ol className={classes.line}>
				{events.map((event) => (
					<li key={event.seq} className={classes.event} data-kind={event.type.split('.')[0]}>
						<span className={`${classes.time} mz-num`}>{format.timeWithSeconds(event.at)}</span>
						<span className={classes.dot} />
						<span className={classes.what}>
							<strong>{tryKey(`event.${event.type}`) ?? event.type}</strong> <bdi className={classes.detail}>{detailOf(event)}</bdi>
							{mayAsk && decisionOf(event) !== null && <AskWhy onAsk={() => setAsked({ interaction: contact.id, segment: text(event.data?.segment) ?? '', decision: decisionOf(event) ?? 0 })} />}
						</span>
						<span className={`${classes.offset} mz-num`}>
							<bdi dir="ltr">+{format.duration(event.at - contact.started_at)}</bdi>
						</span>
					</li>
				))}
			</ol>
			{asked && <Why asked={asked} onClose={() => setAsked(null)} />}
		</>
	)
}
