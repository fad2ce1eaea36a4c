"""Does calibration find parameters that are known, and do its intervals hold them as often as said?

Fixed: the scenario classroom, community_building, the settings of `calibrate` as they are by
default. Varies: the truth, drawn from the prior; the luck of the data, of worlds that no fit uses;
one cell of ten of every data set is a gap. Three ways to fit: "abc"; "point", whose interval is
rough; and, as a negative control on every fourth data set, "abc, one world": the same ABC with all
candidates in one world, whose intervals must come out too narrow. If the intervals are right, the
place of the truth among the draws is uniform (simulation-based calibration: Talts et al. 2018).
Fits of one data set share its luck, so that the parameters of one are not quite independent.

``python -m experiments.recovery [--smoke] [--out DIR]`` writes recovery.csv (a row a data set, way
and parameter), recovery.md and recovery.png.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.drawing import INK, new_figure, styled
from simulation.core.randomness import analysis_rng
from simulation.inputs.scenario import Scenario
from simulation.runs.run import simulate
from simulation.searches.calibration import calibrate
from simulation.searches.calibration_candidates import prior_of
from simulation.searches.calibration_fitting import quantiles
from simulation.searches.calibration_observed import Observed, weekly
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all
from simulation.tools.stamp import versions

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


def study(n_sets: int = N_SETS, **smaller: Any) -> pd.DataFrame:
    """Fit every data set in every way; one row a data set, way and parameter.

    Columns: set, way, parameter; truth and estimate [the parameter's own]; truth_unit (its place in
    the prior); place (the weighted share of draws below the truth); low_50, high_50, low_90,
    high_90 (in the unit of the prior); narrower; runs; seconds.
    """
    import pandas as pd
    from tqdm import tqdm

    rows = []
    for i, units in enumerate(tqdm(truths(n_sets), "data sets", file=sys.stderr, disable=None)):
        data = data_set(i, units)
        for way, how in WAYS.items():
            if way == ONE_WORLD and i % 4:
                continue
            began = time.perf_counter()
            found = calibrate(data, SCENARIO, STRATEGY, FITTED, seed=1 + i, n_predictive=20,
                              **how, **smaller)  # fmt: skip
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


def finding(rows: pd.DataFrame) -> str:
    """Say for every way how often its intervals held the truth, and whether that is as stated."""
    from scipy.stats import kstest

    table = coverage(rows)
    sentences = []
    for way in dict.fromkeys(rows["way"]):
        mine = rows[rows["way"] == way]
        parts = []
        for row in table[(table["way"] == way) & (table["parameter"] == "all")].to_dict("records"):
            verdict = (
                "as stated, as far as so many can tell"
                if row["right"]
                else "too " + ("narrow" if row["rate"] < row["level"] else "wide")
            )
            parts.append(
                f"{100 * row['level']:g} % intervals held the truth in {row['held']} of {row['n']} "
                f"({100 * row['low']:.0f} to {100 * row['high']:.0f} %): {verdict}"
            )
        off = table[(table["way"] == way) & (table["parameter"] != "all") & ~table["right"]]
        parts += [
            f"for {row['parameter']} alone {100 * row['level']:g} % held {row['held']} of "
            f"{row['n']}"
            for row in off.to_dict("records")
        ]
        uniform = kstest(mine["place"], "uniform").pvalue
        parts.append(f"places of the truth against uniform: Kolmogorov-Smirnov p = {uniform:.2g}")
        parts.append(
            f"{100 * mine['narrower'].mean():.0f} % narrower than the prior on average, "
            f"{mine['runs'].mean():,.0f} runs a fit"
        )
        sentences.append(f"{way}, {mine['set'].nunique()} data sets: {'; '.join(parts)}.")
    return " ".join(sentences)


@styled
def figure(rows: pd.DataFrame) -> Figure:
    """Return places of the truth for every way (above), truth and fit by ABC (below)."""
    ways = list(dict.fromkeys(rows["way"]))
    table = coverage(rows)
    of_abc = table[(table["way"] == ABC) & (table["parameter"] == "all")]
    said = " and ".join(
        f"{r['held']} of {r['n']} at {100 * r['level']:g} %" for r in of_abc.to_dict("records")
    )
    drawn, panels = new_figure(f"Intervals by ABC held the known truth in {said}", 2, 3)
    for ax, way in zip(panels[0], ways, strict=True):
        _places(ax, rows[rows["way"] == way], way)
    for ax, name in zip(panels[1], FITTED, strict=True):
        _truth_and_fit(ax, rows[(rows["way"] == ABC) & (rows["parameter"] == name)], name)
    panels[0, 0].set_ylabel("truths")
    panels[1, 0].set_ylabel("estimate, 90 % interval")
    return drawn


def _places(ax: Any, rows: pd.DataFrame, way: str) -> None:
    """Draw how the truths lie among the draws, and what 95 of 100 uniform bins would hold."""
    from scipy.stats import binom

    low, high = binom.interval(0.95, len(rows), 1 / N_BINS)
    ax.axhspan(low, high, color="#DDDDDD", lw=0)
    ax.axhline(len(rows) / N_BINS, color=INK, lw=1)
    ax.hist(rows["place"], np.linspace(0, 1, N_BINS + 1), color="#0072B2", ec="white")
    ax.set(xlim=(0, 1), xlabel="share of draws below the truth", title=way)


def _truth_and_fit(ax: Any, rows: pd.DataFrame, name: str) -> None:
    """Draw estimates with their intervals against the truth."""
    prior = prior_of({name: FITTED[name]})
    spread = prior.spreads[0]
    value, truth = rows["estimate"].to_numpy(float), rows["truth"].to_numpy(float)
    low, high = (np.array(spread.at(rows[c].to_numpy(float))) for c in ("low_90", "high_90"))
    ends = [spread.numbers["low"], spread.numbers["high"]]
    ax.plot(ends, ends, color=INK, lw=1)
    ax.errorbar(truth, value, yerr=[np.maximum(value - low, 0), np.maximum(high - value, 0)],
                fmt="o", ms=4, lw=1, color="#0072B2")  # fmt: skip
    if spread.kind == "loguniform":
        ax.set(xscale="log", yscale="log")
        ticks = [ends[0], float(np.sqrt(ends[0] * ends[1])), ends[1]]
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_ticks(ticks, [f"{tick:.2g}" for tick in ticks])
            axis.set_ticks([], minor=True)
    ax.set(xlabel=f"true {name}", title=name)


def page(rows: pd.DataFrame, seconds: float) -> str:
    """Return the page of the study."""
    assert __doc__ is not None
    question, _, about = __doc__.partition("\n")
    lines = [f"# {question}", "", finding(rows), "", f"![{question}](recovery.png)", ""]
    lines += ["| way | parameter | interval | held | of | rate | 95 % (Wilson) | narrower |",
              "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in coverage(rows).to_dict("records"):
        lines.append(
            f"| {row['way']} | {row['parameter']} | {100 * row['level']:g} % | {row['held']} | "
            f"{row['n']} | "
            f"{100 * row['rate']:.0f} % | {100 * row['low']:.0f} to {100 * row['high']:.0f} % | "
            f"{100 * row['narrower']:.0f} % |"
        )
    priors = ", ".join(f"{s.name} {s.kind} {s.numbers['low']:g} to {s.numbers['high']:g}"
                       for s in prior_of(FITTED).spreads)  # fmt: skip
    known = ", ".join(f"{name} {number}" for name, number in versions().items() if number)
    lines += ["", about.strip(), "", f"**Priors.** {priors}.", ""]
    lines += [f"Run in {seconds:.0f} s with {known}.", ""]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study from the command line and return the exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser("experiments.recovery", description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small: does it run?")
    parser.add_argument("--out", default="out/experiments", metavar="DIR", help="folder")
    wanted = parser.parse_args(argv)
    try:
        folder = check_out_folder(wanted.out)
        began = time.perf_counter()
        rows = study(3, **SMALL) if wanted.smoke else study()
        text = page(rows, time.perf_counter() - began)
        write_all({
            folder / "recovery.csv": partial(rows.to_csv, index=False, float_format="%.6g"),
            folder / "recovery.md": lambda path: path.write_text(text, encoding="utf-8"),
            folder / "recovery.png": partial(figure(rows).savefig, format="png"),
        })  # fmt: skip
    except InputError as error:
        print(f"experiments.recovery: {error}", file=sys.stderr)
        return 2
    print(f"{finding(rows)}\nfiles in {Path(folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
