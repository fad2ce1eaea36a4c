"""The no-agent null: what average people, who differ in nothing and have no luck, would do.

The same scenario and strategy as a simulation, the same equations, but one average person for each
stage (theta = 0, f = its mean, the mean visit rate) in place of a crowd. People flow between the
stages as a Markov chain with the chances of the day, and take attachment, pending visits and copies
with them. Where this does as well as the simulation, agents were not needed, and we say so; where
it does not, what differs between people or runs along friendships made the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulation.checks.theory import chances_up, lag_shares, stage_chain, starting_counts
from simulation.core.stages import STAGES, Channel, Stage
from simulation.engine.plan import plan, warm_up_plan
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.people.friends_file import read_friends
from simulation.rules import advocacy, attachment, community, contact, ladder, offers, purchase
from simulation.rules.attachment import MEAN_PURPOSE_FIT
from simulation.tools.errors import InputError

MEMBER, SUBSCRIBER = int(Stage.MEMBER), int(Stage.SUBSCRIBER)
FRIEND, VISIT = int(Channel.FRIEND), int(Channel.VISIT)
N_STAGES, N_CHANNELS = len(STAGES), len(Channel)


class Prediction(NamedTuple):
    """What the average people do.

    n : float64, shape (n_days + 1, 4) [people] by stage in the morning of each day
    sales : float64, shape (n_days, 4) [copies/day] by stage of the buyer (of the giver, for gifts)
    attachment : float64, shape (n_days + 1, 4) [0-1] mean by stage
    """

    n: np.ndarray
    sales: np.ndarray
    attachment: np.ndarray


@dataclass
class _Crowd:
    """Everything the prediction keeps from day to day; masses [people] by stage."""

    n: np.ndarray  # (4,)
    prominence: np.ndarray  # (4,) sums over people, as are the next two
    connection: np.ndarray
    exposure: np.ndarray
    free: np.ndarray  # (4,) neither owners nor about to look
    pending: np.ndarray  # (4, lags, channels) about to look in so many days, by what sent them
    heard: np.ndarray  # (4,) announcements attended, summed over people
    looked: np.ndarray  # (4,) those of the free who were on the page and did not buy
    ordered: np.ndarray  # (4,) bought before the launch day
    bonds: float = 0.0  # ends of bonds, all members together
    novelty: float = 1.0
    reviews: float = 0.0
    stars: float = 0.0
    buyers: float = 0.0
    archive: float = 0.0  # pieces that can be found
    told: float = 0.0  # share of people whom a friend told something yesterday
    told_product: float = 0.0  # of the product
    by_member: float = 0.0  # share of those words that a member spoke
    answered: float = 0.0  # chance a day that a member is answered

    def flow(self, chain: np.ndarray) -> None:
        """Move people between the stages, with all they carry."""
        for name in (
            "n", "prominence", "connection", "exposure", "free", "heard", "looked", "ordered",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) @ chain)
        self.pending = np.einsum("slc,st->tlc", self.pending, chain)

    def mean(self, name: str) -> np.ndarray:
        """Return a mean a head by stage, 0 where nobody is."""
        total = getattr(self, name)
        return np.divide(total, self.n, out=np.zeros(N_STAGES), where=self.n > 0.0)


def predict_without_agents(
    scenario: Scenario | str, strategy: Strategy | str, *, launch: bool = True
) -> Prediction:
    """Return what average people do in a scenario under a strategy, warm-up included.

    Each day takes the phases of the model in order, with the chances of the rulebook at the means
    of each stage. Approximations: a day's contacts are independent, prices are as expected at
    first, friends are drawn from all people alike, the number of friends is the mean degree, gifts
    and owners who only tell are silent, and whoever is invited to the community joins a
    share_invited part of the time.

    Parameters
    ----------
    scenario, strategy : name, path, or object
    launch : bool
        False: nothing announces the product, only the ladder is lived.

    Raises
    ------
    InputError
        With complaints, offers or a rival: average people were not written for them.
        Source: model description, section 6 (no-agent null) and 8.
    """
    world, levers = Scenario.load(scenario), Strategy.load(strategy)
    if not launch:
        levers = levers.model_copy(update={"announce": ()})
    par = world.numbers()
    _refuse(par, levers)
    degree = _mean_degree(world)
    crowd = _born(world)
    for today in warm_up_plan(world):
        _live(par, -1, today, crowd, degree, held=True)
    rows, felt, sold = [crowd.n], [_attachment(par, crowd)], []
    for day, today in enumerate(plan(world, levers)):
        sold.append(_live(par, day, today, crowd, degree, ask=levers.ask_reviews))
        rows.append(crowd.n)
        felt.append(_attachment(par, crowd))
    return Prediction(np.array(rows), np.array(sold), np.array(felt))


def _refuse(par: Any, strategy: Strategy) -> None:
    for what, on in (
        ("complaints", par.can_go_wrong > 0.0),
        ("a rival (p_rival)", par.p_rival > 0.0),
        ("offers (offer_depth)", strategy.offer_depth > 0.0),
    ):
        if on:
            raise InputError(f"no-agent prediction: {what} must be off")


def _mean_degree(world: Scenario) -> float:
    """Return the mean number of friends [people]."""
    if world.world.graph == "none":
        return 0.0
    if world.world.graph == "complete":
        return world.world.n_people - 1.0
    if world.world.graph == "file":
        friends = read_friends(world)
        return friends.ids.size / (friends.start.size - 1)
    return float(world.world.mean_degree)


def _born(world: Scenario) -> _Crowd:
    par = world.numbers()
    n = starting_counts(par, world.world.n_people)
    zeros = np.zeros(N_STAGES)
    pending = np.zeros((N_STAGES, int(par.days_lag_max), N_CHANNELS))
    return _Crowd(n, zeros, zeros, zeros, n, pending, zeros, zeros, zeros)


def _attachment(par: Any, crowd: _Crowd) -> np.ndarray:
    pairs = zip(crowd.mean("prominence"), crowd.mean("connection"), strict=True)
    return np.array([attachment.attachment(par, p, c) for p, c in pairs])


def _live(
    par: Any,
    day: int,
    today: Any,
    crowd: _Crowd,
    degree: float,
    *,
    held: bool = False,
    ask: bool = False,
) -> np.ndarray:
    """Live one day; return the copies sold by stage."""
    met = _meet(par, today, crowd)
    _feel(par, today, crowd, met)
    if not held:
        _move(par, today, crowd, degree)
    _mingle(par, today, crowd, float(met[MEMBER, VISIT]))
    _consider(par, today, crowd, met)
    bought = _buy(par, day, today, crowd, degree)
    return _speak(par, crowd, bought, degree, ask)


def _meet(par: Any, today: Any, crowd: _Crowd) -> np.ndarray:
    """Return the chance of each contact by stage, shape (4, channels)."""
    n_people, fans, posts = float(crowd.n.sum()), float(crowd.n[1:].sum()), float(today.posts)
    rho = contact.reach(par, fans)
    talk = contact.talk_share(float(today.replies), posts, fans * contact.post_chance(rho, posts))
    rho = contact.reach_in_talk(par, rho, talk)
    post = contact.post_chance(rho, posts)
    met = np.zeros((N_STAGES, N_CHANNELS))
    met[0, Channel.DISCOVERY] = contact.discovery_chance(par, rho, posts, fans, n_people)
    met[1:, Channel.POST] = post
    met[1:, Channel.REPLY] = post * contact.reply_chance(float(today.replies), fans * post)
    met[:, Channel.AD] = contact.ad_chance(float(today.ad_clicks), n_people)
    felt = _attachment(par, crowd)
    for stage in range(SUBSCRIBER, N_STAGES):
        met[stage, Channel.MAIL] = contact.mail_chance(par, today.pieces, felt[stage])
    rate = _mean_visit_rate(par)
    drawn = community.drawn_back(
        par,
        1.0 / max(crowd.answered, 1e-6),  # days, on average, since a member was answered
        crowd.bonds / max(crowd.n[MEMBER], 1e-9),
        crowd.mean("connection")[MEMBER],
    )
    met[MEMBER, VISIT] = contact.visit_chance(par, rate, today.events, crowd.novelty, drawn)
    if par.matched_list > 0.0:
        met[SUBSCRIBER, VISIT] = contact.visit_chance(par, rate, today.events, 1.0, 1.0)
    met[:, FRIEND] = crowd.told
    crowd.archive = contact.archive_after(par, crowd.archive, float(today.pieces))
    met[:SUBSCRIBER, Channel.SEARCH] = contact.search_chance(par, crowd.archive)
    return met


def _mean_visit_rate(par: Any) -> float:
    """Return the mean of the log-normal visit rates [1/day]."""
    return float(par.visit_rate_median * np.exp(0.5 * par.visit_rate_sigma**2))


def _feel(par: Any, today: Any, crowd: _Crowd, met: np.ndarray) -> None:
    """Let attachment fade since yesterday and grow by today's contacts."""
    p = crowd.mean("prominence") * attachment.left_after(par, par.decay_prominence, 1)
    c = crowd.mean("connection") * attachment.left_after(par, par.decay_self_connection, 1)
    x = crowd.mean("exposure") * attachment.exposure_left(par, 1)
    for stage in range(N_STAGES):
        visiting = (2 if today.events > 0 else 1) if stage == MEMBER else 0
        for channel in map(int, np.flatnonzero(met[stage])):
            share = met[stage, channel]
            k = attachment.own_content(par, channel, visiting, 0)
            grown = attachment.prominence_after(par, p[stage], x[stage], channel)
            p[stage] += share * (grown - p[stage])
            grown = attachment.self_connection_after(c[stage], MEAN_PURPOSE_FIT, k)
            c[stage] += share * (grown - c[stage])
            x[stage] += share
    crowd.prominence, crowd.connection, crowd.exposure = p * crowd.n, c * crowd.n, x * crowd.n


