"""The worlds in which the patterns are measured: `measure_world` lives one replication of them all.

A test bed takes the scenario that is validated, changes what its pattern asks for (the audience,
the year, the day of the launch) and returns its measurements by the names of patterns.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from simulation.checks.community_worlds import COMMUNITY_BEDS, POOLED
from simulation.checks.measurements import (
    after_complaints,
    by_friends,
    lags,
    launch_shape,
    message_shares,
    pairs_again,
    ratio,
    reviews,
    share_writing,
    skewed,
    word_of_mouth,
)
from simulation.checks.patterns import CHECKS
from simulation.core.stages import Stage
from simulation.engine.prepare import prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy, from_table
from simulation.runs.run import Run, run_prepared

CAMPAIGN_SIZES = {"small": 4_000, "middle": 25_000, "large": 160_000}


def _posts(name: str, n_posts: int, days: int) -> Strategy:
    """Return a strategy that makes so many posts, evenly over the first days, and then nothing."""
    phases = [{"from_day": 0, "posting": 1.0}, {"from_day": days}]
    return from_table({"name": name, "phases": phases, "announce": ["post"]})


def _hours_for(n_posts: int, days: int, hours_post: float) -> float:
    """Return the weekly hours that make so many posts in so many days (and a hair)."""
    return 7.0 * n_posts * hours_post / days * (1 + 1e-6)


def campaign_2012(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P1: one campaign of 20 posts in a month, to three sizes of audience, in 2012."""
    found: dict[str, float] = {}
    sold = []
    for name, followers in CAMPAIGN_SIZES.items():
        world = prepare(
            base.replace(
                n_people=2 * followers, share_followers=0.5, share_subscribers=0.0,
                share_members=0.0, year=2012.0, launch_day=0, n_days=91, days_warm_up=180,
                hours_per_week=_hours_for(20, 30, base["hours_post"]),
            ),
            seed=seed, replication=replication,
        )  # fmt: skip
        run = run_prepared(world, _posts("campaign", 20, 30), events=name == "large")
        sold.append(run.summary["sales"])
        found[f"p1_{name}"] = sold[-1] / followers
    x, y = np.log(list(CAMPAIGN_SIZES.values())), np.log(np.array(sold) + 0.5)
    found["p10_public"] = reviews(run, ["stranger", "follower"])
    found["p1_exponent"] = float(np.polyfit(x, y - x, 1)[0])
    return found


def one_post_world(base: Scenario) -> tuple[dict[str, Any], Strategy]:
    """Return what makes a scenario the world of one post to 500,000 followers, and the post."""
    changes = {
        "n_people": 625_000, "share_followers": 0.8, "share_subscribers": 0.0,
        "share_members": 0.0, "year": 2025.0, "launch_day": 0, "n_days": 62, "days_warm_up": 180,
        "hours_per_week": _hours_for(1, 1, base["hours_post"]),
    }  # fmt: skip
    return changes, _posts("one post", 1, 1)


