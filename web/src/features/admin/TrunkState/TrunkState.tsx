/** What is known of a trunk now, its figures, and the buttons that test it. Asked for while the form is open. */
import { Button, Group, TextInput } from '@mantine/core'
import { IconPhoneCall, IconPlugConnected, IconPlugConnectedX, IconQuestionMark, IconRadar2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../shared/api/http'
import { useLocale } from '../../../shared/i18n/locale'
import { useComplain } from '../../../shared/problems'
import type { TrunkFigures, TrunkNow } from '../../../shared/rest'
import { Pill } from '../../../shared/ui/StateBadge/StateBadge'
import classes from './TrunkState.module.css'

const AGAIN_MS = 2000

function Health({ now }: { now: TrunkNow }) {
	const { t } = useLocale()
	if (now.is_up === null)
		return (
			<Pill tone="off">
				<IconQuestionMark size={14} /> {t('live.trunk_unchecked')}
			</Pill>
		)
	return (
		<Pill tone={now.is_up ? 'good' : 'bad'}>
			{now.is_up ? <IconPlugConnected size={14} /> : <IconPlugConnectedX size={14} />} {t(now.is_up ? 'live.trunk_up' : 'live.trunk_down')}
		</Pill>
	)
}

/** What a person reads about it, one line each; only what there is to say. */
function useLines(now: TrunkNow): string[] {
	const { t, format } = useLocale()
	const lines = [
		now.channels_max > 0 ? t('trunk.channels', { count: now.channels, max: now.channels_max }) : t('trunk.channels_unlimited', { count: now.channels }),
		t('trunk.rate', { count: now.calls_per_second }),
	]
	if (now.registration !== 'none') lines.push(t(`trunk.registration.${now.registration}`))
	if (now.reason) lines.push(now.reason)
	if (now.stepped_back_until) lines.push(t('trunk.back', { time: format.timeWithSeconds(now.stepped_back_until), reason: now.stepped_back_reason ?? '' }))
	const failure = now.last_failure
	if (failure) lines.push(t('trunk.failure', { time: format.moment(failure.at, Date.now()), code: failure.code, text: failure.text }))
	return lines
}

function Figures({ now }: { now: TrunkNow }) {
	const { t, format } = useLocale()
	const percent = (n: number | null): string => (n === null ? '–' : format.digits(`${n} %`))
	const whole = (n: number): string => format.digits(String(n))
	const rows: [string, (f: TrunkFigures) => string][] = [
		[t('trunk.attempts'), (f) => whole(f.attempts)],
		[t('trunk.answered'), (f) => whole(f.answered)],
		[t('trunk.failed'), (f) => whole(f.failed)],
		[t('trunk.blocked'), (f) => whole(f.blocked)],
		[t('trunk.asr'), (f) => percent(f.asr_pct)],
		[t('trunk.ner'), (f) => percent(f.ner_pct)],
		[t('trunk.acd'), (f) => format.duration(f.acd_ms)],
		[t('trunk.mos'), (f) => (f.mos === null ? '–' : format.digits(f.mos.toFixed(2)))],
		[t('trunk.incoming'), (f) => whole(f.incoming)],
	]
	return (
		<table className={classes.figures} aria-label={t('trunk.figures')}>
			<thead>
				<tr>
					<th scope="col">{t('trunk.figures')}</th>
					<th scope="col">{t('trunk.hour')}</th>
					<th scope="col">{t('trunk.day')}</th>
				</tr>
			</thead>
			<tbody>
				{rows.map(([name, of]) => (
					<tr key={name}>
						<th scope="row">{name}</th>
						<td>{of(now.hour)}</td>
						<td>{of(now.day)}</td>
					</tr>
				))}
			</tbody>
		</table>
	)
}

function Test({ id, now }: { id: string; now: TrunkNow }) {
	const { t, format } = useLocale()
	const complain = useComplain()
	const queries = useQueryClient()
	const [number, setNumber] = useState('')
	const last = now.test
	const isRunning = last?.is_running ?? false
	const begin = async (body: { kind: 'options' } | { kind: 'call'; number: string }): Promise<void> => {
		try {
			queries.setQueryData(['trunk-state', id], await api.post<TrunkNow>(`/trunks/${id}/test`, body))
		} catch (problem) {
			complain(problem)
		}
	}
	const seconds = last ? format.digits((last.took_ms / 1000).toFixed(1)) : ''
	return (
		<div className={classes.test}>
			<Group align="flex-end" gap="sm">
				<Button variant="default" leftSection={<IconRadar2 size={16} />} disabled={isRunning} onClick={() => void begin({ kind: 'options' })}>
					{t('trunk.test_options')}
				</Button>
				<TextInput label={t('trunk.test_number')} value={number} onChange={(event) => setNumber(event.currentTarget.value)} dir="ltr" />
				<Button variant="default" leftSection={<IconPhoneCall size={16} />} disabled={isRunning || number.trim() === ''} onClick={() => void begin({ kind: 'call', number: number.trim() })}>
					{t('trunk.test_call')}
				</Button>
			</Group>
			{last && (
				<p role="status" className={classes.outcome} data-ok={last.is_ok || undefined} data-wrong={(!isRunning && !last.is_ok) || undefined}>
					{t(`trunk.test.${last.outcome}`, { code: last.code, seconds })}
				</p>
			)}
		</div>
	)
}

export function TrunkState({ id, mayTest }: { id: string; mayTest: boolean }) {
	const { data: now } = useQuery({ queryKey: ['trunk-state', id], queryFn: () => api.get<TrunkNow>(`/trunks/${id}/state`), refetchInterval: AGAIN_MS, retry: false })
	return now ? <Now id={id} now={now} mayTest={mayTest} /> : null
}

function Now({ id, now, mayTest }: { id: string; now: TrunkNow; mayTest: boolean }) {
	const { t } = useLocale()
	return (
		<section className={classes.state} aria-label={t('trunk.now')}>
			<div className={classes.now}>
				<Health now={now} />
				<ul className={classes.lines}>
					{useLines(now).map((line) => (
						<li key={line}>
							<bdi>{line}</bdi>
						</li>
					))}
				</ul>
				{mayTest && <Test id={id} now={now} />}
			</div>
			<Figures now={now} />
		</section>
	)
}
