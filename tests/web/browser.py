"""A real Chromium and a real ``continuum serve``, for the tests of the page."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

#: Debian's name and others.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Return the browser; without one the tests are skipped, but never in CI."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium: .ci/run installs Debian's")
    pytest.skip("no Chromium on this machine (on Debian: apt-get install chromium)")


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run ``continuum serve``, on a free port unless told; give its address and its process."""
    port = () if "--port" in options else ("--port", "0")
    server = subprocess.Popen(
        [sys.executable, "-m", "simulation", "serve", *port, *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        line = server.stdout.readline()
        found = re.match(r"Continuum is at (http://\S+) \(Ctrl-C ends it\)", line)
        assert found, line + (server.stderr.read() if server.poll() is not None else "")
        yield found[1], server
    finally:
        server.terminate()
        server.communicate(timeout=20)


class Window:
    """One page in the browser, with what a person would do on it."""

    def __init__(self, page, url: str, query: str = "") -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)
        page.goto(url + query)
        self.settle(0)

    def _heard(self, message) -> None:
        if message.type == "error":
            self.problems.append(message.text)

    def lived(self) -> int:
        """Return the number of the move whose picture is shown."""
        return int(self.page.get_attribute(".ct", "data-lived"))

    def settle(self, asked: int | None = None) -> None:
        """Wait until the picture of the newest move (or of that number) is shown."""
        if asked is None:
            asked = self.page.evaluate("document.querySelector('.ct').__vue__.asked")
        self.page.wait_for_selector(f".ct[data-lived='{asked}']", timeout=60_000)

    def numbers(self) -> dict[tuple[str, str], float | None]:
        """Return every number of the table, by outcome and side."""
        rows = self.page.eval_on_selector_all(
            "td[data-outcome]",
            "cells => cells.map(c => [c.dataset.outcome, c.dataset.side, c.dataset.value])",
        )
        return {(name, side): None if v is None else float(v) for name, side, v in rows}

    def slide(self, selector: str, keys: int) -> None:
        """Move a slider with the arrow keys, as the keyboard does."""
        self.page.focus(selector)
        for _ in range(abs(keys)):
            self.page.keyboard.press("ArrowRight" if keys > 0 else "ArrowLeft")
        self.settle()

    def back(self) -> None:
        """Press the browser's back button and wait for what it brings."""
        self._history(self.page.go_back)

    def forward(self) -> None:
        """Press the browser's forward button and wait for what it brings."""
        self._history(self.page.go_forward)

    def _history(self, press) -> None:
        asked = "document.querySelector('.ct').__vue__.asked"
        before = self.page.evaluate(asked)
        press()
        self.page.wait_for_function(f"{asked} > {before}")
        self.settle()
