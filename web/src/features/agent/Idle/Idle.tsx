/** Nothing in hand: the state in large, what to do next, and the day so far. */
import { Button, Skeleton } from '@mantine/core'
import { IconHeadset, IconHistory, IconMicrophone } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { getPhone, takePhoneHere, usePhone, usePhoneTab } from '../../../phone/station'
import { api } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { useDesk, useNow } from '../../../shared/connection'
import { startOfDay } from '../../../shared/format'
import { useLocale } from '../../../shared/i18n/locale'
import type { Agent } from '../../../shared/protocol'
import type { InteractionRow, Page } from '../../../shared/rest'
import { useSession } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Empty } from '../../../shared/ui/Empty/Empty'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Figure } from '../../../shared/ui/Figure/Figure'
import { CallerName } from '../../../shared/ui/Person/Person'
import { STATE_ICON, STATE_TONE } from '../../../shared/ui/StateBadge/StateBadge'
import { becomeReady } from '../AgentBar/AgentBar'
import { PickList } from '../PickList/PickList'
import { useAct } from '../useAct'
import classes from './Idle.module.css'

const SHOWN = 8
const TODAY_MAX = 200

function Advice({ agent }: { agent: Agent }) {
	const { t } = useLocale()
	const phone = usePhone()
	const tab = usePhoneTab()
	const { act, isBusy } = useAct()
	const isBrowser = agent.device === 'browser'
	if (isBrowser && tab === 'elsewhere')
		return (
			<>
				<p className={classes.hint}>{t('headset.elsewhere_hint')}</p>
				<Button variant="light" onClick={takePhoneHere}>
					{t('headset.take')}
				</Button>
			</>
		)
	if (agent.presence === 'offline' || agent.presence === 'not_responding' || agent.presence === 'break')
		return (
			<>
				<p className={classes.hint}>{t(isBrowser && phone.microphone === 'unknown' ? 'idle.before_microphone' : `idle.${agent.presence}`)}</p>
				<Microphone />
				<Button size="lg" leftSection={<IconHeadset size={21} />} loading={isBusy} onClick={() => void act(() => becomeReady(agent))}>
					{t('presence.ready')}
				</Button>
			</>
		)
	return (
		<>
			{agent.state !== 'unreachable' && <p className={classes.hint}>{t('idle.ready')}</p>}
			{isBrowser && <Microphone />}
			{!isBrowser && !agent.is_device_reachable && <p className={classes.problem}>{t(agent.device === 'phone' ? `device_hint.${agent.device_reason ?? 'not_registered'}` : 'device.unreachable_hint')}</p>}
		</>
	)
}

function Microphone() {
	const { t } = useLocale()
	const { microphone } = usePhone()
	const { agent } = useDesk()
	if (agent?.device !== 'browser' || microphone === 'ready' || microphone === 'asking') return null
	if (microphone === 'unknown')
		return agent.presence === 'ready' ? (
			<Button variant="light" leftSection={<IconMicrophone size={18} />} onClick={() => void getPhone().openMicrophone()}>
				{t('headset.allow')}
			</Button>
		) : null
	return (
		<p className={classes.problem} role="alert">
			{t(`microphone.${microphone}`)}
		</p>
	)
}

function Hero({ agent }: { agent: Agent }) {
	const { t, format } = useLocale()
	const now = useNow()
	const { lastOfferEnd } = useDesk()
	const Icon = STATE_ICON[agent.state]
	return (
		<section className={classes.hero} data-tone={STATE_TONE[agent.state]}>
			<span className={classes.icon}>
				<Icon size={40} stroke={1.6} />
			</span>
			<h1 className={classes.state}>{t(`state.${agent.state}`)}</h1>
			<p className={`${classes.since} mz-num`}>{format.duration(now - agent.state_since)}</p>
			{lastOfferEnd && (
				<p className={classes.ended} role="status">
					{t(`offer_end.${lastOfferEnd.reason}`)}
				</p>
			)}
			<Advice agent={agent} />
		</section>
	)
}

function useToday() {
	const { user } = useSession()
	const from = startOfDay(Date.now())
	return useQuery({
		queryKey: ['interactions', 'mine', user.id, from],
		queryFn: ({ signal }) => api.get<Page<InteractionRow>>('/interactions', { agent: user.id, from_at: from, limit: TODAY_MAX }, signal),
	})
}

function average(rows: InteractionRow[], of: (row: InteractionRow) => number): number | null {
	return rows.length === 0 ? null : rows.reduce((sum, row) => sum + of(row), 0) / rows.length
}

function Day({ rows }: { rows: InteractionRow[] }) {
	const { t, format } = useLocale()
	const answered = rows.filter((r) => r.result === 'answered')
	return (
		<div className={classes.figures}>
			<Figure label={t('idle.answered')} value={format.number(answered.length)} />
			<Figure label={t('idle.talk')} value={format.duration(average(answered, (r) => (r.talk_ms ?? 0) + (r.hold_ms ?? 0)))} />
			<Figure label={t('idle.wrap_up')} value={format.duration(average(answered, (r) => r.acw_ms ?? 0))} />
		</div>
	)
}

function Recent({ rows }: { rows: InteractionRow[] }) {
	const { t, format } = useLocale()
	const dispositions = useNames('dispositions')
	if (rows.length === 0) return <Empty icon={<IconHistory size={26} />} title={t('idle.no_contacts')} hint={t('idle.no_contacts_hint')} isCompact />
	return (
		<ul className={classes.recent}>
			{rows.slice(0, SHOWN).map((row) => (
				<li key={row.id}>
					<Link to="/history/$id" params={{ id: row.id }} className={classes.row}>
						<span className="mz-num">{format.time(row.started_at)}</span>
						<span className={classes.name}>
							<CallerName name={row.name} number={row.from} />
						</span>
						<span className={classes.dim}>
							<bdi>{row.disposition ? dispositions.get(row.disposition) : ''}</bdi>
						</span>
						<span className={`${classes.dim} mz-num`}>{format.duration(row.talk_ms)}</span>
					</Link>
				</li>
			))}
		</ul>
	)
}

export function Idle({ agent }: { agent: Agent }) {
	const { t } = useLocale()
	const today = useToday()
	const rows = today.data?.items ?? []
	return (
		<div className={classes.grid}>
			<Hero agent={agent} />
			<div className={classes.column}>
				<PickList agent={agent} />
				<Card title={t('idle.today')} className={classes.day}>
					{today.isPending && <Skeleton height={180} />}
					{today.isError && <Failure error={today.error} onRetry={() => void today.refetch()} isCompact />}
					{today.data && (
						<>
							<Day rows={rows} />
							<Recent rows={rows} />
						</>
					)}
				</Card>
			</div>
		</div>
	)
}
