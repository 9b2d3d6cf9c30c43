// Follows server-sent events, as every page does: comes back with growing pauses, leaves while the page is hidden,
// and leaves most of a browser's few connections to everything else.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const PLACES = 3; // A browser opens six connections to a host over HTTP/1.1, for all its tabs together.
const BUSY = `${PLACES} other tabs of this browser do so already`;

/** Throws this line for people, with the status of the answer. */
class Away extends Error {
  constructor(line, status = 0) {
    super(line);
    this.status = status;
  }
}

async function opened(url, signal) {
  let answer;
  try {
    answer = await fetch(url, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal });
  } catch {
    throw new Away("the server cannot be reached");
  }
  if (answer.ok) return answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const found = await answer.json().catch(() => null);
  throw new Away(found?.error ?? `the server answered ${answer.status}`, answer.status);
}

/** Yield each event's data as it comes, until the stream ends. */
async function* eventsOf(reader) {
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    const whole = (rest + value).split("\n\n");
    rest = whole.pop();
    for (const event of whole) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield JSON.parse(data.slice("data: ".length));
    }
  }
}

function rest(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

/** Do `work` in one of the browser's places for streams; `full` is told when all are taken, and then it waits. */
async function inPlace(signal, full, work) {
  if (!navigator.locks) return work(); // not to be had without TLS, but on this machine
  const names = Array.from({ length: PLACES }, (_, place) => `dialai-stream-${place}`);
  const { held } = await navigator.locks.query();
  if (names.every((name) => held.some((lock) => lock.name === name))) full();
  const waiting = new AbortController();
  signal.addEventListener("abort", () => waiting.abort(), { once: true });
  let isTaken = false;
  return new Promise((done, failed) => {
    const take = () => {
      if (isTaken) return undefined;
      isTaken = true;
      waiting.abort(); // for the other places
      const working = work();
      working.then(done, failed);
      return working.catch(() => {});
    };
    for (const name of names) {
      navigator.locks.request(name, { signal: waiting.signal }, take).catch((error) => isTaken || failed(error));
    }
  });
}

/**
 * Follows `url` until `close`.
 *
 * `take` is given each event; `trouble` a line for people whenever the stream is away, which is tried again;
 * `gone` is called when there is nothing to follow (any more), which is not. Who is not signed in (any more) is
 * led to the sign-in page. A `call` of this page's own is followed in a hidden tab too, waits for no other tab,
 * and is left for no other page.
 */
export class Following {
  #url;
  #does;
  #round = null;
  #isClosed = false;

  constructor(url, { take, trouble, gone = () => {}, call = false }) {
    this.#url = url;
    this.#does = { take, trouble, gone, call };
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#look);
    this.#look();
  }

  /** Follow no more. */
  close() {
    this.#isClosed = true;
    this.#leave();
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#look);
  }

  #look = () => {
    if (this.#isClosed || (document.hidden && !this.#does.call)) {
      this.#leave();
    } else if (!this.#round) {
      this.#round = new AbortController();
      void this.#follow(this.#round.signal);
    }
  };

  #leave = () => {
    this.#round?.abort();
    this.#round = null;
  };

  async #follow(signal) {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const back = () => (pause = FIRST_PAUSE_MS);
      try {
        if (this.#does.call) await this.#read(signal, back);
        else await inPlace(signal, () => this.#does.trouble(BUSY), () => this.#read(signal, back));
        if (!signal.aborted) throw new Away("the stream broke off");
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Away)) throw error;
        if (this.#isOver(error)) return;
        this.#does.trouble(`${error.message}; trying again …`);
      }
      // Not all at the same moment: a server that comes back has many to answer.
      await rest(pause * (0.75 + Math.random() / 2), signal);
    }
  }

  async #read(signal, back) {
    for await (const event of eventsOf(await opened(this.#url, signal))) {
      if (signal.aborted) return;
      back();
      try {
        this.#does.take(event);
      } catch (error) {
        reportError(error); // of the page, not of the stream
      }
    }
  }

  /** Whether nothing is to be had here by trying again. */
  #isOver({ status }) {
    if (status === 401 && !this.#does.call) {
      location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (status === 404) {
      this.#does.gone();
    } else {
      return false;
    }
    this.close();
    return true;
  }
}