def _move(par: Any, today: Any, crowd: _Crowd, degree: float) -> None:
    """Let people flow up by contacts and down by lapse; a bond ends when either leaves."""
    felt, n = _attachment(par, crowd), crowd.n
    told = np.full(N_STAGES, crowd.told)
    friends = degree * n[MEMBER] / n.sum()
    chances, straight = chances_up(par, today, n, told, crowd.archive, felt, friends)
    up = np.array(chances)
    up[SUBSCRIBER] *= par.share_invited
    bonds = crowd.bonds / n[MEMBER] if n[MEMBER] > 0.0 else 0.0
    down = [
        ladder.lapse_chance(par, s, felt[s], bonds if s == MEMBER else 0.0, float(today.posts), 0.0)
        for s in range(1, N_STAGES)
    ]
    crowd.flow(stage_chain(up, down, straight))
    crowd.bonds *= (1.0 - down[-1]) ** 2


def _mingle(par: Any, today: Any, crowd: _Crowd, visit: float) -> None:
    """Let members write, be answered, bond and get used to the community."""
    members = float(crowd.n[MEMBER])
    visitors = members * visit
    written = visitors * community.write_chance(par, _mean_visit_rate(par))
    by_fans = 0.0
    if par.relationships > 0.0 and visitors >= 2.0:
        by_fans = written * community.answer_chance(par, visitors - 1.0)
    left = written - by_fans
    by_host = left * contact.reply_chance(float(today.host_answers), left)
    crowd.bonds *= 1.0 - par.rate_bond_end
    crowd.answered = 0.0
    if members > 0.0:
        mean = crowd.connection[MEMBER] / members
        after = attachment.self_connection_after(mean, MEAN_PURPOSE_FIT, par.k_tie)
        crowd.connection = crowd.connection.copy()
        crowd.connection[MEMBER] += (2.0 * by_fans + by_host) * (after - mean)
        crowd.answered = (by_fans + by_host) / members
    if par.relationships > 0.0 and visitors >= 2.0:
        meetings = by_fans + (visitors if today.events > 0 else 0.0)
        crowd.bonds += 2.0 * meetings * community.bond_chance(par, 0.0, 0.0, False, members)
        crowd.bonds = min(crowd.bonds, community.MAX_BONDS * members)
    crowd.novelty = community.novelty_after(par, crowd.novelty, today.events, written, members)


