"""Phase 3, feel: attachment grows with contacts and fades between them (model 4.3).

Attachment A = (P + C) / 2 of prominence P and self-connection C (Park et al. 2010, grade B).
Following by itself changes neither (John et al. 2017, grade A): only contacts do.
"""

from __future__ import annotations

from math import sqrt

from simulation.core.chance import either
from simulation.core.compiled import rule
from simulation.core.elementary import exp, log, log1p
from simulation.core.stages import Channel

#: Mean of L(.6 theta + .8 z - .5) over two standard normals: the average person's purpose fit.
MEAN_PURPOSE_FIT = 0.39797286718324826

AD, REPLY, MAIL = int(Channel.AD), int(Channel.REPLY), int(Channel.MAIL)
VISIT, FRIEND, POST = int(Channel.VISIT), int(Channel.FRIEND), int(Channel.POST)
SEARCH = int(Channel.SEARCH)


@rule
def attachment(par, prominence, self_connection):
    """Return A = (P + C) / 2, from 0 to 1; in the rival form `geometric_attachment` sqrt(P C).

    Draws nothing. Source: Park et al. 2010 (B).
    """
    if par.geometric_attachment > 0.0:
        return sqrt(prominence * self_connection)
    return 0.5 * (prominence + self_connection)


@rule
def fit_at_birth(relevance, noise):
    """Return purpose fit f = L(.6 theta + .8 noise - .5); relevance and noise in SD.

    Decisions RELEVANCE and FIT make the two normals. Source: model section 2 (assumption).
    """
    z = 0.6 * relevance + 0.8 * noise - 0.5
    return 1.0 / (1.0 + exp(-z))


@rule
def left_after(par, rate, days):
    """Return the share left after some days of fading: (1 - rate)^days, in closed form.

    In the rival form `power_forgetting` (1 + days)^-b, with b such that one half is left after the
    same h = ln 2 / -ln(1 - rate) days: b = ln 2 / ln(1 + h).
    rate [1/day], days [days]. Draws nothing. Source: exponential forgetting, see decay_prominence.
    """
    if rate >= 1.0:
        return 1.0 if days == 0 else 0.0
    if par.power_forgetting > 0.0 and rate > 0.0:
        half = log(2.0) / -log1p(-rate)
        return exp(-log(2.0) / log1p(half) * log1p(days))
    return exp(days * log1p(-rate))


@rule
def exposure_left(par, days):
    """Return the share of the contact count left: 2^-(days / days_exposure_half).

    days [days]. Draws nothing. Source: assumption.
    """
    return exp(-log(2.0) * days / par.days_exposure_half)


@rule
def wear_out(par, exposure):
    """Return w(n) = exp(-max(0, n - wear_after) / wear_scale), the worth of one more contact.

    `exposure` n: decayed count of contacts. Schmidt and Eisend 2015: best near ten (grade B).
    Draws nothing.
    """
    if exposure <= par.wear_after:
        return 1.0
    return exp(-(exposure - par.wear_after) / par.wear_scale)


@rule
def impact(par, channel):
    """Return eta, the share of missing prominence a contact by this channel adds.

    A piece that is found is read as one that is mailed: eta_mail.
    Draws nothing. Source: assumptions; the equal-impact null sets all alike.
    """
    if channel == AD:
        return par.eta_ad
    if channel == REPLY:
        return par.eta_reply
    if channel in (MAIL, SEARCH):
        return par.eta_mail
    if channel == VISIT:
        return par.eta_visit
    if channel == FRIEND:
        return par.eta_friend
    return par.eta_post  # a post, or one discovered by a stranger


@rule
def prominence_after(par, prominence, exposure, channel):
    """Return P after one contact: P + (1 - P) eta_channel w(exposure).

    P 0-1, exposure [contacts]. Draws nothing. Source: model 4.3; mere exposure, Montoya et al.
    2017 (B), for the sign.
    """
    return prominence + (1.0 - prominence) * impact(par, channel) * wear_out(par, exposure)


@rule
def own_content(par, channel, visiting, offer):
    """Return k, what a contact by this channel adds to self-connection per unit of purpose fit.

    k_parasocial for the brand's own content met by a fan (a post or a mail: the same, so that no
    channel is favoured), but 0 on the day of an `offer`; the same for a piece of it that is found,
    which carries no offer; for a visit of a member k_purpose purpose, and on the day of an event
    the one or the other of that and k_ritual.
    `visiting`: 0 nobody's visit counts, 1 a member's, 2 a member's on the day of an event.
    Draws nothing. Source: parasocial contact, Horton and Wohl 1956; ritual, Muniz and O'Guinn 2001
    (B): signs only; k_purpose an assumption.
    """
    if channel in (POST, MAIL):
        return 0.0 if offer > 0 else par.k_parasocial
    if channel == SEARCH:
        return par.k_parasocial
    if channel == VISIT and visiting > 0:
        return either(par.k_purpose * par.purpose, par.k_ritual if visiting > 1 else 0.0)
    return 0.0


@rule
def own_product(par, satisfied):
    """Return k, what a purchase adds to self-connection per unit of purpose fit: k_product s.

    s 0-1: how satisfied the buyer is. Draws nothing. Source: assumption; possessions that are used
    become part of the self (Belk 1988): sign only.
    """
    return par.k_product * satisfied


@rule
def self_connection_after(self_connection, fit, k):
    """Return C + (1 - C) f k: what is missing shrinks, the more the purpose fits.

    C, f, k 0-1. Draws nothing. Source: model 4.3 (assumption).
    """
    return self_connection + (1.0 - self_connection) * fit * k
