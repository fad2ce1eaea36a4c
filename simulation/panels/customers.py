"""The orders of years; and what the next year holds, lived in many worlds from the same evening."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simulation.core.outcomes import EVENT, PERSON, TIME, Event
from simulation.core.randomness import make_key
from simulation.panels.covariates import hidden
from simulation.panels.design import CustomersPart
from simulation.panels.lives import Stretch, Town, chunks, town_of
from simulation.runs.worlds import each, person_days

if TYPE_CHECKING:
    import pandas as pd

#: The worlds are shared among so many tasks, whatever the number of processes.
TASKS = 16
#: Worlds of other luck have replications from here on, which no panel uses for a town.
OTHER_LUCK = 1_000_000


def customer_tables(
    part: CustomersPart, seed: int, *, jobs: int | None, progress: bool | None
) -> dict[str, pd.DataFrame]:
    """Return the tables data/orders, truth/customers."""
    import pandas as pd

    town, until = evening_of(part, seed, events=True)
    orders = orders_of(until.log, part.scenario.product.price)
    customers = np.unique(orders["person"])
    ahead = each(
        partial(worlds_ahead, part, seed, customers),
        chunks(range(part.worlds), TASKS),
        jobs=jobs,
        progress=progress,
        unit="group of worlds",
        person_days=person_days(part.scenario, part.worlds),
    )
    copies = np.concatenate(ahead)
    price = part.scenario.product.price
    unseen = hidden(town, until.state, part.day).iloc[customers].reset_index(drop=True)
    mean = copies.mean(axis=0)
    truth = pd.DataFrame(
        {
            "person": customers,
            "expected_copies": mean,
            "expected_copies_se": copies.std(axis=0, ddof=1) / np.sqrt(part.worlds),
            "expected_value": np.round(price * mean, 6),
            "chance_of_order": (copies > 0).mean(axis=0),
            "lived_copies": bought_ahead(town, until, part)[customers],
        }
    )
    return {"data/orders": orders, "truth/customers": pd.concat([truth, unseen], axis=1)}


def evening_of(part: CustomersPart, seed: int, *, events: bool) -> tuple[Town, Stretch]:
    """Live the world until the evening before `day`."""
    town = town_of(part.scenario, part.strategy, seed=seed)
    return town, town.live(town.start, 0, part.day, events=events)


def orders_of(log: np.ndarray, price: float) -> pd.DataFrame:
    """Return one row an order: person, day, copies (gifts to friends included), value [USD]."""
    import pandas as pd

    rows = log[np.isin(log[:, EVENT], (Event.BUY, Event.GIFT))]
    frame = pd.DataFrame({"person": rows[:, PERSON], "day": rows[:, TIME]}).astype(np.int64)
    orders = frame.groupby(["day", "person"], as_index=False).size()
    orders = orders.rename(columns={"size": "copies"})[["person", "day", "copies"]]
    return orders.assign(value=np.round(orders["copies"] * price, 2))


def worlds_ahead(
    part: CustomersPart, seed: int, customers: np.ndarray, worlds: Sequence[int]
) -> np.ndarray:
    """Return the copies each customer buys in the days ahead, a row a world of other luck."""
    town, until = evening_of(part, seed, events=False)
    return np.array(
        [
            bought_ahead(town.with_luck(make_key(seed, OTHER_LUCK + world)), until, part)[customers]
            for world in worlds
        ]
    )


def bought_ahead(town: Town, until: Stretch, part: CustomersPart) -> np.ndarray:
    """Return the copies everybody buys in the days ahead."""
    end = town.live(until.state, part.day, part.day + part.days_ahead).state
    return end.people.rare.copies.astype(np.int64) - until.state.people.rare.copies
