/** The phone of this tab, joined to the browser and to the centre. The only place where the parts meet. */
import { useSyncExternalStore } from 'react'
import { ask, deskStore, socket } from '../shared/connection'
import type { Push } from '../shared/protocol'
import { makeStore } from '../shared/store'
import { Phone, type PhoneState } from './phone'
import { makeSounds } from './ring'
import { PhoneTab, type TabRole } from './tab'

/** What counts as a person being here, after which a browser lets a page be heard. */
const TOUCHES = ['pointerup', 'keydown'] as const

const tabRole = makeStore<TabRole>('asking')
let phone: Phone | null = null
let tab: PhoneTab | null = null

function makeAudio(): HTMLAudioElement {
	const audio = document.createElement('audio')
	audio.autoplay = true
	audio.setAttribute('data-testid', 'remote-audio')
	document.body.append(audio)
	return audio
}

export function getPhone(): Phone {
	phone ??= new Phone({
		makePeer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }),
		media: navigator.mediaDevices,
		sounds: makeSounds(),
		audio: makeAudio(),
		sendAnswer: async (interaction, sdp) => {
			await ask('call.answer', { interaction, sdp })
		},
		sendMedia: async (interaction, sdp) => {
			await ask('call.media', { interaction, sdp })
		},
		setTimer: (run, ms) => window.setTimeout(run, ms),
		clearTimer: (timer) => window.clearTimeout(timer),
		memory: localStorage,
	})
	return phone
}

function hear(push: Push): void {
	const p = getPhone()
	if (push.on === 'offer_ended' && push.reason !== 'answered') p.gone(push.interaction)
	if (push.on === 'wrap_up') p.gone(push.interaction)
	if (push.on === 'call') p.called(push)
	if (push.on === 'call' && push.state === 'ended') p.gone(push.interaction)
	if (tabRole.get() !== 'mine') return
	if (push.on === 'offer') p.offered(push)
	if (push.on === 'hello') resume()
	if (push.on === 'media') void renewSound().catch(() => undefined)
}

/** Takes up the sound the server offered anew for the call in hand, if it did. */
async function renewSound(): Promise<void> {
	const { media, calls } = deskStore.get()
	const call = calls.find((c) => c.interaction === media?.interaction)
	if (media && call) await getPhone().renew(call, media.sdp)
}

/**
 * A person wants the sound of the call back: once more what was offered, or, when that has been used up, a fresh
 * connection, after which the server offers anew.
 */
export async function bringSoundBack(): Promise<void> {
	const p = getPhone()
	if (deskStore.get().media && p.get().microphone !== 'ready') {
		await p.openMicrophone()
		await renewSound()
	} else socket.reopen()
}

/** After (re)connecting, or on becoming the phone: ring what rings, drop what is over, open the microphone if ready. */
function resume(): void {
	const { offers, calls, agent } = deskStore.get()
	const p = getPhone()
	const at = p.get().interaction
	if (at && !offers.some((o) => o.interaction === at) && !calls.some((c) => c.interaction === at)) p.gone(at)
	if (agent && agent.device === 'browser' && agent.presence !== 'offline') void p.openMicrophone()
	const first = offers[0]
	if (first) p.offered(first)
	void renewSound().catch(() => undefined)
}

/** Starts once a person who handles contacts is signed in. */
export function startStation(user: string): () => void {
	const p = getPhone()
	const stopPush = socket.onPush(hear)
	const onDevices = (): void => void p.refreshDevices()
	navigator.mediaDevices?.addEventListener('devicechange', onDevices)
	const onTouch = (): void => void p.playAgain()
	for (const name of TOUCHES) window.addEventListener(name, onTouch)
	if (!navigator.locks) tabRole.set('mine')
	else {
		const channel = new BroadcastChannel(`markaz-phone-${user}`)
		const onRole = (role: TabRole): void => {
			tabRole.set(role)
			if (role === 'mine') resume()
			else p.silence()
		}
		const onAnswer = (interaction: string): Promise<void> => p.answer(interaction)
		const timers = { setTimer: (run: () => void, ms: number) => window.setTimeout(run, ms), clearTimer: (timer: number) => window.clearTimeout(timer) }
		tab = new PhoneTab(`markaz-phone-${user}`, { locks: navigator.locks, channel, ...timers }, onRole, () => !p.hasCall(), onAnswer)
		tab.start()
	}
	return () => {
		stopPush()
		navigator.mediaDevices?.removeEventListener('devicechange', onDevices)
		for (const name of TOUCHES) window.removeEventListener(name, onTouch)
		tab?.close()
		tab = null
		tabRole.set('asking')
		const at = p.get().interaction
		if (at) p.gone(at)
		p.closeMicrophone()
	}
}

/** Answers here, or in the tab that is the phone. */
export async function answerOffer(interaction: string): Promise<void> {
	if (tabRole.get() === 'elsewhere' && tab) await tab.askAnswer(interaction)
	else await getPhone().answer(interaction)
}

export function takePhoneHere(): void {
	tab?.take()
}

export function usePhone(): PhoneState {
	const p = getPhone()
	return useSyncExternalStore(p.watch, p.get)
}

export function usePhoneTab(): TabRole {
	return useSyncExternalStore(tabRole.watch, tabRole.get)
}
