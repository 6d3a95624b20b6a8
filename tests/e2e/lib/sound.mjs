// Sound as the tests measure it: 16-bit WAV in and out, and Goertzel's algorithm for "how much of it is this tone".
import fs from 'node:fs';

export function toneWav(file, hz, seconds, rate = 48000) {
  const n = Math.round(seconds * rate);
  const data = Buffer.alloc(44 + n * 2);
  data.write('RIFF', 0);
  data.writeUInt32LE(36 + n * 2, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 2, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(n * 2, 40);
  for (let i = 0; i < n; i++) data.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + i * 2);
  fs.writeFileSync(file, data);
  return file;
}

/** { rate, channels: [Float64Array, ...], seconds } of a 16-bit PCM WAV. */
export function readWav(data) {
  if (data.toString('latin1', 0, 4) !== 'RIFF') throw new Error('not a WAV file');
  let at = 12;
  let format;
  while (at + 8 <= data.length) {
    const id = data.toString('latin1', at, at + 4);
    const size = data.readUInt32LE(at + 4);
    if (id === 'fmt ') format = { channels: data.readUInt16LE(at + 10), rate: data.readUInt32LE(at + 12), bits: data.readUInt16LE(at + 22) };
    if (id === 'data') {
      const frames = Math.floor(Math.min(size, data.length - at - 8) / (2 * format.channels));
      const channels = Array.from({ length: format.channels }, () => new Float64Array(frames));
      for (let i = 0; i < frames; i++)
        for (let c = 0; c < format.channels; c++) channels[c][i] = data.readInt16LE(at + 8 + 2 * (i * format.channels + c)) / 32768;
      return { rate: format.rate, channels, seconds: frames / format.rate };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error('a WAV file without sound');
}

/** The share of the signal's power that is at hz, 0..1. */
export function toneShare(samples, hz, rate) {
  const k = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let s1 = 0;
  let s2 = 0;
  let energy = 0;
  for (const x of samples) {
    const s = x + k * s1 - s2;
    s2 = s1;
    s1 = s;
    energy += x * x;
  }
  if (energy < 1e-9) return 0;
  return (2 * (s1 * s1 + s2 * s2 - k * s1 * s2)) / (energy * samples.length);
}

/** The largest share over windows of a fifth of a second that are not silent, and how many of those are mostly the tone; shares: of
 * all of them, in order. */
export function toneOver(samples, hz, rate) {
  const size = Math.round(rate / 5);
  const shares = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    const part = samples.subarray(at, at + size);
    const power = part.reduce((sum, x) => sum + x * x, 0) / size;
    if (power < 1e-6) continue;
    shares.push(toneShare(part, hz, rate));
  }
  const clear = shares.filter((share) => share > 0.7).length;
  return { best: Math.max(0, ...shares), loud: shares.length, clear, seconds: clear / 5, shares };
}

/** The share of the windows that are mostly the tone, without the first and the last that sound: the tone begins and ends within them. */
export function toneWithin({ shares }) {
  const inner = shares.slice(1, -1);
  return inner.filter((share) => share > 0.7).length / inner.length;
}
