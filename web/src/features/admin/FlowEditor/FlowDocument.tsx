/** A flow as JSON with its outline and what is wrong with it, side by side. */
import { Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertCircle, IconAlertTriangle, IconArrowRight, IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { FlowIssue } from '../../../shared/rest'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import { type OutlineNode, outlineOf } from './outline'
import classes from './FlowDocument.module.css'

function useReferenceNames(): (kind: string, id: string) => string {
	const names: Record<string, Map<string, string>> = {
		queue: useNames('queues'),
		hours: useNames('hours'),
		flow: useNames('flows'),
		user: useNames('users'),
		prompt: useNames('prompts'),
	}
	return (kind, id) => names[kind]?.get(id) ?? id
}

function Node({ node, issues, nameOf }: { node: OutlineNode; issues: FlowIssue[]; nameOf: (kind: string, id: string) => string }) {
	const { t, tryKey, format } = useLocale()
	return (
		<li className={classes.node} data-off={!node.isReached || undefined}>
			<div className={classes.head}>
				<strong dir="ltr">{node.name}</strong>
				<span className={classes.type}>{tryKey(`flow.node.${node.type}`) ?? node.type}</span>
				{node.isStart && <Pill tone="good">{t('flow.start')}</Pill>}
				{!node.isReached && <Pill tone="wait">{t('flow.unreached')}</Pill>}
			</div>
			{node.references.map((r) => (
				<bdi key={r.kind + r.id} className={classes.reference}>
					{nameOf(r.kind, r.id)}
				</bdi>
			))}
			{node.text && (
				<p className={classes.text} dir="auto">
					“{node.text}”
				</p>
			)}
			{node.exits.map((exit, i) => (
				<div key={`${exit.name}-${i}`} className={classes.exit}>
					<span className={classes.way}>{format.digits(exit.name)}</span>
					{exit.label && <bdi>{exit.label}</bdi>}
					<IconArrowRight size={14} className="mz-mirror" />
					<span dir="ltr" data-unknown={!exit.isKnown || undefined}>
						{exit.to}
					</span>
				</div>
			))}
			{issues.map((issue, i) => (
				<Issue key={i} issue={issue} />
			))}
		</li>
	)
}

function Issue({ issue }: { issue: FlowIssue }) {
	const Icon = issue.is_warning ? IconAlertTriangle : IconAlertCircle
	return (
		<p className={classes.issue} data-warning={issue.is_warning || undefined}>
			<Icon size={16} />
			<span dir="auto">
				{issue.field && <code>{issue.field}: </code>}
				{issue.message}
			</span>
		</p>
	)
}

function useIssues(document: unknown) {
	const [settled] = useDebouncedValue(document, 500)
	return useQuery({
		queryKey: ['flow-check', settled],
		queryFn: () => api.post<{ issues: FlowIssue[] }>('/flows/check', { document: settled }),
		enabled: settled !== null && typeof settled === 'object',
		staleTime: Infinity,
	})
}

export function FlowDocument({ document, error, onChange }: { document: unknown; error?: string; onChange: (document: unknown) => void }) {
	const { t } = useLocale()
	const [text, setText] = useState(() => JSON.stringify(document, null, 2))
	const [broken, setBroken] = useState<string | null>(null)
	const outline = useMemo(() => outlineOf(document), [document])
	const { data, isFetching } = useIssues(document)
	const nameOf = useReferenceNames()
	const issues = data?.issues ?? []
	const names = new Set(outline.map((n) => n.name))
	const loose = issues.filter((i) => !names.has(i.node))
	const change = (next: string): void => {
		setText(next)
		try {
			onChange(JSON.parse(next))
			setBroken(null)
		} catch (problem) {
			// Handed on as it is, so that saving is refused instead of storing what was there before.
			onChange(next)
			setBroken(problem instanceof Error ? problem.message : '')
		}
	}
	return (
		<div className={classes.grid}>
			<Textarea
				label={t('flow.document')}
				error={broken !== null ? t('flow.not_json', { message: broken }) : error}
				classNames={{ input: classes.code }}
				spellCheck={false}
				dir="ltr"
				rows={28}
				value={text}
				onChange={(e) => change(e.currentTarget.value)}
			/>
			<div>
				<p className={classes.status} aria-live="polite">
					{isFetching ? t('flow.checking') : issues.length === 0 ? (
						<>
							<IconCircleCheck size={17} color="var(--mz-good)" /> {data && t('flow.valid')}
						</>
					) : (
						t('flow.issues', { count: issues.length })
					)}
				</p>
				{loose.map((issue, i) => (
					<Issue key={i} issue={issue} />
				))}
				<h3 className={classes.title}>{t('flow.outline')}</h3>
				<ol className={classes.outline} tabIndex={0} aria-label={t('flow.outline')}>
					{outline.map((node) => (
						<Node key={node.name} node={node} issues={issues.filter((i) => i.node === node.name)} nameOf={nameOf} />
					))}
				</ol>
			</div>
		</div>
	)
}
