// Sends requests to our own server; every refusal becomes one readable line.

const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

/** What the server refused, or why it could not be reached; `message` is for people. */
export class Refusal extends Error {
  constructor(message, status = 0, body = null) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.body = body;
  }
}

/** Send `body` (any JSON value, or nothing) and return what came back. Throws Refusal. */
export async function send(method, url, body = undefined) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Refusal("The server cannot be reached. It may be restarting: try again in a moment.");
  }
  const text = await answer.text();
  let found = null;
  try {
    found = text ? JSON.parse(text) : null;
  } catch {
    found = null;
  }
  if (!answer.ok) {
    const line = found?.error ?? `The server answered ${answer.status} ${answer.statusText}`.trim();
    throw new Refusal(line, answer.status, found);
  }
  return found;
}

/** Say one line to the reader, screen readers included; it goes by itself. */
export function tell(line, tone = "plain") {
  const place = document.getElementById("told");
  if (!place) return;
  const note = document.createElement("p");
  note.className = `note ${tone}`;
  note.textContent = line;
  place.append(note);
  setTimeout(() => note.remove(), 6000);
}
