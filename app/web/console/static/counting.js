// Figures that take a while: the same page is asked for once more, waits for them, and takes this one's place.

const place = document.getElementById("counting");

async function arrive() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Wait": "1" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.redirected) {
    location.replace(answer.url); // signed out meanwhile
    return;
  }
  if (!answer.ok) {
    failed(page.querySelector("main h1 + p")?.textContent ?? `The server answered ${answer.status}.`);
    return;
  }
  const main = document.querySelector("main");
  // The form above stays as the reader left it.
  while (place.nextSibling) place.nextSibling.remove();
  const parts = [...page.querySelector("main").children];
  const found = parts.slice(parts.findIndex((part) => part.matches("form.filters")) + 1);
  place.remove();
  main.append(...found.map((part) => document.adoptNode(part)));
  document.title = page.title;
  const told = document.createElement("p");
  told.className = "unseen"; // who sees the page sees them
  told.textContent = "The figures are there";
  document.getElementById("told").append(told);
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}

function failed(why) {
  place.removeAttribute("aria-busy");
  place.querySelector(".empty-title").textContent = "The figures did not come";
  place.querySelector(".muted").textContent = `${why} Load the page again in a moment.`;
  place.querySelector("progress").remove();
}

arrive().catch(() => failed("The server could not be reached."));
