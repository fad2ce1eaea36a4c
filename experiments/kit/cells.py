"""How an experiment is declared and run: cells x replications, one row a run.

An experiment says in a `Cells` which worlds live under which strategies; `run_cells` lives them.
The people of one scenario and replication are made once and live under all strategies of that
scenario, and replication r has the same luck in every cell, so that cells are compared by paired
differences (common.py). A run that fails is a row that says why, not a lost experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.core.randomness import make_key
from simulation.engine.plan import check_equal_effort
from simulation.engine.prepare import prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import Run
from simulation.runs.worlds import each, live_world, person_days
from simulation.tools.errors import InputError
from simulation.tools.requests import understood

if TYPE_CHECKING:
    import pandas as pd

Measure = Callable[[Run], Mapping[str, float]]

#: Columns that every frame of runs has beside labels, outcomes and measures.
COLUMNS = ("strategy", "replication_id", "status", "error", "seconds")
OUTCOME_NAMES = tuple(scalar.name for scalar in SUMMARY)
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
#: Values of a label that the line about a design writes out.
MOST_LISTED = 20


@dataclass(frozen=True)
class Cell:
    """One combination: a world, a strategy, and the labels that tell it from the other cells.

    `seed` gives a cell luck of its own (None: the seed of the design); cells are only compared
    with those of the same seed.
    """

    scenario: Scenario
    strategy: Strategy
    labels: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None


@dataclass(frozen=True)
class Cells:
    """A declared set of runs: every cell in every replication.

    Attributes
    ----------
    cells : sequence of Cell
        All have the same labels; labels and name of the strategy name a cell.
    replications : int
        Number of worlds, replication 0 .. replications - 1 under `seed`.
    seed : int
    measure : callable, optional
        ``measure(run) -> {name: number}``, a function of a module: further columns of every run.
    events : bool
        Record the events of every person, for a measure that reads ``run.events``.
    unequal_effort : str
        Why the strategies do not spend the same effort; empty: they do, and it is checked.
    """

    cells: Sequence[Cell]
    replications: int
    seed: int = 1
    measure: Measure | None = None
    events: bool = False
    unequal_effort: str = ""

    def __post_init__(self) -> None:
        if not self.cells:
            raise InputError("a design needs at least one cell")
        whole = isinstance(self.replications, int) and self.replications >= 1
        if not whole:
            raise InputError(f"replications = {self.replications!r}: a whole number from 1")
        for seed in {self.seed, *(cell.seed for cell in self.cells if cell.seed is not None)}:
            make_key(seed, self.replications - 1)
        _check_labels(self.cells)
        _check_names(self.cells)
        if not self.unequal_effort:
            for scenario, _, positions in _by_world(self.cells, self.seed):
                check_equal_effort(scenario, list({self.cells[i].strategy for i in positions}))

    @property
    def labels(self) -> list[str]:
        """Names of the labels."""
        return list(self.cells[0].labels)

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.cells) * self.replications

    def describe(self) -> str:
        """Return the design in one line: scenarios, labels, strategies, worlds, seed."""
        parts = [_worlds_of([cell.scenario for cell in self.cells])]
        parts += [
            f"{label} {_listed(_distinct(cell.labels[label] for cell in self.cells))}"
            for label in self.labels
        ]
        names = _distinct(cell.strategy.name for cell in self.cells)
        parts.append(f"strategies {_listed(names)}")
        effort = f"effort not equal: {self.unequal_effort}" if self.unequal_effort else ""
        worlds = "world" if self.replications == 1 else "worlds"
        seeds = len({cell.seed for cell in self.cells})
        luck = f"{seeds} seeds" if seeds > 1 else f"seed {self.seed}"
        parts.append(f"{self.replications} {worlds} each, {luck}, {self.n_runs:,} runs")
        return "; ".join(part for part in [*parts, effort] if part)


def grid(
    scenarios: Iterable[tuple[Mapping[str, Any], Scenario]], strategies: Iterable[Strategy]
) -> list[Cell]:
    """Return a cell for every labelled scenario under every strategy."""
    levers = list(strategies)
    return [Cell(world, lever, labels) for labels, world in scenarios for lever in levers]


@understood
def run_cells(design: Cells, jobs: int | None = None, progress: bool | None = None) -> pd.DataFrame:
    """Live every run of a design and return one row a run.

    Parameters
    ----------
    design : Cells
    jobs : int, optional
        Processes that share the worlds (None: one per core; 1: this process). The rows do not
        depend on it.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.

    Returns
    -------
    DataFrame
        In order of cells, then replications: the labels, strategy, replication_id, status, error
        (empty where it succeeded), seconds [s], every outcome of ``outcomes.SUMMARY`` and every
        measure (nan in a run that failed). Units of the outcomes in ``attrs["units"]``.
    """
    import pandas as pd

    tasks = [
        (scenario, seed, {i: design.cells[i] for i in positions}, replication)
        for scenario, seed, positions in _by_world(design.cells, design.seed)
        for replication in range(design.replications)
    ]
    work = partial(_live, design.measure, design.events)
    size = sum(person_days(cell.scenario, design.replications) for cell in design.cells)
    found = each(work, tasks, jobs=jobs, progress=progress, person_days=size)
    rows = {place: row for world in found for place, row in world.items()}
    frame = pd.DataFrame([rows[place] for place in sorted(rows)])
    frame.attrs["units"] = {"seconds": "s", **{scalar.name: scalar.unit for scalar in SUMMARY}}
    return frame


def _live(
    measure: Measure | None, events: bool, task: tuple[Scenario, int, Mapping[int, Cell], int]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Let the people of one world live under the strategies of its cells.

    Returns a row for every cell, under its (position, replication).
    """
    scenario, seed, cells, replication = task
    people = partial(prepare, scenario, seed=seed, replication=replication)
    lives = live_world(people, [cell.strategy for cell in cells.values()], events=events)
    rows = {}
    for (position, cell), lived in zip(cells.items(), lives, strict=True):
        row = {**cell.labels, "strategy": cell.strategy.name, "replication_id": replication}
        row |= {"status": SUCCEEDED, "error": "", "seconds": np.nan}
        values: dict[str, float] = dict.fromkeys(OUTCOME_NAMES, np.nan)
        error = lived.error
        if lived.run is not None:
            try:
                values = lived.run.summary | _measured(measure, lived.run, row)
                row["seconds"] = lived.run.seconds
            except Exception as wrong:  # a measure that fails costs its row, not the experiment
                error = wrong
        if error is not None:
            text = " ".join(str(error).split())
            row |= {"status": FAILED, "error": f"{type(error).__name__}: {text}"}
        rows[position, replication] = row | values
    return rows


