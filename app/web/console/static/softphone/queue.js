// The bot's sound on its way to the loudspeaker, with the marks between; knows how much was played.

/** Chunks of 8 kHz samples and marks, in the order they came. Whatever is missing is silence. */
export class PlayQueue {
  constructor() {
    this.items = []; // Float32Array chunks and mark names
    this.offset = 0; // into the first chunk
    this.waiting = 0; // samples not yet taken
    this.due = []; // marks whose sound was taken: [name, frame from which on it has been heard]
    this.frame = 0; // of the output, so far
  }

  /** Play these samples behind what is there. */
  add(samples) {
    if (samples.length) {
      this.items.push(samples);
      this.waiting += samples.length;
    }
  }

  /** Tell when all before this was heard. */
  mark(name) {
    this.items.push(name);
  }

  /**
   * Return the next `count` samples. A mark that is passed is heard `delay` output frames after the frame
   * reached so far: what the resampler and the device still hold.
   */
  take(count, delay) {
    const out = new Float32Array(count);
    let filled = 0;
    for (;;) {
      const first = this.items[0];
      if (typeof first === "string") {
        this.due.push([first, this.frame + delay]);
        this.items.shift();
      } else if (first === undefined || filled === count) {
        break;
      } else {
        const part = first.subarray(this.offset, this.offset + count - filled);
        out.set(part, filled);
        filled += part.length;
        this.offset += part.length;
        this.waiting -= part.length;
        if (this.offset === first.length) {
          this.items.shift();
          this.offset = 0;
        }
      }
    }
    return out;
  }

  /** Go on by so many output frames; return the marks heard by then. */
  advance(frames) {
    this.frame += frames;
    const heard = [];
    while (this.due.length && this.due[0][1] <= this.frame) heard.push(this.due.shift()[0]);
    return heard;
  }

  /** Drop all sound; return every mark that is outstanding. */
  clear() {
    const marks = this.due.map(([name]) => name);
    for (const item of this.items) if (typeof item === "string") marks.push(item);
    this.items = [];
    this.due = [];
    this.offset = 0;
    this.waiting = 0;
    return marks;
  }
}
