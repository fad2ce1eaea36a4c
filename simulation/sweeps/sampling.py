"""Points of a design in the unit cube: Latin hypercube (SciPy), Sobol and Morris (SALib).

Every function returns an array (rows, k) of places 0 to 1, in the order SALib's analysis expects.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

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


def morris_units(k: int, n: int, levels: int, seed: int | np.random.SeedSequence) -> np.ndarray:
    """Return n trajectories of k + 1 points each (Morris 1991) on a grid of so many levels."""
    from SALib.sample import morris

    if levels % 2:
        raise InputError(f"levels = {levels} is not allowed for morris: an even number")
    return morris.sample(
        salib_problem([f"x{j}" for j in range(k)]), n, num_levels=levels, seed=analysis_rng(seed)
    )
