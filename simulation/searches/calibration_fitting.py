"""Two ways to fit candidates to data: a posterior by ABC-SMC, a point by search (Optuna).

**Why the luck of a candidate matters.** Data come from one world with luck of its own, which nobody
knows. ABC accepts a candidate when data simulated from it look like the data observed; what makes
the posterior as wide as it must be is that two data sets from the *same* parameters differ. So
every ABC candidate lives in a new world. Were all candidates to share one world (common random
numbers), the summaries would be a smooth function of the parameters, only candidates next to one
single solution would be accepted, and the intervals would be too narrow: `same_world=True` does
this, and the recovery study shows by how much it misses. A point fit is another matter: it compares
the data with the *mean* over worlds, the same worlds for every candidate, so that two candidates
differ by their parameters and not by luck; the luck of the data comes back in its interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.core.randomness import analysis_rng
from simulation.searches.calibration_candidates import Candidates
from simulation.tools.errors import InputError
from simulation.tools.optional import need, quiet

#: A generation that would accept fewer than this share of its candidates is given up.
LOWEST_ACCEPTANCE = 0.02
#: Draws that stand for the rough uncertainty of a point fit.
N_DRAWS = 2000
#: Added to what a point fit knows, so that what the data do not tell has an end: a spread of this
#: variance, cut to 0..1, is all but flat.
_FLAT = 1.0
#: Batches of draws after which those outside the prior are held at its ends.
_MOST_BATCHES = 500


@dataclass(frozen=True, eq=False)
class Fit:
    """Weighted draws (draws, parameters) in the unit cube, and the best point of a point fit.

    `distance`: the tolerance of the last ABC generation, or the distance of the best point, in
    units of the luck of one data set. `generations`: of ABC that were finished; tries of a search.
    """

    units: np.ndarray
    weights: np.ndarray
    distance: float
    generations: int
    best: np.ndarray | None = None


def fit_abc(
    candidates: Candidates,
    summaries: Any,
    observed: np.ndarray,
    *,
    n_particles: int,
    generations: int,
    first_tolerance: float,
    seed: int,
) -> Fit:
    """Fit by ABC-SMC (Toni et al. 2009) with local-linear regression adjustment (Beaumont 2002).

    Generation 0 draws from the prior. Every later one draws a particle of the one before by its
    weight, moves it by a normal step (`_near`), and accepts what comes nearer to the data than the
    median distance of the generation before; the weight of what is accepted is the prior over the
    density of such draws. The particles of the last generation are moved along a weighted linear
    regression of u on the summaries to where the summaries are those observed (`adjust`).

    Candidates are numbered as they are drawn, and the first that come near are taken in the order
    of their numbers, whoever finished first: the fit does not depend on `candidates.jobs`.

    Raises InputError when not even generation 0 finds enough that come near.
    """
    rows: Callable[[np.random.Generator], np.ndarray] = _anywhere(len(candidates.prior.names))
    tolerance, last = first_tolerance, None
    for generation in range(generations):
        luck = analysis_rng(np.random.SeedSequence(seed, spawn_key=(generation,)))
        found = _accepted(candidates, summaries, observed, rows, luck, tolerance, n_particles)
        if found is None:
            break
        units, reached = found
        weights = np.full(n_particles, 1 / n_particles)
        if last is not None:
            weights = 1 / _density(units, *last.cloud)
            weights /= weights.sum()
        last = _Generation(generation, tolerance, units, reached, weights)
        rows = _near(*last.cloud)
        away = np.linalg.norm(reached - observed, axis=1)
        tolerance = float(quantiles(away[:, None], weights, [0.5])[0, 0])
    if last is None:
        raise InputError(
            "calibrate: fewer than 1 in 50 candidates came near the data: the prior cannot "
            "make data like these; give wider ranges or another scenario"
        )
    adjusted, weights = adjust(last.units, last.found, observed, last.weights)
    return Fit(adjusted, weights, last.tolerance, last.number + 1)


@dataclass(frozen=True, eq=False)
class _Generation:
    """Particles (n, parameters), their summaries and weights, and how near they had to come."""

    number: int
    tolerance: float
    units: np.ndarray
    found: np.ndarray
    weights: np.ndarray

    @property
    def cloud(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Particles, weights, and a root of the covariance of the step that leads away from them.

        The covariance is that of the particles, narrowed by Silverman's rule for as many particles
        as the weights are worth (1 / sum w^2).
        """
        k = self.units.shape[1]
        worth = 1 / np.square(self.weights).sum()
        narrower = (4 / ((k + 2) * worth)) ** (1 / (k + 4))
        spread = np.atleast_2d(np.cov(self.units, aweights=self.weights, rowvar=False))
        # never quite flat, so that it can be inverted when the particles lie on a line
        spread = spread * narrower**2 + 1e-12 * np.eye(k)
        return self.units, self.weights, np.linalg.cholesky(spread)


