"""Phase 6, consider and buy (model 4.6)."""

from __future__ import annotations

from math import floor

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import exp, expm1, log1p, power
from simulation.core.stages import Channel

DISCOVERY, POST, AD, REPLY = (int(c) for c in list(Channel)[:4])
MAIL, VISIT, FRIEND = (int(c) for c in list(Channel)[4:])


@rule
def click_chance(par, channel, today):
    """Return the chance that a contact is followed up, 0 if the channel does not announce.

    click_discovery, click_post, click_ad, click_mail, click_visit. `today`: the day's plan, which
    says what announces. A friend's recommendation has its own chance (recommended_chance).
    Decision CLICK. Source: see click_post, click_mail, click_visit.
    """
    if channel == DISCOVERY and today.announce_post:
        return par.click_discovery
    if channel == POST and today.announce_post:
        return par.click_post
    if channel == AD and today.announce_ad:
        return par.click_ad
    if channel == MAIL and today.announce_mail:
        return par.click_mail
    if channel == VISIT and today.announce_visit:
        return par.click_visit
    return 0.0


@rule
def recommended_chance(par, by_member):
    """Return the chance that a friend's recommendation of the product is looked at.

    p_consider_friend (Leskovec et al. 2007, grade B), p_consider_member if a member sent it.
    Decision CLICK.
    """
    return par.p_consider_member if by_member else par.p_consider_friend


@rule
def lag_days(par, u):
    """Return the days between the click and the visit to the product page.

    floor of a Weibull(lag_shape, lag_scale [days]) cut off at days_lag_max, by inversion of u;
    0 is the same day. Fitted to Magellan AI 2026: .33 by day 1, .58 by day 7, .87 by day 30.
    Decision LAG.
    """
    within = -expm1(-power(par.days_lag_max / par.lag_scale, par.lag_shape))
    days = par.lag_scale * power(-log1p(-u * within), 1.0 / par.lag_shape)
    return int(min(floor(days), par.days_lag_max - 1.0))


@rule
def review_shift(par, reviews, mean_stars):
    """Return what reviews do to the log-odds of buying.

    -buy_no_reviews exp(-reviews / 3) + buy_stars (stars - 4.2); centred on a well-reviewed page.
    Spiegel (grade C): all of the gain within ten reviews; Chevalier and Mayzlin 2006 (A-).
    reviews [reviews], mean_stars [stars]. Draws nothing.
    """
    stars = par.buy_stars * (mean_stars - 4.2) if reviews > 0 else 0.0
    return stars - par.buy_no_reviews * exp(-reviews / 3.0)


@rule
def buy_chance(
    par,
    attachment,
    relevance,
    buyer_friends,
    reviews,
    mean_stars,
    by_friend,
    price_shift,
    word_shift,
):
    """Return the chance of buying, once on the product page.

    L(logit p_buy + buy_attachment A + buy_relevance theta + price_shift + review_shift
      + buy_buyer_friends ln(1 + k) + word_shift), odds times odds_friend if a friend sent them.
    `k` friends who bought (Bapna and Umyarov 2015, grade A); `price_shift` as in offers.py,
    `word_shift` as in service.py. Decision BUY.
    """
    z = (
        par.buy_attachment * attachment
        + par.buy_relevance * relevance
        + price_shift
        + review_shift(par, reviews, mean_stars)
        + par.buy_buyer_friends * log1p(buyer_friends)
        + word_shift
    )
    return shifted(par.p_buy, z, par.odds_friend if by_friend else 1.0)
