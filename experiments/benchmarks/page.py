"""How long it takes from moving a slider to the new picture, through a real browser.

``python -m experiments.benchmarks.page`` starts ``continuum serve`` (on one core, where the system
can hold it there) and Debian's Chromium without a screen, moves sliders of the opening page (20,000
people, two years, two strategies) and waits until the new picture has been painted.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
from typing import Any

#: Moves of each slider; the median is reported.
MOVES = 20

#: Moves a slider in the page as a hand does, and waits until its picture has been painted.
_MOVE = """async ([selector, place]) => {
  const page = document.querySelector('.ct'), slider = document.querySelector(selector);
  const before = +page.dataset.lived, began = performance.now();
  slider.value = place;
  slider.dispatchEvent(new Event('input'));
  await new Promise((done) => {
    const look = () => +page.dataset.lived > before
      ? requestAnimationFrame(() => requestAnimationFrame(done)) : setTimeout(look, 1);
    look();
  });
  const took = performance.now() - began;
  slider.dispatchEvent(new Event('change'));
  return took;
}"""

SLIDERS = {
    "chance to buy (other people are made)": ("#c-p_buy", range(20, 20 + MOVES)),
    "year (other people are made)": ("#c-year", [*range(4, 4 + MOVES)]),
    "posting of A (the same people)": ("[data-share='a-posting']", range(40, 40 + MOVES)),
    "launch day": ("#c-launch_day", range(10, 10 + MOVES)),
}


def measure(page: Any) -> list[tuple[str, float, float]]:
    """Return for each slider the median and the longest time [ms] from its move to the picture."""
    rows = []
    for name, (selector, places) in SLIDERS.items():
        took = [page.evaluate(_MOVE, [selector, str(place)]) for place in places]
        rows.append((name, statistics.median(took), max(took)))
    return rows


def main() -> int:
    """Start server and browser, measure, print."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("needs playwright: pip install -e '.[test]'", file=sys.stderr)
        return 2
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("needs Chromium (on Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "simulation", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(server.pid, {min(os.sched_getaffinity(0))})
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(found[0])
            page.wait_for_selector(".ct[data-worlds='50']", timeout=120_000)
            rows = measure(page)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    print(f"20,000 people, two years, A and B; {MOVES} moves each, from the move to the paint")
    print(f"{'slider':40} {'median':>9} {'longest':>9}")
    for name, middle, longest in rows:
        print(f"{name:40} {middle:6.0f} ms {longest:6.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
