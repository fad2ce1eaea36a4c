"""MAIN FLOW: scenario x strategy x replication -> Run.

``simulate`` builds the people and their friends (`prepare`), lets the brand's common routine warm
them up, and lives the horizon under one strategy, with the compiled engine or the Mesa model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.core.outcomes import DIMS, LOG_COLUMNS, OUTCOMES, Event, columns_of
from simulation.core.randomness import make_key
from simulation.core.stages import STAGES, TOUCHPOINTS, Complaint
from simulation.core.summary import summarise
from simulation.core.ways import WAYS, changed_sources, running, usable_here
from simulation.engine.plan import pages
from simulation.engine.prepare import Prepared, prepare, settled
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario
from simulation.inputs.strategy import Strategy, StrategyLike
from simulation.people.population import CONSIDERED, INVITED, OWNS, REACHED, SWITCHED, State
from simulation.rules.attachment import attachment, exposure_left, left_after
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain, seed_text, versions
from simulation.tools.values import as_whole

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

EngineName = Literal["auto", "native", "module", "python", "mesa"]
ENGINES = (*WAYS, "mesa")


@dataclass(frozen=True, eq=False, repr=False)
class Run(Shown):
    """The result of one simulation; the same numbers from either engine.

    `table` holds one `outcomes.DAY_DTYPE` row a day, `start_stage` and `end` where people began and
    ended; all else is derived from them: `summary` (dict),
    `series` and, where asked for, `events`, `people`, `products` (tidy DataFrames), `to_xarray()`.
    """

    scenario: Scenario
    strategy: Strategy
    seed: Any
    replication: int
    engine: str
    table: np.recarray
    start_stage: np.ndarray
    end: State
    log: np.ndarray | None = None
    seconds: float = field(default=0.0, compare=False)

    @cached_property
    def summary(self) -> dict[str, float]:
        """One number each for the outcomes of `outcomes.SUMMARY`; nan where there is none."""
        other = self.engine == "mesa" or (self.engine == "module" and changed_sources())
        with running("python" if other else usable_here(self.engine)):
            return summarise(self.table, self.scenario)

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row a day: `time`, then every outcome; units in ``attrs["units"]``."""
        return series_frame(self.table)

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event: time, person, event, from_stage, to_stage, cause (on request)."""
        if self.log is None:
            raise InputError("events were not recorded: call simulate(..., events=True)")
        return events_frame(self.log)

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a person: the state at the end of the horizon."""
        return people_frame(self.scenario, self.start_stage, self.end)

    @cached_property
    def products(self) -> pd.DataFrame:
        """One row a product: what happened while it was on the page."""
        return products_frame(self.scenario, self.strategy, self.table)

    def _says(self) -> tuple[str, str]:
        what = f"{self.scenario.name}, {self.strategy.name}, seed {seed_text(self.seed)}"
        what += f", replication {self.replication}" if self.replication else ""
        what += ", engine mesa" if self.engine == "mesa" else ""
        sold, members = (self.summary[name] for name in ("sales", "n_member"))
        return what, (
            f"{sold:,.0f} cop{'y' if sold == 1 else 'ies'} sold, {members:,.0f} "
            f"member{'' if members == 1 else 's'} after {self.table.size:,} days"
        )

    def _tabled(self) -> pd.DataFrame:
        import pandas as pd

        before = np.bincount(self.start_stage, minlength=len(STAGES))
        rows = {
            "people at the start": before,
            "at the end": self.table["n"][-1],
            "attachment at the end": self.table["attachment"][-1],
            "copies bought": self.table["sales_by_stage"].sum(axis=0),
        }
        return pd.DataFrame({"stage": list(STAGES), **rows})

    def to_dict(self) -> dict[str, Any]:
        """Return what was run and what came out, ready for JSON."""
        return plain(
            {
                "scenario": self.scenario.name,
                "strategy": self.strategy.model_dump(),
                "seed": seed_text(self.seed),
                "replication": self.replication,
                "engine": self.engine,
                "summary": self.summary,
                "parameters": self.scenario.flat(),
                "versions": versions(),
            }
        )

    def to_xarray(self) -> xr.Dataset:
        """Every outcome as a labelled array over time, stage, channel, touchpoint or move."""
        import xarray as xr

        data = {}
        for outcome in OUTCOMES:
            dims = ("time",) if outcome.dim is None else ("time", outcome.dim)
            attrs = {"units": outcome.unit, "kind": outcome.kind, "long_name": outcome.label}
            data[outcome.name] = (dims, np.array(self.table[outcome.name]), attrs)
        coords = {"time": np.arange(self.table.size), **{d: list(v) for d, v in DIMS.items()}}
        names: dict[str, Any] = {"scenario": self.scenario.name, "strategy": self.strategy.name}
        labels = {**names, "seed": str(self.seed), "replication_id": self.replication}
        return xr.Dataset(data, coords, labels | {"engine": self.engine})


