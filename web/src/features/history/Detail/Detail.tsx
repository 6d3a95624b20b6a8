/** One contact: at a glance, its recording, its segments, and everything that happened in order. */
import { Button, Skeleton } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { DialNumber } from '../../../phone/DialNumber/DialNumber'
import { api } from '../../../shared/api/http'
import { useNames } from '../../../shared/api/queries'
import { useLocale } from '../../../shared/i18n/locale'
import type { InteractionDetail, SegmentRow } from '../../../shared/rest'
import { useMay } from '../../../shared/session'
import { Card } from '../../../shared/ui/Card/Card'
import { Failure } from '../../../shared/ui/Failure/Failure'
import { Page } from '../../../shared/ui/Page/Page'
import { Messages } from '../../../shared/ui/Messages/Messages'
import { Keep, PersonActions } from '../../../shared/people/PersonActions/PersonActions'
import { PhoneNumber } from '../../../shared/ui/Person/Person'
import { Player } from '../../../shared/ui/Player/Player'
import { Deleted, KeptActions } from '../Kept/Kept'
import { People } from '../People/People'
import { Quality } from '../Quality/Quality'
import { ResultPill } from '../ResultPill'
import { Timeline } from '../Timeline/Timeline'
import classes from './Detail.module.css'

function Fact({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>{children}</dd>
		</div>
	)
}

function Facts({ contact }: { contact: InteractionDetail }) {
	const { t, tryKey, format } = useLocale()
	const chosen = contact.chosen.map((c) => c.label || c.node).join(' › ')
	return (
		<Card label={t('detail.facts')}>
			<dl className={classes.facts}>
				<Fact label={t('field.channel')}>{tryKey(`channel.${contact.channel ?? 'voice'}`)}</Fact>
				{contact.direction && <Fact label={t('detail.direction')}>{tryKey(`direction.${contact.direction}`) ?? contact.direction}</Fact>}
				<Fact label={t('detail.from')}>{contact.direction === 'outbound' ? <PhoneNumber number={contact.from} /> : <DialNumber number={contact.from} name={contact.name} />}</Fact>
				{contact.to && <Fact label={t('detail.number_called')}>{contact.direction === 'outbound' ? <DialNumber number={contact.to} name={contact.name} /> : <PhoneNumber number={contact.to} />}</Fact>}
				<Fact label={t('detail.started')}>{format.dateTime(contact.started_at)}</Fact>
				<Fact label={t('detail.duration')}>{format.duration(contact.duration_ms)}</Fact>
				<Fact label={t('history.wait')}>{format.duration(contact.wait_ms)}</Fact>
				<Fact label={t('history.talk')}>{format.duration(contact.talk_ms)}</Fact>
				<Fact label={t('detail.hold')}>{format.duration(contact.hold_ms)}</Fact>
				<Fact label={t('detail.acw')}>{format.duration(contact.acw_ms)}</Fact>
				{contact.reason && <Fact label={t('detail.reason')}>{tryKey(`reason.${contact.reason}`) ?? contact.reason}</Fact>}
				{chosen && (
					<Fact label={t('detail.chosen')}>
						<bdi>{chosen}</bdi>
					</Fact>
				)}
			</dl>
		</Card>
	)
}

function Segment({ segment }: { segment: SegmentRow }) {
	const { t, format } = useLocale()
	const may = useMay()
	const queues = useNames('queues')
	const agents = useNames('users', may('read_config'))
	const dispositions = useNames('dispositions')
	return (
		<li className={classes.segment}>
			<div className={classes.line}>
				<strong>
					<bdi>{segment.queue ? queues.get(segment.queue) : ''}</bdi>
				</strong>
				{segment.agent && agents.get(segment.agent) && <bdi>{agents.get(segment.agent)}</bdi>}
				{segment.disposition && <bdi className={classes.outcome}>{dispositions.get(segment.disposition)}</bdi>}
			</div>
			<div className={`${classes.numbers} mz-num`}>
				<span>
					{t('history.wait')} {format.duration(segment.wait_ms)}
				</span>
				<span>
					{t('history.talk')} {format.duration(segment.talk_ms)}
				</span>
				<span>
					{t('detail.hold')} {format.duration(segment.hold_ms)}
				</span>
				<span>
					{t('detail.acw')} {format.duration(segment.acw_ms)}
				</span>
			</div>
			{segment.notes && (
				<p className={classes.notes} dir="auto">
					{segment.notes}
				</p>
			)}
		</li>
	)
}

