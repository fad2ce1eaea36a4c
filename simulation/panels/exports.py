"""A panel in the words of the tools: the frames that each of them expects.

Each function takes a panel and returns what the tool's call takes, by the names it has there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import CAUSE, EVENT, PERSON, TIME, Event
from simulation.core.stages import STAGES
from simulation.panels.covariates import COUNTS
from simulation.panels.lives import town_of
from simulation.panels.making import Panel
from simulation.panels.places import FIRST_MONDAY
from simulation.tools.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

MONEY = "money_"
#: What an organic channel is called, and the contacts that are its exposure.
ORGANIC = {
    "posts": ("contacts_post", "contacts_discovery"),
    "mails": ("contacts_mail",),
    "visits": ("contacts_visit",),
}


def export(panel: Panel, tool: str) -> dict[str, Any]:
    """Return the frames of a panel for a tool of `EXPORTS`, by the names its call has for them.

    Raises InputError for an unknown tool, and for a panel without the part it needs.
    """
    if tool not in EXPORTS:
        raise InputError(f'unknown tool "{tool}"{did_you_mean(tool, EXPORTS)}')
    return EXPORTS[tool](panel)


def _table(panel: Panel, name: str) -> pd.DataFrame:
    if name not in panel.tables:
        part = {"people": "people", "places": "places", "towns": "places"}
        wanted = part.get(name.split("/")[1], "customers")
        raise InputError(f"the panel has no {name}: a design with [{wanted}] is wanted")
    return panel.tables[name]


# ---- people: uplift ------------------------------------------------------------------------------


def _treated(panel: Panel) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return covariates, data and truth of who may be treated, numbered by person."""
    data, truth = (_table(panel, f"{where}/people") for where in ("data", "truth"))
    may = data["may_be_treated"].to_numpy()
    data, truth = data[may].set_index("person"), truth[may].set_index("person")
    covariates = data[[*COUNTS, "tenure"]].astype(float)
    covariates.insert(0, "stage", data["stage"].map(STAGES.index).astype(float))
    return covariates, data, truth


def causalml(panel: Panel) -> dict[str, Any]:
    """Return X, treatment (0 or 1) and y of ``learner.fit``, and `scoring`: y, w, tau.

    `scoring` is the frame of causalml.metrics, with the true total effect of every person.
    """
    covariates, data, truth = _treated(panel)
    treatment, y = data["treated"].astype(int), data["copies"].astype(float)
    import pandas as pd

    scoring = pd.DataFrame({"y": y, "w": treatment, "tau": truth["tau"].astype(float)})
    return {"X": covariates, "treatment": treatment, "y": y, "scoring": scoring}


def econml(panel: Panel) -> dict[str, Any]:
    """Return Y, T, X and W of ``estimator.fit(Y, T, X=X, W=W)``: effects differ by X, W is held.

    X are stage and opened mails, W all other covariates.
    """
    covariates, data, _ = _treated(panel)
    varying = ["stage", "opens"]
    return {
        "Y": data["copies"].astype(float),
        "T": data["treated"].astype(int),
        "X": covariates[varying],
        "W": covariates.drop(columns=varying),
    }


def scikit_uplift(panel: Panel) -> dict[str, Any]:
    """Return X, y (bought: 0 or 1) and treatment (0 or 1) of ``model.fit(X, y, treatment)``."""
    covariates, data, _ = _treated(panel)
    bought = (data["copies"] > 0).astype(int).rename("y")
    return {"X": covariates, "y": bought, "treatment": data["treated"].astype(int)}


def networks(panel: Panel) -> dict[str, Any]:
    """Return `friendships` (source, target) and `bonds` (source, target, day): lists of edges.

    Of networkx.from_pandas_edgelist, or igraph.Graph.DataFrame. Friendships are those of everyday
    life, before day 0 and fixed; a bond is a tie of two members, on the day it was made
    (-1: before day 0), until the morning of the treatment. The world is lived again for it.
    """
    import pandas as pd

    part = panel.design.people
    if part is None:
        raise InputError("the panel has no people: a design with [people] is wanted")
    town = town_of(part.scenario, part.strategy, seed=panel.design.seed)
    friends = town.prepared.friends
    n_friends: Any = np.diff(friends.start.astype(np.int64))
    source = np.repeat(np.arange(n_friends.size), n_friends)
    edges = pd.DataFrame({"source": source, "target": friends.ids.astype(np.int64)})
    log = town.live(town.start, 0, part.first_day, events=True).log
    made = log[log[:, EVENT] == Event.BOND][:, [PERSON, CAUSE, TIME]].astype(np.int64)
    ties, owner = town.start.bonds, town.start.bonds.owner
    seat, place = np.nonzero((ties.end > 0) & (owner >= 0)[:, None])
    before = np.column_stack([owner[seat], ties.partner[seat, place], np.full(seat.size, -1)])
    ends = np.concatenate([before, made])  # each is there from both its ends
    bonds = pd.DataFrame(ends[ends[:, 0] < ends[:, 1]], columns=["source", "target", "day"])
    return {
        "friendships": edges[edges["source"] < edges["target"]].reset_index(drop=True),
        "bonds": bonds.reset_index(drop=True),
    }


