"""What many settings of the parameters say: in which share a lead holds, and what drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.tables import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd


def shares_ahead(gaps: np.ndarray) -> list[dict[str, Any]]:
    """Return which share of settings is ahead, equal or behind, each with Wilson's interval.

    `gaps` has a row for every setting and a column for each of its worlds. Ahead: the mean of its
    worlds is above 0. Two rows more, "ahead always" and "behind always", count settings all of
    whose worlds agree; "shared" is the correlation over settings of one world with the next: what
    the setting and not luck decides.
    """
    from scipy.stats import binomtest

    mean, n = gaps.mean(axis=1), len(gaps)
    counts = {
        "ahead": mean > 0,
        "equal": mean == 0,
        "behind": mean < 0,
        "ahead always": (gaps > 0).all(axis=1),
        "behind always": (gaps < 0).all(axis=1),
    }
    rows = []
    for outcome, found in counts.items():
        k = int(found.sum())
        ends = binomtest(k, n).proportion_ci(CONFIDENCE, method="wilson")
        rows.append({"outcome": outcome, "value": k / n, "low": float(ends.low),
                     "high": float(ends.high), "n_worlds": n})  # fmt: skip
    varies = n > 1 and gaps.shape[1] > 1 and (np.ptp(gaps[:, :2], axis=0) > 0).all()
    shared = _ranked(gaps[:, 0])[0] @ _ranked(gaps[:, 1])[0] if varies else np.nan
    rows.append({"outcome": "shared", "value": float(shared), "n_worlds": n})
    return rows


def rank_correlations(at: pd.DataFrame, lead: np.ndarray) -> pd.DataFrame:
    """Return Spearman's correlation of every column with a lead, one row a setting.

    Columns: parameter, outcome, value, low, high (Bonett and Wright 2000), n_worlds, chance (what
    the largest of so many correlations exceeds in 1 of 20 hypercubes when nothing matters), clear
    (beyond it).
    """
    import pandas as pd
    from scipy.stats import norm

    n = len(lead)
    value = _ranked(at.to_numpy(float).T) @ _ranked(lead)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        half = norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt((1 + value**2 / 2) / max(n - 3, 1))
        low, high = np.tanh(np.arctanh(value) - half), np.tanh(np.arctanh(value) + half)
    chance = norm.ppf(1 - (1 - CONFIDENCE) / 2 / at.shape[1]) / np.sqrt(max(n - 1, 1))
    return pd.DataFrame(
        {"parameter": list(at.columns), "outcome": "rank correlation", "value": value, "low": low,
         "high": high, "n_worlds": n, "chance": chance, "clear": np.abs(value) > chance}
    )  # fmt: skip


def _ranked(values: np.ndarray) -> np.ndarray:
    """Return the rows as ranks with mean 0 and length 1; rows of nothing but ties as nan."""
    from scipy.stats import rankdata

    ranks = rankdata(np.atleast_2d(values), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return ranks / np.sqrt((ranks**2).sum(axis=1, keepdims=True))
