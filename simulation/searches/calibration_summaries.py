"""What of a weekly funnel is compared: one learned number for each fitted parameter.

A funnel of 17 weeks and four series is 68 numbers that mostly say the same. Fearnhead and Prangle
(2012, "Constructing summary statistics for approximate Bayesian computation: semi-automatic ABC",
JRSS B 74) showed that the best summary of data for a parameter is its posterior mean, and that a
regression of the parameter on simulated data comes close to it:

    S_j(x) = E[u_j | x] ~ a_j + sum_i b_ij sqrt(x_i)

over candidates drawn from the prior, each with its own luck, by ridge regression; the penalty is
the one with the smallest leave-one-out error. The square root makes the luck of a count about the
same whatever its size. Cells that were not observed take no part. Each S_j is divided by its
leave-one-out error, so that a distance of 1 is about the luck of one data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Penalties tried, as multiples of the number of simulated data sets.
PENALTIES = tuple(10.0**power for power in np.arange(-5, 2.5, 0.5))


@dataclass(frozen=True, eq=False)
class Summaries:
    """A learned linear map from an observed funnel to one number for each parameter.

    `explained`: of each parameter's prior variance, the share the summary predicts (leave-one-out
    R squared; 0 or below: these data say nothing about it).
    """

    seen: np.ndarray
    centre: np.ndarray
    slopes: np.ndarray
    intercept: np.ndarray
    error: np.ndarray
    explained: np.ndarray

    def of(self, counts: np.ndarray) -> np.ndarray:
        """Return the summaries of funnels of shape (..., weeks, series): (..., parameters)."""
        x = np.sqrt(np.asarray(counts, float)[..., self.seen])
        return (self.intercept + (x - self.centre) @ self.slopes) / self.error


def learn(units: np.ndarray, counts: np.ndarray, seen: np.ndarray) -> Summaries:
    """Learn summaries from candidates.

    Parameters
    ----------
    units : array (candidates, parameters)
    counts : array (candidates, weeks, series)
    seen : array of bool (weeks, series)
        Which cells were observed.
    """
    x = np.sqrt(counts[:, seen])
    centre, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 0, spread, np.inf)  # a cell that never varies says nothing
    left, singular, right = np.linalg.svd((x - centre) / scale, full_matrices=False)
    mean = units.mean(axis=0)
    target = units - mean
    slopes, errors = [], []
    for j in range(units.shape[1]):
        fits = [_ridge(left, singular, target[:, j], penalty * len(units)) for penalty in PENALTIES]
        error, along = min(fits, key=lambda fit: fit[0])
        slopes.append((right.T @ along) / scale)
        errors.append(error)
    error_of = np.array(errors)
    variance = target.var(axis=0)
    return Summaries(
        seen, centre, np.stack(slopes, axis=1), mean, error_of, 1 - error_of**2 / variance
    )


def _ridge(
    left: np.ndarray, singular: np.ndarray, target: np.ndarray, penalty: float
) -> tuple[float, np.ndarray]:
    """Return leave-one-out error and coefficients (along the right vectors) of a ridge fit."""
    shrink = singular**2 / (singular**2 + penalty)
    along = left.T @ target
    leverage = (left**2 * shrink).sum(axis=1) + 1 / len(target)  # the mean was fitted, too
    residual = (target - left @ (shrink * along)) / (1 - leverage)
    usable = np.where(singular > 0, singular, np.inf)
    return float(np.sqrt((residual**2).mean())), shrink * along / usable
