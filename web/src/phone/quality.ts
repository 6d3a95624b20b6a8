/** How good the connection is, from two readings of getStats. Pure but for reading the reports. */

export type QualityGrade = 'good' | 'fair' | 'poor'

export interface Quality {
	grade: QualityGrade
	lossShare: number
	jitterMs: number
	roundTripMs: number | null
}

export interface Counters {
	received: number
	lost: number
	jitterMs: number
	roundTripMs: number | null
}

interface StatsEntry {
	type: string
	kind?: string
	packetsReceived?: number
	packetsLost?: number
	jitter?: number
	nominated?: boolean
	currentRoundTripTime?: number
}

export function readCounters(report: { forEach: (visit: (entry: StatsEntry) => void) => void }): Counters {
	const counters: Counters = { received: 0, lost: 0, jitterMs: 0, roundTripMs: null }
	report.forEach((entry) => {
		if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
			counters.received += entry.packetsReceived ?? 0
			counters.lost += Math.max(0, entry.packetsLost ?? 0)
			counters.jitterMs = Math.max(counters.jitterMs, (entry.jitter ?? 0) * 1000)
		}
		if (entry.type === 'candidate-pair' && entry.nominated && entry.currentRoundTripTime !== undefined)
			counters.roundTripMs = entry.currentRoundTripTime * 1000
	})
	return counters
}

/** Limits where people begin to notice with G.711 and no concealment to speak of: 1 % fair, 4 % poor. */
export function gradeOf(lossShare: number, jitterMs: number, roundTripMs: number | null): QualityGrade {
	if (lossShare > 0.04 || jitterMs > 60 || (roundTripMs ?? 0) > 450) return 'poor'
	if (lossShare > 0.01 || jitterMs > 30 || (roundTripMs ?? 0) > 250) return 'fair'
	return 'good'
}

export function qualityBetween(before: Counters, after: Counters): Quality {
	const received = Math.max(0, after.received - before.received)
	const lost = Math.max(0, after.lost - before.lost)
	// Silence for a whole reading while a call is up is the worst loss there is.
	const lossShare = received + lost === 0 ? 1 : lost / (received + lost)
	const grade = gradeOf(lossShare, after.jitterMs, after.roundTripMs)
	return { grade, lossShare, jitterMs: after.jitterMs, roundTripMs: after.roundTripMs }
}
