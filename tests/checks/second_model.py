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


class World:
    """One town and its brand: the state of section 2 and a method for each phase."""

    def __init__(self, p: dict[str, Any], rng: np.random.Generator) -> None:
        self.p = p = dict(p)
        if p["selection_only"]:
            p["b_attachment"] = p["buy_attachment"] = 0.0
        if p["equal_impact"]:
            p.update({f"eta_{c}": p["eta_equal"] for c in CHANNELS[1:]})
        self.rng, self.n = rng, p["n_people"]
        n = self.n
        self.theta = rng.standard_normal(n)
        self.fit = logistic(0.6 * self.theta + 0.8 * rng.standard_normal(n) - 0.5)
        spread = p["visit_rate_sigma"] * rng.standard_normal(n)
        self.visit_rate = p["visit_rate_median"] * np.exp(spread)
        self.invited = rng.random(n) < p["share_invited"]
        score = p["selection"] * self.theta
        score = score + np.sqrt(1 - p["selection"] ** 2) * rng.standard_normal(n)
        best = np.argsort(-score)
        self.stage = np.zeros(n, dtype=int)
        at = 0
        for share, stage in (("members", 3), ("subscribers", 2), ("followers", 1)):
            count = round(p[f"share_{share}"] * n)
            self.stage[best[at : at + count]] = stage
            at += count
        self.friends = [np.array(sorted(f), dtype=int) for f in make_friends(p, rng)]
        self.degree = np.array([len(f) for f in self.friends])
        self.first_friend = np.cumsum(self.degree) - self.degree
        self.all_friends = np.concatenate([*self.friends, np.zeros(1, dtype=int)])
        self.prominence, self.connection, self.exposure = np.zeros((3, n))
        self.last_contact = np.full(n, -p["days_warm_up"])
        self.deal_habit = np.zeros(n)
        self.told, self.told_product, self.told_by_member = np.zeros((3, n), dtype=bool)
        self.by_offer, self.owns, self.switched, self.ignored = np.zeros((4, n), dtype=bool)
        self.consider_on = np.full(n, NEVER)
        self.touchpoint = np.full(n, -1)
        self.member_friends = np.zeros(n, dtype=int)
        self.buyer_friends = np.zeros(n, dtype=int)
        self.add_to_friends(self.member_friends, np.flatnonzero(self.stage == MEMBER), 1)
        self.bonds: list[dict[int, int]] = [{} for _ in range(n)]
        self.n_bonds = np.zeros(n, dtype=int)
        self.bond_ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.novelty, self.n_reviews, self.sum_stars = 1.0, 0, 0
        self.queue: list[tuple[int, int]] = []
        self.count: dict[str, float] = defaultdict(float)

    def add_to_friends(self, what: np.ndarray, people: Iterable[int], by: int) -> None:
        """Each friend of each of the people has one more (or less) friend of a kind."""
        for i in people:
            what[self.friends[i]] += by

    def draw_friends(self, people: np.ndarray) -> np.ndarray:
        """One friend each, uniformly; people without friends are left out."""
        people = people[self.degree[people] > 0]
        which = (self.rng.random(len(people)) * self.degree[people]).astype(int)
        return self.all_friends[self.first_friend[people] + which]

    def kept(self, rate: float, days: np.ndarray) -> np.ndarray:
        """Share of prominence or self-connection left after so many days."""
        if self.p["power_forgetting"] and 0 < rate < 1:
            half = np.log(2) / -np.log(1 - rate)
            return (1.0 + days) ** (-np.log(2) / np.log(1 + half))
        return (1.0 - rate) ** days

    def attachment(self, who: np.ndarray, t: int) -> np.ndarray:
        """A(t) of section 2."""
        days = t - self.last_contact[who]
        prominence = self.prominence[who] * self.kept(self.p["decay_prominence"], days)
        connection = self.connection[who] * self.kept(self.p["decay_self_connection"], days)
        if self.p["geometric_attachment"]:
            return np.sqrt(prominence * connection)
        return (prominence + connection) / 2

    def end_bond(self, i: int, j: int) -> None:
        """One bond less, on both sides."""
        del self.bonds[i][j], self.bonds[j][i]
        self.n_bonds[i] -= 1
        self.n_bonds[j] -= 1

    def leave_community(self, people: Iterable[int]) -> None:
        """Bonds of leavers end and their friends have one member friend less."""
        people = list(people)
        self.add_to_friends(self.member_friends, people, -1)
        for i in people:
            for j in list(self.bonds[i]):
                self.end_bond(i, j)

    def day(self, t: int, today: dict[str, Any], strategy: dict[str, Any]) -> None:
        """All phases in order (phase 1, the plan, is given as `today`)."""
        for i, j in self.bond_ends.pop(t, []):
            if self.bonds[i].get(j) == t:
                self.end_bond(i, j)
        first = self.p["launch_day"]
        window = t >= 0 and first <= t < first + self.p["days_window"]
        announce = strategy["announce"] if window else ()
        met, tellers, met_rival = self.meet(t, today)
        self.feel(t, today, met)
        if t >= 0:
            self.move(t, today, met)
        self.mingle(t, today, met[VISIT])
        buyers = self.consider(t, today, met, announce, strategy["offer_depth"])
        self.speak(t, tellers, buyers, strategy["ask_reviews"])
        if self.p["can_go_wrong"]:
            self.complain(t, today, buyers)
        self.switch(t, met_rival)

    def meet(self, t: int, today: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Section 7.2: contacts (channel by person), tellers, who meets the rival."""
        p, n, stage = self.p, self.n, self.stage
        fans = int((stage > STRANGER).sum())
        reach = p["reach_2012"] * (p["reach_followers"] / max(fans, 1)) ** p["reach_size_exponent"]
        reach = min(1.0, reach * np.exp(-p["reach_decay"] * (p["year"] - 2012)))
        posts, event = today["posts"], bool(today["events"] > 0)
        p_post = 1 - (1 - reach) ** posts
        replies = today["replies"]
        p_reply = replies / max(replies, fans * p_post) if replies > 0 else 0.0
        rates = self.visit_rate + p["rate_visit_event"] * event
        visiting = np.where(stage == MEMBER, 1 - np.exp(-rates * self.novelty), 0.0)
        if p["matched_list"]:
            visiting = np.where(stage == SUBSCRIBER, 1 - np.exp(-rates), visiting)
        luck = self.rng.random((8, n))
        met = np.zeros((7, n), dtype=bool)
        found = min(1.0, p["discovery"] * posts * reach * fans / n)
        met[DISCOVERY] = (stage == STRANGER) & (luck[0] < found)
        met[POST] = (stage > STRANGER) & (luck[1] < p_post)
        met[AD] = luck[2] < min(1.0, today["ad_clicks"] / n)
        met[REPLY] = met[POST] & (luck[3] < p_reply)
        met[MAIL] = (stage >= SUBSCRIBER) & (luck[4] < p["p_open"]) & (today["pieces"] > 0)
        met[VISIT] = luck[5] < visiting
        met[FRIEND] = self.told
        self.told = np.zeros(n, dtype=bool)
        rate_tell = np.array([0.0, *(p[f"rate_tell_{s}"] for s in STAGES[1:])])
        tellers = np.flatnonzero(luck[6] < rate_tell[stage])
        p_rival = p["p_rival"] if t >= p["rival_day"] else 0.0
        met_rival = (stage > STRANGER) & (luck[7] < p_rival)
        for c, channel in enumerate(CHANNELS):
            self.count[f"contacts_{channel}"] += met[c].sum()
        return met, tellers, met_rival

    def feel(self, t: int, today: dict[str, Any], met: np.ndarray) -> None:
        """Section 7.3."""
        p = self.p
        who = np.flatnonzero(met.any(axis=0))
        days = t - self.last_contact[who]
        prominence = self.prominence[who] * self.kept(p["decay_prominence"], days)
        connection = self.connection[who] * self.kept(p["decay_self_connection"], days)
        exposure = self.exposure[who] * 2.0 ** (-days / p["days_exposure_half"])
        habit = self.deal_habit[who]
        ritual = np.where(self.stage[who] == MEMBER, p["k_ritual"], 0.0) * (today["events"] > 0)
        own = 0.0 if today["offer"] else p["k_parasocial"]
        k: dict[int, Any] = {POST: own, MAIL: own, VISIT: ritual}
        for c in range(7):
            now = met[c, who]
            if not now.any():
                continue
            eta = p["eta_post"] if c == DISCOVERY else p[f"eta_{CHANNELS[c]}"]
            worn = np.exp(-np.maximum(0, exposure - p["wear_after"]) / p["wear_scale"])
            prominence = prominence + now * (1 - prominence) * eta * worn
            connection = connection + now * (1 - connection) * self.fit[who] * k.get(c, 0.0)
            exposure = exposure + now
            if today["offer"] and c in (DISCOVERY, POST, MAIL):
                habit = habit + now * (1 - habit) * p["k_deal"]
        self.prominence[who], self.connection[who] = prominence, connection
        self.exposure[who], self.deal_habit[who] = exposure, habit
        self.last_contact[who] = t

    def move(self, t: int, today: dict[str, Any], met: np.ndarray) -> None:
        """Section 7.4: up by a contact, else down by a lapse."""
        p, stage = self.p, self.stage
        fan_or_met = np.flatnonzero((stage > STRANGER) | met.any(axis=0))
        s, a = stage[fan_or_met], self.attachment(fan_or_met, t)
        touched = met[:, fan_or_met]
        care = p["b_relevance"] * self.theta[fan_or_met] + p["b_attachment"] * a
        likes = p["b_fit"] * (self.fit[fan_or_met] - FIT_MEAN)
        k_m = self.member_friends[fan_or_met]
        joins = (s == SUBSCRIBER) & self.invited[fan_or_met] & bool(today["hosting"])
        if p["threshold_joining"]:
            joins &= k_m >= p["join_threshold"]
            k_m = np.minimum(k_m, p["join_threshold"])
        friendly = p["b_member_friends"] * np.log(1 + k_m)
        stays = np.ones(len(s))
        for c in range(7):
            r = p["odds_friend"] if c == FRIEND else 1.0
            q = np.zeros(len(s))
            if c in (DISCOVERY, AD, FRIEND):
                follow = shift(p["p_follow"], care + likes, r)
                q = np.where((s == STRANGER) & ~self.switched[fan_or_met], follow, q)
            if c in (POST, REPLY, FRIEND) and today["making_content"]:
                curious = shift(p[f"p_curious_{CHANNELS[c]}"], care, r)
                q = np.where(s == FOLLOWER, curious * shift(p["p_optin"], likes), q)
            if c in (MAIL, REPLY, FRIEND):
                q = np.where(joins, shift(p["p_join"], care + likes + friendly, r), q)
            stays *= 1 - q * touched[c]
        luck = self.rng.random((2, len(s)))
        up = luck[0] < 1 - stays
        rate = np.array([0.0, *(p[f"rate_lapse_{name}"] for name in STAGES[1:])])[s]
        push = p["g_posts"] * max(0.0, today["posts"] - p["posts_tolerated"])
        free = np.minimum(1, rate * np.exp(push + p["g_complaint"] * self.ignored[fan_or_met]))
        held = p["g_attachment"] * a + p["g_bonds"] * np.log(1 + self.n_bonds[fan_or_met])
        down = ~up & (luck[1] < free * np.exp(-held))
        for name, goes, by in (("moves", up, 1), ("lapses", down, -1)):
            for to in range(4):
                count = (goes & (s + by == to)).sum()
                if to > 0 or by < 0:
                    self.count[f"{name}_to_{STAGES[to]}"] += count
        self.stage[fan_or_met[up]] += 1
        self.stage[fan_or_met[down]] -= 1
        self.add_to_friends(self.member_friends, fan_or_met[up & (s == SUBSCRIBER)], 1)
        self.leave_community(fan_or_met[down & (s == MEMBER)].tolist())

    def mingle(self, t: int, today: dict[str, Any], visited: np.ndarray) -> None:
        """Section 7.5: messages, answers, bonds, purpose, novelty."""
        p, rng = self.p, self.rng
        here = np.flatnonzero(visited & (self.stage == MEMBER))
        writers = np.flatnonzero(rng.random(len(here)) < p["p_message"])
        self.count["messages"] += len(writers)
        bonding: list[tuple[int, int]] = []
        if p["relationships"] and len(here) > 1:
            for place in writers[rng.random(len(writers)) < p["p_answer"]].tolist():
                other = int(rng.integers(len(here) - 1))
                i, j = int(here[place]), int(here[other + (other >= place)])
                self.count["answers"] += 1
                self.connection[i] += (1 - self.connection[i]) * self.fit[i] * p["k_tie"]
                likeness = np.exp(-abs(self.theta[i] - self.theta[j]) / p["bond_distance"])
                third = bool(self.bonds[i].keys() & self.bonds[j].keys())
                if rng.random() < min(1, p["p_bond"] * likeness + p["p_triangle"] * third):
                    bonding.append((i, j))
        for i, j in bonding:
            full = max(self.n_bonds[i], self.n_bonds[j]) >= MOST_BONDS
            if j in self.bonds[i] or full:
                continue
            end = t + int(min(10**6, rng.geometric(p["rate_bond_end"])))
            self.bonds[i][j] = self.bonds[j][i] = end
            self.n_bonds[[i, j]] += 1
            self.bond_ends[end].append((i, j))
            self.count["bonds_formed"] += 1
        members = np.flatnonzero(self.stage == MEMBER)
        if p["purpose"] and len(members):
            fit = self.fit[members]
            self.fit[members] = fit + p["rate_purpose_drift"] * (fit.mean() - fit)
        self.novelty *= 1 - p["decay_novelty"]
        if today["events"] > 0 and p["evolving"]:
            self.novelty += (1 - self.novelty) * p["novelty_renewed"]

    def consider(
        self, t: int, today: dict[str, Any], met: np.ndarray, announce: tuple, depth: float
    ) -> np.ndarray:
        """Section 7.6: clicks, page visits, purchases; gives back today's buyers."""
        p, rng = self.p, self.rng
        says = {c: p[f"click_{c}"] for c in announce}
        chance = {DISCOVERY: p["click_discovery"] if "post" in announce else 0.0}
        chance |= {c: says.get(CHANNELS[c], 0.0) for c in (POST, AD, MAIL, VISIT)}
        free = ~self.owns & ~self.switched & (self.consider_on == NEVER)
        word = np.where(self.told_by_member, p["p_consider_member"], p["p_consider_friend"])
        word = np.where(self.told_product, word, 0.0)
        for c in range(7):
            q: Any = word if c == FRIEND else chance.get(c, 0.0)
            who = np.flatnonzero(free & met[c])
            who = who[rng.random(len(who)) < (q[who] if c == FRIEND else q)]
            if not len(who):
                continue
            free[who] = False
            w = 1 - np.exp(-((p["days_lag_max"] / p["lag_scale"]) ** p["lag_shape"]))
            lag = (-np.log(1 - rng.random(len(who)) * w)) ** (1 / p["lag_shape"]) * p["lag_scale"]
            self.consider_on[who] = t + np.minimum(np.floor(lag), p["days_lag_max"] - 1).astype(int)
            self.touchpoint[who] = c
            self.by_offer[who] = bool(today["offer"]) and c in (DISCOVERY, POST, MAIL)
            self.count["considerations"] += len(who)
        self.told_product &= ~met[FRIEND]
        self.told_by_member &= ~met[FRIEND]
        due = np.flatnonzero(self.consider_on == t)
        self.consider_on[due] = NEVER
        due = due[~self.owns[due] & ~self.switched[due]]
        self.count["page_visits"] += len(due)
        offered, habit = self.by_offer[due], p["buy_deal_habit"] * self.deal_habit[due]
        paid = p["price"] * (1 - depth * offered)
        z = p["buy_attachment"] * self.attachment(due, t) + p["buy_relevance"] * self.theta[due]
        z = z - p["price_elasticity"] * np.log(paid / p["price_reference"])
        z = z - p["buy_no_reviews"] * np.exp(-self.n_reviews / 3)
        if self.n_reviews:
            z = z + p["buy_stars"] * (self.sum_stars / self.n_reviews - 4.2)
        z = z + p["buy_buyer_friends"] * np.log(1 + self.buyer_friends[due])
        z = z + np.where(offered, habit, -habit)
        odds = np.where(self.touchpoint[due] == FRIEND, p["odds_friend"], 1.0)
        buys = rng.random(len(due)) < shift(p["p_buy"], z, odds)
        buyers = due[buys]
        self.owns[buyers] = True
        self.add_to_friends(self.buyer_friends, buyers, 1)
        self.count["sales_discounted"] += offered[buys].sum()
        self.count["margin_lost"] += (p["price"] - paid)[buys].sum()
        for i in buyers:
            self.count["sales"] += 1
            self.count[f"sales_by_{CHANNELS[self.touchpoint[i]]}"] += 1
            self.count[f"sales_to_{STAGES[self.stage[i]]}"] += 1
        return buyers

    def speak(self, t: int, tellers: np.ndarray, buyers: np.ndarray, ask: bool) -> None:
        """Section 7.7: tell, review, recommend, give."""
        p, rng, stage = self.p, self.rng, self.stage
        told = self.draw_friends(tellers)
        self.told[told] = True
        self.count["tells"] += len(told)
        attachment = self.attachment(buyers, t)
        typical = np.clip(p["quality"] + p["match"] * (self.fit[buyers] - FIT_MEAN), 0.01, 0.99)
        luck = p["satisfaction_spread"] * rng.standard_normal(len(buyers))
        satisfied = logistic(np.log(typical / (1 - typical)) + luck)
        for i, a, s in zip(buyers, attachment, satisfied, strict=True):
            asked = stage[i] == MEMBER or (stage[i] == SUBSCRIBER and ask)
            base = p["p_review_asked"] if asked else p["p_review_public"]
            if rng.random() < shift(base, p["speak_attachment"] * a):
                stars = min(5, 1 + int(5 * s))
                self.n_reviews += 1
                self.sum_stars += stars
                self.count["reviews"] += 1
                self.count["stars"] += stars
            base = p["p_recommend_member" if stage[i] == MEMBER else "p_recommend_public"]
            lean = p["speak_attachment"] * a + p["speak_satisfaction"] * (s - 0.7)
            if rng.random() < shift(base, lean):
                friends = self.draw_friends(np.full(1 + rng.poisson(p["more_friends"]), i))
                self.told[friends] = self.told_product[friends] = True
                if stage[i] == MEMBER:
                    self.told_by_member[friends] = True
                self.count["recommendations"] += len(friends)
            wished = rng.poisson(p["gifts_per_attachment"] * a)
            for friend in self.draw_friends(np.full(wished, i)):
                if not self.owns[friend]:
                    self.owns[friend] = True
                    for name in ("gifts", "sales", "sales_by_gift", f"sales_to_{STAGES[stage[i]]}"):
                        self.count[name] += 1

    def complain(self, t: int, today: dict[str, Any], buyers: np.ndarray) -> None:
        """Section 7.8: complaints, answers, patience, bad words."""
        p, rng = self.p, self.rng
        wrong = buyers[rng.random(len(buyers)) < p["p_wrong"]].tolist()
        self.queue += [(t, i) for i in wrong]
        self.count["complaints"] += len(wrong)
        answered = min(len(self.queue), int(today["cases"]))
        self.count["complaints_answered"] += answered
        self.queue = self.queue[answered:]
        while self.queue and self.queue[0][0] <= t - p["days_patience"]:
            i = self.queue.pop(0)[1]
            self.count["complaints_ignored"] += 1
            self.ignored[i] = True
            self.connection[i] *= 1 - p["loss_ignored"]
            for friend in self.draw_friends(np.full(1 + rng.poisson(p["more_friends"]), i)):
                self.prominence[friend] *= 1 - p["loss_heard"]
                self.connection[friend] *= 1 - p["loss_heard"]
                self.count["warned"] += 1

    def switch(self, t: int, met_rival: np.ndarray) -> None:
        """Section 7.9: who met the rival and is still a fan may leave for good."""
        p = self.p
        who = np.flatnonzero(met_rival & (self.stage > STRANGER))
        hold = p["switch_attachment"] * self.attachment(who, t)
        hold = hold + p["switch_bonds"] * np.log(1 + self.n_bonds[who])
        who = who[self.rng.random(len(who)) < shift(p["p_switch"], -hold)]
        for i in who:
            self.count["switched"] += 1
            self.count[f"switched_{STAGES[self.stage[i]]}"] += 1
        self.count["switched_bonds"] += self.n_bonds[who].sum()
        members = who[self.stage[who] == MEMBER].tolist()
        self.switched[who] = True
        self.stage[who] = STRANGER
        self.leave_community(members)


COUNTED = (
    *(f"moves_to_{s}" for s in STAGES[1:]),
    *(f"lapses_to_{s}" for s in STAGES[:3]),
    *(f"contacts_{c}" for c in CHANNELS),
    *("tells", "messages", "answers", "bonds_formed", "considerations", "page_visits", "sales"),
    *(f"sales_by_{c}" for c in (*CHANNELS, "gift")),
    *(f"sales_to_{s}" for s in STAGES),
    *("gifts", "reviews", "stars", "recommendations"),
    *("switched", *(f"switched_{s}" for s in STAGES[1:]), "switched_bonds"),
    *("complaints", "complaints_answered", "complaints_ignored", "warned"),
    *("sales_discounted", "margin_lost", "hours"),
)


def live(
    parameters: dict[str, Any],
    strategy: dict[str, Any],
    rng: np.random.Generator,
    diary: list[dict[str, float]] | None = None,
) -> dict[str, float]:
    """One world from the warm-up to the horizon: sums since day 0, stocks of the last evening.

    A `diary` gets one page a day: the sums so far, novelty and hours.
    """
    world = World(parameters, rng)
    before, days = parameters["days_warm_up"], parameters["n_days"]
    warm_up, horizon = plan(parameters, BALANCED, before), plan(parameters, strategy, days)
    for t in range(before):
        world.day(t - before, {name: column[t] for name, column in warm_up.items()}, BALANCED)
    world.count.clear()
    for t in range(days):
        today = {name: column[t] for name, column in horizon.items()}
        world.day(t, today, strategy)
        world.count["hours"] += today["hours"]
        if diary is not None:
            diary.append({**world.count, "novelty": world.novelty})
    outcomes = {name: float(world.count[name]) for name in COUNTED}
    everyone = world.attachment(np.arange(world.n), days - 1)
    for number, stage in enumerate(STAGES):
        here = world.stage == number
        outcomes[f"n_{stage}"] = float(here.sum())
        for name, value in (("attachment", everyone), ("deal_habit", world.deal_habit)):
            outcomes[f"{name}_{stage}"] = float(value[here].mean()) if here.any() else np.nan
    outcomes["n_bonds"] = float(world.n_bonds.sum() / 2)
    outcomes["complaints_open"] = float(len(world.queue))
    outcomes["novelty"] = world.novelty
    return outcomes