def simulate(
    scenario: str | Path | Scenario = DEFAULT_SCENARIO,
    strategy: StrategyLike = "community_building",
    *,
    seed: int | np.random.SeedSequence = 1,
    replication: int = 0,
    engine: EngineName = "auto",
    events: bool = False,
    friends: Any = None,
) -> Run:
    """Simulate one world under one strategy.

    Parameters
    ----------
    scenario, strategy : name, path of a .toml file, or object; a strategy also as a dict
    seed : int or numpy SeedSequence
        The luck of the experiment; `replication` 0, 1, 2 ... numbers the worlds under one seed.
    engine : "auto" (fast), "native", "module", "python" or "mesa" (readable objects)
        How it is computed: the same numbers, person by person (`simulation.core.ways`).
    events : bool
        Record every contact, move, purchase ... of every person, for ``run.events``.
    friends : path, networkx.Graph or igraph.Graph, optional
        A real friendship graph to live on (`simulation.with_friends`).

    Raises
    ------
    InputError
        With one line that names what is wrong, where, and what is allowed.
    """
    strategy = Strategy.load(strategy)
    seed, replication = as_whole(seed, replication)
    check_run(seed, replication, engine)
    return run_prepared(
        prepare(
            settled(scenario, friends),
            seed=seed,
            replication=replication,
            engine="auto" if engine == "mesa" else engine,
        ),
        strategy,
        engine=engine,
        events=events,
        last=True,
    )


def check_run(seed: Any, replication: Any, engine: Any) -> None:
    """Raise InputError unless these are what `simulate` takes."""
    make_key(seed, replication)
    if engine not in ENGINES:
        raise InputError(f'unknown engine "{engine}"{did_you_mean(engine, ENGINES)}')


def run_prepared(
    world: Prepared,
    strategy: Strategy,
    *,
    engine: EngineName = "auto",
    events: bool = False,
    last: bool = False,
) -> Run:
    """Live the horizon of a prepared world under one strategy.

    The world itself is not changed, unless this is the `last` run in it: then its own people are
    used up, and need not be copied.
    """
    began = time.perf_counter()
    start_stage = world.start.people.stage & 3
    if engine == "mesa":
        from simulation.agents.model import run_mesa  # Mesa takes long to import

        end, table, log = run_mesa(world, strategy, events)
    else:
        start = world.start if last else world.engine.apart(world.start)
        end, table, log = world.engine.run(start, strategy, events=events)
    return Run(
        scenario=world.scenario,
        strategy=strategy,
        seed=world.seed,
        replication=world.replication,
        engine=engine if engine == "mesa" else world.engine.name,
        table=table,
        start_stage=start_stage,
        end=end,
        log=log if events else None,
        seconds=time.perf_counter() - began,
    )


