"""Sensitivity indices of any sample: PAWN, rank correlation and partial rank correlation.

A sample is a table of settings x with their outcomes Y_r(x) in R worlds; y(x) is the mean over
worlds. Three questions are asked of every parameter.

pawn      How far does the distribution of y move when the parameter is known? The distance of
          Kolmogorov and Smirnov between y in a slice of the parameter and all y, averaged over the
          slices (Pianosi and Wagener 2018): 0 to 1, of whatever shape the effect is. SALib's `pawn`
          is the same where values are many; it never sees the highest slice of a grid.
spearman  Is y higher where the parameter is? Rank correlation, -1 to 1.
partial   The same, with what the other parameters do to both taken out (Kendall 1942).

Chance. Even a parameter that does nothing moves the distribution a little in few settings. What it
would show is drawn: the means, less the luck in them, are shuffled over the settings, and the luck
of the worlds, which all settings share and which may therefore look like a slope, is added with
random weights and the width of Student's t, as in `sensitivity_indices.pure_luck`. An index of PAWN
is told from noise when it is above what these draws seldom pass. In a grid there is no drawing of
settings: what nothing does is the mean over the values of that parameter, plus luck.

Intervals. The standard error adds what other settings would have said (a bootstrap of settings;
none in a grid, which has them all) and what other worlds would have (a jackknife over at least
three); what both hold counts twice, so that intervals are on the wide side. Rank correlations are
widened on Fisher's scale, atanh r, partial ones as the coefficients of the regression they come
from. With fewer than three worlds, intervals know nothing of luck. All are of the mean over these
worlds: the luck that is left in it makes correlations smaller, and more worlds would bring out
more.

Measured: of parameters that do nothing, beside others that do, 2 to 6 of 100 are marked, with 30
and 100 settings and with 1 to 10 worlds; where the luck of each world is a slope as steep as the
parameters', up to 10 of 100 with three worlds, 8 with four and 7 with ten.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simulation.analyses.sensitivity_indices import FEWEST_WORLDS, NOTHING, Found, quantile

#: Fewer settings than this say nothing; of a grid, which has all there are, some less do.
FEWEST_SETTINGS, FEWEST_IN_GRID = 10, 6
#: A parameter is cut into at most so many slices, of at least so many settings each.
MOST_SLICES, SLICE = 10, 15
#: Draws of chance, and resamples of the settings.
DRAWS, RESAMPLES = 399, 199
#: Numbers handled at a time.
AT_ONCE = 4_000_000


class Sample(NamedTuple):
    """Settings and their outcomes.

    Attributes
    ----------
    names : list of str
        Parameters that differ between the settings.
    columns : array (settings, parameters)
        Their values as numbers: numbers as they are, false and true as 0 and 1, names by number.
    ordered : array of bool (parameters)
        Whether more and less have a meaning (names have no order).
    y : array (settings, worlds)
    grid : bool
        Whether the settings are every combination of the values, all there is and no sample.
    """

    names: list[str]
    columns: np.ndarray
    ordered: np.ndarray
    y: np.ndarray
    grid: bool

    @property
    def mean(self) -> np.ndarray:
        """Mean over worlds of every setting."""
        return self.y.mean(axis=1)


def sampled_indices(sample: Sample, confidence: float, rng: Any) -> dict[Any, Found]:
    """Return PAWN, rank and partial rank correlation of every parameter, with intervals.

    Keys: ("pawn", j), ("spearman", j), ("partial", j). `noise` is what a parameter that does
    nothing would show on average, the size of it for correlations. PAWN's interval begins at 0
    where it is not told from noise. nan where there is nothing to be said: an outcome that never
    varies, correlations of names, partial ones of too few settings.
    """
    k = len(sample.names)
    if np.ptp(sample.mean) == 0:
        return {(index, j): NOTHING for index in ("pawn", "spearman", "partial") for j in range(k)}
    found: dict[Any, Found] = {}
    others = _other_worlds(sample)
    rank = _rank_indices(sample, others, confidence, rng)
    place = sample.ordered.cumsum() - 1
    for j in range(k):
        slices = slices_of(sample.columns[:, j], bool(sample.ordered[j]))
        nothing = chance(sample, j, rng)
        found["pawn", j] = _pawn_found(sample, slices, nothing, others, confidence, rng)
        if sample.ordered[j]:
            among, shown = _with_ranks(sample, nothing)
            size = {"spearman": shown[:, place[j]]}
            b, s = coefficients(np.broadcast_to(among, (len(shown), *among.shape)), shown)
            size["partial"] = partial_correlation(b[:, place[j]], s[:, place[j]])
        for index in ("spearman", "partial"):
            one = rank[index, j]
            if math.isfinite(one.value):
                one = one._replace(noise=float(np.abs(size[index]).mean()))
            found[index, j] = one
    return found


# ---- PAWN ----------------------------------------------------------------------------------------


def slices_of(column: np.ndarray, ordered: bool = True) -> np.ndarray:
    """Return the number of the slice, 0, 1 .., in which each value of a parameter lies.

    Few values are a slice each; many are cut at quantiles, equal ones into the same slice.
    """
    values, place = np.unique(column, return_inverse=True)
    n = column.size
    if not ordered or (values.size <= MOST_SLICES and n >= 3 * values.size):
        return place
    from scipy.stats import rankdata

    count = int(np.clip(n // SLICE, 2, MOST_SLICES))
    cut = ((rankdata(column) - 0.5) * count / n).astype(int)
    return np.unique(cut, return_inverse=True)[1]


def pawn(y: np.ndarray, slices: np.ndarray) -> np.ndarray:
    """Return the mean distance of Kolmogorov and Smirnov between slices and all, of every row.

    y : array (rows, settings); slices : array (settings) or (rows, settings). A slice without a
    setting does not count.
    """
    rows, n = y.shape
    step = max(1, AT_ONCE // n)
    if rows > step:
        parts = range(0, rows, step)
        each = [slices[i : i + step] if slices.ndim == 2 else slices for i in parts]
        return np.concatenate([pawn(y[i : i + step], s) for i, s in zip(parts, each, strict=True)])
    order = np.argsort(y, axis=1, kind="stable")
    values = np.take_along_axis(y, order, axis=1)
    below, upto = _tied(values[:, 1:] > values[:, :-1])  # how many of all lie below each, or upto
    number = np.broadcast_to(slices.astype(np.uint8), y.shape)
    number = np.take_along_axis(number, order, axis=1)
    order = np.argsort(number, axis=1, kind="stable")  # slice by slice, and inside by outcome
    number, below, upto = (np.take_along_axis(x, order, axis=1) for x in (number, below, upto))
    first = np.ones((rows, n), bool)  # of a slice
    first[:, 1:] = number[:, 1:] > number[:, :-1]
    starts = np.flatnonzero(first)
    size = np.diff(np.append(starts, rows * n))
    inside_below, inside_upto = _tied(first[:, 1:] | (upto[:, 1:] > upto[:, :-1]))
    begin = np.repeat(starts % n, size).reshape(rows, n)
    size_here = np.repeat(size, size).reshape(rows, n)
    far = np.maximum(
        np.abs((inside_upto - begin) / size_here - upto / n),
        np.abs((inside_below - begin) / size_here - below / n),
    )  # the curves are farthest apart at, or just below, an outcome of the slice
    largest = np.maximum.reduceat(far.ravel(), starts)
    return np.bincount(starts // n, largest) / np.bincount(starts // n)


def _tied(rises: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for ordered values how many lie below each one, and how many are not above it.

    rises : array (rows, n - 1), whether each value is above the one before it.
    """
    rows, n = rises.shape[0], rises.shape[1] + 1
    place = np.arange(n)
    below = np.zeros((rows, n), int)
    below[:, 1:] = np.where(rises, place[1:], 0)
    upto = np.full((rows, n), n)
    upto[:, :-1] = np.where(rises, place[1:], n)
    return (
        np.maximum.accumulate(below, axis=1),
        np.minimum.accumulate(upto[:, ::-1], axis=1)[:, ::-1],
    )


