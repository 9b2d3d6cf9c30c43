// A call's page: sound with its cursor, the journal by the page, and what an operator may do with a call.

import { Refusal, send, tell } from "/static/http.js";
import { follow } from "./live.js";
import { Wave } from "./wave.js";

const by = (id) => document.getElementById(id);
const { url, live, open } = by("call").dataset;
const LOOK_AGAIN_MS = 4000;

/** Run what may be refused, and say why when it is. */
async function tried(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message, "bad");
    return undefined;
  }
}

// Sound: the turn that is heard is marked, and a turn's time begins there.

async function listen(audio) {
  const turns = [...document.querySelectorAll(".turn")];
  const seek = (ms) => {
    audio.currentTime = ms / 1000;
    follow_(ms);
  };
  let wave = null;
  let now = null;
  const follow_ = (ms) => {
    wave?.moveTo(ms);
    const heard = turns.findLast((turn) => Number(turn.dataset.from) <= ms) ?? null;
    if (heard !== now) {
      now?.classList.remove("now");
      now?.removeAttribute("aria-current");
      heard?.classList.add("now");
      heard?.setAttribute("aria-current", "true");
      if (!audio.paused) heard?.scrollIntoView({ block: "nearest" });
      now = heard;
    }
  };
  const step = () => {
    follow_(audio.currentTime * 1000);
    if (!audio.paused) requestAnimationFrame(step);
  };
  audio.addEventListener("play", step);
  audio.addEventListener("seeked", () => follow_(audio.currentTime * 1000));
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => {
      seek(Number(button.dataset.seek));
      audio.play().catch(() => tell("The browser plays no sound here.", "bad"));
    });
  }
  try {
    const peaks = await send("GET", `${url}/peaks`);
    wave = new Wave(by("wave-canvas"), peaks, seek);
    by("wave-note").hidden = true;
  } catch (error) {
    by("wave-note").textContent = error instanceof Refusal ? error.message : "The sound cannot be drawn.";
  }
}

// The journal.

const journal = { next: -1, open: false };

function line(event) {
  const item = document.createElement("li");
  const whole = document.createElement("details");
  const head = document.createElement("summary");
  const { seq, at_ms, kind, epoch, ...rest } = event;
  const { kind: _, ...fact } = rest.fact ?? {};
  for (const [name, text] of [
    ["seq", `${seq}`],
    ["at", `${(at_ms / 1000).toFixed(2)} s`],
    ["event-kind", kind],
    ["brief", Object.entries(fact).map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(", ")],
  ]) {
    const cell = document.createElement("span");
    cell.className = name;
    cell.textContent = text;
    head.append(cell);
  }
  const data = document.createElement("pre");
  data.tabIndex = 0;
  data.textContent = JSON.stringify({ epoch, ...rest }, null, 2);
  whole.append(head, data);
  item.append(whole);
  return item;
}

async function more(afresh = false) {
  if (afresh) {
    journal.next = -1;
    by("event-list").replaceChildren();
  }
  by("event-note").textContent = "Reading the journal …";
  const query = new URLSearchParams({ after: journal.next, kind: by("kind").value });
  const found = await tried(() => send("GET", `${url}/journal?${query}`));
  by("event-note").textContent = found ? "" : "The journal could not be read.";
  if (!found) return;
  by("event-list").append(...found.events.map(line));
  journal.next = found.next;
  by("event-more").hidden = found.next === null;
  if (!by("event-list").childElementCount) by("event-note").textContent = "No event of this kind.";
}

by("events").addEventListener("toggle", () => {
  if (by("events").open && !journal.open) {
    journal.open = true;
    more(true);
  }
});
by("kind").addEventListener("change", () => more(true));
by("event-more").addEventListener("click", () => more());

// What may be done with a call.

function asked(name, then) {
  const dialog = by(`ask-${name}`);
  by(name)?.addEventListener("click", () => {
    dialog.returnValue = ""; // Escape leaves the answer to the question before
    dialog.showModal();
  });
  dialog?.addEventListener("close", () => dialog.returnValue === "yes" && tried(then));
}

asked("delete", async () => {
  await send("DELETE", url);
  location.assign("/calls");
});
asked("hangup", async () => {
  await send("POST", `${url}/hangup`);
  tell("Hanging up.");
});
asked("transfer", async () => {
  await send("POST", `${url}/transfer`, { to: by("transfer-to").value });
  tell("Transferring.");
});

by("replay")?.addEventListener("click", async ({ currentTarget: button }) => {
  button.disabled = true;
  const found = await tried(() => send("POST", `${url}/replay`));
  button.disabled = false;
  if (!found) return;
  const verdict = by("verdict");
  verdict.hidden = false;
  verdict.className = `verdict ${found.same ? "good" : "bad"}`;
  verdict.textContent = found.same
    ? `The same orders came out again: ${found.events} events.`
    : `Other orders came out at event ${found.seq} (${found.fact}, ${(found.at_ms / 1000).toFixed(2)} s): ` +
      `stored ${found.stored.join(", ") || "nothing"}; replayed ${found.replayed.join(", ") || "nothing"}.`;
});

if (by("audio")) listen(by("audio"));
if (live) follow(url);
else if (open) setTimeout(() => location.reload(), LOOK_AGAIN_MS);
