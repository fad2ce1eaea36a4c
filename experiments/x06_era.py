"""Since when is only posting no longer the best, as ever fewer followers see a post?

Fixed: the town, the list and the launch of launch_2025, ten hours a week, the price of ads, the
share of mails opened. Varies: the year, which in this model sets the reach of a post among
followers and nothing else, and is held over the two years of a run; four strategies.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import Cells, grid
from experiments.kit.drawing import looks, name_ends, new_figure, styled
from experiments.kit.finding import Finding, plain, short
from experiments.kit.tables import (
    crossing,
    in_worlds,
    leaders,
    listed,
    means,
    paired,
    pick,
    resampled_means,
    stacked,
)
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
    """Draw the copies of every strategy by year."""
    figure, axes = new_figure(_never_or_when(table))
    ax, ends = axes[0, 0], {}
    sales = table[table["what"] == "sales"]
    for name, look in looks([BASELINE, *RIVALS]).items():
        rows = sales[sales["strategy"] == name].sort_values("year")
        style = {"color": look.colour, "ls": look.line, "lw": 2.5}
        ax.plot(rows["year"], rows["value"], marker=look.marker, ms=8, **style)
        ax.fill_between(rows["year"], rows["low"], rows["high"], color=look.colour, alpha=0.2)
        ends[plain(name)] = (rows["year"].iloc[-1], rows["value"].iloc[-1], look.colour)
    ax.set_ylim(0, 1.05 * max(1.0, sales["high"].max()))
    ax.set_xlim(sales["year"].min() - 0.5, sales["year"].max() + 0.2)
    name_ends(ax, ends)
    ax.set_ylabel("copies sold")
    ax.set_xlabel("year, which sets how many followers see a post (bands: luck)")
    ax.set_xticks(sorted(set(sales["year"])))
    return figure


def _never_or_when(table: pd.DataFrame) -> str:
    """Say up to when only posting is best, and who is ahead of it for good from when on."""
    lead = table[table["what"] == "lead"]
    sure = lead[(lead["strategy"] == BASELINE) & lead["clear"].astype(bool)]
    gaps = table[table["what"].isin([f"{rival} against {BASELINE}" for rival in RIVALS])]
    beaten = set(gaps.loc[gaps["low"] > 0, "year"])
    ahead = table[table["what"] == "ahead for good from"].sort_values("value", kind="stable")
    first = dict(ahead.iloc[0])
    when = f"{plain(first['strategy'])} outsells it {_since(first, lead['year'])}"
    if first["value"] == np.inf:
        when = "no other outsells it for good"
    if len(sure):
        return f"Only posting is clearly best until {sure['year'].max():.0f}; {when}"
    if beaten >= set(lead["year"]):
        return f"Only posting never was the best: {when}"
    return f"In no year is only posting clearly best; {when}"


def _since(row: dict[Any, Any], years: pd.Series) -> str:
    """Say from when on a strategy is ahead of only posting for good."""
    if row["value"] == -np.inf:
        sure = "" if row["high"] == -np.inf else ", at first not clearly"
        return f"in every year from {years.min():.0f} to {years.max():.0f}{sure}"
    return f"from {row['value']:.0f} on" if np.isfinite(row["value"]) else "in no year for good"


def _led(table: pd.DataFrame) -> str:
    """Say who is clearly the best of all in which years."""
    lead = table[table["what"] == "lead"].sort_values("year")
    sure = lead[lead["clear"].astype(bool)]
    led = [
        (plain(name), [f"{row['year']:.0f}" for row in rows])
        for name, rows in groupby(sure.to_dict("records"), lambda row: row["strategy"])
    ]
    if not led:
        return "nowhere: in no year is any strategy clearly the best of all"
    if len(led) > 3:
        return f"who is clearly best of all changes {len(led) - 1} times, last to {led[-1][0]}"
    parts = [
        f"{name} in {years[0]}" + (f" to {years[-1]}" if len(years) > 1 else "")
        for name, years in led
    ]
    return f"clearly best of all: {listed(parts)}"


def finding(table: pd.DataFrame) -> Finding:
    """Say until when posting wins, how far it falls, and who is best of all when."""
    years = table.loc[table["what"] == "lead", "year"]
    posted = table[(table["what"] == "sales") & (table["strategy"] == BASELINE)]
    then, now = (short(pick(posted, year=year)) for year in (years.min(), years.max()))
    return Finding(
        f"{_never_or_when(table)}.",
        f"fewer followers see a post: only posting sells {then} copies in {years.min():.0f}, "
        f"{now} in {years.max():.0f}.",
        f"{_led(table)}.",
        "only the reach of posts changes with the year; ads, mails and prices are those of 2025; "
        "nobody has measured such careers.",
    )
