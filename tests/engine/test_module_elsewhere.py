"""engine.wasm outside Python: the same bytes in node and in a browser."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from simulation import Scenario
from simulation.core.module import Module
from simulation.core.module_about import WASM
from simulation.engine import day
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import prepare
from tests.web.browser import chromium

SCRIPT = Path(__file__).with_name("call_module.js")


def in_node(kernel, sent, addresses, folder):
    """Return (base, status) and the memory after a call in node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (folder / "sent").write_bytes(sent)
    words = [node, SCRIPT, WASM, kernel, folder / "sent", json.dumps(addresses), folder / "memory"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), (folder / "memory").read_bytes()


def in_a_page(kernel, sent, addresses, folder):
    """The same in Chromium, from a file."""
    playwright = pytest.importorskip("playwright.sync_api")
    page = folder / "page.html"
    page.write_text(f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>", encoding="utf-8")
    text = """async ([code, kernel, sent, addresses]) => {
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const compile = WebAssembly.Module;
      const compiled = await WebAssembly.compile(bytes(code));
      WebAssembly.Module = function () { return compiled; };
      const found = callModule(null, kernel, bytes(sent), addresses);
      WebAssembly.Module = compile;
      let memory = "";
      for (let i = 0; i < found.memory.length; i += 32768)
        memory += String.fromCharCode(...found.memory.subarray(i, i + 32768));
      return [[found.base, found.status], btoa(memory)];
    }"""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(page.as_uri())
        code, given = (base64.b64encode(part).decode() for part in (WASM.read_bytes(), sent))
        found, memory = tab.evaluate(text, [code, kernel, given, addresses])
        browser.close()
    return found, base64.b64decode(memory)


@pytest.mark.parametrize("place", [in_node, in_a_page])
def test_a_run_elsewhere(place, tmp_path):
    """A whole horizon: the days, the people and the events are those of Python."""
    world = prepare(Scenario.load("classroom"), seed=5)
    strategy = STRATEGIES["community_building"]
    days = day.plan(world.scenario, strategy)

    def arguments():
        table = np.zeros(days.size, day.DAY_DTYPE)
        log = day.new_log(True)
        state = world.start.copy()
        return world.engine._given, state, days, table, 0, False, True, log

    here, there = arguments(), arguments()
    module = Module()
    lived, log = module.call("run_days", *here)
    kernel = module.kernels["run_days"]
    table = kernel.table(there)
    sent = np.zeros(table.n_bytes, np.uint8)
    table.send(0, sent)
    (base, status), memory = place("run_days", sent.tobytes(), table.addresses, tmp_path)
    assert status == 0
    table.fetch(np.frombuffer(memory, np.uint8), base)
    others, events = kernel.results.get(table)
    assert there[3].tobytes() == here[3].tobytes()
    assert there[1].people.lives.tobytes() == here[1].people.lives.tobytes()
    assert others.bonds.partner.tobytes() == lived.bonds.partner.tobytes()
    n = log[0, 0] + 1
    assert events[:n].tobytes() == log[:n].tobytes()
