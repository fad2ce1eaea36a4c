"""Where the engine's module is, and what its build wrote about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulation.tools import PACKAGE

WASM = PACKAGE / "engine" / "engine.wasm"
LAYOUT = WASM.with_suffix(".json")


def about(layout: Path = LAYOUT) -> dict[str, Any]:
    """Return what the build wrote of a module: its hash, its sources, how to call it."""
    return json.loads(layout.read_text(encoding="utf-8"))
