"""Phase 6, consider and buy (model 4.6)."""

from __future__ import annotations

from math import floor

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import exp, expm1, log1p, power
from simulation.core.stages import Channel
from simulation.rules.contact import announces

DISCOVERY, POST, AD, REPLY = (int(c) for c in list(Channel)[:4])
MAIL, VISIT, FRIEND = (int(c) for c in list(Channel)[4:7])


@rule
def announced_chance(par, channel, today):
    """Return the chance that the average person follows a contact up: click_c, if c announces.

    `today`: the day's plan, which says what announces (contact.py). Draws nothing itself; used by
    click_chance. Source: see click_post, click_mail, click_visit.
    """
    if not announces(channel, today):
        return 0.0
    if channel == DISCOVERY:
        return par.click_discovery
    if channel == POST:
        return par.click_post
    if channel == AD:
        return par.click_ad
    return par.click_mail if channel == MAIL else par.click_visit


@rule
def heard_after(heard, mailed, visited, today):
    """Return the announcements of this launch attended by mail or visit after a day, at most 255.

    heard + [a mail was read and mails announce] + [a visit was made and visits announce]. They are
    counted after the day's clicks were tried. Draws nothing. Source: model 7.6, a definition.
    """
    by_mail, by_visit = mailed and announces(MAIL, today), visited and announces(VISIT, today)
    return min(255, heard + int(by_mail) + int(by_visit))


@rule
def click_chance(par, channel, today, attachment, relevance, heard, looked):
    """Return the chance that a contact is followed up, 0 if the channel does not announce.

    L(logit click_c + click_attachment A + click_relevance theta), times click_wear^heard for mails
    and visits, times click_again if looked. click_c is click_discovery, click_post, click_ad,
    click_mail, click_visit; A 0-1, theta [SD]; `heard`: announcements of this launch attended by
    mail or visit before today; `looked`: clicked before, and that visit led to no purchase (also
    where it was lost to an open complaint). `today`: the day's plan, which says what announces. A
    friend's recommendation has its own chance (recommended_chance).
    Decision CLICK. Source: see click_post, click_mail, click_visit; GetResponse 2013 (C) for the
    wear; the rest is an assumption.
    """
    p = announced_chance(par, channel, today)
    if p == 0.0:
        return 0.0
    z = par.click_attachment * attachment + par.click_relevance * relevance
    if z != 0.0:
        p = shifted(p, z)
    if heard > 0 and channel in (MAIL, VISIT):
        p *= power(par.click_wear, float(heard))
    return p * par.click_again if looked else p


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

    0, the same day, with chance p_same_day; else floor of a Weibull(lag_shape, lag_scale [days])
    cut off at days_lag_max, by inversion of what u leaves, (u - p_same_day) / (1 - p_same_day),
    which is uniform again. Fitted to Magellan AI 2026: .33 by day 1, .58 by day 7, .87 by day 30.
    Decision LAG.
    """
    if u < par.p_same_day:
        return 0
    u = (u - par.p_same_day) / (1.0 - par.p_same_day)
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
def experience_shift(par, experience, days):
    """Return what the last purchase does to the log-odds of the next.

    buy_experience x (1 - decay_experience)^days; x: `advocacy.experience`, 0 if there was none;
    days [days] since that purchase. Draws nothing. Source: assumption (sign by Knox and van Oest
    2014, B).
    """
    return par.buy_experience * experience * power(1.0 - par.decay_experience, days)


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
    memory_shift,
    last_call,
):
    """Return the chance of buying, once on the product page.

    L(logit p_buy + buy_attachment A + buy_relevance theta + price_shift + review_shift
      + buy_buyer_friends ln(1 + k) + memory_shift + urgency [last_call]), odds times odds_friend if
    a friend sent them. `k` friends who bought (Bapna and Umyarov 2015, grade A); `price_shift` as
    in offers.py, `memory_shift`: word_shift in service.py plus experience_shift; `last_call`: a
    deadline is near. Decision BUY.
    """
    z = (
        par.buy_attachment * attachment
        + par.buy_relevance * relevance
        + price_shift
        + review_shift(par, reviews, mean_stars)
        + par.buy_buyer_friends * log1p(buyer_friends)
        + memory_shift
        + (par.urgency if last_call else 0.0)
    )
    return shifted(par.p_buy, z, par.odds_friend if by_friend else 1.0)
