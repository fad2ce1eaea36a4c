"""Does the answer survive everything the evidence leaves open, and who could overturn it?

Fixed: the case of launch_2025 (ten hours a week, the shares of people at the start, the day of the
launch; a town of 10,000, to afford it), the equations, three strategies. Varies, first: every
parameter at once, in a Latin hypercube, from low to high of the evidence, or from half to double
where it gives no range (ranges.py); each setting has luck of its own, two worlds of it, shared by
its strategies. Second, an adversary (adversary.py) moves every parameter by at most ten per cent of
its default, to make the lead of community_building as small as possible, once over posting_only and
once over audience_building; what it finds is measured again in fresh worlds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.adversary import AT, harm, next_corners, worst_corner
from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.drawing import INK, STRATEGY_COLOURS, looks, new_figure, styled
from experiments.kit.ranges import EVIDENCE, FACTOR, WIDENED, box, latin_hypercube, ranges, setting
from experiments.kit.sensitivity import rank_correlations, shares_ahead
from experiments.kit.tables import (
    CONFIDENCE,
    differences,
    listed,
    paired,
    pick,
    say,
    say_paired,
    stacked,
)
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulation.runs.run import Run

POSTING, AUDIENCE, COMMUNITY = "posting_only", "audience_building", "community_building"
RACES = ((COMMUNITY, POSTING), (AUDIENCE, POSTING), (COMMUNITY, AUDIENCE))
#: Whom the adversary helps against community_building.
RIVALS = (POSTING, AUDIENCE)
PART = 0.10
N_SETTINGS, N_DEFAULT, N_TRIED, N_GENERATIONS, N_FRESH = 512, 64, 64, 12, 40
#: Luck of each part: seeds count on from here.
SEEDS = {"sampled": 1_000, "default": 5_000, "search": 10_000, "fresh": 20_000}


def base(smoke: bool) -> Scenario:
    """Return the case at its default parameters."""
    return Scenario.load("launch_2025").replace(n_people=2_000 if smoke else 10_000)


def measure(run: Run) -> dict[str, float]:
    """Record the value of every parameter that varies."""
    return {AT + name: run.scenario[name] for name in ranges(base(False))}


def design(smoke: bool = False) -> Cells:
    """Return the sampled settings, and as many worlds of the default one to show luck alone."""
    town, n_settings, n_default = base(smoke), *((6, 3) if smoke else (N_SETTINGS, N_DEFAULT))
    within = ranges(town)
    sampled = [setting(town, within, place) for place in latin_hypercube(within, n_settings, 1)]
    worlds = [("sampled", i, scenario) for i, scenario in enumerate(sampled)]
    worlds += [("default", i, town) for i in range(n_default)]
    cells = [
        Cell(scenario, STRATEGIES[name], _labels(part, sample=i), SEEDS[part] + i)
        for part, i, scenario in worlds
        for name in (POSTING, AUDIENCE, COMMUNITY)
    ]
    return Cells(cells, replications=2, measure=measure)


def follow_up(frame: pd.DataFrame, smoke: bool = False) -> list[Cells]:
    """Return the next generation of both searches; after the last, fresh worlds for what it found.

    Returns an empty list when all is done.
    """
    if (frame["part"] == "fresh").any():
        return []
    town = base(smoke)
    within = box(town, PART)
    generation = frame.loc[frame["part"] == "search", "generation"].nunique()  # failed ones too
    known = {rival: _known(frame, rival, [*within]) for rival in RIVALS}
    if generation == (2 if smoke else N_GENERATIONS):
        worlds = {"none": town}
        for rival, found in known.items():
            if found is None:
                return []
            worlds[rival] = setting(town, within, worst_corner(found))
        cells = [
            Cell(world, STRATEGIES[name], _labels("fresh", rival))
            for rival, world in worlds.items()
            for name in (POSTING, AUDIENCE, COMMUNITY)
        ]
        n_fresh = 3 if smoke else N_FRESH
        return [Cells(cells, n_fresh, seed=SEEDS["fresh"], measure=measure)]
    cells = []
    for i, (rival, found) in enumerate(known.items()):
        n_tried, luck = 4 if smoke else N_TRIED, SEEDS["search"] + len(RIVALS) * generation + i
        for sample, corner in enumerate(next_corners(found, [*within], n_tried, luck)):
            scenario = setting(town, within, dict(zip(within, corner.tolist(), strict=True)))
            labels = _labels("search", rival, generation, sample)
            cells += [Cell(scenario, STRATEGIES[name], labels) for name in (rival, COMMUNITY)]
    return [Cells(cells, 1, seed=SEEDS["search"] + generation, measure=measure)]


def _labels(part: str, rival: str = "none", generation: int = 0, sample: int = 0) -> dict[str, Any]:
    return {"part": part, "adversary": rival, "generation": generation, "sample": sample}


def _search(frame: pd.DataFrame, rival: str) -> pd.DataFrame:
    return frame[(frame["part"] == "search") & (frame["adversary"] == rival)]


def _known(frame: pd.DataFrame, rival: str, names: list[str]) -> pd.DataFrame | None:
    """Return what is known of the harm of each parameter; None while no pair of runs succeeded."""
    past = _search(frame, rival)
    past = past[past["status"] == SUCCEEDED]
    if past["strategy"].nunique() < 2:
        return None
    return harm(past, COMMUNITY, rival, names)


# ---- tables --------------------------------------------------------------------------------------


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return shares of settings ahead, what drives the leads, and what the adversaries found."""
    import pandas as pd

    names = [column.removeprefix(AT) for column in frame.columns if column.startswith(AT)]
    at = frame[frame["part"] == "sampled"].groupby("sample")[[AT + name for name in names]].first()
    at.columns = pd.Index(names)
    shares, drivers = [], []
    for strategy, baseline in RACES:
        race = {"strategy": strategy, "baseline": baseline}
        for part in ("sampled", "default"):
            gaps = differences(frame[frame["part"] == part], "sales", *race.values(), by=["sample"])
            wide = gaps.pivot(index="sample", columns="replication_id", values="difference")
            wide = wide.dropna()
            shares += [{**race, "part": part, **row} for row in shares_ahead(wide.to_numpy(float))]
            if part == "sampled":
                found = rank_correlations(at.loc[wide.index], wide.mean(axis=1).to_numpy(float))
                drivers.append(found.assign(**race))
    fresh = frame[frame["part"] == "fresh"]
    leads = {
        f"{strategy} against {baseline}, fresh": paired(
            fresh, "sales", strategy, baseline, by=["adversary"]
        )
        for strategy, baseline in RACES
        if strategy == COMMUNITY
    }
    return stacked(
        {"share": pd.DataFrame(shares), "driver": pd.concat(drivers), **leads,
         "moved": _moved(frame, names), "range": _ranges(names)}
    )  # fmt: skip


