/** Addresses of the screens. Each feature is a file of its own in the build and is fetched when first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router'
import { useMay } from '../shared/session'
import { Empty } from '../shared/ui/Empty/Empty'
import { IconCompass } from '@tabler/icons-react'
import { useLocale } from '../shared/i18n/locale'
import { Failure } from '../shared/ui/Failure/Failure'
import { Loading } from './Loading'
import { Shell } from './Shell/Shell'

function Home() {
	const may = useMay()
	if (may('handle')) return <Navigate to="/desk" replace />
	if (may('see_live')) return <Navigate to="/live" replace />
	if (may('read_config')) return <Navigate to="/admin" replace />
	return <Navigate to="/history" replace />
}

function Lost() {
	const { t } = useLocale()
	return <Empty icon={<IconCompass size={26} />} title={t('lost.title')} hint={t('lost.hint')} />
}

const root = createRootRoute({ component: Shell, notFoundComponent: Lost })
const home = createRoute({ getParentRoute: () => root, path: '/', component: Home })
const desk = createRoute({
	getParentRoute: () => root,
	path: '/desk',
	component: lazyRouteComponent(() => import('../features/agent/Desk/Desk'), 'Desk'),
})
const live = createRoute({
	getParentRoute: () => root,
	path: '/live',
	component: lazyRouteComponent(() => import('../features/live/Wall/Wall'), 'Wall'),
})
const history = createRoute({
	getParentRoute: () => root,
	path: '/history',
	component: lazyRouteComponent(() => import('../features/history/List/List'), 'List'),
})
const contact = createRoute({
	getParentRoute: () => root,
	path: '/history/$id',
	component: lazyRouteComponent(() => import('../features/history/Detail/Detail'), 'Detail'),
})
const fax = createRoute({
	getParentRoute: () => root,
	path: '/fax',
	component: lazyRouteComponent(() => import('../features/fax/List/List'), 'List'),
})
const voicemail = createRoute({
	getParentRoute: () => root,
	path: '/voicemail',
	component: lazyRouteComponent(() => import('../features/voicemail/List/List'), 'List'),
})
const admin = createRoute({
	getParentRoute: () => root,
	path: '/admin',
	component: lazyRouteComponent(() => import('../features/admin/Admin/Admin'), 'Admin'),
})
const section = createRoute({
	getParentRoute: () => root,
	path: '/admin/$section',
	component: lazyRouteComponent(() => import('../features/admin/Admin/Admin'), 'Admin'),
})

export const router = createRouter({
	routeTree: root.addChildren([home, desk, live, history, contact, fax, voicemail, admin, section]),
	defaultPreload: 'intent',
	defaultPendingComponent: Loading,
	defaultErrorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
})

declare module '@tanstack/react-router' {
	interface Register {
		router: typeof router
	}
}
