"""How a randomised invitation to the community is read.

Under ``share_invited=0.5`` a coin decided at birth who may ever join. Comparing the invited with
the others tells what the community causes; comparing those who joined with those who did not also
counts who they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.stages import Stage
from simulation.people.population import INVITED
from simulation.runs.statistics import bootstrap_interval

if TYPE_CHECKING:
    from simulation.runs.run import Run


def invitation_counts(run: Run) -> dict[str, float]:
    """Count, among those on the list on day 0, heads and buyers by invitation and by joining.

    A buyer bought a copy for themselves. Joined: became a member by the end of the launch window.
    Counts of several worlds may be added before `invitation_effects` reads them.
    """
    people = run.end.people
    listed = run.start_stage == Stage.SUBSCRIBER
    invited = listed & (people.lives.marks & INVITED != 0)
    bought = people.rare.bought_on >= 0
    product = run.scenario.product
    last = product.launch_day + product.days_window
    joined = invited & (people.rare.joined_on >= 0) & (people.rare.joined_on < last)
    groups = {
        "invited": invited,
        "not_invited": listed & ~invited,
        "joined": joined,
        "stayed": invited & ~joined,
    }
    return {
        f"{what}_{name}": float((who & bought).sum() if what == "buyers" else who.sum())
        for name, who in groups.items()
        for what in ("heads", "buyers")
    }


def invitation_effects(counts: Mapping[str, float]) -> dict[str, float]:
    """Return what the invitation did, from (sums of) `invitation_counts`; nan where undefined.

    intention_to_treat : buyers a head, invited minus not invited: what inviting causes
    complier_effect : the same a head of those who join because invited (Wald's ratio; nobody who
        was not invited joins, Imbens and Angrist 1994)
    complier_base : buyers a head the compliers would have been without the community
    naive_gap : buyers a head, joined minus stayed: effect and selection together
    itt_relative, effect_relative, naive_relative : each over its base: not invited, complier_base
        (where that is estimated at 0 or less, inf if joining helped, else nan), stayed
    share_joined : of the invited
    """
    rate = {
        name: _ratio(counts[f"buyers_{name}"], counts[f"heads_{name}"])
        for name in ("invited", "not_invited", "joined", "stayed")
    }
    share = _ratio(counts["heads_joined"], counts["heads_invited"])
    itt = rate["invited"] - rate["not_invited"]
    stayed = rate["stayed"] if counts["heads_stayed"] else 0.0
    base = _ratio(rate["not_invited"] - (1.0 - share) * stayed, share)
    effect = _ratio(itt, share)
    gap = rate["joined"] - rate["stayed"]
    return {
        "intention_to_treat": itt,
        "complier_effect": effect,
        "complier_base": base,
        "naive_gap": gap,
        "itt_relative": _ratio(itt, rate["not_invited"]),
        "effect_relative": _ratio(effect, base) if base > 0.0 else (inf if effect > 0.0 else nan),
        "naive_relative": _ratio(gap, rate["stayed"]),
        "share_joined": share,
    }


#: The counts of `invitation_counts`, in the order that `effect_of_sums` takes them.
COUNTS = tuple(
    f"{what}_{name}"
    for name in ("invited", "not_invited", "joined", "stayed")
    for what in ("heads", "buyers")
)


def effect_of_sums(effect: str) -> Callable[..., np.ndarray]:
    """Return ``statistic(*sums)``: one effect of `invitation_effects` from sums of COUNTS.

    The sums may be arrays of one shape, such as those of many bootstrap samples of worlds.
    """
    return np.vectorize(
        lambda *row: invitation_effects(dict(zip(COUNTS, row, strict=True)))[effect], otypes=[float]
    )


def pooled_interval(
    counts: Sequence[Any], statistic: Callable[..., Any], confidence: float
) -> tuple[float, float, float]:
    """Return a statistic of the sums over worlds and its bootstrap interval over worlds.

    counts : one array a count, in the order that the statistic takes their sums
    """
    columns = [np.asarray(column, float) for column in counts]
    ends = bootstrap_interval(
        columns, lambda *worlds, axis=-1: statistic(*(w.sum(axis=axis) for w in worlds)), confidence
    )
    return (float(statistic(*(column.sum() for column in columns))), *ends)


def _ratio(above: float, below: float) -> float:
    return above / below if below else nan
