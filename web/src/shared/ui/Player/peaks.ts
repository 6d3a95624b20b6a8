/** Drawing of a waveform; knows canvas and numbers only. */

/** Points of `from` as `count` bars, each the loudest of its share. */
export function bars(from: number[], count: number): number[] {
	return Array.from({ length: count }, (_, i) => {
		const start = Math.floor((i * from.length) / count)
		const end = Math.max(start + 1, Math.floor(((i + 1) * from.length) / count))
		let loudest = 0
		for (let k = start; k < end && k < from.length; k++) loudest = Math.max(loudest, from[k] ?? 0)
		return loudest
	})
}

export interface Span {
	from: number
	to: number
}

/** Below this a channel says nothing, of 100. */
const QUIET = 3
/** A shorter pause belongs to the talk, seconds. */
const PAUSE_MAX_S = 1.5
/** What is left of a silence at both of its ends, so that no first syllable is lost, seconds. */
const MARGIN_S = 0.25

/** Stretches in which no channel that is heard says anything, in seconds. */
export function silencesIn(peaks: number[][], seconds: number, muted: number[] = []): Span[] {
	const lanes = peaks.filter((_, i) => !muted.includes(i))
	const count = Math.max(0, ...lanes.map((lane) => lane.length))
	if (count === 0 || seconds <= 0) return []
	const spans: Span[] = []
	let start: number | null = null
	for (let i = 0; i <= count; i++) {
		const isQuiet = i < count && lanes.every((lane) => (lane[i] ?? 0) < QUIET)
		if (isQuiet) start ??= i
		else if (start !== null) {
			const from = (start / count) * seconds
			const to = (i / count) * seconds
			if (to - from >= PAUSE_MAX_S) spans.push({ from: from + MARGIN_S, to: to - MARGIN_S })
			start = null
		}
	}
	return spans
}

/** Where to go on from a moment inside a silence; null: it is none. */
export function skipTo(silences: Span[], at: number): number | null {
	return silences.find((s) => at >= s.from && at < s.to)?.to ?? null
}

export interface LaneColours {
	/** By lane; the last one for all further ones. */
	lanes: string[]
	quiet: string
}

const BAR = 3
const GAP = 1

/** A lane for each channel, the customer's above; those switched off stay pale; what was heard already in full colour. Time runs left to right everywhere. */
export function drawPeaks(canvas: HTMLCanvasElement, peaks: number[][], share: number, muted: number[], colours: LaneColours): void {
	const scale = window.devicePixelRatio || 1
	const { clientWidth: width, clientHeight: height } = canvas
	canvas.width = Math.round(width * scale)
	canvas.height = Math.round(height * scale)
	const context = canvas.getContext('2d')
	if (!context || width === 0) return
	context.scale(scale, scale)
	const count = Math.floor(width / (BAR + GAP))
	const lanes = peaks
	const laneHeight = height / Math.max(1, lanes.length)
	lanes.forEach((lane, index) => {
		const middle = laneHeight * (index + 0.5)
		const loud = muted.includes(index) ? colours.quiet : (colours.lanes[Math.min(index, colours.lanes.length - 1)] ?? colours.quiet)
		bars(lane, count).forEach((peak, i) => {
			const tall = Math.max(2, (peak / 100) * (laneHeight - 8))
			context.fillStyle = i / count <= share ? loud : colours.quiet
			context.fillRect(i * (BAR + GAP), middle - tall / 2, BAR, tall)
		})
	})
}
