// Changes a sound's sample rate as it streams by; knows no devices.
//
// A windowed sinc, evaluated where each output sample lies: any ratio is exact, and what the lower rate
// cannot hold is filtered away (it would come back as false tones).

const ZEROS = 24; // zero crossings on each side: passes 0.8 of the lower rate's band, stops all beyond it
const CUTOFF = 0.9; // of the lower rate's half
const KAISER = 8; // about 80 dB in the stop band
const STEPS = 256; // of the kernel's table between two zero crossings

/** The modified Bessel function of order zero. */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const kernel = new Float64Array(ZEROS * STEPS + 2);
for (let at = 0; at <= ZEROS * STEPS; at += 1) {
  const x = at / STEPS;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  kernel[at] = (sinc * bessel(KAISER * Math.sqrt(Math.max(0, 1 - (x / ZEROS) ** 2)))) / bessel(KAISER);
}

export class Resampler {
  constructor(from, to) {
    this.ratio = from / to;
    this.scale = Math.min(1, to / from) * CUTOFF;
    /** How many input samples an output sample is drawn from, on either side. */
    this.half = Math.ceil(ZEROS / this.scale);
    this.held = new Float32Array(this.half); // silence before the beginning
    this.next = this.half; // where the next output sample lies in `held`
  }

  /** How many more input samples are needed before `count` output samples can be drawn. */
  needs(count) {
    const last = this.next + (count - 1) * this.ratio;
    return Math.max(0, Math.floor(last) + this.half + 1 - this.held.length);
  }

  /** Take input samples. */
  push(samples) {
    const done = Math.max(0, Math.floor(this.next) - this.half);
    const held = new Float32Array(this.held.length - done + samples.length);
    held.set(this.held.subarray(done));
    held.set(samples, this.held.length - done);
    this.held = held;
    this.next -= done;
  }

  /** Return up to `most` output samples, as far as the input reaches. */
  pull(most = Infinity) {
    const ready = Math.floor((this.held.length - this.half - 1 - this.next) / this.ratio) + 1;
    const out = new Float32Array(Math.max(0, Math.min(most, ready)));
    for (let n = 0; n < out.length; n += 1) {
      out[n] = this.drawn(this.next);
      this.next += this.ratio;
    }
    return out;
  }

  drawn(centre) {
    const { held, half, scale } = this;
    const first = Math.ceil(centre) - half < 0 ? 0 : Math.ceil(centre) - half;
    const last = Math.min(held.length - 1, Math.floor(centre) + half);
    let sum = 0;
    for (let at = first; at <= last; at += 1) {
      const place = Math.abs(at - centre) * scale * STEPS;
      const step = Math.floor(place);
      if (step < ZEROS * STEPS) {
        sum += held[at] * (kernel[step] + (kernel[step + 1] - kernel[step]) * (place - step));
      }
    }
    return sum * scale;
  }
}
