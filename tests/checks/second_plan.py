"""What the second model lives by: friendships (MODEL.md 5.2) and the brand's plan (7.1).

Written, as `second_model.py`, from simulation/MODEL.md alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

BALANCED: dict[str, Any] = {  # 7.12
    "phases": [
        {
            "from_day": 0,
            "posting": 0.3,
            "replying": 0.1,
            "content": 0.3,
            "hosting": 0.15,
            "supporting": 0.0,
            "advertising": 0.15,
            "days_between_offers": 0,
        }
    ],
    "announce": (),
    "ask_reviews": True,
    "offer_depth": 0.0,
}


def small_world(n: int, m: int, rewiring: float, rng: np.random.Generator) -> list[set[int]]:
    """Section 5.2: a ring; far ends are moved with a chance, by a shuffle for each distance."""
    if 2 * m >= n - 1:
        return [set(range(n)) - {i} for i in range(n)]
    friends: list[set[int]] = [set() for _ in range(n)]
    for distance in range(1, m + 1):
        moved, shuffle = rng.random(n) < rewiring, rng.permutation(n).tolist()
        for i in range(n):
            far = shuffle[i] if moved[i] and shuffle[i] != i else (i + distance) % n
            friends[i].add(far)
            friends[far].add(i)
    return friends


def make_friends(p: dict[str, Any], rng: np.random.Generator) -> list[set[int]]:
    """The friendship graph: small_world, random, scale_free, complete or none."""
    n, degree = p["n_people"], p["mean_degree"]
    m = max(1, int(np.floor(degree / 2 + 0.5)))
    friends: list[set[int]] = [set() for _ in range(n)]
    if p["graph"] == "small_world":
        return small_world(n, m, p["rewiring"], rng)
    if p["graph"] == "complete" or (p["graph"] == "scale_free" and 2 * m >= n - 1):
        return [set(range(n)) - {i} for i in range(n)]
    if p["graph"] == "random" and n > 1:
        for i in range(n):
            for j in (i + 1 + np.flatnonzero(rng.random(n - i - 1) < degree / (n - 1))).tolist():
                friends[i].add(j)
                friends[j].add(i)
    elif p["graph"] == "scale_free":
        ends: list[int] = []
        for new in range(1, n):
            chosen: set[int] = set() if new > m else {0}
            while new > m and len(chosen) < m:
                chosen.add(ends[int(rng.integers(len(ends)))])
            for old in chosen:
                friends[new].add(old)
                friends[old].add(new)
                ends += [new, old]
    elif p["graph"] != "none":
        raise NotImplementedError(p["graph"])
    return friends


def kept_back(made: np.ndarray, wanted: Iterable[int]) -> np.ndarray:
    """Posts or pieces, moved to the days on which a launch wants them."""
    days, made = len(made), made.copy()
    finished = np.repeat(np.arange(days), made).tolist()
    for day in sorted(wanted):
        before = [made_on for made_on in finished if made_on <= day]
        if 0 <= day < days and before:
            made[before[-1]] -= 1
            made[day] += 1
            finished.remove(before[-1])
    return made


def going_on(things: np.ndarray, days: int) -> np.ndarray:
    """Whether there was one today or on one of so many days, today the last of them."""
    recently = [things[max(0, t - days + 1) : t + 1].any() for t in range(len(things))]
    return np.array(recently, dtype=bool)


def answers_by_day(posts: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, float]:
    """Replies of each day: they wait for a day with a post; and those that wait at the end."""
    replies, saved = np.zeros(len(posts)), 0.0
    for t in range(len(posts)):
        saved += new[t]
        if posts[t]:
            replies[t], saved = saved, 0.0
    return replies, saved


def spent_in_windows(
    money: np.ndarray, launches: list[int], length: int, share: float
) -> np.ndarray:
    """Money for ads by day, with a share of it kept from before each launch for its window."""
    days, spent, since = np.arange(len(money)), money.astype(float), 0
    for launch in launches:
        window = (launch <= days) & (days < launch + length)
        if window.any():
            saved = np.where((since <= days) & (days < launch), share * money, 0.0)
            spent = spent - saved + saved.sum() * window / window.sum()
        since = launch + length
    return spent


def pages(p: dict[str, Any], days: int, ahead: int) -> tuple[list[int], np.ndarray]:
    """The launch days, and which product is on the page on each day (0 is the first)."""
    launches = [p["launch_day"] + k * p["days_between_launches"] for k in range(p["launches"])]
    page = np.zeros(days, dtype=int)
    for k in range(1, len(launches)):
        page[max(launches[k] - ahead, launches[k - 1] + p["days_window"]) :] = k
    return launches, page


class Effort:
    """The hours of a strategy, day by day."""

    def __init__(
        self, p: dict[str, Any], phases: list[dict[str, Any]], days: int, rng: np.random.Generator
    ) -> None:
        self.p, self.rng = p, rng
        ordered = sorted(phases, key=lambda phase: phase["from_day"])
        self.phase_of = [[f for f in ordered if f["from_day"] <= t][-1] for t in range(days)]

    def hours(self, activity: str) -> np.ndarray:
        """h of 7.1."""
        shares = np.array([phase[activity] for phase in self.phase_of], dtype=float)
        return self.p["hours_per_week"] * shares / 7

    def made(self, activity: str, cost: float, share: float = 1.0) -> np.ndarray:
        """Whole things made on each day; they begin with a fraction that is luck."""
        begun = self.rng.random() if self.p["calendar_luck"] else 0.0
        done = begun + np.cumsum(self.hours(activity) * share / cost)
        return np.diff(np.floor(done + 1e-9), prepend=0.0).astype(int)


def plan(
    p: dict[str, Any],
    strategy: dict[str, Any],
    days: int,
    rng: np.random.Generator,
    warm_up: bool = False,
) -> dict[str, np.ndarray]:
    """Section 7.1: what the brand does on each day of a plan that begins on day 0."""
    effort = Effort(p, strategy["phases"], days, rng)
    posts = effort.made("posting", p["hours_post"])
    pieces = effort.made("content", p["hours_piece"])
    money = effort.hours("advertising") * p["usd_per_hour"]
    ahead, end = (0, 0) if warm_up else (strategy["days_ahead"], strategy["deadline"])
    launches, page = pages(p, days, ahead)
    launch_day = np.array(launches)[page]  # of the product on the page
    since = np.arange(days) - launch_day
    window = ~np.full(days, warm_up) & (-ahead <= since) & (since < p["days_window"])
    if not warm_up:
        posts = kept_back(posts, [k + day for k in launches for day in strategy["launch_posts"]])
        pieces = kept_back(pieces, [k + day for k in launches for day in strategy["launch_mails"]])
        money = spent_in_windows(money, launches, p["days_window"], strategy["ads_saved"])
    host = p["share_host_answers"]
    events = effort.made("hosting", p["hours_event"], 1 - host)
    host_answers = effort.hours("hosting") * host / p["hours_reply"]
    replies, waiting = answers_by_day(posts, effort.hours("replying") / p["hours_reply"])
    offer = [
        phase["days_between_offers"] > 0
        and (t - phase["from_day"]) % phase["days_between_offers"] == 0
        for t, phase in enumerate(effort.phase_of)
    ]
    ends_offer = end > 0 and strategy["deadline_ends"] == "offer"
    if ends_offer:
        offer = ((-ahead <= since) & (since < end)).tolist()
    r, spent = p["ads_reference"], money / p["n_people"]
    clicks = p["n_people"] * r / p["usd_per_click"] * (spent / r) ** p["ads_exponent"]
    activities = ("posting", "replying", "content", "hosting", "supporting", "advertising")
    return {
        "posts": posts,
        "pieces": pieces,
        "events": events,
        "cases": effort.made("supporting", p["hours_case"]),
        "replies": replies,
        "waiting": np.where(np.arange(days) == days - 1, waiting, 0.0),
        "host_answers": host_answers,
        "ad_clicks": np.where(money > 0, clicks, 0.0),
        "making_content": going_on(pieces, p["days_going_on"]),
        "hosting": going_on(events, p["days_going_on"]) | (host_answers >= 1 / 7),
        "offer": np.array(offer, dtype=bool),
        "offer_holds": ~np.full(days, ends_offer) | (since < end),
        "last_call": (end > 0) & (end - 2 <= since) & (since < end),
        "window": window,
        "before_launch": since < 0,
        "launch": since == 0,
        "launch_day": launch_day,
        "new_page": (np.diff(page, prepend=0) > 0) & (not warm_up),
        "hours": np.sum([effort.hours(a) for a in activities], axis=0),
    }
