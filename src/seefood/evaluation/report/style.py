"""How the page looks: on a phone, on a desk, in the dark, and on paper. Fonts are those of the system."""

from seefood.drawing.colours import (
    CARD,
    EDGE,
    INK,
    MUTED,
    OTHER,
    PAPER,
    RIGHT,
    TRACK,
    UNSURE,
    WELL,
    WRONG,
)
from seefood.drawing.svg import FONTS

__all__ = ["STYLE"]

# Shares of a row, by tenths: blue where right, orange where wrong, as everywhere in this house.
_RIGHT, _WRONG = "47 111 222", "217 102 43"
_STEPS = "".join(
    f".yes-{step}{{background:rgb({_RIGHT} / {6 * step + 6}%)}}.no-{step}{{background:rgb({_WRONG} / {8 * step + 8}%)}}"
    for step in range(1, 10)
)

# What drawings say in attributes, said again for the dark.
_DARK_DRAWINGS = (
    "".join(
        f'.drawing [{name}="{light}"]{{{name}:{dark}}}'
        for light, dark in (
            (INK, "#e6ebf0"),
            (MUTED, "#a3b0bd"),
            (EDGE, "#313c47"),
            (TRACK, "#2b3640"),
            ("#d5dde5", "#3a4651"),
        )
        for name in ("fill", "stroke")
    )
    + f'.drawing text[stroke="{CARD}"]{{stroke:#1c242c}}.drawing [fill="{OTHER}"]{{fill:#3d5f9c}}.track{{fill:#2b3640}}'
)

