"""The model a second time, written from simulation/MODEL.md alone, for docking.

It imports nothing from the package and was written without reading its code: `live` lives one world
with plain NumPy and ordinary randomness. Section numbers are those of MODEL.md; friendships and the
brand's plan are in `second_plan.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from .second_plan import BALANCED, make_friends, plan

CHANNELS = ("discovery", "post", "ad", "reply", "mail", "visit", "friend", "search")
DISCOVERY, POST, AD, REPLY, MAIL, VISIT, FRIEND, SEARCH = range(8)
STAGES = ("stranger", "follower", "subscriber", "member")
STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = range(4)
FIT_MEAN = 0.39797286718324826
MOST_BONDS = 15
NEVER = -(10**6)


def logistic(z: Any) -> Any:
    """L of MODEL.md."""
    return 1 / (1 + np.exp(-z))


def shift(p: Any, z: Any, r: Any = 1.0) -> Any:
    """A chance moved in log-odds."""
    odds = p * np.exp(np.clip(z, -500, 500)) * r
    return odds / (1 - p + odds)


class World:
    """One town and its brand: the state of section 2 and a method for each phase."""

    def __init__(self, p: dict[str, Any], rng: np.random.Generator) -> None:
        self.p = p = dict(p)
        if p["selection_only"]:
            p["b_attachment"] = p["buy_attachment"] = 0.0
        p["eta_discovery"], p["eta_search"] = p["eta_post"], p["eta_mail"]
        if p["equal_impact"]:
            p.update({f"eta_{c}": p["eta_equal"] for c in CHANNELS})
        self.rng, self.n = rng, p["n_people"]
        self.be_born()
        self.friends = [np.array(sorted(f), dtype=int) for f in make_friends(p, rng)]
        self.degree = np.array([len(f) for f in self.friends])
        self.first_friend = np.cumsum(self.degree) - self.degree
        self.all_friends = np.concatenate([*self.friends, np.zeros(1, dtype=int)])
        self.add_to_friends(self.member_friends, np.flatnonzero(self.stage == MEMBER), 1)
        self.bonds: list[dict[int, int]] = [{} for _ in range(self.n)]
        self.bond_ends: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.novelty, self.archive, self.n_reviews, self.sum_stars = 1.0, 0.0, 0, 0
        self.talk = self.expected_readers = 0.0
        self.announced: set[int] = set()
        self.queue: list[tuple[int, int]] = []
        self.count: dict[str, float] = defaultdict(float)

    def be_born(self) -> None:
        """Sections 2 and 5.1: everyone as on the first day of the warm-up."""
        p, n, rng = self.p, self.n, self.rng
        self.theta = rng.standard_normal(n)
        self.fit = logistic(0.6 * self.theta + 0.8 * rng.standard_normal(n) - 0.5)
        spread = p["visit_rate_sigma"] * rng.standard_normal(n)
        self.visit_rate = p["visit_rate_median"] * np.exp(spread)
        self.invited = rng.random(n) < p["share_invited"]
        score = p["selection"] * self.theta
        score = score + np.sqrt(1 - p["selection"] ** 2) * rng.standard_normal(n)
        best, self.stage, at = np.argsort(-score), np.zeros(n, dtype=int), 0
        for share, stage in (("members", 3), ("subscribers", 2), ("followers", 1)):
            count = round(p[f"share_{share}"] * n)
            self.stage[best[at : at + count]] = stage
            at += count
        self.prominence, self.connection, self.exposure, self.words = np.zeros((4, n))
        self.reference = np.full(n, float(p["price_reference"]))
        self.last_contact = np.full(n, -p["days_warm_up"])
        self.answered_on, self.consider_on, self.bought_on, self.warned_on = np.full((4, n), NEVER)
        self.told, self.told_product, self.told_by_member = np.zeros((3, n), dtype=bool)
        self.by_offer, self.owns, self.switched = np.zeros((3, n), dtype=bool)
        self.refused, self.ordered = np.zeros((2, n), dtype=bool)
        self.touchpoint = np.full(n, -1)
        self.harm = np.zeros(n)  # share of an ignored complaint's harm that is left: 7.8
        self.complains = np.zeros(n, dtype=bool)  # a complaint of mine is open
        self.experience = np.zeros(n)
        self.heard, self.member_friends, self.buyer_friends, self.n_bonds = np.zeros((4, n), int)
        self.attachment_felt = np.zeros(n)

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

    def faded(self, who: Any, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Prominence and self-connection as they are today."""
        days = t - self.last_contact[who]
        prominence = self.prominence[who] * self.kept(self.p["decay_prominence"], days)
        return prominence, self.connection[who] * self.kept(self.p["decay_self_connection"], days)

    def attachment(self, who: Any, t: int) -> np.ndarray:
        """A(t) of section 2."""
        prominence, connection = self.faded(who, t)
        if self.p["geometric_attachment"]:
            return np.sqrt(prominence * connection)
        return (prominence + connection) / 2

    def tie(self, i: int) -> None:
        """An exchange makes the brand more a part of oneself; visitors' values are today's."""
        self.connection[i] += (1 - self.connection[i]) * self.fit[i] * self.p["k_tie"]

    def end_bond(self, i: int, j: int) -> None:
        """One bond less, on both sides."""
        del self.bonds[i][j], self.bonds[j][i]
        self.n_bonds[[i, j]] -= 1

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
        if today["new_page"]:
            self.turn_page()
        announce = strategy["announce"] if today["window"] else ()
        self.announced = {c for c in (POST, AD, MAIL) if CHANNELS[c] in announce}
        self.announced |= {DISCOVERY} if "post" in announce else set()
        self.announced |= {VISIT} if "visit" in announce and today["hosting"] else set()
        met, tellers, met_rival = self.meet(t, today)
        self.feel(t, today, met, strategy["offer_depth"])
        if t >= 0:
            self.move(t, today, met)
        self.mingle(t, today, met[VISIT])
        self.click(t, today, met)
        buyers = self.decide(t, today, strategy["offer_depth"])
        wrong = self.rng.random(len(buyers)) < self.p["p_wrong"] * self.p["can_go_wrong"]
        self.tell(t, tellers, today["launch_day"])
        self.speak(t, buyers, wrong, strategy["ask_reviews"])
        answered = self.complain(t, today, buyers[wrong]) if self.p["can_go_wrong"] else 0
        self.switch(t, met_rival)
        idle = max(0.0, today["replies"] - self.expected_readers) + today["waiting"]
        self.count["hours"] += today["hours"]
        self.count["hours_unused"] += self.p["hours_reply"] * idle
        self.count["hours_unused"] += self.p["hours_case"] * (today["cases"] - answered)

    def turn_page(self) -> None:
        """Section 7.1: the page begins anew with the next product."""
        for flag in (self.owns, self.refused, self.told_product, self.told_by_member):
            flag[:] = False
        self.by_offer[:] = False
        self.consider_on[:], self.touchpoint[:] = NEVER, -1
        self.heard[:] = self.buyer_friends[:] = 0
        self.n_reviews = self.sum_stars = 0

    def reach(self, today: dict[str, Any]) -> tuple[float, float]:
        """Share of fans a post reaches, and the chance to meet one of today's (7.2)."""
        p, posts, fans = self.p, today["posts"], int((self.stage > STRANGER).sum())
        rho = p["reach_2012"] * (p["reach_followers"] / max(fans, 1)) ** p["reach_size_exponent"]
        rho = min(1.0, rho * np.exp(-p["reach_decay"] * (p["year"] - 2012)))
        self.talk = 0.0
        if posts:
            answered = min(today["replies"], fans * (1 - (1 - rho) ** posts))
            self.talk = 1 - np.exp(-answered / posts)
        rho = min(1.0, rho * (1 + p["reach_talk"] * self.talk))
        p_post = 1 - (1 - rho) ** posts
        self.expected_readers = fans * p_post
        return rho, p_post

    def visiting(self, t: int, today: dict[str, Any]) -> np.ndarray:
        """Chance of everyone to visit the community today (7.2)."""
        p, stage = self.p, self.stage
        answered = 2.0 ** (-(t - self.answered_on) / p["days_answer_half"])
        drawn = (1 + p["k_answer"] * answered) * (1 + p["k_bonds"] * np.log(1 + self.n_bonds))
        drawn = drawn * np.exp(p["b_identity"] * p["purpose"] * self.faded(slice(None), t)[1])
        rates = self.visit_rate + p["rate_visit_event"] * (today["events"] > 0)
        news = p["novelty_floor"] + (1 - p["novelty_floor"]) * self.novelty
        chance = np.where(stage == MEMBER, 1 - np.exp(-drawn * rates * news), 0.0)
        if p["matched_list"]:
            chance = np.where(stage == SUBSCRIBER, 1 - np.exp(-rates), chance)
        return chance

    def meet(self, t: int, today: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Section 7.2: contacts (channel by person), tellers, who meets the rival."""
        p, n, stage, replies = self.p, self.n, self.stage, today["replies"]
        self.archive = self.archive * 2 ** (-1 / p["days_archive_half"]) + today["pieces"]
        rho, p_post = self.reach(today)
        p_reply = replies / max(replies, self.expected_readers) if replies > 0 else 0.0
        fans = (stage > STRANGER).sum()
        p_open = shift(p["p_open"], p["open_attachment"] * self.attachment(slice(None), t))
        luck = self.rng.random((9, n))
        met = np.zeros((8, n), dtype=bool)
        found = min(1.0, p["discovery"] * today["posts"] * rho * fans / n)
        met[DISCOVERY] = (stage == STRANGER) & (luck[0] < found)
        met[POST] = (stage > STRANGER) & (luck[1] < p_post)
        met[AD] = luck[2] < min(1.0, today["ad_clicks"] / n)
        met[REPLY] = met[POST] & (luck[3] < p_reply)
        met[MAIL] = (stage >= SUBSCRIBER) & (luck[4] < p_open) & (today["pieces"] > 0)
        met[VISIT] = luck[5] < self.visiting(t, today)
        met[FRIEND] = self.told
        met[SEARCH] = (stage < SUBSCRIBER) & (
            luck[8] < 1 - np.exp(-p["search_rate"] * self.archive)
        )
        self.told = np.zeros(n, dtype=bool)
        rate_tell = np.array([0.0, *(p[f"rate_tell_{s}"] for s in STAGES[1:])])
        tellers = np.flatnonzero(luck[6] < rate_tell[stage])
        p_rival = p["p_rival"] if t >= p["rival_day"] else 0.0
        met_rival = (stage > STRANGER) & (luck[7] < p_rival)
        for c, channel in enumerate(CHANNELS):
            self.count[f"contacts_{channel}"] += met[c].sum()
        return met, tellers, met_rival

    def own_content(self, today: dict[str, Any], stage: np.ndarray) -> dict[int, Any]:
        """k by channel (7.3); nought for those left out."""
        p = self.p
        own = 0.0 if today["offer"] else p["k_parasocial"]
        shared = p["k_purpose"] * p["purpose"]
        visit = 1 - (1 - shared) * (1 - p["k_ritual"]) if today["events"] > 0 else shared
        ritual = np.where(stage == MEMBER, visit, 0.0)
        return {POST: own, MAIL: own, VISIT: ritual, SEARCH: p["k_parasocial"]}

    def feel(self, t: int, today: dict[str, Any], met: np.ndarray, depth: float) -> None:
        """Section 7.3."""
        p = self.p
        who = np.flatnonzero(met.any(axis=0))
        prominence, connection = self.faded(who, t)
        days = t - self.last_contact[who]
        exposure = self.exposure[who] * 2.0 ** (-days / p["days_exposure_half"])
        reference = self.reference[who]
        k = self.own_content(today, self.stage[who])
        for c in range(8):
            now = met[c, who]
            if not now.any():
                continue
            worn = np.exp(-np.maximum(0, exposure - p["wear_after"]) / p["wear_scale"])
            prominence = prominence + now * (1 - prominence) * p[f"eta_{CHANNELS[c]}"] * worn
            connection = connection + now * (1 - connection) * self.fit[who] * k.get(c, 0.0)
            exposure = exposure + now
            offered = today["offer"] and c in (DISCOVERY, POST, MAIL)
            if offered or c in self.announced:
                shown = p["price"] * (1 - depth * bool(offered))
                reference = reference + now * p["price_learning"] * (shown - reference)
        self.prominence[who], self.connection[who] = prominence, connection
        self.exposure[who], self.reference[who] = exposure, reference
        self.last_contact[who] = t
        self.attachment_felt[who] = self.attachment(who, t)

    def chance_to_move(self, who: np.ndarray, t: int, today: dict[str, Any]) -> Any:
        """Section 7.4: a function that gives q by channel for people."""
        p, s, a = self.p, self.stage[who], self.attachment(who, t)
        care = p["b_relevance"] * self.theta[who] + p["b_attachment"] * a
        likes = p["b_fit"] * (self.fit[who] - FIT_MEAN)
        k_m = self.member_friends[who]
        joins = (s == SUBSCRIBER) & self.invited[who]
        joins &= bool(today["hosting"]) or p["joining_open"]
        if p["threshold_joining"]:
            joins &= k_m >= p["join_threshold"]
            k_m = np.minimum(k_m, p["join_threshold"])
        friendly = p["b_member_friends"] * np.log(1 + k_m)
        free = ~self.switched[who]

        def q(c: int) -> np.ndarray:
            r = p["odds_friend"] if c == FRIEND else 1.0
            chance = np.zeros(len(who))
            if c in (DISCOVERY, AD, FRIEND, SEARCH):
                chance = np.where(s == STRANGER, shift(p["p_follow"], care + likes, r), chance)
            if c in (POST, REPLY, FRIEND, SEARCH) and today["making_content"]:
                r_look = 1 + (p["odds_talk"] - 1) * self.talk if c == POST else r
                curious = shift(p[f"p_curious_{CHANNELS[c]}"], care, r_look)
                chance = np.where(s == FOLLOWER, curious * shift(p["p_optin"], likes), chance)
            if c in (MAIL, REPLY, FRIEND):
                chance = np.where(joins, shift(p["p_join"], care + likes + friendly, r), chance)
            return chance * free

        return q

    def move(self, t: int, today: dict[str, Any], met: np.ndarray) -> None:
        """Section 7.4: up by a contact, else down by a lapse."""
        p, rng = self.p, self.rng
        who = np.flatnonzero((self.stage > STRANGER) | met.any(axis=0))
        s, q = self.stage[who], self.chance_to_move(who, t, today)
        cause = np.full(len(who), -1)
        for c in range(8):
            cause[(cause < 0) & met[c, who] & (rng.random(len(who)) < q(c))] = c
        up = cause >= 0
        wins = shift(p["p_straight"], p["b_fit"] * (self.fit[who] - FIT_MEAN))
        straight = (
            (s == STRANGER) & np.isin(cause, (FRIEND, SEARCH)) & bool(today["making_content"])
        )
        straight &= rng.random(len(who)) < wins
        rate = np.array([0.0, *(p[f"rate_lapse_{name}"] for name in STAGES[1:])])[s]
        grudge = self.harm[who] * (1 - p["decay_grudge"]) ** (t - self.bought_on[who])
        push = p["g_posts"] * max(0.0, today["posts"] - p["posts_tolerated"])
        free = np.minimum(1, rate * np.exp(np.minimum(500, push + p["g_complaint"] * grudge)))
        held = p["g_attachment"] * self.attachment(who, t)
        held = held + p["g_bonds"] * np.log(1 + self.n_bonds[who])
        down = ~up & (rng.random(len(who)) < free * np.exp(-held))
        self.count["moves_to_subscriber"] += straight.sum()
        for stage, name in enumerate(STAGES):
            self.count[f"moves_to_{name}"] += (up & (s + 1 == stage)).sum()
            self.count[f"lapses_to_{name}"] += (down & (s - 1 == stage)).sum()
        self.stage[who] += up + straight.astype(int) - down
        self.add_to_friends(self.member_friends, who[up & (s == SUBSCRIBER)], 1)
        self.leave_community(who[down & (s == MEMBER)].tolist())

    def likely_bond(self, i: int, j: int, members: int) -> bool:
        """Whether two who exchanged or met shall bond, as bonds stand (7.5, 4)."""
        p = self.p
        if j in self.bonds[i]:
            return True
        likeness = np.exp(-abs(self.theta[i] - self.theta[j]) / p["bond_distance"])
        third = bool(self.bonds[i].keys() & self.bonds[j].keys())
        chance = p["p_bond"] * likeness / (1 + members / p["members_known"])
        return bool(self.rng.random() < min(1, chance + p["p_triangle"] * third))

    def who_answers(self, here: np.ndarray, place: int) -> int:
        """The fan who answers the visitor at a place: someone known, or anyone else."""
        known = [j for j in self.bonds[int(here[place])] if self.is_here[j]]
        if known and self.rng.random() < self.p["p_known"]:
            return known[int(self.rng.integers(len(known)))]
        return self.another(here, place)

    def another(self, here: np.ndarray, place: int) -> int:
        """One of the other visitors."""
        other = int(self.rng.integers(len(here) - 1))
        return int(here[other + (other >= place)])

    def mingle(self, t: int, today: dict[str, Any], visited: np.ndarray) -> None:
        """Section 7.5: messages, answers, meetings, bonds, purpose, novelty."""
        p, rng = self.p, self.rng
        self.is_here = visited & (self.stage == MEMBER)
        here = np.flatnonzero(self.is_here)
        members = int((self.stage == MEMBER).sum())
        activity: Any = 0.0
        if p["visit_rate_median"] > 0:
            activity = p["writing_activity"] * np.log(
                self.visit_rate[here] / p["visit_rate_median"]
            )
        writers = np.flatnonzero(rng.random(len(here)) < shift(p["p_message"], activity))
        self.count["messages"] += len(writers)
        seen_by = min(len(here) - 1, p["attention"])
        p_answer = 1 - (1 - p["p_answer"]) ** seen_by if p["relationships"] and seen_by > 0 else 0.0
        answered = rng.random(len(writers)) < p_answer
        bonding: list[tuple[int, int]] = []
        for place in writers[answered].tolist():
            i, j = int(here[place]), self.who_answers(here, place)
            self.tie(i)
            self.tie(j)
            self.answered_on[i] = t
            if self.likely_bond(i, j, members):
                bonding.append((i, j))
        self.count["answers"] += answered.sum()
        self.host(t, today["host_answers"], here[writers[~answered]])
        if today["events"] > 0 and p["relationships"] and len(here) > 1:
            for place in range(len(here)):
                i, j = int(here[place]), self.another(here, place)
                if self.likely_bond(i, j, members):
                    bonding.append((i, j))
        for i, j in bonding:
            self.bond(t, i, j)
        self.drift_and_renew(today, members, len(writers))

    def host(self, t: int, capacity: float, unanswered: np.ndarray) -> None:
        """The host answers those whom no fan answered."""
        chance = capacity / max(capacity, len(unanswered)) if capacity > 0 else 0.0
        lucky = unanswered[self.rng.random(len(unanswered)) < chance]
        self.answered_on[lucky] = t
        for i in lucky:
            self.tie(i)
        self.count["host_answers"] += len(lucky)
        self.count["hours_unused"] += self.p["hours_reply"] * max(0.0, capacity - len(unanswered))

    def bond(self, t: int, i: int, j: int) -> None:
        """A bond is made, if there is room, or renewed."""
        known = j in self.bonds[i]
        if not known and max(self.n_bonds[i], self.n_bonds[j]) >= MOST_BONDS:
            return
        rate = self.p["rate_bond_end"]
        end = t + (int(min(10**6, self.rng.geometric(rate))) if rate > 0 else 10**6)
        end = max(end, self.bonds[i].get(j, end))
        self.bonds[i][j] = self.bonds[j][i] = end
        self.bond_ends[end].append((i, j))
        if not known:
            self.n_bonds[[i, j]] += 1
            self.count["bonds_formed"] += 1

    def drift_and_renew(self, today: dict[str, Any], members: int, messages: int) -> None:
        """Purpose fit drifts to the members' mean; novelty fades and is renewed."""
        p, inside = self.p, self.stage == MEMBER
        if p["purpose"] > 0 and members:
            fit = self.fit[inside]
            self.fit[inside] = fit + p["rate_purpose_drift"] * (fit.mean() - fit)
        self.novelty *= 1 - p["decay_novelty"]
        if today["events"] > 0 and p["evolving"]:
            self.novelty += (1 - self.novelty) * p["novelty_renewed"]
        if messages and p["evolving"]:
            needed = 150 * (members / 150) ** p["made_size"]
            self.novelty += (1 - self.novelty) * (1 - np.exp(-p["k_made"] * messages / needed))

    def lags(self, n: int) -> np.ndarray:
        """Days from click to page."""
        p, rng = self.p, self.rng
        w = 1 - np.exp(-((p["days_lag_max"] / p["lag_scale"]) ** p["lag_shape"]))
        lag = (-np.log(1 - rng.random(n) * w)) ** (1 / p["lag_shape"]) * p["lag_scale"]
        later = np.minimum(np.floor(lag), p["days_lag_max"] - 1).astype(int)
        return np.where(rng.random(n) < p["p_same_day"], 0, later)

    def click(self, t: int, today: dict[str, Any], met: np.ndarray) -> None:
        """Section 7.6: who follows up a contact, and when they will be on the page."""
        p, rng = self.p, self.rng
        free = ~self.owns & ~self.switched & ~self.ordered & (self.consider_on == NEVER)
        word = np.where(self.told_by_member, p["p_consider_member"], p["p_consider_friend"])
        for c in sorted(self.announced | {FRIEND}):
            who = np.flatnonzero(free & met[c])
            lean = p["click_attachment"] * self.attachment_felt + p["click_relevance"] * self.theta
            if c == FRIEND:
                chance = (word * self.told_product)[who]
            else:
                chance = shift(p[f"click_{CHANNELS[c]}"], lean[who])
                chance = chance * np.where(self.refused[who], p["click_again"], 1.0)
            if c in (MAIL, VISIT):
                chance = chance * p["click_wear"] ** self.heard[who]
            who = who[rng.random(len(who)) < chance]
            free[who] = False
            self.consider_on[who] = t + self.lags(len(who))
            self.touchpoint[who] = c
            self.by_offer[who] = bool(today["offer"]) and c in (DISCOVERY, POST, MAIL)
            self.count["considerations"] += len(who)
        for c in self.announced & {MAIL, VISIT}:
            self.heard[met[c]] += 1
        self.heard = np.minimum(self.heard, 255)
        self.told_product &= ~met[FRIEND]
        self.told_by_member &= ~met[FRIEND]

    def chance_to_buy(self, who: np.ndarray, t: int, today: dict[str, Any], paid: Any) -> Any:
        """Section 7.6: on the product page."""
        p, expected = self.p, self.reference[who]
        z = p["buy_attachment"] * self.attachment(who, t) + p["buy_relevance"] * self.theta[who]
        dearer = np.where(paid > expected, p["price_loss"], 1.0)
        z = z - p["price_elasticity"] * np.log(paid / expected) * dearer
        z = z - p["buy_no_reviews"] * np.exp(-self.n_reviews / 3)
        if self.n_reviews:
            z = z + p["buy_stars"] * (self.sum_stars / self.n_reviews - 4.2)
        z = z + p["buy_buyer_friends"] * np.log(1 + self.buyer_friends[who])
        z = z - p["buy_bad_words"] * np.log(1 + self.words_left(who, t))
        z = z + p["urgency"] * bool(today["last_call"])
        fresh = (1 - p["decay_experience"]) ** np.maximum(0, t - self.bought_on[who])
        z = z + p["buy_experience"] * self.experience[who] * fresh
        return shift(p["p_buy"], z, np.where(self.touchpoint[who] == FRIEND, p["odds_friend"], 1.0))

    def words_left(self, who: Any, t: int) -> np.ndarray:
        """Bad words heard, as they count today."""
        return self.words[who] * (1 - self.p["decay_grudge"]) ** (t - self.warned_on[who])

    def decide(self, t: int, today: dict[str, Any], depth: float) -> np.ndarray:
        """Section 7.6: page visits, orders, purchases; gives back today's buyers."""
        p = self.p
        due = np.flatnonzero(self.consider_on == t)
        self.consider_on[due] = NEVER
        self.refused[due] |= self.complains[due]  # a lost visit counts as a refusal
        due = due[~self.owns[due] & ~self.switched[due] & ~self.complains[due]]
        self.count["page_visits"] += len(due)
        offered = self.by_offer[due] & bool(today["offer_holds"])
        self.by_offer[due] = offered
        chance = self.chance_to_buy(due, t, today, p["price"] * (1 - depth * offered))
        self.count["expected_sales"] += chance.sum()
        buys = self.rng.random(len(due)) < chance
        self.refused[due[~buys]] = True
        buyers = due[buys]
        if today["before_launch"]:
            self.ordered[buyers] = True
            return buyers[:0]
        if today["launch"]:
            buyers = np.union1d(buyers, np.flatnonzero(self.ordered))
            self.ordered[:] = False
        self.owns[buyers] = True
        self.bought_on[buyers] = t
        self.harm[buyers] = 0.0  # what came before is settled
        self.add_to_friends(self.buyer_friends, buyers, 1)
        for i in buyers.tolist():
            self.buyer_friends[list(self.bonds[i])] += 1
            self.count["sales"] += 1
            self.count[f"sales_by_{CHANNELS[self.touchpoint[i]]}"] += 1
            self.count[f"sales_to_{STAGES[self.stage[i]]}"] += 1
        self.count["sales_discounted"] += self.by_offer[buyers].sum()
        self.count["margin_lost"] += p["price"] * depth * self.by_offer[buyers].sum()
        return buyers

    def tell(self, t: int, tellers: np.ndarray, launch_day: int) -> None:
        """Section 7.7: fans tell a friend of the brand; who bought lately, of the product too."""
        tellers = tellers[self.degree[tellers] > 0]
        told = self.draw_friends(tellers)
        owners = t - self.bought_on[tellers] < self.p["days_owner_tells"]
        owners &= self.bought_on[tellers] >= launch_day
        self.told[told] = True
        self.told_product[told[owners]] = True
        self.told_by_member[told[owners & (self.stage[tellers] == MEMBER)]] = True
        self.count["tells"] += len(told)
        self.count["recommendations"] += owners.sum()

    def review(self, people: np.ndarray, t: int, wrong: np.ndarray, ask: bool) -> np.ndarray:
        """Section 7.7: who has a new copy is satisfied, or not, and may say so on the page."""
        p, rng, stage = self.p, self.rng, self.stage[people]
        typical = np.clip(p["quality"] + p["match"] * (self.fit[people] - FIT_MEAN), 0.01, 0.99)
        luck = p["satisfaction_spread"] * rng.standard_normal(len(people))
        satisfied = logistic(np.log(typical / (1 - typical)) + luck - p["loss_wrong"] * wrong)
        asked = (stage == MEMBER) | ((stage == SUBSCRIBER) & ask)
        base = np.where(asked, p["p_review_asked"], p["p_review_public"])
        chance = shift(base, p["speak_attachment"] * self.attachment(people, t))
        said = satisfied[rng.random(len(people)) < chance]
        for stars in np.minimum(5, 1 + np.floor(5 * said)).astype(int).tolist():
            self.add_review(stars)
        return satisfied

    def add_review(self, stars: int) -> None:
        """One more on the page; it is read from tomorrow on."""
        self.n_reviews += 1
        self.sum_stars += stars
        self.count["reviews"] += 1
        self.count["stars"] += stars

    def speak(self, t: int, buyers: np.ndarray, wrong: np.ndarray, ask: bool) -> None:
        """Section 7.7: today's buyers review, recommend and give."""
        p, rng = self.p, self.rng
        attachment, satisfied = self.attachment(buyers, t), self.review(buyers, t, wrong, ask)
        member = self.stage[buyers] == MEMBER
        base = np.where(member, p["p_recommend_member"], p["p_recommend_public"])
        lean = p["speak_attachment"] * attachment + p["speak_satisfaction"] * (satisfied - 0.7)
        recommends = rng.random(len(buyers)) < shift(base, lean)
        wished = rng.poisson(p["gifts_base"] + p["gifts_per_attachment"] * attachment)
        given: list[int] = []
        for place, i in enumerate(buyers.tolist()):
            if recommends[place]:
                friends = self.draw_friends(np.full(1 + rng.poisson(p["more_friends"]), i))
                bonds = np.array(list(self.bonds[i]), dtype=int)
                bonded = rng.choice(bonds, min(1, len(bonds)))
                spoken_to = np.concatenate([friends, bonded])
                self.told[spoken_to] = self.told_product[spoken_to] = True
                self.told_by_member[spoken_to] |= member[place]
                self.count["recommendations"] += len(spoken_to)
            for friend in self.draw_friends(np.full(wished[place], i)).tolist():
                if not self.owns[friend]:
                    self.owns[friend] = True
                    given.append(friend)
                    stage = STAGES[self.stage[i]]
                    for name in ("gifts", "sales", "sales_by_gift", f"sales_to_{stage}"):
                        self.count[name] += 1
        if p["gifts_speak"]:
            self.told[given] = True
            self.review(np.array(given, dtype=int), t, np.zeros(len(given), dtype=bool), ask)
        self.use(t, buyers, satisfied)

    def use(self, t: int, buyers: np.ndarray, satisfied: np.ndarray) -> None:
        """Section 7.7: the purchase is remembered; a good product is a contact by no channel."""
        self.experience[buyers] = satisfied - 0.7
        gain = self.p["k_product"] * satisfied
        who, gain = buyers[gain > 0], gain[gain > 0]
        prominence, connection = self.faded(who, t)
        days = t - self.last_contact[who]
        self.exposure[who] *= 2.0 ** (-days / self.p["days_exposure_half"])
        self.prominence[who] = prominence
        self.connection[who] = connection + (1 - connection) * self.fit[who] * gain
        self.last_contact[who] = t

    def complain(self, t: int, today: dict[str, Any], wronged: np.ndarray) -> int:
        """Section 7.8: complaints, answers, patience, bad words; gives back how many answers."""
        p = self.p
        self.queue += [(t, i) for i in wronged.tolist()]
        self.complains[wronged] = True
        self.count["complaints"] += len(wronged)
        answered = min(len(self.queue), int(today["cases"]))
        self.count["complaints_answered"] += answered
        for opened, i in self.queue[:answered]:
            mended = p["answer_repairs"] ** (1 + t - opened)
            self.connection[i] *= 1 - p["loss_ignored"] * (1 - mended)
            self.harm[i] = 1 - p["answer_repairs"]
            self.settle(i, mended)
        self.queue = self.queue[answered:]
        while self.queue and self.queue[0][0] <= t - p["days_patience"]:
            self.give_up(t, self.queue.pop(0)[1])
        return answered

    def settle(self, i: int, share: float) -> None:
        """A complaint is closed, and the purchase remembered accordingly (7.8, 4)."""
        self.complains[i] = False
        was = min(1.0, max(0.0, self.experience[i] + 0.7))
        self.experience[i] += share * (float(shift(was, self.p["loss_wrong"])) - was)

    def give_up(self, t: int, i: int) -> None:
        """Someone was ignored: one star, and bad words."""
        p = self.p
        self.count["complaints_ignored"] += 1
        self.harm[i] = 1.0
        self.settle(i, -1.0)
        self.connection[i] *= 1 - p["loss_ignored"]
        if self.rng.random() < p["p_review_ignored"]:
            self.add_review(1)
        for friend in self.draw_friends(np.full(1 + self.rng.poisson(p["more_friends"]), i)):
            self.prominence[friend] *= 1 - p["loss_heard"]
            self.connection[friend] *= 1 - p["loss_heard"]
            self.words[friend] = self.words_left(friend, t) + 1
            self.warned_on[friend] = t
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
    *("tells", "messages", "answers", "host_answers", "bonds_formed"),
    *("considerations", "page_visits", "sales", "expected_sales"),
    *(f"sales_by_{c}" for c in (*CHANNELS[:SEARCH], "gift")),
    *(f"sales_to_{s}" for s in STAGES),
    *("gifts", "reviews", "stars", "recommendations"),
    *("switched", *(f"switched_{s}" for s in STAGES[1:]), "switched_bonds"),
    *("complaints", "complaints_answered", "complaints_ignored", "warned"),
    *("sales_discounted", "margin_lost", "hours", "hours_unused"),
)


