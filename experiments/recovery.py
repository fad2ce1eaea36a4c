"""Does calibration find what is known, and do its ranges hold the truth as often as they say?

Fixed: the scenario classroom, community_building, the settings of `calibrate` as they are by
default. Varies: the truth, drawn from the prior; the luck of the data, of worlds that no fit uses;
one cell of ten of every data set is a gap. Three ways to fit: "abc"; "point", whose interval is
rough; and, as a negative control on every fourth data set, "abc, one world": the same ABC with all
candidates in one world, whose intervals must come out too narrow. If the intervals are right, the
place of the truth among the draws is uniform (simulation-based calibration: Talts et al. 2018).
Fits of one data set share its luck, so that the parameters of one are not quite independent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.drawing import INK, new_figure, styled
from experiments.kit.finding import Finding, as_markdown
from simulation.core.randomness import analysis_rng
from simulation.inputs.scenario import Scenario
from simulation.runs.run import simulate
from simulation.searches.calibration import calibrate
from simulation.searches.calibration_candidates import prior_of
from simulation.searches.calibration_fitting import quantiles
from simulation.searches.calibration_observed import Observed, weekly

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SCENARIO, STRATEGY = "classroom", "community_building"
#: What is fitted, each told by another series: subscribers, members, sales.
FITTED = {"p_optin": (0.02, 0.4), "p_join": (0.01, 0.15), "p_buy": (0.02, 0.3)}
ABC, POINT, ONE_WORLD = "abc", "point", "abc, one world"
WAYS: dict[str, dict[str, Any]] = {
    ABC: {"method": "abc"},
    POINT: {"method": "point"},
    ONE_WORLD: {"method": "abc", "same_world": True},
}
LEVELS = (0.5, 0.9)
N_SETS = 50
SHARE_OF_GAPS = 0.1
#: Seeds of the truths and of the data: luck of its own, beside that of the fits (1, 2, 3 ...).
TRUTH_SEED, DATA_SEED = 2018, 715_225_739
SMALL: dict[str, Any] = {
    "n_particles": 20, "generations": 2, "n_pilot": 50, "budget": 20, "worlds": 6
}  # fmt: skip
N_BINS = 10


def truths(n: int) -> np.ndarray:
    """Return n true points in the unit cube of the prior."""
    return analysis_rng(TRUTH_SEED).random((n, len(FITTED)))


def data_set(i: int, units: np.ndarray) -> Observed:
    """Return the weekly funnel of a world made with these parameters, with gaps."""
    import pandas as pd

    changes = prior_of(FITTED).one(units)
    world = Scenario.load(SCENARIO).replace(**changes)
    frame = weekly(simulate(world, STRATEGY, seed=DATA_SEED, replication=i)).astype(float)
    gaps = analysis_rng(DATA_SEED + i).random(frame.shape) < SHARE_OF_GAPS
    return Observed(pd.DataFrame(frame.mask(gaps)))


def study(smoke: bool, jobs: int | None, progress: bool | None) -> pd.DataFrame:
    """Fit every data set in every way; one row a data set, way and parameter.

    Columns: set, way, parameter; truth and estimate [the parameter's own]; truth_unit (its place in
    the prior); place (the weighted share of draws below the truth); low_50, high_50, low_90,
    high_90 (in the unit of the prior); narrower; runs; seconds.
    """
    import pandas as pd
    from tqdm import tqdm

    rows, smaller = [], SMALL if smoke else {}
    hidden = None if progress is None else not progress
    for i, units in enumerate(tqdm(truths(2 if smoke else N_SETS), "data sets", disable=hidden)):
        data = data_set(i, units)
        for way, how in WAYS.items():
            if way == ONE_WORLD and i % 4:
                continue
            began = time.perf_counter()
            found = calibrate(data, SCENARIO, STRATEGY, FITTED, seed=1 + i, n_predictive=20,
                              jobs=jobs, **how, **smaller)  # fmt: skip
            seconds = time.perf_counter() - began
            rows += [
                {"set": i, "way": way, **row, "runs": found.n_simulations, "seconds": seconds}
                for row in _against(found, units)
            ]
    return pd.DataFrame(rows)


def _against(found: Any, units: np.ndarray) -> list[dict[str, Any]]:
    """Return a row a parameter: truth, estimate, intervals."""
    fit, true = found.fit, found.prior.one(units)
    rows = []
    for j, name in enumerate(found.prior.names):
        row = {
            "parameter": name,
            "truth": true[name],
            "estimate": found.table.loc[name, "estimate"],
            "truth_unit": units[j],
            "place": float(fit.weights[fit.units[:, j] < units[j]].sum()),
            "narrower": found.table.loc[name, "narrower"],
        }
        for level in LEVELS:
            ends = quantiles(fit.units[:, [j]], fit.weights, [0.5 - level / 2, 0.5 + level / 2])
            row[f"low_{100 * level:g}"], row[f"high_{100 * level:g}"] = ends[:, 0]
        rows.append(row)
    return rows


def coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how often the intervals hold the truth, with Wilson's 95 % interval.

    One row a way, parameter ("all" for the three together) and level: held, n, rate, low, high,
    right (the stated rate lies within low .. high), narrower (mean).
    """
    import pandas as pd
    from scipy.stats import binomtest

    found = []
    for way in dict.fromkeys(rows["way"]):
        mine = rows[rows["way"] == way]
        for name in ["all", *dict.fromkeys(mine["parameter"])]:
            part = mine if name == "all" else mine[mine["parameter"] == name]
            for level in LEVELS:
                ends = part[f"low_{100 * level:g}"], part[f"high_{100 * level:g}"]
                held = int(part["truth_unit"].between(*ends).sum())
                wilson = binomtest(held, len(part)).proportion_ci(0.95, method="wilson")
                row: dict[str, Any] = {"way": way, "parameter": name, "level": level}
                row |= {"held": held, "n": len(part), "rate": held / len(part)}
                row |= {"low": wilson.low, "high": wilson.high}
                row["right"] = wilson.low <= level <= wilson.high
                row["narrower"] = part["narrower"].mean()
                found.append(row)
    return pd.DataFrame(found)


