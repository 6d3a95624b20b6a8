/** Sounds and the session description the stand-in server hands out. */
import { createHash } from 'node:crypto'

const RATE = 8000
const SECONDS = 24

/** A stereo WAV: two tones taking turns, so that the lanes differ. */
export function tone() {
	const samples = RATE * SECONDS
	const wav = Buffer.alloc(44 + samples * 4)
	wav.write('RIFF', 0)
	wav.writeUInt32LE(36 + samples * 4, 4)
	wav.write('WAVEfmt ', 8)
	wav.writeUInt32LE(16, 16)
	wav.writeUInt16LE(1, 20)
	wav.writeUInt16LE(2, 22)
	wav.writeUInt32LE(RATE, 24)
	wav.writeUInt32LE(RATE * 4, 28)
	wav.writeUInt16LE(4, 32)
	wav.writeUInt16LE(16, 34)
	wav.write('data', 36)
	wav.writeUInt32LE(samples * 4, 40)
	for (let i = 0; i < samples; i++) {
		const turn = Math.floor(i / RATE / 3) % 2
		const v = Math.round(8000 * Math.sin((i * 2 * Math.PI * (turn ? 330 : 440)) / RATE))
		wav.writeInt16LE(turn ? 0 : v, 44 + i * 4)
		wav.writeInt16LE(turn ? v : 0, 46 + i * 4)
	}
	return wav
}

export function waveform(points = 400) {
	const lane = (side) => Array.from({ length: points }, (_, i) => (Math.floor((i / points) * 8) % 2 === side ? 20 + ((i * 37 + side * 11) % 70) : (i * 13) % 5))
	return { duration_ms: SECONDS * 1000, channels: 2, peaks: [lane(0), lane(1)] }
}

const fingerprint = createHash('sha256').update('markaz').digest('hex').toUpperCase().match(/../g).join(':')
export const OFFER_SDP = [
	'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite', 'a=group:BUNDLE 0', 'a=msid-semantic: WMS markaz',
	'm=audio 9 UDP/TLS/RTP/SAVPF 0 8 101', 'c=IN IP4 127.0.0.1', 'a=mid:0', 'a=sendrecv', 'a=rtcp-mux', 'a=ice-ufrag:mrkz', 'a=ice-pwd:markazmarkazmarkazmarkaz', `a=fingerprint:sha-256 ${fingerprint}`, 'a=setup:actpass', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=ssrc:1234 cname:markaz', 'a=ssrc:1234 msid:markaz audio', 'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host', 'a=end-of-candidates', '',
].join('\r\n')
