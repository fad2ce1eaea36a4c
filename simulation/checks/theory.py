"""The known answers: what the model must give where its answer can be written down.

Nothing here simulates and nothing imports an engine; the equations are those of the rulebook, so
that the tests can hold the engines against them. All of it assumes people who differ in nothing
but their stage.

==================  ================================================================================
``stage_chain``     one day of the ladder as a 4 x 4 matrix
``occupancy``       where people stand on each day, by powers of that matrix
``mean_field``      the same for a whole scenario and strategy, with reach that follows the audience
``geometric_times`` when someone with a constant chance moves
``bass``            adoption by advertising and word of mouth, closed form; logistic growth at p = 0
``bass_daily``      the same as this model's days make it: word of mouth arrives a day later
``bass_rates``      p and q of a scenario and strategy
``lag_shares``      days between the click and the page visit
``page_sales``      expected sales when every click is alike
``bonds_left``      expected bonds, given how many were formed on which day
==================  ================================================================================
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simulation.core import chance
from simulation.core.stages import Channel, Stage
from simulation.engine.plan import plan
from simulation.inputs.declare import InputError
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.rules import advocacy, contact, ladder
from simulation.rules.attachment import MEAN_PURPOSE_FIT

# -- the ladder -----------------------------------------------------------------------------------


def stage_chain(up: ArrayLike, down: ArrayLike, straight: float = 0.0) -> np.ndarray:
    """Return the chances of going from each stage to each other within one day.

    Up first and at most one move a day: someone lapses only if no contact moved them up,

        P[s, s+1] = up_s,   P[s, s-1] = (1 - up_s) down_s,   P[s, s] = the rest,

    but for strangers who go straight to the list: P[0, 2] = straight, P[0, 1] = up_0 - straight.

    Parameters
    ----------
    up : shape (3,), chance a day [1/day] that a stranger, follower, subscriber moves up
    down : shape (3,), hazard [1/day] that a follower, subscriber, member lapses
    straight : of up_0, the chance a day that it leads straight to the list

    Returns
    -------
    float64, shape (4, 4); rows sum to 1. Source: model description, sections 3 and 4.4.
    """
    up = np.append(np.asarray(up, float), 0.0)
    down = np.insert(np.asarray(down, float), 0, 0.0)
    if up.shape != (4,) or down.shape != (4,):
        raise ValueError("up and down: three chances each are needed")
    for name, values in (("up", up), ("down", down)):
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise ValueError(f"{name}: chances must lie from 0 to 1 [1/day]")
    if not 0.0 <= straight <= up[0]:
        raise ValueError("straight: it is part of the chance that a stranger moves up")
    lapse = (1.0 - up) * down
    chain = np.diag(1.0 - up - lapse) + np.diag(up[:3], 1) + np.diag(lapse[1:], -1)
    chain[0, 1:3] += -straight, straight
    return chain


def occupancy(chain: ArrayLike, start: ArrayLike, n_days: int) -> np.ndarray:
    """Return the expected people (or shares) at each stage on each day: n(t) = n(0) P^t.

    Parameters
    ----------
    chain : shape (4, 4), chances a day, see `stage_chain`
    start : shape (4,), people or shares by stage in the morning of day 0
    n_days : days

    Returns
    -------
    float64, shape (n_days + 1, 4): row t is the morning of day t, or the end of day t - 1.
    Source: Markov chains; exact for constant chances.
    """
    rows = [np.asarray(start, float)]
    for _ in range(n_days):
        rows.append(rows[-1] @ np.asarray(chain, float))
    return np.array(rows)


def mean_field(scenario: Scenario, strategy: Strategy) -> np.ndarray:
    """Return the expected people by stage on each day of a world of people all alike.

    Every day the chances are read from the rules with the expected counts of that morning; reach
    follows the audience, replies are shared among those expected to meet a post, and on the
    complete graph those told by a friend yesterday are met today. Where chances depend on counts
    they are taken at the mean (exact as the number of people grows).

    Parameters
    ----------
    scenario : graph "none" or "complete", no warm-up, and nothing in which people differ: b_*,
        g_attachment and g_bonds 0, share_invited 0 or 1
    strategy : any; on the complete graph it must announce nothing

    Returns
    -------
    float64, shape (n_days + 1, 4) [people]: row t is the morning of day t.

    Raises
    ------
    InputError
        If the world is not one in which people are all alike. Source: model description, section 8.
    """
    par = scenario.numbers()
    _refuse_differences(par, scenario, strategy)
    days, n_people = plan(scenario, strategy), scenario.world.n_people
    n = starting_counts(par, n_people)
    told = np.zeros(4)  # expected people at each stage to whom a friend spoke yesterday
    rows, archive = [n], 0.0
    for today in days:
        share_told = np.divide(told, n, out=np.zeros(4), where=n > 0.0)
        archive = contact.archive_after(par, archive, float(today.pieces))
        up, straight = chances_up(par, today, n, share_told, archive)
        posts = float(today.posts)
        down = [ladder.lapse_chance(par, s, 0.0, 0.0, posts, 0.0) for s in range(1, 4)]
        chain = stage_chain(up, down, straight)
        told = (n * _told_tomorrow(par, n, scenario.world.graph == "complete")) @ chain
        n = n @ chain
        rows.append(n)
    return np.array(rows)


def _refuse_differences(par: Any, scenario: Scenario, strategy: Strategy) -> None:
    """Raise InputError unless people of one stage are all alike."""
    alike = {"b_relevance": 0, "b_attachment": 0, "b_fit": 0, "g_attachment": 0}
    alike |= {"days_warm_up": 0, "p_rival": 0, "can_go_wrong": 0, "open_attachment": 0}
    if par.relationships:
        alike["g_bonds"] = 0
    complete = scenario.world.graph == "complete"
    if complete:
        alike["b_member_friends"] = 0
    for name, value in alike.items():
        if getattr(par, name) != value:
            raise InputError(f"mean field: {name} = {getattr(par, name):g}, it must be {value}")
    if scenario.world.graph not in ("none", "complete"):
        raise InputError(f'mean field: graph = "{scenario.world.graph}", not "none" or "complete"')
    if complete and strategy.announce:
        raise InputError("mean field: on the complete graph the strategy must announce nothing")
    if par.share_invited not in (0.0, 1.0):
        raise InputError(f"mean field: share_invited = {par.share_invited:g}, it must be 0 or 1")


def starting_counts(par: Any, n_people: int) -> np.ndarray:
    """Return the people by stage on day 0, float64, shape (4,)."""
    shares = (par.share_followers, par.share_subscribers, par.share_members)
    fans = [round(share * n_people) for share in shares]
    return np.array([n_people - sum(fans), *fans], float)


def chances_up(
    par: Any,
    today: Any,
    n: np.ndarray,
    told: np.ndarray,
    archive: float,
    felt: ArrayLike = (0.0, 0.0, 0.0, 0.0),
    member_friends: float = 0.0,
) -> tuple[list[float], float]:
    """Return the chance (3) that an average stranger, follower, subscriber moves up today.

    With it the part of the stranger's that leads straight to the list. `today` a row of the plan,
    `n` people by stage, `told` shares by stage whom a friend told yesterday, `archive` pieces that
    can be found, `felt` attachment by stage [0-1], `member_friends` k [people].
    """
    fans, n_people = float(n[1:].sum()), float(n.sum())
    posts = float(today.posts)
    rho = contact.reach(par, fans)
    talk = contact.talk_share(float(today.replies), posts, fans * contact.post_chance(rho, posts))
    rho = contact.reach_in_talk(par, rho, talk)
    post = contact.post_chance(rho, posts)
    reply = contact.reply_chance(float(today.replies), fans * post)
    may_join = bool(today.hosting) and par.share_invited > 0.0
    attached = np.asarray(felt, float)

    making = bool(today.making_content)
    search, straight = contact.search_chance(par, archive), 0.0

    def stay(stage: int, channel: Channel, met: float) -> float:
        """The chance not to be moved by one kind of contact, met with chance `met`."""
        return 1.0 - met * ladder.move_chance(
            par,
            stage,
            int(channel),
            0.0,
            attached[stage],
            MEAN_PURPOSE_FIT,
            member_friends,
            making,
            may_join,
            talk,
        )

    up = []
    for stage in (Stage.STRANGER, Stage.FOLLOWER, Stage.SUBSCRIBER):
        still = stay(stage, Channel.AD, contact.ad_chance(float(today.ad_clicks), n_people))
        site = stay(stage, Channel.FRIEND, float(told[stage]))
        if stage <= Stage.FOLLOWER:
            site *= stay(stage, Channel.SEARCH, search)
        if stage == Stage.STRANGER:
            met = contact.discovery_chance(par, rho, posts, fans, n_people)
            still *= stay(stage, Channel.DISCOVERY, met)
            asked = ladder.straight_chance(par, int(Channel.SEARCH), MEAN_PURPOSE_FIT, making)
            straight = still * (1.0 - site) * asked  # weighed last: a word, a find
        else:  # a reply only to those who met a post
            answered = stay(stage, Channel.POST, 1.0) * stay(stage, Channel.REPLY, reply)
            still *= 1.0 - post + post * answered
        if stage == Stage.SUBSCRIBER:
            still *= stay(
                stage, Channel.MAIL, contact.mail_chance(par, today.pieces, attached[stage])
            )
        up.append(1.0 - still * site)
    return up, straight


def _told_tomorrow(par: Any, n: np.ndarray, complete: bool) -> np.ndarray:
    """Return the chance (4,) that someone at each stage is told of the brand by a friend today.

    Each of the others tells one of n - 1 friends with their tell_rate, independently.
    """
    n_people = float(n.sum())
    if not complete or n_people < 2.0:
        return np.zeros(4)
    rates = np.array([advocacy.tell_rate(par, stage) for stage in range(4)])
    quiet = np.log1p(-rates / (n_people - 1.0))
    return -np.expm1(np.sum(n * quiet) - quiet)


# -- times and adoption ---------------------------------------------------------------------------


def geometric_times(p: float, n_days: int) -> np.ndarray:
    """Return on which day someone moves who moves with chance p on every day.

    P(day t) = p (1 - p)^t for t = 0 .. n_days - 1; the last entry is P(not within n_days).

    Returns
    -------
    float64, shape (n_days + 1,), sums to 1. Exact while the chance p [1/day] is constant.
    """
    days = np.arange(n_days)
    return np.append(p * (1.0 - p) ** days, (1.0 - p) ** n_days)


def bass(p: float, q: float, t: ArrayLike, start: float = 0.0) -> np.ndarray:
    """Return the share of adopters at times t in continuous time.

    dF/dt = (p + q F)(1 - F), F(0) = start. For start = 0 this is Bass's
    F(t) = (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t}); for p = 0 the logistic curve (SI).

    Parameters
    ----------
    p : innovation [1/day], adoption without other adopters
    q : imitation [1/day], adoption by word of mouth
    t : times [days], any shape
    start : share of adopters at time 0

    Source: Bass (1969), A new product growth model for consumer durables, Management Science 15.
    """
    t = np.asarray(t, float)
    left = 1.0 - start
    fade = np.exp(-(p + q) * t)
    if p + q == 0.0:
        return np.full(t.shape, start)
    return 1.0 - (p + q) * left * fade / (q * left * fade + p + q * start)


class BassRates(NamedTuple):
    """What `bass` and `bass_daily` need of a world with ads and word of mouth only."""

    p: float  # chance a day [1/day] that a stranger follows by an ad
    tell: float  # chance a day [1/day] that a follower tells a friend
    accept: float  # chance that a stranger follows by a friend's word

    @property
    def q(self) -> float:
        """Imitation [1/day]: tell accept. (A word to someone who follows is lost: 1 - F.)"""
        return self.tell * self.accept


def bass_rates(scenario: Scenario, strategy: Strategy) -> BassRates:
    """Return the rates of a world where strangers follow by ads and by friends' words only.

    p = ad clicks / people p_follow; tell = rate_tell_follower; accept = p_follow with its odds
    times odds_friend (two meetings a day are weighed one after the other). Ads as on day 0.
    """
    par = scenario.numbers()
    clicks = float(plan(scenario, strategy, 1)[0].ad_clicks)
    return BassRates(
        contact.ad_chance(clicks, float(scenario.world.n_people)) * par.p_follow,
        par.rate_tell_follower,
        chance.shifted(par.p_follow, 0.0, par.odds_friend),
    )


def bass_daily(rates: BassRates, n_people: int, n_days: int, start: float) -> np.ndarray:
    """Return the expected followers on each day of the complete graph, as the days make them.

        told(t) = 1 - (1 - tell / (N - 1))^F(t)
        F(t+1) = F(t) + (N - F(t)) [1 - (1 - p)(1 - accept told(t-1))],   told(-1) = 0

    Of two words to one stranger on a day the second is lost, and a word is met a day later.
    `start` is the number of followers on day 0, `n_people` N.

    Returns
    -------
    float64, shape (n_days + 1,) [people]: entry t is the morning of day t.
    """
    followers, told = [float(start)], 0.0
    for _ in range(n_days):
        now = followers[-1]
        moved = 1.0 - (1.0 - rates.p) * (1.0 - rates.accept * told)
        told = 1.0 - (1.0 - rates.tell / (n_people - 1.0)) ** now
        followers.append(now + (n_people - now) * moved)
    return np.array(followers)


# -- sales and bonds ------------------------------------------------------------------------------


def lag_shares(shape: float, scale: float, longest: int) -> np.ndarray:
    """Return the shares of page visits 0, 1, 2 ... longest - 1 days after the click.

    A Weibull cut off at `longest` days, in whole days: [W(k + 1) - W(k)] / W(longest),
    W(t) = 1 - exp(-(t / scale)^shape). `shape` [-], `scale` [days].

    Returns
    -------
    float64, shape (longest,), sums to 1. Source: model description, section 4.6.
    """
    below = -np.expm1(-((np.arange(longest + 1) / scale) ** shape))
    return np.diff(below) / below[-1]


def page_sales(clicks: ArrayLike, lag: ArrayLike, p_buy: float) -> np.ndarray:
    """Return the expected copies per person sold on each day when every click is alike.

    Who neither owns nor has a visit pending (share a, in the morning) clicks with the day's chance;
    the visit comes after the lag; there they buy with p_buy, or are free again the next morning:

        c(d) = a(d) clicks(d),  v(d) = sum_l c(d - l) lag(l),  sold(d) = p_buy v(d)
        a(d+1) = a(d) - c(d) + (1 - p_buy) v(d),  a(0) = 1

    Parameters
    ----------
    clicks : shape (n_days,), chance a day that someone free clicks
    lag : shape (n_lags,), shares of the visits 0, 1, 2 ... days after the click

    Returns
    -------
    float64, shape (n_days,) [copies per person per day]; exact.
    """
    clicks, lag = np.asarray(clicks, float), np.asarray(lag, float)
    visits = np.zeros(clicks.size + lag.size)
    free = 1.0
    for day, click in enumerate(clicks):
        clicked = free * click
        visits[day : day + lag.size] += clicked * lag
        free += (1.0 - p_buy) * visits[day] - clicked
    return p_buy * visits[: clicks.size]


def bonds_left(formed: ArrayLike, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of the bonds at the end of each day, given those formed.

    A bond formed on day s is there at the end of day t with chance l = (1 - rate)^(t - s):
    mean sum_s formed(s) l, variance sum_s formed(s) l (1 - l). Whatever went before, a new bond's
    life does not depend on it, so observed minus mean is a sum of uncorrelated terms even where
    the number formed depends on the bonds that are left. No member may leave.

    Parameters
    ----------
    formed : shape (n_days,) bonds formed on each day
    rate : chance a day [1/day] that a bond ends

    Returns
    -------
    mean, variance : float64, each shape (n_days,)
    """
    formed = np.asarray(formed, float)
    left = (1.0 - rate) ** np.arange(formed.size)
    mean = np.convolve(formed, left)[: formed.size]
    variance = np.convolve(formed, left * (1.0 - left))[: formed.size]
    return mean, variance