# ---- places: media mix ---------------------------------------------------------------------------


def _channels(places: pd.DataFrame) -> list[str]:
    names = map(str, places)
    return [name.removeprefix(MONEY) for name in names if name.startswith(MONEY)]


def pymc_mmm(panel: Panel) -> dict[str, Any]:
    """Return X (date, town, a column a channel, a control) and y, town by town; and of all towns
    together `X_all`, `y_all` and `lift_tests`.

    Of pymc_marketing's MMM, with ``dims=("town",)`` or without; channel columns are money, y is
    copies. `lift_tests` (channel, x, delta_x, delta_y, sigma) are what an experiment in all towns
    would have found in a mean week: the step of `truth/towns`, and its error over towns.
    """
    import pandas as pd

    places = _table(panel, "data/places")
    channels, control = _channels(places), "weeks_since_launch"
    frame = pd.DataFrame({"date": pd.to_datetime(places["date"])})
    frame["town"] = "town " + places["town"].astype(str)
    for channel in channels:
        frame[channel] = places[f"{MONEY}{channel}"].astype(float)
    frame[control] = places[control].astype(float)
    y = places["sales"].astype(float).rename("y")
    dates = frame.assign(y=y).groupby("date")
    together = dates[[*channels, "y"]].sum().join(dates[control].first()).reset_index()
    return {
        "X": frame,
        "y": y,
        "X_all": together.drop(columns="y"),
        "y_all": together["y"],
        "lift_tests": _lift_tests(panel, places),
    }


