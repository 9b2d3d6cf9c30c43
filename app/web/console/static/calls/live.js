// A live call as it happens, as its caller's page shows it; when it ends, the whole page is loaded.

import { Following } from "/static/following.js";
import { send } from "/static/http.js";
import { Talk } from "/static/talk/talk.js";
import { TO_ONLOOKER } from "/static/talk/words.js";

const by = (id) => document.getElementById(id);
const FLOOR_DB = -60;

function level(id, db) {
  const width = Math.max(0, Math.min(100, ((db - FLOOR_DB) / -FLOOR_DB) * 100));
  by(id).querySelector(".level-now").setAttribute("width", width.toFixed(0));
}

function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Follow the call until it ends. */
export function follow(url) {
  let at = 0;
  let seen = 0;
  // The stored turns are missed where the log cannot be read; the live ones are shown all the same.
  const talk = new Talk(TO_ONLOOKER, () => send("GET", url).then(({ turns }) => turns, () => []));
  // The log has a call that ended within a moment; then the page shows it whole.
  const gone = () => setTimeout(() => location.reload(), 700);
  const following = new Following(`${url}/live`, {
    take(event) {
      at = event.at ?? at;
      seen = performance.now();
      by("live-trouble").hidden = true;
      if (event.type === "level") {
        level("level-caller", event.caller);
        level("level-bot", event.bot);
        return;
      }
      talk.take(event);
      if (event.type === "ended") {
        following.close();
        by("doing").textContent = event.disposition.replaceAll("_", " ");
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
    by("live-time").textContent = clock(at + performance.now() - seen);
    talk.tick();
  }, 200);
}
