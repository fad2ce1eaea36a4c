"""What is chosen on the page: a world, two strategies A and B, and the luck. Nothing is simulated.

A `Choice` is small and frozen, so that it can be compared, put into the address (query.py) and
compared with what a control says. Scenario and strategies are made from it, checked as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from simulation.engine.plan import check_equal_effort
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario, group_of, parameters
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase, Strategy
from simulation.tools.errors import InputError, did_you_mean
from simulation.web.controls import LIMITS, MOST_PERSON_DAYS, NOT_ON_THE_PAGE, PAGE_SIZES

#: The two sides of the page.
SIDES = ("a", "b")

#: The most a number of the address can be, for seed and world.
MOST = 10**9


@dataclass(frozen=True)
class Side:
    """One strategy of the page: a named one, its split of effort, and a change of course.

    shares : per cent of the effort by activity, in the order of ACTIVITIES; None: as named
    then, then_day : the strategy it changes to on that day; None: it stays
    """

    strategy: str
    shares: tuple[int, ...] | None = None
    then: str | None = None
    then_day: int = 0

    @property
    def per_cent(self) -> tuple[int, ...]:
        """The split of effort in per cent."""
        return named_shares(self.strategy) if self.shares is None else self.shares


def named_shares(strategy: str) -> tuple[int, ...]:
    """Return the split of a named strategy in per cent."""
    phase = STRATEGIES[strategy].phases[0]
    return tuple(round(100 * getattr(phase, activity)) for activity in ACTIVITIES)


@dataclass(frozen=True)
class Choice:
    """Everything that is chosen on the page.

    changes : parameters that differ from the preset (at its size on the page), by name
    seed, world : the luck; `world` is the replication
    """

    scenario: str = DEFAULT_SCENARIO
    changes: tuple[tuple[str, Any], ...] = ()
    a: Side = field(default_factory=lambda: Side("posting_only"))
    b: Side = field(default_factory=lambda: Side("community_building"))
    seed: int = 1
    world: int = 0

    def value(self, name: str) -> Any:
        """Return a parameter of the chosen world."""
        changes = dict(self.changes)
        return changes[name] if name in changes else preset(self.scenario)[name]

    def with_value(self, name: str, value: Any) -> Choice:
        """Return the choice with one parameter of the world moved; raise InputError if it cannot.

        A value that is the preset's own is no change and leaves no trace.
        """
        check_allowed_here(name, value)
        changes = {k: v for k, v in self.changes if k != name}
        if value != preset(self.scenario)[name]:
            changes[name] = value
        moved = replace(self, changes=tuple(sorted(changes.items())))
        moved.check()
        return moved

    def without_change(self, name: str) -> Choice:
        """Return the choice with one parameter back at the preset's value."""
        return replace(self, changes=tuple(pair for pair in self.changes if pair[0] != name))

    def side(self, name: str) -> Side:
        """Return side "a" or "b"."""
        if name not in SIDES:
            raise InputError(f'unknown side "{name}": a or b')
        return self.a if name == "a" else self.b

    def with_side(self, name: str, side: Side) -> Choice:
        """Return the choice with another strategy on one side."""
        self.side(name)
        moved = replace(self, a=side) if name == "a" else replace(self, b=side)
        moved.check()
        return moved

    def check(self) -> None:
        """Raise InputError unless this can be lived, and on the page."""
        scenario = self.build_scenario()
        people, days = scenario.world.n_people, scenario.world.n_days
        if people * days > MOST_PERSON_DAYS:
            raise InputError(
                f"n_people = {people:,} for n_days = {days:,} is too much for the page: at most "
                f"{MOST_PERSON_DAYS / 1e6:,.0f} million person-days (continuum run takes more)"
            )
        for name in SIDES:
            side = self.side(name)
            if side.then is not None and not 1 <= side.then_day < days:
                raise InputError(
                    f"{name}_then_day = {side.then_day} is not allowed: a day from 1 to {days - 1}"
                )
        check_equal_effort(scenario, list(self.strategies()))

    def build_scenario(self) -> Scenario:
        """Return the world; raise InputError in one line if its parts do not fit together."""
        scenario = preset(self.scenario)
        return scenario.replace(**dict(self.changes)) if self.changes else scenario

    def strategies(self) -> tuple[Strategy, Strategy]:
        """Return the strategies of A and B; two of one name are told apart."""
        a, b = (_strategy(side) for side in (self.a, self.b))
        if a.name == b.name:
            a = a.model_copy(update={"name": f"{a.name} A"})
            b = b.model_copy(update={"name": f"{b.name} B"})
        return a, b


def preset(name: str) -> Scenario:
    """Return a preset at the size it has on the page."""
    scenario = Scenario.load(name)
    return scenario.replace(n_people=PAGE_SIZES[name]) if name in PAGE_SIZES else scenario


def check_allowed_here(name: str, value: Any) -> None:
    """Raise InputError for a parameter the page does not take, or one past its limit."""
    if name not in parameters():
        raise InputError(f'unknown name "{name[:40]}"{did_you_mean(name[:40], group_of())}')
    if name in NOT_ON_THE_PAGE:
        raise InputError(f"{name} cannot be chosen on the page: use continuum run")
    if name in LIMITS and isinstance(value, (int, float)) and value > LIMITS[name]:
        raise InputError(
            f"{name} = {value:g} is not allowed: at most {LIMITS[name]:,g} on the page "
            "(continuum run takes more)"
        )


def _strategy(side: Side) -> Strategy:
    """Return the strategy of a side; one that is not as named says so in its name."""
    base = STRATEGIES[side.strategy]
    phases = base.phases
    if side.shares is not None:
        shares = {a: share / 100 for a, share in zip(ACTIVITIES, side.shares, strict=True)}
        phases = tuple(Phase(**{**phase.model_dump(), **shares}) for phase in phases)
    changed = base.model_copy(update={"name": f"{base.name} changed", "phases": phases})
    if side.then is not None:
        after = STRATEGIES[side.then]
        later = Phase(**{**after.phases[0].model_dump(), "from_day": side.then_day})
        depth = base.offer_depth or after.offer_depth  # a strategy has one depth of offers
        name = f"{changed.name if side.shares else base.name}, then {side.then}"
        update = {"name": name[:60], "phases": (*phases, later), "offer_depth": depth}
        return changed.model_copy(update=update)
    return base if side.shares is None else changed


def moved_share(side: Side, activity: str, per_cent: int) -> Side:
    """Return the side with one share moved; the others keep their proportions and make up 100.

    Where all others are 0 they take the proportions of the named strategy, or else an even split.
    """
    if activity not in ACTIVITIES or not 0 <= per_cent <= 100:
        raise InputError(f"{activity} = {per_cent} %: a share of effort is from 0 to 100")
    i = ACTIVITIES.index(activity)
    old = side.per_cent
    weights = [w if j != i else 0 for j, w in enumerate(old)]
    if sum(weights) == 0:
        weights = [w if j != i else 0 for j, w in enumerate(named_shares(side.strategy))]
    if sum(weights) == 0:
        weights = [int(j != i) for j in range(len(old))]
    exact = [w * (100 - per_cent) / sum(weights) for w in weights]
    shares = [int(x) for x in exact]
    missing = 100 - per_cent - sum(shares)
    for j in sorted(range(len(old)), key=lambda j: shares[j] - exact[j])[:missing]:
        shares[j] += 1  # the largest remainders are rounded up, so that the sum is 100
    shares[i] = per_cent
    as_named = tuple(shares) == named_shares(side.strategy)
    return replace(side, shares=None if as_named else tuple(shares))
