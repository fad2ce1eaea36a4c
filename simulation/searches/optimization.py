"""The best split of effort: searched in the same worlds, reported from fresh ones.

The best of many noisy estimates is too good, because it was chosen for its luck as well (the
winner's curse; Smith and Winkler 2006). So three sets of worlds are used, none twice:

1. *search*: every split that is tried lives in these worlds;
2. *choose*: the best few, and the named strategies, live in others; the best split and the best
   named strategy are chosen here;
3. *report*: all of them live in a third set, from which every number reported comes. Nothing was
   chosen for its luck in these worlds, so the estimates are free of the curse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.core.outcomes import SUMMARY, Scalar, ranked_outcome
from simulation.engine.day import compile_engine
from simulation.engine.plan import check_equal_effort
from simulation.engine.prepare import Prepared, prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Strategy
from simulation.runs.comparison import check_comparison
from simulation.runs.run import run_prepared
from simulation.searches import optimization_output  # noqa: F401  (the files of an Optimization)
from simulation.searches.optimization_found import Optimization
from simulation.searches.optimization_splits import (
    Live,
    Splits,
    dominates,
    evenly,
    in_words,
    search,
    usual_days,
)
from simulation.tools.errors import InputError, check_whole, did_you_mean
from simulation.tools.optional import need

if TYPE_CHECKING:
    from tqdm import tqdm

#: The same under every split, because effort is: there is nothing to search.
FIXED = ("hours", "cost")
#: What ``against`` may be called besides the name of an outcome.
ALSO_CALLED = {"members": "n_member", "retained": "n_member"}
#: Memory that prepared worlds may take while splits are searched [bytes].
MEMORY = 600_000_000
BYTES_A_PERSON = 120  # measured: 11 MB for 100,000 people with 8 friends each
FINALISTS = 5
ON_FRONT = 10

SwitchDays = Sequence[int] | Literal["search"] | None


def optimize(
    scenario: str | Path | Scenario,
    *,
    outcome: str = "sales",
    activities: Sequence[str] | None = None,
    phases: int = 1,
    switch_days: SwitchDays = None,
    against: str | None = None,
    budget: int = 200,
    replications: int = 20,
    fresh: int = 100,
    seed: int | np.random.SeedSequence = 1,
    n_jobs: int | None = None,
    start: Sequence[str | Path | Strategy] | None = None,
    confidence: float = 0.95,
    progress: bool | None = None,
) -> Optimization:
    """Search the split of effort with the best mean outcome, at equal effort.

    Parameters
    ----------
    scenario : name, path of a .toml file, or object
    outcome : str
        Of ``outcomes.SUMMARY``; less of it is sought where less is better (e.g. cost_per_sale).
    activities : sequence of str, optional
        Activities that may get a share, at least two. None: all of ``strategy.ACTIVITIES``, but
        supporting only where purchases can go wrong.
    phases : int
        Phases of a strategy, 1 to 6, each with its own split.
    switch_days : sequence of int, "search" or None
        First days of the later phases, or search them too. None: the second phase begins 30 days
        before the launch, the third when the launch window closes.
    against : str, optional
        A second outcome: the Pareto front of both is sought. "members" is n_member, the members
        at the end: people who were let in or won, and kept. (A share of those who ever joined
        would be perfect for a brand that let one person in.)
    budget : int
        Splits that are tried, at least 2.
    replications : int
        Worlds in which every split tried lives.
    fresh : int
        Worlds in which the best are chosen, and as many others from which all is reported.
    seed : int or numpy SeedSequence
        The luck of the worlds, and of the search.
    n_jobs : int, optional
        Threads that share the worlds (None: one per core); the results do not depend on it.
    start : names, paths or objects, optional
        Strategies that are the first guesses, where they spend effort on the `activities` only,
        and with which the splits found are compared. None: the known ones that can be first
        guesses, or all of them where none can.
    confidence : float
        Of the intervals, between 0 and 1.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.

    Raises
    ------
    InputError
        With one line that names what is wrong and what is allowed.
    RuntimeError
        When a run fails; the message names the replication and the strategy.
    """
    from tqdm import tqdm

    world = Scenario.load(scenario)
    splits, named, outcomes = check_optimization(
        world,
        outcome=outcome,
        activities=activities,
        phases=phases,
        switch_days=switch_days,
        against=against,
        budget=budget,
        replications=replications,
        fresh=fresh,
        seed=seed,
        n_jobs=n_jobs,
        start=start,
        confidence=confidence,
    )
    compile_engine()  # here, once, and not in every thread
    hide = None if progress is None else not progress
    n_runs = (budget + len(named)) * replications + 2 * (FINALISTS + len(named)) * fresh
    with tqdm(total=n_runs, desc="runs", unit="run", disable=hide) as bar:
        live = Worlds(world, seed, tuple(s.name for s in outcomes), n_jobs, replications, bar)
        result = seek(
            live, splits, named, outcomes=outcomes, scenario=world, budget=budget,
            replications=replications, fresh=fresh, seed=seed, confidence=confidence,
        )  # fmt: skip
    check_equal_effort(world, [*result.finalists, *named])
    return result


def check_optimization(
    scenario: str | Path | Scenario,
    *,
    outcome: str = "sales",
    activities: Sequence[str] | None = None,
    phases: int = 1,
    switch_days: SwitchDays = None,
    against: str | None = None,
    budget: int = 200,
    replications: int = 20,
    fresh: int = 100,
    seed: int | np.random.SeedSequence = 1,
    n_jobs: int | None = None,
    start: Sequence[str | Path | Strategy] | None = None,
    confidence: float = 0.95,
) -> tuple[Splits, tuple[Strategy, ...], tuple[Scalar, ...]]:
    """Check everything `optimize` is given; nothing is simulated.

    Returns the splits to search, the named strategies, and one or two outcomes. Raises InputError
    with one line.
    """
    need("optuna", "optimize")
    world = Scenario.load(scenario)
    check_whole("budget", budget, 2, 1_000_000)
    check_whole("fresh", fresh, 2, 1_000_000)
    splits = _checked_splits(world, activities, phases, switch_days)
    named = _checked_start(splits, start)
    names = [outcome] if against is None else [outcome, ALSO_CALLED.get(against, against)]
    for name in names:
        check_comparison(
            world,
            [*named, STRATEGIES["do_nothing"]],  # a comparison needs two
            replications=replications,
            seed=seed,
            outcome=name,
            n_jobs=n_jobs,
            confidence=confidence,
        )
        ranked_outcome(name, "optimize")
        if name in FIXED:
            raise InputError(f"{name} is the same under every split of the same effort")
    if len(set(names)) < len(names):
        raise InputError(f"against = {against!r}: is the outcome itself; give another one")
    by_name = {scalar.name: scalar for scalar in SUMMARY}
    return splits, named, tuple(by_name[name] for name in names)


def _checked_splits(
    world: Scenario, activities: Sequence[str] | None, phases: Any, switch_days: SwitchDays
) -> Splits:
    if activities is None:
        can_go_wrong = world.service.can_go_wrong
        activities = [a for a in ACTIVITIES if a != "supporting" or can_go_wrong]
    names = [activities] if isinstance(activities, str) else list(activities)
    for name in names:
        if name not in ACTIVITIES:
            near = did_you_mean(name, ACTIVITIES)
            raise InputError(f'activities: unknown activity "{name}"{near}')
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"activities = {names}: at least two different ones share the effort")
    check_whole("phases", phases, 1, 6)
    n_days, product = world.world.n_days, world.product
    days: tuple[int, ...] | None
    if isinstance(switch_days, str):
        if switch_days != "search":
            raise InputError(f'switch_days = {switch_days!r}: days, or "search"')
        check_whole("phases", phases, 1, n_days)
        return Splits(tuple(names), phases, None if phases > 1 else (), n_days)
    if switch_days is None:
        days = usual_days(product.launch_day, product.days_window, phases)
        if days is None:
            raise InputError(f'switch_days: say when {phases} phases begin, or "search"')
    else:
        days = tuple(switch_days)
    for day in days:
        check_whole("switch_days: day", day, 1, n_days - 1)
    if len(days) != phases - 1 or sorted(set(days)) != list(days):
        raise InputError(
            f"switch_days = {list(days)}: {phases} phases need {phases - 1} later and later days"
        )
    return Splits(tuple(names), phases, days, n_days)


def _checked_start(
    splits: Splits, start: Sequence[str | Path | Strategy] | None
) -> tuple[Strategy, ...]:
    if start is None:
        active = [s for name, s in STRATEGIES.items() if name != "do_nothing"]
        return tuple([s for s in active if splits.units(s) is not None] or active)
    given = [start] if isinstance(start, (str, Path, Strategy)) else list(start)
    named = tuple(Strategy.load(strategy) for strategy in given)
    if not named:
        raise InputError("start: no strategy given; the best split is compared with at least one")
    for strategy in named:
        if strategy.name == "do_nothing" or not any(
            getattr(phase, a) for phase in strategy.phases for a in ACTIVITIES
        ):
            raise InputError(f"start: {strategy.name} spends no effort, so it splits none")
    return named


@dataclass
class Worlds:
    """Lives strategies in the worlds of one scenario and seed, the same for all that are tried.

    People are made once per replication and kept while memory permits, for those replications that
    come again and again (below `kept_below`: those of the search).
    """

    scenario: Scenario
    seed: Any
    outcomes: tuple[str, ...]
    n_jobs: int | None = None
    kept_below: int = 0
    bar: tqdm | None = None
    kept: dict[int, Prepared] = field(default_factory=dict)

    def __call__(self, strategies: Sequence[Strategy], replications: range) -> np.ndarray:
        """Return the outcomes, shape (strategies, worlds, outcomes)."""
        from joblib import Parallel, cpu_count, delayed

        jobs = min(self.n_jobs or cpu_count(), len(replications))
        workers = Parallel(n_jobs=jobs, prefer="threads", return_as="generator")
        rows = []
        for row in workers(delayed(self._live)(strategies, r) for r in replications):
            rows.append(row)
            if self.bar is not None:
                self.bar.update(len(strategies))
        return np.array(rows).swapaxes(0, 1)

    def _live(self, strategies: Sequence[Strategy], replication: int) -> list[list[float]]:
        doing, rows = "making the people", []
        try:
            world = self._world(replication)
            for strategy in strategies:
                doing = f"strategy {strategy.name} ({in_words(strategy)})"
                summary = run_prepared(world, strategy).summary
                rows.append([summary[name] for name in self.outcomes])
        except InputError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise RuntimeError(f"replication {replication}, {doing}: {what}") from error
        return rows

    def _world(self, replication: int) -> Prepared:
        if replication in self.kept:
            return self.kept[replication]
        world = prepare(self.scenario, seed=self.seed, replication=replication)
        room = MEMORY // (BYTES_A_PERSON * world.engine.n_people)
        # the first that come stay: with the last, a round through too many would find none
        if replication < self.kept_below and len(self.kept) < room:
            self.kept[replication] = world
        return world


def seek(
    live: Live,
    splits: Splits,
    named: Sequence[Strategy],
    *,
    outcomes: Sequence[Scalar],
    scenario: Scenario,
    budget: int,
    replications: int,
    fresh: int,
    seed: Any,
    confidence: float = 0.95,
) -> Optimization:
    """Search, choose and report with any function that lives strategies in worlds.

    `live` takes (strategies, replications) and returns an array (strategies, worlds, outcomes); it
    is called with worlds 0 .. R - 1 for the search, R .. R + F - 1 to choose and R + F ..
    R + 2 F - 1 to report, R `replications` and F `fresh`. `optimize` gives it `Worlds`; a test, a
    landscape whose truth is known.

    Raises InputError where no split has a value of the outcome.
    """
    signs = np.array([scalar.better for scalar in outcomes])
    searched, chosen = range(replications), range(replications, replications + fresh)
    reported = range(chosen.stop, chosen.stop + fresh)
    found = search(
        live, splits, directions=list(signs), budget=budget, replications=searched, starts=named,
        seed=seed,
    )  # fmt: skip
    known = {s.model_copy(update={"name": "", "description": ""}) for s in named}
    new = [i for i, s in enumerate(found.strategies)
           if s.model_copy(update={"name": ""}) not in known]  # fmt: skip
    places = _best_few(signs * found.values.mean(axis=1), new)
    if not places:
        raise InputError(f"{outcomes[0].name} has a value in every world under no new split tried")
    finalists = tuple(found.strategies[i] for i in places)
    everybody = [*finalists, *named]
    means = signs[0] * _means(live(everybody, chosen))[:, 0]
    return Optimization(
        scenario=scenario,
        seed=seed,
        outcomes=tuple(outcomes),
        splits=splits,
        confidence=confidence,
        named=tuple(named),
        finalists=finalists,
        winner=int(np.argmax(means[: len(finalists)])),
        rival=int(np.argmax(means[len(finalists) :])),
        worlds={"search": searched, "choose": chosen, "report": reported},
        found=found,
        searched=np.concatenate([found.values[places], live(list(named), searched)]),
        reported=live(everybody, reported),
    )


def _means(values: np.ndarray) -> np.ndarray:
    """Return means over worlds, shape (strategies, outcomes); -inf where a world has no value."""
    means = values.mean(axis=1)
    return np.where(np.isfinite(means), means, -np.inf)


def _best_few(means: np.ndarray, places: Sequence[int]) -> list[int]:
    """Return the places of the best few, the best first: by one outcome, or the front of two."""
    left = [i for i in places if np.isfinite(means[i]).all()]
    order = sorted(left, key=lambda i: -means[i, 0])
    if means.shape[1] == 1:
        return order[:FINALISTS]
    beaten = np.any(dominates(means[order]), axis=0).tolist()
    front = [i for i, lost in zip(order, beaten, strict=True) if not lost]
    return [front[i] for i in evenly(len(front), ON_FRONT)]
