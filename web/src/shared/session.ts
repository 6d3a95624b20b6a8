/** Who is signed in. `undefined`: not known yet; `null`: nobody. */
import { useSyncExternalStore } from 'react'
import { api, Problem } from './api/http'
import type { MePatch, Permission, Session, User } from './rest'
import { makeStore } from './store'

export const sessionStore = makeStore<Session | null | undefined>(undefined)

/** Asks the server. False when nobody is signed in; throws when the server cannot be asked. */
export async function loadSession(): Promise<boolean> {
	try {
		sessionStore.set(await api.get<Session>('/session'))
		return true
	} catch (error) {
		if (!(error instanceof Problem) || error.status !== 401) throw error
		sessionStore.set(null)
		return false
	}
}

export async function signIn(login: string, password: string): Promise<void> {
	sessionStore.set(await api.post<Session>('/session', { login, password }))
}

export async function signOut(): Promise<void> {
	await api.delete('/session').catch(() => undefined)
	sessionStore.set(null)
}

export async function changeMe(change: MePatch): Promise<void> {
	const user = await api.patch<User | null>('/me', change)
	const session = sessionStore.get()
	if (session) sessionStore.set({ ...session, user: { ...session.user, ...user } })
}

export function useSession(): Session {
	const session = useSyncExternalStore(sessionStore.watch, sessionStore.get)
	if (!session) throw new Error('useSession while nobody is signed in')
	return session
}

export function useMaybeSession(): Session | null | undefined {
	return useSyncExternalStore(sessionStore.watch, sessionStore.get)
}

export function useMay(): (permission: Permission) => boolean {
	const { permissions } = useSession()
	return (permission) => (permissions as Permission[]).includes(permission)
}