def _moved(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return what each parameter's high end did to both leads in the searches."""
    import pandas as pd
    from scipy.stats import norm

    tables = []
    sure = norm.ppf(1 - (1 - CONFIDENCE) / 2 / len(names))
    for rival in RIVALS:
        found = harm(_search(frame, rival), COMMUNITY, rival, names)
        found = found.assign(adversary=rival, strategy=COMMUNITY, baseline=rival,
                             outcome="copies, +10 % against -10 %",
                             clear=found["z"].abs() > sure)  # fmt: skip
        tables.append(found)
    return pd.concat(tables, ignore_index=True)


def _ranges(names: list[str]) -> pd.DataFrame:
    """Return from where to where every parameter was drawn, and why; value is its default."""
    import pandas as pd

    town = base(False)
    rows = [
        {"parameter": name, "value": town[name], "low": r.low, "high": r.high, "outcome": r.why}
        for name, r in ranges(town).items()
        if name in names
    ]
    return pd.DataFrame(rows)


# ---- figure --------------------------------------------------------------------------------------


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw shares of settings ahead, what drives the leads, and what the adversaries found."""
    row = pick(table, what="share", part="sampled", strategy=COMMUNITY, baseline=POSTING,
               outcome="ahead")  # fmt: skip
    said = [_verdict(table, rival) for rival in RIVALS]
    figure, axes = new_figure(
        f"{COMMUNITY} beats {POSTING} in {100 * row['value']:.0f} % of {row['n_worlds']:.0f} "
        f"settings the evidence allows; ten per cent off, its lead {said[0]}, "
        f"that over {AUDIENCE} {said[1]}",
        2, 2, width_ratios=(1.15, 1), height_ratios=(1.35, 1),
    )  # fmt: skip
    grid = axes[0, 1].get_gridspec()
    for ax in axes[:, 1]:
        ax.remove()
    _shares(axes[0, 0], table[table["what"] == "share"])
    _adversaries(axes[1, 0], table)
    _drivers(figure.add_subplot(grid[:, 1]), table[table["what"] == "driver"])
    return figure


def _shares(ax: Axes, shares: pd.DataFrame) -> None:
    """Draw a bar of ahead, equal, behind for each race, sampled and at the defaults."""
    places, labels = [], []
    for i, (strategy, baseline) in enumerate(RACES):
        for j, (part, about) in enumerate((("sampled", "all varied"), ("default", "luck alone"))):
            y, left = -3.1 * i - j, 0.0
            rows = shares[(shares["strategy"] == strategy) & (shares["baseline"] == baseline)
                          & (shares["part"] == part)]  # fmt: skip
            colours = STRATEGY_COLOURS[strategy], "#C8C8C8", STRATEGY_COLOURS[baseline]
            for outcome, colour in zip(("ahead", "equal", "behind"), colours, strict=True):
                row = pick(rows, outcome=outcome)
                ax.barh(y, 100 * row["value"], 0.86, left, color=colour, ec="white", lw=0.8)
                if outcome == "ahead":
                    reach = 100 * np.abs(np.array([[row["low"]], [row["high"]]]) - row["value"])
                    ax.errorbar(100 * row["value"], y, xerr=reach, color="black", capsize=4, lw=1.5)
                    ax.text(2, y - 0.04, f"{100 * row['value']:.0f} %", va="center_baseline",
                            color="white", fontweight="bold")  # fmt: skip
                left += 100 * row["value"]
            places.append(y)
            labels.append(about)
        ax.text(0, -3.1 * i + 0.55, f"{_short(strategy)} (left) or {_short(baseline)}",
                fontsize=11, va="bottom")  # fmt: skip
    ax.set_yticks(places, labels)
    ax.set(xlim=(0, 100), ylim=(min(places) - 0.6, 1.3), title="Who sells more?",
           xlabel="% of settings (grey: equal)")  # fmt: skip


def _adversaries(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the lead at the defaults and in the worst setting found, for both rivals."""
    look = looks(RIVALS)
    labels = []
    for i, rival in enumerate(RIVALS):
        rows = _fresh(table, rival)
        for j, (adversary, about) in enumerate((("none", "defaults"), (rival, "10 % off"))):
            row = pick(rows, adversary=adversary)
            reach = np.nan_to_num(np.abs(np.array([[row["low"]], [row["high"]]]) - row["value"]))
            ax.errorbar(row["value"], -(2 * i + j), xerr=reach, marker=look[rival].marker, ms=9,
                        color=look[rival].colour, lw=2, capsize=4,
                        mfc=look[rival].colour if j else "white")  # fmt: skip
            labels.append(f"over {_short(rival)}, {about}")
    ax.axvline(0, color=INK, lw=1.2)
    ax.set_yticks([-i for i in range(len(labels))], labels)
    ax.set(ylim=(-len(labels) + 0.5, 0.5), title="Worst found within ten per cent",
           xlabel=f"copies {_short(COMMUNITY)} is ahead")  # fmt: skip


def _drivers(ax: Axes, drivers: pd.DataFrame, n: int = 12) -> None:
    """Draw the strongest rank correlations with the leads of community_building."""
    drivers = drivers[drivers["strategy"] == COMMUNITY]
    strength = drivers["value"].abs().groupby(drivers["parameter"]).max()
    names = list(strength.sort_values(ascending=False, kind="stable").index[:n])
    chance = float(drivers["chance"].iloc[0])
    ax.axvspan(-chance, chance, color="#E4E4E4", zorder=0, label="chance alone")
    for i, (rival, look) in enumerate(looks(RIVALS).items()):
        rows = drivers[drivers["baseline"] == rival].set_index("parameter").loc[names]
        reach = np.nan_to_num(np.abs(rows[["low", "high"]].to_numpy(float).T
                                     - rows["value"].to_numpy(float)))  # fmt: skip
        ax.errorbar(rows["value"], np.arange(n)[: len(names)] + 0.3 * i - 0.15, xerr=reach,
                    ls="none", marker=look.marker, ms=7, lw=1.6, capsize=3, color=look.colour,
                    label=f"{_short(COMMUNITY)} over {_short(rival)}")  # fmt: skip
    ax.axvline(0, color=INK, lw=1.2)
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.5, -0.5), title="What drives the lead?",
           xlabel="rank correlation")  # fmt: skip
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, -0.12), fontsize=11, borderaxespad=0)


