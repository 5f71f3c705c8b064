"use strict";
const main = document.getElementById("main");
const steps = Array.from(document.querySelectorAll("#steps > li"));
const STYLES = { 1: "bold", 2: "dim", 31: "red", 32: "green", 35: "magenta" };

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/* What is between backquotes is code. */
function withCode(text) {
  return text.split("`").map((piece, number) =>
    number % 2 ? element("code", "", piece) : piece);
}

/* The colors that imagelock prints (ECMA-48, SGR): each text has a single one. */
function withColors(text) {
  const [first, ...rest] = text.split("\x1b[");
  return [first, ...rest.map((piece) => {
    const [, codes, colored] = /^([0-9;]*)m([^]*)$/.exec(piece) || [null, "", piece];
    const names = codes.split(";").map((code) => STYLES[code]).filter(Boolean);
    return names.length ? element("span", names.join(" "), colored) : colored;
  })];
}

function showSteps(done) {
  steps.forEach((step, number) => {
    step.classList.toggle("done", number < done);
    if (number === done) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  document.getElementById("end").hidden = done < steps.length;
}

/* Keeps what is there already: only what is new appears, and is read aloud. */
function fill(list, items, make) {
  const known = new Map(Array.from(list.children, (each) => [each.dataset.number, each]));
  const numbers = new Set(items.map(({ number }) => String(number)));
  known.forEach((each, number) => { if (!numbers.has(number)) each.remove(); });
  items.forEach((item, place) => {
    const made = known.get(String(item.number)) || make(item);
    made.dataset.number = item.number;
    if (list.children[place] !== made) list.insertBefore(made, list.children[place]);
  });
}

function push({ kind, name, digest }) {
  return element("li", "",
    element("i", kind), element("b", "", name), " ", element("code", "", digest));
}

function container({ name, kind, platform, digest }) {
  return element("li", kind,
    element("b", "", element("i", kind), name), " ",
    element("span", "", platform), " ", element("code", "", digest));
}

function showFleet(id, { target, summary, split, containers }) {
  const fleet = document.getElementById(id);
  const isAttacked = containers.some(({ kind }) => kind === "malicious");
  fleet.classList.toggle("alarm", split || isAttacked);
  fleet.querySelector(".target").textContent = target ? target.slice(0, 19) : "nothing";
  fleet.querySelector(".summary").textContent = (split ? "Split: " : "") + summary;
  fill(fleet.querySelector("ul"), containers, container);
}

function run({ command, output, exit_code: code }) {
  return element("div", "",
    element("p", "", "$ ", element("b", "", command)),
    element("pre", "", ...withColors(output)),
    element("p", code ? "red" : "green", `exit code ${code}`));
}

function showNews(text) {
  const news = document.getElementById("news");
  if (news.dataset.text !== text) news.replaceChildren(...withCode(text));
  news.dataset.text = text;
}

function show(state) {
  const runs = document.getElementById("runs");
  showSteps(state.done);
  fill(document.getElementById("pushes"), state.pushes, push);
  showFleet("tag", state.fleets.tag);
  showFleet("lock", state.fleets.lock);
  fill(runs, state.runs, run);
  runs.scrollTop = runs.scrollHeight;
  showNews(state.news);
}

async function ask(path, options) {
  if (main.ariaBusy === "true") return;
  main.ariaBusy = "true";
  try {
    const answer = await fetch(path, options);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    show(await answer.json());
  } catch (error) {
    showNews(`The demo does not answer (${error.message}). Has it ended in the terminal?`);
  }
  main.hidden = false;
  main.ariaBusy = "false";
}

main.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  ask("act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ action: button.dataset.action }),
  });
});
addEventListener("focus", () => ask("state"));
ask("state");
