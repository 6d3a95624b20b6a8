/** Providers from the outside in, and who may see what: nobody signed in sees only the door. */
import { DirectionProvider, MantineProvider, mergeThemeOverrides, useDirection, useMantineColorScheme } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useMemo } from 'react'
import { whenUnauthenticated } from '../shared/api/http'
import { makeQueryClient, resourceKey } from '../shared/api/queries'
import { socket } from '../shared/connection'
import { type Locale, LocaleProvider, readPreferences, useLocale } from '../shared/i18n/locale'
import { loadSession, sessionStore, useMaybeSession } from '../shared/session'
import { theme } from '../shared/theme/theme'
import { Loading } from './Loading'
import { router } from './router'
import { StartFailure } from './StartFailure'
import { useStart } from './useStart'

const Login = lazy(() => import('../features/login/Login/Login').then((m) => ({ default: m.Login })))
const queries = makeQueryClient()

whenUnauthenticated(() => sessionStore.set(null))
socket.onPush((push) => {
	if (push.on === 'hello') void queries.invalidateQueries()
	if (push.on === 'config') void queries.invalidateQueries({ queryKey: resourceKey(push.resource) })
	if (push.on === 'wrap_up_over') void queries.invalidateQueries({ queryKey: ['interactions'] })
})

function Direction({ locale, children }: { locale: Locale; children: ReactNode }) {
	const { setDirection } = useDirection()
	useEffect(() => setDirection(locale.direction), [locale.direction, setDirection])
	return children
}

/** Our clothes, with words for what Mantine leaves without a name: the cross of every passing message. */
function Dressed({ locale, children }: { locale: Locale; children: ReactNode }) {
	const own = useMemo(() => mergeThemeOverrides(theme, { components: { Notification: { defaultProps: { closeButtonProps: { 'aria-label': locale.t('common.close') } } } } }), [locale])
	return (
		<MantineProvider theme={own} defaultColorScheme="auto">
			{children}
		</MantineProvider>
	)
}

/** The signed-in person's language, calendar, digits and theme win over what this browser remembered. */
function useOwnPreferences(): void {
	const session = useMaybeSession()
	const { preferences, setPreferences } = useLocale()
	const { setColorScheme } = useMantineColorScheme()
	const user = session?.user
	useEffect(() => {
		if (!user) return
		if (user.language) setPreferences(readPreferences(user, preferences.language))
		if (user.theme === 'light' || user.theme === 'dark' || user.theme === 'auto') setColorScheme(user.theme)
		// Only when the person or what they chose changes.
		// eslint-disable-next-line react-hooks/exhaustive-deps
	}, [user?.id, user?.language, user?.calendar, user?.digits, user?.theme])
}

function Inside() {
	const session = useMaybeSession()
	const { error, retry } = useStart(loadSession)
	useOwnPreferences()
	const isIn = Boolean(session)
	useEffect(() => {
		if (!isIn) return
		socket.start()
		return () => {
			socket.stop()
			queries.clear()
		}
	}, [isIn])
	if (error) return <StartFailure error={error} onRetry={retry} />
	if (session === undefined) return <Loading />
	return <Suspense fallback={<Loading />}>{session ? <RouterProvider router={router} /> : <Login />}</Suspense>
}

export function App() {
	return (
		<LocaleProvider>
			{(locale) => (
				<DirectionProvider detectDirection={false} initialDirection={locale.direction}>
					<Direction locale={locale}>
						<Dressed locale={locale}>
							<QueryClientProvider client={queries}>
								<Notifications position="top-center" autoClose={6000} limit={4} />
								<Inside />
							</QueryClientProvider>
						</Dressed>
					</Direction>
				</DirectionProvider>
			)}
		</LocaleProvider>
	)
}
