"""Splits of effort as points of a box, and the search among them.

A split of the weekly effort over k activities is a point of a simplex. It is made from k - 1 free
numbers between 0 and 1 by breaking a stick (`broken_stick`), so that free numbers drawn evenly give
splits drawn evenly. A later phase has its own split, and its first day is fixed or one more free
number. Nothing here simulates: `search` is given the function that lives the splits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulation.core.randomness import analysis_rng
from simulation.inputs.strategy import ACTIVITIES, Phase, Strategy, launch_plan
from simulation.tools.optional import need, quiet

#: Splits asked for at a time. Fixed, so that the answer does not depend on who shares the work.
BATCH = 8

#: Lives strategies in worlds: (strategies, replications) -> array (strategies, worlds, outcomes).
Live = Callable[[Sequence[Strategy], range], np.ndarray]


def broken_stick(units: Sequence[float]) -> np.ndarray:
    """Return k shares that sum to 1 from k - 1 numbers between 0 and 1.

    A stick of length 1 is broken k - 1 times: piece i takes 1 - (1 - u_i)^(1 / (k - 1 - i)) of
    what is left, i = 0, 1 ...: the quantile function of Beta(1, k - 1 - i). Even u give shares
    spread evenly over the simplex, Dirichlet(1, ..., 1) (Devroye 1986, chapter XI.4).
    """
    left, shares = 1.0, []
    for i, unit in enumerate(units):
        piece = left * (1.0 - (1.0 - unit) ** (1.0 / (len(units) - i)))
        shares.append(piece)
        left -= piece
    return np.array([*shares, max(0.0, left)])


def stick_units(shares: Sequence[float]) -> list[float]:
    """Return the numbers that `broken_stick` makes these shares from."""
    left, units = 1.0, []
    for i, share in enumerate(shares[:-1]):
        taken = min(1.0, share / left) if left > 1e-12 else 0.0
        units.append(1.0 - (1.0 - taken) ** (len(shares) - 1 - i))
        left -= share
    return units


def whole_per_cent(shares: Any) -> list[int]:
    """Return shares as whole per cent that sum to 100 (largest remainders are rounded up)."""
    parts = 100.0 * np.asarray(shares, float)
    whole = np.floor(parts + 1e-9)
    missing = round(100 - whole.sum())
    whole[np.argsort(whole - parts, kind="stable")[:missing]] += 1
    return [int(part) for part in whole]


@dataclass(frozen=True)
class Splits:
    """The splits that are searched.

    Attributes
    ----------
    activities : tuple of str
        Those of ``strategy.ACTIVITIES`` that may get a share, at least two.
    phases : int
        Phases of a strategy, each with its own split.
    days : tuple of int or None
        First days of the later phases; None: searched too, spread evenly over the horizon.
    n_days : int
        Horizon [days].
    """

    activities: tuple[str, ...]
    phases: int = 1
    days: tuple[int, ...] | None = ()
    n_days: int = 730

    @property
    def names(self) -> list[str]:
        """Names of the free numbers: the activities but the last for each phase, then days."""
        names = [f"{a}_{p + 1}" for p in range(self.phases) for a in self.activities[:-1]]
        later = range(1, self.phases) if self.days is None else ()
        return names + [f"from_day_{p + 1}" for p in later]

    def strategy(self, units: Mapping[str, float], name: str = "split") -> Strategy:
        """Return the strategy of these free numbers, its shares in whole per cent.

        A phase with the split of the one before is no phase of its own. It launches as presets do:
        what is sought is a split.
        """
        phases: list[Phase] = []
        for p, day in enumerate((0, *self._days(units))):
            free = [units[f"{activity}_{p + 1}"] for activity in self.activities[:-1]]
            cents = whole_per_cent(broken_stick(free))
            shares: dict[str, Any] = {
                a: c / 100 for a, c in zip(self.activities, cents, strict=True)
            }
            phase = Phase(from_day=day, **shares)
            if not phases or phase != phases[-1].model_copy(update={"from_day": day}):
                phases.append(phase)
        ads = any(phase.advertising > 0.0 for phase in phases)
        return Strategy(name=name, phases=tuple(phases), **launch_plan(ads=ads))

    def _days(self, units: Mapping[str, float]) -> tuple[int, ...]:
        """Return the first days of the later phases, in order and all different."""
        if self.days is not None:
            return self.days
        later = self.phases - 1
        free = sorted(units[f"from_day_{p + 1}"] for p in range(1, self.phases))
        # of n_days - later days, with repeats; adding 0, 1 ... makes them different
        room = self.n_days - later
        return tuple(1 + i + min(room - 1, int(u * room)) for i, u in enumerate(free))

    def units(self, strategy: Strategy) -> dict[str, float] | None:
        """Return the free numbers that come nearest to a strategy, to be the first guess.

        Each phase gets the split that the strategy has on its first day. None where that spends
        effort on an activity that is not searched, or spends none.
        """
        even = {f"from_day_{p + 1}": p / self.phases for p in range(1, self.phases)}
        found: dict[str, float] = dict(even) if self.days is None else {}
        for p, day in enumerate((0, *self._days(even))):
            now = [phase for phase in strategy.phases if phase.from_day <= day][-1]
            shares = [getattr(now, activity) for activity in self.activities]
            if abs(sum(shares) - 1) > 1e-9:
                return None
            for activity, unit in zip(self.activities, stick_units(shares), strict=False):
                found[f"{activity}_{p + 1}"] = min(1.0, max(0.0, unit))
        return found


class Found(NamedTuple):
    """What a search tried: every different strategy once, in order.

    `values` holds an outcome of each in each world, shape (strategies, worlds, outcomes).
    """

    strategies: tuple[Strategy, ...]
    values: np.ndarray


def search(
    live: Live,
    splits: Splits,
    *,
    directions: Sequence[int],
    budget: int,
    replications: range,
    starts: Sequence[Strategy],
    seed: Any,
) -> Found:
    """Search splits whose outcomes are high (direction 1) or low (-1) on average over worlds.

    Optuna's tree-structured Parzen estimator proposes them, BATCH at a time; of two outcomes it
    seeks the front (it covered more of a known front than NSGA-II at 200 evaluations). The first
    proposals are the splits of `starts`. A split proposed twice is lived once.

    Parameters
    ----------
    live : callable
        (strategies, replications) -> array (strategies, worlds, outcomes); all in the same worlds.
    directions : sequence of 1 or -1, one an outcome
    budget : int
        Splits that are proposed.
    seed : int or numpy SeedSequence

    Raises
    ------
    InputError
        When optuna is not installed.
    """
    optuna = need("optuna", "optimize")
    words = ["maximize" if direction > 0 else "minimize" for direction in directions]
    box = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in splits.names}
    tried: dict[tuple[Phase, ...], tuple[Strategy, np.ndarray]] = {}
    with quiet("optuna"):
        sampler = optuna.samplers.TPESampler(seed=int(analysis_rng(seed).integers(2**32)))
        study = optuna.create_study(directions=words, sampler=sampler)
        for strategy in starts:
            if (units := splits.units(strategy)) is not None:
                study.enqueue_trial(units)
        for first in range(0, budget, BATCH):
            trials = [study.ask(box) for _ in range(min(BATCH, budget - first))]
            asked = [
                splits.strategy(trial.params, f"split_{first + i + 1}")
                for i, trial in enumerate(trials)
            ]
            new = {s.phases: s for s in reversed(asked) if s.phases not in tried}
            fresh = sorted(new.values(), key=lambda s: int(s.name.removeprefix("split_")))
            values = live(fresh, replications) if fresh else np.empty(0)
            tried |= {s.phases: (s, v) for s, v in zip(fresh, values, strict=True)}
            for trial, strategy in zip(trials, asked, strict=True):
                means = tried[strategy.phases][1].mean(axis=0)
                if np.isfinite(means).all():
                    study.tell(trial, [float(mean) for mean in means])
                else:  # no value in some world: nothing to learn from
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return Found(tuple(s for s, _ in tried.values()), np.array([v for _, v in tried.values()]))


def dominates(values: Any) -> np.ndarray:
    """Return a table [i, j]: does point i dominate point j (as good in all, better in some)?

    `values`: array (points, outcomes), more is better. nan dominates nothing.
    """
    a = np.asarray(values, float)
    as_good = np.all(a[:, None] >= a[None, :], axis=-1)
    return np.asarray(as_good & np.any(a[:, None] > a[None, :], axis=-1))


def in_words(strategy: Strategy) -> str:
    """Return the split of a strategy in words: "posting 30 %, content 70 %"."""
    parts = []
    for phase in strategy.phases:
        shares = {a: getattr(phase, a) for a in ACTIVITIES if getattr(phase, a) > 0}
        order = sorted(shares, key=lambda a: -shares[a])
        text = ", ".join(f"{a} {100 * shares[a]:.3g} %" for a in order) or "no effort"
        several = len(strategy.phases) > 1
        parts.append(f"from day {phase.from_day} {text}" if several else text)
    return "; ".join(parts)


def usual_days(launch_day: int, days_window: int, phases: int) -> tuple[int, ...] | None:
    """Return the days on which later phases begin unless told: a month before, after the launch.

    None for more than three phases: there is nothing usual about those.
    """
    return (
        (max(1, launch_day - 30), launch_day + days_window)[: phases - 1] if phases <= 3 else None
    )


def evenly(n: int, wanted: int) -> list[int]:
    """Return at most `wanted` of the places 0 .. n - 1, evenly, the first and last among them."""
    if n <= wanted:
        return list(range(n))
    return sorted({math.floor(i * (n - 1) / (wanted - 1) + 0.5) for i in range(wanted)})
