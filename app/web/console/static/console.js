// On every page: moments are shown in the reader's own time, with UTC kept as the title.

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Turn each <time data-local> inside `place` into local time; harmless when done twice. */
export function localise(place = document) {
  for (const time of place.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      time.title = time.textContent;
      time.textContent = shown.format(moment);
      time.removeAttribute("data-local");
    }
  }
}

localise();
