"use strict";
const list = document.getElementById("list");
const items = Array.from(list.children);
const form = document.getElementById("filters");
const search = document.getElementById("search");
const sort = document.getElementById("sort");
const filters = Array.from(form.querySelectorAll("[data-filter]"));
const texts = new Map();

function textOf(item) {
  if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
  return texts.get(item);
}

function isWanted(item, words) {
  return filters.every(({ value, dataset }) =>
    !value || (item.dataset[dataset.filter] || "").split(" ").includes(value)
  ) && words.every((word) => textOf(item).includes(word));
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !isWanted(item, words);
    shown += item.hidden ? 0 : 1;
  }
  const count = document.getElementById("count");
  count.value = `${shown} of ${count.dataset.of}`;
}

function sorted(key) {
  if (!key) return items;
  const { compare } = new Intl.Collator("en", { numeric: true });
  return items.toSorted((a, b) => compare(b.dataset[key], a.dataset[key]));
}

function addCopyButtons(details) {
  for (const code of details.querySelectorAll("code.copy")) {
    if (code.nextSibling) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${code.textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    });
    code.after(button);
  }
}

function digestAt(steps, position) {
  const before = steps.filter((step) => step.position <= position);
  return before.length ? before.at(-1).digest : "";
}

function parsedSteps(text) {
  return text.split(" ").filter(Boolean).map((step) => {
    const [position, digest] = step.split("=");
    return { position: Number(position), digest };
  });
}

function addTimeMachine(target) {
  const slider = document.getElementById("time");
  const split = document.getElementById("split");
  const times = target.dataset.times.split(" ").map((seconds) =>
    new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC");
  const rows = Array.from(target.querySelectorAll("tbody tr"), (row) => ({
    row,
    steps: [parsedSteps(row.dataset.tag), parsedSteps(row.dataset.lock)],
    cells: row.querySelectorAll("code"),
  }));

  function show() {
    const time = times[slider.value];
    let count = 0;
    for (const { row, steps, cells } of rows) {
      const digests = steps.map((each) => digestAt(each, slider.value));
      digests.forEach((digest, number) => { cells[number].textContent = digest || "—"; });
      const isSplit = digests[0] !== digests[1];
      row.classList.toggle("split", isSplit);
      count += isSplit ? 1 : 0;
    }
    slider.setAttribute("aria-valuetext", time);
    split.value = `${time}: ` + (count
      ? `${count} of ${rows.length} would run something else by tag.`
      : "each tag stands for what is locked.");
  }

  slider.parentElement.hidden = false;
  slider.addEventListener("input", show);
  show();
}

const target = document.getElementById("target");
if (target) addTimeMachine(target);
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", filter);
if (sort) sort.addEventListener("change", () => list.append(...sorted(sort.value)));
list.addEventListener("toggle", (event) => addCopyButtons(event.target), true);
list.querySelectorAll("details[open]").forEach(addCopyButtons);
filter();
