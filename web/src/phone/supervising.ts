/** A supervisor's ear of this tab, joined to the browser and to the centre. */
import { useSyncExternalStore } from 'react'
import { ask, deskStore, socket } from '../shared/connection'
import type { Push, SupervisionMode } from '../shared/protocol'
import { Ear, type EarState } from './ear'
import { makeStore } from '../shared/store'
import { PhoneError } from './phone'
import { getPhone } from './station'

/** Which call this tab asked to hear: kept over a reload, and not shared with other tabs. */
const MINE_KEY = 'markaz.supervises'

let ear: Ear | null = null

export type EarDevice = 'browser' | 'phone'
const DEVICE_KEY = 'markaz.supervises_on'
const deviceStore = makeStore<EarDevice>(typeof localStorage !== 'undefined' && localStorage.getItem(DEVICE_KEY) === 'phone' ? 'phone' : 'browser')

function makeAudio(): HTMLAudioElement {
	const audio = document.createElement('audio')
	audio.autoplay = true
	audio.setAttribute('data-testid', 'supervision-audio')
	document.body.append(audio)
	return audio
}

/** A track of silence; the context lives as long as the track. */
function makeSilence(): MediaStream {
	const context = new AudioContext()
	const { stream } = context.createMediaStreamDestination()
	const [track] = stream.getAudioTracks()
	const stop = track?.stop.bind(track)
	if (track && stop)
		track.stop = () => {
			stop()
			void context.close()
		}
	return stream
}

export function getEar(): Ear {
	ear ??= new Ear({
		makePeer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }),
		audio: makeAudio(),
		openMicrophone: async () => ((await getPhone().openMicrophone()) ? getPhone().microphoneStream() : null),
		makeSilence,
		sendAnswer: async (interaction, sdp) => {
			await ask('supervise.media', { interaction, sdp })
		},
		outputId: () => getPhone().get().outputId,
		setTimer: (run, ms) => window.setTimeout(run, ms),
		clearTimer: (timer) => window.clearTimeout(timer),
	})
	return ear
}

function isMine(interaction: string): boolean {
	return sessionStorage.getItem(MINE_KEY) === interaction
}

function modeOf(interaction: string): SupervisionMode {
	return deskStore.get().supervisions.find((s) => s.interaction === interaction)?.mode ?? 'listen'
}

function leave(interaction: string): void {
	if (isMine(interaction)) sessionStorage.removeItem(MINE_KEY)
	if (getEar().get().interaction !== interaction) return
	getEar().close()
	if (!deskStore.get().agent) getPhone().closeMicrophone()
}

function hear(push: Push): void {
	if (push.on === 'supervision_media' && isMine(push.interaction))
		getEar().open(push.interaction, push.sdp, modeOf(push.interaction)).catch(() => undefined)
	if (push.on === 'supervision' && push.state === 'ended') leave(push.interaction)
	if (push.on === 'supervision' && push.state !== 'ended' && getEar().get().interaction === push.interaction) void getEar().setMode(push.mode)
	if (push.on === 'hello') {
		const at = getEar().get().interaction
		if (at && !deskStore.get().supervisions.some((s) => s.interaction === at)) leave(at)
	}
}

/** Starts once a person who supervises is signed in. */
export function startSupervising(): () => void {
	const stop = socket.onPush(hear)
	return () => {
		stop()
		getEar().close()
	}
}

/** Into a colleague's call. Whispering and barging in need the microphone first. */
export async function supervise(interaction: string, mode: SupervisionMode): Promise<void> {
	const device = deviceStore.get()
	if (device === 'browser') {
		if (!(await getEar().prepare(mode))) throw new PhoneError('microphone', 'no microphone')
		sessionStorage.setItem(MINE_KEY, interaction)
	}
	try {
		await ask('supervise.start', { interaction, mode, device })
	} catch (error) {
		if (isMine(interaction)) sessionStorage.removeItem(MINE_KEY)
		throw error
	}
}

export async function changeSupervision(interaction: string, mode: SupervisionMode): Promise<void> {
	if (isMine(interaction) && !(await getEar().prepare(mode))) throw new PhoneError('microphone', 'no microphone')
	await ask('supervise.mode', { interaction, mode })
}

/** Where this person hears the calls they supervise. */
export function useEarDevice(): [EarDevice, (device: EarDevice) => void] {
	const device = useSyncExternalStore(deviceStore.watch, deviceStore.get)
	const choose = (next: EarDevice): void => {
		localStorage.setItem(DEVICE_KEY, next)
		deviceStore.set(next)
	}
	return [device, choose]
}

export function useEar(): EarState {
	const e = getEar()
	return useSyncExternalStore(e.watch, e.get)
}