def _lift_tests(panel: Panel, places: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    towns, weeks = _table(panel, "truth/towns"), places["week"].nunique()
    rows = []
    for channel in _channels(places):
        mine = towns[towns["activity"] == channel]
        more = mine["more_caused"].to_numpy(float) / weeks
        error = more.std(ddof=1) * np.sqrt(more.size) if more.size > 1 else np.nan
        rows.append({
            "channel": channel, "x": mine["money"].sum() / weeks,
            "delta_x": mine["more_money"].sum() / weeks, "delta_y": more.sum(), "sigma": error,
        })  # fmt: skip
    return pd.DataFrame(rows)


def meridian(panel: Panel) -> dict[str, Any]:
    """Return `data` (geo, time, kpi, population ...) and `columns`: what each column is.

    `columns` has the arguments of meridian.data.load.CoordToColumns: ads are media with spend,
    posts, mails and visits organic_media.
    """
    places = _table(panel, "data/places")
    if "advertising" not in _channels(places):
        raise InputError("Meridian wants a paid channel: a strategy that spends on advertising")
    frame = places[["date", "population", "weeks_since_launch"]].rename(columns={"date": "time"})
    frame.insert(0, "geo", "town " + places["town"].astype(str))
    frame["kpi"] = places["sales"].astype(float)
    frame["revenue_per_kpi"] = _price(panel)
    frame["ads_clicks"] = places["contacts_ad"].astype(float)
    frame["ads_spend"] = places[f"{MONEY}advertising"]
    for name, contacts in ORGANIC.items():
        frame[name] = places[list(contacts)].sum(axis=1).astype(float)
    columns = {
        "time": "time", "geo": "geo", "kpi": "kpi", "population": "population",
        "revenue_per_kpi": "revenue_per_kpi", "controls": ["weeks_since_launch"],
        "media": ["ads_clicks"], "media_spend": ["ads_spend"], "organic_media": list(ORGANIC),
    }  # fmt: skip
    return {"data": frame, "columns": columns}


def _price(panel: Panel) -> float:
    assert panel.design.places is not None
    return float(panel.design.places.scenario.product.price)


def robyn(panel: Panel) -> dict[str, Any]:
    """Return `dt_input`, the wide weekly table over all towns: DATE, revenue, _S, _P, organic.

    advertising_S is spend, advertising_P clicks; posts, mails and visits are organic.
    """
    places = _table(panel, "data/places")
    weekly = places.drop(columns=["town", "week"]).groupby("date", as_index=False).sum()
    frame = weekly[["date", "revenue"]].rename(columns={"date": "DATE"})
    for channel in _channels(places):
        frame[f"{channel}_S"] = weekly[f"{MONEY}{channel}"]
    frame["advertising_P"] = weekly["contacts_ad"]
    for name, contacts in ORGANIC.items():
        frame[name] = weekly[list(contacts)].sum(axis=1)
    launch = places.drop_duplicates("date").set_index("date")["weeks_since_launch"]
    frame["weeks_since_launch"] = frame["DATE"].map(launch)
    return {"dt_input": frame}


def bass(panel: Panel) -> dict[str, Any]:
    """Return T (weeks, from 0) and observed (copies sold in the week, over all towns)."""
    weekly = _table(panel, "data/places").groupby("week")["sales"].sum()
    return {"T": weekly.index.to_numpy(), "observed": weekly.to_numpy()}


def causalpy(panel: Panel) -> dict[str, Any]:
    """Return `did`, `synthetic` and `its`: an activity is switched on in half of the towns.

    Of a panel with ``budgets = "switched"``. `did`: unit, t, group (1: switched on), y and
    post_treatment. `synthetic`: a row a week; `actual` is the mean of the switched towns, each
    other column a town that was not. `its`: t and y of the mean switched town, and date.
    `treatment_time`: the week. The truth is `caused` of the activity in truth/places.
    """
    import pandas as pd

    part, places = panel.design.places, _table(panel, "data/places")
    if part is None or part.budgets != "switched":
        raise InputError('CausalPy wants [places] with budgets = "switched"')
    spent = places.groupby("town")[f"{MONEY}{part.activity}"].transform("sum") > 0
    did = pd.DataFrame(
        {
            "unit": places["town"],
            "t": places["week"],
            "group": spent.astype(int),
            "post_treatment": places["week"] >= part.switch,
            "y": places["sales"].astype(float),
        }
    )
    actual = did[spent].groupby("t")["y"].mean()
    wide = did[~spent].pivot(index="t", columns="unit", values="y")
    wide = wide.rename(columns=lambda town: f"town_{town}").rename_axis(columns=None)
    its = pd.DataFrame({"t": actual.index, "y": actual.to_numpy()})
    its["date"] = pd.to_datetime(places["date"].unique())
    return {
        "did": did,
        "synthetic": wide.assign(actual=actual),
        "its": its,
        "treatment_time": part.switch,
    }


# ---- customers: lifetime value -------------------------------------------------------------------


def pymc_clv(panel: Panel) -> dict[str, Any]:
    """Return `transactions` (customer_id, date, value) and `rfm`, a row a customer.

    rfm has frequency (days with an order after the first), recency (from first to last order),
    T (from first order to the last day seen) [days], and monetary_value (mean value of the orders
    after the first; 0 without) [USD].
    """
    import pandas as pd

    orders, part = _table(panel, "data/orders"), panel.design.customers
    assert part is not None
    dates = pd.to_datetime(str(FIRST_MONDAY)) + pd.to_timedelta(orders["day"], unit="D")
    transactions = pd.DataFrame(
        {"customer_id": orders["person"], "date": dates, "value": orders["value"]}
    )
    ordered = orders.sort_values(["person", "day"])
    again = ordered["person"].duplicated()
    days = ordered.groupby("person")["day"].agg(["first", "last", "size"])
    spent = ordered[again].groupby("person")["value"].mean()
    rfm = pd.DataFrame(
        {
            "customer_id": days.index,
            "frequency": (days["size"] - 1).to_numpy(float),
            "recency": (days["last"] - days["first"]).to_numpy(float),
            "T": (part.day - 1 - days["first"]).to_numpy(float),
            "monetary_value": spent.reindex(days.index).fillna(0.0).to_numpy(),
        }
    )
    return {"transactions": transactions, "rfm": rfm}


EXPORTS: dict[str, Callable[[Panel], dict[str, Any]]] = {
    "causalml": causalml,
    "econml": econml,
    "scikit_uplift": scikit_uplift,
    "networks": networks,
    "pymc_mmm": pymc_mmm,
    "meridian": meridian,
    "robyn": robyn,
    "bass": bass,
    "causalpy": causalpy,
    "pymc_clv": pymc_clv,
}
