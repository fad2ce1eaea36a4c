"""Whether Sobol indices can be what they say: a design that is too small, and impossible indices.

With few base points the two samples of Saltelli's scheme are correlated with each other, and the
indices are off in every row alike: an interval over rows is then narrow and wrong. With n = 16 and
five parameters a total index of 1.8 (1.5 to 2.0) was seen; SALib says the same of the same runs.
Two signs are looked at: the correlations of the design (`sampling.sobol_doubt`), and indices that
leave what is possible, with their intervals, by more than `MARGIN`: a share below 0 or above 1, a
first index above the total of its parameter, first indices that sum to more than 1, totals that sum
to less.

Measured on functions with known indices, without luck, over 100 seeds each, as "bad / warned" in %:
samples in which some interval misses the known index by more than 0.1, and samples that got
the warning.

==========================  =========  =========  =========  =========  =========  =========
function                    n = 8      16         32         64         128        512
==========================  =========  =========  =========  =========  =========  =========
linear, 2 parameters        14 / 100   0 / 0      0 / 0      0 / 0      0 / 0      0 / 0
linear, 5 parameters        63 / 100   77 / 100   0 / 9      0 / 0      0 / 0      0 / 0
linear, 10 parameters       47 / 100   46 / 100   6 / 100    0 / 3      0 / 0      0 / 0
Ishigami, 3 parameters      39 / 100   34 / 100   16 / 4     4 / 2      6 / 0      0 / 0
Sobol's g, 5 parameters     22 / 100   23 / 100   11 / 12    2 / 0      5 / 2      0 / 0
==========================  =========  =========  =========  =========  =========  =========

Where the design is bad every sample is warned of, and from n = 64 on hardly one. Left unsaid:
of very curved functions (Ishigami, Sobol's g) one sample in six to ten of n = 32 has an interval
that misses, among its six or ten, all of them wide (0.5 to either side).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simulation.analyses.sensitivity_indices import Found, found, sobol_tables
from simulation.sweeps.sampling import sobol_doubt, sobol_size

#: An interval may leave what is possible by so much: an index near 0 or 1 does, in fair samples.
MARGIN = 0.05
#: An index without an interval (too few worlds) may by so much.
MARGIN_ALONE = 0.25


def doubt(design: Any, y: np.ndarray, indices: dict[Any, Found], confidence: float) -> str:
    """Say in one line why the Sobol indices of a design are not to be trusted; "" if they may be.

    y : array (N, k + 2 or 2 k + 2, worlds), as in `sobol_tables`; `indices` as `sobol_indices`
    found them in it.
    """
    n, names = len(y), list(design.names)
    small = sobol_doubt(names, design.settings.units, n, design.seed)
    seen = impossible(names, y, indices, confidence)
    if not seen:
        return small
    more = f"; and {len(seen) - 2:,} more" if len(seen) > 2 else ""
    text = f"impossible: {'; '.join(seen[:2])}{more}"
    if small:
        return f"{small} ({text})"
    larger = max(4 * n, sobol_size(names, n, design.seed))
    return f"n = {n} is too small a sample here ({text}); n = {larger} or more is wanted"


def impossible(
    names: list[str], y: np.ndarray, indices: dict[Any, Found], confidence: float
) -> list[str]:
    """Return in words every index, or sum of indices, that leaves what is possible."""
    if all(math.isnan(one.value) for one in indices.values()):
        return []
    said = []
    k = len(names)
    for (index, j, *other), one in indices.items():
        what = f"{index} index of {' and '.join(names[i] for i in (j, *other))} {_text(one)}"
        low, high = _ends(one)
        if low > 1:
            said.append(f"{what}, above 1")
        elif high < 0:
            said.append(f"{what}, below 0")
        elif index == "first" and low > _ends(indices["total", j])[1]:
            said.append(f"{what}, above its total index {_text(indices['total', j])}")
    if k == 1:
        return said
    sums = _sums(y, k, confidence)
    if _ends(sums["first"])[0] > 1:
        said.append(f"first indices sum to {_text(sums['first'])}, above 1")
    if _ends(sums["total"])[1] < 1:
        said.append(f"total indices sum to {_text(sums['total'])}, below 1")
    return said


def _ends(one: Found) -> tuple[float, float]:
    """Return the interval, drawn in by the margin."""
    if math.isfinite(one.low):
        return one.low - MARGIN, one.high + MARGIN
    return one.value - MARGIN_ALONE, one.value + MARGIN_ALONE


def _text(one: Found) -> str:
    between = f" ({one.low:.2f} to {one.high:.2f})" if math.isfinite(one.low) else ""
    return f"{one.value:.2f}{between}"


def _sums(y: np.ndarray, k: int, confidence: float) -> dict[str, Found]:
    """Return the sums of the first and of the total indices with their intervals."""
    whole, tables = sobol_tables(y, k)
    variance = float(whole.mean())
    sums = {}
    for index in ("first", "total"):
        table = sum(tables[index, j] for j in range(k))
        value = float(np.mean(table)) / variance
        sums[index] = found(value + (table - value * whole) / variance, confidence)
    return sums
