"""What a search of splits found: tables, sentence and files, all from worlds it never saw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import Scalar
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.runs.statistics import digits_for, interval, number_text, say_difference
from simulation.searches.optimization_splits import Found, Splits, dominates, in_words
from simulation.tools.shown import Shown
from simulation.tools.stamp import plain, seed_text, versions

if TYPE_CHECKING:
    import pandas as pd

BEST = "best_split"


@dataclass(frozen=True, eq=False, repr=False)
class Optimization(Shown):
    """The best split that was found, beside the named strategies.

    Attributes
    ----------
    outcomes : tuple of Scalar
        The outcome searched; with a front, the second one too.
    finalists, named : tuple of Strategy
        The best few splits of the search, and the strategies they are compared with.
    winner, rival : int
        Places of the best split in `finalists` and of the best named strategy in `named`, both
        chosen in the worlds ``worlds["choose"]``.
    worlds : dict of range
        The replications used to "search", "choose" and "report".
    found : Found
        Every split tried, with its outcomes in the worlds of the search.
    searched, reported : arrays (finalists + named, worlds, outcomes)
        The outcomes in the worlds of the search, and in those of the report.
    confidence : float
        Of the intervals.
    """

    scenario: Scenario
    seed: Any
    outcomes: tuple[Scalar, ...]
    splits: Splits
    confidence: float
    named: tuple[Strategy, ...]
    finalists: tuple[Strategy, ...]
    winner: int
    rival: int
    worlds: dict[str, range]
    found: Found
    searched: np.ndarray
    reported: np.ndarray

    @property
    def outcome(self) -> Scalar:
        """The outcome that was searched."""
        return self.outcomes[0]

    @property
    def sign(self) -> int:
        """1 where more of the outcome is better, -1 where less is."""
        return int(self.outcome.better)

    @property
    def baseline(self) -> str:
        """Name of the best named strategy, with which all are compared."""
        return self.named[self.rival].name

    @property
    def best(self) -> Strategy:
        """The best split found, as it was run: shares in whole per cent."""
        n = len(self.worlds["search"])
        text = f"{len(self.found.strategies)} splits tried in {n} worlds of {self.scenario.name}"
        about = f"best for {self.outcome.name} of {text}, at equal effort"
        return self.finalists[self.winner].model_copy(update={"name": BEST, "description": about})

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The finalists, the best named `best_split`, then the named strategies."""
        few = list(self.finalists)
        few[self.winner] = self.best
        return (*few, *self.named)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a strategy (the index), the best split first, then by mean.

        Columns: kind ("found" or "named"); from_day_p and the share of every activity in phase p
        (activity_p; nan where a strategy has no such phase); mean of the outcome with its interval
        mean_low .. mean_high; n_worlds; difference to the best named strategy (paired) with its
        interval low .. high; share_better (worlds in which it is better than that); all from the
        worlds of the report. Then search_mean and search_difference, the same in the worlds of the
        search, and optimism: how much better the difference looked there (positive: too good).
        Intervals: `statistics.mean_interval`.
        """
        import pandas as pd

        rows = [{"strategy": s.name, **self._row(i)} for i, s in enumerate(self.strategies)]
        frame = pd.DataFrame(rows).set_index("strategy")
        key = self.sign * frame["mean"] + np.where(frame.index == BEST, math.inf, 0.0)
        frame = frame.loc[key.sort_values(ascending=False, kind="stable").index]
        frame.attrs["units"] = dict.fromkeys(("mean", "difference", "optimism"), self.outcome.unit)
        return frame

    def _row(self, i: int) -> dict[str, Any]:
        base = len(self.finalists) + self.rival
        strategy = self.strategies[i]
        row: dict[str, Any] = {"kind": "found" if i < len(self.finalists) else "named"}
        for p, phase in enumerate(strategy.phases, 1):
            row[f"from_day_{p}"] = phase.from_day
            row |= {f"{activity}_{p}": getattr(phase, activity) for activity in ACTIVITIES}
        values = self.reported[i, :, 0]
        values, pairs = values[np.isfinite(values)], _pairs(self.reported, i, base)
        row["mean"] = _mean(values)
        row["mean_low"], row["mean_high"] = interval(values, self.confidence)
        before = _mean(_pairs(self.searched, i, base))
        row |= {"n_worlds": pairs.size, "difference": _mean(pairs)}
        row["low"], row["high"] = interval(pairs, self.confidence)
        row["share_better"] = _mean(self.sign * pairs > 0)
        row |= {"search_mean": self.searched[i, :, 0].mean(), "search_difference": before}
        row["optimism"] = self.sign * (before - row["difference"])
        if i == base:  # a difference to itself says nothing
            row |= dict.fromkeys(
                ("difference", "low", "high", "share_better", "search_difference", "optimism"),
                math.nan,
            )
        return row

    @cached_property
    def trace(self) -> pd.DataFrame:
        """One row a split tried, in order, from the worlds of the search (so: too good at the top).

        Columns: strategy, split (in words), mean of each outcome, difference to the best named
        strategy (paired) and best_so_far, the best difference up to here.
        """
        import pandas as pd

        frame = pd.DataFrame({
            "strategy": [s.name for s in self.found.strategies],
            "split": [in_words(s) for s in self.found.strategies],
        })  # fmt: skip
        for k, scalar in enumerate(self.outcomes):
            frame[scalar.name] = self.found.values[:, :, k].mean(axis=1)
        base = self.searched[len(self.finalists) + self.rival, :, 0]
        frame["difference"] = (self.found.values[:, :, 0] - base).mean(axis=1)
        best = (self.sign * frame["difference"]).cummax()
        frame["best_so_far"] = self.sign * best
        return frame

    @cached_property
    def front(self) -> pd.DataFrame | None:
        """The Pareto front of two outcomes in the worlds of the report; None with one outcome.

        One row a strategy (the index): kind; of each outcome NAME its mean and interval NAME_low ..
        NAME_high; on_front: no other of them has means as good in both and better in one; sure:
        this can be told from luck (`front_of`).
        """
        import pandas as pd

        if len(self.outcomes) < 2:
            return None
        signs = np.array([s.better for s in self.outcomes])
        on_front, sure = front_of(signs * self.reported, self.confidence)
        rows = []
        for i, strategy in enumerate(self.strategies):
            row: dict[str, Any] = {"strategy": strategy.name}
            row["kind"] = "found" if i < len(self.finalists) else "named"
            for k, scalar in enumerate(self.outcomes):
                values = self.reported[i, :, k]
                values = values[np.isfinite(values)]
                low, high = interval(values, self.confidence)
                row[scalar.name] = _mean(values)
                row |= {f"{scalar.name}_low": low, f"{scalar.name}_high": high}
            rows.append(row | {"on_front": bool(on_front[i]), "sure": bool(sure[i])})
        frame = pd.DataFrame(rows).set_index("strategy")
        return frame.sort_values(self.outcomes[0].name, ascending=self.sign < 0, kind="stable")

    @property
    def verdict(self) -> str:
        """How the best split does beside the best named: "better", "worse" or "cannot be told"."""
        row = self._row(self.winner)
        low, high = sorted((self.sign * row["low"], self.sign * row["high"]))
        return "better" if low > 0 else "worse" if high < 0 else "cannot be told"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        row: dict[str, Any] = self._row(self.winner)
        said = say_difference(self.outcome, BEST, self.baseline, row, self.confidence)
        head = {
            "better": "a better split was found",
            "worse": f"no split was found that does as well as {self.baseline}",
            "cannot be told": f"no split was found that can be told from {self.baseline}",
        }[self.verdict]
        parts = [f"{head}: {said}", f"{BEST} is {in_words(self.best)}"]
        depth = self.named[self.rival].offer_depth
        if depth > 0:  # a lever that is not searched: the reader should know
            parts.append(
                f"{self.baseline} also makes offers ({100 * depth:g} % off), splits do not"
            )
        return "; ".join([*parts, *self._curse(row), *self._said_front()])

    def _curse(self, row: dict[str, Any]) -> list[str]:
        optimism = row["optimism"]
        if not math.isfinite(optimism):
            return []
        size = number_text(abs(optimism), digits_for(row["high"] - row["low"], abs(optimism)))
        unit = "" if self.outcome.unit == "0-1" else f" {self.outcome.unit}"
        how = "better" if optimism > 0 else "worse"
        n = len(self.worlds["search"])
        return [f"in the {n} worlds of the search it looked {size}{unit} {how} than in fresh ones"]

    def _said_front(self) -> list[str]:
        if self.front is None:
            return []
        here = self.front[self.front["on_front"]]
        outcomes = " and ".join(scalar.name for scalar in self.outcomes)
        known = ", ".join(here.index[here["kind"] == "named"]) or "none"
        return [
            f"{len(here)} of {len(self.front)} strategies are on the front of {outcomes}, "
            f"{int(here['sure'].sum())} of them told from luck; of the named: {known}"
        ]

    def _says(self) -> tuple[str, str]:
        tried = f"{len(self.found.strategies):,} splits tried, seed {seed_text(self.seed)}"
        return f"{self.scenario.name}, {tried}", self.sentence

    def _tabled(self) -> pd.DataFrame:
        columns = ["strategy", "kind", "mean", "difference", "low", "high", "share_better"]
        return self.table.reset_index()[columns]

    def to_dict(self) -> dict[str, Any]:
        """Return what was searched and what came out, ready for JSON (nan becomes None)."""
        front = None if self.front is None else self.front.reset_index().to_dict("records")
        return plain({
            "sentence": self.sentence,
            "verdict": self.verdict,
            "best": self.best.model_dump(),
            "baseline": self.baseline,
            "scenario": self.scenario.name,
            "outcomes": [scalar._asdict() for scalar in self.outcomes],
            "activities": list(self.splits.activities),
            "splits_tried": len(self.found.strategies),
            "worlds": {name: [w.start, w.stop - 1] for name, w in self.worlds.items()},
            "seed": seed_text(self.seed),
            "confidence": self.confidence,
            "table": self.table.reset_index().to_dict("records"),
            "front": front,
            "parameters": self.scenario.flat(),
            "versions": versions(),
        })  # fmt: skip


def _mean(values: Any) -> float:
    values = np.asarray(values, float)
    return float(values.mean()) if values.size else math.nan


def _pairs(values: np.ndarray, i: int, base: int) -> np.ndarray:
    """Return the paired differences of the outcome in the worlds where both have a value."""
    differences = values[i, :, 0] - values[base, :, 0]
    return differences[np.isfinite(differences)]


def front_of(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return which points are on the front of their means, and for which this can be told.

    A point on the front is told when it is told to be better than every other in one outcome (or
    is the same as it); a point beside the front, when another is told not to be worse in any
    outcome and better in one.

    Parameters
    ----------
    values : array (points, worlds, outcomes)
        More is better.

    Notes
    -----
    Told by Student's t intervals of paired differences. Where one of several claims is enough, each
    is made at its share of 1 - confidence (Bonferroni): one outcome of K on the front, one other
    point of n - 1 beside it. Where all of them are needed each is made at 1 - confidence
    (intersection-union test, Berger 1982).
    """
    from scipy import stats

    n, n_worlds, n_outcomes = values.shape
    beats = dominates(values.mean(axis=1))
    on_front = ~beats.any(axis=0) & np.isfinite(values.mean(axis=1)).all(axis=1)
    differences = values[:, None] - values[None, :]  # (i, j, worlds, outcomes)
    mean, sd = differences.mean(axis=2), differences.std(axis=2, ddof=1)

    def low(claims: int) -> np.ndarray:
        quantile = stats.t.ppf(1 - (1 - confidence) / (2 * claims), n_worlds - 1)
        return mean - quantile * sd / math.sqrt(n_worlds)

    same = (differences == 0).all(axis=(2, 3))
    safe = ((low(n_outcomes) > 0).any(axis=2) | same).all(axis=1)
    least = low(max(1, n - 1))
    beaten = ((least >= 0).all(axis=2) & (least > 0).any(axis=2)).any(axis=0)
    return on_front, np.where(on_front, safe, beaten)
