"""Does a community sell more than posting or a list, whatever the evidence leaves open?

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
from experiments.kit.finding import Finding, plain
from experiments.kit.ranges import FACTOR, box, latin_hypercube, ranges, setting
from experiments.kit.sensitivity import rank_correlations, shares_ahead
from experiments.kit.tables import CONFIDENCE, differences, paired, pick, stacked
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
#: Parameters that often matter most, as one speaks of them.
SPOKEN = {
    "buy_attachment": "how much feelings sell",
    "hours_piece": "the hours that a mail takes",
    "p_buy": "how readily people buy",
    "p_open": "how many read their mail",
    "p_join": "how readily people join",
    "click_mail": "how many follow a mail",
    "click_visit": "how many follow a visit",
    "click_post": "how many follow a post",
    "visit_rate_median": "how often members visit",
    "reach_decay": "how fast reach falls",
    "price_reference": "the price that people expect",
}
BEFORE = (
    "a community was ahead of posting in 91 % and of a list in 62 % of the settings. More numbers "
    "vary now, and lists have the mails of a launch plan."
)
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
    """Draw in which share of settings each is ahead, and what the adversaries found."""
    figure, (axes,) = new_figure(finding(table).answer.rstrip("."), 1, 2, width_ratios=(1.3, 1))
    _shares(axes[0], table[table["what"] == "share"])
    _adversaries(axes[1], table)
    return figure


def _shares(ax: Axes, shares: pd.DataFrame) -> None:
    """Draw a bar of ahead, equal, behind for each race, sampled and at the defaults."""
    places, labels = [], []
    for i, (strategy, baseline) in enumerate(RACES):
        for j, (part, about) in enumerate((("sampled", "all varied"), ("default", "as assumed"))):
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
        ax.text(0, -3.1 * i + 0.55, f"{plain(strategy)} (left) or {plain(baseline)}",
                fontsize=12, va="bottom")  # fmt: skip
    ax.set_yticks(places, labels)
    ax.set(xlim=(0, 100), ylim=(min(places) - 0.6, 1.3), title="Who sells more?",
           xlabel="% of settings (grey: equally much)")  # fmt: skip


def _adversaries(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the lead at the defaults and in the worst setting found, for both rivals."""
    look = looks(RIVALS)
    labels = []
    for i, rival in enumerate(RIVALS):
        rows = _fresh(table, rival)
        for j, (adversary, about) in enumerate(
            (("none", "as assumed"), (rival, "worst, 10 % off"))
        ):
            row = pick(rows, adversary=adversary)
            reach = np.nan_to_num(np.abs(np.array([[row["low"]], [row["high"]]]) - row["value"]))
            ax.errorbar(row["value"], -(2 * i + j), xerr=reach, marker=look[rival].marker, ms=9,
                        color=look[rival].colour, lw=2, capsize=4,
                        mfc=look[rival].colour if j else "white")  # fmt: skip
            labels.append(f"{plain(rival)},\n{about}")
    ax.axvline(0, color=INK, lw=1.2)
    ax.set_yticks([-i for i in range(len(labels))], labels)
    ax.set(ylim=(-len(labels) + 0.5, 0.5), title="Lead of a community over ...",
           xlabel="copies more")  # fmt: skip


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


def _driver(table: pd.DataFrame, rival: str) -> str:
    """Return what the lead over a rival goes with most."""
    rows = table[(table["what"] == "driver") & (table["strategy"] == COMMUNITY)
                 & (table["baseline"] == rival)]  # fmt: skip
    rows = rows[rows["clear"].astype(bool)]
    if rows.empty:
        return "nothing that can be told"
    strongest = rows["value"].astype(float).abs().to_numpy().argmax()
    name = str(rows["parameter"].iloc[strongest])
    return SPOKEN.get(name, name.replace("_", " "))


def finding(table: pd.DataFrame) -> Finding:
    """Say in how many settings each lead holds, what drives it, and what an adversary can do."""
    ahead = {}
    for rival in RIVALS:
        row = pick(table, what="share", part="sampled", strategy=COMMUNITY, baseline=rival,
                   outcome="ahead")  # fmt: skip
        ahead[rival] = f"{100 * row['value']:.0f} %"
    kinds = table.loc[table["what"] == "range", "outcome"].value_counts()
    return Finding(
        f"A community sells more than only posting in {ahead[POSTING]} of the settings that the "
        f"evidence allows, and more than a list in {ahead[AUDIENCE]}.",
        f"the lead over posting goes most with {_driver(table, POSTING)}; that over a list with "
        f"{_driver(table, AUDIENCE)}.",
        "ten per cent off, the lead over posting "
        f"{_verdict(table, POSTING)}; that over a list {_verdict(table, AUDIENCE)}.",
        f"for {int(kinds.get(FACTOR, 0))} of {int(kinds.sum())} numbers nothing is measured: they "
        "vary from half to double; the equations and the small town stay.",
    )
