// The softphone's page: begins calls, carries keys and words to them, and finds lost ones again.

import { Following } from "/static/following.js";
import { Refusal, send, tell } from "/static/http.js";
import { make } from "/static/talk/parts.js";
import { Talk } from "/static/talk/talk.js";
import { NoSound, Sound } from "./sound.js";
import { MediaStream8k } from "./stream.js";

const by = (id) => document.getElementById(id);
const page = by("softphone");
const KEYS = "0123456789*#";
const GIVE_UP_MS = 70_000; // a call whose line was lost is waited for a minute
const QUIET_DB = -54;

class Call {
  constructor(flow, title, variables) {
    this.flow = flow;
    this.title = title;
    this.variables = variables;
    this.talk = new Talk();
    this.sound = new Sound((bytes, levels) => this.captured(bytes, levels), (name) => this.heard(name));
    this.joining = null;
    this.stream = null;
    this.events = null;
    this.isOver = false;
    this.startedAt = performance.now();
  }

  /** Begin. Throws NoSound or Refusal; then nothing is left behind. */
  async begin() {
    this.talk.clear();
    await this.sound.open();
    if (this.isOver) return; // hung up before there was a line
    by("doing").textContent = "Connecting";
    try {
      this.joining = await send("POST", "/api/softphone/calls", { flow: this.flow, variables: this.variables });
    } catch (error) {
      await this.sound.close();
      throw error;
    }
    this.startedAt = performance.now();
    if (this.isOver) await this.letGo();
    else this.join();
  }

  join() {
    this.watch();
    this.stream = new MediaStream8k(this.joining, this.sound, {
      sounds: () => this.sounds(),
      closed: () => this.lineClosed(),
    });
  }

  watch() {
    this.events?.close();
    let isTold = false;
    this.events = new Following(`/api/calls/${encodeURIComponent(this.joining.id)}/live`, {
      take: (event) => {
        isTold = false;
        this.talk.take(event);
        if (event.type === "ended") this.ended();
        if (event.type === "joined" || (event.type === "state" && event.state !== "connecting")) show("live");
      },
      trouble: (line) => {
        // While the line is away too, that is what the page says.
        if (!isTold && !this.isOver && this.stream) tell(`What is said cannot be shown just now: ${line}`, "bad");
        isTold = true;
      },
      call: true,
    });
  }

  /** The bot is heard: there is a line, whether what is said can be shown or not. */
  sounds() {
    if (this.isOver || page.dataset.state === "live") return;
    show("live");
    if (by("doing").textContent === "Connecting") by("doing").textContent = "On the line";
  }

  captured(bytes, { caller, bot }) {
    this.stream?.frame(bytes);
    level("caller-level", caller);
    level("bot-level", bot);
  }

  /** A mark was heard, or flushed: tell the server, and show which sentence it ends. */
  heard(name) {
    this.stream?.marked(name);
    const [play, sentence] = name.split(".").map(Number);
    this.talk.heardTo(play, sentence);
  }

  key(digit) {
    if (!this.isOver && this.stream) {
      this.stream.key(digit);
      flash(digit);
    }
  }

  /** Ask the server for this; false where it was refused, which the page then says. */
  async command(what, body = {}) {
    if (this.talk.listensFirst) {
      tell("This part cannot be interrupted", "bad");
      return false;
    }
    try {
      await send("POST", `/api/softphone/calls/${encodeURIComponent(this.joining.id)}/${what}`, body);
    } catch (error) {
      tell(error.message, "bad");
      return false;
    }
    return true;
  }

  hangUp() {
    const isTold = this.stream?.stop();
    if (this.joining) {
      if (!isTold) void this.letGo();
      this.end("You hung up");
    } else {
      this.isOver = true;
      void this.sound.close();
      show("idle");
      by("call").focus();
    }
  }

  /** Hang up where no line is up to say it over. A server that is away ends the call by itself, later. */
  async letGo() {
    await send("POST", `/api/softphone/calls/${encodeURIComponent(this.joining.id)}/hangup`).catch(() => {});
  }

  /** The server says how the call ended; the line closes by itself, or has closed already. */
  ended() {
    this.events.close();
    if (this.isOver) tellEnd(this);
  }

  /** The page goes away: leave as somebody who hangs up. */
  leave() {
    this.stream?.stop();
    this.events?.close();
  }

