/** Who hears whom, read from what the server says of a call. Pure. */
import type { Call, Party } from '../../shared/protocol'

export type Stage = 'alone' | 'consult' | 'conference'

/** Everybody but supervisors: these are shown apart. */
export function othersIn(call: Call): Party[] {
	return (call.parties ?? []).filter((p) => p.role !== 'supervisor')
}

/** alone: one other side. consult: two sides, one of them on hold or being called. conference: all hear each other. */
export function stageOf(call: Call): Stage {
	if (othersIn(call).length < 2) return 'alone'
	return call.talking_to === 'everybody' ? 'conference' : 'consult'
}

/** Whether the agent and this party hear each other now. */
export function isTalkedTo(call: Call, party: Party): boolean {
	if (party.state !== 'connected') return false
	if (call.talking_to === 'everybody') return true
	if (call.talking_to === 'customer') return party.role === 'customer'
	if (call.talking_to === 'consulted') return party.role !== 'customer'
	return false
}

/** The one being asked: the last to have come in who is not the customer. */
export function consultedIn(call: Call): Party | undefined {
	return othersIn(call).findLast((p) => p.role !== 'customer')
}

/** Switching to and fro needs two who are there. */
export function maySwitch(call: Call): boolean {
	return stageOf(call) === 'consult' && othersIn(call).filter((p) => p.state === 'connected' || p.state === 'held').length > 1
}

const GRADES = [
	['excellent', 4.2],
	['good', 3.9],
	['fair', 3.5],
	['poor', 3],
] as const

export type MosGrade = (typeof GRADES)[number][0] | 'bad'

/** Words for a MOS, by the bands of ITU-T G.107 annex B: 4.34, 4.03, 3.60, 3.10, a little lower because G.711 reaches 4.41. */
export function gradeOfMos(mos: number): MosGrade {
	return GRADES.find(([, from]) => mos >= from)?.[0] ?? 'bad'
}
