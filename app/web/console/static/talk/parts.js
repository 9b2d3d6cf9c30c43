// Pieces of a conversation as elements: what a question accepts, and turns that the log tells of.

/** Return an element with a class and children (texts or elements). */
export function make(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const REQUESTS = { repeat: "say it again", help: "help", operator: "an operator", opt_out: "stop calling" };
const HOW = { key: "by key", text: "typed", speech: "by voice", model: "by a model", operator: "by an operator" };

/** Return what answers a question, an item each; `freely` is what is said of one that takes any words. */
export function accepted({ accepts, by_voice: voice, by_keys: keyed }, freely) {
  const items = [];
  const item = (key, text, aside = false) =>
    items.push(make("li", aside ? "aside" : "", ...(key ? [make("kbd", "", key)] : []), text));
  const span = `${accepts.min} to ${accepts.max}`;
  if (accepts.kind === "number") item("", `a number, ${span}`);
  else if (accepts.kind === "digits") item("", accepts.min === accepts.max ? `${accepts.min} digits` : `${span} digits`);
  else if (accepts.kind === "date") item("", `a day, ${span}`);
  else if (accepts.kind === "moment") item("", "a day and a time");
  else if (accepts.kind === "text") item("", freely);
  else if (accepts.kind === "several") item("", `${span} of these`);
  const listed = [...(accepts.keys ?? [])].sort((a, b) => (a.status !== "ok") - (b.status !== "ok"));
  for (const { key, label, status } of listed) item(key, label, status !== "ok");
  for (const option of accepts.options ?? []) {
    if (!option.key || !listed.some(({ key }) => key === option.key)) item(option.key ?? "", option.label);
  }
  if (accepts.end_key && ["number", "digits", "several"].includes(accepts.kind) && keyed) item(accepts.end_key, "ends it", true);
  for (const { key, request } of accepts.requests ?? []) item(key, REQUESTS[request] ?? request, true);
  if (!voice) item("", "keys only", true);
  else if (!keyed) item("", "voice only", true);
  return items;
}

/** Return how an answer was given, in words. */
export const how = (source) => HOW[source] ?? "";

/** Return the line that says how an answer was understood. */
export function understood(slot, told, source) {
  const by = how(source) ? ` · ${how(source)}` : "";
  return make("span", "", `${slot.replaceAll("_", " ")} = `, make("strong", "", told), by);
}

/** Return what a bot's line says of a prompt that was cut off there. */
export function cut(heard, unheard) {
  if (!unheard) return [heard];
  return [heard, heard ? " " : "", make("span", "unseen", "(not heard:) "), make("span", "unheard", unheard)];
}

/** Return a remark on the conversation. */
export const aside = (what, tone = "") => make("p", `aside ${tone}`.trim(), what);

/** Return what is said of a turn that brought nothing; empty where it did. */
export function failure(outcome, input) {
  if (outcome === "no_match") return `${input ? `“${input}” was not` : "Not"} understood`;
  return outcome === "no_input" ? "No answer was heard" : "";
}

/** Return who gave this and how, for those who only hear the page unless it is to be seen. */
export function speaker({ said, typed, pressed, isTypedSeen }, source) {
  if (source === "key") return make("span", "unseen", pressed);
  if (source !== "text") return make("span", "unseen", said);
  return make("span", isTypedSeen ? "how" : "unseen", typed);
}

/** Return the lines of a turn that is over, as the log has it. */
export function stored({ step, prompt, heard, input, source, understood: meant, outcome }, words) {
  const unheard = prompt.startsWith(heard) ? prompt.slice(heard.length).trim() : "";
  const lines = [make("p", "line bot", make("span", "unseen", "Bot: "), ...cut(heard, unheard))];
  if (input) {
    const given = source === "key" ? make("span", "keys", input) : input;
    lines.push(make("p", "line you", speaker(words, source), given));
  }
  const why = failure(outcome, "");
  if (why) lines.push(aside(why));
  else if (meant) lines.push(aside(understood(step, meant, source), "answer"));
  return lines;
}
