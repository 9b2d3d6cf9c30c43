// Keeps the system page at the present moment, cell by cell, so that nobody loses their place in it.

const EVERY_MS = 2000;
const place = document.getElementById("now");
const fresh = document.getElementById("fresh");
const told = fresh.textContent;

const cells = (root) => new Map([...root.querySelectorAll("[data-now]")].map((cell) => [cell.dataset.now, cell]));

const take = (html) => {
  const next = new DOMParser().parseFromString(html, "text/html").body;
  const before = cells(place);
  const after = cells(next);
  const isSame = before.size === after.size && [...after.keys()].every((key) => before.has(key));
  if (!isSame) {
    place.replaceChildren(...next.childNodes);
    return;
  }
  for (const [key, cell] of after) {
    if (before.get(key).innerHTML !== cell.innerHTML) before.get(key).replaceChildren(...cell.childNodes);
  }
};

const refresh = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch("/system/now", { credentials: "same-origin", headers: { Accept: "text/html" } });
      if (answer.redirected) location.reload();
      else if (answer.ok) {
        take(await answer.text());
        fresh.textContent = told;
      } else fresh.textContent = `The server answered ${answer.status}; these figures are old.`;
    } catch {
      fresh.textContent = "The server cannot be reached; these figures are old.";
    }
  }
  setTimeout(refresh, EVERY_MS);
};

setTimeout(refresh, EVERY_MS);
