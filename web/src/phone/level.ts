/** How loud a stream is, for a meter somebody looks at. */
const EVERY_MS = 120
const FULL = 140

/** Tells 0..100 several times a second until the returned function is called. */
export function watchLevel(stream: MediaStream, onLevel: (level: number) => void): () => void {
	const context = new AudioContext()
	const analyser = context.createAnalyser()
	analyser.fftSize = 512
	context.createMediaStreamSource(stream).connect(analyser)
	const samples = new Uint8Array(analyser.fftSize)
	const timer = window.setInterval(() => {
		analyser.getByteTimeDomainData(samples)
		const peak = samples.reduce((max, s) => Math.max(max, Math.abs(s - 128)), 0)
		onLevel(Math.min(100, Math.round((peak / 128) * FULL)))
	}, EVERY_MS)
	return () => {
		window.clearInterval(timer)
		void context.close()
	}
}
