/** What rules said of a contact, in words. */
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { RuleResult } from '../../../shared/rest'
import classes from './Try.module.css'

type Asked = RuleResult['skills'][number]

/** Alternatives (the same any, not 0) stand together. */
export function groupAsked(asks: Asked[]): Asked[][] {
	const groups: Asked[][] = []
	for (const ask of asks) {
		const same = ask.any ? groups.find((g) => g[0]?.any === ask.any) : undefined
		if (same) same.push(ask)
		else groups.push([ask])
	}
	return groups
}

function Line({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>{children}</dd>
		</div>
	)
}

function Skills({ asks }: { asks: Asked[] }) {
	const { t, format } = useLocale()
	const names = useNames('skills')
	return groupAsked(asks).map((group, i) => (
		<Line key={i} label={t(`rules.ask.${group[0]?.kind ?? 'required'}`)}>
			{group.map((ask, k) => (
				<span key={ask.skill}>
					{k > 0 && ` ${t('rules.or')} `}
					<bdi>{names.get(ask.skill) ?? ask.skill}</bdi> <span className="mz-num">{format.number(ask.level)}</span>
				</span>
			))}
		</Line>
	))
}

/** True when the rules want nothing at all. */
function isSilent(r: RuleResult): boolean {
	return !r.queue && !r.priority && !r.head_start_s && !r.target_s && r.skills.length === 0 && r.excluded.length === 0 && !r.preferred_agent && !r.is_stopped
}

export function Outcome({ result }: { result: RuleResult }) {
	const { t, format } = useLocale()
	const queues = useNames('queues')
	const users = useNames('users')
	const person = (id: string): string => users.get(id) ?? id
	return (
		<div className={classes.outcome} data-testid="outcome">
			{isSilent(result) && <p className={classes.silent}>{t('rules.silent')}</p>}
			<dl className={classes.lines}>
				{result.queue && (
					<Line label={t('field.queue')}>
						<bdi>{queues.get(result.queue) ?? result.queue}</bdi>
					</Line>
				)}
				{result.priority !== 0 && (
					<Line label={t('field.priority')}>
						<bdi dir="ltr" className="mz-num">
							{result.priority > 0 && '+'}
							{format.number(result.priority)}
						</bdi>
					</Line>
				)}
				{result.head_start_s > 0 && <Line label={t('rules.head_start')}>{format.duration(result.head_start_s * 1000)}</Line>}
				{result.target_s > 0 && <Line label={t('rules.target')}>{format.duration(result.target_s * 1000)}</Line>}
				<Skills asks={result.skills} />
				{result.preferred_agent && (
					<Line label={t('rules.preferred')}>
						<bdi>{person(result.preferred_agent)}</bdi> · {t('rules.patience', { time: format.duration(result.patience_s * 1000) })}
					</Line>
				)}
				{result.excluded.length > 0 && (
					<Line label={t('rules.excluded')}>
						<bdi>{result.excluded.map(person).join(' · ')}</bdi>
					</Line>
				)}
				{result.is_stopped && <Line label={t('rules.stopped')}>{t('common.yes')}</Line>}
			</dl>
			{result.applied.map((rule, i) => (
				<p key={i} className={classes.applied}>
					<IconCheck size={15} aria-hidden="true" />
					<span>
						{rule.name && <bdi className={classes.rule}>{rule.name}</bdi>} <bdi>{rule.note || t('rules.applied')}</bdi>
					</span>
				</p>
			))}
			{result.failed.map((failure, i) => (
				<p key={i} className={classes.problem}>
					<IconAlertTriangle size={15} aria-hidden="true" />
					<span>
						{failure.name && <bdi className={classes.rule}>{failure.name}</bdi>} {failure.line > 0 && `${t('rules.line', { line: failure.line })}: `}
						<bdi>{failure.message}</bdi>
					</span>
				</p>
			))}
		</div>
	)
}