def _short(name: str) -> str:
    return name.split("_")[0]


# ---- words ---------------------------------------------------------------------------------------


def _fresh(table: pd.DataFrame, rival: str) -> pd.DataFrame:
    return table[table["what"] == f"{COMMUNITY} against {rival}, fresh"]


def _verdict(table: pd.DataFrame, rival: str) -> str:
    """Say what the adversary did to the lead over its rival."""
    before, after = (pick(_fresh(table, rival), adversary=name) for name in ("none", rival))
    if not before["low"] > 0:
        return "was not clear to begin with" if not before["high"] < 0 else "was none to begin with"
    if after["low"] > 0:
        return "holds"
    return "is reversed" if after["high"] < 0 else "is no longer clear"


def finding(table: pd.DataFrame) -> str:
    """Say in how many settings each lead holds, what drives it, and what an adversary can do."""
    kinds = table.loc[table["what"] == "range", "outcome"].value_counts()
    measured = int(kinds.get(EVIDENCE, 0) + kinds.get(WIDENED, 0))
    wide = table[(table["what"] == "range") & (table["outcome"] == WIDENED)]["parameter"]
    widened = f", widened to hold the default of {listed([*wide])}" if len(wide) else ""
    sentences = [
        f"All {kinds.sum()} parameters drawn at once ({measured} within the evidence{widened}; "
        f"{int(kinds.get(FACTOR, 0))} from half to double), {_said_shares(table)}."
    ]
    for rival in RIVALS:
        sentences += [_said_drivers(table, rival), _said_adversary(table, rival)]
    return " ".join(sentences)


