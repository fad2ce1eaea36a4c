"""Which runs of a design a store holds, and whether it is a store of this design at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulation.inputs.scenario import parameters
from simulation.sweeps.design import Design
from simulation.sweeps.store import FAILED, Store
from simulation.tools.errors import InputError
from simulation.tools.stamp import model_fingerprint, versions


class Done:
    """Which runs need no more work: one bit a run, the index of a sweep."""

    def __init__(self, n_runs: int):
        self._bits = np.zeros((n_runs + 7) // 8, np.uint8)
        self.n_runs, self.count = n_runs, 0

    def __contains__(self, position: int) -> bool:
        return bool(self._bits[position >> 3] >> (position & 7) & 1)

    def add(self, position: int) -> None:
        """Mark a run."""
        if position not in self:
            self._bits[position >> 3] |= 1 << (position & 7)
            self.count += 1

    def discard(self, position: int) -> None:
        """Unmark a run."""
        if position in self:
            self._bits[position >> 3] &= ~np.uint8(1 << (position & 7))
            self.count -= 1


def check_code(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise InputError unless the runs of a store were made by this code of the model."""
    if manifest["model"] != model_fingerprint():
        made = manifest.get("versions", {}).get("continuum-brand")
        raise InputError(
            f"{folder}: its runs were made by other code of the model ({made}, "
            f"{manifest['model']}; this is {versions()['continuum-brand']}, "
            f"{model_fingerprint()}): they can be read, but not added to: give another --out"
        )


def check_agrees(folder: Path, manifest: Mapping[str, Any], design: Design) -> None:
    """Raise InputError unless a manifest is of this code of the model and of this design."""
    check_code(folder, manifest)
    there, here = manifest["design"], design.to_dict()
    for key in ("scenario", "friends", "strategies", "method", "settings", "distributions",
                "options", "rows", "seed", "keep", "ties"):  # fmt: skip
        if there.get(key) != here.get(key):
            raise InputError(
                f"{folder}: is the store of another design: {_differs(key, there, here)}; "
                "give another --out, or continue the old one with continuum resume"
            )


def marked(design: Design, store: Store) -> tuple[Done, Done]:
    """Return which runs of a design a store has, and which of these failed.

    A row whose key is not that of its run does not count.
    """
    done, failed = Done(design.n_runs), Done(design.n_runs)
    places = {strategy.name: i for i, strategy in enumerate(design.strategies)}
    columns = ["run_key", "setting_id", "strategy", "replication_id", "status"]
    for table in store.run_tables(columns):
        rows = [table[name].to_pylist() for name in columns]
        for key, setting, strategy, replication, status in zip(*rows, strict=True):
            place = places[strategy]
            if key != design.key(setting, place, replication):
                continue
            position = design.position(setting, place, replication)
            done.add(position)
            (failed.add if status == FAILED else failed.discard)(position)
    return done, failed


def _differs(key: str, there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say in which parameter, or in which part, two designs differ."""
    a: Any = there.get(key)
    b: Any = here.get(key)
    if key == "scenario" and isinstance(a, Mapping):
        if a["name"] != b["name"]:
            return f"scenario {a['name']} there, {b['name']} here"
        old, new = a["parameters"], b["parameters"]
        changed = [name for name in parameters() if old.get(name) != new.get(name)]
        if changed:
            first = changed[0]
            return f"{first} = {old.get(first)} there, {new.get(first)} here"
    if key == "ties":
        a, b = a or {}, b or {}
        first = next(name for name in {**a, **b} if a.get(name) != b.get(name))
        return f"{first} = {a.get(first, 'not tied')} there, {b.get(first, 'not tied')} here"
    if key == "settings" and isinstance(a, Mapping):
        if a["names"] != b["names"]:
            return f"{', '.join(a['names'])} vary there, {', '.join(b['names'])} here"
        return f"its {a['n']:,} settings of {', '.join(a['names'])} are not these {b['n']:,}"
    if key == "strategies" and isinstance(a, Sequence):
        names = [[s["name"] for s in side] for side in (a, b)]
        if names[0] != names[1]:
            return f"strategies {', '.join(names[0])} there, {', '.join(names[1])} here"
    if key == "seed" and isinstance(a, Mapping):
        return f"seed {a['entropy']} there, {b['entropy']} here"
    return f"another {key}"
