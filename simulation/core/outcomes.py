"""The only list of outcomes: what is recorded every day, in which unit, along which dimension.

Both drivers write one `DAY_DTYPE` row a day; everything a run reports is derived from those rows
here and in run.py. Kinds: a stock is a state at the end of the day, a flow what happened during
it, a cumulative a flow summed since day 0, a ratio a quotient of two of them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, NamedTuple

import numpy as np

from simulation.core.stages import ALLOWED_MOVES, CHANNELS, STAGES, TOUCHPOINTS
from simulation.tools.errors import InputError, did_you_mean

Kind = Literal["stock", "flow", "cumulative", "ratio"]

#: The dimensions an outcome can have, and their labels.
DIMS: dict[str, tuple[str, ...]] = {
    "stage": STAGES,
    "channel": CHANNELS,
    "touchpoint": TOUCHPOINTS,
    "move": tuple(ALLOWED_MOVES.values()),
}


class Outcome(NamedTuple):
    """One recorded outcome."""

    name: str
    unit: str
    kind: Kind
    label: str
    dim: str | None = None
    dtype: type = np.int64


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("n", "people", "stock", "people by stage", "stage"),
    Outcome("moves", "people", "flow", "moves and lapses", "move"),
    Outcome("contacts", "contacts", "flow", "contacts by channel", "channel"),
    Outcome("tells", "tellings", "flow", "friends told of the brand"),
    Outcome("messages", "messages", "flow", "messages in the community"),
    Outcome("answers", "messages", "flow", "messages answered by a fan"),
    Outcome("bonds_formed", "bonds", "flow", "bonds formed"),
    Outcome("n_bonds", "bonds", "stock", "bonds between members"),
    Outcome("considerations", "people", "flow", "clicks that lead to the product page"),
    Outcome("page_visits", "visits", "flow", "visits to the product page"),
    Outcome("sales", "copies", "flow", "copies sold, gifts included"),
    Outcome("sales_by_touchpoint", "copies", "flow", "copies by what carried them", "touchpoint"),
    Outcome("sales_by_stage", "copies", "flow", "copies by the stage of the buyer", "stage"),
    Outcome("gifts", "copies", "flow", "copies given to friends"),
    Outcome("reviews", "reviews", "flow", "reviews written"),
    Outcome("stars", "stars", "flow", "stars given, summed over reviews"),
    Outcome("recommendations", "people", "flow", "friends the product was recommended to"),
    Outcome("switched", "people", "flow", "people who left for the rival", "stage"),
    Outcome("switched_bonds", "bonds", "flow", "bonds of those who left for the rival"),
    Outcome("complaints", "people", "flow", "purchases that went wrong"),
    Outcome("complaints_answered", "people", "flow", "complaints answered"),
    Outcome("complaints_ignored", "people", "flow", "complaints nobody answered in time"),
    Outcome("complaints_open", "people", "stock", "complaints waiting for an answer"),
    Outcome("warned", "people", "flow", "friends to whom an ignored buyer spoke badly"),
    Outcome("sales_discounted", "copies", "flow", "copies sold at a discount"),
    Outcome("margin_lost", "USD", "flow", "taken off the price by offers", None, np.float64),
    Outcome("deal_habit", "0-1", "stock", "mean deal habit by stage", "stage", np.float64),
    Outcome("novelty", "0-1", "stock", "novelty of the community", None, np.float64),
    Outcome("hours", "h", "flow", "effort spent", None, np.float64),
    Outcome("attachment", "0-1", "stock", "mean attachment by stage", "stage", np.float64),
)

DAY_DTYPE = np.dtype(
    [
        (o.name, o.dtype) if o.dim is None else (o.name, o.dtype, (len(DIMS[o.dim]),))
        for o in OUTCOMES
    ]
)


class Event(IntEnum):
    """What can happen to one person on one day, in the event table."""

    CONTACT = 0
    MOVE = 1
    LAPSE = 2
    ANSWERED = 3
    BOND = 4
    TELL = 5
    CONSIDER = 6
    BUY = 7
    REVIEW = 8
    RECOMMEND = 9
    GIFT = 10
    SWITCH = 11
    MESSAGE = 12
    COMPLAIN = 13
    COMPLAINT_ANSWERED = 14
    COMPLAINT_IGNORED = 15
    WARN = 16


#: Columns of the raw event log (int32): the last is a channel or touchpoint, the other person of
#: a bond, telling, warning, recommendation or gift, the stars of a review, the bonds left behind,
#: or -1.
LOG_COLUMNS = ("time", "person", "event", "from_stage", "to_stage", "cause")
TIME, PERSON, EVENT, FROM_STAGE, TO_STAGE, CAUSE = range(len(LOG_COLUMNS))


def columns_of(outcome: Outcome) -> list[str]:
    """Return the flat column names of an outcome, e.g. n_stranger ... n_member."""
    if outcome.dim is None:
        return [outcome.name]
    if outcome.dim == "move":
        return list(DIMS["move"])
    stem = {"sales_by_touchpoint": "sales_by", "sales_by_stage": "sales_to"}.get(
        outcome.name, outcome.name
    )
    return [f"{stem}_{label}" for label in DIMS[outcome.dim]]


class Scalar(NamedTuple):
    """One number that sums up a run: where it comes from and what it means."""

    name: str
    unit: str
    kind: Kind
    label: str


#: The summary of a run, one number each (run.py computes them from the days).
SUMMARY: tuple[Scalar, ...] = (
    Scalar("sales", "copies", "cumulative", "copies sold, gifts included"),
    Scalar("sales_to_stranger", "copies", "cumulative", "copies sold to strangers"),
    Scalar("sales_to_follower", "copies", "cumulative", "copies sold to followers"),
    Scalar("sales_to_subscriber", "copies", "cumulative", "copies sold to subscribers"),
    Scalar("sales_to_member", "copies", "cumulative", "copies sold to members"),
    Scalar("sales_per_stranger", "copies/head", "ratio", "copies per stranger on launch day"),
    Scalar("sales_per_follower", "copies/head", "ratio", "copies per follower on launch day"),
    Scalar("sales_per_subscriber", "copies/head", "ratio", "copies per subscriber on launch day"),
    Scalar("sales_per_member", "copies/head", "ratio", "copies per member on launch day"),
    Scalar("gifts", "copies", "cumulative", "copies given to friends"),
    Scalar("reviews", "reviews", "cumulative", "reviews written"),
    Scalar("mean_stars", "stars", "ratio", "stars per review"),
    Scalar("recommendations", "people", "cumulative", "friends the product was recommended to"),
    Scalar("considerations", "people", "cumulative", "clicks that led to the product page"),
    Scalar("n_stranger", "people", "stock", "strangers at the end"),
    Scalar("n_follower", "people", "stock", "followers at the end"),
    Scalar("n_subscriber", "people", "stock", "subscribers at the end"),
    Scalar("n_member", "people", "stock", "members at the end"),
    Scalar("switched", "people", "cumulative", "people who left for the rival"),
    Scalar("complaints", "people", "cumulative", "purchases that went wrong"),
    Scalar("complaints_answered", "people", "cumulative", "complaints answered"),
    Scalar("complaints_ignored", "people", "cumulative", "complaints nobody answered in time"),
    Scalar("complaints_open", "people", "stock", "complaints still waiting at the end"),
    Scalar("sales_discounted", "copies", "cumulative", "copies sold at a discount"),
    Scalar("margin_lost", "USD", "cumulative", "taken off the price by offers"),
    Scalar("deal_habit_follower", "0-1", "stock", "mean deal habit of followers at the end"),
    Scalar("deal_habit_subscriber", "0-1", "stock", "mean deal habit of subscribers at the end"),
    Scalar("deal_habit_member", "0-1", "stock", "mean deal habit of members at the end"),
    Scalar("n_bonds", "bonds", "stock", "bonds at the end"),
    Scalar("attachment_follower", "0-1", "stock", "mean attachment of followers at the end"),
    Scalar("attachment_subscriber", "0-1", "stock", "mean attachment of subscribers at the end"),
    Scalar("attachment_member", "0-1", "stock", "mean attachment of members at the end"),
    Scalar("revenue", "USD", "cumulative", "price times copies sold, less what offers took off"),
    Scalar("hours", "h", "cumulative", "effort spent"),
    Scalar("cost", "USD", "cumulative", "effort at usd_per_hour"),
    Scalar("cost_per_sale", "USD", "ratio", "cost over copies sold"),
)


def outcome_named(name: str) -> Scalar:
    """Return the outcome of `SUMMARY` with that name; raise InputError for another."""
    known = {scalar.name: scalar for scalar in SUMMARY}
    if not isinstance(name, str) or name not in known:
        near = did_you_mean(str(name), known)
        raise InputError(f'unknown outcome "{name}"{near} (continuum list outcomes)')
    return known[name]
