// The carrier's side of one media stream: Twilio's messages over a WebSocket; knows no audio device.

const FRAME_MS = 20;
const HOLE_MS = 200; // more silence than this was a hole in the sound, not jitter

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const randomSid = () => `MZ${[...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("")}`;

/**
 * One stream of one call. `line` has play(bytes), mark(name) and clear(). `sounds` is called when the
 * bot's first sound comes, `closed` once when the socket is gone.
 */
export class MediaStream8k {
  constructor(joining, line, { sounds, closed }) {
    this.joining = joining;
    this.line = line;
    this.sounds = sounds;
    this.sid = randomSid();
    this.sequence = 0;
    this.chunk = 0;
    this.at = 0;
    this.began = performance.now();
    this.wasOpen = false;
    this.isStopped = false;
    const { path, protocols } = joining.stream;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}${path}`, protocols);
    this.socket.addEventListener("open", () => this.start());
    this.socket.addEventListener("message", ({ data }) => this.take(JSON.parse(data)));
    this.socket.addEventListener("close", () => closed());
  }

  start() {
    this.wasOpen = true;
    this.began = performance.now();
    this.raw({ event: "connected", protocol: "Call", version: "1.0.0" });
    this.say("start", {
      start: {
        accountSid: "browser",
        streamSid: this.sid,
        callSid: this.joining.call_sid,
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        customParameters: this.joining.customParameters,
      },
    });
  }

  take(message) {
    if (message.streamSid !== this.sid) return;
    if (message.event === "media") {
      this.line.play(fromBase64(message.media.payload));
      this.sounds?.();
      this.sounds = null;
    }
    if (message.event === "mark") this.line.mark(message.mark.name);
    else if (message.event === "clear") this.line.clear();
  }

  /** Send 20 ms of mu-law. Frames that a sleeping page did not capture leave a hole in the timestamps. */
  frame(bytes) {
    if (!this.wasOpen) return; // the line counts from its start
    const behind = performance.now() - this.began - this.at;
    if (behind > HOLE_MS) this.at += Math.floor(behind / FRAME_MS) * FRAME_MS;
    this.chunk += 1;
    const media = { track: "inbound", chunk: String(this.chunk), timestamp: String(this.at), payload: base64(bytes) };
    this.at += FRAME_MS;
    this.say("media", { media });
  }

  key(digit) {
    this.say("dtmf", { dtmf: { track: "inbound_track", digit } });
  }

  /** Say that all sound before this mark was played, or flushed. */
  marked(name) {
    this.say("mark", { mark: { name } });
  }

  /** Hang up: `stop`, then the socket closes. False where the line was not up, and nobody was told. */
  stop() {
    const isUp = this.wasOpen && this.socket.readyState === WebSocket.OPEN;
    if (!isUp) this.socket.close();
    else if (!this.isStopped) this.say("stop", { stop: { accountSid: "browser", callSid: this.joining.call_sid } });
    this.isStopped = true;
    return isUp;
  }

  close() {
    this.socket.close(1000);
  }

  say(event, body) {
    if (!this.wasOpen || this.isStopped) return;
    this.sequence += 1;
    this.raw({ event, sequenceNumber: String(this.sequence), streamSid: this.sid, ...body });
  }

  raw(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
