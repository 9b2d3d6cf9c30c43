// Live calls above the log: they appear, go from step to step, end, and go over into the log without a reload.

import { Following } from "/static/following.js";
import { ended, hasOthersLive, isStored, renew } from "./stored.js";

const GOES_MS = 10_000; // so long one sees here how a call ended
const OTHERS_MS = 15_000; // no stream tells of calls that wait to be resumed

const list = document.getElementById("live-list");
const none = document.getElementById("live-none");
const count = document.getElementById("live-count");
const rows = new Map(); // id -> {row, at, seen, over}

let isBack = false; // the stream was away: who knows what happened meanwhile

const part = (row, name) => row.querySelector(`.${name}`);

function clock(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function made(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

/** Return who is at the other end, as the log below says it. */
function party(call) {
  if (call.from === "browser") return "Browser call";
  return (call.direction === "outbound" ? call.to : call.from) || "withheld";
}

function show(call) {
  let known = rows.get(call.id);
  if (!known) {
    const row = document.createElement("li");
    row.dataset.call = call.id;
    const link = made("a", "with", party(call));
    link.href = `/calls/${encodeURIComponent(call.id)}`;
    row.append(link, made("span", "flow muted", call.flow), made("span", "step"), made("span", "badge live state"), made("span", "number time"));
    list.prepend(row);
    known = { row, at: 0, seen: 0, over: false };
    rows.set(call.id, known);
  }
  known.over = false;
  known.row.classList.remove("over");
  part(known.row, "state").className = "badge live state";
  step(known, call);
}

function step(known, news) {
  known.at = news.at;
  known.seen = performance.now();
  if (news.step) part(known.row, "step").textContent = news.step;
  if (news.state) part(known.row, "state").textContent = news.state.replaceAll("_", " ");
}

function end(known, news) {
  step(known, news);
  known.over = true;
  known.row.classList.add("over");
  const badge = part(known.row, "state");
  badge.className = "badge state";
  badge.textContent = news.disposition.replaceAll("_", " ");
  ended(news.id, made("span", "badge", badge.textContent));
  renew();
  setTimeout(() => letGo(news.id), GOES_MS);
}

/** Take a call away that has ended, unless somebody is about to open it. */
function letGo(id) {
  const known = rows.get(id);
  if (!known?.over) return; // it came back
  if (known.row.matches(":hover, :focus-within")) {
    setTimeout(() => letGo(id), GOES_MS);
    return;
  }
  known.row.remove();
  rows.delete(id);
  summary();
}

function summary() {
  const live = [...rows.values()].filter((known) => !known.over).length;
  count.textContent = live ? String(live) : "";
  none.hidden = rows.size > 0;
  none.textContent = "No call is live now. Whoever calls appears here.";
}

function take(event) {
  const known = rows.get(event.id);
  switch (event.type) {
    case "snapshot":
      for (const [id, { row }] of rows) {
        if (!event.calls.some((call) => call.id === id)) {
          row.remove();
          rows.delete(id);
        }
      }
      event.calls.forEach(show);
      if (isBack || !event.calls.every(({ id }) => isStored(id))) renew();
      isBack = true;
      break;
    case "started":
      show(event.call);
      renew();
      break;
    case "step":
    case "turn":
      if (known) step(known, event);
      break;
    case "lost":
      if (known) step(known, { ...event, state: "line lost" });
      break;
    case "ended":
      if (known) end(known, event);
      break;
    default:
      break;
  }
  summary();
}

// On a narrow screen the calls come first, unless they are filtered.
const more = document.getElementById("more");
if (more && matchMedia("(max-width: 46rem)").matches && !new URLSearchParams(location.search).size) more.open = false;

if (list) {
  const trouble = (line) => {
    none.hidden = false;
    none.textContent = `Live calls cannot be followed just now: ${line}`;
  };
  new Following("/api/live", { take, trouble });
  setInterval(() => {
    for (const { row, at, seen, over } of rows.values()) {
      part(row, "time").textContent = clock(over ? at : at + performance.now() - seen);
    }
  }, 500);
  setInterval(() => {
    if (!document.hidden && hasOthersLive(rows)) renew();
  }, OTHERS_MS);
}
