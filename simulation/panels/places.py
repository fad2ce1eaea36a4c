"""Many towns, week by week, under budgets that vary; and the same without one activity.

A week's budget of an activity is the strategy's share of the effort, times a factor.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import DIMS
from simulation.core.randomness import analysis_rng
from simulation.engine.plan import LEVERS, pages
from simulation.inputs.strategy import ACTIVITIES
from simulation.panels.design import PlacesPart
from simulation.panels.lives import Town, town_of, with_plan
from simulation.runs.statistics import bootstrap_interval
from simulation.runs.worlds import each, person_days

if TYPE_CHECKING:
    import pandas as pd

#: The Monday on which week 0 begins.
FIRST_MONDAY = date(2021, 1, 4)
#: Factors of a designed budget, drawn alike.
DESIGNED = (0.0, 0.5, 1.0, 1.5, 2.0)
#: Factors as a brand spends: by the weeks since a launch began; later, and before the first.
AS_SPENT, USUAL = (2.0, 2.0, 1.25, 1.25), 0.75
#: What is lived beside the budgets: without an activity, and with a little more of it.
WITHOUT, MORE = "without", "more"


def factors(part: PlacesPart, town: int, seed: int) -> np.ndarray:
    """Return the factor of every week and activity of a town (float64, (weeks, activities))."""
    shape = (part.weeks, len(ACTIVITIES))
    if part.budgets == "designed":
        rng = analysis_rng(np.random.SeedSequence(seed, spawn_key=(4, town)))
        blocks = -(-part.weeks // part.block)
        drawn = rng.integers(0, len(DESIGNED), (blocks, len(ACTIVITIES)))
        return np.repeat(np.array(DESIGNED)[drawn], part.block, axis=0)[: part.weeks]
    if part.budgets == "switched":
        found = np.ones(shape)
        first = part.switch if switched(part, seed)[town] else part.weeks
        found[:first, ACTIVITIES.index(part.activity)] = 0.0
        return found
    found = np.full(shape, USUAL)
    for page in pages(part.scenario, part.strategy):
        for late, factor in enumerate(AS_SPENT):
            week = page.launch // 7 + late
            if week < part.weeks:
                found[week] = factor
    return found


def switched(part: PlacesPart, seed: int) -> np.ndarray:
    """Return the mask of the towns in which the activity is switched on: half, by lot."""
    rng = analysis_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    return rng.permutation(part.towns) < part.towns // 2


def levers_of(part: PlacesPart, times: np.ndarray) -> np.ndarray:
    """Return the levers of the engine's plan, a row a week: shares of `hours_per_week`."""
    phase = part.strategy.phases[0]
    levers = np.zeros((part.weeks, len(LEVERS)))
    levers[:, 0] = 7 * np.arange(part.weeks)
    for j, activity in enumerate(ACTIVITIES):
        levers[:, 1 + j] = getattr(phase, activity) * times[:, j]
    return levers


def used(part: PlacesPart) -> list[str]:
    """Return the activities the strategy spends anything on."""
    return [name for name in ACTIVITIES if getattr(part.strategy.phases[0], name) > 0]


def place_tables(
    part: PlacesPart, seed: int, *, jobs: int | None, progress: bool | None
) -> dict[str, pd.DataFrame]:
    """Return the tables data/places, truth/places, truth/towns and truth/returns."""
    import pandas as pd

    lives = 1 + 2 * len(used(part))
    found = each(
        partial(live_town, part, seed),
        range(part.towns),
        jobs=jobs,
        progress=progress,
        unit="town",
        person_days=person_days(part.scenario, part.towns * lives),
    )
    data, weekly, whole = (
        pd.concat([one[k] for one in found], ignore_index=True) for k in range(3)
    )
    returns = pd.DataFrame([_return(part, whole, activity) for activity in used(part)])
    return {
        "data/places": data,
        "truth/places": weekly,
        "truth/towns": whole,
        "truth/returns": returns,
    }


