/** What an agent does with a call, by key or by button: each press is obeyed, or said why not. */
import { getPhone } from '../../../phone/station'
import { ask } from '../../../shared/connection'
import type { Call } from '../../../shared/protocol'
import { RequestError } from '../../../shared/socket'
import { KEYS, useKeys } from '../keys'
import { maySwitch, stageOf } from '../parties'
import { useAct } from '../useAct'
import { useConsult } from '../useConsult'
import type { TransferAim } from '../Transfer/Transfer'

const notConnected = (): Promise<never> => Promise.reject(new RequestError({ code: 'not_connected', message: 'the call is not connected' }))

export function useCallActions(call: Call, openDialog: (aim: TransferAim) => void) {
	const { act } = useAct()
	const consult = useConsult(call)
	const { interaction } = call
	const stage = stageOf(call)
	const isHeld = call.state === 'held'
	const isUp = call.state === 'connected' || isHeld
	const tooEarly = (): void => void act(notConnected)
	const hold = (): void => {
		if (stage !== 'consult') {
			if (isUp) void act(() => ask(isHeld ? 'call.resume' : 'call.hold', { interaction }))
			else tooEarly()
		} else if (maySwitch(call)) consult.run('call.toggle')
		else tooEarly()
	}
	const mute = (): void => {
		if (!isUp) return tooEarly()
		const on = !call.is_muted
		getPhone().mute(on)
		void act(() => ask('call.mute', { interaction, on }))
	}
	const hangUp = (): void => void act(() => ask('call.hang_up', { interaction }))
	const transfer = (): void => {
		if (!isUp) tooEarly()
		else if (stage === 'alone') openDialog('call')
		else if (stage === 'conference') openDialog('add')
	}
	const complete = (): void => {
		if (stage === 'consult') consult.run('call.complete')
	}
	useKeys({ [KEYS.hold]: hold, [KEYS.mute]: mute, [KEYS.hangUp]: hangUp, [KEYS.transfer]: transfer, [KEYS.complete]: complete })
	return { hold, mute, hangUp, transfer, isHeld, isUp, stage }
}

export type CallActions = ReturnType<typeof useCallActions>

/** While a contact only rings, the keys of a call say so instead of doing nothing. */
export function useNotYet(isRinging: boolean): void {
	const { act } = useAct()
	const say = (): void => void act(notConnected)
	useKeys(isRinging ? { [KEYS.hold]: say, [KEYS.mute]: say, [KEYS.transfer]: say } : {})
}
