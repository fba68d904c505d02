"""The page of an animation: its looks, what it does, and the policy that lets nothing else in.

Everything is in the one file. The policy names the style and the script by their digests, so nothing that a label might
smuggle in could run, and no address is ever asked for anything.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from seefood.drawing.svg import FONTS, Element, escaped

__all__ = ["Page", "Words"]


@dataclass(frozen=True)
class Words:
    """What the page itself says; ``{step}``, ``{steps}``, ``{epoch}`` and ``{loss}`` are filled in by the script."""

    code: str
    title: str
    play: str
    pause: str
    slider: str
    status: str
    network: str
    plane: str
    curve: str
    scroll: str
    summary: str
    without_script: str


@dataclass(frozen=True)
class Page:
    """One page: its words, its title, what is said below it, figures (name, caption, drawing), how many frames there
    are, and what the script changes from frame to frame, as JSON."""

    words: Words
    title: str
    summary: str
    figures: tuple[tuple[str, str, Element], ...]
    frames: int
    data: Mapping[str, object]
    least_width: int = 600
    """Pixels below which the network is not made narrower, but scrolled sideways: its words could not be read."""

    def to_text(self) -> str:
        """The page as HTML."""
        figures = "\n".join(_figure(name, caption, drawing, self.words) for name, caption, drawing in self.figures)
        style = _STYLE.replace("LEAST_WIDTH", f"{self.least_width:d}px")
        return _PAGE.format(
            code=self.words.code,
            policy=escaped(_policy(style)),
            title=escaped(self.title),
            style=style,
            summary=escaped(self.summary),
            slider=escaped(self.words.slider),
            play=escaped(self.words.play),
            last=self.frames - 1,
            without_script=escaped(self.words.without_script),
            figures=figures,
            data=_as_data({**self.data, "words": vars(self.words)}),
            script=_SCRIPT,
        )


def _figure(name: str, caption: str, drawing: Element, words: Words) -> str:
    said = escaped(f"{caption} {words.scroll}" if name == "network" else caption)
    focus = ' tabindex="0" role="region"' if name == "network" else ""
    return f'<figure class="{escaped(name)}"{focus} aria-label="{said}">{drawing.to_text()}</figure>'


def _as_data(value: Mapping[str, object]) -> str:
    """JSON that cannot end the element it stands in."""
    written = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(style: str) -> str:
    """Nothing from anywhere; pictures that are in the page itself; this style and this script."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(_SCRIPT)}'; "
        "base-uri 'none'; "
        "form-action 'none'"
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


_PAGE = """<!doctype html>
<html lang="{code}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{summary}</p>
</header>
<noscript><p>{without_script}</p></noscript>
<form class="controls" autocomplete="off">
<button type="button" id="play">{play}</button>
<label for="frame">{slider}</label>
<input type="range" id="frame" min="0" max="{last}" value="{last}" step="1">
<output id="status" for="frame"></output>
</form>
<main>
{figures}
</main>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""

_STYLE = (
    """
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:16px;color:#1b2530;background:#f4f6f8;line-height:1.45;
font-family:"""
    + FONTS
    + """}
