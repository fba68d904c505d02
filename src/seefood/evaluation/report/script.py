"""What the page does: it opens a cell's pictures, sorts tables, follows the slider, changes its language.

Without it everything is there all the same. Text is never read as markup: ``textContent`` and ``setAttribute`` only.
"""

__all__ = ["SCRIPT"]

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("report-data").textContent);
const root = document.documentElement;
const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
const language = () => (root.lang === "ko" ? 1 : 0);
root.classList.add("script");

function percent(share) {
  if (share === 0 || share === 1) return 100 * share + "%";
  if (share < 0.0005) return "<0.1%";
  return share > 0.9995 ? ">99.9%" : (100 * share).toFixed(1) + "%";
}
function filled(number, values) {
  return data.live[number][language()].replace(/\\{(\\w+)\\}/g, (whole, name) => values[name]);
}
function oneIn(wrong, answered) {
  if (wrong === 0) return filled(1, {answered});
  if (wrong === answered && answered === 1) return filled(2, {});
  if (3 * wrong > answered) return filled(3, {wrong, answered});
  return filled(4, {many: Math.round(answered / wrong)});
}

function showPoint(form) {
  const slider = form.querySelector("input"), place = Number(slider.value);
  const [probability, answered, wrong, pictures] = data.curves[form.dataset.part][place];
  const coverage = answered / pictures, risk = answered ? wrong / answered : 0;
  const said = filled(0, {coverage: percent(coverage), answered, pictures, probability: percent(probability),
    wrong: oneIn(wrong, answered)});
  form.querySelector("output").textContent = said;
  slider.setAttribute("aria-valuetext", said);
  all("circle.here", form.parentElement).forEach((mark) => {
    const [left, right] = mark.dataset.across.split(" ").map(Number);
    const [bottom, top, most] = mark.dataset.up.split(" ").map(Number);
    mark.setAttribute("cx", (left + coverage * (right - left)).toFixed(2));
    mark.setAttribute("cy", (bottom + (100 * risk / most) * (top - bottom)).toFixed(2));
  });
}
const sliders = all("form.slider");
sliders.forEach((form) => {
  form.addEventListener("input", () => showPoint(form));
  form.addEventListener("submit", (event) => event.preventDefault());
});

function openCell(name) {
  const cell = name && document.getElementById(name);
  if (!cell || !cell.classList.contains("cell")) return false;
  all(".cell.opened", cell.parentElement).forEach((other) => other.classList.remove("opened"));
  cell.classList.add("opened");
  all("a.open", cell.closest(".part")).forEach((link) => {
    if (link.getAttribute("href") === "#" + name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  return true;
}
function followAddress() {
  const name = window.location.hash.slice(1);
  if (openCell(name)) document.getElementById(name).scrollIntoView({block: "nearest"});
}
all(".cells").forEach((cells) => { if (cells.firstElementChild) openCell(cells.firstElementChild.id); });
window.addEventListener("hashchange", followAddress);
all("a.open").forEach((link) => link.addEventListener("click", () => openCell(link.getAttribute("href").slice(1))));
all("table.matrix").forEach((table) => table.addEventListener("keydown", (event) => {
  const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
  const step = steps[event.key], from = event.target.closest("td");
  if (!step || !from) return;
  let row = from.parentElement.rowIndex, column = from.cellIndex;
  for (;;) {
    row += step[0]; column += step[1];
    const next = table.rows[row] && table.rows[row].cells[column];
    if (!next) return;
    const link = next.querySelector("a.open");
    if (link) { event.preventDefault(); link.focus(); return; }
  }
}));

all("th[data-sort]").forEach((head) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  if (head.dataset.t) { button.dataset.t = head.dataset.t; delete head.dataset.t; }
  head.append(button);
  const isText = head.dataset.sort === "text";
  button.addEventListener("click", () => {
    const isRising = head.getAttribute("aria-sort") !== "ascending";
    all("th[aria-sort]", head.parentElement).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0], column = head.cellIndex;
    const value = (row) => row.cells[column].dataset.v;
    const compare = (one, other) => isText ? value(one).localeCompare(value(other)) : value(one) - value(other);
    const rows = Array.from(body.rows).sort((one, other) => (isRising ? 1 : -1) * compare(one, other));
    body.append(...rows);
  });
});

function speak(code) {
  root.lang = code;
  const words = (number) => data.words[number][language()];
  all("[data-t]").forEach((each) => { each.textContent = words(Number(each.dataset.t)); });
  for (const name of ["alt", "aria-label"]) {
    all("[data-t-" + name + "]").forEach((each) => {
      each.setAttribute(name, words(Number(each.getAttribute("data-t-" + name))));
    });
  }
  sliders.forEach(showPoint);
  all("button[data-language]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.language === code));
  });
}
all("button[data-language]").forEach((button) => {
  button.addEventListener("click", () => speak(button.dataset.language));
});

const folded = all("details");
folded.forEach((each) => { each.open = false; });
window.addEventListener("beforeprint", () => folded.forEach((each) => { each.open = true; }));
const asked = new URLSearchParams(window.location.search).get("language");
speak(asked === "ko" || asked === "en" ? asked : root.lang);
followAddress();
"""
