"""Compare strategies: the same people with the same luck live under each, and we subtract.

``compare`` runs every strategy in every replication (world); the effect of a strategy is the paired
difference to the first strategy given, the baseline. Difference first, then mean and interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.module_about import about
from simulation.core.outcomes import LESS, SUMMARY, Scalar, outcome_named
from simulation.core.randomness import make_key
from simulation.core.ways import changed_sources
from simulation.engine.plan import check_equal_effort
from simulation.engine.prepare import prepare, settled
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import series_columns
from simulation.runs.statistics import (
    effect_size,
    interval,
    lead_day,
    minus,
    say_difference,
    share_best,
    shares,
    variance_ratio,
)
from simulation.runs.worlds import each, live_world, person_days
from simulation.tools.errors import InputError, check_confidence, check_whole
from simulation.tools.requests import Settled, carried_out, face_of, settle, settle_numbers
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain, seed_text, versions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CompareRequest:
    """What `compare` is asked, checked: frozen, and ready to `run`.

    Raises InputError with one line when it is made; nothing is simulated.
    """

    scenario: Settled
    strategies: Settled
    _: KW_ONLY
    replications: int = 100
    seed: int | np.random.SeedSequence = 1
    outcome: str = "sales"
    confidence: float = 0.95
    friends: Settled = None  # in the scenario, once it is settled

    def __post_init__(self) -> None:
        settle_numbers(self)
        levers = checked_strategies(self.strategies)
        check_whole("replications", self.replications, 2, 1_000_000)
        outcome_named(self.outcome)
        check_confidence(self.confidence)
        make_key(self.seed, self.replications - 1)
        world = settled(self.scenario, self.friends)
        settle(self, scenario=world, friends=None, strategies=levers)
        check_equal_effort(self.scenario, list(levers))

    def run(
        self,
        *,
        jobs: int | None = None,
        progress: bool | None = None,
        keep_series: bool = True,
        first: int = 0,
    ) -> Comparison:
        """Live the worlds from `first` on and return the comparison; see `compare`."""
        first = check_whole("first", first, 0, self.replications - 1)
        work = partial(_live_one_world, self.scenario, self.strategies, self.seed, keep_series)
        replications = range(first, self.replications)
        size = person_days(self.scenario, len(replications) * len(self.strategies))
        worlds = each(work, replications, jobs=jobs, progress=progress, person_days=size)
        runs, series = _gathered(self, worlds, first, keep_series)
        return Comparison(
            self.scenario, self.strategies, self.seed, self.replications, self.outcome,
            self.confidence, runs, series,
        )  # fmt: skip


@face_of(CompareRequest)
def compare(*args: Any, **asked: Any) -> Comparison:
    """Run every strategy in the same worlds and return their paired differences.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
    strategies : at least two names, paths, objects or dicts of what a file would hold
        The first is the baseline. All spend the same effort (``do_nothing`` is exempt).
    replications : int
        Number of worlds, 2 to 1,000,000.
    seed : int or numpy SeedSequence
        The luck of the experiment; replication 0 .. replications - 1 are its worlds.
    outcome : str
        The outcome of ``outcomes.SUMMARY`` that is compared.
    confidence : float
        Of the intervals, between 0 and 1.
    friends : path, networkx.Graph or igraph.Graph, optional
        A real friendship graph to live on (`simulation.with_friends`).
    jobs : int, optional
        Processes that share the replications (None: one per core; 1: this process). The results
        do not depend on it. ``n_jobs`` is understood, too.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.
    keep_series : bool
        Keep the days of every run (about 300 kB a run over two years), not only the summaries.
    first : int
        Leave out the replications before this one: they were lived already, and
        ``earlier.extended(this)`` puts them together.

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    RuntimeError
        When a run fails; the message names the replication and the strategy.
    """
    return carried_out(CompareRequest, *args, **asked)


def _live_one_world(
    scenario: Scenario, strategies: Sequence[Strategy], seed: Any, keep: bool, replication: int
) -> list[tuple[dict[str, Any], np.ndarray | None]]:
    """Return the row, and the days if kept, of every strategy in one world."""
    people = partial(prepare, scenario, seed=seed, replication=replication)
    results: list[tuple[dict[str, Any], np.ndarray | None]] = []
    for lived in live_world(people, strategies):
        run = lived.result(f"replication {replication}")
        row = {
            "strategy": run.strategy.name,
            "replication_id": replication,
            "seed": seed_text(seed),
            "status": "SUCCEEDED",
            "seconds": run.seconds,
            **run.summary,
        }
        results.append((row, np.asarray(run.table) if keep else None))
    return results


def _gathered(
    asked: CompareRequest, worlds: list[Any], first: int, keep: bool
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return runs and series in order of replication and strategy; `worlds` is emptied."""
    import pandas as pd

    rows, tables = [], []
    for r in range(first, asked.replications):
        for row, table in worlds[r - first]:
            rows.append({"scenario_id": asked.scenario.name, **row})
            if keep:
                tables.append(table)
        worlds[r - first] = None
    runs = pd.DataFrame(rows)
    runs["strategy"] = _categories(runs["strategy"], asked.strategies)
    runs.attrs["units"] = {"seconds": "s", **{scalar.name: scalar.unit for scalar in SUMMARY}}
    if not keep:
        return runs, None
    # one frame of all runs at once: to make one a run and join them took a fifth of a comparison
    columns, units = series_columns(np.stack(tables))
    n_days = tables[0].size
    labels = {name: runs[name].repeat(n_days).array for name in ("strategy", "replication_id")}
    series = pd.DataFrame(labels | columns)
    series.attrs["units"] = units
    return runs, series


