// G.711 mu-law, as telephone networks and our server speak it; knows bytes and samples, nothing else.

const BIAS = 132; // of 16-bit samples
const BIAS_14 = BIAS >> 2; // of 14-bit ones, which G.711 companding starts from
const CLIP_14 = 8191 - BIAS_14;

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
  const value = Math.round(sample * 32768) >> 2;
  const magnitude = Math.min(Math.abs(value), CLIP_14) + BIAS_14;
  const exponent = 26 - Math.clz32(magnitude); // 0 to 7: the bias sets bit 5, the clip keeps bit 13 clear
  const mantissa = (magnitude >> (exponent + 1)) & 0x0f;
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

/** Return samples as mu-law bytes. */
export function encode(samples) {
  const bytes = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at += 1) bytes[at] = encodeSample(samples[at]);
  return bytes;
}