def chance(sample: Sample, j: int, rng: Any) -> np.ndarray:
    """Return draws of the mean outcomes, (draws, settings), if parameter j did nothing."""
    y, mean = sample.y, sample.mean
    n, worlds = y.shape
    luck, left = np.zeros((DRAWS, n)), 1.0
    if worlds > 1:
        part = (y - mean[:, None]).var(axis=0).sum() / (worlds * (worlds - 1))
        left = math.sqrt(max(0.0, 1 - part / mean.var()))  # of the mean, without the luck in it
        weights = rng.standard_normal((DRAWS, worlds)) / math.sqrt(worlds * (worlds - 1))
        weights *= np.sqrt((worlds - 1) / rng.chisquare(worlds - 1, (DRAWS, 1)))
        luck = weights @ (y - mean[:, None]).T
    if not sample.grid:
        return rng.permuted(np.tile(left * (mean - mean.mean()), (DRAWS, 1)), axis=1) + luck
    rest = np.delete(sample.columns, j, axis=1)
    blocks = np.unique(rest, axis=0, return_inverse=True)[1].ravel()
    if worlds > 1:
        return (np.bincount(blocks, mean) / np.bincount(blocks))[blocks] + luck
    order = np.lexsort((rng.random((DRAWS, n)), np.broadcast_to(blocks, (DRAWS, n))), axis=1)
    drawn = np.empty((DRAWS, n))
    drawn[:, np.argsort(blocks, kind="stable")] = mean[order]
    return drawn