def one_post_2025(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P1b: one post to 500,000 followers with the reach of 2025."""
    changes, post = one_post_world(base)
    world = prepare(base.replace(**changes), seed=seed, replication=replication)
    return {"p1b_copies": run_prepared(world, post).summary["sales"]}


def launches(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P2 to P4, P7 to P11, P17 to P21: the launch in a town, to a list and to a community.

    To a list in 2012 and in the year of the scenario, by audience_building; to a community by
    community_building.
    """
    owned, community = Strategy.load("audience_building"), Strategy.load("community_building")
    world = prepare(base.replace(year=2012.0), seed=seed, replication=replication)
    old = run_prepared(world, owned).summary
    world = prepare(base, seed=seed, replication=replication)
    new = run_prepared(world, owned)
    run = run_prepared(world, community, events=True)
    top_1, top_10 = message_shares(run, (0.01, 0.1))
    return {
        "p2_ratio": ratio(old["sales_per_subscriber"], old["sales_per_follower"]),
        "p3_list": new.summary["sales_per_subscriber"], **launch_shape(new),
        "p4_open": share_writing(run), "p17_top_1": top_1, "p17_top_10": top_10,
        "p18_again": pairs_again(run), **word_of_mouth(run), **lags(run), **by_friends(run),
        "p9_skewness": skewed(run), "p10_asked": reviews(run, ["subscriber", "member"]),
    }  # fmt: skip


def era(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P14: posting-only to one and the same audience, with the reach of 2012 and of 2025.

    The launch is on day 0: later the audiences differ too, because reach also makes followers.
    """
    sales = []
    for year in (2012.0, 2025.0):
        town = base.replace(n_people=100_000, launch_day=0, n_days=91, year=year)
        world = prepare(town, seed=seed, replication=replication)
        sales.append(run_prepared(world, Strategy.load("posting_only")).summary["sales"])
    return {"p14_fall": ratio(*sales)}


def following(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P13: ads on one day make some follow, or none; after that nobody has contact any more.

    Whoever met the ad feels the same and buys the same whether or not they follow.
    """
    quiet = base.replace(
        n_people=5_000, share_followers=0.0, share_subscribers=0.0, share_members=0.0, n_days=61,
        launch_day=0, days_warm_up=0, graph="none", usd_per_hour=1000.0, p_buy=0.2,
    )  # fmt: skip
    ads = from_table({"name": "one day of ads", "phases": [{"advertising": 1.0}, {"from_day": 1}]})
    ends = []
    for p in (0.0, 1.0):
        world = prepare(quiet.replace(p_follow=p), seed=seed, replication=replication)
        run = run_prepared(world, ads)
        people = run.people
        ends.append((people["attachment"].to_numpy(), people["owns"].to_numpy(float), people))
    assert (ends[1][2]["stage"] == "follower").sum() > 50  # else nothing would be shown
    gaps = [np.abs(a - b).max() for a, b in zip(*(end[:2] for end in ends), strict=True)]
    return {"p13_following": float(max(gaps))}


# ---- P22: more money for ads ---------------------------------------------------------------------

SPENT = (0.25, 0.5, 1.0)  # shares of the effort: once, twice, four times as much
FULL_BUDGET = 4.0  # times the hours of the scenario


def ad_budgets(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P22: a month of ads for a launch on day 0, at one, two and four times the usual budget.

    What is not spent goes into support, which nobody needs: the world before day 0 is the same.
    """
    town = base.replace(
        launch_day=0,
        n_days=91,
        can_go_wrong=False,
        hours_per_week=FULL_BUDGET * base["hours_per_week"],
    )
    world = prepare(town, seed=seed, replication=replication)
    sold = []
    for share in SPENT:
        spent = {"advertising": share, "supporting": 1.0 - share}
        table = {"name": "ads", "phases": [spent, {"from_day": base["days_window"]}]}
        sold.append(run_prepared(world, from_table(table)).summary["sales"])
    return {"p22_exponent": float(np.polyfit(np.log(SPENT), np.log(np.array(sold) + 0.5), 1)[0])}


# ---- P23: trained by offers ----------------------------------------------------------------------

TWO_YEARS = 730  # days
DEPTH = 0.3  # as deal_driven


def _with_offers(before: int, launch: int) -> Strategy:
    """Return the levers: offers every so many days, before and at the launch (0: none)."""
    split = {"posting": 0.3, "content": 0.7}
    phases = [{**split, "days_between_offers": before},
              {**split, "from_day": TWO_YEARS, "days_between_offers": launch}]  # fmt: skip
    depth = DEPTH if before or launch else 0.0
    return from_table({"name": "offers", "phases": phases, "offer_depth": depth})


def _bought(run: Run, by_offer: bool) -> float:
    """Return the copies that those on the list on day 0 bought for themselves, so or so."""
    rare = run.end.people.rare
    listed = run.start_stage >= Stage.SUBSCRIBER
    return float((listed & (rare.bought_on >= 0) & ((rare.by_offer != 0) == by_offer)).sum())


def offers(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P23: the same list after two years with offers every other day, or with none.

    Then the same launch to both: with an offer every day, or at full price. Counted are the same
    people: those who were on the list before it all.
    """
    listed = base.replace(
        n_people=20_000, share_subscribers=0.2, share_members=0.0, launch_day=TWO_YEARS,
        n_days=TWO_YEARS + 91,
    )  # fmt: skip
    world = prepare(listed, seed=seed, replication=replication)
    found = {}
    for name, launch in (("p23_discount", 1), ("p23_full", 0)):
        trained, untrained = (
            _bought(run_prepared(world, _with_offers(before, launch)), by_offer=launch > 0)
            for before in (2, 0)
        )
        found[name] = ratio(trained, untrained) - 1.0
    return found


# ---- P24: after a complaint ----------------------------------------------------------------------

#: The day of the second launch.
NEXT = 120


def complaints(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P24: what goes wrong is answered fast, late, or not at all; who buys the next product?

    Many buy at once and wait their turn; later buyers, who care less, are answered fast.
    """
    shop = base.replace(
        n_people=100_000, share_subscribers=0.5, share_members=0.0, n_days=181, launch_day=0,
        launches=2, days_between_launches=NEXT, p_buy=0.4, can_go_wrong=True, p_wrong=0.5,
        hours_case=0.006,
    )  # fmt: skip
    slow = from_table({"name": "slow support", "content": 0.7, "supporting": 0.3})
    run = run_prepared(prepare(shop, seed=seed, replication=replication), slow, events=True)
    return after_complaints(run, until=NEXT)


TEST_BEDS: tuple[Callable[[Scenario, Any, int], dict[str, float]], ...] = (
    campaign_2012,
    one_post_2025,
    launches,
    era,
    following,
    ad_budgets,
    offers,
    complaints,
    *COMMUNITY_BEDS,
)

#: What is kept of a world: a number for each check; of those pooled, the counts.
COLUMNS = [
    *(check.name for check in CHECKS if not check.pooled),
    *dict.fromkeys(column for pooled in POOLED.values() for column in pooled.columns),
]


def measure_world(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """Return every measurement of one replication of all test beds."""
    found: dict[str, float] = {}
    for test_bed in TEST_BEDS:
        found |= test_bed(base, seed, replication)
    return found
