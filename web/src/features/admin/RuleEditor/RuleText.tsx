/** A rule's text: examples to start from, checked while one types, tried on a made-up contact. */
import { Button, Menu } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertCircle, IconChevronDown, IconCircleCheck, IconFileText } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useId, useMemo } from 'react'
import { api } from '../../../shared/api/http'
import { labelOf, useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { RuleIssue, RuleIssues } from '../../../shared/rest'
import { CodeArea, goToLine } from './CodeArea'
import { EXAMPLES, type Names } from './examples'
import classes from './RuleText.module.css'
import { Try } from './Try'

const SETTLE_MS = 450

function useIssues(text: string) {
	const [settled] = useDebouncedValue(text, SETTLE_MS)
	const query = useQuery({
		queryKey: ['rule-check', settled],
		queryFn: () => api.post<RuleIssues>('/business-rules/check', { text: settled }),
		enabled: settled.trim() !== '',
		staleTime: 60_000,
	})
	const isChecking = query.isFetching || (text !== settled && text.trim() !== '')
	return { issues: text === settled ? (query.data?.issues ?? []) : [], isChecking, isChecked: query.data !== undefined && text === settled, isFailed: query.isError }
}

function useHouseNames(): Names {
	const queues = useRows('queues')
	const skills = useRows('skills')
	const [queue] = queues.data ?? []
	const [skill] = skills.data ?? []
	return { queue: queue ? labelOf(queue) : 'queue', skill: skill ? labelOf(skill) : 'skill' }
}

function Examples({ onInsert }: { onInsert: (text: string) => void }) {
	const { t } = useLocale()
	const names = useHouseNames()
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<Button variant="default" size="compact-sm" leftSection={<IconFileText size={16} />} rightSection={<IconChevronDown size={14} />}>
					{t('rules.examples')}
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{EXAMPLES.map((example) => (
					<Menu.Item key={example.key} onClick={() => onInsert(example.text(names))}>
						{t(example.key)}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	)
}

function Issue({ issue, onGo }: { issue: RuleIssue; onGo: (line: number) => void }) {
	const { t } = useLocale()
	return (
		<li className={classes.issue}>
			<IconAlertCircle size={16} aria-hidden="true" />
			{issue.line > 0 && (
				<button type="button" className={classes.line} onClick={() => onGo(issue.line)}>
					{t('rules.line', { line: issue.line })}
				</button>
			)}
			<span dir="auto">{issue.message}</span>
		</li>
	)
}

interface Props {
	label: string
	name: string
	text: string
	error?: string
	onChange: (text: string) => void
}

export function RuleText({ label, name, text, error, onChange }: Props) {
	const { t } = useLocale()
	const id = useId()
	const { issues, isChecking, isChecked, isFailed } = useIssues(text)
	const wrong = useMemo(() => new Set(issues.map((i) => i.line)), [issues])
	const insert = (example: string): void => onChange(text.trim() ? `${text.replace(/\s*$/, '')}\n\n${example}` : example)
	const status = isChecking ? t('flow.checking') : isFailed ? t('rules.not_checked') : issues.length > 0 ? t('flow.issues', { count: issues.length }) : isChecked && text.trim() ? t('rules.valid') : t('rules.start')
	return (
		<div className={classes.grid}>
			<div className={classes.editor}>
				<div className={classes.head}>
					<label htmlFor={id} className={classes.label}>
						{label}
					</label>
					<Examples onInsert={insert} />
				</div>
				<CodeArea id={id} name={name} label={label} describedBy={`${id}-status`} text={text} wrong={wrong} onChange={onChange} />
				<div id={`${id}-status`} aria-live="polite">
					<p className={classes.status}>
						{!isChecking && isChecked && issues.length === 0 && text.trim() && <IconCircleCheck size={17} color="var(--mz-good)" aria-hidden="true" />}
						{status}
					</p>
					<ul className={classes.issues}>
						{issues.map((issue, i) => (
							<Issue key={i} issue={issue} onGo={(line) => goToLine(document.getElementById(id) as HTMLTextAreaElement | null, line)} />
						))}
					</ul>
					{error && issues.length === 0 && <p className={classes.error}>{error}</p>}
				</div>
				<details className={classes.help}>
					<summary>{t('rules.words')}</summary>
					<dl>
						{WORDS.map(([word, key]) => (
							<div key={word}>
								<dt>
									<code dir="ltr">{word}</code>
								</dt>
								<dd>{t(key)}</dd>
							</div>
						))}
					</dl>
				</details>
			</div>
			<Try text={text} />
		</div>
	)
}

const WORDS = [
	['queue "name"', 'rules.word.queue'],
	['priority(10)', 'rules.word.priority'],
	['head_start(60)', 'rules.word.head_start'],
	['target(10)', 'rules.word.target'],
	['require("skill", 5)', 'rules.word.require'],
	['always("skill", 5)', 'rules.word.always'],
	['prefer("skill", 5)', 'rules.word.prefer'],
	['never("skill", 5)', 'rules.word.never'],
	['any_of{"a", b = 3}', 'rules.word.any_of'],
	['skills "a and b >= 3"', 'rules.word.skills'],
	['exclude("last_agent")', 'rules.word.exclude'],
	['prefer_agent("last_agent", 20)', 'rules.word.prefer_agent'],
	['note("why")', 'rules.word.note'],
	['stop()', 'rules.word.stop'],
	['caller.number, .name', 'rules.fact.caller'],
	['customer.is_vip, .value, .language …', 'rules.fact.customer'],
	['contact.called, .variables, .chosen', 'rules.fact.contact'],
	['queue.name, .waiting, .estimate_s', 'rules.fact.queue'],
	['history.contacts_7_days, .since_last_s …', 'rules.fact.history'],
	['time.hour, .weekday, .date', 'rules.fact.time'],
] as const