def _pawn_found(
    sample: Sample,
    slices: np.ndarray,
    nothing: np.ndarray,
    others: np.ndarray | None,
    confidence: float,
    rng: Any,
) -> Found:
    n, mean = sample.mean.size, sample.mean
    value = float(pawn(mean[None], slices)[0])
    shown = pawn(nothing, slices)
    told = value > float(np.quantile(shown, confidence)) + 1e-12
    by_settings = 0.0
    if not sample.grid:
        drawn = rng.integers(0, n, (RESAMPLES, n))
        by_settings = float(pawn(mean[drawn], slices[drawn]).var(ddof=1))
    by_worlds = None if others is None else float(_jackknifed(pawn(others, slices)))
    reach = _reach(by_settings, by_worlds, sample, confidence)
    low = value - reach if told else 0.0 * reach
    return Found(value, max(low, 0.0) if math.isfinite(low) else low, min(1.0, value + reach)
                 if math.isfinite(reach) else math.nan, float(shown.mean()), told)  # fmt: skip


# ---- uncertainty ---------------------------------------------------------------------------------


def _other_worlds(sample: Sample) -> np.ndarray | None:
    """Return the means (worlds, settings) without each world in turn; None with too few."""
    worlds = sample.y.shape[1]
    if worlds < FEWEST_WORLDS:
        return None
    return ((sample.y.sum(axis=1, keepdims=True) - sample.y) / (worlds - 1)).T


def _jackknifed(values: np.ndarray) -> Any:
    """Return the variance of a statistic from its values without each world in turn."""
    n = len(values)
    return (n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0)


def _reach(by_settings: float, by_worlds: float | None, sample: Sample, confidence: float) -> float:
    """Return how far an interval reaches; nan where neither settings nor worlds say it."""
    n, worlds = sample.y.shape
    if by_worlds is None:
        if sample.grid:
            return math.nan
        return quantile(confidence, n - 1) * math.sqrt(by_settings)
    total = by_settings + by_worlds
    below = by_settings**2 / (n - 1) + by_worlds**2 / (worlds - 1)
    df = total**2 / below if below > 0 else n - 1
    return quantile(confidence, df) * math.sqrt(total)


# ---- rank correlations ---------------------------------------------------------------------------


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Return the ranks of every row with mean 0 and sum of squares 1; 0 where all are equal."""
    from scipy.stats import rankdata

    found = rankdata(rows, axis=1)
    found -= found.mean(axis=1, keepdims=True)
    size = np.sqrt((found**2).sum(axis=1, keepdims=True))
    return np.divide(found, size, out=np.zeros_like(found), where=size > 0)


def coefficients(among: np.ndarray, with_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients b of a regression on k parameters, and what is left, s.

    among : array (.., k, k), correlations among the parameters; with_y : (.., k), with y. With
    C^-1 the inverse of the first, b = C^-1 c and s_j = (1 - c b) (C^-1)_jj, and the partial
    correlation of j is b_j / sqrt(s_j + b_j^2) (`partial_correlation`).
    """
    inverse = np.linalg.pinv(among, hermitian=True)
    b = (inverse @ with_y[..., None])[..., 0]
    left = np.maximum(1 - (with_y * b).sum(axis=-1, keepdims=True), 0.0)
    return b, left * np.diagonal(inverse, axis1=-2, axis2=-1)