def _anywhere(k: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Return what draws a candidate from the prior."""
    return lambda luck: luck.random(k)


def _near(
    units: np.ndarray, weights: np.ndarray, root: np.ndarray
) -> Callable[[np.random.Generator], np.ndarray]:
    """Return what draws a candidate near a particle, inside the prior."""
    steps = np.cumsum(weights)

    def draw(luck: np.random.Generator) -> np.ndarray:
        while True:
            i = min(int(np.searchsorted(steps, luck.random() * steps[-1], "right")), len(units) - 1)
            u = units[i] + root @ luck.standard_normal(units.shape[1])
            if ((u >= 0) & (u <= 1)).all():
                return u

    return draw


def _density(
    at: np.ndarray, units: np.ndarray, weights: np.ndarray, root: np.ndarray
) -> np.ndarray:
    """Return the density at places of draws near particles, but for a factor they share."""
    away = np.linalg.solve(root, (at[:, None] - units).reshape(-1, units.shape[1]).T)
    heights = np.exp(-np.square(away).sum(axis=0) / 2).reshape(len(at), len(units))
    return heights @ weights


def _accepted(
    candidates: Candidates,
    summaries: Any,
    observed: np.ndarray,
    draw: Callable[[np.random.Generator], np.ndarray],
    luck: np.random.Generator,
    tolerance: float,
    wanted: int,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the first candidates that come near, and their summaries; None when too few do.

    With several processes a round may live more candidates than turn out to be needed; they count
    for nothing, so that the rounds may be of any size.
    """
    places, reached = list[np.ndarray](), list[np.ndarray]()
    tried, most = 0, int(wanted / LOWEST_ACCEPTANCE)
    while len(places) < wanted and tried < most:
        rate = (len(places) + 1) / (tried + 2)
        hoped = int((wanted - len(places)) / rate) if candidates.jobs > 1 else 1
        size = min(most - tried, max(candidates.jobs, hoped // candidates.jobs * candidates.jobs))
        units = [draw(luck) for _ in range(size)]
        # one by one: a product of matrices rounds its rows differently for other numbers of rows
        found = [summaries.of(counts) for counts in candidates.next(units)]
        near = [i for i in range(size) if np.linalg.norm(found[i] - observed) <= tolerance]
        taken = near[: wanted - len(places)]
        places += [units[i] for i in taken]
        reached += [found[i] for i in taken]
        used = taken[-1] + 1 if len(places) == wanted else size
        candidates.unused(size - used)
        tried += used
    return (np.stack(places), np.stack(reached)) if len(places) == wanted else None


def quantiles(values: np.ndarray, weights: np.ndarray, at: Any) -> np.ndarray:
    """Return weighted quantiles of every column of `values`: shape (quantiles, columns).

    Linear between the middles of the steps of the weighted distribution.
    """
    found = []
    for column in values.T:
        order = np.argsort(column, kind="stable")
        heights = np.cumsum(weights[order]) - weights[order] / 2
        found.append(np.interp(at, heights / weights.sum(), column[order]))
    return np.array(found).T


def adjust(
    units: np.ndarray, found: np.ndarray, observed: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return particles and weights after local-linear regression adjustment.

    With d = S - S_observed and Epanechnikov weights 1 - (|d| / max |d|)^2 on top of the particles'
    own: u* = u - d b, b from the weighted least squares of u on (1, d), held at the ends 0 and 1.
    Not on the log-odds of u, which would keep inside by themselves: the summaries were learned as
    linear in u, and particles near an end have log-odds that carry the regression away.

    Source: Beaumont, Zhang and Balding 2002, "Approximate Bayesian computation in population
    genetics", Genetics 162.
    """
    off = found - observed
    distance = np.linalg.norm(off, axis=1)
    furthest = distance.max()
    near = weights * (1 - (distance / furthest) ** 2 if furthest > 0 else 1.0)
    root = np.sqrt(near)[:, None]
    design = np.column_stack([np.ones(len(off)), off])
    slopes = np.linalg.lstsq(root * design, root * units, rcond=None)[0][1:]
    return np.clip(units - off @ slopes, 0, 1), near / near.sum()


def fit_point(
    candidates: Candidates,
    summaries: Any,
    observed: np.ndarray,
    *,
    budget: int,
    worlds: int,
    seed: int,
) -> Fit:
    """Find the point whose mean summaries over `worlds` worlds are nearest to those observed.

    A Tree-structured Parzen Estimator (Optuna) proposes `budget` points; all are simulated in the
    same worlds. Every fifth proposal is a Gauss-Newton step from the best so far.

    The draws are a rough uncertainty, to first order. Were the data one more world at the best
    point, its k summaries would be t-distributed around the mean of the R worlds, with R - k
    degrees of freedom and scale W = V (1 + 1/R) (R - 1) / (R - k), V their covariance over the
    worlds (Hotelling 1931). Seen through the slopes J of the mean summaries the scale is
    (J' W^-1 J + I)^-1, all but flat over the prior where the data say nothing, and cut at the
    ends of the prior. It is no posterior.
    """
    optuna = need("optuna", "calibrate --method point")
    rng = analysis_rng(seed)
    tried: list[tuple[np.ndarray, np.ndarray]] = []
    names = candidates.prior.names

    def loss(trial: Any) -> float:
        u = np.array([trial.suggest_float(name, 0.0, 1.0) for name in names])
        lived = candidates.in_worlds([u] * worlds, range(worlds))
        found = np.stack([summaries.of(counts) for counts in lived])
        tried.append((u, found))
        return float(np.square(found.mean(axis=0) - observed).sum())

    with quiet("optuna"):
        sampler = optuna.samplers.TPESampler(
            seed=int(rng.integers(2**32)), multivariate=True, n_startup_trials=max(10, budget // 4)
        )
        study = optuna.create_study(sampler=sampler)
        for i in range(budget):
            if i % 5 == 4 and i > budget // 4:
                step = _linear(tried, observed)[0]
                study.enqueue_trial(dict(zip(names, step.tolist(), strict=True)))
            study.optimize(loss, n_trials=1)
    _, best, covariance = _linear(tried, observed)
    distance = float(np.sqrt(study.best_value))
    draws = _inside(best, covariance, worlds - len(names), rng)
    return Fit(draws, np.full(len(draws), 1 / len(draws)), distance, budget, best)


def _linear(
    tried: list[tuple[np.ndarray, np.ndarray]], observed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (Gauss-Newton step from the best point, that point, first-order covariance)."""
    places = np.stack([u for u, _ in tried])
    means = np.stack([found.mean(axis=0) for _, found in tried])
    k, worlds = places.shape[1], len(tried[0][1])
    best = int(np.square(means - observed).sum(axis=1).argmin())
    away = np.linalg.norm(places - places[best], axis=1)
    near = np.argsort(away, kind="stable")[: max(3 * k + 3, len(tried) // 3)]
    design = np.column_stack([np.ones(near.size), places[near] - places[best]])
    slopes = np.linalg.lstsq(design, means[near], rcond=None)[0][1:].T  # summaries by parameters
    luck = np.atleast_2d(np.cov(tried[best][1], rowvar=False))
    luck *= (1 + 1 / worlds) * (worlds - 1) / (worlds - k)
    luck += 1e-9 * np.eye(len(luck))
    information = slopes.T @ np.linalg.solve(luck, slopes) + np.eye(k) / _FLAT
    step = np.linalg.lstsq(slopes, observed - means[best], rcond=None)[0]
    return np.clip(places[best] + step, 0, 1), places[best], np.linalg.inv(information)


def _inside(centre: np.ndarray, scale: np.ndarray, freedom: int, rng: Any) -> np.ndarray:
    """Return N_DRAWS draws of a multivariate t inside the unit cube."""
    inside = np.empty((0, centre.size))
    for _ in range(_MOST_BATCHES):
        normal = rng.multivariate_normal(np.zeros(centre.size), scale, N_DRAWS)
        draws = centre + normal * np.sqrt(freedom / rng.chisquare(freedom, (N_DRAWS, 1)))
        inside = np.vstack([inside, draws[((draws >= 0) & (draws <= 1)).all(axis=1)]])
        if len(inside) >= N_DRAWS:
            break
    return np.vstack([inside, np.clip(draws, 0, 1)])[:N_DRAWS]
