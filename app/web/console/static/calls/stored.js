// The table of the log on its first page, brought up to date where nothing is filtered: the server draws its rows.

import { localise } from "/static/console.js";

const PAUSE_MS = 1000; // the log has a call that ended within a moment
const EVERY_MS = 5000; // at most: where calls come and go all the time, pages are not to be drawn all the time
const place = document.getElementById("stored");
const isFirst = location.pathname === "/calls" && !new URLSearchParams(location.search).size;

/** Return what a row says but for its moment, which this page tells in the reader's time. */
const text = (row) => [...row.cells].slice(1).map((cell) => cell.textContent).join("\n");

const rowOf = (id, within = place) => within.querySelector(`tr[data-call="${CSS.escape(id)}"]`);

/** Show the wrapper as it came anew. A row that says the same stays, and so does the focus. */
function replace(fresh) {
  const focus = place.contains(document.activeElement) ? document.activeElement : null;
  const [id, words] = [focus?.closest("tr")?.dataset.call, focus?.textContent];
  for (const row of fresh.querySelectorAll("tr[data-call]")) {
    const known = rowOf(row.dataset.call);
    if (known && text(known) === text(row)) row.replaceWith(known);
  }
  place.replaceChildren(...fresh.childNodes);
  localise(place);
  if (!focus) return;
  const again = id ? rowOf(id)?.querySelector(".open") : [...place.querySelectorAll("a")].find((link) => link.textContent === words);
  again?.focus({ preventScroll: true });
}

async function read() {
  const answer = await fetch("/calls", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // the stream says what is wrong
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("stored");
  if (!fresh) return;
  replace(fresh);
  document.getElementById("count").textContent = page.getElementById("count").textContent;
}

let waiting = 0;
let readAt = -EVERY_MS;

/** Bring the table up to date in a moment: one time for all that happens until then. */
export function renew() {
  if (!isFirst || waiting) return;
  const pause = Math.max(PAUSE_MS, readAt + EVERY_MS - performance.now());
  waiting = setTimeout(() => {
    waiting = 0; // what happens from here on needs another look
    readAt = performance.now();
    void read();
  }, pause);
}

/** Say in the row of this call how it ended. */
export function ended(id, badge) {
  rowOf(id)?.querySelector(".state")?.replaceChildren(badge);
}

/** Whether the table has this call. */
export const isStored = (id) => Boolean(rowOf(id));

/** Whether a row is shown as live that is not among these calls: it waits to be resumed, or to be given up. */
export function hasOthersLive(ids) {
  return [...place.querySelectorAll("tr[data-call]")].some(
    (row) => row.querySelector(".badge.live") && !ids.has(row.dataset.call),
  );
}