def partial_correlation(b: Any, s: Any) -> Any:
    """Return the partial correlation of a coefficient; see `coefficients`."""
    size = np.sqrt(s + np.square(b))
    return np.divide(b, size, out=np.zeros_like(size), where=~(size == 0))  # nan stays nan


def _with_ranks(sample: Sample, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rank correlations among the ordered parameters (k, k), with outcomes (rows, k)."""
    x = _ranks(sample.columns[:, sample.ordered].T)
    step = max(1, AT_ONCE // rows.shape[1])
    parts = [_ranks(rows[i : i + step]) @ x.T for i in range(0, len(rows), step)]
    return x @ x.T, np.concatenate(parts)


def _resampled(sample: Sample, rng: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return what `_with_ranks` does, in resamples of the settings: (resamples, k, k), (.., k)."""
    n = len(sample.y)
    z = np.vstack([_ranks(sample.columns[:, sample.ordered].T), _ranks(sample.mean[None])]).T
    m = z.shape[1]
    upper = np.triu_indices(m)
    pairs = z[:, upper[0]] * z[:, upper[1]]
    found = np.empty((RESAMPLES, m, m))
    for product in found:
        w = rng.multinomial(n, np.full(n, 1 / n)) / n
        product[upper] = w @ pairs
        product.T[upper] = product[upper]
        middle = w @ z
        product -= np.outer(middle, middle)
        size = np.sqrt(np.maximum(np.diag(product), 0.0))
        size[size < 1e-12] = np.inf  # of a resample in which nothing varies
        product /= np.outer(size, size)
    return found[:, :-1, :-1], found[:, :-1, -1]


def _rank_indices(
    sample: Sample, others: np.ndarray | None, confidence: float, rng: Any
) -> dict[Any, Found]:
    """Return both correlations of every parameter with their intervals; noise is left open.

    The interval of a partial correlation is that of its coefficient, which luck moves evenly.
    """
    k, n = len(sample.names), len(sample.y)
    found: dict[Any, Found] = {(i, j): NOTHING for i in ("spearman", "partial") for j in range(k)}
    ordered = np.flatnonzero(sample.ordered)
    if not ordered.size:
        return found
    among, with_y = _with_ranks(sample, sample.mean[None])
    values = {"spearman": _fisher(with_y[0], n)}
    values["partial"], s = coefficients(among, with_y[0])
    spread: dict[str, Any] = dict.fromkeys(values, (np.zeros(ordered.size), None))
    if not sample.grid:
        drawn = _resampled(sample, rng)
        spread["spearman"] = (_fisher(drawn[1], n).var(axis=0, ddof=1), None)
        spread["partial"] = (coefficients(*drawn)[0].var(axis=0, ddof=1), None)
    if others is not None:
        each = _with_ranks(sample, others)[1]
        spread["spearman"] = (spread["spearman"][0], _jackknifed(_fisher(each, n)))
        without = coefficients(np.broadcast_to(among, (len(each), *among.shape)), each)[0]
        spread["partial"] = (spread["partial"][0], _jackknifed(without))
    for index, back in (
        ("spearman", lambda z, _: np.tanh(z)),
        ("partial", lambda b, at: partial_correlation(b, s[at])),
    ):
        if index == "partial" and n < ordered.size + 4:
            continue
        for at, j in enumerate(ordered):
            by_settings, by_worlds = (None if x is None else float(x[at]) for x in spread[index])
            reach = _reach(by_settings or 0.0, by_worlds, sample, confidence)
            middle = values[index][at]
            low, high = (float(back(middle + x, at)) for x in (-reach, reach))
            value = float(with_y[0, at] if index == "spearman" else back(middle, at))
            if math.isfinite(reach):
                low, high = (min(low, value), max(high, value)) if reach > 0 else (value, value)
            told = low > 1e-9 or high < -1e-9  # never where they are nan
            found[index, j] = Found(value, low, high, math.nan, told)
    return found


def _fisher(r: Any, n: int) -> Any:
    """Return atanh r; nearer to 1 than n settings can tell, it is taken for 1 - 1 / n."""
    return np.arctanh(np.clip(r, 1 / n - 1, 1 - 1 / n))
