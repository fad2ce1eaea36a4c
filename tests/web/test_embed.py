"""EMBED.md: its example is run as it stands, in a frame of another origin."""

from __future__ import annotations

import re

import pytest

from simulation.tools import PACKAGE
from simulation.web.page import page_html
from tests.web.browser import chromium

EXAMPLE = re.search(r"```html\n(.*?)```", (PACKAGE / "web" / "EMBED.md").read_text("utf-8"), re.S)


def test_the_example_shows_the_lead_and_hears_what_is_moved(tmp_path):
    """The frame lives fifty worlds; a move of its one slider is told to the page that holds it."""
    playwright = pytest.importorskip("playwright.sync_api")
    (tmp_path / "page.html").write_text(page_html(), encoding="utf-8")
    (tmp_path / "mine.html").write_text(EXAMPLE[1], encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        wrong = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        tab.goto((tmp_path / "mine.html").as_uri())
        frame = tab.frame_locator("iframe")
        frame.locator(".headline[data-worlds='50']").wait_for(timeout=60_000)
        assert frame.locator("input[type=range]").count() == 1
        year = frame.locator("#control-year")
        assert year.evaluate("slider => slider.nextSibling.textContent") == "2012"
        year.press("ArrowRight")
        tab.wait_for_function("document.querySelector('#said').textContent.includes('year=2013')")
        assert wrong == []
        browser.close()
