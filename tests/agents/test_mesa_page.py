"""Mesa's own page in a real Chromium: the example of the guide, used as a person uses it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from xml.etree import ElementTree

import numpy as np
import pytest

from simulation import Scenario, simulate
from tests import ROOT
from tests.test_readme import PAGE
from tests.web.browser import chromium

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own pipes

SVG = "{http://www.w3.org/2000/svg}"
LINES = ("n_follower", "n_subscriber", "n_member")
PLAY, PAUSE = "▶", "❚❚"

#: Solara alone: no telemetry, nothing asked of an outside host.
ALONE = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_ASSETS_PROXY": "True",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
}


@pytest.fixture
def address(tmp_path):
    """``solara run`` on the example of the guide, from an empty folder."""
    pytest.importorskip("solara", reason="the page is an optional extra")
    (tmp_path / "town.py").write_text(PAGE, encoding="utf-8")
    simulate("classroom", seed=1)  # what is compiled once, now
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "solara", "run", "town.py", "--host", "127.0.0.1",
         "--port", str(port), "--no-open", "--production"],
        cwd=tmp_path, env=os.environ | ALONE | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.kill()  # it keeps nothing, and may be busy
        server.wait(timeout=60)


@pytest.fixture
def page(address):
    """The page in a browser; nothing may fail in it."""
    from playwright.sync_api import sync_playwright

    until = time.monotonic() + 240
    while True:
        try:
            urllib.request.urlopen(address, timeout=60).close()
            break
        except OSError:
            assert time.monotonic() < until, "no server after four minutes"
            time.sleep(0.2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector("button:has-text('Reset')")
        yield page
        browser.close()
    assert problems == []


def steps(page) -> int:
    """Return how many days the page says were lived (Mesa 3.5 tells the time)."""
    return int(float(re.search(r"(?:Step|Time): ([\d.]+)", page.inner_text("body"))[1]))


PICTURE = """async () => {
    const picture = document.querySelector('img');
    try { return await (await fetch(picture.src)).text() } catch { return '' }
}"""


def picture(page) -> ElementTree.Element | None:
    """Return the chart in the window, an SVG drawn by matplotlib; None while it is exchanged."""
    text = page.evaluate(PICTURE)
    comments = ElementTree.TreeBuilder(insert_comments=True)  # the numbers at the ticks
    parser = ElementTree.XMLParser(target=comments)
    return ElementTree.fromstring(text, parser) if text else None


def scale(svg: ElementTree.Element, axis: str) -> tuple[float, float]:
    """Return (slope, intercept) from pixels to values, by the first and last tick of an axis."""
    found = []
    for group in svg.iter(f"{SVG}g"):
        if group.get("id", "").startswith(f"{axis}tick_"):
            number = next(text.text for text in group.iter(ElementTree.Comment))
            number = number.replace("\N{MINUS SIGN}", "-")
            found.append((float(next(group.iter(f"{SVG}use")).get(axis)), float(number)))
    (at0, value0), (at1, value1) = found[0], found[-1]
    slope = (value1 - value0) / (at1 - at0)
    return slope, value0 - slope * at0


def drawn(svg: ElementTree.Element) -> list[np.ndarray]:
    """Return the values of the lines of the chart, day by day, read off at its ticks."""
    lines = []
    for path in svg.iter(f"{SVG}path"):
        points = re.findall(r"[ML] (\S+) (\S+)", path.get("d"))
        if path.get("clip-path") and points:  # the lines are clipped to the axes, nothing else is
            (to_day, day_0), (to_people, people_0) = scale(svg, "x"), scale(svg, "y")
            x, y = np.array(points, float).T
            days, people = to_day * x + day_0, to_people * y + people_0
            lines.append(np.interp(np.arange(round(days[-1]) + 1), days, people))
    return lines


def chart(page, lived: int) -> list[np.ndarray]:
    """Wait until the page has lived so many days and draws them all; return its lines."""
    until = time.monotonic() + 60
    while True:
        svg = picture(page)
        lines = [] if svg is None else drawn(svg)
        whole = svg is not None and {len(line) for line in lines} == {lived} - {0}
        if whole and steps(page) == lived:
            return lines
        assert time.monotonic() < until, page.inner_text("body")
        time.sleep(0.1)


def step(page, days: int) -> None:
    """Press Step so many times, each when the last is done."""
    for _ in range(days):
        lived = steps(page)
        page.click("button:has-text('Step')")
        chart(page, lived + 1)


def play(page, days: int) -> int:
    """Play at least so many days, pause, and return how many were lived."""
    page.click(f"button:has-text('{PLAY}')")
    page.wait_for_function(
        "n => parseFloat(/(?:Step|Time): ([\\d.]+)/.exec(document.body.innerText)[1]) >= n",
        arg=days,
    )
    page.click(f"button:has-text('{PAUSE}')")
    page.wait_for_selector(f"button:has-text('{PLAY}')")
    lived = -1
    while lived != (lived := steps(page)):  # the day under way is lived to its end
        time.sleep(1.0)
    return lived


def assert_told(page, lived: int, **changes: float) -> None:
    """Hold the lines of the chart against the compiled engine, day by day."""
    series = simulate(Scenario.load("classroom").replace(**changes), seed=1).series
    lines = chart(page, lived)
    assert len(lines) == len(LINES)
    for line, name in zip(lines, LINES, strict=True):
        np.testing.assert_allclose(line, series[name][:lived], atol=0.5, err_msg=name)


def test_step_play_reset_and_a_slider(page):
    """Step, play, pause, reset, a slider moved: the chart shows what the engine says, each time."""
    assert "Traceback" not in page.inner_text("body")
    chart(page, 0)
    step(page, 3)
    assert_told(page, 3)
    assert_told(page, play(page, 8))

    page.click("button:has-text('Reset')")
    chart(page, 0)
    step(page, 2)
    assert_told(page, 2)  # the same luck again

    slider = page.locator("[aria-valuenow]").last
    assert float(slider.get_attribute("aria-valuenow")) == pytest.approx(0.03)
    slider.focus()
    page.keyboard.press("End")
    moved = float(slider.get_attribute("aria-valuenow"))
    assert moved == pytest.approx(0.3)
    page.click("button:has-text('Reset')")
    chart(page, 0)
    lived = play(page, 8)
    assert_told(page, lived, p_follow=moved)
    with pytest.raises(AssertionError, match="n_follower"):  # and it is another chart than before
        assert_told(page, lived)
