"""When does posting-only stop being the best, as the reach of a post falls from 2009 to 2025?

Fixed: the town, the list and the launch of launch_2025, ten hours a week, the price of ads, the
share of mails opened. Varies: the year, which in this model sets the reach of a post among
followers and nothing else, and is held over the two years of a run; four strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import INK, looks, new_figure, styled
from experiments.kit.tables import (
    crossing,
    in_worlds,
    leaders,
    listed,
    means,
    paired,
    pick,
    resampled_means,
    say,
    say_crossing,
    say_paired,
    stacked,
)
from simulation.figures import darker
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BASELINE = "posting_only"
RIVALS = ("community_building", "audience_building", "advertising")
YEARS = tuple(range(2009, 2026, 2))


def design(smoke: bool = False) -> Cells:
    """Return four strategies in 12 worlds of every second year from 2009 to 2025."""
    town = Scenario.load("launch_2025")
    years = YEARS
    if smoke:
        town, years = town.replace(n_people=4_000), (YEARS[0], 2015, YEARS[-1])
    worlds = [({"year": year}, town.replace(year=year)) for year in years]
    cells = grid(worlds, [STRATEGIES[name] for name in (BASELINE, *RIVALS)])
    return Cells(cells, replications=3 if smoke else 12)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sales by year, who leads, the leads over posting, and the year each begins to last."""
    import pandas as pd

    tables = {"sales": means(frame, "sales", ["year", "strategy"])}
    tables["lead"] = leaders(frame, "sales", ["year"])
    wide = in_worlds(frame, "sales", ["year", "strategy"])
    years = sorted(set(frame["year"]))
    drawn = pd.DataFrame(resampled_means(wide), columns=wide.columns)
    ahead = []
    for rival in RIVALS:
        tables[f"{rival} against {BASELINE}"] = paired(frame, "sales", rival, BASELINE, by=["year"])
        lead, samples = (
            np.stack([means_[y, rival] - means_[y, BASELINE] for y in years], axis=-1)
            for means_ in (wide.mean(), drawn)
        )
        row = {"strategy": rival, "baseline": BASELINE, "outcome": "year"}
        ahead.append(row | crossing(years, lead, samples) | {"n_worlds": len(wide)})
    tables["ahead for good from"] = pd.DataFrame(ahead)
    return stacked(tables)


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw copies by year, and below how many more than posting each rival sells."""
    figure, axes = new_figure(_headline(table), 2, 1, sharex=True, height_ratios=(1.25, 1))
    top, bottom = axes[:, 0]
    sales = table[table["what"] == "sales"]
    for name, look in looks([BASELINE, *RIVALS]).items():
        rows = sales[sales["strategy"] == name]
        style = {"color": look.colour, "ls": look.line, "lw": 2.5}
        top.plot(rows["year"], rows["value"], marker=look.marker, ms=7, label=name, **style)
        top.fill_between(rows["year"], rows["low"], rows["high"], color=look.colour, alpha=0.25)
        if name == BASELINE:
            continue
        gaps = table[table["what"] == f"{name} against {BASELINE}"]
        bottom.plot(gaps["year"], gaps["value"], marker=look.marker, ms=7, **style)
        bottom.fill_between(gaps["year"], gaps["low"], gaps["high"], color=look.colour, alpha=0.25)
        ahead = pick(table, what="ahead for good from", strategy=name)
        if np.isfinite(ahead["value"]):
            bottom.axvline(ahead["value"], color=darker(look.colour), lw=1, ls=":")
    bottom.axhline(0, color=INK, lw=1.2)
    top.set_ylim(bottom=0)
    top.set_ylabel("copies sold")
    bottom.set_ylabel(f"copies more than\n{BASELINE}")
    bottom.set_xlabel("year, which sets the reach of a post (dotted: ahead from here on)")
    bottom.set_xticks(sorted(set(sales["year"])))
    figure.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _headline(table: pd.DataFrame) -> str:
    lead = table[table["what"] == "lead"]
    won = _years(lead[lead["strategy"] == BASELINE])
    if won:
        return f"{BASELINE} sells most in {won}, at the same effort"
    return f"{BASELINE} sells most in no year, at the same effort"


def _years(rows: pd.DataFrame) -> str:
    return listed([f"{year:.0f}" for year in rows["year"]])


def finding(table: pd.DataFrame) -> str:
    """Say where posting wins, from when on each rival stays ahead, and how far posting fell."""
    lead = table[table["what"] == "lead"]
    years = sorted(lead["year"])
    won = lead[lead["strategy"] == BASELINE]
    sentences = []
    if len(won):
        clear = _years(won[won["clear"].astype(bool)])
        sure = f"clearly in {clear}" if clear else "in no year clearly"
        sentences.append(f"{BASELINE} had the highest mean in {_years(won)}, {sure}.")
    else:
        sentences.append(f"{BASELINE} was the best in none of the years {_years(lead)}.")
    rows = table[table["what"] == "ahead for good from"]
    ahead = [f"{row['strategy']} {say_crossing(row, years)}" for row in rows.to_dict("records")]
    sentences.append(f"Ahead of it: {'; '.join(ahead)}.")
    posted = table[(table["what"] == "sales") & (table["strategy"] == BASELINE)]
    first, last = (say(pick(posted, year=year), "copies") for year in (years[0], years[-1]))
    sentences.append(f"It sold {first} in {years[0]:.0f} and {last} in {years[-1]:.0f}.")
    sentences += [f"In {year:.0f} {say_paired(pick(lead, year=year))}." for year in
                  (years[0], years[-1])]  # fmt: skip
    return " ".join(sentences)