STYLE = f"""
:root{{--paper:{PAPER};--card:{CARD};--edge:{EDGE};--well:{WELL};--ink:{INK};--muted:#566270;--best:#2459b8;
--right:{RIGHT};--wrong:{WRONG};--unsure:{UNSURE};--focus:#d9662b;--softly:{TRACK}}}
*{{box-sizing:border-box}}
html{{scroll-behavior:smooth;scroll-padding-top:12px;-webkit-text-size-adjust:100%}}
body{{margin:0;color:var(--ink);background:var(--paper);font:1rem/1.6 {FONTS};overflow-wrap:break-word}}
:lang(ko){{word-break:keep-all}}
header,main,footer{{max-width:1120px;margin:0 auto;padding:0 clamp(14px,3vw,32px)}}
header{{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:12px 24px;padding-top:28px}}
h1{{font-size:clamp(1.2rem,2.6vw,1.6rem);line-height:1.3;margin:0;font-weight:650;overflow-wrap:anywhere;flex:1 1 16em}}
h2{{font-size:clamp(1.25rem,2.4vw,1.6rem);line-height:1.3;margin:0 0 6px;font-weight:650}}
h3{{font-size:1.05rem;line-height:1.4;margin:26px 0 8px;font-weight:650;overflow-wrap:anywhere}}
h4{{font-size:.95rem;margin:22px 0 8px;color:var(--muted);font-weight:600}}
p{{margin:0 0 12px;max-width:72ch}}
a{{color:var(--best)}}
section{{margin:18px 0;padding:clamp(18px,3vw,34px);background:var(--card);
border:1px solid var(--edge);border-radius:14px}}
.what,.legend,.more,small,caption,.note{{color:var(--muted)}}
.legend,.more,.note,small{{font-size:.86rem}}
.part+.part{{margin-top:40px;padding-top:10px;border-top:1px solid var(--edge)}}
h3::first-letter{{text-transform:uppercase}}
.part>h3:first-child{{color:var(--muted);font-weight:500;font-size:.95rem;margin-top:16px}}
.verdict{{font-size:clamp(1.35rem,3.4vw,2.05rem);line-height:1.3;font-weight:650;margin:6px 0 14px;max-width:34ch;
text-wrap:balance}}
.lead{{font-size:1.08rem}}
:focus-visible{{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}}
.skip{{position:absolute;left:12px;top:-60px;padding:10px 16px;background:var(--card);z-index:2}}
.skip:focus{{top:8px}}
.languages{{display:none;gap:0;border:1px solid var(--edge);border-radius:9px;overflow:hidden;background:var(--card)}}
.script .languages{{display:flex}}
button{{font:inherit;color:inherit;background:none;border:0;cursor:pointer}}
.languages button{{min-height:44px;padding:0 16px}}
.languages button[aria-pressed=true]{{background:var(--best);color:#fff;font-weight:600}}
.contents ul{{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:20px 0 4px;padding:0}}
.contents a{{display:block;padding:9px 15px;border:1px solid var(--edge);border-radius:99px;background:var(--card);
color:var(--ink);text-decoration:none;font-size:.92rem}}
.contents a:hover{{border-color:var(--best)}}
.drawing>svg{{display:none;width:100%;height:auto;max-width:760px}}
:root:lang(en) .drawing .narrow.in-en,:root:lang(ko) .drawing .narrow.in-ko{{display:block}}
@media (min-width:980px){{.figures{{grid-template-columns:repeat(6,minmax(0,1fr))}}}}
@media (min-width:760px){{:root:lang(en) .drawing .wide.in-en,:root:lang(ko) .drawing .wide.in-ko{{display:block}}
:root:lang(en) .drawing .narrow,:root:lang(ko) .drawing .narrow{{display:none!important}}}}
.chart{{margin:14px 0}}
.interval{{margin:18px 0 8px}}
.figures{{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:10px;margin:18px 0}}
.figures>div{{padding:13px 15px;border-radius:10px;background:var(--well)}}
dt{{font-size:.88rem;color:var(--muted)}}
dd{{margin:0}}
.figures strong{{display:block;font-size:1.5rem;line-height:1.35;font-variant-numeric:tabular-nums;font-weight:650}}
.figures small{{display:block;line-height:1.4}}
.scroll{{overflow:auto;max-width:100%;margin:14px 0}}
.high{{max-height:min(70vh,640px);border:1px solid var(--edge);border-radius:10px}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}
caption{{text-align:start;font-size:.86rem;padding-bottom:8px}}
.unseen{{position:absolute;width:1px;height:1px;margin:-1px;padding:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
th,td{{padding:8px 12px;text-align:start;vertical-align:middle;border-bottom:1px solid var(--edge)}}
th{{font-weight:600}}
thead th{{font-size:.88rem;color:var(--muted);vertical-align:middle}}.matrix thead th{{vertical-align:bottom}}
.matrix thead th:first-child{{white-space:nowrap}}
.high thead th{{position:sticky;top:0;background:var(--card);z-index:1}}
tbody th{{max-width:18em}}
.classes,.facts,table.pairs{{width:100%}}
.classes td:nth-child(3),.classes td:nth-child(4){{white-space:nowrap}}
.classes tbody th{{min-width:min(11em,26vw)}}.classes td:last-child{{min-width:10em}}
th button{{padding:0;white-space:nowrap;font-weight:600;color:inherit;min-height:32px;text-align:start}}
th button::after{{content:" ↕";opacity:.5}}
th[aria-sort=ascending] button::after{{content:" ↑";opacity:1}}
th[aria-sort=descending] button::after{{content:" ↓";opacity:1}}
ul.tiles{{list-style:none;margin:18px 0;padding:0;display:grid;gap:10px;
grid-template-columns:repeat(auto-fill,minmax(min(100%,132px),1fr))}}
.tiles a{{display:flex;flex-direction:column;height:100%;padding:13px 15px;border:1px solid transparent;
border-radius:10px;background:var(--well);color:inherit;text-decoration:none}}
.tiles a:hover{{border-color:var(--best)}}
.tiles strong{{font-size:1.5rem;line-height:1.35;font-variant-numeric:tabular-nums;font-weight:650}}
.tiles span{{line-height:1.4}}.tiles span::first-letter{{text-transform:uppercase}}
.tiles .important{{color:var(--wrong);font-weight:700}}
.census{{width:100%}}.census td:nth-child(2){{width:1%;text-align:end}}
.census .bar{{display:block;width:100%;height:12px;border-radius:6px}}.census .bar rect{{rx:0}}
.census tbody th{{width:1%;min-width:min(11em,34vw)}}
.bar{{width:64px;height:8px;vertical-align:middle}}
.matrix td{{text-align:center;padding:0;min-width:34px;height:38px;border:2px solid var(--card);border-radius:6px}}
.matrix.standing{{font-size:.86rem}}.matrix.standing td{{min-width:26px;height:30px;border-width:1px}}
.matrix.standing tbody th{{max-width:20em;min-width:6em;padding:2px 8px 2px 2px;line-height:1.2}}
.matrix.standing a{{min-height:28px}}.matrix.standing .total{{padding:0 6px}}
.matrix.lying td{{min-width:76px;height:52px;font-size:1.1rem}}
.matrix th{{border:0;padding:4px 10px}}
.matrix tbody th{{position:sticky;left:0;background:var(--card);text-align:end;max-width:21em;z-index:1}}
.matrix.lying thead th{{text-align:center}}
.matrix.standing thead th:not(:first-child){{padding:4px 0}}
.matrix.standing thead th:not(:first-child) span{{writing-mode:vertical-rl;text-orientation:sideways;
max-height:16em;overflow:hidden;
text-overflow:ellipsis;white-space:nowrap;margin:0 auto;display:block;transform:rotate(180deg);line-height:1.2}}
.matrix .none{{color:var(--muted);opacity:.75}}
.matrix .yes{{font-weight:650}}
.matrix .total{{color:var(--muted);padding:0 12px}}
.matrix a{{display:flex;align-items:center;justify-content:center;width:100%;min-height:34px;height:100%;color:inherit;
text-decoration:underline;text-decoration-color:rgb(120 130 140 / 55%);text-underline-offset:4px}}
.matrix td:has(a:hover){{box-shadow:inset 0 0 0 2px var(--focus)}}
.matrix td:has(a[aria-current]){{box-shadow:inset 0 0 0 3px var(--focus)}}
.pairs a{{font-weight:650;padding:8px 12px}}
.pairs a[aria-current]{{box-shadow:inset 0 0 0 2px var(--focus);border-radius:6px}}
.cell{{margin-top:18px;padding:16px;border:1px solid var(--edge);border-radius:10px}}
.cell .title{{font-weight:650;margin-bottom:6px}}
.script .cell{{display:none}}
.script .cell.opened{{display:block}}
{_STEPS}
ul.gallery{{list-style:none;margin:12px 0;padding:0;display:grid;gap:16px;
grid-template-columns:repeat(auto-fill,minmax(132px,1fr))}}
ul.pairs{{grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}}
figure{{margin:0}}
.photos{{display:flex;align-items:center;justify-content:center;gap:4px;background:var(--well);border-radius:8px;
overflow:hidden;aspect-ratio:1;position:relative;border:1px solid var(--edge)}}
.badge{{position:absolute;top:6px;inset-inline-end:6px;width:26px;height:26px;line-height:26px;text-align:center;border-radius:50%;
background:var(--card);color:var(--wrong);font-weight:700;font-size:.9rem;box-shadow:0 0 0 1px var(--edge)}}
.badge.right{{color:var(--right)}}
.photos img{{display:block;width:100%;height:100%;object-fit:contain;min-width:0}}
.photos.two{{aspect-ratio:2;display:grid;grid-template-columns:1fr 1fr}}
.pairs .photos:not(.two){{aspect-ratio:2}}
.photos.two img{{aspect-ratio:1}}
figcaption{{padding:8px 2px 0;line-height:1.45;overflow-wrap:anywhere}}
figcaption>span:not(.share){{display:block}}
figcaption>.share{{display:flex;align-items:center;gap:8px;font-variant-numeric:tabular-nums}}
figcaption small{{display:block;font-size:.78rem}}
.small figcaption{{font-size:.9rem;line-height:1.4}}
.severe{{color:var(--wrong);font-weight:700}}.unused{{color:var(--muted)}}
.used{{color:var(--right);font-weight:650}}
.doubt{{color:var(--unsure);font-size:.88rem}}
.gone{{display:grid;place-items:center;width:100%;height:100%;min-height:80px;font-size:1.6rem;color:var(--muted)}}
.severe{{font-size:.8rem;border:1px solid;
border-radius:99px;padding:2px 10px;vertical-align:middle;margin-inline-start:6px}}
.groups{{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}}
.singles{{grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}}
.group{{padding:12px;border:1px solid var(--edge);border-radius:10px}}
.group .gallery{{margin:0;gap:10px;grid-template-columns:repeat(auto-fill,minmax(118px,1fr))}}
.note{{margin:8px 0 0}}
.finding+.finding{{border-top:1px solid var(--edge);margin-top:26px}}
.reasons{{list-style:none;padding:0;margin:16px 0 0}}
.reasons>li{{padding:12px 0;border-top:1px solid var(--edge)}}
.reasons p{{margin-bottom:4px}}
.slider{{display:none;margin:10px 0;padding:16px;background:var(--well);border-radius:10px}}
.script .slider{{display:block}}
.slider label{{font-weight:600}}
.slider input{{display:block;width:100%;min-height:44px;accent-color:var(--best);margin:0}}
.slider output{{display:block;font-size:1.08rem;font-variant-numeric:tabular-nums}}
.answers circle.here{{display:none}}
.script .answers circle.here{{display:inline}}
details{{margin:10px 0}}
summary{{cursor:pointer;padding:8px 0;color:var(--muted)}}
.facts th{{width:1%;white-space:nowrap;vertical-align:top;color:var(--muted);font-weight:500}}
.facts td{{overflow-wrap:anywhere}}
dl.pairs{{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:4px 20px;margin:0}}
dl.pairs>div{{display:flex;gap:8px;align-items:baseline}}dl.pairs dd{{overflow-wrap:anywhere}}
pre{{margin:8px 0;padding:14px 16px;background:var(--well);border-radius:8px;overflow-x:auto;user-select:all;
white-space:pre-wrap;overflow-wrap:anywhere;font:.92rem/1.5 ui-monospace,Consolas,Menlo,monospace}}
footer{{padding-top:6px;padding-bottom:36px;color:var(--muted);font-size:.9rem}}
@media (max-width:520px){{.figures{{grid-template-columns:repeat(2,minmax(0,1fr))}}
section{{margin:12px 0;border-radius:12px}}header{{padding-top:16px}}
th,td{{padding:8px 8px}}
tbody th,.matrix.lying thead th{{overflow-wrap:anywhere;min-width:5.5em}}.matrix tbody th{{max-width:9em}}
.classes tbody th{{min-width:9.5em}}
.facts th{{white-space:normal;width:32%}}
.slider output{{min-height:6.6em}}.contents ul{{flex-wrap:nowrap;overflow-x:auto;padding-bottom:6px}}
.contents a{{white-space:nowrap}}
.classes .bar{{display:none}}ul.small{{grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:12px}}}}
@media (prefers-reduced-motion:reduce){{html{{scroll-behavior:auto}}}}
@media screen and (prefers-color-scheme:dark){{:root{{--paper:#12181e;--card:#1c242c;--edge:#313c47;--well:#252f38;
--ink:#e6ebf0;--muted:#a3b0bd;--best:#6fa0f5;--right:#55c486;--wrong:#ff8a80;--unsure:#e3b04b;--focus:#f0935c;
--softly:#2b3640}}.languages button[aria-pressed=true]{{color:#0c1117}}{_DARK_DRAWINGS}}}
@media print{{@page{{margin:14mm}}body{{background:#fff;font-size:10pt;print-color-adjust:exact;
-webkit-print-color-adjust:exact}}header,main,footer{{max-width:none;padding:0}}
section{{border:0;padding:0;margin:0 0 22pt}}
.languages,.contents,.skip,.slider,.script .slider,.script .languages{{display:none}}
.scroll,.high{{overflow:visible;max-height:none}}.high thead th,.matrix tbody th{{position:static}}
p{{orphans:3;widows:3}}.what,thead{{break-inside:avoid}}thead{{break-after:avoid}}.matrix,.scroll:has(.matrix),figure,tr,.group,.figures>div,.reasons>li,.drawing,.title{{break-inside:avoid}}h2,h3,h4,.what,.lead,.legend,.part>p,.finding>p:not(.more){{break-after:avoid}}.figures{{grid-template-columns:repeat(6,1fr)}}
.figures strong{{font-size:13pt}}.figures>div{{padding:6pt}}.high{{border:0}}.classes tbody th{{min-width:13em}}
.answers circle.here,.script .answers circle.here{{display:none}}.script .cell{{display:none}}
.script .cell.opened{{display:block;border:0;padding:0;break-inside:avoid}}
details::details-content{{content-visibility:visible;block-size:auto}}
.drawing>svg{{max-width:150mm}}
:root:lang(en) .drawing .wide.in-en,:root:lang(ko) .drawing .wide.in-ko{{display:block}}
.drawing>svg.narrow{{display:none!important}}th button{{display:contents}}th button::after{{content:none!important}}
ul.small{{grid-template-columns:repeat(6,1fr);gap:8pt}}
ul.pairs{{grid-template-columns:repeat(3,1fr)}}.group .gallery{{grid-template-columns:repeat(2,1fr)}}
.groups{{grid-template-columns:repeat(2,1fr)}}
.groups.singles{{grid-template-columns:repeat(5,1fr)}}.group{{padding:6pt}}
.singles .gallery{{grid-template-columns:1fr}}summary{{break-after:avoid}}
ul.tiles{{grid-template-columns:repeat(6,1fr)}}.tiles a{{padding:6pt}}.tiles strong{{font-size:13pt}}
a{{color:inherit;text-decoration:none}}
.matrix td{{min-width:20px;height:22px;font-size:8pt}}
.matrix.lying td{{height:34px;font-size:11pt}}.matrix th{{font-size:8pt;padding:2px 4px}}}}
"""
