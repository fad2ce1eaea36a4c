"""``continuum doctor``: what this machine has and what is missing, in plain words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import time

from simulation.core.compiler import HAVE_COMPILER, compiled_before, compiled_folder
from simulation.core.ways import changed_sources, chosen
from simulation.tools import VERSION
from simulation.tools.errors import InputError
from simulation.tools.files import cache_folder

NEEDED = (
    "mesa",
    "wasmtime",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "xarray",
    "matplotlib",
    "pydantic",
    "filelock",
    "SALib",
)
OPTIONAL = {
    "numba": "long sweeps, and changing a rule (pip install 'continuum-brand[native]')",
    "solara": "Mesa's own page, SolaraViz (pip install 'continuum-brand[viz]')",
    "distributed": "sweeps on a cluster (pip install 'continuum-brand[cluster]')",
    "optuna": "best split, calibration by search (pip install 'continuum-brand[calibrate]')",
    "duckdb": "questions to a store in SQL (pip install 'continuum-brand[query]')",
}


def report() -> list[str]:
    """Print one line a thing; return the problems that keep the program from working."""
    problems: list[str] = []

    def line(good: bool, text: str, needed: bool = True) -> None:
        print(f"{'ok     ' if good else 'missing' if needed else 'without'}  {text}")
        if not good and needed:
            problems.append(text)

    line(sys.version_info >= (3, 11), f"Python {platform.python_version()} (3.11 or newer)")
    line(True, f"continuum {VERSION}")
    for name in NEEDED:
        version = _version(name)
        line(version is not None, f"{name} {version or ': pip install ' + name}")
    for name, use in OPTIONAL.items():
        version = _version(name)
        line(version is not None, f"{name} {version or ''} {use}", needed=False)
    line(True, f"{os.cpu_count()} cores on {platform.machine()}")
    for good, text in _engine():
        line(good, text)
    free = shutil.disk_usage(cache_folder()).free
    line(free > 2e8, f"{free / 1e9:.1f} GB free on disk")
    if not problems:
        line(*_trial())
    print("\nall well" if not problems else f"\n{len(problems)} problem(s): see 'missing' above")
    return problems


def _engine() -> list[tuple[bool, str]]:
    """Say how the engine runs, and where what is made for this machine is kept."""
    try:
        way = chosen()
    except InputError as error:
        return [(False, str(error))]
    if way == "module":
        said = "the engine is ready: nothing has to be compiled"
        said += "; long work is compiled, once" if HAVE_COMPILER else ""
    elif way == "native":
        why = f": {len(changed_sources())} sources changed since its module was built"
        said = "the engine runs as machine code" + (why if changed_sources() else "")
    else:
        said = "the engine runs as plain Python, slowly"
    found = [(True, said)]
    if HAVE_COMPILER:
        folder = compiled_folder()
        ready = "is kept" if compiled_before("run_days") else "is made when it pays, and kept,"
        found.append((os.access(folder, os.W_OK), f"machine code {ready} in {folder}"))
    return found


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _trial() -> tuple[bool, str]:
    """Run the classroom with both engines and see whether they agree."""
    from simulation.runs.run import simulate

    began = time.perf_counter()
    small = {"strategy": "community_building", "seed": 1}
    fast, slow = (simulate("classroom", engine=e, **small) for e in ("auto", "mesa"))  # type: ignore[arg-type]
    same = fast.table.tobytes() == slow.table.tobytes()
    seconds = time.perf_counter() - began
    verdict = "the same numbers" if same else "DIFFERENT numbers: please report this"
    return same, f"a trial run: engine and Mesa model give {verdict} ({seconds:.1f} s)"
