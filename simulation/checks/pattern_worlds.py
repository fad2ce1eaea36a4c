"""The worlds in which the patterns are measured: `measure_world` lives one replication of them all.

A test bed takes the scenario that is validated, changes what its pattern asks for (the audience,
the year, the day of the launch) and returns its measurements by the names of patterns.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.checks.invitation import invitation_counts, invitation_effects
from simulation.core.stages import Channel, Stage
from simulation.engine.plan import plan
from simulation.engine.prepare import prepare
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy, from_table
from simulation.runs.run import Run, run_prepared

if TYPE_CHECKING:
    import pandas as pd

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
    """P2, P3, P4, P7 to P10: the launch in a town, to a list in 2012 and 2025, to a community."""
    owned, community = Strategy.load("audience_building"), Strategy.load("community_building")
    world = prepare(base.replace(year=2012.0), seed=seed, replication=replication)
    old = run_prepared(world, owned).summary
    world = prepare(base, seed=seed, replication=replication)
    new = run_prepared(world, owned).summary
    run = run_prepared(world, community, events=True)
    return {
        "p2_ratio": _ratio(old["sales_per_subscriber"], old["sales_per_follower"]),
        "p3_list": new["sales_per_subscriber"],
        "p4_open": share_writing(run), **word_of_mouth(run), **lags(run),
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
    return {"p14_fall": _ratio(*sales)}


def closed_community(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P4: a small community closed to new members, visits at the upper end of their range."""
    small = base.replace(
        n_people=5_000, share_members=0.02, share_invited=0.0, n_days=120, launch_day=119,
        visit_rate_median=0.1,
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
        "p6_rising": _ratio(rates[1], rates[0]),
        "p6_concave": _ratio(second, first),
    }


def invitation(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """P12: half of the list is never invited to the community; who joins because invited?"""
    large_list = base.replace(share_invited=0.5, share_subscribers=0.2)  # many to compare
    world = prepare(large_list, seed=seed, replication=replication)
    run = run_prepared(world, Strategy.load("community_building"))
    effects = invitation_effects(invitation_counts(run))
    effect, naive = effects["effect_relative"], effects["naive_relative"]
    return {"p12_effect": effect, "p12_naive": naive - 3.0 * effect}


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


TEST_BEDS: tuple[Callable[[Scenario, Any, int], dict[str, float]], ...] = (
    campaign_2012,
    one_post_2025,
    launches,
    era,
    closed_community,
    joining,
    invitation,
    following,
)


def measure_world(base: Scenario, seed: Any, replication: int) -> dict[str, float]:
    """Return every measurement of one replication of all test beds."""
    found: dict[str, float] = {}
    for test_bed in TEST_BEDS:
        found |= test_bed(base, seed, replication)
    return found


# ---- measurements of one run ---------------------------------------------------------------------


def share_writing(run: Run) -> float:
    """Return the share of the members at the end who wrote at least once in the last 30 days."""
    last = run.scenario.world.n_days - 1
    members = run.people.loc[run.people["stage"] == "member", "person"]
    events = run.events
    wrote = events.loc[(events["event"] == "message") & (events["time"] > last - 30), "person"]
    return float(members.isin(wrote).mean()) if len(members) else float("nan")


def _own_purchases(run: Run) -> pd.DataFrame:
    """Return one row a buyer: person, time, cause (channel), clicked (day of the click)."""
    events = run.events
    bought = events.loc[events["event"] == "buy", ["person", "time", "cause"]]
    clicks = events.loc[events["event"] == "consider", ["person", "time"]]
    last = clicks.groupby("person")["time"].max().rename("clicked")
    return bought.join(last, on="person")


def word_of_mouth(run: Run) -> dict[str, float]:
    """Return the share of referred purchases one step from a seed, and buyers caused per buyer.

    A referred buyer's step is one more than that of the friend who spoke to them last.
    """
    bought = _own_purchases(run).sort_values("time", kind="stable")
    told = run.events[run.events["event"] == "recommend"]
    steps: dict[int, int] = {}
    for person, _, cause, clicked in bought.itertuples(index=False):
        step = 0
        if cause == Channel.FRIEND:
            heard = told[(told["cause"] == person) & (told["time"] == clicked - 1)]
            step = 1 + min(steps.get(int(friend), 0) for friend in heard["person"])
        steps[int(person)] = step
    depth = np.array([step for step in steps.values() if step > 0])
    return {
        "p7_one_step": float((depth == 1).mean()) if depth.size else float("nan"),
        "p7_branching": depth.size / len(steps) if steps else float("nan"),
    }


def lags(run: Run) -> dict[str, float]:
    """Return the shares of purchases within 1, 7 and 30 days of the click."""
    bought = _own_purchases(run)
    days = (bought["time"] - bought["clicked"]).to_numpy()
    return {
        f"p8_day_{n}": float((days < n).mean()) if days.size else float("nan") for n in (1, 7, 30)
    }


def skewed(run: Run) -> float:
    """Return the skewness of attachment over those who ever had contact."""
    from scipy import stats

    return float(stats.skew(run.people.loc[run.people["reached"], "attachment"]))


def reviews(run: Run, stages: list[str]) -> float:
    """Return reviews per buyer among the buyers of these stages."""
    here = run.events.loc[run.events["from_stage"].isin(stages), "event"]
    return _ratio(float((here == "review").sum()), float((here == "buy").sum()))


def _ratio(above: float, below: float) -> float:
    return above / below if below else float("nan")
