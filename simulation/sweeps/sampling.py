"""Points of a design in the unit cube: Latin hypercube (SciPy), Sobol and Morris (SALib).

Every function returns an array (rows, k) of places 0 to 1, in the order SALib's analysis expects.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simulation.core.randomness import analysis_rng
from simulation.tools.errors import InputError


def salib_problem(names: Sequence[str]) -> dict[str, Any]:
    """Return SALib's description of parameters that each run from 0 to 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def lhs_units(k: int, n: int, seed: int | np.random.SeedSequence) -> np.ndarray:
    """Return n points: every parameter once in each n-th of its range (McKay et al. 1979)."""
    from scipy.stats import qmc

    known = inspect.signature(qmc.LatinHypercube.__init__).parameters
    generator = "rng" if "rng" in known else "seed"  # renamed in SciPy 1.15
    sampler: Any = qmc.LatinHypercube(k, **{generator: analysis_rng(seed)})
    return sampler.random(n)


#: Columns of a Sobol design that are correlated more than this are no independent samples.
MOST_CORRELATED = 0.5
#: A size is recommended when its columns are correlated less than this, and from so many points on,
#: because few points say little of curved functions, however even they are.
WELL_BELOW, ENOUGH = 0.25, 64


def sobol_units(
    k: int, n: int, second_order: bool, seed: int | np.random.SeedSequence
) -> np.ndarray:
    """Return the points of Saltelli (2002): n (k + 2), or n (2k + 2) with second order.

    The base points are a scrambled Sobol sequence, which keeps its balance for powers of 2 only.
    """
    from SALib.sample import sobol

    if n < 2 or n & (n - 1):
        below = 2 ** max(1, math.floor(math.log2(max(n, 2))))
        raise InputError(
            f"n = {n} is not allowed for sobol: a power of 2, such as {below} or {2 * below}"
        )
    return sobol.sample(
        salib_problem([f"x{j}" for j in range(k)]),
        n,
        calc_second_order=second_order,
        seed=analysis_rng(seed),
    )


class Correlated(NamedTuple):
    """The two columns of the two samples A and B that are correlated most; of which parameters."""

    size: float
    one: str
    other: str


def most_correlated(base: np.ndarray, names: Sequence[str]) -> Correlated:
    """Return the largest correlation between the columns of A and B, shape (n, 2 k) together.

    Saltelli's scheme takes A and B, and in them the parameters, for independent. Few points of a
    Sobol sequence are not: where A and B of one parameter are correlated r, the total index of a
    linear function comes out as (1 - r) times what it is, in every row alike, so that an interval
    over rows is narrow and wrong.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.nan_to_num(np.corrcoef(base.T))
    np.fill_diagonal(found, 0.0)
    i, j = np.unravel_index(np.abs(found).argmax(), found.shape)
    k = len(names)
    return Correlated(float(found[i, j]), names[int(i) % k], names[int(j) % k])


def sobol_doubt(
    names: Sequence[str], units: np.ndarray, n: int, seed: int | np.random.SeedSequence
) -> str:
    """Say in one line that a Sobol design is too small, and which size would do; "" if it is not.

    Too small: two columns of A and B are correlated more than `MOST_CORRELATED`. With 2, 5, 10, 20
    and 40 parameters that was so in all of 30 seeds up to n = 8, 16, 32, 64 and 128, and in none
    (of 5: 2) from twice that size on. What it means for the indices is measured in
    `analyses.sensitivity_doubt`.

    Parameters
    ----------
    names : sequence of str
    units : array (n (k + 2) or n (2 k + 2), k)
        The points, as `sobol_units` returns them.
    n : int
        Base points of the design.
    seed : int or SeedSequence
        Of the design; the size that is recommended is tried with it.
    """
    points = len(units) // n
    worst = most_correlated(np.hstack([units[::points], units[points - 1 :: points]]), names)
    if abs(worst.size) <= MOST_CORRELATED:
        return ""
    which = f"{worst.one} and {worst.other} are"
    if worst.one == worst.other:
        which = f"the two samples of {worst.one} are"
    return (
        f"a Sobol design of n = {n} is too small for {len(names)} "
        f"parameter{'s' if len(names) > 1 else ''}: {which} correlated {worst.size:.2f} in it, "
        "where the indices take them for independent, and may be far off with narrow intervals; "
        f"n = {sobol_size(names, n, seed)} or more is wanted"
    )


def sobol_size(names: Sequence[str], n: int, seed: int | np.random.SeedSequence) -> int:
    """Return the least power of 2 above n, from 64 on, whose columns are hardly correlated."""
    from scipy.stats import qmc

    known = inspect.signature(qmc.Sobol.__init__).parameters
    generator = "rng" if "rng" in known else "seed"  # renamed in SciPy 1.15
    larger = max(ENOUGH, 2 ** (math.floor(math.log2(n)) + 1))
    while larger < 2**16:
        sequence: Any = qmc.Sobol(2 * len(names), **{generator: analysis_rng(seed)})
        if abs(most_correlated(sequence.random(larger), names).size) < WELL_BELOW:
            break
        larger *= 2
    return larger


def morris_units(k: int, n: int, levels: int, seed: int | np.random.SeedSequence) -> np.ndarray:
    """Return n trajectories of k + 1 points each (Morris 1991) on a grid of so many levels."""
    from SALib.sample import morris

    if levels % 2:
        raise InputError(f"levels = {levels} is not allowed for morris: an even number")
    return morris.sample(
        salib_problem([f"x{j}" for j in range(k)]), n, num_levels=levels, seed=analysis_rng(seed)
    )
