import { ask } from '../../shared/connection'
import type { Call } from '../../shared/protocol'
import { useAct } from './useAct'

type ConsultAct = 'call.toggle' | 'call.complete' | 'call.conference' | 'call.return'

/** What an agent does with the two sides; shared by the buttons of the parties and the keys of the call. */
export function useConsult(call: Call) {
	const { act, isBusy } = useAct()
	const run = (name: ConsultAct): void => {
		if (!isBusy) void act(() => ask(name, { interaction: call.interaction }))
	}
	return { run, isBusy }
}
