"""Run a sample of the runs of a store again, and hold every number against the stored one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.core.randomness import analysis_rng
from simulation.sweeps.carried import engine_of, same_code
from simulation.sweeps.rerunning import equal, in_words, other_versions, place_of
from simulation.sweeps.running import common_of
from simulation.sweeps.store import SUCCEEDED, Store
from simulation.sweeps.working import Task, live_batch
from simulation.tools.errors import InputError, check_whole
from simulation.tools.shown import Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Reproduction(Shown):
    """What came of running a sample again.

    `differences`: one row a number that is not the same: setting_id, strategy, replication_id,
    table, outcome, stored, now.
    """

    n_runs: int
    n_numbers: int
    differences: pd.DataFrame
    same_code: bool
    other_versions: dict[str, tuple[str | None, str | None]]

    @property
    def same(self) -> bool:
        """Whether every number is the same, to the last bit."""
        return self.differences.empty

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        if self.same:
            text = f"all {self.n_numbers:,} numbers of {self.n_runs:,} runs are the same"
        else:
            runs = len(
                self.differences.drop_duplicates(["setting_id", "strategy", "replication_id"])
            )
            text = (
                f"{len(self.differences):,} of {self.n_numbers:,} numbers differ, "
                f"in {runs:,} of {self.n_runs:,} runs"
            )
        others = in_words(self.same_code, self.other_versions)
        return f"{text}; {others}" if others else text

    def _says(self) -> tuple[str, str]:
        return f"of {self.n_runs:,} runs", self.sentence

    def _tabled(self) -> pd.DataFrame | None:
        return None if self.same else self.differences


def reproduce(store: Store, sample: int = 20, seed: int = 0) -> Reproduction:
    """Run `sample` of the succeeded runs again, drawn without favour, and compare to the last bit.

    Outcomes are compared, and, where they were kept, every number of the days, events and people.
    Raises InputError when there is nothing to run again.
    """
    sample = check_whole("sample", sample, 1, 1_000_000_000)
    frame = store.runs()
    frame = frame[frame["status"] == SUCCEEDED]
    if frame.empty:
        raise InputError(f"{store.folder}: no run has succeeded yet: nothing to reproduce")
    if sample < len(frame):
        drawn = analysis_rng(seed).choice(len(frame), sample, replace=False)
        frame = frame.iloc[np.sort(drawn)]
    kept = {table: getattr(store, table)() for table in store.manifest["design"]["keep"]}
    rows: list[dict[str, Any]] = []
    n_numbers, way = 0, engine_of(store)
    for _, stored in frame.iterrows():
        found, count = _again(store, stored, kept, way)
        rows += found
        n_numbers += count
    import pandas as pd

    columns = ["setting_id", "strategy", "replication_id", "table", "outcome", "stored", "now"]
    return Reproduction(
        len(frame),
        n_numbers,
        pd.DataFrame(rows, columns=columns),
        same_code(store),
        other_versions(store),
    )


def _again(
    store: Store, stored: pd.Series, kept: dict[str, pd.DataFrame], way: Any
) -> tuple[list[dict[str, Any]], int]:
    """Run one run again; return what differs, and how many numbers were compared."""
    design = store.design
    setting, strategy, replication = place_of(store, dict(stored))
    task = Task(setting, design.settings.values(setting), replication, ((strategy, 0),))
    brought = live_batch(replace(common_of(design), way=way), [task])
    row = brought.rows[0]
    place = {"setting_id": setting, "strategy": stored["strategy"], "replication_id": replication}
    if row["status"] != SUCCEEDED:
        return [{**place, "table": "runs", "outcome": row["error"]}], len(SUMMARY)
    differ: list[dict[str, Any]] = []
    outcomes = [scalar.name for scalar in SUMMARY if scalar.name in stored.index]
    fresh = dict(zip((scalar.name for scalar in SUMMARY), row["outcomes"], strict=True))
    differ += [
        {**place, "table": "runs", "outcome": name, "stored": stored[name], "now": fresh[name]}
        for name in outcomes
        if not equal(stored[name], fresh[name])
    ]
    count = len(outcomes)
    for table, frame in kept.items():
        here = brought.kept[table][0].to_pandas()
        mine = (frame["setting_id"] == setting) & (frame["replication_id"] == replication)
        there = frame[mine & (frame["strategy"] == stored["strategy"])]
        count += here.size
        differ += [{**place, "table": table, **d} for d in _table_differences(there, here)]
    return differ, count


def _table_differences(there: pd.DataFrame, here: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry for every column of a table that is not the same."""
    if len(there) != len(here):
        return [{"outcome": "number of rows", "stored": len(there), "now": len(here)}]
    found = []
    for name in here.columns:
        a, b = there[name].to_numpy(), here[name].to_numpy()
        same = [equal(x, y) for x, y in zip(a, b, strict=True)]
        if not all(same):
            first = same.index(False)
            found.append({"outcome": name, "stored": a[first], "now": b[first]})
    return found
