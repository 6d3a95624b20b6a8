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

export interface LaneColours {
	customer: string
	agent: string
	quiet: string
}

const BAR = 3
const GAP = 1

/** Two lanes, customer above and agent below; what was heard already in full colour. Time runs left to right everywhere. */
export function drawPeaks(canvas: HTMLCanvasElement, peaks: number[][], share: number, colours: LaneColours): void {
	const scale = window.devicePixelRatio || 1
	const { clientWidth: width, clientHeight: height } = canvas
	canvas.width = Math.round(width * scale)
	canvas.height = Math.round(height * scale)
	const context = canvas.getContext('2d')
	if (!context || width === 0) return
	context.scale(scale, scale)
	const count = Math.floor(width / (BAR + GAP))
	const lanes = peaks.slice(0, 2)
	const laneHeight = height / Math.max(1, lanes.length)
	lanes.forEach((lane, index) => {
		const middle = laneHeight * (index + 0.5)
		const loud = index === 0 ? colours.customer : colours.agent
		bars(lane, count).forEach((peak, i) => {
			const tall = Math.max(2, (peak / 100) * (laneHeight - 8))
			context.fillStyle = i / count <= share ? loud : colours.quiet
			context.fillRect(i * (BAR + GAP), middle - tall / 2, BAR, tall)
		})
	})
}