def _consider(par: Any, today: Any, crowd: _Crowd, met: np.ndarray) -> None:
    """Let those who are free follow up their contacts: a visit to the page, after a lag.

    Announcements wear out by the mean number attended, those who looked before click less.
    """
    told = par.p_consider_friend + crowd.by_member * (par.p_consider_member - par.p_consider_friend)
    lag = (1.0 - par.p_same_day) * lag_shares(par.lag_shape, par.lag_scale, int(par.days_lag_max))
    lag[0] += par.p_same_day
    felt, heard = _attachment(par, crowd), crowd.mean("heard")
    seen = np.divide(crowd.looked, crowd.free, out=np.zeros(N_STAGES), where=crowd.free > 0.0)
    left, left_again = np.ones(N_STAGES), np.ones(N_STAGES)  # who looks first; who looks again
    for channel in range(N_CHANNELS):
        if channel == FRIEND:
            click = np.full(N_STAGES, crowd.told_product * told)
            again = click
        else:
            click = met[:, channel] * [
                purchase.click_chance(par, channel, today, felt[s], 0.0, heard[s], False)
                for s in range(N_STAGES)
            ]
            again = click * par.click_again
        clicked = (crowd.free - crowd.looked) * left * click + crowd.looked * left_again * again
        crowd.pending[:, :, channel] += clicked[:, None] * lag
        left, left_again = left * (1.0 - click), left_again * (1.0 - again)
    crowd.looked = crowd.free * seen * left_again
    crowd.free = crowd.free * (1.0 - seen) * left + crowd.looked
    attended = met[:, Channel.MAIL] * today.announce_mail + met[:, VISIT] * today.announce_visit
    crowd.heard = crowd.heard + crowd.n * attended


