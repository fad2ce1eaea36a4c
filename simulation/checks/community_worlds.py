"""The test beds in which communities are measured, and the two rooms that are not the default.

As in pattern_worlds.py each takes the scenario that is validated, changes what its pattern asks
for, and returns its measurements by the names of patterns.py; of a randomised invitation heads and
buyers, which `POOLED` reads of all worlds together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from simulation.checks.invitation import COUNTS, effect_of_sums, invitation_counts, pooled_interval
from simulation.checks.measurements import (
    MONTH,
    change_a_month,
    odds_again,
    ratio,
    share_writing,
    visits_a_member,
)
from simulation.core.stages import Stage
from simulation.engine.plan import plan
from simulation.engine.prepare import prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy, from_table
from simulation.runs.run import Run, run_prepared

#: Five thousand members in a list of 20,000, open to all, without a purpose; nobody hosts it.
HOLLOW_FORUM: dict[str, Any] = {
    "n_people": 100_000, "share_subscribers": 0.15, "share_members": 0.05, "purpose": 0.0,
    "joining_open": True, "n_days": 456, "launch_day": 365,
}  # fmt: skip
UNHOSTED = from_table({"name": "no host", "posting": 0.3, "content": 0.7})
#: Three hundred members, and four hundred more on the list; community_building hosts it.
WARM_ROOM: dict[str, Any] = {
    "n_people": 20_000, "share_subscribers": 0.02, "share_members": 0.015, "purpose": 0.9,
    "n_days": 365, "launch_day": 274,
}  # fmt: skip
#: The town of the scenario, with one in five on the list, so that there are many to compare.
LONG_LIST: dict[str, Any] = {"share_subscribers": 0.2}


def closed_community(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P4: a small community closed to new members, visits at the upper end of their range."""
    small = base.replace(
        n_people=5_000, share_members=0.02, share_invited=0.0, n_days=120, launch_day=119,
        visit_rate_median=0.03,
    )  # fmt: skip
    run = run_prepared(
        prepare(small, seed=seed, replication=replication),
        Strategy.load("community_building"),
        events=True,
    )
    return {"p4_closed": share_writing(run)}


