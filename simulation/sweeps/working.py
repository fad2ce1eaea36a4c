"""What a worker does: live a batch of worlds, and bring back rows; a run that fails is a row."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.core.ways import running, usable_here
from simulation.engine.prepare import Prepared, prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import Run, series_columns
from simulation.runs.worlds import live_world
from simulation.sweeps.design import changed_strategy, changed_world
from simulation.sweeps.store import FAILED, PLACE, SUCCEEDED
from simulation.tools.errors import InputError
from simulation.tools.stamp import model_fingerprint

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Common:
    """What all runs of a sweep share; travels with every batch."""

    scenario: Scenario
    strategies: tuple[Strategy, ...]
    seed: Any
    keep: tuple[str, ...]
    model: str
    ties: Mapping[str, str] = field(default_factory=dict)
    way: Any = "auto"  # how the engine runs (core/ways.py): no number depends on it


@dataclass(frozen=True)
class Task:
    """One setting in one replication, under some of its strategies: the people are made once."""

    setting: int
    values: Mapping[str, Any]
    replication: int
    runs: tuple[tuple[int, int], ...]  # (place of the strategy, position of the run)


@dataclass
class Brought:
    """What a batch gives: rows of runs, rows of the tables kept, and how long it took [s]."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, list[pa.Table]] = field(default_factory=dict)
    seconds: float = 0.0


def live_batch(common: Common, tasks: Sequence[Task]) -> Brought:
    """Live every run of a batch. Raises only when this is not the code the sweep began with."""
    if common.model != model_fingerprint():
        raise InputError(
            f"a worker has other code of the model ({model_fingerprint()}, the sweep has "
            f"{common.model}): install the same version of the project everywhere"
        )
    began = time.perf_counter()
    brought = Brought()
    with running(usable_here(common.way)):
        for task in tasks:
            _live(common, task, brought)
    brought.seconds = time.perf_counter() - began
    return brought


def _live(common: Common, task: Task, brought: Brought) -> None:
    """Make the people of one world once, and let them live under every strategy asked for."""

    def people() -> Prepared:
        scenario = changed_world(common.scenario, task.values)
        return prepare(scenario, seed=common.seed, replication=task.replication)

    def levers(place: int) -> Strategy:
        world = changed_world(common.scenario, task.values) if common.ties else None
        return changed_strategy(common.strategies[place], task.values, common.ties, world)

    strategies = [partial(levers, place) for place, _ in task.runs]
    began = time.perf_counter()
    lives = live_world(people, strategies, events="events" in common.keep)
    for (_, position), lived in zip(task.runs, lives, strict=True):
        error, tables, outcomes = lived.error, {}, []
        if (run := lived.run) is not None:
            try:
                outcomes = [run.summary[scalar.name] for scalar in SUMMARY]
                tables = {table: _table(run, table, task) for table in common.keep}
            except Exception as wrong:  # whatever it is, the other runs go on
                error = wrong
        if error is not None:
            row = failed_row(position, error)
        else:
            row = {"position": position, "status": SUCCEEDED, "error": None, "traceback": None,
                   "outcomes": outcomes}  # fmt: skip
            for table, rows in tables.items():
                brought.kept.setdefault(table, []).append(rows)
        now = time.perf_counter()
        brought.rows.append({**row, "seconds": now - began})
        began = now


def failed_row(position: int, error: BaseException) -> dict[str, Any]:
    """Return the row of a run that failed: what went wrong, and where."""
    text = " ".join(str(error).split())
    return {
        "position": position,
        "status": FAILED,
        "error": f"{type(error).__name__}: {text}" if text else type(error).__name__,
        "traceback": "".join(traceback.format_exception(error)),
        "outcomes": [np.nan] * len(SUMMARY),
        "seconds": np.nan,
    }


def _table(run: Run, table: str, task: Task) -> pa.Table:
    """Return series, events or people of a run, placed among the runs."""
    import pandas as pd
    import pyarrow as pa

    columns: dict[str, Any] = {
        "setting_id": task.setting,
        "strategy": run.strategy.name,
        "replication_id": task.replication,
    }
    if table == "series":  # straight from the days: a frame between would take most of the time
        columns |= series_columns(run.table)[0]
    else:
        frame = run.events if table == "events" else run.people
        for name in frame.columns:
            column: Any = frame[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                column = column.astype("object").where(column.notna(), None)
                columns[name] = pa.array(column, pa.string())
            else:
                columns[name] = pa.array(column)
    n_rows = len(columns["time" if table == "series" else "person"])
    for name in PLACE:
        columns[name] = pa.repeat(columns[name], n_rows)
    return pa.table(columns)
