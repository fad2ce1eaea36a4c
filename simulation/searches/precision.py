"""How many runs do I need? The worlds that an interval of a given width takes.

Only luck stands between an interval and its aim: the differences d_1 .. d_n of n worlds are
independent and alike, and Student's interval of their mean has the width

    width(n) = 2 t(1 - alpha / 2, n - 1) s / sqrt(n),        s = standard deviation of the d

`runs_needed` solves that for n, with the s of a pilot; `precision_of` says of every setting of a
sweep what it still needs. `replicating.py` lives worlds until the width itself is reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.runs.comparison import Comparison
from simulation.runs.statistics import interval_width, sd_of, student
from simulation.tools.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

#: More worlds than this are not promised.
MOST_WORLDS = 10_000_000


@dataclass(frozen=True)
class Needed:
    """Worlds that an interval needs: the estimate, and what the pilot leaves open.

    `low` and `high` come from the pilot's own interval of s (chi-square, same confidence; exact
    where differences are normal). Of a relative aim they leave out that the mean is estimated too.
    """

    n: int
    low: int
    high: int
    sd: float
    width: float
    n_pilot: int
    confidence: float

    def __str__(self) -> str:
        level = f"{100 * self.confidence:g} % interval"
        if self.sd == 0:
            return f"2 worlds: all {self.n_pilot} of the pilot gave the same difference"
        more = " or more" if self.n >= MOST_WORLDS else ""
        return (
            f"{self.n:,}{more} worlds for a {level} of width {self.width:,.6g} "
            f"({self.low:,} to {self.high:,}: the standard deviation, {self.sd:,.6g}, is itself "
            f"known from {self.n_pilot} worlds only)"
        )


def runs_needed(
    differences: Any,
    *,
    width: float | None = None,
    relative: float | None = None,
    confidence: float = 0.95,
) -> Needed:
    """Return how many worlds the interval of a mean difference needs to be so narrow.

    Parameters
    ----------
    differences : array of shape (worlds,), or Comparison
        Paired differences of a pilot; of a Comparison with one strategy beside the baseline.
    width : float
        Of the whole interval, in the unit of the outcome.
    relative : float
        Instead: half the interval as a share of the pilot's mean difference.
    confidence : float

    Raises
    ------
    InputError
        With fewer than two worlds, values that are no numbers, or an aim that is none.

    Notes
    -----
    The answer is a number between 2 (all differences of the pilot are equal) and MOST_WORLDS
    (that many or more). Worlds without a difference (nan) are left out.
    """
    values = _differences_of(differences)
    if values.size < 2:
        raise InputError(f"a pilot of {values.size} worlds tells no spread: at least 2 are wanted")
    aim = asked_width(width, relative, abs(float(values.mean())))
    _check_confidence(confidence)
    from scipy.stats import chi2

    sd, n = sd_of(values), values.size
    if sd == 0:
        return Needed(2, 2, 2, 0.0, aim, n, confidence)
    ends = chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], n - 1)
    low, high = (sd * math.sqrt((n - 1) / end) for end in ends)
    return Needed(
        _solve(sd, aim, confidence),
        _solve(low, aim, confidence),
        _solve(high, aim, confidence),
        sd,
        aim,
        n,
        confidence,
    )


def _differences_of(differences: Any) -> np.ndarray:
    if isinstance(differences, Comparison):
        frame = differences.differences
        if frame.shape[1] != 1:
            names = ", ".join(frame.columns)
            raise InputError(f"a comparison of one strategy is wanted, this has {names}")
        differences = frame.iloc[:, 0]
    try:
        values = np.asarray(differences, float).ravel()
    except (TypeError, ValueError):
        raise InputError("differences: numbers are wanted, one a world") from None
    if np.isinf(values).any():
        raise InputError("differences: one of them is infinite, and so is their spread")
    return values[~np.isnan(values)]


def asked_width(width: float | None, relative: float | None, mean: float) -> float:
    """Return the width asked for, whichever way it was said."""
    if (width is None) == (relative is None):
        raise InputError("say width or relative: one of them")
    name, value = ("width", width) if relative is None else ("relative", relative)
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 < float(value) < math.inf:  # type: ignore[arg-type]
        raise InputError(f"{name} = {value!r} is not allowed: a number above 0")
    if relative is None:
        return float(value)  # type: ignore[arg-type]
    if mean == 0:
        raise InputError("relative: the mean difference is 0, and nothing is a share of it")
    return 2 * float(relative) * mean


def _check_confidence(confidence: float) -> None:
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise InputError(f"confidence = {confidence!r} is not allowed: above 0 and below 1")


def _solve(sd: float, width: float, confidence: float) -> int:
    """Return the smallest n whose interval is no wider than `width`; at most MOST_WORLDS."""
    low, high = 1, 2  # too few; perhaps enough
    while interval_width(sd, high, confidence) > width:
        if high >= MOST_WORLDS:
            return MOST_WORLDS
        low, high = high, min(2 * high, MOST_WORLDS)
    while high - low > 1:
        middle = (low + high) // 2
        enough = interval_width(sd, middle, confidence) <= width
        low, high = (low, middle) if enough else (middle, high)
    return high


def precision_of(
    runs: pd.DataFrame,
    outcome: str = "sales",
    baseline: str | None = None,
    *,
    width: float | None = None,
    relative: float | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return how precise every setting of a sweep is, and how many worlds it still needs.

    One row a setting and strategy but the baseline (the first unless told): setting_id, strategy,
    n_worlds (that have a value under both; failed runs have none), difference, low, high, width
    (Student; nan with fewer than two); and, when a width is asked for: needed (worlds for it, as
    `runs_needed`; nan where it cannot be told), enough.

    Raises InputError for an unknown outcome or baseline, one strategy only, or an aim that is none.
    """
    import pandas as pd

    _check_confidence(confidence)
    if asked := width is not None or relative is not None:
        asked_width(width, relative, 1.0)
    known = [scalar.name for scalar in SUMMARY]
    if outcome not in known or outcome not in runs:
        raise InputError(f'unknown outcome "{outcome}"{did_you_mean(outcome, known)}')
    column = runs["strategy"]
    names = [str(n) for n in (column.cat.categories if hasattr(column, "cat") else column.unique())]
    base = baseline or (names[0] if names else "")
    if base not in names or len(names) < 2:
        raise InputError(
            f'baseline "{base}": two strategies or more are wanted, and it among them; there are '
            f"{', '.join(names) or 'none'}"
        )
    wide = (
        runs.assign(**{outcome: runs[outcome].where(runs["status"] == "SUCCEEDED")})
        .astype({"strategy": "str"})
        .pivot(index=["setting_id", "replication_id"], columns="strategy", values=outcome)
        .reindex(columns=names)
    )
    rows = []
    for setting, table in wide.groupby(level="setting_id"):
        for name in [n for n in names if n != base]:
            values = (table[name] - table[base]).dropna().to_numpy(float)
            row: dict[str, Any] = {"setting_id": setting, "strategy": name}
            row |= {"n_worlds": values.size, **student(values, confidence)}
            if asked:
                needed = math.nan
                if values.size >= 2 and (relative is None or row["difference"] != 0):
                    aim = asked_width(width, relative, abs(row["difference"]))
                    needed = _solve(sd_of(values), aim, confidence)
                row |= {"needed": needed, "enough": bool(needed <= values.size)}
            rows.append(row)
    return pd.DataFrame(rows)
