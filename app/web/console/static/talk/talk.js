// What a call's live events look like: the transcript, the open question, its timer; changes no call.

import { accepted, aside, cut, failure, make, speaker, stored, understood } from "./parts.js";
import { TO_CALLER } from "./words.js";

const by = (id) => document.getElementById(id);

const SHOWN_MS = 20_000;

/** Shows one call in the page's parts, in `words`; `earlier` fetches the turns that the log tells of. */
export class Talk {
  constructor(words = TO_CALLER, earlier = null) {
    this.words = words;
    this.earlier = earlier;
    this.log = by("transcript");
    this.isFollowing = true; // unless the reader has scrolled back
    this.log.addEventListener("scroll", () => {
      const left = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
      this.isFollowing = left < 40;
      this.log.classList.toggle("scrolled", this.log.scrollTop > 0);
    });
    new ResizeObserver(() => this.follow()).observe(this.log);
    this.plays = new Map(); // play -> {line, spans}
    this.keys = null; // the line that keys are added to
    this.said = null; // the line of the words of the open turn
    this.answered = null; // the turn whose answer is told before its words, and the line that tells it
    this.until = 0; // when the timer shown runs out, on this page's clock
    this.ended = null;
    this.failed = null; // the answer that was given up, until its turn is told
    this.told = new Set(); // turns
    this.isSensitive = this.listensFirst = false;
    this.seq = 0; // of the last event shown
    this.sinceEpoch = -1;
  }

  /** Take one event of the stream. */
  take(event) {
    if (event.seq) this.seq = event.seq;
    const tell = this[`on_${event.type}`];
    if (tell) tell.call(this, event);
  }

  on_snapshot(event) {
    if (event.whole) this.empty();
    // What a process that is gone told is shown still; of the one that took over, what is not shown yet.
    const shown = event.whole || event.since_epoch !== this.sinceEpoch ? 0 : this.seq;
    const isMissing = !event.whole && !this.log.childElementCount;
    this.sinceEpoch = event.since_epoch;
    event.past.filter(({ seq }) => seq > shown).forEach((past) => this.take(past));
    this.on_question(event);
    this.on_state(event.state);
    if (isMissing && this.earlier) void this.tellEarlier();
  }

  /** Show above the live lines what was said before them, as the log has it. */
  async tellEarlier() {
    const turns = await this.earlier();
    const first = this.log.firstElementChild; // all that is shown was told since
    const before = turns.filter(({ turn }) => !this.told.has(turn));
    if (!before.length) return;
    before.forEach(({ turn }) => this.told.add(turn));
    for (const line of before.flatMap((turn) => stored(turn, this.words))) this.log.insertBefore(line, first);
    this.aside("Up to here as the log has it", "", first);
    this.follow();
  }

  on_bot({ play, said }) {
    this.keys = this.said = null;
    const line = make("p", "line bot", make("span", "unseen", "Bot: "));
    this.plays.set(play, { line, spans: [] });
    this.on_bot_more({ play, said });
    this.add(line);
  }

  on_bot_more({ play, said }) {
    const known = this.plays.get(play);
    if (!known) return;
    for (const sentence of said) {
      const span = make("span", "later", sentence);
      if (known.spans.length) known.line.append(" ");
      known.line.append(span);
      known.spans.push(span);
    }
    this.follow();
  }

  on_sounding({ play }) {
    this.plays.get(play)?.spans[0]?.classList.remove("later");
  }

  /** Sentence `index` of this play was heard to its end, by our own loudspeaker's count. */
  heardTo(play, index) {
    const spans = this.plays.get(play)?.spans ?? [];
    spans.slice(0, index + 2).forEach((span) => span.classList.remove("later"));
  }

  on_heard({ play, whole, text, utterances }) {
    const known = this.plays.get(play);
    if (!known) return;
    if (whole) {
      known.spans.forEach((span) => span.classList.remove("later"));
      return;
    }
    const sentences = known.spans.map((span) => span.textContent);
    const begun = text.slice(sentences.slice(0, utterances).join(" ").length).trim();
    const left = sentences.slice(utterances).join(" ");
    const unheard = left.startsWith(begun) ? left.slice(begun.length).trim() : left;
    const heard = [...sentences.slice(0, utterances), begun].filter(Boolean).join(" ");
    known.line.replaceChildren(known.line.firstChild, ...cut(heard, unheard));
    known.spans = [];
  }

  on_barge_in({ by: who }) {
    if (this.words.interrupted[who]) this.aside(this.words.interrupted[who]);
  }

  on_false_alarm() {
    this.aside("Only a noise: the bot goes on");
  }

  on_key({ key, counts }) {
    // A late # still ends the entry before, and is no news.
    if (counts === false && key !== "#") {
      this.aside(this.words.early(key === "?" ? "•" : key));
      return;
    }
    if (!this.keys) {
      this.keys = make("span", "keys");
      this.add(make("p", "line you", speaker(this.words, "key"), this.keys));
    }
    this.keys.append(key === "?" ? "•" : key);
    this.follow();
  }

