"""engine.wasm outside Python: node, or a page in Chromium, as one more way for kernels to run."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.core.module import Kernel
from simulation.core.module_about import WASM, about
from tests.web.browser import chromium
from tests.web.node import node

SCRIPT = Path(__file__).with_name("call_module.js")

#: What `callModule` of the script takes and returns, but for the module.
Ask = Callable[[str, str, list[tuple[int, int]]], tuple[int, int, int, list[tuple[int, str]]]]


class Elsewhere:
    """A way (`ways.running`): every call of a kernel goes to another runtime and comes back."""

    def __init__(self, ask: Ask) -> None:
        self.ask, self.calls = ask, 0
        self.kernels = {name: Kernel(name, how) for name, how in about()["kernels"].items()}

    def call(self, name: str, *arguments: Any) -> Any:
        """Do what `Module.call` does, there."""
        kernel = self.kernels[name]
        table = kernel.table(arguments)
        sent = np.zeros(table.n_bytes, np.uint8)
        table.send(0, sent)
        asked = base64.b64encode(sent.tobytes()).decode()
        base, status, size, pages = self.ask(name, asked, table.addresses)
        assert status == 0, f"{name} stopped"
        memory = np.zeros(size, np.uint8)
        for place, text in pages:
            page = np.frombuffer(base64.b64decode(text), np.uint8)
            memory[place : place + page.size] = page
        table.fetch(memory, base)
        self.calls += 1
        return kernel.results.get(table)


@contextmanager
def in_node() -> Iterator[Elsewhere]:
    """Open node; without it the test is skipped."""
    with node(SCRIPT, WASM) as ask:
        yield Elsewhere(lambda *call: ask(call))


#: Chromium compiles what is not small only where the page waits for it.
COMPILE = "async (code) => { window.compiled = await WebAssembly.compile(bytesOf(code)); }"
CALL = "(call) => callModule(window.compiled, ...call)"


@contextmanager
def in_a_page() -> Iterator[Elsewhere]:
    """Open a page from a file in Chromium; without playwright the test is skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    with tempfile.TemporaryDirectory() as folder, playwright.sync_playwright() as driver:
        page = Path(folder, "page.html")
        page.write_text(f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>", encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(page.as_uri())
        tab.evaluate(COMPILE, base64.b64encode(WASM.read_bytes()).decode())
        yield Elsewhere(lambda *call: tab.evaluate(CALL, list(call)))
        browser.close()


def parts_of(run: Any) -> dict[str, bytes]:
    """Return everything a run leaves, as bytes by name."""
    end, bonds = run.end, run.end.bonds
    height = bonds.free[-1]
    found = {"table": run.table, "events": run.log, "brand": end.brand, "bonds": bonds.partner}
    found |= {"ends": bonds.end, "owners": bonds.owner, "seats": bonds.free[:height]}
    found |= {"calendar": end.calendar, "complaints": end.complaints}
    found |= {"friends": end.people.lives["member_friends"]}
    found |= dict(zip(end.people._fields, end.people, strict=True))
    return {name: np.ascontiguousarray(array).tobytes() for name, array in found.items()}
