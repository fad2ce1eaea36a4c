"""Arithmetic of chances that all rules share."""

from __future__ import annotations

from math import floor

from simulation.core.compiled import rule
from simulation.core.elementary import exp


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
def either(low, p):
    """Return the chance of the one or the other of two independent events: low + (1 - low) p.

    Adding event after event it becomes 1 - prod(1 - p). Read as slices of one die, the last event
    takes [low, low + (1 - low) p).
    """
    return low + (1.0 - low) * p


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


#: Sums of shares are kept in units of 2**-40.
UNITS = 2.0**40


@rule
def fixed_point(x):
    """Return x in units of 2**-40, as a whole number: such sums do not depend on their order."""
    return floor(x * UNITS + 0.5)


@rule
def from_fixed_point(total):
    """Return a sum of `fixed_point` numbers as what they stand for."""
    return float(total) / UNITS
