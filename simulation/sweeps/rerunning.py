"""One row of a store lived again: the whole run, its days, people and events."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from simulation.core.outcomes import SUMMARY
from simulation.core.ways import chosen, running
from simulation.engine.prepare import prepare
from simulation.runs.run import EngineName, Run, run_prepared
from simulation.sweeps.carried import engine_of, same_code
from simulation.tools.errors import InputError, check_whole, shortened
from simulation.tools.stamp import versions

if TYPE_CHECKING:
    import pandas as pd

#: What says which run a row is.
PLACE = ("setting_id", "strategy", "replication_id")


class Store(Protocol):
    """What is read of a store here; `store.Store` is one."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def design(self) -> Any:
        """Return the design."""

    def runs(self) -> pd.DataFrame:
        """Return one row a run."""


def rerun(store: Store, row: Any, *, events: bool = False, engine: EngineName = "auto") -> Run:
    """Return the run of a row, lived again; `Store.rerun` says more."""
    stored = row_of(store, row)
    setting, place, replication = place_of(store, stored)
    design = store.design
    world = design.world(setting)
    with running(engine_of(store) if engine in ("auto", "mesa") else chosen(engine)):
        run = run_prepared(
            prepare(world, seed=design.seed, replication=replication),
            design.lever(setting, place, world),
            engine=engine,
            events=events,
            last=True,
        )
    if said := _said(store, stored, run):
        print(f"continuum: {said}", file=sys.stderr)
    return run


def row_of(store: Store, row: Any) -> dict[str, Any]:
    """Return a row as a dict: from a Series, a named tuple, a mapping, or the key of a run."""
    if isinstance(row, str):
        frame = store.runs()
        found = frame[frame["run_key"] == row]
        if found.empty:
            raise InputError(f"{store.folder}: has no run with the key {shortened(row)}")
        return dict(found.iloc[0])
    for way in ("_asdict", "to_dict"):
        row = getattr(row, way)() if hasattr(row, way) else row
    if not isinstance(row, Mapping) or any(isinstance(row.get(n, 0), Mapping) for n in PLACE):
        raise InputError(
            f"a row is wanted: of store.runs() (a Series, a named tuple, a dict) or its run_key, "
            f"not {shortened(row)}"
        )
    return dict(row)


def place_of(store: Store, row: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return (setting, place of the strategy, replication) of a row.

    Raises InputError for a row that is not of this store.
    """
    if missing := [name for name in PLACE if name not in row]:
        if "run_key" in row:
            return place_of(store, row_of(store, str(row["run_key"])))
        raise InputError(f"the row has no {missing[0]}: {', '.join(PLACE)}, or run_key, are wanted")
    design = store.design
    names = [strategy.name for strategy in design.strategies]
    setting = check_whole("setting_id", row["setting_id"], 0, len(design.settings) - 1)
    replication = check_whole("replication_id", row["replication_id"], 0, design.replications - 1)
    if row["strategy"] not in [names[place] for place in design.strategies_of(setting)]:
        raise InputError(
            f"{store.folder}: setting {setting} was not lived by {shortened(row['strategy'])}"
        )
    place = names.index(row["strategy"])
    ours = same_code(store) and "run_key" in row
    if ours and row["run_key"] != design.key(setting, place, replication):
        raise InputError(f"{store.folder}: the row is of another store (its run_key is not here)")
    return setting, place, replication


def other_versions(store: Store) -> dict[str, tuple[str | None, str | None]]:
    """Return what has another version than when the store was made: (then, now)."""
    was, now = store.manifest.get("versions", {}), versions()
    return {name: (was.get(name), now[name]) for name in now if was.get(name) != now[name]}


def in_words(same: bool, others: Mapping[str, tuple[str | None, str | None]]) -> str:
    """Say that the code or the versions are others than when a store was made; "" if not."""
    parts = [] if same else ["the code of the model is not the one the store was made with"]
    if others:
        parts.append("other versions: " + ", ".join(
            f"{name} {then} then, {now} now" for name, (then, now) in others.items()
        ))  # fmt: skip
    return "; ".join(parts)


def equal(a: Any, b: Any) -> bool:
    """Return whether two values are the same, to the last bit; nan is the same as nan."""
    if a is None or b is None or a != a or b != b:
        return (a is None or a != a) and (b is None or b != b)
    return bool(a == b)


def _said(store: Store, row: Mapping[str, Any], run: Run) -> str:
    """Return what there is to say of a run lived again: other code, other numbers; or ""."""
    names = [s.name for s in SUMMARY if s.name in row] if row.get("status") == "SUCCEEDED" else []
    differ = [name for name in names if not equal(row[name], run.summary[name])]
    why = in_words(same_code(store), other_versions(store))
    if not differ:
        same = f"; all {len(names)} outcomes of the row are the same" if names else ""
        return f"{why}{same}" if why else ""
    first = differ[0]
    return (
        f"{len(differ)} of {len(names)} outcomes are not those of the row ({first} "
        f"{row[first]:.10g} then, {run.summary[first]:.10g} now){'; ' if why else ''}{why}"
    )