function Recordings({ contact }: { contact: InteractionDetail }) {
	const { t } = useLocale()
	const may = useMay()
	if (contact.recordings.length === 0) return contact.result === 'answered' ? <p className={classes.none}>{t('detail.no_recording')}</p> : null
	if (!may('listen') && !may('see_teams')) return null
	return contact.recordings.map((recording) => (
		<Card key={recording.id} title={t(recording.kind === 'voicemail' ? 'detail.voicemail' : 'detail.call')}>
			{recording.deleted_at ? (
				<Deleted recording={recording} />
			) : (
				<>
					<Player recording={recording} />
					<KeptActions recording={recording} />
				</>
			)}
		</Card>
	))
}

/** What may be done with the data of the person this contact was with. */
function Personal({ contact }: { contact: InteractionDetail }) {
	const { t } = useLocale()
	const may = useMay()
	const address = contact.direction === 'outbound' ? contact.to : contact.from
	if (!may('erase_people') && !contact.is_erased && !contact.is_kept) return null
	return (
		<Card title={t('person.title')}>
			{contact.is_erased && <p className={classes.none}>{t('person.erased_note')}</p>}
			{contact.is_kept && <p className={classes.none}>{t('person.kept_note')}</p>}
			<div className={classes.line}>
				<Keep interaction={contact.id} isKept={contact.is_kept} />
				{!contact.is_erased && address && <PersonActions address={address} />}
			</div>
		</Card>
	)
}

function Contact({ contact }: { contact: InteractionDetail }) {
	const { t } = useLocale()
	const hasSound = (contact.channel ?? 'voice') === 'voice' || contact.recordings.length > 0
	return (
		<div className={classes.grid}>
			<div className={classes.column}>
				{hasSound ? (
					<Recordings contact={contact} />
				) : (
					<Card title={t('work.messages')}>
						<Messages list={contact.messages} name={contact.name || contact.from} />
					</Card>
				)}
				{(contact.parties?.length ?? 0) > 0 && (
					<Card title={t('detail.parties')}>
						<People parties={contact.parties ?? []} endedAt={contact.ended_at} />
					</Card>
				)}
				{(contact.quality?.length ?? 0) > 0 && (
					<Card title={t('detail.quality')}>
						<Quality rows={contact.quality ?? []} />
					</Card>
				)}
				<Card title={t('detail.timeline')}>
					<Timeline contact={contact} />
				</Card>
			</div>
			<div className={classes.column}>
				<Facts contact={contact} />
				<Personal contact={contact} />
				{contact.segments.length > 0 && (
					<Card title={t('detail.segments')}>
						<ul className={classes.segments}>
							{contact.segments.map((segment) => (
								<Segment key={segment.id} segment={segment} />
							))}
						</ul>
					</Card>
				)}
			</div>
		</div>
	)
}

export function Detail() {
	const { t, format } = useLocale()
	const { id } = useParams({ from: '/history/$id' })
	const { data, error, isPending, refetch } = useQuery({
		queryKey: ['interactions', 'one', id],
		queryFn: ({ signal }) => api.get<InteractionDetail>(`/interactions/${id}`, undefined, signal),
	})
	const title = data ? (data.name || (data.from && `\u2066${format.digits(data.from)}\u2069`)) || t('caller.hidden') : t('common.loading')
	const back = (
		<Button variant="default" leftSection={<IconArrowLeft size={17} className="mz-mirror" />} renderRoot={(props) => <Link to="/history" {...props} />}>
			{t('history.to_list')}
		</Button>
	)
	return (
		<Page title={title} subtitle={data && <ResultPill result={data.result} isUnderWay={data.ended_at === null} />} actions={back} isWide>
			{isPending && <Skeleton height={420} radius={14} />}
			{error && <Failure error={error} onRetry={() => void refetch()} />}
			{data && <Contact contact={data} />}
		</Page>
	)
}
