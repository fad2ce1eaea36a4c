"""The plan: what a strategy does on every day (model 4.1), before anybody lives.

Both drivers read one `PLAN_DTYPE` row a day.
"""

from __future__ import annotations

import numpy as np

from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, COMMON_ROUTINE, Strategy
from simulation.rules.effort import ad_clicks, done_by, hours_by, pieces_on
from simulation.tools.errors import InputError

#: One row a day: what the brand does. Both drivers read it.
PLAN_DTYPE = np.dtype(
    [
        ("posts", np.int32),  # posts today
        ("pieces", np.int32),  # content pieces mailed today
        ("events", np.int32),  # hosted events today
        ("cases", np.int32),  # complaints that can be answered today
        ("replies", np.float64),  # replies that fit into the effort since the last day with posts
        ("ad_clicks", np.float64),  # clicks that today's money buys
        ("hours", np.float64),  # effort spent today
        ("making_content", np.int8),  # is content being made these days?
        ("hosting", np.int8),  # is a community hosted these days?
        ("announce_post", np.int8),  # do posts speak of the product today?
        ("announce_ad", np.int8),
        ("announce_mail", np.int8),
        ("announce_visit", np.int8),
        ("offer", np.int8),  # do posts and mails carry an offer today?
        ("offer_depth", np.float64),  # what an offer of this strategy takes off the price
    ]
)


#: What is made piece by piece: the column of the plan, and the cost of one.
PIECES = {
    "posting": ("posts", "hours_post"),
    "content": ("pieces", "hours_piece"),
    "hosting": ("events", "hours_event"),
    "supporting": ("cases", "hours_case"),
}


def plan(scenario: Scenario, strategy: Strategy, n_days: int | None = None) -> np.recarray:
    """Return what the brand does on every day (model 4.1), one PLAN_DTYPE row a day.

    Posts, pieces, events and support cases fall on whole days by accumulating fractions (a case
    nobody needs is lost); ad clicks are a daily capacity, and so are replies, which wait for the
    next day with a post. Offers come every days_between_offers days from the phase's first.
    Content is being made, and a community hosted, for days_going_on days from each piece and each
    event. During the launch window the announcing channels are marked.
    """
    n = scenario.world.n_days if n_days is None else n_days
    par = scenario.numbers()
    table = np.zeros(n, PLAN_DTYPE).view(np.recarray)
    starts = [phase.from_day for phase in strategy.phases] + [n]
    done = dict.fromkeys(PIECES, 0.0)
    capacity = np.zeros(n)
    for phase, first, last in zip(strategy.phases, starts[:-1], starts[1:], strict=True):
        days = slice(first, min(last, n))
        capacity[days] = hours_by(par.hours_per_week, phase.replying) / par.hours_reply
        table.ad_clicks[days] = ad_clicks(par, phase.advertising)
        table.hours[days] = sum(hours_by(par.hours_per_week, getattr(phase, a)) for a in ACTIVITIES)
        for activity, (column, cost) in PIECES.items():
            share, price, made = getattr(phase, activity), getattr(par, cost), table[column]
            for day in range(first, min(last, n) if share > 0 else first):
                before = done[activity]
                done[activity] = done_by(before, par.hours_per_week, share, price)
                made[day] = pieces_on(before, done[activity])
        if phase.days_between_offers > 0:
            table.offer[first : min(last, n) : phase.days_between_offers] = 1
    saved, posts, replies = 0.0, table.posts.tolist(), table.replies
    for day, room in enumerate(capacity.tolist()):
        saved += room  # replies wait for the next day with a post: whom else to answer?
        if posts[day] > 0:
            replies[day], saved = saved, 0.0
    table.offer_depth[:] = strategy.offer_depth
    table.making_content[:] = _going_on(table.pieces, int(par.days_going_on))
    table.hosting[:] = _going_on(table.events, int(par.days_going_on))
    window = slice(scenario.product.launch_day, scenario.product.launch_day + int(par.days_window))
    for channel in strategy.announce:
        table[f"announce_{channel}"][window] = 1
    return table


def _going_on(made: np.ndarray, days: int) -> np.ndarray:
    """Return on which days something is going on: on a day it is made and the days - 1 after."""
    last = np.maximum.accumulate(np.where(made > 0, np.arange(made.size), -days - 1))
    return np.arange(made.size) - last < days


def warm_up_plan(scenario: Scenario) -> np.recarray:
    """Return what the brand did on each day of the warm-up: the common routine, no product yet."""
    days = plan(scenario, COMMON_ROUTINE, scenario.world.days_warm_up)
    for name in days.dtype.names or ():
        if name.startswith("announce"):
            days[name] = 0
    return days


def check_equal_effort(scenario: Scenario, strategies: list[Strategy]) -> None:
    """Raise InputError unless all strategies spend the same effort (do nothing is the null)."""
    spent = {s.name: float(plan(scenario, s).hours.sum()) for s in strategies}
    active = {name: hours for name, hours in spent.items() if hours > 0}
    if active and max(active.values()) - min(active.values()) > 1e-6 * max(active.values()):
        listed = ", ".join(f"{name} {hours:.1f} h" for name, hours in active.items())
        raise InputError(f"strategies must spend the same effort over the horizon: {listed}")
