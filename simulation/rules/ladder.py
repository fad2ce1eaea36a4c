"""Phase 4, move: up one stage by a contact, or down one by lapse (model 4.4)."""

from __future__ import annotations

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import exp, log1p
from simulation.core.stages import Channel, Stage
from simulation.rules.attachment import MEAN_PURPOSE_FIT

DISCOVERY, POST, AD, REPLY = (int(c) for c in list(Channel)[:4])
MAIL, VISIT, FRIEND, SEARCH = (int(c) for c in list(Channel)[4:])
STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = (int(s) for s in Stage)


@rule
def leaning(par, relevance, attachment, fit):
    """Return how far a person leans to a move, in log-odds against the average person.

    b_relevance theta + b_attachment A + b_fit (f - mean f); theta [SD], A and f 0-1. Draws nothing.
    Source: model 4.4 (assumption).
    """
    return (
        par.b_relevance * relevance
        + par.b_attachment * attachment
        + par.b_fit * (fit - MEAN_PURPOSE_FIT)
    )


@rule
def follow_chance(par, channel, relevance, attachment, fit):
    """Return the chance that one contact makes a stranger follow.

    L(logit p_follow + b_relevance theta + b_attachment A + b_fit (f - mean f)), odds times
    odds_friend when a friend carried it; only on discovery, ad, friend or search.
    theta [SD], A and f 0-1. Decision MOVE. Source: model 4.4; no measured value found.
    """
    if channel not in (DISCOVERY, AD, FRIEND, SEARCH):
        return 0.0
    z = leaning(par, relevance, attachment, fit)
    return shifted(par.p_follow, z, par.odds_friend if channel == FRIEND else 1.0)


@rule
def straight_chance(par, channel, fit, making_content):
    """Return the chance that a stranger who moves up goes straight to the list, and not by way of
    the followers.

    L(logit p_straight + b_fit (f - mean f)) for whom a friend's word or search moved, while content
    is made; else 0: both lead to the site, where permission is asked. f 0-1. Decision STRAIGHT.
    Source: .10-.40 of new subscribers come by recommendation (Substack, Morning Brew; C).
    """
    if not making_content or channel not in (FRIEND, SEARCH):
        return 0.0
    return shifted(par.p_straight, par.b_fit * (fit - MEAN_PURPOSE_FIT))


@rule
def curious_chance(par, channel, relevance, attachment, talk):
    """Return the chance that one contact makes a follower curious of what the list is about.

    L(logit p_curious_channel + b_relevance theta + b_attachment A), odds times odds_friend for a
    friend, times 1 + (odds_talk - 1) talk for a post, `talk` the share of posts in conversation.
    Only on post, reply, friend or search. theta [SD], A and talk 0-1. Draws nothing itself; used by
    subscribe_chance, and no smaller than it, so that the day's die needs to be looked at only below
    it. Source: model 4.4; see p_curious_post.
    """
    odds = 1.0
    if channel == POST:
        p = par.p_curious_post
        odds = 1.0 + (par.odds_talk - 1.0) * talk
    elif channel == REPLY:
        p = par.p_curious_reply
    elif channel == FRIEND:
        p = par.p_curious_friend
        odds = par.odds_friend
    elif channel == SEARCH:
        p = par.p_curious_search
    else:
        return 0.0
    return shifted(p, par.b_relevance * relevance + par.b_attachment * attachment, odds)


@rule
def subscribe_chance(par, channel, relevance, attachment, fit, talk):
    """Return the chance that one contact makes a follower subscribe: the path of curiosity.

    curious_chance times optin = L(logit p_optin + b_fit (f - mean f)): both must happen.
    Only while content is made (see move_chance). theta [SD], A, f and talk 0-1. Decision MOVE.
    Source: model 4.4; see p_curious_post, p_optin.
    """
    curious = curious_chance(par, channel, relevance, attachment, talk)
    if curious == 0.0:
        return 0.0
    return curious * shifted(par.p_optin, par.b_fit * (fit - MEAN_PURPOSE_FIT))


