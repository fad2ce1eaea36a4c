"""The page of a report: its words of HTML, its style for screen and paper, and its one script.

Nothing on the page is fetched from anywhere, and the page forbids it to itself: its security policy
lets only this style and this script (by their hashes) and inline images in.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
  border-bottom: 2px solid #14808a; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
p, li { max-width: 46rem; overflow-wrap: anywhere; }
.findings { background: #eef6f7; border-left: 5px solid #14808a; padding: .6rem 1rem;
  margin: 1rem 0; }
.findings ul { padding-left: 1.1rem; margin: 0; }
.findings li { margin: .3rem 0; font-weight: 600; }
.warning { background: #fdf1e7; border-left: 5px solid #b35900; padding: .6rem 1rem; }
.quiet { color: #555; font-size: .92rem; }
figure { margin: 1.2rem 0 2rem; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { color: #333; font-size: .95rem; max-width: 46rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
.wide:focus { outline: 2px solid #14808a; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; padding: .2rem 0 .4rem; color: #333; }
th, td { padding: .28rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd; }
thead th { background: #f2f2f2; border-bottom: 2px solid #999; vertical-align: bottom; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
th button { font: inherit; font-weight: inherit; color: inherit; background: none; border: 0;
  padding: 0; text-align: inherit; cursor: pointer; text-decoration: underline dotted; }
th[aria-sort=ascending] button::after { content: " \\25B2"; }
th[aria-sort=descending] button::after { content: " \\25BC"; }
pre { background: #f6f6f6; padding: .7rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
code { background: #f2f2f2; padding: 0 .2rem; overflow-wrap: anywhere; }
pre code { background: none; padding: 0; }
summary { cursor: pointer; font-weight: 600; padding: .3rem 0; }
@media screen and (max-width: 40rem) {
  body { padding: .7rem; } h1 { font-size: 1.35rem; }
  figure img { max-width: none; width: 40rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .wide, pre { overflow: visible; } pre { white-space: pre-wrap; }
  table { font-size: 8pt; } th button { text-decoration: none; }
  figure img { max-height: 16cm; }
}
"""

SCRIPT = """
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const body = table.tBodies[0];
      const key = (row) => {
        const cell = row.cells[column];
        return "value" in cell.dataset ? Number(cell.dataset.value || NaN) : cell.textContent;
      };
      const rows = Array.from(body.rows, (row) => [key(row), row]);
      rows.sort(([a], [b]) => {
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        const order = typeof a === "number" ? a - b : a.localeCompare(b);
        return down ? -order : order;
      });
      for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.replaceChildren(...rows.map(([, row]) => row));
    });
  });
}
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src '{{ style_hash }}'; script-src '{{ script_hash }}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
{%- macro grid(table) %}
<div class="wide" role="region" tabindex="0" aria-label="{{ table.caption }}">
<table class="{{ 'sortable' if table.rows|length > 2 else 'plain' }}">
<caption>{{ table.caption }}</caption>
<thead><tr>
{%- for head in table.heads %}<th scope="col"{% if head.number %} class="number"{% endif %}>\
{{ head.text }}</th>{% endfor -%}
</tr></thead>
<tbody>
{%- for row in table.rows %}
<tr>{% for cell in row %}{% if cell.number %}<td class="number" data-value="{{ cell.value }}">\
{% else %}<td>{% endif %}{{ cell.text }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
</div>
{%- if table.more %}
<p class="quiet">{{ table.more }}</p>
{%- endif %}
{%- endmacro %}
{%- macro picture(figure, number) %}
<figure>
<div class="wide" role="region" tabindex="0" aria-label="Figure {{ number }}">
<img src="data:image/png;base64,{{ figure.data }}" alt="{{ figure.alt }}" \
width="{{ figure.width }}" height="{{ figure.height }}">
</div>
<figcaption>{{ figure.reading }}</figcaption>
</figure>
{%- endmacro %}
<main>
<h1>{{ title }}</h1>
<p>{{ lead }}</p>
<div class="findings"><ul>
{%- for sentence in findings %}
<li>{{ sentence }}</li>
{%- endfor %}
</ul></div>
{%- if warning %}
<p class="warning">{{ warning }}</p>
{%- endif %}

<h2>What was run</h2>
{%- for text in design %}
<p>{{ text }}</p>
{%- endfor %}
{%- for table in design_tables %}
{{ grid(table) }}
{%- endfor %}

<h2>Figures</h2>
{%- if not figures %}
<p>There is nothing to draw.</p>
{%- endif %}
{%- for figure in figures %}
{{ picture(figure, loop.index) }}
{%- endfor %}

<h2>What matters, and where</h2>
{%- for text in doubts %}
<p class="warning">{{ text }}</p>
{%- endfor %}
{%- for text in matters %}
<p>{{ text }}</p>
{%- endfor %}
{%- for figure in matters_figures %}
{{ picture(figure, figures|length + loop.index) }}
{%- endfor %}
{%- for table in matters_tables %}
{{ grid(table) }}
{%- endfor %}

<h2>Tables</h2>
{%- if not tables %}
<p>There is nothing to show.</p>
{%- endif %}
{%- for table in tables %}
{{ grid(table) }}
{%- endfor %}

<h2>Runs that failed</h2>
<p>{{ failed_text }}</p>
{%- for table in failed_tables %}
{{ grid(table) }}
{%- endfor %}
{%- for trace in traces %}
<details><summary>Traceback: {{ trace.what }}</summary>
<pre><code>{{ trace.text }}</code></pre>
</details>
{%- endfor %}

<h2>Methods</h2>
{%- for text in methods %}
<p>{{ text }}</p>
{%- endfor %}

<h2>How to reproduce this</h2>
<ol>
{%- for step in steps %}
<li>{{ step.text }}{% if step.command %}<br><code>{{ step.command }}</code>{% endif %}</li>
{%- endfor %}
</ol>
<details><summary>Manifest: every parameter, versions, machine, seeds</summary>
<pre><code>{{ manifest }}</code></pre>
</details>
</main>
<script>{{ script|safe }}</script>
</body>
</html>
"""


def page(**parts: Any) -> str:
    """Return the HTML of a report; every text in `parts` is escaped."""
    from jinja2 import Environment, StrictUndefined

    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)
    fixed = {"style": STYLE, "script": SCRIPT}
    hashes = {f"{name}_hash": _hash(text) for name, text in fixed.items()}
    return template.render(**fixed, **hashes, **parts) + "\n"


def _hash(text: str) -> str:
    """Return a text's hash as security policies name it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