def _categories(column: pd.Series, strategies: Iterable[Strategy]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical(column, [strategy.name for strategy in strategies])


def checked_strategies(strategies: Any) -> tuple[Strategy, ...]:
    """Return at least two strategies, each with a name of its own."""
    if isinstance(strategies, (str, Path, Mapping, Strategy)) or not isinstance(
        strategies, Iterable
    ):
        strategies = (strategies,)
    levers = tuple(Strategy.load(strategy) for strategy in strategies)
    names = [strategy.name for strategy in levers]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"strategies: {name} given twice; every strategy needs its own name")
    if len(levers) < 2:
        raise InputError(f"strategies: only {names} given; a comparison needs at least two")
    return levers


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Shown):
    """Strategies in the same worlds.

    Attributes
    ----------
    runs : DataFrame
        One row a run: scenario_id, strategy, replication_id, seed, status, seconds [s], then every
        outcome of ``outcomes.SUMMARY``; units in ``attrs["units"]``.
    series : DataFrame or None
        One row a run and day: strategy, replication_id, time [days], then every daily outcome.
        None when they were not kept.
    outcome : str
        The outcome that `differences`, `table` and `sentence` speak of; `with_outcome` changes it.
    confidence : float
        Of the intervals.
    """

    scenario: Scenario
    strategies: tuple[Strategy, ...]
    seed: Any
    replications: int
    outcome: str
    confidence: float
    runs: pd.DataFrame
    series: pd.DataFrame | None = None

    def with_outcome(self, outcome: str) -> Comparison:
        """Return the same runs, compared by another outcome."""
        return replace(self, outcome=outcome_named(outcome).name)

    def extended(self, more: Comparison) -> Comparison:
        """Return this comparison with the worlds of ``compare(..., first=replications)`` added."""
        import pandas as pd

        def joined(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
            whole = pd.concat([a, b], ignore_index=True)
            whole.attrs = a.attrs
            return whole

        one, other = ((c.scenario, c.strategies, seed_text(c.seed)) for c in (self, more))
        if one != other:
            raise InputError("the further worlds are of another scenario, strategies or seed")
        first = int(more.runs["replication_id"].min())
        if self.replications != first:
            raise InputError(f"the further worlds begin at {first}, not at {self.replications}")
        days = self.series is not None and more.series is not None
        series = joined(self.series, more.series) if days else None  # type: ignore[arg-type]
        return replace(
            self, replications=more.replications, runs=joined(self.runs, more.runs), series=series
        )

    @property
    def names(self) -> list[str]:
        """Names of the strategies, the baseline first."""
        return [strategy.name for strategy in self.strategies]

    @property
    def scalar(self) -> Scalar:
        """Name, unit, kind and label of the outcome compared."""
        return outcome_named(self.outcome)

    def wide(self, outcome: str | None = None) -> pd.DataFrame:
        """Return an outcome with one row a replication and one column a strategy."""
        frame = self.runs.astype({"strategy": "str"})
        frame = frame.pivot(
            index="replication_id", columns="strategy", values=outcome or self.outcome
        )
        return frame[self.names].rename_axis(columns=None)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences to the baseline: one row a replication, one column a strategy.

        In the unit of the outcome; nan where either run has no value.
        """
        wide = self.wide()
        base = wide[self.names[0]]
        return wide[self.names[1:]].apply(lambda column: minus(column, base))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a strategy (the index); differences are paired, strategy minus baseline.

        Columns: mean and sd over worlds; n_worlds that have a value under both;
        difference, its interval low .. high (Student); effect_size (mean difference over
        the sd of differences: Cohen's d for pairs); share_best (worlds in which it is the best of
        all, ties shared equally); share_better (worlds better than under the baseline; both nan
        where neither more nor less is better), share_above (worlds above the baseline);
        cost_per_sale [USD] (mean cost over mean sales); leads_from_day (from this day on its mean
        cumulative sales stay above the baseline's; nan: never); variance_ratio (`variance_ratio`).
        """
        import pandas as pd

        wide = self.wide()
        best = share_best(wide, self.scalar.better)
        cost, sales = self.wide("cost").mean(), self.wide("sales").mean()
        rows = []
        for name in self.names:
            row = {"mean": wide[name].mean(), "sd": wide[name].std()}
            row |= self._against_baseline(name, wide)
            row["share_best"] = best[name]
            row["cost_per_sale"] = cost[name] / sales[name] if sales[name] else math.nan
            rows.append(row)
        order = ["mean", "sd", "n_worlds", "difference", "low", "high", "effect_size"]
        order += ["share_best", "share_better", "share_above", "cost_per_sale"]
        order += ["leads_from_day", "variance_ratio"]
        return pd.DataFrame(rows, pd.Index(self.names, name="strategy"))[order]

    def _against_baseline(self, name: str, wide: pd.DataFrame) -> dict[str, Any]:
        base = wide[self.names[0]]
        pairs = wide[name].notna() & base.notna()
        row: dict[str, Any] = {"n_worlds": int(pairs.sum()), "leads_from_day": math.nan}
        if name == self.names[0]:
            columns = ("difference", "low", "high", "effect_size", "share_better", "share_above",
                       "variance_ratio")  # fmt: skip
            return row | dict.fromkeys(columns, math.nan)
        values = self.differences[name].dropna().to_numpy()
        row["difference"] = values.mean() if values.size else math.nan
        row["low"], row["high"] = interval(values, self.confidence)
        row["effect_size"] = effect_size(values)
        row |= shares(values, self.scalar.better)
        row["variance_ratio"] = variance_ratio(wide[name][pairs], base[pairs])
        if self.series is not None:
            first = lead_day(self.cumulative_differences(name).mean(axis=0))
            row["leads_from_day"] = math.nan if first is None else first
        return row

    def cumulative_differences(self, strategy: str) -> np.ndarray:
        """Return copies sold since day 0, strategy minus baseline; shape (replications, days)."""
        if self.series is None:
            raise InputError("the days were not kept: call compare(..., keep_series=True)")
        sold = {
            name: self.series[self.series["strategy"] == name]
            .pivot(index="replication_id", columns="time", values="cumulative_sales")
            .to_numpy()
            for name in (strategy, self.names[0])
        }
        return sold[strategy] - sold[self.names[0]]

    @cached_property
    def sentences(self) -> list[str]:
        """One plain sentence for every strategy but the baseline, the best first.

        The highest first, where neither more nor less is better.
        """
        rows = self.table.iloc[1:]
        order = rows["difference"].sort_values(
            ascending=self.scalar.better == LESS, kind="stable", na_position="last"
        )
        return [
            say_difference(
                self.scalar, name, self.names[0], rows.loc[name].to_dict(), self.confidence
            )
            for name in order.index
        ]

    @property
    def sentence(self) -> str:
        """The comparison in one plain sentence."""
        return "; ".join(self.sentences)

    @property
    def held(self) -> str:
        """What the comparison holds fixed, so that its sentence is not read for more."""
        world = self.scenario
        return (
            f"held fixed: {world['hours_per_week']:g} hours a week, split as each strategy "
            f"declares, launch on day {world['launch_day']}, year {world['year']:g}"
        )

    def _says(self) -> tuple[str, str]:
        worlds = f"{self.replications:,} worlds, seed {seed_text(self.seed)}"
        return f"{self.scenario.name}, {worlds}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        columns = ["strategy", "mean", "difference", "low", "high", "share_better", "share_best"]
        return self.table.reset_index()[columns]

    def to_dict(self) -> dict[str, Any]:
        """Return what was run and what came out, ready for JSON (nan becomes None)."""
        return plain(
            {
                "sentence": self.sentence,
                "held": self.held,
                "scenario": self.scenario.name,
                "strategies": [s.model_dump() for s in self.strategies],
                "baseline": self.names[0],
                "seed": seed_text(self.seed),
                "replications": self.replications,
                "outcome": self.scalar._asdict(),
                "confidence": self.confidence,
                "table": self.table.reset_index().to_dict("records"),
                "parameters": self.scenario.flat(),
                "engine": None if changed_sources() else about()["sha256"],
                "versions": versions(),
            }
        )
