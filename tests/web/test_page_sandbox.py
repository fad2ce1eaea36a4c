"""The sandbox of the page: sliders moved, worlds counted, one person followed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulation import simulate
from simulation.inputs.scenario import presets
from simulation.runs.statistics import mean_interval, minus
from simulation.web.controls import at_page_size
from tests.web.opened import SIZES, amount, drag, whole
from tests.web.parts import side

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

CLASS = "step=sandbox&scenario=classroom"


SUMS = """() => {
  window.sums = [];
  const look = () => {
    const all = [...document.querySelectorAll(".side-a .share")];
    const shares = all.filter((e) => e.querySelector("input").max === "100");
    const sum = (list) => list.reduce((x, y) => x + y, 0);
    window.sums.push([sum(shares.map((e) => Number(e.querySelector("input").value))),
                      sum(shares.map((e) => parseInt(e.querySelector("output").textContent)))]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def test_shares_make_100_in_the_hand(open_window):
    """At every frame of a drag, over all places: what the sliders show and say makes 100."""
    window = open_window(CLASS)
    window.settle()
    window.page.click(".side-a summary")
    window.page.evaluate(SUMS)
    seen = set()
    for activity in ("posting", "hosting", "advertising"):
        drag(
            window, f"#a-{activity}", [0.9, 0.2, 0.0, 1.0, 0.55],
            lambda: seen.add(str(window.choice()["a"]["shares"])),
        )  # fmt: skip
        window.page.mouse.up()
    window.settle()
    sums = window.page.evaluate("sums")
    assert len(sums) > 20
    assert len(seen) > 8  # the drag moved them
    assert set(map(tuple, sums)) == {(100, 100)}
    window.expect()


#: The highest number beside the axis of the copies sold.
TICK = """() => {
  const ticks = [...document.querySelectorAll(".panel [aria-label='y-axis tick label'] text")];
  return Math.max(...ticks.map((e) => parseFloat(e.textContent.replaceAll(",", ""))));
}"""


def top_tick(window: Any) -> float:
    """Return the highest number beside the axis of the copies sold."""
    return window.page.evaluate(TICK)


def test_the_axis_holds_while_a_hand_is_on_a_slider(open_window):
    """Far fewer copies: while it is held the axis stays, so that one sees it; then it fits."""
    window = open_window(f"{CLASS}&p_buy=0.4")
    window.settle()
    before = top_tick(window)
    drag(window, "#control-p_buy", [0.5, 0.05])
    window.settle()
    assert window.choice()["changes"]["p_buy"] < 0.01
    assert top_tick(window) == before
    window.page.mouse.up()
    window.page.wait_for_function(f"(t) => ({TICK})() < t", arg=before)
    assert top_tick(window) < before / 2
    drag(window, "#control-p_buy", [0.95])  # and it grows at once, held or not
    window.settle()
    assert top_tick(window) > before / 2
    window.page.mouse.up()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["en", "el"])
def test_nothing_moves_when_the_headline_changes(open_window, size, lang):
    """Counting, told, told again of another world: the crowds stay where they are."""
    window = open_window(f"{CLASS}&lang={lang}", size=size)
    page = window.page
    page.wait_for_selector(".crowds canvas")
    place = "[...document.querySelectorAll('.crowds, .timeline, .tabs')].map(e => e.offsetTop)"
    page.evaluate(f"""() => {{
      window.places = new Set();
      window.texts = new Set();
      new MutationObserver(() => {{
        window.places.add(JSON.stringify({place}));
        window.texts.add(document.querySelector(".headline").textContent);
      }}).observe(document.body, {{ subtree: true, childList: true, characterData: true }});
    }}""")
    window.worlds()
    window.keys("#control-p_buy", "ArrowRight", 2)
    window.settle()
    window.worlds()
    page.click(".luck button")
    window.settle()
    window.worlds()
    assert len(page.evaluate("[...texts]")) > 4
    assert len(page.evaluate("[...places]")) == 1, page.evaluate("[...places]")


def test_every_control_of_the_world(open_window):
    """Each is moved by the keyboard; the numbers are those of its world; "Reset" undoes it."""
    window = open_window(CLASS)
    window.settle()
    window.open_all()
    plain = window.choice()
    for control in window.page.evaluate("continuum.controls.list"):
        here, name = f"#control-{control['name']}", control["name"]
        if control["kind"] == "switch":
            window.keys(here, "Space")
        else:
            at = int(window.page.input_value(here))
            window.keys(here, "ArrowLeft" if at >= 3 else "ArrowRight", 3)
        moved = window.choice()
        assert set(moved["changes"]) == {name}
        window.expect(moved)
        window.page.click(f"[data-control='{name}'] button.tiny:has-text('Reset')")
        assert window.choice() == plain
    window.expect(plain)


def test_every_lever_of_both_sides(open_window):
    """Strategies, shares and changes of course are lived as chosen, on each side."""
    window = open_window(CLASS)
    window.settle()
    window.open_all()
    for letter, strategy in (("a", "balanced"), ("b", "deal_driven")):
        box = f".hands .side-{letter}"
        window.page.select_option(f"{box} > select", strategy)
        assert window.choice()[letter] == side(strategy)
        for activity, keys in (("posting", 4), ("content", 7), ("advertising", 3)):
            window.keys(f"#{letter}-{activity}", "ArrowRight", keys)
        now = window.choice()[letter]
        assert sum(now["shares"]) == 100
        window.page.select_option(f"{box} .then select", "posting_only")
        window.keys(f"#{letter}-then", "ArrowLeft", 5)
        now = window.choice()[letter]
        assert (now["then"], now["thenDay"]) == ("posting_only", round(119 / 2) - 5)
        window.expect()
    window.page.select_option(".examples select >> nth=0", "bargain_hunters")
    assert window.choice()["a"] == side("deal_driven")
    window.expect()
    for name in presets():
        window.page.select_option(".examples select >> nth=1", name)
        assert window.choice()["scenario"] == name
    window.page.select_option(".examples select >> nth=1", "classroom")
    window.press("New luck")
    assert window.choice()["world"] == 1
    window.page.fill(".luck input", "7")
    window.page.keyboard.press("Tab")
    window.expect({**window.choice(), "seed": 7, "world": 0})


def test_all_worlds_are_those_of_python(open_window):
    """The headline and the picture of fifty worlds: the mean, how often, and every difference."""
    window = open_window(f"{CLASS}&b=balanced")
    window.worlds()
    world = at_page_size("classroom")
    a, b = (
        [simulate(world, name, replication=i).summary["sales"] for i in range(50)]
        for name in ("posting_only", "balanced")
    )
    gaps = minus(b, a)
    mean, low, high, _ = (float(x) for x in mean_interval(gaps))
    assert low > 0 or high < 0
    said = window.page.inner_text(".headline")
    assert amount(window, "sales", abs(mean)) in said
    assert f"{int((gaps > 0).sum() if mean > 0 else (gaps < 0).sum())} of 50 worlds" in said
    window.tab("worlds")
    cells = window.page.eval_on_selector_all(
        ".panel .picture tbody td", "all => all.map((e) => e.textContent)"
    )
    assert [whole(x) for x in cells] == gaps.tolist()
    assert window.page.locator(".panel svg circle").count() == 50


def test_buyers_are_stars_and_the_launch_is_marked(open_window):
    """On day 0 no star; at the end there are, and the copies are counted beside them."""
    window = open_window(f"{CLASS}&p_buy=0.2&share_followers=0.3")
    window.settle()
    page, world = window.page, at_page_size("classroom").replace(p_buy=0.2, share_followers=0.3)
    stars = """() => [...document.querySelectorAll(".crowds canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const hex = getComputedStyle(canvas).getPropertyValue("--star").trim();
      const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
      let n = 0;
      for (let i = 0; i < data.length; i += 4) n += data[i] === r && data[i + 1] === g && data[i + 2] === b;
      return n;
    })"""  # noqa: E501
    runs = [simulate(world, name) for name in ("posting_only", "community_building")]
    sold = [run.summary["sales"] for run in runs]
    assert min(sold) > 10
    shown = page.eval_on_selector_all("[data-sold]", "all => all.map((e) => +e.dataset.sold)")
    assert shown == sold
    at_the_end = page.evaluate(stars)
    assert min(at_the_end) > 100
    left = page.eval_on_selector_all(".launch", "all => all.map((e) => e.style.left)")
    assert [float(re.search(r"[\d.]+(?=%)", x)[0]) for x in left] == [
        pytest.approx(100 * (world["launch_day"] + 1) / world["n_days"], rel=1e-4)
    ]
    assert page.inner_text(".launch") == "launch"
    window.keys(".timeline input", "Home")
    page.wait_for_function(f"({stars})().every((n) => n === 0)")  # drawn some time after the key
    for day in (0, world["launch_day"], world["n_days"] - 1):
        page.fill(".timeline input", str(day))
        page.wait_for_selector(f"canvas[aria-label*='on day {day}:']")
        told = page.eval_on_selector_all("canvas", "all => all.map((e) => e.ariaLabel)")
        for run, text in zip(runs, told, strict=True):
            row = run.series.loc[day]
            assert f"on day {day}: {row['n_stranger']:,.0f} strangers" in text
            assert f"{row['n_member']:,.0f} members; {row['cumulative_sales']:.0f} cop" in text


#: Whether the lines of a diary, but for the first and the last, are those.
LINES = """([side, wanted]) => {
  const all = [...document.querySelectorAll(`[data-diary='${side}'] li`)];
  const lines = all.map((e) => e.textContent);
  return JSON.stringify(lines.slice(1, -1)) === JSON.stringify(wanted);
}"""


def test_one_person_is_followed(open_window):
    """A dot that is pressed, and the next by an arrow: their days, as figures.diary tells them."""
    from simulation.figures.diary import diary

    window = open_window(f"{CLASS}&p_buy=0.2")
    window.settle()
    page = window.page
    page.click(".crowds .side-b canvas", position={"x": 350, "y": 90})
    world = at_page_size("classroom").replace(p_buy=0.2)
    runs = {
        letter: simulate(world, name, events=True)
        for letter, name in (("a", "posting_only"), ("b", "community_building"))
    }
    seen = set()
    for _ in range(4):
        title = page.wait_for_selector("[data-diary='b'] h2").inner_text()
        person = int(re.search(r"\d+", title)[0])
        for letter, run in runs.items():
            wanted = [str(entry) for entry in diary(run, person)]
            page.wait_for_function(LINES, arg=[letter, wanted])
        seen.add(person)
        window.keys(".crowds .side-b canvas", "ArrowRight")
        page.wait_for_function(
            "(t) => document.querySelector(\"[data-diary='b'] h2\").innerText !== t", arg=title
        )
    assert len(seen) == 4
