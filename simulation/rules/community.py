"""Phase 5, mingle: what members do among themselves (model 4.5)."""

from __future__ import annotations

from simulation.core.compiled import rule
from simulation.core.elementary import exp, log, log1p

#: A person has at most this many bonds (stated in the model; the state table of section 2).
MAX_BONDS = 15


@rule
def bond_chance(par, relevance_a, relevance_b, share_a_bond):
    """Return the chance that an answered message makes a bond.

    p_bond exp(-|theta_a - theta_b| / bond_distance) + p_triangle [they share a bond], at most 1.
    Decision BOND of the poster.
    theta [SD]. Source: model 4.5 (assumption: nothing measured it).
    """
    likeness = exp(-abs(relevance_a - relevance_b) / par.bond_distance)
    return min(1.0, par.p_bond * likeness + (par.p_triangle if share_a_bond else 0.0))


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
def novelty_after(par, novelty, events):
    """Return the community's novelty at the end of the day.

    e (1 - decay_novelty), then e + (1 - e) novelty_renewed if there was an event and the
    community evolves: it must keep changing to be worth a visit.
    novelty 0-1, decay_novelty [1/day], events [events/day]. Draws nothing. Source: model 4.5
    (assumption).
    """
    left = novelty * (1.0 - par.decay_novelty)
    if events > 0 and par.evolving > 0.0:
        left += (1.0 - left) * par.novelty_renewed
    return left


@rule
def fit_after(par, fit, members_mean):
    """Return a member's purpose fit after one day: f + rate_purpose_drift (mean - f).

    rate_purpose_drift [1/day]. Draws nothing. Source: model 4.5; for the sign of shared purpose
    Ren et al. 2012 (A).
    """
    return fit + par.rate_purpose_drift * (members_mean - fit)