def series_columns(table: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the columns of the days and their units: `time`, every outcome, a running total.

    `table` has one row a day, or, of several runs, the shape (runs, days).
    """
    columns: dict[str, np.ndarray] = {"time": np.resize(np.arange(table.shape[-1]), table.size)}
    units = {"time": "days"}
    for outcome in OUTCOMES:
        values = np.array(table[outcome.name]).reshape(table.size, -1)
        for j, name in enumerate(columns_of(outcome)):
            columns[name], units[name] = values[:, j], outcome.unit
    columns["cumulative_sales"] = np.cumsum(table["sales"], axis=-1).reshape(-1)
    units["cumulative_sales"] = "copies"
    return columns, units


def series_frame(table: np.ndarray) -> pd.DataFrame:
    """Return the days as a tidy DataFrame, with the running total of sales beside the flows."""
    import pandas as pd

    columns, units = series_columns(table)
    frame = pd.DataFrame(columns)
    frame.attrs["units"] = units
    return frame


def events_frame(log: np.ndarray) -> pd.DataFrame:
    """Return the event log as a DataFrame; stages are ordered categoricals."""
    import pandas as pd

    frame = pd.DataFrame(np.array(log), columns=list(LOG_COLUMNS))
    names = [event.name.lower() for event in Event]
    frame["event"] = _named(frame["event"], names)
    for column in ("from_stage", "to_stage"):
        frame[column] = _named(frame[column], list(STAGES), ordered=True)
    return frame.sort_values(["time", "person"], kind="stable", ignore_index=True)


def _named(codes: Any, names: Sequence[str], ordered: bool = False) -> pd.Categorical:
    """Return whole numbers as the categories they stand for."""
    import pandas as pd

    categories: Any = list(names)
    return pd.Categorical.from_codes(codes, categories, ordered=ordered)


def products_frame(scenario: Scenario, strategy: Strategy, table: np.ndarray) -> pd.DataFrame:
    """Return one row a product: the days of the run, cut where its page begins."""
    import pandas as pd

    turns, price = pages(scenario, strategy), scenario.product.price
    rows: list[dict[str, float]] = []
    for page, days in zip(turns, np.split(table, [page.first for page in turns[1:]]), strict=True):
        found = {name: float(days[name].sum()) for name in ("sales", "gifts", "expected_sales")}
        found["revenue"] = found["sales"] * price - float(days["margin_lost"].sum())
        found |= {name: float(days[name].sum()) for name in ("page_visits", "reviews")}
        found["mean_stars"] = days["stars"].sum() / found["reviews"] if found["reviews"] else np.nan
        rows.append({"product": len(rows) + 1, "launch_day": page.launch} | found)
    return pd.DataFrame(rows)


UNITS_OF_PEOPLE = {
    "relevance": "SD",
    "visit_rate": "1/day",
    "revenue": "USD",
    "member_days": "days",
    "reference_price": "USD",
    "bought_on": "day",
    "joined_on": "day",
}


def people_frame(scenario: Scenario, start_stage: np.ndarray, end: State) -> pd.DataFrame:
    """Return one row a person: who they are and where they ended."""
    import pandas as pd

    people, last = end.people, scenario.world.n_days - 1
    par = scenario.numbers()
    rest = last - people.lives.last_contact.astype(int)
    left = np.arange(rest.max() + 1)
    p_left = np.array([left_after(par, par.decay_prominence, d) for d in left])[rest]
    c_left = np.array([left_after(par, par.decay_self_connection, d) for d in left])[rest]
    p = people.lives.prominence * p_left
    c = people.lives.self_connection * c_left
    exposure = people.lives.exposure * np.array([exposure_left(par, d) for d in left])[rest]
    touchpoint = np.where(people.lives.marks & OWNS != 0, people.rare.touchpoint, len(TOUCHPOINTS))

    def staged(stages: np.ndarray) -> pd.Categorical:
        return _named(stages & 3, list(STAGES), ordered=True)

    def dated(days: np.ndarray) -> Any:
        return pd.array(np.where(days < 0, np.nan, days), dtype="Int64")

    frame = pd.DataFrame(
        {
            "person": np.arange(people.stage.size),
            "start_stage": staged(start_stage),
            "stage": staged(people.stage),
            "attachment": [attachment(par, a, b) for a, b in zip(p, c, strict=True)],
            "prominence": p,
            "self_connection": c,
            "exposure": exposure,
            "relevance": people.lives.relevance,
            "purpose_fit": people.lives.purpose_fit,
            "visit_rate": people.lives.visit_rate,
            "n_bonds": np.where(
                people.rare.seat >= 0, (end.bonds.end > last).sum(axis=1)[people.rare.seat], 0
            ),
            "member_friends": people.lives.member_friends,
            "buyer_friends": people.lives.buyer_friends,
            "invited": people.lives.marks & INVITED != 0,
            "reached": people.lives.marks & REACHED != 0,
            "considered": people.lives.marks & CONSIDERED != 0,
            "switched": people.lives.marks & SWITCHED != 0,
            "complaint": _named(people.rare.complaint, [c.name.lower() for c in Complaint]),
            "copies": people.rare.copies,
            "revenue": people.rare.spent,
            "member_days": people.rare.member_days
            + np.where(people.rare.seat >= 0, scenario.world.n_days, 0),
            "experience": people.rare.experience,
            "reference_price": people.lives.reference_price,
            "owns": people.lives.marks & OWNS != 0,
            "bought_on": dated(people.rare.bought_on),
            "joined_on": dated(people.rare.joined_on),
            "bought_by": _named(touchpoint, [*TOUCHPOINTS, "nothing"]),
        }
    )
    frame.attrs["units"] = dict(UNITS_OF_PEOPLE)
    return frame
