"""What is written beside results so that they can be traced: seed, versions, plain values."""

from __future__ import annotations

import math
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np


def seed_text(seed: Any) -> str:
    """Return the seed as text: whole numbers up to 2**64 fit no column of every reader."""
    if isinstance(seed, np.random.SeedSequence):
        return f"SeedSequence(entropy={seed.entropy}, spawn_key={tuple(seed.spawn_key)})"
    return str(int(seed))


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NumPy, no nan."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions() -> dict[str, str | None]:
    """Return the versions of everything the numbers depend on."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in ("continuum-brand", "mesa", "numba", "numpy", "scipy", "pandas"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    if found["continuum-brand"] is None:  # run from a folder, not installed
        from simulation import __version__

        found["continuum-brand"] = __version__
    return found
