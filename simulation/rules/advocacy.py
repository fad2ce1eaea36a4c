"""Phase 7, speak: review, recommend, give; and telling a friend of the brand (model 4.7)."""

from __future__ import annotations

from math import floor

from simulation.core.chance import logistic, shifted
from simulation.core.compiled import rule
from simulation.core.elementary import log
from simulation.core.stages import Stage
from simulation.rules.attachment import MEAN_PURPOSE_FIT

FOLLOWER, SUBSCRIBER, MEMBER = int(Stage.FOLLOWER), int(Stage.SUBSCRIBER), int(Stage.MEMBER)


@rule
def tell_rate(par, stage):
    """Return the chance a day [1/day] that someone tells one friend of the brand. Decision TELL.

    rate_tell_stage. Beyond model 4.7, where only buyers speak: without it no word of mouth could
    carry the brand before there is a product, and Bass would not be a limit of the model.
    Source: assumption.
    """
    if stage == FOLLOWER:
        return par.rate_tell_follower
    if stage == SUBSCRIBER:
        return par.rate_tell_subscriber
    if stage == MEMBER:
        return par.rate_tell_member
    return 0.0


@rule
def satisfaction(par, fit, noise, wrong):
    """Return how satisfied a buyer is, 0-1: L(logit m + satisfaction_spread noise - lost).

    m = quality + match (f - mean f), held within .01 and .99; `noise` a standard normal; lost =
    loss_wrong if the purchase went `wrong`, else 0. Decision SATISFACTION. Logit-normal in place of
    model 4.7's Beta: the same shape, with a closed form. Source: assumption.
    """
    middle = min(0.99, max(0.01, par.quality + par.match * (fit - MEAN_PURPOSE_FIT)))
    z = log(middle / (1.0 - middle)) + par.satisfaction_spread * noise
    return logistic(z - par.loss_wrong if wrong else z)


@rule
def experience(satisfied):
    """Return what a purchase was like, as it is remembered: x = s - .7.

    s 0-1; .7 is a good product's, as in recommend_chance. Draws nothing. Source: by definition.
    """
    return satisfied - 0.7


@rule
def stars_given(satisfied):
    """Return the stars of a review, 1 to 5: 1 + floor(5 s), at most 5.

    s 0-1. Draws nothing. Source: by definition.
    """
    return min(5, 1 + floor(5.0 * satisfied))


@rule
def review_chance(par, stage, attachment, asked):
    """Return the chance that a buyer reviews: L(logit r + A).

    r = p_review_asked for members, and for subscribers if the strategy asks; else
    p_review_public. Decision REVIEW.
    A 0-1. Source: author blogs (D) and advance readers (D), see the parameters.
    """
    invited = stage == MEMBER or (stage == SUBSCRIBER and asked)
    base = par.p_review_asked if invited else par.p_review_public
    return shifted(base, par.speak_attachment * attachment)


@rule
def recommend_chance(par, stage, attachment, satisfied):
    """Return the chance that a buyer recommends the product to friends.

    L(logit p_recommend + speak_attachment A + speak_satisfaction (s - .7)), with
    p_recommend_member for members, else p_recommend_public. Decision RECOMMEND.
    A, s 0-1. Source: Texas Tech (C-) for the public; the member's is an assumption.
    """
    base = par.p_recommend_member if stage == MEMBER else par.p_recommend_public
    z = par.speak_attachment * attachment + par.speak_satisfaction * (satisfied - 0.7)
    return shifted(base, z)


@rule
def gifts_mean(par, attachment):
    """Return the mean number of copies a buyer gives: gifts_base + gifts_per_attachment A.

    A 0-1. Decision GIFTS. Source: most gifts have nothing to do with attachment: .11-.24 of copies
    (Nielsen 2009 to 2015, C); the share of each is an assumption.
    """
    return par.gifts_base + par.gifts_per_attachment * attachment


@rule
def tells_of_product(par, bought_on, launched, day):
    """Return whether who tells a friend of the brand speaks of the product too: recent buyers do.

    For days_owner_tells days from the purchase on day bought_on (-1: none), if that was of the
    product on the page, which is out from the day `launched` (0 or later) on; `day` is today.
    Draws nothing. Source: assumption.
    """
    return bought_on >= launched and day - bought_on < par.days_owner_tells
