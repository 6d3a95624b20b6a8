/** Reading figures by name; what is absent stays absent. */
import type { Kpis } from '../../shared/rest'

export function figure(kpis: Kpis | undefined, name: Exclude<keyof Kpis, 'service_levels'>): number | null {
	return kpis?.[name] ?? null
}

export function serviceLevel(kpis: Kpis | undefined): number | null {
	return kpis?.service_levels?.sl_default ?? null
}

export type Tone = 'good' | 'wait' | 'bad' | undefined

/** Ten points below the target is a worry, more is trouble. */
export function levelTone(level: number | null, target: number): Tone {
	if (level === null) return undefined
	if (level >= target) return 'good'
	return level >= target - 0.1 ? 'wait' : 'bad'
}

/** Waiting longer than the promise is a worry, five times as long is trouble. */
export function waitTone(waitedMs: number | null, promiseMs: number): Tone {
	if (waitedMs === null || waitedMs <= promiseMs) return undefined
	return waitedMs > promiseMs * 5 ? 'bad' : 'wait'
}
