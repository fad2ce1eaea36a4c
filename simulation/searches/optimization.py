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

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulation.core.outcomes import Scalar, ranked_outcome
from simulation.core.ways import chosen, running
from simulation.engine.plan import check_equal_effort
from simulation.engine.prepare import Prepared, prepare, settled
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Strategy, StrategyLike
from simulation.runs.comparison import CompareRequest
from simulation.runs.worlds import each, live_world, person_days
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
from simulation.tools.requests import Settled, carried_out, face_of, settle, settle_numbers

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


@dataclass(frozen=True)
class OptimizeRequest:
    """What `optimize` is asked, checked: frozen, and ready to `run`.

    `splits`, `named` and `outcomes` are what is searched, what it is compared with, and the one or
    two outcomes. Raises InputError with one line when it is made; nothing is simulated.
    """

    scenario: Settled
    _: KW_ONLY
    outcome: str = "sales"
    activities: Sequence[str] | None = None
    phases: int = 1
    switch_days: Settled = None
    against: str | None = None
    budget: int = 200
    replications: int = 20
    fresh: int = 100
    seed: int | np.random.SeedSequence = 1
    start: Sequence[StrategyLike] | None = None
    confidence: float = 0.95
    splits: Splits = field(init=False)
    named: tuple[Strategy, ...] = field(init=False)
    outcomes: tuple[Scalar, ...] = field(init=False)

    def __post_init__(self) -> None:
        settle_numbers(self)
        need("optuna", "optimize")
        world = settled(self.scenario)
        check_whole("budget", self.budget, 2, 1_000_000)
        check_whole("fresh", self.fresh, 2, 1_000_000)
        splits = _checked_splits(world, self.activities, self.phases, self.switch_days)
        named = _checked_start(splits, self.start)
        CompareRequest(
            world, [*named, STRATEGIES["do_nothing"]],  # a comparison needs two
            replications=self.replications, seed=self.seed, confidence=self.confidence,
        )  # fmt: skip
        names = [self.outcome]
        if self.against is not None:
            names.append(ALSO_CALLED.get(self.against, self.against))
        outcomes = tuple(ranked_outcome(name, "optimize") for name in names)
        for name in names:
            if name in FIXED:
                raise InputError(f"{name} is the same under every split of the same effort")
        if len(set(names)) < len(names):
            raise InputError(f"against = {self.against!r}: is the outcome itself; give another one")
        settle(self, scenario=world, splits=splits, named=named, outcomes=outcomes)

    def run(self, *, jobs: int | None = None, progress: bool | None = None) -> Optimization:
        """Search, choose and report; see `optimize`."""
        from tqdm import tqdm

        hide = None if progress is None else not progress
        n = len(self.named)
        n_runs = (self.budget + n) * self.replications + 2 * (FINALISTS + n) * self.fresh
        way = chosen(person_days=person_days(self.scenario, n_runs))
        bar = tqdm(total=n_runs, desc="runs", unit="run", disable=hide)
        with running(way), bar:
            names = tuple(scalar.name for scalar in self.outcomes)
            live = TrialWorlds(self.scenario, self.seed, names, jobs, self.replications, bar)
            result = seek(
                live, self.splits, self.named, outcomes=self.outcomes, scenario=self.scenario,
                budget=self.budget, replications=self.replications, fresh=self.fresh,
                seed=self.seed, confidence=self.confidence,
            )  # fmt: skip
        check_equal_effort(self.scenario, [*result.finalists, *self.named])
        return result


@face_of(OptimizeRequest)
def optimize(*args: Any, **asked: Any) -> Optimization:
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
    jobs : int, optional
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
    return carried_out(OptimizeRequest, *args, **asked)


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
    days = tuple(check_whole("switch_days: day", day, 1, n_days - 1) for day in days)
    if len(days) != phases - 1 or sorted(set(days)) != list(days):
        raise InputError(
            f"switch_days = {list(days)}: {phases} phases need {phases - 1} later and later days"
        )
    return Splits(tuple(names), phases, days, n_days)


def _checked_start(splits: Splits, start: Sequence[StrategyLike] | None) -> tuple[Strategy, ...]:
    if start is None:
        active = [s for name, s in STRATEGIES.items() if name != "do_nothing"]
        return tuple([s for s in active if splits.units(s) is not None] or active)
    given = [start] if isinstance(start, (str, Path, Mapping, Strategy)) else list(start)
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
class TrialWorlds:
    """Lives strategies in the worlds of one scenario and seed, the same for all that are tried.

    People are made once per replication and kept while memory permits, for those replications that
    come again and again (below `kept_below`: those of the search).
    """

    scenario: Scenario
    seed: Any
    outcomes: tuple[str, ...]
    jobs: int | None = None
    kept_below: int = 0
    bar: tqdm | None = None
    kept: dict[int, Prepared] = field(default_factory=dict)

    def __call__(self, strategies: Sequence[Strategy], replications: range) -> np.ndarray:
        """Return the outcomes, shape (strategies, worlds, outcomes)."""
        rows = each(
            partial(self._live, strategies), replications, jobs=self.jobs, progress=False,
            threads=True,
        )  # fmt: skip
        return np.array(rows).swapaxes(0, 1)

    def _live(self, strategies: Sequence[Strategy], replication: int) -> list[list[float]]:
        rows = []
        for strategy, lived in zip(
            strategies,
            live_world(partial(self._world, replication), strategies, kept=True),
            strict=True,
        ):
            run = lived.result(f"replication {replication}, {in_words(strategy)}")
            rows.append([run.summary[name] for name in self.outcomes])
            if self.bar is not None:
                self.bar.update()
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
    R + 2 F - 1 to report, R `replications` and F `fresh`. `optimize` gives it `TrialWorlds`; a
    test, a landscape whose truth is known.

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