  /** The socket is gone: as the carrier does, ask who goes on with the call. */
  async lineClosed() {
    if (this.isOver) return;
    this.stream = null;
    this.sound.clear();
    let isTold = false;
    const since = performance.now();
    for (let wait = 250; !this.isOver; wait = Math.min(wait * 1.6, 3000)) {
      let found;
      try {
        found = await send("POST", `/api/softphone/calls/${encodeURIComponent(this.joining.id)}/resume`, {
          call_sid: this.joining.call_sid,
          epoch: this.joining.epoch,
        });
      } catch (error) {
        if (!isPassing(error)) {
          this.end(error.message);
          return;
        }
      }
      if (found?.over) {
        this.end(this.talk.ended ? "" : found.why);
        return;
      }
      if (found) {
        this.joining = found;
        this.join();
        return;
      }
      if (performance.now() - since > GIVE_UP_MS) {
        this.end("The server did not come back");
        return;
      }
      if (!isTold) this.talk.lost();
      isTold = true;
      show("lost");
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  end(why) {
    if (this.isOver) return;
    this.isOver = true;
    this.why = why;
    this.length = lasted(this.startedAt);
    void this.sound.close();
    setTimeout(() => this.events?.close(), 3000);
    level("caller-level", 0);
    level("bot-level", 0);
    this.talk.on_ended(this.talk.ended);
    tellEnd(this);
    show("over");
    by("review").focus();
  }
}

/** Whether it may be different in a moment: the server is away, or asks to be asked again. */
const isPassing = (error) => error instanceof Refusal && (error.status === 0 || error.status >= 500);

let call = null;

function show(state) {
  page.dataset.state = state;
  const isOn = state === "live" || state === "lost" || state === "calling";
  const isUsable = state === "live";
  by("dialler").hidden = isOn;
  by("on-call").hidden = !isOn;
  by("welcome").hidden = state !== "idle";
  by("transcript").hidden = state === "idle";
  by("over").hidden = state !== "over";
  for (const key of document.querySelectorAll(".dial-key")) key.disabled = !isUsable;
  for (const id of ["interrupt", "words", "send"]) by(id).disabled = !isUsable;
  by("mute").disabled = !isUsable || !call?.sound.microphone;
  if (state === "lost") by("doing").textContent = "No line";
  if (state === "calling") by("doing").textContent = "Asking for the microphone";
}

function level(id, rms) {
  const decibels = rms > 0 ? 20 * Math.log10(rms) : QUIET_DB;
  by(id).style.setProperty("--level", Math.max(0, 1 - decibels / QUIET_DB).toFixed(3));
}

function flash(digit) {
  const key = [...document.querySelectorAll(".dial-key")].find(({ dataset }) => dataset.key === digit);
  key?.classList.add("pressed");
  setTimeout(() => key?.classList.remove("pressed"), 140);
}

function lasted(since) {
  const seconds = Math.floor((performance.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function tellEnd({ talk, joining, length, why }) {
  const how = talk.ended?.disposition.replaceAll("_", " ");
  by("how").textContent = how ? `The call is over: ${how}` : "The call is over";
  by("how-long").textContent = ["", length, why].filter((part, n) => !n || part).join(" · ");
  by("review").href = `/calls/${encodeURIComponent(joining.id)}`;
}

function variablesOf(option) {
  return (option?.dataset.variables ?? "").split(" ").filter(Boolean);
}

function drawVariables() {
  const place = by("variables");
  const names = variablesOf(by("flow")?.selectedOptions[0]);
  place.hidden = !names.length;
  place.replaceChildren(
    ...names.map((name) => {
      const label = make("label", "", name.replaceAll("_", " "));
      const input = make("input");
      label.htmlFor = input.id = `variable-${name}`;
      input.name = name;
      input.maxLength = 200;
      return make("div", "field", label, input);
    }),
  );
}

async function begin() {
  if (call && !call.isOver) return;
  const option = by("flow").selectedOptions[0];
  const filled = [...by("variables").querySelectorAll("input")].filter(({ value }) => value.trim());
  const variables = Object.fromEntries(filled.map(({ name, value }) => [name, value.trim()]));
  by("no-microphone").hidden = true;
  call = new Call(option.value, option.textContent, variables);
  by("call-name").textContent = call.title;
  by("clock").textContent = "0:00";
  show("calling");
  const begun = call;
  try {
    await begun.begin();
  } catch (error) {
    if (begun.isOver) return; // hung up meanwhile: no news, and the page may hold another call
    call = null;
    show("idle");
    tell(error instanceof NoSound || error instanceof Refusal ? error.message : `The call could not begin: ${error.message}`, "bad");
    return;
  }
  if (begun.isOver) return;
  by("no-microphone").hidden = !call.sound.trouble;
  by("no-microphone").textContent = call.sound.trouble ? `${call.sound.trouble} Press keys or type your answers.` : "";
  by("mute").setAttribute("aria-pressed", "false");
  by("pad").focus({ preventScroll: true });
}

/** Send these words, or interrupt where there are none; words that are refused stay to be sent again. */
async function type(text) {
  if (!text) {
    await call?.command("interrupt");
    return;
  }
  by("words").value = "";
  if (!(await call?.command("words", { text })) && !by("words").value) by("words").value = text;
}

by("dialler").addEventListener("submit", (event) => {
  event.preventDefault();
  void begin();
});
by("flow")?.addEventListener("change", drawVariables);
by("hang-up").addEventListener("click", () => call?.hangUp());
by("interrupt").addEventListener("click", () => void call?.command("interrupt"));
by("mute").addEventListener("click", ({ currentTarget }) => {
  const muted = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", String(muted));
  call?.sound.mute(muted);
});
by("pad").addEventListener("click", ({ target }) => {
  const key = target.closest(".dial-key");
  if (key) call?.key(key.dataset.key);
});
by("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  void type(by("words").value.trim());
});

// Who pressed a button by mouse or finger means Enter to interrupt next, not to press the button again.
document.querySelector(".handset").addEventListener("click", (event) => {
  const isPointed = event.detail > 0 && event.target.closest(".dial-key, #mute, #interrupt");
  if (isPointed) by("pad").focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (!call || page.dataset.state !== "live" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea")) return;
  if (KEYS.includes(event.key)) {
    event.preventDefault();
    call.key(event.key);
  } else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
    event.preventDefault();
    void call.command("interrupt");
  }
});

setInterval(() => {
  if (!call || call.isOver) return;
  by("clock").textContent = lasted(call.startedAt);
  call.talk.tick();
}, 200);

window.addEventListener("pagehide", () => call?.leave());

drawVariables();
