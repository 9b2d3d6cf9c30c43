// On the audio thread: the microphone to 20 ms mu-law frames, the bot's sound to the loudspeaker.
//
// Takes {play: Uint8Array}, {mark}, {clear: true}, {muted}, {delay: frames}, {end: true}.
// Gives {frame, caller, bot} (levels as RMS) every 20 ms and {mark} once it was heard, or flushed.

import { decode, encode } from "./g711.js";
import { PlayQueue } from "./queue.js";
import { Resampler } from "./resampler.js";

const LINE_RATE = 8000;
const FRAME = 160;
const FADE = 64; // output samples over which sound that is cut dies away: no click

class Line extends AudioWorkletProcessor {
  constructor() {
    super();
    this.down = new Resampler(sampleRate, LINE_RATE);
    this.up = new Resampler(LINE_RATE, sampleRate);
    this.queue = new PlayQueue();
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.delay = 0;
    this.isOver = false;
    this.last = new Float32Array(0);
    this.fading = null;
    this.botSquares = 0;
    this.botSamples = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(order) {
    if (order.play) this.queue.add(decode(order.play));
    if (order.mark !== undefined) this.queue.mark(order.mark);
    if (order.muted !== undefined) this.muted = order.muted;
    if (order.delay !== undefined) this.delay = order.delay;
    if (order.end) this.isOver = true;
    if (order.clear) {
      const marks = this.queue.clear();
      this.fading = this.rest();
      this.up = new Resampler(LINE_RATE, sampleRate);
      for (const mark of marks) this.port.postMessage({ mark });
    }
  }

  /** What the resampler would say next, fading to nothing. */
  rest() {
    const missing = this.up.needs(FADE);
    this.up.push(new Float32Array(missing));
    const rest = this.up.pull(FADE);
    for (let at = 0; at < rest.length; at += 1) rest[at] *= 1 - at / rest.length;
    return rest;
  }

  process(inputs, outputs) {
    const out = outputs[0];
    const count = out[0].length;
    this.listen(this.muted ? undefined : inputs[0]?.[0], count);
    this.speak(out, count);
    return !this.isOver;
  }

  listen(microphone, count) {
    this.down.push(microphone ?? new Float32Array(count));
    for (const sample of this.down.pull()) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled === FRAME) this.send();
    }
  }

  send() {
    let squares = 0;
    for (const sample of this.frame) squares += sample * sample;
    this.port.postMessage({
      frame: encode(this.frame),
      caller: Math.sqrt(squares / FRAME),
      bot: this.botSamples ? Math.sqrt(this.botSquares / this.botSamples) : 0,
    });
    this.filled = 0;
    this.botSquares = 0;
    this.botSamples = 0;
  }

  speak(out, count) {
    const held = Math.ceil(this.up.half / this.up.ratio);
    this.up.push(this.queue.take(this.up.needs(count), held + count + this.delay));
    const sound = this.up.pull(count);
    if (this.fading) {
      for (let at = 0; at < Math.min(count, this.fading.length); at += 1) sound[at] += this.fading[at];
      this.fading = this.fading.length > count ? this.fading.subarray(count) : null;
    }
    for (const channel of out) channel.set(sound);
    for (const sample of sound) this.botSquares += sample * sample;
    this.botSamples += count;
    for (const mark of this.queue.advance(count)) this.port.postMessage({ mark });
  }
}

registerProcessor("line", Line);
