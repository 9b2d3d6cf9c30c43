// The page's ears and mouth: microphone, loudspeaker and the worklet between; knows no call.

const WORKLET = new URL("./line-worklet.js", import.meta.url);

/** What `open` could not get; `message` is for people. */
export class NoSound extends Error {}

export class Sound {
  /** `onFrame(bytes, levels)` is told every 20 ms, `onMark(name)` when a mark was heard or flushed. */
  constructor(onFrame, onMark) {
    this.onFrame = onFrame;
    this.onMark = onMark;
    this.context = null;
    this.node = null;
    this.microphone = null;
    this.trouble = "";
    this.opening = null;
  }

  /** Begin. Without a microphone the line carries silence; `trouble` then says why. Throws NoSound. */
  async open() {
    this.opening = this.begin();
    await this.opening;
  }

  async begin() {
    const Context = window.AudioContext;
    if (!Context || !("audioWorklet" in Context.prototype)) {
      throw new NoSound("This browser cannot play telephone sound on this page. It needs https, or this very machine.");
    }
    this.context = new Context({ latencyHint: "interactive" });
    // Asked for at once, while the press of the button still counts as the visitor's wish.
    const microphone = this.askForMicrophone();
    await Promise.all([this.context.audioWorklet.addModule(WORKLET), this.context.resume()]);
    this.node = new AudioWorkletNode(this.context, "line", { channelCount: 1, channelCountMode: "explicit" });
    this.node.port.onmessage = ({ data }) => {
      if (data.frame) this.onFrame(data.frame, data);
      else this.onMark(data.mark);
    };
    this.node.connect(this.context.destination);
    this.node.port.postMessage({ delay: this.latency() });
    this.microphone = await microphone;
    if (this.microphone) {
      this.context.createMediaStreamSource(this.microphone).connect(this.node);
    }
  }

  /** How many frames the device holds before they are heard. */
  latency() {
    const seconds = this.context.outputLatency || this.context.baseLatency || 0;
    return Math.round(seconds * this.context.sampleRate);
  }

  async askForMicrophone() {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.trouble = "No microphone can be used on this page.";
      return null;
    }
    try {
      const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      return await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      const isDenied = error.name === "NotAllowedError";
      this.trouble = isDenied ? "The microphone is not allowed on this page." : "No microphone was found.";
      return null;
    }
  }

  play(bytes) {
    this.node?.port.postMessage({ play: bytes });
  }

  mark(name) {
    this.node?.port.postMessage({ mark: name, delay: this.latency() });
  }

  clear() {
    this.node?.port.postMessage({ clear: true });
  }

  mute(muted) {
    this.node?.port.postMessage({ muted });
  }

  /** Give microphone and loudspeaker back: at once, or as soon as they have been given. */
  async close() {
    await this.opening?.catch(() => {});
    this.node?.port.postMessage({ end: true });
    this.node?.disconnect();
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    const { context } = this;
    this.context = this.node = this.microphone = null;
    if (context && context.state !== "closed") await context.close();
  }
}
