"""Phase 2, meet: who has contact with the brand today (model 4.2)."""

from __future__ import annotations

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import exp, log, power
from simulation.core.stages import Channel, Stage

STRANGER, SUBSCRIBER, MEMBER = int(Stage.STRANGER), int(Stage.SUBSCRIBER), int(Stage.MEMBER)
DISCOVERY, POST, AD = int(Channel.DISCOVERY), int(Channel.POST), int(Channel.AD)
MAIL, VISIT = int(Channel.MAIL), int(Channel.VISIT)


@rule
def reach(par, fans):
    """Return rho, the share of the brand's followers that one post reaches.

    rho = min(1, reach_2012 (fans / reach_followers)^-reach_size_exponent
                 exp(-reach_decay (year - 2012)))

    `fans` people at follower or above; reach_decay [1/year]. Sources: EdgeRank Checker 2012 and
    social.plus 2025 (level and decay), Social@Ogilvy 2014 (exponent), all grade C.
    Draws nothing itself; used by post_chance and discovery_chance.
    """
    era = exp(-par.reach_decay * (par.year - 2012.0))
    size = power(par.reach_followers / max(fans, 1.0), par.reach_size_exponent)
    return min(1.0, par.reach_2012 * size * era)


@rule
def talk_share(replies, posts, expected):
    """Return the share of today's posts that are in conversation: the brand answered below them.

    1 - exp(-min(replies, expected) / posts), 0 without posts: answers fall on the posts at random,
    and no more are given than people meet one. `expected` people to meet a post, by reach without
    talk; replies, posts [1/day]. Draws nothing itself. Source: what is measured is a post with an
    answer of its author against one without (Buffer 2026, grade C).
    """
    if posts <= 0:
        return 0.0
    return 1.0 - exp(-min(replies, expected) / posts)


@rule
def reach_in_talk(par, rho, talk):
    """Return rho when a share `talk` of the posts are in conversation.

    min(1, rho (1 + reach_talk talk)). Draws nothing itself; used by post_chance and
    discovery_chance. Source: posts with answers +.08 to +.42 engagement, Buffer 2026 (C).
    """
    return min(1.0, rho * (1.0 + par.reach_talk * talk))


@rule
def post_chance(rho, posts):
    """Return the chance that a fan meets at least one of today's posts: 1 - (1 - rho)^posts.

    rho 0-1, posts [posts/day]. Decision DISCOVERY_OR_POST. Source: model 4.2; independent
    posts are an assumption.
    """
    return 1.0 - power(1.0 - rho, float(posts))


@rule
def discovery_chance(par, rho, posts, fans, n_people):
    """Return the chance that a stranger meets a post: discovery posts rho fans / n_people.

    `discovery` contacts with strangers per contact with a fan (assumption); at most 1.
    Decision DISCOVERY_OR_POST. Source: model 4.2 (assumption).
    """
    return min(1.0, par.discovery * posts * rho * fans / n_people)


@rule
def archive_after(par, archive, pieces):
    """Return the archive [pieces] after one more day: what is there fades, today's pieces come in.

    archive 2^(-1 / days_archive_half) + pieces, pieces [pieces/day]. Draws nothing. Source: visits
    to an article fade over months or years (HubSpot 2015, grade C); exponential is an assumption.
    """
    return archive * exp(-log(2.0) / par.days_archive_half) + pieces


@rule
def search_chance(par, archive):
    """Return the chance that someone who is not on the list finds a piece of the archive today.

    1 - exp(-search_rate archive): by search, or shared by others; archive [pieces], search_rate
    [1/day/piece]. Strangers and followers; who is on the list was sent the pieces. Decision SEARCH.
    Source: search brings .158 of a shop's new customers (Custora 2013, C); the rate is assumed.
    """
    return 1.0 - exp(-par.search_rate * archive)


@rule
def ad_chance(clicks, n_people):
    """Return the chance that anyone clicks an ad today: clicks / n_people, at most 1.

    clicks [clicks/day], n_people [people]. Decision AD. Source: model 4.2 (assumption: no one is
    more likely to click).
    """
    return min(1.0, clicks / n_people)


@rule
def reply_chance(replies, expected):
    """Return the chance that someone is answered by the brand: min(1, replies / expected).

    Decision REPLY, of who met a post today: the replies that fit into the effort over the people
    expected to meet a post today, fans (1 - (1 - rho)^posts). Decision HOST, of who wrote in the
    community: the answers that fit into the day's hosting over the messages no fan has answered.
    Source: model 4.2, which divides replies by the people who met a post *yesterday*; after a day
    without posts that would answer everybody for nothing.
    """
    return 0.0 if replies <= 0.0 else replies / max(expected, replies)


@rule
def mail_chance(par, pieces, attachment):
    """Return the chance that a subscriber or member reads today's mail, 0 if there is none.

    L(logit p_open + open_attachment A): who is attached reads more. A 0-1; at A = 1 it is the most
    that anybody's chance can be, by which the clocks go on. pieces [pieces/day].
    Decision MAIL. Source: open rates, Mailchimp 2019 (C), see p_open; the rise is an assumption.
    """
    if pieces <= 0:
        return 0.0
    z = par.open_attachment * attachment
    return par.p_open if z == 0.0 else shifted(par.p_open, z)


@rule
def visit_hazard(par, visit_rate, events, novelty):
    """Return the hazard [1/day] of a visit by someone whom nothing draws there but news.

    (visit_rate + rate_visit_event [event today]) (phi + (1 - phi) novelty), phi = novelty_floor:
    a few visits stay alive where nothing is new. `visit_rate` [1/day] is personal and heavy-tailed
    (van Mierlo 2014, grade B); `novelty` 0-1. Draws nothing itself; used by visit_chance and the
    clocks of the members.
    """
    news = par.novelty_floor + (1.0 - par.novelty_floor) * novelty
    return (visit_rate + (par.rate_visit_event if events > 0 else 0.0)) * news


@rule
def visit_chance(par, visit_rate, events, novelty, drawn):
    """Return the chance that a member visits the community today: 1 - exp(-drawn visit_hazard).

    `drawn` (at least 1) is what draws this member there beside news: `community.drawn_back`.
    Decision VISIT. Source: as visit_hazard.
    """
    return 1.0 - exp(-drawn * visit_hazard(par, visit_rate, events, novelty))


@rule
def announces(channel, today):
    """Return whether a contact by a channel speaks of the product today.

    Posts do (also discovered ones), ads, mails and visits, each where the day's plan (`today`) says
    so; a reply, a friend and what is found never do. Draws nothing. Source: model 7.1, by
    definition.
    """
    return (
        (channel in (DISCOVERY, POST) and today.announce_post > 0)
        or (channel == AD and today.announce_ad > 0)
        or (channel == MAIL and today.announce_mail > 0)
        or (channel == VISIT and today.announce_visit > 0)
    )
