/** The tab's connection to the centre: one socket, the desk folded from it, the server's clock. */
import { useCallback, useSyncExternalStore } from 'react'
import { api, Problem } from './api/http'
import { type Desk, EMPTY_DESK, foldDesk } from './desk'
import { foldAlarms } from './alarms'
import type { Alarm, ReplyOf, Requests } from './protocol'
import { sessionStore } from './session'
import { Socket, type SocketStatus } from './socket'
import { makeStore } from './store'

function openWire(): WebSocket {
	const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
	return new WebSocket(`${scheme}//${location.host}/api/v1/ws`)
}

async function isSignedIn(): Promise<boolean> {
	try {
		await api.get('/session')
		return true
	} catch (error) {
		return !(error instanceof Problem && error.status === 401)
	}
}

export const socket = new Socket({
	open: openWire,
	setTimer: (run, ms) => window.setTimeout(run, ms),
	clearTimer: (timer) => window.clearTimeout(timer),
	random: Math.random,
	isSignedIn,
})

export const deskStore = makeStore<Desk>(EMPTY_DESK)
socket.onPush((push) => deskStore.set(foldDesk(deskStore.get(), push, Date.now())))
const alarmStore = makeStore<Alarm[]>([])
socket.onPush((push) => alarmStore.set(foldAlarms(alarmStore.get(), push)))
socket.onSignedOut(() => {
	alarmStore.set([])
	sessionStore.set(null)
})
if (typeof window !== 'undefined') window.addEventListener('online', () => socket.hurry())

export function useDesk(): Desk {
	return useSyncExternalStore(deskStore.watch, deskStore.get)
}

export function useAlarms(): Alarm[] {
	return useSyncExternalStore(alarmStore.watch, alarmStore.get)
}

export function useSocketStatus(): SocketStatus {
	return useSyncExternalStore(socket.onStatus, socket.getStatus)
}

export function ask<K extends keyof Requests>(name: K, fields: Requests[K]): Promise<ReplyOf<K>> {
	return socket.request(name, fields)
}

/** The server's present, ms. */
export function serverNow(): number {
	return Date.now() + deskStore.get().skew
}

const second = makeStore(Math.floor(Date.now() / 1000))
let ticker: number | null = null
let watchers = 0

function watchSecond(listener: () => void): () => void {
	const stop = second.watch(listener)
	watchers++
	ticker ??= window.setInterval(() => second.set(Math.floor(serverNow() / 1000)), 250)
	return () => {
		stop()
		watchers--
		if (watchers > 0 || ticker === null) return
		window.clearInterval(ticker)
		ticker = null
	}
}

/** The server's present in whole seconds as ms; the component is drawn again each second. */
export function useNow(): number {
	const get = useCallback(() => second.get(), [])
	return useSyncExternalStore(watchSecond, get) * 1000
}
