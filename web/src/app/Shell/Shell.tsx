/** The frame: rail with the rooms this person may enter, top line with presence and person, the room itself. */
import { UnstyledButton } from '@mantine/core'
import { IconActivityHeartbeat, IconAdjustmentsHorizontal, IconHeadset, IconHistory, IconRecordMail } from '@tabler/icons-react'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { useLocale } from '../../shared/i18n/locale'
import type { Permission } from '../../shared/rest'
import { useDesk } from '../../shared/connection'
import { useRows } from '../../shared/api/queries'
import { useMay, useSession } from '../../shared/session'
import { startStation } from '../../phone/station'
import { startSupervising } from '../../phone/supervising'
import { Mark } from '../../shared/ui/Logo/Logo'
import { AlarmBanner } from '../AlarmBanner/AlarmBanner'
import { ConnectionBanner } from '../ConnectionBanner/ConnectionBanner'
import { UserMenu } from '../UserMenu'
import { hasMailbox, Unheard } from './Unheard'
import classes from './Shell.module.css'

const AgentBar = lazy(() => import('../../features/agent/AgentBar/AgentBar').then((m) => ({ default: m.AgentBar })))
const SupervisePanel = lazy(() => import('../../features/supervise/Panel/Panel').then((m) => ({ default: m.SupervisePanel })))
const OfferBar = lazy(() => import('../../features/agent/OfferBar/OfferBar').then((m) => ({ default: m.OfferBar })))

const ROOMS = [
	{ to: '/desk', key: 'nav.desk', icon: IconHeadset, permissions: ['handle'] },
	{ to: '/live', key: 'nav.live', icon: IconActivityHeartbeat, permissions: ['see_live'] },
	{ to: '/history', key: 'nav.history', icon: IconHistory, permissions: ['handle', 'see_history', 'see_teams'] },
	{ to: '/voicemail', key: 'nav.voicemail', icon: IconRecordMail, permissions: [] },
	{ to: '/admin', key: 'nav.admin', icon: IconAdjustmentsHorizontal, permissions: ['change_config', 'change_users'] },
] as const

function Rail() {
	const { t } = useLocale()
	const may = useMay()
	const { pathname } = useLocation()
	const { calls, voicemail } = useDesk()
	// Whoever took a call over has a desk as long as it lasts.
	const isOpen = { '/desk': calls.length > 0, '/voicemail': hasMailbox(voicemail, may('handle')), '/live': false, '/history': false, '/admin': false }
	const rooms = ROOMS.filter((room) => room.permissions.some((p: Permission) => may(p)) || isOpen[room.to])
	return (
		<nav className={classes.rail} aria-label={t('nav.label')}>
			<Link to="/" className={classes.home} aria-label="Markaz">
				<Mark size={36} />
			</Link>
			{rooms.map((room) => (
				<UnstyledButton
					key={room.to}
					renderRoot={(props) => <Link to={room.to} {...props} />}
					className={classes.room}
					data-active={pathname.startsWith(room.to) || undefined}
					aria-current={pathname.startsWith(room.to) ? 'page' : undefined}
				>
					<room.icon size={23} stroke={1.7} />
					<span>{t(room.key)}</span>
					{room.to === '/voicemail' && <Unheard count={voicemail?.unheard ?? 0} />}
				</UnstyledButton>
			))}
		</nav>
	)
}

/** Whose centre this is; agents have their presence in this place. */
function House() {
	const { data } = useRows('settings')
	const name = data?.[0]?.organisation
	return <bdi className={classes.house}>{typeof name === 'string' ? name : ''}</bdi>
}

export function Shell() {
	const { t } = useLocale()
	const may = useMay()
	const { user } = useSession()
	const { pathname } = useLocation()
	const isAgent = may('handle')
	const isSupervisor = may('supervise')
	// Who takes a call over has it in this page, agent or not.
	const hasPhone = isAgent || isSupervisor
	useEffect(() => (hasPhone ? startStation(user.id) : undefined), [hasPhone, user.id])
	useEffect(() => (isSupervisor ? startSupervising() : undefined), [isSupervisor])
	return (
		<div className={classes.shell}>
			<a className={classes.skip} href="#content">
				{t('nav.skip')}
			</a>
			<Rail />
			<div className={classes.body}>
				<header className={classes.top}>
					<Suspense fallback={<div />}>{isAgent ? <AgentBar /> : <House />}</Suspense>
					<UserMenu />
				</header>
				<ConnectionBanner />
				<AlarmBanner />
				<main id="content" className={classes.content} tabIndex={-1}>
					<Outlet />
				</main>
				{hasPhone && pathname !== '/desk' && (
					<Suspense fallback={null}>
						<OfferBar />
					</Suspense>
				)}
			</div>
			{isSupervisor && (
				<Suspense fallback={null}>
					<SupervisePanel />
				</Suspense>
			)}
		</div>
	)
}
