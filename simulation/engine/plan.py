"""The plan: what a strategy does on every day (model 4.1), before anybody lives.

Both drivers read one `PLAN_DTYPE` row a day.
"""

from __future__ import annotations

import numpy as np

from simulation.core.compiled import compiled, leaf
from simulation.engine.common import as_record
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
        ("host_answers", np.float64),  # messages the host has time to answer today
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


#: The columns of `levers`: a row a phase of a strategy.
LEVERS = ("from_day", *ACTIVITIES, "days_between_offers")
FROM_DAY, POSTING, REPLYING, CONTENT, HOSTING, SUPPORTING, ADVERTISING, BETWEEN_OFFERS = range(8)


@leaf
def made(par, share, cost, done):
    """Return (pieces finished today, count of what is done) of an activity with this share."""
    after = done_by(done, par.hours_per_week, share, cost)
    return (pieces_on(done, after), after) if share > 0.0 else (0, done)


@compiled
def fill_plan(par, levers, offer_depth, days):
    """Write what a strategy of these levers does on every day; see `plan`."""
    phase, saved = -1, 0.0
    posts = pieces = events = cases = 0.0  # done so far: fractions go on from phase to phase
    mailed = hosted = -par.days_going_on - 1.0  # the day of the last piece, and event
    for day in range(days.size):
        while phase + 1 < levers.shape[0] and levers[phase + 1, FROM_DAY] <= day:
            phase += 1
        lever, today = levers[phase], days[day]
        today.posts, posts = made(par, lever[POSTING], par.hours_post, posts)
        today.pieces, pieces = made(par, lever[CONTENT], par.hours_piece, pieces)
        answering = lever[HOSTING] * par.share_host_answers
        today.events, events = made(par, lever[HOSTING] - answering, par.hours_event, events)
        today.host_answers = hours_by(par.hours_per_week, answering) / par.hours_reply
        today.cases, cases = made(par, lever[SUPPORTING], par.hours_case, cases)
        money = hours_by(par.hours_per_week, lever[ADVERTISING]) * par.usd_per_hour
        today.ad_clicks = ad_clicks(par, money)
        today.hours = 0.0
        for activity in range(POSTING, ADVERTISING + 1):
            today.hours += hours_by(par.hours_per_week, lever[activity])
        saved += hours_by(par.hours_per_week, lever[REPLYING]) / par.hours_reply
        today.replies = 0.0
        if today.posts > 0:  # replies wait for the next day with a post: whom else to answer?
            today.replies, saved = saved, 0.0
        between, since = int(lever[BETWEEN_OFFERS]), day - int(lever[FROM_DAY])
        today.offer = 1 if between > 0 and since % max(between, 1) == 0 else 0
        today.offer_depth = offer_depth
        mailed = float(day) if today.pieces > 0 else mailed
        hosted = float(day) if today.events > 0 else hosted
        today.making_content = 1 if day - mailed < par.days_going_on else 0
        present = today.host_answers >= 1.0 / 7.0  # a host who answers once a week hosts
        today.hosting = 1 if present or day - hosted < par.days_going_on else 0


def plan(scenario: Scenario, strategy: Strategy, n_days: int | None = None) -> np.recarray:
    """Return what the brand does on every day (model 4.1), one PLAN_DTYPE row a day.

    Posts, pieces, events and support cases fall on whole days by accumulating fractions (a case
    nobody needs is lost); ad clicks are a daily capacity, and so are replies, which wait for the
    next day with a post. Offers come every days_between_offers days from the phase's first.
    A host answers messages in share_host_answers of the hosting hours: a daily capacity.
    Content is being made, and a community hosted, for days_going_on days from each piece and each
    event, and where the host answers once a week. During the launch window the announcing channels
    are marked; a visit announces only where somebody hosts.
    """
    n = scenario.world.n_days if n_days is None else n_days
    days = np.zeros(n, PLAN_DTYPE).view(np.recarray)
    levers = [[float(getattr(phase, name)) for name in LEVERS] for phase in strategy.phases]
    par = as_record(scenario.numbers())
    fill_plan(par, np.array(levers), float(strategy.offer_depth), days)
    product = scenario.product
    window = slice(product.launch_day, product.launch_day + product.days_window)
    for channel in strategy.announce:
        days[f"announce_{channel}"][window] = 1
    days.announce_visit[:] &= days.hosting
    return days


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
