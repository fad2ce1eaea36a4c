"""How long the panel of TRUTH.md takes: 100,000 people, 50 towns, 200 weeks; wanted: two minutes.

``python -m experiments.benchmarks.panel``, on a machine that does nothing else.
"""

from __future__ import annotations

import re
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

from simulation import panel
from simulation.tools import PACKAGE

WANTED = 120.0


def design_of_the_page() -> dict[str, Any]:
    """Return the design that TRUTH.md shows."""
    text = (PACKAGE / "TRUTH.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", text, re.S)
    assert shown is not None
    return tomllib.loads(shown[1])


def main() -> None:
    """Make and write it, and say how long each part took."""
    whole = design_of_the_page()
    shared = {name: whole[name] for name in ("name", "seed")}
    total = 0.0
    for part in ("people", "places", "customers"):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            panel(shared | {part: whole[part]}, out=Path(folder) / part, progress=False)
            seconds = time.perf_counter() - began
        total += seconds
        print(f"{part:10} {seconds:6.1f} s")
    print(f"{'all':10} {total:6.1f} s, wanted: below {WANTED:.0f} s")


if __name__ == "__main__":
    main()