  on_partial({ text }) {
    this.partial(text);
  }

  on_words({ turn, text, typed }) {
    this.partial("");
    if (!text) return;
    if (turn === this.answered?.turn) {
      // The recogniser's last word may come when its guess was taken already: it belongs above what it meant.
      this.add(make("p", "line you", speaker(this.words, ""), text), this.answered.line);
      return;
    }
    if (!this.said) {
      this.said = make("p", "line you", speaker(this.words, typed ? "text" : ""));
      this.add(this.said);
    } else {
      this.said.append(" ");
    }
    this.said.append(text);
    this.follow();
  }

  on_answer({ turn, slot, value, label, status, source }) {
    this.partial("");
    if (status === "no_match" || status === "no_input") {
      this.failed = { turn, slot }; // said with the turn, behind what was not understood
      return;
    }
    const told = status === "ok" ? label || String(value) : status.replaceAll("_", " ");
    this.aside(understood(slot, told, source), "answer");
    if (!this.said) this.answered = { turn, line: this.log.lastElementChild };
  }

  on_turn({ turn, outcome, latency_ms: latency, input }) {
    this.keys = this.said = null;
    this.told.add(turn);
    // A turn is told once its answer sounds, so that the bot's next line may stand there already.
    const before = this.log.lastElementChild?.matches(".line.bot") ? this.log.lastElementChild : null;
    const left = this.failed?.turn === turn ? `: ${this.failed.slot.replaceAll("_", " ")} is left open` : "";
    this.failed = null;
    const why = failure(outcome, input);
    if (why) this.aside(`${why}${left}`, "", before);
    if (latency.total !== undefined) {
      by("latency-line").hidden = false;
      by("latency").textContent = `${latency.total} ms`;
    }
  }

  on_lost() {
    if (this.words.lost) this.aside(this.words.lost, "bad");
  }

  /** The line is gone, as the page itself saw. */
  lost() {
    this.aside("The line was lost: connecting again", "bad");
    this.until = 0;
    by("timer").hidden = true;
  }

  on_joined({ epoch }) {
    if (epoch > 0) this.aside(this.words.joined);
  }

  on_recording({ allowed }) {
    this.aside(allowed ? "This call is recorded" : "This call is not recorded");
  }

  on_transfer({ to }) {
    this.aside(this.words.transfer(to));
  }

  on_transfer_ended({ taken }) {
    const told = this.words.transferEnded(taken);
    if (told) this.aside(told);
  }

  on_trouble({ service, detail }) {
    this.aside(`Trouble (${service}): ${detail}`, "bad");
  }

  on_question({ question }) {
    const place = by("asked");
    place.hidden = !question;
    if (!question) return;
    this.isSensitive = question.sensitive;
    this.title();
    by("asked-text").textContent = this.words.question(question);
    by("accepts").replaceChildren(...accepted(question, this.words.freely));
  }

  on_state({ state, timer, left_ms: left, listen_first: first }) {
    this.state = state;
    this.listensFirst = first;
    this.title();
    by("doing").textContent = this.words.doing(state);
    const name = this.words.timers[timer];
    // While somebody talks the end of their turn is far off, and no news.
    this.until = name && left !== null && left <= SHOWN_MS ? performance.now() + left : 0;
    by("timer").hidden = !this.until;
    if (this.until) by("timer-name").textContent = name;
    if (state !== "hearing") this.partial("");
    this.tick();
  }

  /** Say over the question whether it is asked already, or to be heard first. */
  title() {
    const what = this.listensFirst ? this.words.first : this.words.asked;
    by("asked-title").textContent = this.isSensitive ? `${what} (kept out of the log)` : what;
    by("asked").classList.toggle("first", this.listensFirst);
    by("asked-note").hidden = !this.listensFirst;
  }

  on_ended(event) {
    this.ended = event;
    by("asked").hidden = true;
    this.partial("");
  }

  /** Show how much time the timer has left. */
  tick() {
    if (!this.until) return;
    const left = Math.max(0, this.until - performance.now());
    by("timer-left").textContent = `${(left / 1000).toFixed(1)} s`;
  }

  empty() {
    this.log.replaceChildren();
    this.plays.clear();
    this.told.clear();
    this.keys = this.said = this.answered = null;
  }

  /** Begin anew. */
  clear() {
    this.empty();
    this.ended = null;
    this.isSensitive = this.listensFirst = false;
    this.failed = null;
    this.seq = 0;
    this.sinceEpoch = -1;
    this.isFollowing = true;
    by("asked").hidden = true;
    by("latency-line").hidden = true;
    this.partial("");
  }

  aside(what, tone = "", before = null) {
    this.add(aside(what, tone), before);
  }

  partial(text) {
    by("partial").hidden = !text;
    by("partial").textContent = text ? `${text} …` : "";
  }

  add(line, before = null) {
    this.log.insertBefore(line, before);
    this.follow();
  }

  follow() {
    if (this.isFollowing) this.log.scrollTop = this.log.scrollHeight;
  }
}