def live(
    parameters: dict[str, Any],
    strategy: dict[str, Any],
    rng: np.random.Generator,
    diary: list[dict[str, float]] | None = None,
) -> dict[str, float]:
    """One world from the warm-up to the horizon: sums since day 0, stocks of the last evening.

    A `diary` gets one page a day: the sums so far, and novelty.
    """
    world = World(parameters, rng)
    before, days = parameters["days_warm_up"], parameters["n_days"]
    warm_up = plan(parameters, BALANCED, before, rng, warm_up=True)
    horizon = plan(parameters, strategy, days, rng)
    for t in range(before):
        world.day(t - before, {name: column[t] for name, column in warm_up.items()}, BALANCED)
    world.count.clear()
    for t in range(days):
        world.day(t, {name: column[t] for name, column in horizon.items()}, strategy)
        if diary is not None:
            diary.append({**world.count, "novelty": world.novelty})
    outcomes = {name: float(world.count[name]) for name in COUNTED}
    everyone = world.attachment(np.arange(world.n), days - 1)
    for number, stage in enumerate(STAGES):
        here = world.stage == number
        outcomes[f"n_{stage}"] = float(here.sum())
        outcomes[f"attachment_{stage}"] = float(everyone[here].mean()) if here.any() else np.nan
    outcomes["n_bonds"] = float(world.n_bonds.sum() / 2)
    outcomes["n_bonded"] = float((world.n_bonds > 0).sum())
    outcomes["complaints_open"] = float(len(world.queue))
    outcomes["novelty"] = world.novelty
    return outcomes
