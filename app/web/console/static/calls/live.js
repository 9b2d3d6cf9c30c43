// A live call as it happens: its state, its levels and what is said; when it ends, the whole page is loaded.

import { Following } from "/static/following.js";

const by = (id) => document.getElementById(id);
const FLOOR_DB = -60;
const plays = new Map(); // number of a play -> its line
let speech = null; // the turn and the line of what the caller said last
let at = 0;
let seen = 0;

function line(speaker, text) {
  const item = document.createElement("li");
  item.className = `said ${speaker === "Bot" ? "bot" : "caller"}`;
  const who = document.createElement("span");
  who.className = "speaker";
  who.textContent = speaker;
  const words = document.createElement("span");
  words.textContent = text;
  item.append(who, words);
  const list = by("live-lines");
  list.append(item);
  list.scrollTop = list.scrollHeight;
  return words;
}

function partial(text) {
  by("live-partial").hidden = !text;
  by("live-partial").textContent = text ? `${text} …` : "";
}

/** What was heard stays, what was cut off is struck out. */
function heard(words, event) {
  if (!words || event.whole) return;
  const all = words.textContent;
  const rest = document.createElement("s");
  rest.textContent = all.startsWith(event.text) ? all.slice(event.text.length) : "";
  words.replaceChildren(event.text, rest);
}

function level(id, db) {
  const width = Math.max(0, Math.min(100, ((db - FLOOR_DB) / -FLOOR_DB) * 100));
  by(id).querySelector(".level-now").setAttribute("width", width.toFixed(0));
}

function question(found) {
  by("live-question").hidden = !found;
  if (found) by("live-question").textContent = `${found.step}: ${found.text}`;
}

function state(name) {
  by("live-state").textContent = name.replaceAll("_", " ");
}

const takes = {
  snapshot(event) {
    by("live-lines").replaceChildren();
    plays.clear();
    event.past.forEach(take);
    state(event.state?.state ?? "connecting");
    question(event.question);
  },
  bot: (event) => plays.set(event.play, line("Bot", event.said.join(" "))),
  bot_more: (event) => plays.get(event.play)?.append(` ${event.said.join(" ")}`),
  heard: (event) => heard(plays.get(event.play), event),
  question: (event) => question(event.question),
  state: (event) => state(event.state),
  partial: (event) => partial(event.text),
  words(event) {
    partial("");
    if (!event.text) return;
    // What is said in one breath comes in pieces.
    if (speech?.turn === event.turn && speech.words === by("live-lines").lastElementChild?.lastElementChild) {
      speech.words.append(` ${event.text}`);
    } else {
      speech = { turn: event.turn, words: line("Caller", event.text) };
    }
  },
  key: (event) => line("Caller", `pressed ${event.key}`),
  transfer: (event) => line("Bot", `hands over to ${event.to}`),
  transfer_ended: (event) => line("Bot", event.taken ? "handed over" : "nobody took the call"),
  lost: () => state("line lost"),
  level(event) {
    level("level-caller", event.caller);
    level("level-bot", event.bot);
  },
};

function take(event) {
  takes[event.type]?.(event);
}

/** Follow the call until it ends. */
export function follow(url) {
  // The log has a call that ended within a moment; then the page shows it whole.
  const gone = () => setTimeout(() => location.reload(), 700);
  const following = new Following(`${url}/live`, {
    take(event) {
      at = event.at ?? at;
      seen = performance.now();
      by("live-trouble").hidden = true;
      take(event);
      if (event.type === "ended") {
        following.close();
        state(event.disposition);
        gone();
      }
    },
    trouble(line) {
      by("live-trouble").hidden = false;
      by("live-trouble").textContent = `This call cannot be followed just now: ${line}`;
    },
    gone,
  });
  setInterval(() => {
    const seconds = Math.floor((at + performance.now() - seen) / 1000);
    by("live-time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 500);
}
