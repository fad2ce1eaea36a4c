"""The plan: what a strategy does on every day (model 4.1), before anybody lives.

Both drivers read one `PLAN_DTYPE` row a day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.randomness import Decision, Key, make_key, uniform
from simulation.inputs.scenario import Scenario, as_record
from simulation.inputs.strategy import ACTIVITIES, COMMON_ROUTINE, Strategy
from simulation.rules.effort import (
    ad_clicks,
    begun,
    done_by,
    hours_by,
    pieces_on,
    spent_on_ads,
)
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
        ("offer_holds", np.int8),  # does who clicked on an offer still pay less today?
        ("launch_on", np.int32),  # launch day of the product on the page; orders before it
        ("new_page", np.int8),  # does the page begin anew today, for the next product?
        ("last_call", np.int8),  # does a deadline end today or tomorrow?
        ("waiting", np.float64),  # replies that no post will ever come for: on the last day
    ]
)


#: The columns of `levers`: a row a phase of a strategy.
LEVERS = ("from_day", *ACTIVITIES, "days_between_offers")
FROM_DAY, POSTING, REPLYING, CONTENT, HOSTING, SUPPORTING, ADVERTISING, BETWEEN_OFFERS = range(8)


#: What is made whole, and of which a plan may begin with a part (`calendar_luck`).
MADE = (POSTING, CONTENT, HOSTING, SUPPORTING)
#: The channels that can announce, in order (`Strategy.announce`).
ANNOUNCING = ("post", "ad", "mail", "visit")
#: The columns of the pages (`Page`).
FIRST, ANNOUNCED, LAUNCH, END = range(4)
#: A deadline is near on its last days.
DAYS_LAST_CALL = 2


@leaf
def made(par, share, cost, done):
    """Return (pieces finished today, count of what is done) of an activity with this share."""
    after = done_by(done, par.hours_per_week, share, cost)
    return (pieces_on(done, after), after) if share > 0.0 else (0, done)


@leaf
def phase_of(levers, phase, day):
    """Return the phase of a day, having been in `phase` the day before."""
    while phase + 1 < levers.shape[0] and levers[phase + 1, FROM_DAY] <= day:
        phase += 1
    return phase


@leaf
def keep_back(counts, taken, planned):
    """Move what is finished to the days on which it is planned, ascending; none is added.

    The last one finished on or before the day, and not planned for another, is kept back for it;
    where there is none left the plan goes without. `counts` a day, `taken` room for as many.
    """
    for day in range(counts.size):
        taken[day] = 0
    for j in range(planned.size):
        source = planned[j]
        while source >= 0 and counts[source] == taken[source]:
            source -= 1
        if source >= 0:
            counts[source] -= 1
            counts[planned[j]] += 1
            taken[planned[j]] += 1


@loop
def share_out(par, levers, begins, mails, posts, purse, days):
    """Write what a strategy of these levers does on every day, but for what it announces.

    begins : float64, by activity: what is done of the first one
    mails, posts : int64, ascending: days of the horizon for which pieces and posts are kept back
    purse : float64: the share of the money for ads that is saved, then of each launch its day and
        the first day after its window
    """
    n = days.size
    written, mailed, taken = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    phase = -1
    post, piece = begins[POSTING], begins[CONTENT]  # done so far, from phase to phase
    event, case = begins[HOSTING], begins[SUPPORTING]
    for day in range(n):
        phase = phase_of(levers, phase, day)
        lever, today = levers[phase], days[day]
        written[day], post = made(par, lever[POSTING], par.hours_post, post)
        mailed[day], piece = made(par, lever[CONTENT], par.hours_piece, piece)
        answering = lever[HOSTING] * par.share_host_answers
        today.events, event = made(par, lever[HOSTING] - answering, par.hours_event, event)
        today.host_answers = hours_by(par.hours_per_week, answering) / par.hours_reply
        today.cases, case = made(par, lever[SUPPORTING], par.hours_case, case)
    keep_back(written, taken, posts)
    keep_back(mailed, taken, mails)
    phase, saved = -1, 0.0
    for day in range(n):
        phase = phase_of(levers, phase, day)
        lever, today = levers[phase], days[day]
        today.posts, today.pieces = written[day], mailed[day]
        today.hours = 0.0
        for activity in range(POSTING, ADVERTISING + 1):
            today.hours += hours_by(par.hours_per_week, lever[activity])
        saved += hours_by(par.hours_per_week, lever[REPLYING]) / par.hours_reply
        today.replies = 0.0
        if today.posts > 0:  # replies wait for the next day with a post: whom else to answer?
            today.replies, saved = saved, 0.0
        today.waiting = saved if day == n - 1 else 0.0
        between, since = int(lever[BETWEEN_OFFERS]), day - int(lever[FROM_DAY])
        today.offer = 1 if between > 0 and since % max(between, 1) == 0 else 0
    buy_ads(par, levers, purse, days)
    go_on(par, days)


@leaf
def buy_ads(par, levers, purse, days):
    """Write the clicks of every day; what is saved before a launch is spent in its window."""
    saving, phase, launch, kept = purse[0], -1, 1, 0.0
    for day in range(days.size):
        phase = phase_of(levers, phase, day)
        while launch < purse.size and day >= purse[launch + 1]:
            launch, kept = launch + 2, 0.0
        share, before = levers[phase, ADVERTISING], launch < purse.size and day < purse[launch]
        if before:
            kept += share * saving
        spend = purse[launch + 1] - purse[launch] if launch < purse.size else 0.0
        spent = spent_on_ads(share, saving, before, kept, spend)
        money = hours_by(par.hours_per_week, spent) * par.usd_per_hour
        days[day].ad_clicks = ad_clicks(par, money)


@leaf
def go_on(par, days):
    """Write on which days content is being made, and a community hosted."""
    mailed = hosted = -par.days_going_on - 1.0  # the day of the last piece, and event
    for day in range(days.size):
        today = days[day]
        mailed = float(day) if today.pieces > 0 else mailed
        hosted = float(day) if today.events > 0 else hosted
        today.making_content = 1 if day - mailed < par.days_going_on else 0
        present = today.host_answers >= 1.0 / 7.0  # a host who answers once a week hosts
        today.hosting = 1 if present or day - hosted < par.days_going_on else 0


class Terms(NamedTuple):
    """A strategy as compiled code reads it."""

    levers: np.ndarray  # float64, (phases, LEVERS)
    announce: np.ndarray  # uint8, (ANNOUNCING): whether a channel speaks of the product
    launch_mails: np.ndarray  # int64: from the launch day on
    launch_posts: np.ndarray  # int64
    days_ahead: int
    ads_saved: float
    deadline: int
    offer_ends: bool  # with the deadline: what every post and mail carried until then
    offer_depth: float


def terms_of(strategy: Strategy) -> Terms:
    """Return a strategy as compiled code reads it."""
    return Terms(
        np.array([[float(getattr(phase, name)) for name in LEVERS] for phase in strategy.phases]),
        np.array([channel in strategy.announce for channel in ANNOUNCING], np.uint8),
        np.array(strategy.launch_mails, np.int64),
        np.array(strategy.launch_posts, np.int64),
        strategy.days_ahead,
        strategy.ads_saved,
        strategy.deadline,
        strategy.deadline_ends == "offer",
        strategy.offer_depth,
    )


@compiled
def fill_plan(key, lucky, par, terms, first_day, launch, days):
    """Write what a strategy does on every day, `days` being zeros; see `plan`."""
    n, begins = days.size, np.zeros(len(LEVERS))
    if lucky:
        for activity in MADE:
            u = uniform(key, 0, first_day, Decision.CALENDAR, activity)
            begins[activity] = begun(par, u)
    turns = turns_of(par, terms.days_ahead)
    mails = in_horizon(turns, terms.launch_mails, n if launch else 0)
    posts = in_horizon(turns, terms.launch_posts, n if launch else 0)
    purse = purse_of(turns, terms.ads_saved, n if launch else 0)
    share_out(par, terms.levers, begins, mails, posts, purse, days)
    for day in range(n):
        days[day].offer_depth, days[day].offer_holds = terms.offer_depth, 1
        days[day].launch_on = int(par.launch_day)
    if launch:
        announce(turns, terms, days)


@loop
def turns_of(par, days_ahead):
    """Return the pages of all products, a row each as in `Page`; see `pages`."""
    turns = np.empty((int(par.launches), 4), np.int64)
    for k in range(turns.shape[0]):
        launch = int(par.launch_day) + k * int(par.days_between_launches)
        before = turns[k - 1, END] if k > 0 else 0
        turns[k, ANNOUNCED] = max(before, launch - days_ahead)
        turns[k, FIRST] = turns[k, ANNOUNCED] if k > 0 else 0
        turns[k, LAUNCH], turns[k, END] = launch, launch + int(par.days_window)
    return turns


@loop
def in_horizon(turns, planned, n_days):
    """Return the planned days of all launches, from day 0, that lie in the plan; ascending."""
    often, n = np.zeros(n_days, np.int64), 0
    for k in range(turns.shape[0]):
        for j in range(planned.size):
            day = turns[k, LAUNCH] + planned[j]
            if 0 <= day < n_days:
                often[day] += 1
                n += 1
    found, n = np.empty(n, np.int64), 0
    for day in range(n_days):
        for _ in range(often[day]):
            found[n] = day
            n += 1
    return found


@loop
def purse_of(turns, saved, n_days):
    """Return the purse of `share_out`: what is saved, and the windows that begin in the plan."""
    purse, n = np.empty(1 + 2 * turns.shape[0]), 1
    purse[0] = saved
    for k in range(turns.shape[0]):
        if turns[k, LAUNCH] < n_days:
            purse[n], purse[n + 1] = turns[k, LAUNCH], min(turns[k, END], n_days)
            n += 2
    return purse[:n]


@leaf
def announce(turns, terms, days):
    """Mark which product is on the page, when channels speak of it, and what a deadline does."""
    for k in range(turns.shape[0]):
        beyond = min(turns[k + 1, FIRST], days.size) if k + 1 < turns.shape[0] else days.size
        over = turns[k, LAUNCH] + terms.deadline
        for day in range(turns[k, FIRST], beyond):
            today = days[day]
            today.launch_on = turns[k, LAUNCH]
            today.new_page = 1 if k > 0 and day == turns[k, FIRST] else 0
            if turns[k, ANNOUNCED] <= day < turns[k, END]:
                today.announce_post, today.announce_ad = terms.announce[0], terms.announce[1]
                today.announce_mail = terms.announce[2]
                today.announce_visit = terms.announce[3] if today.hosting else 0
            if terms.deadline > 0 and over - DAYS_LAST_CALL <= day < over:
                today.last_call = 1
            if terms.deadline > 0 and terms.offer_ends:
                if turns[k, ANNOUNCED] <= day < over:
                    today.offer = 1
                today.offer_holds = 1 if day < over else 0


def plan(
    scenario: Scenario,
    strategy: Strategy,
    n_days: int | None = None,
    *,
    key: Key | None = None,
    first_day: int = 0,
    launch: bool = True,
) -> np.recarray:
    """Return what the brand does on every day (model 4.1), one PLAN_DTYPE row a day.

    Posts, pieces, events and support cases fall on whole days by accumulating fractions (a case
    nobody needs is lost); ad clicks are a daily capacity, and so are replies, which wait for the
    next day with a post. Offers come every days_between_offers days from the phase's first.
    A host answers messages in share_host_answers of the hosting hours: a daily capacity.
    Content is being made, and a community hosted, for days_going_on days from each piece and each
    event, and where the host answers once a week. Around a launch pieces, posts and money are kept
    back for the days on which the strategy wants them, and the announcing channels are marked; a
    visit announces only where somebody hosts.

    `key` is the world's luck, which says where its calendar begins if `calendar_luck` is on;
    without it every plan begins with nothing done. `launch` False: nothing is launched.
    """
    n = scenario.world.n_days if n_days is None else n_days
    days = np.zeros(n, PLAN_DTYPE).view(np.recarray)
    par, terms = as_record(scenario.numbers()), terms_of(strategy)
    luck = make_key(0) if key is None else key
    fill_plan(luck, key is not None, par, terms, first_day, launch, days)
    return days


class Page(NamedTuple):
    """When one product is announced, launched and sold."""

    first: int  # day on which its page begins
    announced: int  # first day on which channels speak of it, and it can be ordered
    launch: int
    end: int  # first day after the window


def pages(scenario: Scenario, strategy: Strategy) -> list[Page]:
    """Return the pages of all products, one after another: the last one stands to the end.

    That of the next product begins when it is announced, but never before the window of the last
    has ended.
    """
    turns = turns_of(scenario.numbers(), strategy.days_ahead)
    return [Page(*(int(day) for day in turn)) for turn in turns]


def warm_up_plan(scenario: Scenario, key: Key | None = None) -> np.recarray:
    """Return what the brand did on each day of the warm-up: the common routine, no product yet."""
    n = scenario.world.days_warm_up
    return plan(scenario, COMMON_ROUTINE, n, key=key, first_day=-n, launch=False)


def check_equal_effort(scenario: Scenario, strategies: list[Strategy]) -> None:
    """Raise InputError unless all strategies spend the same effort (do nothing is the null)."""
    spent = {s.name: float(plan(scenario, s).hours.sum()) for s in strategies}
    active = {name: hours for name, hours in spent.items() if hours > 0}
    if active and max(active.values()) - min(active.values()) > 1e-6 * max(active.values()):
        listed = ", ".join(f"{name} {hours:.1f} h" for name, hours in active.items())
        raise InputError(f"strategies must spend the same effort over the horizon: {listed}")
