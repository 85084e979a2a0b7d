"use strict";
// Sorts and filters the rows of a table that is complete without this script.

const collator = new Intl.Collator(undefined, { numeric: true });
const body = document.querySelector("tbody");
const rows = Array.from(body.rows, (element) => ({
  element,
  status: element.dataset.status,
  name: element.querySelector("b").textContent,
  confidence: Number(element.dataset.confidence),
  seconds: Number(element.dataset.seconds),
  number: Number(element.dataset.number),
  text: element.querySelector(".pair").textContent.toLowerCase(),
}));
const headings = Array.from(document.querySelectorAll("th[data-sort]"));
const statuses = Array.from(document.querySelectorAll("button[data-status]"));
const input = document.getElementById("text");

// Negative where a comes first. Rows that are alike keep their order.
function difference(a, b, key) {
  return key === "name" || key === "status" ? collator.compare(a[key], b[key]) : a[key] - b[key];
}

function sortBy(heading) {
  const isReversed = heading.getAttribute("aria-sort") === "ascending";
  const key = heading.dataset.sort;
  rows.sort((a, b) => (isReversed ? difference(b, a, key) : difference(a, b, key)));
  const sorted = document.createDocumentFragment();
  for (const row of rows) sorted.append(row.element);
  body.append(sorted);
  for (const other of headings) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", isReversed ? "descending" : "ascending");
}

function filter() {
  const status = statuses.find((button) => button.getAttribute("aria-pressed") === "true").dataset.status;
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const isShown = (!status || row.status === status) && words.every((word) => row.text.includes(word));
    row.element.hidden = !isShown;
    count += Number(isShown);
  }
  const total = rows.length.toLocaleString("en");
  document.querySelector(".count").textContent = count < rows.length ? `${count.toLocaleString("en")} of ${total} shown` : "";
  document.querySelector(".nothing").hidden = count > 0;
}

for (const heading of headings) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: heading.textContent });
  button.addEventListener("click", () => sortBy(heading));
  heading.replaceChildren(button);
}
for (const button of statuses) {
  button.addEventListener("click", () => {
    for (const other of statuses) other.setAttribute("aria-pressed", String(other === button));
    filter();
  });
}
input.addEventListener("input", filter);
document.querySelector(".choice").hidden = false;
document.documentElement.classList.add("is-live");
filter();