def _measured(measure: Measure | None, run: Run, row: Mapping[str, Any]) -> dict[str, float]:
    """Return what a measure finds in a run; its names must be new."""
    if measure is None:
        return {}
    found = {name: float(value) for name, value in measure(run).items()}
    taken = sorted(set(found) & ({*row} | {*run.summary}))
    if taken:
        raise InputError(f"measure: there is already a column {', '.join(taken)}")
    return found


def _by_world(cells: Sequence[Cell], seed: int) -> list[tuple[Scenario, int, list[int]]]:
    """Return every different scenario and seed with the positions of its cells, in order."""
    places: dict[tuple[Scenario, int], list[int]] = {}
    for position, cell in enumerate(cells):
        key = cell.scenario, seed if cell.seed is None else cell.seed
        places.setdefault(key, []).append(position)
    return [(*key, positions) for key, positions in places.items()]


def _check_labels(cells: Sequence[Cell]) -> None:
    """Raise InputError unless every cell has the same labels, and no two have the same values."""
    names, seen = list(cells[0].labels), set()
    taken = set(names) & {*COLUMNS, *OUTCOME_NAMES}
    if taken:
        raise InputError(f"labels {', '.join(sorted(taken))}: the runs have such a column already")
    for cell in cells:
        if list(cell.labels) != names:
            raise InputError(
                f"cells have labels {list(cell.labels)} and {names}: give all the same"
            )
        place = (*cell.labels.values(), cell.strategy.name)
        if place in seen:
            raise InputError(f"two cells are both {place}: give them labels that differ")
        seen.add(place)


def _check_names(cells: Sequence[Cell]) -> None:
    """Raise InputError when two different strategies have the same name."""
    known: dict[str, Strategy] = {}
    for cell in cells:
        if known.setdefault(cell.strategy.name, cell.strategy) != cell.strategy:
            raise InputError(f"two different strategies are named {cell.strategy.name}")


def _worlds_of(scenarios: list[Scenario]) -> str:
    """Return names, people and days of scenarios."""
    names = ", ".join(_distinct(scenario.name for scenario in scenarios))
    sizes = []
    for name, unit in (("n_people", "people"), ("n_days", "days")):
        values = sorted({scenario[name] for scenario in scenarios})
        ends = f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"
        sizes.append(f"{ends} {unit}")
    return f"{names} ({', '.join(sizes)})"


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _listed(values: list[Any]) -> str:
    """Return values in a row; of more than MOST_LISTED the first, the last and their number."""
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    if len(texts) > MOST_LISTED:
        return f"{texts[0]} to {texts[-1]} ({len(texts):,})"
    return ", ".join(texts)
