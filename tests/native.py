"""Machine code for tests: loops of their own, and the engine compiled once for all of them.

`compiled` runs what stands in engine.wasm; what only tests call does not stand there, and as plain
Python hundreds of thousands of draws take a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.core.compiled import Kernel
from simulation.core.compiler import HAVE_COMPILER, compiled_before


class Native(Kernel):
    """A function that runs as machine code where there is a compiler."""

    def __call__(self, *arguments: Any) -> Any:
        return (self.native if HAVE_COMPILER else self.plain)(*arguments)


def native(function: Callable) -> Any:
    """Mark a loop of a test that calls functions of the engine."""
    return Native(function)


def run_cold(folder: Path) -> tuple[subprocess.CompletedProcess, dict[str, str]]:
    """Compile the engine by the command line: what it said, and the environment it had.

    In the user's cache where nothing is compiled yet, so that others find it, else in `folder`.
    """
    environment = {"CONTINUUM_CACHE_DIR": str(folder)} if compiled_before("run_days") else {}
    return run_native(environment), environment


def run_native(environment: dict[str, str], engine: str = "native") -> subprocess.CompletedProcess:
    """Run a small world by the command line."""
    return subprocess.run(
        [sys.executable, "-m", "simulation", "run", "--scenario", "classroom", "--people", "120",
         "--set", "days_warm_up=10", "--json", "--engine", engine],
        capture_output=True, text=True, check=True, env=os.environ | environment,
    )  # fmt: skip
