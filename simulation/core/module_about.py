"""Where the engine's module is, and what its build wrote about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulation.tools import PACKAGE

WASM = PACKAGE / "engine" / "engine.wasm"
LAYOUT = WASM.with_suffix(".json")


def about(layout: Path = LAYOUT) -> dict[str, Any]:
    """Return what the build wrote of a module: its hash, its sources, how to call it."""
    return json.loads(layout.read_text(encoding="utf-8"))


def text_of(names: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that change with any byte of these files of the package."""
    digest = hashlib.sha256()
    for name in sorted(names):
        text = (PACKAGE / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]
