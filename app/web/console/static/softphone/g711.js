// G.711 mu-law, as telephone networks and our server speak it; knows bytes and samples, nothing else.

const BIAS = 132;
const CLIP = 32635;

/** The mu-law byte that is no sound. */
export const SILENCE = 0xff;

const decoded = new Float32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS;
  decoded[byte] = (code & 0x80 ? -magnitude : magnitude) / 32768;
}

/** Return mu-law bytes as samples between -1 and 1. */
export function decode(bytes) {
  const samples = new Float32Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) samples[at] = decoded[bytes[at]];
  return samples;
}

/** Return one sample (-1 to 1, louder is clipped) as its mu-law byte. */
export function encodeSample(sample) {
  let value = Math.round(sample * 32768);
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(value); // 0 to 7: the bias sets bit 7, the clip keeps bit 15 clear
  const mantissa = (value >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** Return samples as mu-law bytes. */
export function encode(samples) {
  const bytes = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at += 1) bytes[at] = encodeSample(samples[at]);
  return bytes;
}
