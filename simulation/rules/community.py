"""Phase 5, mingle: what members do among themselves (model 4.5)."""

from __future__ import annotations

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import exp, log, log1p, power

#: A person has at most this many bonds (stated in the model; the state table of section 2).
MAX_BONDS = 15


@rule
def drawn_back(par, days, bonds, self_connection):
    """Return what multiplies a member's visits, beside news: being answered, bonds, and purpose.

    (1 + k_answer 2^(-days / days_answer_half)) (1 + k_bonds ln(1 + bonds))
    exp(b_identity purpose C), with `days` since the member was last answered (more than 30,000:
    never). Nothing in it rises while a member is away, so the value of the last evening is a bound.
    bonds [bonds], C 0-1. Draws nothing. Sources: answers Joyce and Kraut 2006 (B), identity Ren et
    al. 2012 (A), each for the size of its effect; bonds: assumption.
    """
    answered, tied = 1.0, 1.0
    if days <= 100.0 * par.days_answer_half:  # beyond, nothing is left of it in the last bit
        answered += par.k_answer * exp(-log(2.0) * days / par.days_answer_half)
    if bonds > 0.0:
        tied += par.k_bonds * log1p(bonds)
    return answered * tied * exp(par.b_identity * par.purpose * self_connection)


@rule
def write_chance(par, visit_rate):
    """Return the chance a visitor writes: L(logit p_message + writing_activity ln(v / median)).

    v is the personal `visit_rate` [1/day], the median visit_rate_median (if either is 0, it is
    p_message): who comes often also writes when there, so that a few write most. Decision MESSAGE.
    Source: van Mierlo 2014 (B), the top 1 % of members wrote .75 of the messages; the form is an
    assumption.
    """
    if visit_rate <= 0.0 or par.visit_rate_median <= 0.0:
        return par.p_message
    often = log(visit_rate) - log(par.visit_rate_median)
    return shifted(par.p_message, par.writing_activity * often)


@rule
def answer_chance(par, others):
    """Return the chance that a fan answers a message: 1 - (1 - p_answer)^min(others, attention).

    `others`: visitors today beside the writer, each of whom may answer, up to those who see it.
    Decision ANSWER of the writer. Source: Joyce and Kraut 2006 (B): .61 were answered.
    """
    return 1.0 - power(1.0 - par.p_answer, min(float(others), par.attention))


@rule
def bond_chance(par, relevance_a, relevance_b, share_a_bond, members):
    """Return the chance that an exchange, or a meeting at an event, makes a bond; at most 1.

    p_bond exp(-|theta_a - theta_b| / bond_distance) / (1 + members / members_known)
    + p_triangle [they share a bond]: among many, the same two seldom meet.
    Decision BOND of the writer, MEET_BOND at an event. theta [SD], members [people].
    Source: assumption; members_known from Goncalves et al. 2011 (B).
    """
    likeness = exp(-abs(relevance_a - relevance_b) / par.bond_distance)
    likely = par.p_bond * likeness / (1.0 + members / par.members_known)
    return min(1.0, likely + (par.p_triangle if share_a_bond else 0.0))


@rule
def bond_days(par, u):
    """Return how many days a bond lasts when it ends at rate_bond_end a day.

    Geometric by inversion, 1 + floor(ln u / ln(1 - rate)): drawing the last day once equals in
    law asking every day, because a constant hazard does not remember. At most 10^6 days.
    Decision BOND_LIFE. Source: model 4.5 (assumption).
    """
    if par.rate_bond_end < 1e-12:
        return 1_000_000
    if par.rate_bond_end >= 1.0:
        return 1
    return 1 + int(min(999_999.0, log(u) / log1p(-par.rate_bond_end)))


@rule
def novelty_after(par, novelty, events, messages, members):
    """Return the community's novelty at the end of the day: it must keep changing.

    e (1 - decay_novelty); if the community evolves, then e + (1 - e) novelty_renewed after an
    event, and e + (1 - e) (1 - exp(-k_made m)) by what members wrote today: m = messages /
    (150 (members / 150)^made_size), so that more of them must write where there are more to read.
    novelty 0-1, decay_novelty [1/day], events, messages [1/day], members [people]. Draws nothing.
    Source: assumption.
    """
    left = novelty * (1.0 - par.decay_novelty)
    if par.evolving > 0.0:
        if events > 0:
            left += (1.0 - left) * par.novelty_renewed
        if messages > 0:
            size = 150.0 * power(max(members, 1.0) / 150.0, par.made_size)
            left += (1.0 - left) * (1.0 - exp(-par.k_made * messages / size))
    return left


@rule
def fit_after(par, fit, members_mean):
    """Return a member's purpose fit after one day: f + rate_purpose_drift (mean - f).

    rate_purpose_drift [1/day]. Draws nothing. Source: model 4.5; for the sign of shared purpose
    Ren et al. 2012 (A).
    """
    return fit + par.rate_purpose_drift * (members_mean - fit)
