// G.711 A-law, sample by sample: -1..1 to a byte and back.
export function toAlaw(value) {
  const sign = value < 0 ? 0 : 0x80;
  const v = Math.min(Math.abs(Math.round(value * 32767)), 32767) >> 4;
  let exponent = 0;
  while (exponent < 7 && v >> (exponent + 5)) exponent++;
  const byte = sign | (exponent << 4) | ((exponent ? v >> exponent : v >> 1) & 15);
  return byte ^ 0x55;
}

export function fromAlaw(byte) {
  const x = byte ^ 0x55;
  const exponent = (x >> 4) & 7;
  const mantissa = ((x & 15) << 4) + 8;
  const value = exponent ? (mantissa + 256) << (exponent - 1) : mantissa;
  return (x & 0x80 ? value : -value) / 32768;
}
