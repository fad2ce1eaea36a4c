"""Arithmetic of chances that all rules share."""

from __future__ import annotations

from math import exp, floor

from simulation.compiled import rule


@rule
def logistic(z):
    """Return L(z) = 1 / (1 + exp(-z)), without overflow for any z."""
    if z >= 0:
        return 1.0 / (1.0 + exp(-z))
    odds = exp(z)
    return odds / (1.0 + odds)


@rule
def shifted(p, z, odds_ratio=1.0):
    """Return the plain probability p moved by z log-odds and multiplied in odds.

    L(logit p + z) with odds times odds_ratio, written with odds so that p = 0 stays 0 and p = 1
    stays 1. `z` [log-odds] is held within +-500.
    """
    odds = p * exp(min(500.0, max(-500.0, z))) * odds_ratio
    if odds == 0.0:
        return 1.0 if p >= 1.0 else 0.0
    return odds / (1.0 - p + odds)


@rule
def poisson(mean, u):
    """Return a Poisson count by inversion: the smallest k with P(X <= k) > u.

    `mean` [events] at least 0, `u` a uniform; stops at 1,000.
    """
    chance = exp(-mean)
    below = chance
    count = 0
    while u >= below and count < 1000:
        count += 1
        chance *= mean / count
        below += chance
    return count


@rule
def fixed_point(x):
    """Return x in units of 2**-40, as a whole number: such sums do not depend on their order."""
    return floor(x * 1099511627776.0 + 0.5)
