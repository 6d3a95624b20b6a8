/** Skills as text, checked by the server while one types: what is wrong and at which column stands under the field. */
import { Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, Problem } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import type { RuleIssues } from '../../../shared/rest'
import { columnOf, luaText } from './expressionText'
import classes from './Expression.module.css'

const SETTLE_MS = 400

interface Props {
	name: string
	label: string
	description?: string
	error?: string
	value: string
	onChange: (value: string | null) => void
}

/** The server checks expressions inside rules, too: there they are the word "skills". */
async function check(text: string): Promise<string | null> {
	try {
		const { issues } = await api.post<RuleIssues>('/business-rules/check', { text: `skills(${luaText(text)})` })
		return issues[0]?.message ?? null
	} catch (problem) {
		// What cannot be checked now is checked when it is saved.
		if (problem instanceof Problem) return null
		throw problem
	}
}

export function Expression({ name, label, description, error, value, onChange }: Props) {
	const { t, format } = useLocale()
	const [settled] = useDebouncedValue(value, SETTLE_MS)
	const { data } = useQuery({ queryKey: ['expression-check', settled], queryFn: () => check(settled), enabled: settled.trim() !== '', staleTime: Infinity })
	const [isShown, setShown] = useState(false)
	const issue = value === settled && data ? columnOf(data) : null
	const words = issue && (issue.column ? t('expression.at', { column: issue.column, message: issue.message }) : issue.message)
	return (
		<div>
			<Textarea
				name={name}
				label={label}
				description={description}
				error={error ?? words ?? undefined}
				classNames={{ input: classes.text }}
				dir="ltr"
				spellCheck={false}
				autosize
				minRows={1}
				maxRows={6}
				maxLength={500}
				value={value}
				onChange={(e) => onChange(e.currentTarget.value || null)}
			/>
			<button type="button" className={classes.more} aria-expanded={isShown} onClick={() => setShown(!isShown)}>
				{t('expression.how')}
			</button>
			{isShown && (
				<dl className={classes.how}>
					{EXAMPLES.map(([text, key]) => (
						<div key={key}>
							<dt>
								<code dir="ltr">{text}</code>
							</dt>
							<dd>{t(key, { five: format.number(5) })}</dd>
						</div>
					))}
				</dl>
			)}
		</div>
	)
}

const EXAMPLES = [
	['persian >= 5', 'expression.level'],
	['sales or support >= 3', 'expression.or'],
	['persian and not trainee', 'expression.not'],
	['sales prefer vip >= 7', 'expression.prefer'],
	['always english', 'expression.always'],
	['"after sales" and persian', 'expression.quoted'],
] as const
