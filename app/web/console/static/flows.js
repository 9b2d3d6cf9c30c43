// Scenarios of flows: asked for when wanted, because playing them takes seconds.

import { Refusal, send, tell } from "./http.js";

const make = (name, text = "", className = "") => {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
};

const verdict = (run) => {
  if (run.error) return make("span", "did not run", "badge bad");
  const noun = run.scenarios === 1 ? "scenario" : "scenarios";
  const found = run.ok ? `${run.scenarios} ${noun} pass` : `${run.scenarios} ${noun} tried, problems found`;
  return make("span", found, `badge ${run.ok ? "good" : "bad"}`);
};

const share = (tally) => `${tally.total - tally.missed.length} of ${tally.total}`;

const reached = (title, coverage) => {
  const row = make("tr");
  const name = make("th", title);
  name.scope = "row";
  row.append(name);
  for (const kind of ["steps", "branches", "ends"]) row.append(make("td", share(coverage[kind]), "number"));
  return row;
};

const shown = (run) => {
  const place = document.createDocumentFragment();
  const line = make("p", "", "row");
  line.append(verdict(run));
  place.append(line);
  if (run.error) {
    place.append(make("p", run.error, "muted"));
    return place;
  }
  if (run.problems.length) {
    const list = make("ul", "", "problems");
    for (const problem of run.problems) {
      const item = make("li", "", "bad");
      item.append(make("span", `line ${problem.line} `, "muted small"), `${problem.path}: ${problem.message}`);
      list.append(item);
    }
    place.append(list);
  }
  if (run.walk) {
    const region = make("div", "", "scroll");
    region.tabIndex = 0;
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", "What was reached");
    const table = make("table", "", "table");
    const head = make("tr");
    head.append(make("td"));
    for (const kind of ["Steps", "Branches", "Ends"]) {
      const cell = make("th", kind, "number");
      cell.scope = "col";
      head.append(cell);
    }
    const body = make("tbody");
    if (run.scenarios_reach) body.append(reached("The scenarios reach", run.scenarios_reach));
    body.append(reached(`A walk of ${run.walk.ways} ways reaches`, run.walk.coverage));
    const top = make("thead");
    top.append(head);
    table.append(top, body);
    region.append(table);
    place.append(region);
  }
  return place;
};

const ask = (name) => send("GET", `/api/flows/${encodeURIComponent(name)}/scenarios`);

for (const button of document.querySelectorAll("button[data-scenarios]")) {
  button.addEventListener("click", async () => {
    const name = button.dataset.scenarios;
    button.disabled = true;
    const before = button.textContent;
    button.textContent = "Running …";
    try {
      const run = await ask(name);
      document.querySelector(`[data-verdict="${CSS.escape(name)}"]`).replaceChildren(verdict(run));
      tell(`${name}: ${verdict(run).textContent}`, run.ok ? "good" : "bad");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(error.message, "bad");
    } finally {
      button.disabled = false;
      button.textContent = before;
    }
  });
}

const section = document.querySelector("[data-scenarios-of]");
if (section) {
  const place = section.querySelector("[data-scenario-result]");
  const waiting = section.querySelector("[data-waiting]");
  try {
    place.replaceChildren(shown(await ask(section.dataset.scenariosOf)));
    place.hidden = false;
    waiting.hidden = true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    waiting.textContent = error.message;
  }
}
