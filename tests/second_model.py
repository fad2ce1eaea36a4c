"""The model a second time, written from simulation/MODEL.md alone, for docking.

It imports nothing from the package and was written without reading its code: `live` lives one world
with plain NumPy and ordinary randomness. Section numbers are those of MODEL.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

CHANNELS = ("discovery", "post", "ad", "reply", "mail", "visit", "friend")
DISCOVERY, POST, AD, REPLY, MAIL, VISIT, FRIEND = range(7)
STAGES = ("stranger", "follower", "subscriber", "member")
STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = range(4)
FIT_MEAN = 0.39797286718324826
MOST_BONDS = 15
NEVER = -(10**6)
BALANCED = {  # 7.12
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


def logistic(z: Any) -> Any:
    """L of MODEL.md."""
    return 1 / (1 + np.exp(-z))


def shift(p: Any, z: Any, r: Any = 1.0) -> Any:
    """A chance moved in log-odds."""
    odds = p * np.exp(np.clip(z, -500, 500)) * r
    return odds / (1 - p + odds)


def small_world(n: int, m: int, rewiring: float, rng: np.random.Generator) -> list[set[int]]:
    """Section 5.2: a ring whose far ends are moved with a chance."""
    friends: list[set[int]] = [set() for _ in range(n)]
    if 2 * m >= n - 1:
        return [set(range(n)) - {i} for i in range(n)]
    for distance in range(1, m + 1):
        for i in range(n):
            friends[i].add((i + distance) % n)
            friends[(i + distance) % n].add(i)
    for distance in range(1, m + 1):
        for i in np.flatnonzero(rng.random(n) < rewiring).tolist():
            old = (i + distance) % n
            for _ in range(64):
                new = int(rng.integers(n))
                if new != i and new not in friends[i]:
                    friends[i].remove(old)
                    friends[old].remove(i)
                    friends[i].add(new)
                    friends[new].add(i)
                    break
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


def plan(p: dict[str, Any], strategy: dict[str, Any], days: int) -> dict[str, np.ndarray]:
    """Section 7.1: what the brand does on each day of a plan that begins on day 0."""
    costs = {
        "posting": p["hours_post"],
        "content": p["hours_piece"],
        "hosting": p["hours_event"],
        "supporting": p["hours_case"],
    }
    phases = sorted(strategy["phases"], key=lambda phase: phase["from_day"])
    phase_of = [[f for f in phases if f["from_day"] <= t][-1] for t in range(days)]

    def hours(activity: str) -> np.ndarray:
        shares = np.array([phase[activity] for phase in phase_of], dtype=float)
        return p["hours_per_week"] * shares / 7

    def made(activity: str) -> np.ndarray:
        done = np.cumsum(hours(activity) / costs[activity])
        return np.diff(np.floor(done + 1e-9), prepend=0.0).astype(int)

    def going_on(things: np.ndarray) -> np.ndarray:
        last = p["days_going_on"]
        return np.array([things[max(0, t - last + 1) : t + 1].any() for t in range(days)])

    posts, pieces, events = made("posting"), made("content"), made("hosting")
    replies, saved = np.zeros(days), 0.0
    for t, new in enumerate(hours("replying") / p["hours_reply"]):
        saved += new
        if posts[t]:
            replies[t], saved = saved, 0.0
    offer = [
        phase["days_between_offers"] > 0
        and (t - phase["from_day"]) % phase["days_between_offers"] == 0
        for t, phase in enumerate(phase_of)
    ]
    return {
        "posts": posts,
        "pieces": pieces,
        "events": events,
        "cases": made("supporting"),
        "replies": replies,
        "ad_clicks": hours("advertising") * p["usd_per_hour"] / p["usd_per_click"],
        "making_content": going_on(pieces),
        "hosting": going_on(events),
        "offer": np.array(offer, dtype=bool),
        "hours": sum(hours(a) for a in (*costs, "replying", "advertising")),
    }