def _said_shares(table: pd.DataFrame) -> str:
    parts = []
    for strategy, baseline in RACES:
        rows = table[(table["what"] == "share") & (table["strategy"] == strategy)
                     & (table["baseline"] == baseline)]  # fmt: skip
        sampled = rows[rows["part"] == "sampled"]
        row, behind = pick(sampled, outcome="ahead"), pick(sampled, outcome="behind always")
        luck = pick(rows, part="default", outcome="ahead")
        parts.append(
            f"{strategy} sold more than {baseline} in {say(row, percent=True)} of "
            f"{row['n_worlds']:.0f} settings (fewer in both worlds in "
            f"{100 * behind['value']:.0f} %; at the defaults, where only luck varies, more in "
            f"{100 * luck['value']:.0f} %)"
        )
    return "; ".join(parts)


def _said_drivers(table: pd.DataFrame, rival: str) -> str:
    rows = table[(table["what"] == "driver") & (table["strategy"] == COMMUNITY)
                 & (table["baseline"] == rival)]  # fmt: skip
    shared = pick(table, what="share", part="sampled", strategy=COMMUNITY, baseline=rival,
                  outcome="shared")["value"]  # fmt: skip
    noise = f" (two worlds of a setting correlate by {shared:.2f})" if np.isfinite(shared) else ""
    clear = rows[rows["clear"].astype(bool)]
    clear = clear.loc[clear["value"].abs().sort_values(ascending=False, kind="stable").index]
    if clear.empty:
        return f"Nothing clearly drives the lead over {rival}{noise}."
    first = [f"{row['parameter']} {row['value']:+.2f}" for row in clear.head(5).to_dict("records")]
    return (
        f"The lead over {rival} goes by rank with {listed(first)}; {len(clear)} parameters "
        f"are beyond chance{noise}."
    )


def _said_adversary(table: pd.DataFrame, rival: str) -> str:
    before, after = (pick(_fresh(table, rival), adversary=name) for name in ("none", rival))
    moved = table[(table["what"] == "moved") & (table["adversary"] == rival)]
    clear = moved[moved["clear"].astype(bool)]
    clear = clear.loc[clear["z"].abs().sort_values(ascending=False, kind="stable").index].head(6)
    ends = [f"{row['parameter']} {'up' if row['z'] < 0 else 'down'}"
            for row in clear.to_dict("records")]  # fmt: skip
    by = f" most surely by {listed(ends)}" if ends else " by no parameter surely"
    n = int(moved["n_worlds"].iloc[0])
    return (
        f"At most {100 * PART:g} % off everywhere, the lead over {rival} {_verdict(table, rival)}: "
        f"{say(before, 'copies')} at the defaults; in the setting that {n} trials point to as the "
        f"worst, reached{by}, {say_paired(after)}."
    )
