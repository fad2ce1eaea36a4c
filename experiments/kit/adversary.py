"""A search for the setting that hurts an answer most, every parameter at one end of its box.

Within a small box a difference bends little, so that the worst setting lies in a corner. Settings
evolve in generations (after Stonedahl and Wilensky 2010): each is a corner, drawn parameter by
parameter with the chance that this end is the harmful one, which is judged from all the settings
tried before. A setting lives in one world, the same for a whole generation, another in the next:
luck is not rewarded. The runs themselves say what was tried; nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.tables import differences
from simulation.core.randomness import analysis_rng

if TYPE_CHECKING:
    import pandas as pd

#: How a measure names the value of a parameter in the frame of runs.
AT = "at_"
#: No end is ever given up: it might have been luck.
LEAST_CHANCE = 0.05


def harm(frame: pd.DataFrame, strategy: str, baseline: str, names: Sequence[str]) -> pd.DataFrame:
    """Return what the high end of each parameter does to strategy - baseline, from all settings.

    `frame` holds runs with the labels generation and sample, and a column AT + name for each
    parameter. Settings are compared within their generation, whose luck they share.
    Columns: parameter, value (copies, high end minus low end), z (value over its standard error;
    0 where nothing varied), n_worlds (settings).
    """
    import pandas as pd

    by = ["generation", "sample"]
    gaps = differences(frame, "sales", strategy, baseline, by=by)
    lived = frame[frame["strategy"] == strategy].set_index(by)[[AT + name for name in names]]
    values = lived.loc[pd.MultiIndex.from_frame(gaps[by])]
    middle = (values.max() + values.min()) / 2
    ends = pd.DataFrame(np.sign((values - middle).to_numpy()), columns=list(names))
    of_generation = gaps["generation"]
    ends -= ends.groupby(of_generation).transform("mean")
    gap = gaps["difference"] - gaps.groupby("generation")["difference"].transform("mean")
    spread = (ends.to_numpy() ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = ends.to_numpy().T @ gap.to_numpy() / spread
        z = slope * np.sqrt(spread) / gap.std(ddof=0)
    found = {"parameter": list(names), "value": 2 * slope, "z": z, "n_worlds": len(gaps)}
    return pd.DataFrame(found).fillna({"value": 0.0, "z": 0.0})


def next_corners(found: pd.DataFrame | None, names: Sequence[str], n: int, seed: int) -> np.ndarray:
    """Return n corners to try next, shape (n, names): 1 is the high end, 0 the low one.

    `found` is what `harm` found so far, None before the first generation: all ends alike.
    """
    from scipy.stats import norm

    z = np.zeros(len(names)) if found is None else found["z"].to_numpy(float)
    chance = np.clip(norm.cdf(-z), LEAST_CHANCE, 1 - LEAST_CHANCE)
    return (analysis_rng(seed).random((n, len(names))) < chance).astype(float)


def worst_corner(found: pd.DataFrame) -> dict[str, float]:
    """Return the end of each parameter that does more harm: 1 the high one, 0 the low one."""
    return {name: float(z < 0) for name, z in zip(found["parameter"], found["z"], strict=True)}
