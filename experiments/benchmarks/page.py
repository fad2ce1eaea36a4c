"""How long it takes from moving a slider to the new picture, through a real browser.

``python -m experiments.benchmarks.page`` writes the page to a file, opens it in Debian's Chromium
without a screen, and moves sliders of the sandbox as it opens: 20,000 people, two years, two
strategies. A move takes from the event of the slider until the picture of its worlds has been
painted. Where Debian's firefox-esr is there, it does the same from a local address, and lives the
same worlds as Python to the last bit, or the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from simulation import simulate
from simulation.web.controls import at_page_size
from simulation.web.page import page_html

#: How long the page took to its first picture; runs before anything of it.
FIRST = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("canvas")) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => (window.firstPicture = performance.now())));
}).observe(document, { subtree: true, childList: true });
"""  # noqa: E501

#: Moves sliders of the sandbox as a hand does. Then the worlds fall in.
MEASURE = """async (moves) => {
  const app = window.continuum, one = (selector) => document.querySelector(selector);
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const until = (there) => new Promise((done) => {
    if (there()) return done();
    const watch = new MutationObserver(() => there() && (watch.disconnect(), done()));
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  const fresh = () => one("[data-lived]")?.dataset.lived === JSON.stringify(app.choices.asked(app.choice.value));
  const worlds = () => one(".headline")?.dataset.worlds === "50";
  await until(() => one("[data-lived]") && fresh());
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  const found = {};
  for (const [name, selector] of [["posting of A (the same people)", "#a-posting"], ["chance to buy (other people)", "#control-p_buy"], ["year (other people)", "#control-year"]]) {
    const slider = one(selector), from = Number(slider.value), up = Number(slider.max) - from >= moves ? 1 : -1, times = [];
    slider.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    for (let k = 1; k <= moves; k++) {
      slider.value = Math.max(0, from + up * (up < 0 && from < moves ? ((k - 1) % Math.max(1, from)) + 1 : k));
      const began = performance.now();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await until(fresh);
      await painted();
      times.push(performance.now() - began);
    }
    slider.dispatchEvent(new Event("pointerup", { bubbles: true }));
    found[name] = times;
  }
  app.choice.value = { ...app.choice.value, changes: {}, seed: app.choice.value.seed + 1 };
  await until(() => fresh() && !worlds());
  const began = performance.now();
  await until(worlds);
  await painted();
  return { moves: found, fan: performance.now() - began };
}"""  # noqa: E501

#: Lives a choice, and says everything that came out.
LIVE = """async (hash) => {
  const { choices } = continuum;
  const sides = await (await continuum.lives).pair({ ...choices.asked(choices.fromHash(hash).choice), days: true });
  return sides.map(({ summary, days }) => ({ summary, days: Object.fromEntries(Object.entries(days).map(([name, list]) => [name, Array.from(list)])) }));
}"""  # noqa: E501
LIVED = "scenario=classroom&p_buy=0.2&seed=7"

#: Where a browser without a driver runs the same, and sends what it found to where it came from.
ALONE = """<script>
addEventListener("error", (event) => fetch("/found", {{ method: "POST", body: JSON.stringify({{ error: event.message }}) }}));
(async () => {{
  const found = await ({measure})({moves});
  const lived = await ({live})("{hash}");
  await fetch("/found", {{ method: "POST", body: JSON.stringify({{ ...found, firstPicture: window.firstPicture, lived }}) }});
}})();
</script></body>"""  # noqa: E501


def in_chromium(path: str, file: Path, moves: int, opens: int) -> dict[str, Any]:
    """Open the file some times, then measure in the last."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        first = []
        for _ in range(opens):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.add_init_script(FIRST)
            page.goto(file.as_uri())
            page.wait_for_function("window.firstPicture")
            first.append(page.evaluate("window.firstPicture"))
            page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(300_000)
        page.goto(f"{file.as_uri()}#step=sandbox")
        page.wait_for_selector("[data-lived]")
        found = page.evaluate(MEASURE, moves)
        found |= {"first": first, "version": f"Chromium {browser.version}"}
        found["lived"] = page.evaluate(LIVE, LIVED)
        browser.close()
    return found


def in_firefox(path: str, html: str, moves: int, patience: float) -> dict[str, Any]:
    """Let Firefox open the page from a local address; it sends what it found."""
    script = ALONE.format(measure=MEASURE, moves=moves, live=LIVE, hash=LIVED)
    before, _, after = html.rpartition("</body>")
    text = before.replace("<head>", f"<head><script>{FIRST}</script>", 1) + script + after
    found: dict[str, Any] = {}
    there = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            found.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            there.set()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as profile:
        address = f"http://127.0.0.1:{server.server_port}/#step=sandbox"
        words = [path, "--headless", "--no-remote", "--profile", profile, address]
        environment = os.environ | {"HOME": profile, "MOZ_DISABLE_CONTENT_SANDBOX": "1"}
        browser = subprocess.Popen(
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        there.wait(patience)
        browser.terminate()
        browser.wait()
    server.shutdown()
    if not found or "error" in found:
        return {"version": version, "error": found.get("error", "no answer")}
    return found | {"version": version, "first": [found["firstPicture"]]}


def differences(lived: list[dict[str, Any]]) -> int:
    """Return how many outcomes of the summaries and of the days are not those of Python."""
    world, wrong = at_page_size("classroom").replace(p_buy=0.2), 0
    for there, strategy in zip(lived, ("posting_only", "community_building"), strict=True):
        run = simulate(world, strategy, seed=7)
        for name, value in run.summary.items():
            found = there["summary"][name]  # what has no value is null in JSON
            same = found is None or found != found if value != value else found == value
            wrong += not same
        for name, days in there["days"].items():
            here = run.series[name].to_numpy(float)
            wrong += not np.array_equal(np.array(days, float), here, equal_nan=True)
    return wrong


def report(found: dict[str, Any]) -> int:
    """Print what was measured; return 1 where the numbers are not those of Python."""
    print(f"\n{found['version']}")
    if "error" in found:
        print(f"  {found['error']}")
        return 1
    print(f"  {'':44} {'median':>9} {'longest':>9}")
    rows = {"opening: until the first picture is painted": found["first"], **found["moves"]}
    for name, times in rows.items():
        print(f"  {name:44} {statistics.median(times):6.0f} ms {max(times):6.0f} ms")
    print(f"  {'fan of 50 worlds, both strategies':44} {found['fan'] / 1000:7.1f} s")
    wrong = differences(found["lived"])
    print(f"  compared with Python, every outcome of every day: {wrong} differences")
    return int(wrong > 0)


def machine() -> str:
    """Return what this was measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores{load}"


def main() -> int:
    """Measure in each browser that is there, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=20, help="of each slider (20)")
    parser.add_argument("--opens", type=int, default=5, help="of the file (5)")
    parser.add_argument("--patience", type=float, default=240, help="seconds for Firefox (240)")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not (chromium or firefox):
        print("needs Chromium or Firefox (on Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    html = page_html()
    print(f"The page, {len(html.encode()) / 1e6:.2f} MB; {machine()}")
    print(
        f"20,000 people, two years, A and B; {asked.moves} moves each, from the move to the paint"
    )
    failed = 0
    if chromium:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "page.html")
            file.write_text(html, encoding="utf-8")
            failed |= report(in_chromium(chromium, file, asked.moves, asked.opens))
    if firefox:
        failed |= report(in_firefox(firefox, html, asked.moves, asked.patience))
    return failed


if __name__ == "__main__":
    sys.exit(main())
