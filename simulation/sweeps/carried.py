"""A store carries its engine: the module of the sources it was made with.

When the code has changed since, a row is lived again with the engine it was lived with, and gives
every number again. What lies around the engine (how a plan is made of a strategy, a design of a
file) is the code of today.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from simulation.core.module_about import LAYOUT, WASM, about
from simulation.core.ways import changed_sources, chosen
from simulation.inputs.scenario import numbers_type
from simulation.tools.errors import InputError
from simulation.tools.stamp import model_fingerprint


class Store(Protocol):
    """What is read of a store here; `store.Store` is one."""

    folder: Path
    manifest: dict[str, Any]


def to_carry(folder: Path) -> dict[Path, Callable[[Path], Any]]:
    """Return what writes the engine into a store; nothing where it is not of these sources."""
    if changed_sources():
        return {}
    return {folder / file.name: partial(shutil.copyfile, file) for file in (WASM, LAYOUT)}


def engine_hash() -> str | None:
    """Return the hash of the module of these sources; None where they have changed since."""
    return None if changed_sources() else about()["sha256"]


def same_code(store: Store) -> bool:
    """Return whether a store was made with this code of the model."""
    return store.manifest["model"] == model_fingerprint()


def engine_of(store: Store) -> Any:
    """Return the way in which runs of a store are lived again: its own engine, if code changed."""
    layout = store.folder / LAYOUT.name
    if same_code(store) or not layout.exists():
        return chosen()
    theirs = about(layout)
    if theirs["sha256"] == engine_hash():
        return chosen()
    names, kernels = list(numbers_type()._fields), about()["kernels"]
    if theirs["numbers"] != names or theirs["kernels"] != kernels:
        was, commit = store.manifest["versions"], store.manifest.get("commit")
        what = "knows other parameters" if theirs["numbers"] != names else "is called otherwise"
        raise InputError(
            f"{store.folder}: its engine {what} than this version: install the one "
            f"it was made with ({was.get('continuum-brand')}, commit {commit})"
        )
    from simulation.core.module import Module

    return Module(store.folder / WASM.name, layout)
