/** Why this agent? Who was considered for one offer, in order, and what spoke for or against each. */
import { Drawer, Skeleton } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api, Problem } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { Candidate, Decision, Decisions } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Pill, type Tone } from '../../../shared/ui/StateBadge/StateBadge'
import { isCompared, scoreWords } from './score'
import classes from './Why.module.css'

export interface Asked {
	interaction: string
	segment: string
	decision: number
}

const VERDICT_TONE: Record<Candidate['verdict'], Tone> = {
	chosen: 'good', outranked: 'call', lacks_skill: 'wait', not_available: 'off', at_capacity: 'off', in_wrap_up: 'off', resting: 'wait', excluded: 'bad', not_reached: 'ring',
}

function useDecisions(interaction: string) {
	return useQuery({
		queryKey: ['decisions', interaction],
		queryFn: ({ signal }) => api.get<Decisions>(`/interactions/${interaction}/decisions`, undefined, signal),
	})
}

function Fact({ label, hint, children }: { label: string; hint?: string | null; children: ReactNode }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>
				<span>{children}</span>
				{hint && <span className={classes.hint}>{hint}</span>}
			</dd>
		</div>
	)
}

function Facts({ decision }: { decision: Decision }) {
	const { t, format } = useLocale()
	const queues = useNames('queues')
	const isByStrategy = decision.how === 'order' || decision.how === 'share'
	return (
		<dl className={classes.facts}>
			<Fact label={t('why.how')} hint={t(`why.how_hint.${decision.how}`)}>
				{t(`why.how.${decision.how}`)}
			</Fact>
			{isByStrategy && (
				<Fact label={t('why.strategy')} hint={t(`strategy_hint.${decision.strategy}`)}>
					{t(`strategy.${decision.strategy}`)}
				</Fact>
			)}
			<Fact label={t('field.queue')}>
				<bdi>{queues.get(decision.queue) ?? decision.queue}</bdi>
			</Fact>
			<Fact label={t('why.waited')}>
				<span className="mz-num">{format.duration(decision.waited_ms)}</span>
			</Fact>
			<Fact label={t('field.priority')}>
				<span className="mz-num">{format.number(decision.priority)}</span>
			</Fact>
			<Fact label={t('why.ring')}>
				<span className="mz-num">{decision.ring === 0 ? t('why.first_ring') : format.number(decision.ring + 1)}</span>
			</Fact>
			<Fact label={t('why.decided')}>
				<span className="mz-num">{format.timeWithSeconds(decision.at)}</span>
			</Fact>
			<Fact label={t('why.config')}>
				<span className="mz-num">{format.number(decision.config_version)}</span>
			</Fact>
		</dl>
	)
}

function Rules({ decision }: { decision: Decision }) {
	const { t } = useLocale()
	if (decision.rules.length === 0) return null
	return (
		<section>
			<h3 className={classes.title}>{t('resource.business-rules')}</h3>
			<ul className={classes.rules}>
				{decision.rules.map((rule, i) => (
					<li key={i}>
						<bdi className={classes.name}>{rule.name}</bdi> {rule.note && <bdi>{rule.note}</bdi>} <span className={classes.dim}>{t('why.version', { version: rule.version })}</span>
					</li>
				))}
			</ul>
		</section>
	)
}

function Row({ candidate, decision, place }: { candidate: Candidate; decision: Decision; place: number | null }) {
	const { t, format } = useLocale()
	const may = useMay()
	const users = useNames('users', may('read_config'))
	return (
		<tr data-chosen={candidate.verdict === 'chosen' || undefined}>
			<td className="mz-num">{place === null ? '' : format.number(place)}</td>
			<th scope="row">
				<bdi>{users.get(candidate.agent) ?? candidate.agent}</bdi>
			</th>
			<td>
				<Pill tone={VERDICT_TONE[candidate.verdict]}>{t(`verdict.${candidate.verdict}`)}</Pill>
			</td>
			<td className="mz-num">{candidate.level > 0 ? format.number(candidate.level) : '–'}</td>
			<td className="mz-num">{isCompared(candidate) ? format.number(candidate.unmet) : '–'}</td>
			<td className="mz-num">{scoreWords(decision.strategy, candidate, t, format)}</td>
			<td className="mz-num">{isCompared(candidate) ? format.duration(candidate.idle_ms) : '–'}</td>
		</tr>
	)
}

function Candidates({ decision }: { decision: Decision }) {
	const { t } = useLocale()
	const hidden = decision.n_considered - decision.candidates.length
	let place = 0
	return (
		<section>
			<h3 className={classes.title}>{t('why.considered', { count: decision.n_considered })}</h3>
			<div className={classes.scroll} tabIndex={0} role="group" aria-label={t('why.considered', { count: decision.n_considered })}>
				<table className={classes.table}>
					<thead>
						<tr>
							<td />
							<th scope="col">{t('field.agent')}</th>
							<th scope="col">{t('why.verdict')}</th>
							<th scope="col">{t('why.level')}</th>
							<th scope="col">{t('why.unmet')}</th>
							<th scope="col">{t('why.score')}</th>
							<th scope="col">{t('why.idle')}</th>
						</tr>
					</thead>
					<tbody>
						{decision.candidates.map((candidate) => (
							<Row key={candidate.agent} candidate={candidate} decision={decision} place={isCompared(candidate) ? ++place : null} />
						))}
					</tbody>
				</table>
			</div>
			{hidden > 0 && <p className={classes.dim}>{t('why.more', { count: hidden })}</p>}
			<p className={classes.dim}>{t('why.legend')}</p>
		</section>
	)
}

function NotKept() {
	const { t } = useLocale()
	return <Empty icon={<IconHelpCircle size={26} />} title={t('why.not_kept')} hint={t('why.not_kept_hint')} />
}

export function Why({ asked, onClose }: { asked: Asked; onClose: () => void }) {
	const { t } = useLocale()
	const { data, error, isPending, refetch } = useDecisions(asked.interaction)
	const decision = data?.decisions.find((d) => d.decision === asked.decision && d.segment === asked.segment)
	const isGone = error instanceof Problem && error.code === 'decision_not_kept'
	return (
		<Drawer opened onClose={onClose} size={760} position="right" title={t('why.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
			{isPending && <Skeleton height={300} radius={12} />}
			{error && !isGone && <Failure error={error} onRetry={() => void refetch()} />}
			{(isGone || (data && !decision)) && <NotKept />}
			{decision && (
				<div className={classes.why}>
					<Facts decision={decision} />
					<Rules decision={decision} />
					<Candidates decision={decision} />
				</div>
			)}
		</Drawer>
	)
}