#: The ways to fit as one speaks of them.
SPOKEN = {ABC: "the\ncareful way", POINT: "the\nquick way", ONE_WORLD: "wrong on\npurpose"}


def _held(table: pd.DataFrame, way: str, level: float = LEVELS[-1]) -> dict[Any, Any] | None:
    """Return how often a way held the truth at a level; None where it was not tried."""
    rows = table[(table["way"] == way) & (table["parameter"] == "all") & (table["level"] == level)]
    return dict(rows.iloc[0]) if len(rows) else None


def _verdict(row: dict[Any, Any]) -> str:
    if row["right"]:
        return "as meant"
    return "too narrow" if row["rate"] < row["level"] else "too wide"


def _also(table: pd.DataFrame, way: str) -> str:
    """Say how often another way held the truth."""
    row = _held(table, way)
    if row is None:
        return "was not tried"
    return f"held it in {100 * row['rate']:.0f} %, {_verdict(row)}"


def finding(rows: pd.DataFrame) -> Finding:
    """Say how often the ranges of each way held the truth, and whether that is as stated."""
    table = coverage(rows)
    row = _held(table, ABC)
    assert row is not None
    yes = "Yes" if row["right"] else f"No, they are {_verdict(row)}"
    mine = rows[rows["way"] == ABC]
    return Finding(
        f"{yes}: ranges meant to hold the truth in {100 * row['level']:g} % of all cases held it "
        f"in {100 * row['rate']:.0f} %.",
        f"the data: ranges came out {100 * mine['narrower'].mean():.0f} % narrower than what was "
        "thought possible before.",
        f"the quick way {_also(table, POINT)}; a way made wrong on purpose "
        f"{_also(table, ONE_WORLD)}.",
        f"three parameters of one small town, {mine['set'].nunique()} data sets; real data come "
        "from no model.",
    )


@styled
def figure(rows: pd.DataFrame) -> Figure:
    """Draw how often the ranges of each way held the truth; and the truths and ranges by ABC."""
    drawn, (panels,) = new_figure(finding(rows).answer.rstrip("."), 1, 2, width_ratios=(1, 1.1))
    _coverages(panels[0], coverage(rows))
    _truth_and_range(panels[1], rows[rows["way"] == ABC])
    return drawn


def _coverages(ax: Any, table: pd.DataFrame) -> None:
    """Draw how often the truth was held, of 100 cases; a line where it should be."""
    ways = [way for way in WAYS if _held(table, way) is not None]
    for level, colour, marker in zip(LEVELS, ("#B87400", "#0072B2"), ("s", "o"), strict=True):
        found = [row for way in ways if (row := _held(table, way, level)) is not None]
        value = np.array([100 * row["rate"] for row in found])
        reach = np.abs([[100 * row[end] - v for row, v in zip(found, value, strict=True)]
                        for end in ("low", "high")])  # fmt: skip
        ax.errorbar(value, range(len(ways)), xerr=reach, fmt=marker, ms=9, lw=2, capsize=4,
                    color=colour)  # fmt: skip
        ax.axvline(100 * level, color=colour, lw=1.5, ls="--")
        box = {"fc": "white", "ec": "none", "pad": 1.5}
        ax.text(100 * level, -0.65, f"meant: {100 * level:g}", color=colour, ha="center", bbox=box)
    ax.set_yticks(range(len(ways)), [SPOKEN[way]
                                     for way in ways])  # fmt: skip
    ax.set(xlim=(0, 108), ylim=(len(ways) - 0.5, -0.85), xlabel="% of cases that held the truth")


def _truth_and_range(ax: Any, rows: pd.DataFrame) -> None:
    """Draw the 90 % ranges against the truth, both as places among what was thought possible."""
    truth, low, high = (rows[name].to_numpy(float) for name in ("truth_unit", "low_90", "high_90"))
    held = (low <= truth) & (truth <= high)
    for which, colour, label in ((held, "#0072B2", "held"), (~held, "#C43D00", "missed")):
        ax.vlines(truth[which], low[which], high[which], color=colour, lw=1.6, label=label)
    ax.plot([0, 1], [0, 1], color=INK, lw=1)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="truth (0: lowest thought possible, 1: highest)",
           title="Ranges of the careful way, meant for 90 %")  # fmt: skip
    ax.legend(loc="upper left")


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are: page and figure sum them up."""
    return frame


def extra(table: pd.DataFrame) -> str:
    """Return how often the truth was held: low and high are Wilson's interval of a rate."""
    held = coverage(table).rename(columns={"rate": "value"})
    return f"## How often the truth was held\n\n{as_markdown(held, 'recovery')}"