@rule
def join_chance(par, channel, relevance, attachment, fit, member_friends):
    """Return the chance that one contact makes a subscriber join the community.

    L(logit p_join + b_relevance theta + b_attachment A + b_fit (f - mean f)
      + b_member_friends ln(1 + k)), odds times odds_friend for a friend; k friends who are
    members (Backstrom et al. 2006: rising and concave). Only on mail, reply or friend, and only
    while a community is hosted. In the rival form `threshold_joining` nobody joins while k is
    below join_threshold, and above it k counts as join_threshold (Centola 2010, A: the shape).
    Decision MOVE.
    """
    if channel != MAIL and channel != REPLY and channel != FRIEND:
        return 0.0
    if par.threshold_joining > 0.0:
        if member_friends < par.join_threshold:
            return 0.0
        member_friends = par.join_threshold
    z = leaning(par, relevance, attachment, fit) + par.b_member_friends * log1p(member_friends)
    return shifted(par.p_join, z, par.odds_friend if channel == FRIEND else 1.0)


@rule
def move_chance(
    par, stage, channel, relevance, attachment, fit, member_friends, making_content, may_join, talk
):
    """Return the chance q that one contact moves a person up one stage.

    `making_content`: is content being made; `may_join`: is a community hosted and the person
    invited; `talk` 0-1: the share of posts in conversation. The day's chance over its contacts is
    1 - prod(1 - q). Decision MOVE. Source: model 4.4.
    """
    if stage == STRANGER:
        return follow_chance(par, channel, relevance, attachment, fit)
    if stage == FOLLOWER and making_content:
        return subscribe_chance(par, channel, relevance, attachment, fit, talk)
    if stage == SUBSCRIBER and may_join:
        return join_chance(par, channel, relevance, attachment, fit, member_friends)
    return 0.0


@rule
def free_hazard(par, stage, posts, grudge):
    """Return the hazard [1/day] of lapsing for someone with neither attachment nor bonds.

    rate_lapse_stage exp(g_posts max(0, posts - posts_tolerated) + g_complaint grudge), at most 1.
    posts [posts/day], grudge 0-1: what is left of a complaint (service.py). Draws nothing itself.
    Source: rates as declared; bursts annoy, Kwak et al. 2011 (B).
    """
    if stage == FOLLOWER:
        rate = par.rate_lapse_follower
    elif stage == SUBSCRIBER:
        rate = par.rate_lapse_subscriber
    elif stage == MEMBER:
        rate = par.rate_lapse_member
    else:
        return 0.0
    driven = par.g_posts * max(0.0, posts - par.posts_tolerated) + par.g_complaint * grudge
    return min(1.0, rate * exp(min(500.0, driven)))


@rule
def lapse_bound(par, stage, posts):
    """Return the largest hazard [1/day] of lapsing anyone at this stage can have today.

    `free_hazard` of someone whose complaint was just ignored, where there are complaints at all: no
    one lapses more easily, so the day's die needs to be looked at only below it.
    posts [posts/day]. Decision WAIT (the die of the day). Source: arithmetic.
    """
    return free_hazard(par, stage, posts, 1.0 if par.can_go_wrong > 0.0 else 0.0)


@rule
def lapse_chance(par, stage, attachment, bonds, posts, grudge):
    """Return the hazard [1/day] of lapsing one stage: the emotional switching cost.

    free_hazard exp(-g_attachment A - g_bonds ln(1 + bonds)). Sources: McAlexander et al. 2002
    (exit barriers, grade B), Wang et al. 2012 (bonds).
    A 0-1, bonds [bonds], posts [posts/day], grudge 0-1. Decision WAIT: the die of the day decides.
    """
    held = par.g_attachment * attachment + par.g_bonds * log1p(bonds)
    return free_hazard(par, stage, posts, grudge) * exp(-held)