def live_town(
    part: PlacesPart, seed: int, number: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Live one town under its budgets, and again for the truth; return its rows of three tables."""
    import pandas as pd

    times = factors(part, number, seed)
    levers = levers_of(part, times)
    town = town_of(part.scenario, part.strategy, seed=seed, replication=number, levers=levers)
    table = _lived(town, part)
    data = pd.DataFrame(weeks_of(part, number, table, levers))
    sales, price = data["sales"].to_numpy(), part.scenario.product.price
    weekly, whole = [], []
    for activity in used(part):
        column = 1 + ACTIVITIES.index(activity)
        without = _changed(town, part, levers, column, 0.0)
        more = _changed(town, part, levers, column, 1.0 + part.step)
        weekly.append(pd.DataFrame({
            "town": number, "week": np.arange(part.weeks), "activity": activity,
            "sales_without": without, "caused": sales - without, "sales_more": more,
        }))  # fmt: skip
        money = float(data[f"money_{activity}"].sum())
        whole.append({
            "town": number, "activity": activity, "money": money,
            "caused": int(sales.sum() - without.sum()),
            "caused_value": float(price * (sales.sum() - without.sum())),
            "more_money": part.step * money,
            "more_caused": int(more.sum() - sales.sum()),
            "more_value": float(price * (more.sum() - sales.sum())),
        })  # fmt: skip
    return data, pd.concat(weekly, ignore_index=True), pd.DataFrame(whole)


def _lived(town: Town, part: PlacesPart) -> np.recarray:
    return town.live(town.start, 0, 7 * part.weeks).table


def _changed(
    town: Town, part: PlacesPart, levers: np.ndarray, column: int, times: float
) -> np.ndarray:
    """Return the copies sold by week, one activity being changed in all weeks."""
    levers = levers.copy()
    levers[:, column] *= times
    return _weekly(_lived(with_plan(town, levers), part)["sales"])


def _weekly(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, 7, *values.shape[1:]).sum(axis=1)


def weeks_of(
    part: PlacesPart, number: int, table: np.recarray, levers: np.ndarray
) -> dict[str, Any]:
    """Return what an analyst has of a town, a row a week."""
    world, weeks = part.scenario, np.arange(part.weeks)
    columns: dict[str, Any] = {
        "town": np.full(part.weeks, number),
        "week": weeks,
        "date": [str(FIRST_MONDAY + timedelta(weeks=int(week))) for week in weeks],
        "population": np.full(part.weeks, world.world.n_people),
        "weeks_since_launch": since_launch(part),
    }
    for activity in used(part):
        share = levers[:, 1 + ACTIVITIES.index(activity)]
        columns[f"hours_{activity}"] = np.round(share * world.world.hours_per_week, 6)
    for activity in used(part):
        money = columns[f"hours_{activity}"] * world["usd_per_hour"]
        columns[f"money_{activity}"] = np.round(money, 6)
    contacts = _weekly(np.asarray(table["contacts"]))
    for j, channel in enumerate(DIMS["channel"]):
        columns[f"contacts_{channel}"] = contacts[:, j]
    columns["clicks"] = _weekly(table["considerations"])
    columns["page_visits"] = _weekly(table["page_visits"])
    columns["sales"] = _weekly(table["sales"])
    sold = _weekly(np.asarray(table["sales_by_touchpoint"]))
    for j, touchpoint in enumerate(DIMS["touchpoint"]):
        columns[f"sales_after_{touchpoint}"] = sold[:, j]
    columns["revenue"] = np.round(columns["sales"] * world.product.price, 2)
    return columns


def since_launch(part: PlacesPart) -> np.ndarray:
    """Return the weeks since the last launch day, by week; -1 before the first."""
    found = np.full(part.weeks, -1)
    for page in pages(part.scenario, part.strategy):
        first = page.launch // 7
        found[first:] = np.arange(part.weeks - first)
    return found


def _return(part: PlacesPart, whole: pd.DataFrame, activity: str) -> dict[str, Any]:
    """Return ROI and marginal ROI of an activity over all towns, with intervals over towns."""
    mine = whole[whole["activity"] == activity]
    found: dict[str, Any] = {"activity": activity, "towns": len(mine)}
    for name, value, money in (
        ("roi", "caused_value", "money"),
        ("marginal_roi", "more_value", "more_money"),
    ):
        above, below = mine[value].to_numpy(float), mine[money].to_numpy(float)
        total = below.sum()
        found[name] = above.sum() / total if total else np.nan
        low = high = np.nan
        if len(mine) > 1 and total and above.std() > 0:
            low, high = bootstrap_interval((above, below), _ratio)
        found |= {f"{name}_low": low, f"{name}_high": high}
    return found


def _ratio(above: Any, below: Any, axis: int = -1) -> Any:
    below = below.sum(axis=axis)
    return above.sum(axis=axis) / np.where(below == 0.0, np.nan, below)
