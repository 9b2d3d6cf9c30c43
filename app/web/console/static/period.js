// The form of the analytics page: a period, or days; who chooses the one leaves the other.

const { period, since, until } = document.querySelector("form.filters").elements;
const standard = [...period.options].find((option) => option.defaultSelected && option.value)?.value ?? "30d";
const given = period.querySelector("option[value='']") ?? new Option("The days given", "");

period.addEventListener("change", () => {
  if (!period.value) return;
  since.value = until.value = "";
  given.remove();
});

for (const day of [since, until]) {
  day.addEventListener("change", () => {
    if (since.value || until.value) {
      period.prepend(given);
      period.value = "";
    } else {
      given.remove();
      period.value = standard;
    }
  });
}
