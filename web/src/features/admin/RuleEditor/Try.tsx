/** What the rule, or all saved ones, would do with a made-up contact. */
import { Button, NumberInput, SegmentedControl, Select, Switch, Textarea, TextInput } from '@mantine/core'
import { IconPlayerPlayFilled } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { api, Problem } from '../../../shared/api/http'
import { labelOf, useRows } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import { useProblemText } from '../../../shared/problems'
import type { RuleResult } from '../../../shared/rest'
import { factOf, type Facts, readFacts, SAMPLES, WEEKDAYS, withFact } from './facts'
import { Outcome } from './Outcome'
import classes from './Try.module.css'

interface FieldsProps {
	facts: Facts
	onChange: (facts: Facts) => void
}

function FactFields({ facts, onChange }: FieldsProps) {
	const { t, tryKey } = useLocale()
	const { data: queues = [] } = useRows('queues')
	const { data: users = [] } = useRows('users')
	const set = (group: string, field: string) => (value: unknown) => onChange(withFact(facts, group, field, value))
	const text = (group: string, field: string): string => String(factOf(facts, group, field) ?? '')
	const number = (group: string, field: string): number | '' => {
		const value = factOf(facts, group, field)
		return typeof value === 'number' ? value : ''
	}
	const numberField = (group: string, field: string, label: string, max?: number) => (
		<NumberInput size="sm" label={label} hideControls allowDecimal={false} min={0} max={max} value={number(group, field)} onChange={(n) => set(group, field)(n === '' ? null : Number(n))} />
	)
	return (
		<div className={classes.fields}>
			<Select
				size="sm"
				label={t('field.queue')}
				data={queues.map((q) => ({ value: labelOf(q), label: labelOf(q) }))}
				searchable
				placeholder={t('common.none')}
				value={text('queue', 'name') || null}
				onChange={(name) => onChange({ ...facts, queue: { id: queues.find((q) => labelOf(q) === name)?.id ?? null, name, waiting: 0, estimate_s: -1 } })}
			/>
			<TextInput size="sm" label={t('rules.try.number')} dir="ltr" value={text('caller', 'number')} onChange={(e) => set('caller', 'number')(e.currentTarget.value)} />
			<Switch className={classes.wide} label={t('rules.try.known')} checked={facts.customer !== null && facts.customer !== undefined} onChange={(e) => onChange(e.currentTarget.checked ? withFact(facts, 'customer', 'is_vip', false) : { ...facts, customer: null })} />
			{facts.customer && (
				<>
					<Switch className={classes.switch} label={t('field.is_vip')} checked={factOf(facts, 'customer', 'is_vip') === true} onChange={(e) => set('customer', 'is_vip')(e.currentTarget.checked)} />
					{numberField('customer', 'value', t('field.value'), 100)}
					<Select size="sm" label={t('field.language')} data={['fa', 'ar', 'zh', 'en'].map((l) => ({ value: l, label: t(`language.${l}` as 'language.fa') }))} value={text('customer', 'language') || null} onChange={set('customer', 'language')} />
				</>
			)}
			{numberField('history', 'contacts_7_days', t('rules.try.contacts'))}
			{numberField('history', 'since_last_s', t('rules.try.since'))}
			<Select size="sm" label={t('rules.try.last_agent')} data={users.map((u) => ({ value: String(u.login), label: labelOf(u) }))} searchable limit={50} clearable clearButtonProps={{ 'aria-label': t('common.clear') }} placeholder={t('common.none')} value={text('history', 'last_agent') || null} onChange={set('history', 'last_agent')} />
			{numberField('time', 'hour', t('rules.try.hour'), 23)}
			<Select size="sm" label={t('rules.try.weekday')} allowDeselect={false} data={WEEKDAYS.map((d) => ({ value: d, label: tryKey(`weekday.${d}`) ?? d }))} value={text('time', 'weekday') || null} onChange={set('time', 'weekday')} />
		</div>
	)
}

function useRun() {
	const words = useProblemText()
	const [result, setResult] = useState<RuleResult | null>(null)
	const [problem, setProblem] = useState<string | null>(null)
	const [isBusy, setBusy] = useState(false)
	const run = async (text: string | null, facts: Facts): Promise<void> => {
		setBusy(true)
		setProblem(null)
		try {
			setResult(await api.post<RuleResult>('/business-rules/try', { text, facts }))
		} catch (error) {
			setResult(null)
			setProblem((error instanceof Problem && error.errors[0]?.message) || words(error))
		} finally {
			setBusy(false)
		}
	}
	return { result, problem, isBusy, run }
}

export function Try({ text }: { text: string }) {
	const { t } = useLocale()
	const [facts, setFacts] = useState<Facts>(SAMPLES[0]?.facts ?? {})
	const [json, setJson] = useState<string | null>(null)
	const [which, setWhich] = useState('this')
	const { result, problem, isBusy, run } = useRun()
	const seen = useRef<HTMLDivElement>(null)
	useEffect(() => {
		if (result || problem) seen.current?.scrollIntoView({ block: 'nearest' })
	}, [result, problem])
	const read = json === null ? { facts } : readFacts(json)
	const start = (): void => void ('facts' in read && run(which === 'this' ? text : null, read.facts))
	const toggle = (view: string): void => {
		if (view === 'json') return setJson(JSON.stringify(facts, null, 2))
		if ('facts' in read) setFacts(read.facts)
		setJson(null)
	}
	return (
		<section className={classes.panel} aria-label={t('rules.try.title')}>
			<h3 className={classes.title}>{t('rules.try.title')}</h3>
			<div className={classes.head}>
				<Select size="sm" className={classes.grow} aria-label={t('rules.try.sample')} placeholder={t('rules.try.sample')} data={SAMPLES.map((s) => ({ value: s.key, label: t(s.key) }))} onChange={(key) => {
					const sample = SAMPLES.find((s) => s.key === key)
					if (!sample) return
					setFacts(sample.facts)
					if (json !== null) setJson(JSON.stringify(sample.facts, null, 2))
				}} />
				<SegmentedControl size="sm" aria-label={t('rules.try.facts_as')} value={json === null ? 'form' : 'json'} onChange={toggle} data={[{ value: 'form', label: t('rules.try.form') }, { value: 'json', label: 'JSON' }]} />
			</div>
			{json === null ? (
				<FactFields facts={facts} onChange={setFacts} />
			) : (
				<Textarea aria-label={t('rules.try.facts')} dir="ltr" classNames={{ input: classes.json }} rows={12} spellCheck={false} value={json} error={'problem' in read ? t('flow.not_json', { message: read.problem }) : undefined} onChange={(e) => setJson(e.currentTarget.value)} />
			)}
			<div className={classes.foot}>
				<SegmentedControl size="sm" aria-label={t('rules.try.which')} value={which} onChange={setWhich} data={[{ value: 'this', label: t('rules.try.this') }, { value: 'all', label: t('rules.try.all') }]} />
				<Button size="sm" variant="light" leftSection={<IconPlayerPlayFilled size={15} />} loading={isBusy} disabled={'problem' in read || (which === 'this' && !text.trim())} onClick={start}>
					{t('rules.try.run')}
				</Button>
			</div>
			<div ref={seen} className={classes.seen} aria-live="polite">
				{problem && <p className={classes.problem}>{problem}</p>}
				{result && <Outcome result={result} />}
			</div>
		</section>
	)
}
