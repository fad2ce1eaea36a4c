"""How the page looks: in every colour, on a wall, at every size, in words a class knows."""

from __future__ import annotations

import re

import pytest

from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from tests.web.opened import SIZES, steps

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom"


#: Visible texts whose contrast with what lies behind them is below 4.5 (3 for large ones).
PALE = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const { x, y, width, height } = range.getBoundingClientRect(), [u, v] = [x + width / 2, y + height / 2];
    for (let at = e; at; at = at.parentElement) {
      const { left, right, top, bottom } = at.getBoundingClientRect();
      if (u < left || u > right || v < top || v > bottom) continue; // it stands outside of it
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.5) return colour;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const pale = [], walk = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  let n = 0;
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || !at.checkVisibility() || at.closest("option, :disabled, .sr")) continue;
    const style = getComputedStyle(at);
    const [x, y] = [light(rgb(at.ownerSVGElement ? style.fill : style.color)), light(behind(at))].sort((p, q) => q - p);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    n++;
    if ((x + 0.05) / (y + 0.05) < (large ? 3 : 4.5)) pale.push([text.slice(0, 30), at.className.baseVal ?? at.className, style.color, style.fill, behind(at).join()]);
  }
  return { n, pale };
}"""  # noqa: E501

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced, light": {"forced_colors": "active", "color_scheme": "light"},
    "forced, dark": {"forced_colors": "active", "color_scheme": "dark"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_it_can_be_read_in_every_colour(open_window, look):
    """Light, dark, forced colours: every text stands out, and the crowd is more than one colour."""
    for hash in ("step=posts", "step=duel", CLASS):
        window = open_window(hash, **LOOKS[look])
        page = window.page
        page.wait_for_selector("canvas")
        if "sandbox" not in hash:
            window.reveal()
            page.wait_for_selector(".verdict, .after button.main")
        found = page.evaluate(PALE)
        assert found["n"] > 20
        assert found["pale"] == []
        colours = page.evaluate("""() => {
          const canvas = document.querySelector("canvas"), { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height), seen = new Map();
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] < 255) continue;
            const key = `${data[i]},${data[i + 1]},${data[i + 2]}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
          }
          return [...seen.values()].filter((n) => n > 50).length;
        }""")  # noqa: E501
        assert colours >= 4  # the bands, and people of several stages
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == ("dark" in look)
    for tab in ("people", "funnel", "worlds", "numbers"):
        window.tab(tab)
        page.wait_for_selector(".panel :is(svg, table)")
        assert page.evaluate(PALE)["pale"] == []


SMALL_TEXT = """() => {
  const small = [], walk = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    const size = parseFloat(getComputedStyle(at).fontSize);
    if (text && at.checkVisibility() && !at.closest(".sr, [aria-hidden=true] option") && size < 16 && at.getBoundingClientRect().width)
      small.push([text.slice(0, 30), size]);
  }
  return small;
}"""  # noqa: E501


def test_projector_mode_is_read_in_the_last_row(open_window):
    """No visible text is smaller than 16 pixels, in any step, before and after, in any tab."""
    window = open_window()
    window.page.wait_for_selector("canvas")
    assert window.page.evaluate(SMALL_TEXT) != []  # this is why there is a projector mode
    window.press("Projector mode")
    page = window.page
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] :is(canvas, svg)")
        assert page.evaluate(SMALL_TEXT) == [], name
        if step["kind"] == "sandbox":
            continue
        window.reveal()
        page.wait_for_selector(".verdict, .after button.main")
        assert page.evaluate(SMALL_TEXT) == [], name
        window.press("Next")
    window.settle()
    window.open_all()
    for tab in page.locator("[role=tab]").all():
        tab.click()
        window.open_all()
        assert page.evaluate(SMALL_TEXT) == [], tab.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert "projector=1" in window.hash()


@pytest.mark.parametrize("lang", ["en", "el"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits(open_window, size, lang):
    """Nothing is wider than the window, and the first picture is on the first screen."""
    room = SIZES[size]
    window = open_window(f"lang={lang}", size=size)
    page = window.page
    wide = """() => [...document.querySelectorAll("#page *")]
      .filter((e) => e.checkVisibility() && !e.closest(".sr, .scroll, pre, .tools") && e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => e.outerHTML.slice(0, 90))"""  # noqa: E501
    for name, step in steps().items():
        page.wait_for_selector(f"[data-step='{name}'] .stage :is(canvas, svg)")
        top = page.evaluate(
            "document.querySelector('.stage :is(canvas, svg)').getBoundingClientRect().top"
        )
        assert top + 100 <= room["height"], name
        for when in ("before", "after"):
            if when == "after" and step["kind"] != "sandbox":
                window.reveal()
                page.wait_for_selector(".verdict, .after button.main")
            assert page.evaluate("document.documentElement.scrollWidth") <= room["width"], name
            assert page.evaluate(wide) == [], (name, when)
        if step["kind"] != "sandbox":
            page.click(".turn .next")
    window.open_all()
    assert page.evaluate("document.documentElement.scrollWidth") <= room["width"]


def test_strategies_have_names_a_class_understands(open_window):
    """No name of a program is on the page: strategies, presets and outcomes are called in words."""
    window = open_window(CLASS)
    window.worlds()
    text = window.page.inner_text("#page")
    for name in [*STRATEGIES, *presets()]:
        if "_" in name:
            assert name not in text, name