h1{font-size:1.35rem;margin:0 0 4px;overflow-wrap:anywhere}
p{margin:0 0 10px;color:#4d5966;overflow-wrap:anywhere}
.controls{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;
margin:0 0 14px;padding:10px 12px;background:#fff;border:1px solid #e1e6eb;border-radius:10px}
button{font:inherit;font-weight:600;min-width:6.5em;min-height:44px;padding:0 16px;color:#fff;background:#2459b8;
border:0;border-radius:8px;cursor:pointer}
button:hover{background:#1c4794}
input{flex:1 1 160px;min-width:120px;min-height:44px;accent-color:#2459b8}
output{font-variant-numeric:tabular-nums;flex:1 1 100%}
:focus-visible{outline:3px solid #d9662b;outline-offset:2px}
main{display:grid;gap:14px;grid-template-columns:minmax(0,1fr)}
figure{margin:0;padding:8px;background:#fff;border:1px solid #e1e6eb;border-radius:10px;overflow:hidden}
figure svg{display:block;width:100%;height:auto}
figure.network{overflow-x:auto}
figure.network>svg{width:auto;max-width:100%;min-width:LEAST_WIDTH;margin:0 auto}
@media (min-width:860px){main{grid-template-columns:repeat(2,minmax(0,1fr))}figure.network,figure.curve:nth-child(2)
{grid-column:1/-1}figure.curve>svg{max-width:680px;margin:0 auto}}
@media print{main{grid-template-columns:repeat(2,minmax(0,1fr))}figure.network{grid-column:1/-1}
body{background:#fff;padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
button,input,label{display:none}.controls{position:static;border:0;padding:0}figure{break-inside:avoid}}
"""
)

# What is drawn is what `draw_network` drew; here only numbers, widths and colours are exchanged. Text is never read as
# markup: `textContent` and `setAttribute` only.
_SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words, frames = data.frames, last = frames.length - 1;
const play = document.getElementById("play"), slider = document.getElementById("frame");
const status = document.getElementById("status");
const all = (selector) => Array.from(document.querySelectorAll(selector));
const minus = "\\u2212";
const raised = "\\u2070\\u00b9\\u00b2\\u00b3\\u2074\\u2075\\u2076\\u2077\\u2078\\u2079";

function figure(value, decimals) {
  if (typeof value !== "number") return value;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let written;
  if (size >= Math.pow(10, -decimals) && size < 1e6) {
    written = value.toFixed(decimals);
    if (written.includes(".")) written = written.replace(/0+$/, "").replace(/\\.$/, "");
  } else {
    const exponent = parseInt(value.toExponential(1).split("e")[1], 10);
    if (exponent < 0 && exponent >= -Math.max(data.plain, decimals)) {
      written = value.toFixed(1 - exponent).replace(/0+$/, "");
    } else {
      const parts = value.toExponential(Math.max(1, decimals - 2)).split("e");
      if (parts[0].includes(".")) parts[0] = parts[0].replace(/0+$/, "").replace(/\\.$/, "");
      const power = String(parseInt(parts[1], 10)).replace("-", "\\u207b");
      written = parts[0] + "\\u00b710" + power.replace(/[0-9]/g, (digit) => raised[Number(digit)]);
    }
  }
  return written.replaceAll("-", minus);
}

function activation(value) {
  if (data.large || typeof value !== "number" || value === 0 || Math.abs(value) >= 0.001) return figure(value, 3);
  return value.toFixed(3).replace("-", minus);
}

function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1 %";
  if (share > 0.999 && share < 1) return ">99.9 %";
  return (100 * share).toFixed(1) + " %";
}

function colour(weight) {
  const share = data.weakest + (1 - data.weakest) * Math.min(Math.abs(weight) / data.largest, 1);
  const end = weight < 0 ? data.below : data.above;
  return "rgb(" + end.map((channel) => Math.round(255 + share * (channel - 255))).join(",") + ")";
}

const edges = {}, names = {}, labels = {}, texts = {}, shares = {};
all("line.edge").forEach((line) => {
  edges[line.dataset.edge] = line;
  names[line.dataset.edge] = line.firstElementChild.textContent.split(":")[0];
});
all("text.weight").forEach((text) => { labels[text.dataset.edge] = text; });
for (const kind of ["input", "activation", "sum", "bias", "percent"]) {
  texts[kind] = {};
  all("text." + kind).forEach((text) => { texts[kind][text.dataset.node] = text; });
}
all("rect.share").forEach((bar) => { shares[bar.dataset.node] = bar; });
const plane = document.querySelector("figure.plane svg image");
const mark = document.querySelector("figure.curve .moving");

function showWeights(frame) {
  data.edges.forEach((name, index) => {
    const weight = frame.weights[index], line = edges[name];
    line.setAttribute("stroke", colour(weight));
    const width = data.thinnest + (data.thickest - data.thinnest) * Math.min(Math.abs(weight) / data.largest, 1);
    line.setAttribute("stroke-width", width.toFixed(2));
    if (weight < 0) line.setAttribute("stroke-dasharray", data.dashes); else line.removeAttribute("stroke-dasharray");
    const written = figure(weight, 3);
    line.firstElementChild.textContent = names[name] + ": " + figure(weight, 6);
    if (labels[name]) labels[name].textContent = written;
  });
}

function showNodes(frame) {
  const best = Math.max(...frame.outputs.filter((value) => typeof value === "number"));
  data.nodes.forEach((name, index) => {
    const set = (kind, text) => { if (texts[kind][name]) texts[kind][name].textContent = text; };
    set("activation", activation(frame.activations[index]));
    set("sum", data.z + figure(frame.sums[index], data.decimals));
    set("bias", data.b + figure(frame.biases[index], data.decimals));
    const bar = shares[name], share = frame.activations[index];
    if (!bar || typeof share !== "number") return;
    set("percent", percent(share));
    bar.setAttribute("width", (share * data.bar).toFixed(2));
    bar.setAttribute("fill", share === best ? data.best : data.other);
  });
}

let shown = -1;
function show(number) {
  shown = number;
  const frame = frames[number];
  const said = words.status.replace("{step}", frame.step).replace("{steps}", data.steps)
    .replace("{epoch}", frame.epoch).replace("{loss}", figure(frame.loss, 4));
  slider.value = number;
  slider.setAttribute("aria-valuetext", said);
  status.textContent = said;
  showWeights(frame);
  showNodes(frame);
  if (plane && frame.plane) plane.setAttribute("href", frame.plane);
  if (mark) {
    mark.setAttribute("visibility", frame.at === null ? "hidden" : "visible");
    if (frame.at !== null) mark.setAttribute("transform", "translate(" + frame.at[0] + " 0)");
    if (frame.at !== null) mark.lastElementChild.setAttribute("cy", frame.at[1]);
  }
}

let timer = null;
function stop() {
  window.clearInterval(timer);
  timer = null;
  play.textContent = words.play;
}
function start() {
  if (shown >= last) show(0);
  play.textContent = words.pause;
  timer = window.setInterval(() => { if (shown < last) show(shown + 1); if (shown >= last) stop(); }, data.pace);
}
play.addEventListener("click", () => { if (timer === null) start(); else stop(); });
slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
window.addEventListener("beforeprint", stop);
const asked = new URLSearchParams(window.location.search).get("frame");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
if (asked !== null) show(Math.max(0, Math.min(last, Number(asked) || 0)));
else if (still || last < 1) show(last);
else { show(0); start(); }
"""