def joining(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P6: how the daily chance to join depends on how many friends are members already."""
    world = prepare(
        base.replace(n_people=60_000, share_subscribers=0.2, share_members=0.1, n_days=180,
                     launch_day=179, days_warm_up=100),
        seed=seed, replication=replication,
    )  # fmt: skip
    days = plan(world.scenario, Strategy.load("community_building"), key=world.engine.key)
    state, at_risk, joined = world.start.copy(), np.zeros(3), np.zeros(3)
    for day in range(world.scenario.world.n_days):
        listed = (state.people.stage & 3) == Stage.SUBSCRIBER
        k = np.minimum(state.people.lives.member_friends[listed], 2)
        state = world.engine.run_day(state, days, day)
        moved = (state.people.stage[listed] & 3) == Stage.MEMBER
        at_risk += np.bincount(k, minlength=3)
        joined += np.bincount(k, moved, minlength=3)
    rates = joined / np.maximum(at_risk, 1.0)
    first, second = rates[1] - rates[0], rates[2] - rates[1]
    return {
        "p6_rising": ratio(rates[1], rates[0]),
        "p6_concave": ratio(second, first),
    }


# ---- P5: a newcomer's first message --------------------------------------------------------------


def first_messages(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P5: a large room that many join; the host opens it and answers nobody."""
    large = base.replace(
        n_people=50_000, share_subscribers=0.3, share_members=0.01, n_days=400, launch_day=399,
        share_host_answers=0.0,
    )  # fmt: skip
    silent = from_table({"name": "silent host", "content": 0.5, "hosting": 0.5, "announce": []})
    run = run_prepared(prepare(large, seed=seed, replication=replication), silent, events=True)
    return {f"p5_{days}": odds_again(run, days) for days in (30, 90)}


# ---- P12: invited by lot -------------------------------------------------------------------------


def invited(base: Scenario, changes: Mapping[str, Any], levers: Strategy, **world: Any) -> Run:
    """Return a run in a room to which half of the list is never invited, in this `world`."""
    return run_prepared(prepare(base.replace(**changes, share_invited=0.5), **world), levers)


def invitations(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P12: half of the list is never invited; in a hollow forum, the town, and a warm room."""
    hosted = Strategy.load("community_building")
    rooms = {
        "hollow": (HOLLOW_FORUM, UNHOSTED), "town": (LONG_LIST, hosted), "warm": (WARM_ROOM, hosted)
    }  # fmt: skip
    found: dict[str, float] = {}
    for name, (changes, levers) in rooms.items():
        run = invited(base, changes, levers, seed=seed, replication=replication)
        found |= {f"{name}_{what}": n for what, n in invitation_counts(run).items()}
    return found


def beyond_three(*sums: Any) -> np.ndarray:
    """Return the naive gap of those who joined less three times what joining does (relative)."""
    effect, naive = effect_of_sums("effect_relative"), effect_of_sums("naive_relative")
    return naive(*sums) - 3.0 * effect(*sums)


class Pooled(NamedTuple):
    """A number that is read from the counts of all worlds: of which room, and how."""

    room: str
    statistic: Callable[..., np.ndarray]

    @property
    def columns(self) -> list[str]:
        """The counts it is made of."""
        return [f"{self.room}_{count}" for count in COUNTS]

    def read(self, worlds: Any) -> tuple[float, float, float]:
        """Return the number and its interval (5-95 % of bootstrapped worlds)."""
        return pooled_interval([worlds[c] for c in self.columns], self.statistic, 0.9)


_JOINING = effect_of_sums("effect_relative")
POOLED: dict[str, Pooled] = {
    "p12_effect": Pooled("hollow", _JOINING),
    "p12_naive": Pooled("hollow", beyond_three),
    "p12_default": Pooled("town", _JOINING),
    "p12_warm": Pooled("warm", _JOINING),
}


# ---- P15, P16: what the switches of the community are worth --------------------------------------


#: Pattern, switch, and the value that switches it off.
SWITCHES: tuple[tuple[str, str, Any], ...] = (
    ("p15", "purpose", 0.0), ("p16", "relationships", False),
)  # fmt: skip


def switches(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P15, P16: a closed community of a thousand for half a year, with and without."""
    closed = base.replace(
        n_people=20_000, share_members=0.05, share_invited=0.0, n_days=180, launch_day=179
    )
    hosted = Strategy.load("community_building")

    def visits(**changes: Any) -> float:
        world = prepare(closed.replace(**changes), seed=seed, replication=replication)
        return visits_a_member(run_prepared(world, hosted, last=True).table)

    full = visits()
    return {f"{pattern}_{name}": full / visits(**{name: off}) for pattern, name, off in SWITCHES}


# ---- P25: hosting stops --------------------------------------------------------------------------

STOP = 2 * MONTH  # the day from which nobody hosts


def hosting_stops(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P25: a small and a large closed community, hosted for two months, then left for eight."""
    left = from_table({"name": "host leaves", "announce": [], "phases": [
        {"content": 0.5, "hosting": 0.5}, {"from_day": STOP, "content": 0.5, "supporting": 0.5},
    ]})  # fmt: skip
    change = {}
    for size, share in (("small", 0.01), ("large", 0.15)):  # 200 and 3,000 members
        world = base.replace(n_people=20_000, share_members=share, share_invited=0.0,
                             n_days=10 * MONTH, launch_day=10 * MONTH - 1)  # fmt: skip
        prepared = prepare(world, seed=seed, replication=replication)
        change[size] = change_a_month(run_prepared(prepared, left, last=True).table, STOP)
    return {"p25_fall": max(change.values()), "p25_small": change["small"] - change["large"]}


COMMUNITY_BEDS = (closed_community, joining, first_messages, invitations, switches, hosting_stops)