def _buy(par: Any, day: int, today: Any, crowd: _Crowd, degree: float) -> np.ndarray:
    """Let those who look at the page today decide; return the buyers by stage.

    Who decides before the launch day orders, and buys on that day.
    """
    felt, bought = _attachment(par, crowd), np.zeros(N_STAGES)
    looking = crowd.pending[:, 0].copy()
    crowd.pending = np.roll(crowd.pending, -1, axis=1)
    crowd.pending[:, -1] = 0.0
    stars = crowd.stars / crowd.reviews if crowd.reviews > 0.0 else 0.0
    owners = degree * crowd.buyers / crowd.n.sum()
    price = offers.price_shift(par, par.price, par.price_reference)
    for stage, channel in zip(*np.nonzero(looking), strict=True):
        by_friend = bool(channel == FRIEND)
        q = purchase.buy_chance(
            par, felt[stage], 0.0, owners, crowd.reviews, stars, by_friend, price, 0.0,
            bool(today.last_call),
        )  # fmt: skip
        bought[stage] += looking[stage, channel] * q
    refused = looking.sum(axis=1) - bought
    crowd.free, crowd.looked = crowd.free + refused, crowd.looked + refused
    if day < par.launch_day:
        crowd.ordered = crowd.ordered + bought
        return np.zeros(N_STAGES)
    bought, crowd.ordered = bought + crowd.ordered, np.zeros(N_STAGES)
    crowd.buyers += float(bought.sum())
    return bought


def _speak(par: Any, crowd: _Crowd, bought: np.ndarray, degree: float, ask: bool) -> np.ndarray:
    """Let buyers review, recommend and give, and everyone tell; return the copies by stage."""
    felt, n_people = _attachment(par, crowd), float(crowd.n.sum())
    satisfied = advocacy.satisfaction(par, MEAN_PURPOSE_FIT, 0.0, False)
    words, copies = np.zeros(N_STAGES), bought.copy()
    for stage in np.flatnonzero(bought):
        reviews = bought[stage] * advocacy.review_chance(par, stage, felt[stage], ask)
        crowd.reviews += reviews
        crowd.stars += reviews * advocacy.stars_given(satisfied)
        speak = advocacy.recommend_chance(par, stage, felt[stage], satisfied)
        words[stage] = bought[stage] * speak * (1.0 + par.more_friends)
        if degree > 0.0:
            gifts = bought[stage] * advocacy.gifts_mean(par, felt[stage])
            copies[stage] += _given(crowd, gifts)
    if degree > 0.0:
        tells = sum(crowd.n[s] * advocacy.tell_rate(par, s) for s in range(N_STAGES))
        crowd.told = -np.expm1(-(tells + words.sum()) / n_people)
        crowd.told_product = -np.expm1(-words.sum() / n_people)
        crowd.by_member = words[MEMBER] / words.sum() if words.sum() > 0.0 else 0.0
    return copies


def _given(crowd: _Crowd, gifts: float) -> float:
    """Give copies to people drawn from all alike; return how many had none before."""
    n_people = float(crowd.n.sum())
    keep = 1.0 - gifts / n_people
    without = crowd.free.sum() + crowd.pending.sum()
    crowd.free, crowd.looked = crowd.free * keep, crowd.looked * keep
    crowd.pending = crowd.pending * keep
    return float(gifts * without / n_people)
