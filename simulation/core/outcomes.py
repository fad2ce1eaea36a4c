"""The only list of outcomes: what is recorded every day, and what sums up a run.

An outcome says everything about itself where it is declared: unit, kind, dimension, label, how it
enters the summary of a run, and whether more of it is better. Both drivers write one `DAY_DTYPE`
row a day; what else is made of it is declared here, and done in summary.py. Kinds: a stock is a
state at the end of the day, a flow what happened during it, a cumulative a flow summed since day 0,
a ratio a quotient of two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal, NamedTuple

import numpy as np

from simulation.core.stages import ALLOWED_MOVES, CHANNELS, STAGES, TOUCHPOINTS
from simulation.tools.errors import InputError, did_you_mean

Kind = Literal["stock", "flow", "cumulative", "ratio"]


class Better(IntEnum):
    """Which way an outcome is better for the brand; the number is the sign of "better".

    NEITHER: more of it may be good or bad. Followers are won from strangers and lost upwards, to
    the list; a complaint that was answered was a complaint.
    """

    LESS = -1
    NEITHER = 0
    MORE = 1


LESS, NEITHER, MORE = Better.LESS, Better.NEITHER, Better.MORE
FANS = STAGES[1:]

#: The dimensions an outcome can have, and their labels.
DIMS: dict[str, tuple[str, ...]] = {
    "stage": STAGES,
    "channel": CHANNELS,
    "touchpoint": TOUCHPOINTS,
    "move": tuple(ALLOWED_MOVES.values()),
}


class Outcome(NamedTuple):
    """One recorded outcome.

    summed : its label in the summary of a run, where a flow is summed over the days and a stock is
        that of the last day; "{}" stands for the label along `dim`, without it the dimension is
        summed, too; "": it is not in the summary
    better : which way it is better, one for each label where they differ
    stem : what its flat columns begin with, if not with its name
    labels : the labels along `dim` that have a number in the summary; all of them unless told
    """

    name: str
    unit: str
    kind: Kind
    label: str
    dim: str | None = None
    dtype: type = np.int64
    summed: str = ""
    better: Better | Mapping[str, Better] = NEITHER
    stem: str = ""
    labels: tuple[str, ...] = ()


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("sales", "copies", "flow", "copies sold, gifts included",
            summed="copies sold, gifts included", better=MORE),
    Outcome("sales_by_stage", "copies", "flow", "copies by the stage of the buyer", "stage",
            summed="copies sold to {}s", better=MORE, stem="sales_to"),
    Outcome("sales_by_touchpoint", "copies", "flow", "copies by what carried them", "touchpoint",
            stem="sales_by"),
    Outcome("expected_sales", "copies", "flow", "chances to buy, summed over visits to the page",
            None, np.float64, summed="copies expected, gifts not included", better=MORE),
    Outcome("gifts", "copies", "flow", "copies given to friends",
            summed="copies given to friends", better=MORE),
    Outcome("reviews", "reviews", "flow", "reviews written",
            summed="reviews written", better=MORE),
    Outcome("stars", "stars", "flow", "stars given, summed over reviews"),
    Outcome("recommendations", "people", "flow", "friends the product was recommended to",
            summed="friends the product was recommended to", better=MORE),
    Outcome("considerations", "people", "flow", "clicks that lead to the product page",
            summed="clicks that led to the product page", better=MORE),
    Outcome("page_visits", "visits", "flow", "visits to the product page"),
    Outcome("n", "people", "stock", "people by stage", "stage",
            summed="{}s at the end", better={"stranger": LESS, "member": MORE}),
    Outcome("moves", "people", "flow", "moves and lapses", "move"),
    Outcome("contacts", "contacts", "flow", "contacts by channel", "channel"),
    Outcome("tells", "tellings", "flow", "friends told of the brand"),
    Outcome("messages", "messages", "flow", "messages in the community"),
    Outcome("answers", "messages", "flow", "messages answered by a fan"),
    Outcome("host_answers", "messages", "flow", "messages answered by the host"),
    Outcome("bonds_formed", "bonds", "flow", "bonds formed"),
    Outcome("n_bonds", "bonds", "stock", "bonds between members",
            summed="bonds at the end", better=MORE),
    Outcome("n_bonded", "people", "stock", "members with a bond",
            summed="members with a bond at the end", better=MORE),
    Outcome("switched", "people", "flow", "people who left for the rival", "stage",
            summed="people who left for the rival", better=LESS),
    Outcome("switched_bonds", "bonds", "flow", "bonds of those who left for the rival"),
    Outcome("complaints", "people", "flow", "purchases that went wrong",
            summed="purchases that went wrong", better=LESS),
    Outcome("complaints_answered", "people", "flow", "complaints answered",
            summed="complaints answered", better=NEITHER),
    Outcome("complaints_ignored", "people", "flow", "complaints nobody answered in time",
            summed="complaints nobody answered in time", better=LESS),
    Outcome("complaints_open", "people", "stock", "complaints waiting for an answer",
            summed="complaints still waiting at the end", better=LESS),
    Outcome("warned", "people", "flow", "friends to whom an ignored buyer spoke badly"),
    Outcome("sales_discounted", "copies", "flow", "copies sold at a discount",
            summed="copies sold at a discount", better=NEITHER),
    Outcome("margin_lost", "USD", "flow", "taken off the price by offers", None, np.float64,
            summed="taken off the price by offers", better=LESS),
    Outcome("novelty", "0-1", "stock", "novelty of the community", None, np.float64),
    Outcome("attachment", "0-1", "stock", "mean attachment by stage", "stage", np.float64,
            summed="mean attachment of {}s at the end", better=MORE, labels=FANS),
    Outcome("hours", "h", "flow", "effort spent", None, np.float64,
            summed="effort spent", better=LESS),
    Outcome("hours_unused", "h", "flow", "effort that nobody used", None, np.float64,
            summed="effort that nobody used", better=LESS),
)  # fmt: skip

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
    return [f"{outcome.stem or outcome.name}_{label}" for label in DIMS[outcome.dim]]


#: How one number is taken from the days: a flow summed over all of them, or over those on which one
#: product is sold (from its launch day to the next); a stock on the last day, or on launch day.
Taken = Literal["total", "first_product", "last_product", "end", "at_launch"]


class Part(NamedTuple):
    """One number of a run: of an outcome, along its dimension one label or all, times a parameter.

    label : which one along `dim`; "": their sum
    times : a parameter of the scenario; "": as it is
    """

    taken: Taken
    name: str
    label: str = ""
    times: str = ""


class Derived(NamedTuple):
    """One number that is made of other outcomes and parameters, once a run: (above - less) / below.

    It is nan where `below` is 0.
    """

    name: str
    unit: str
    kind: Kind
    label: str
    better: Better
    above: Part
    less: Part | None = None
    below: Part | None = None


COST = Part("total", "hours", times="usd_per_hour")

DERIVED: tuple[Derived, ...] = (
    *(
        Derived(f"sales_per_{stage}", "copies/head", "ratio", f"copies per {stage} on launch day",
                MORE, Part("total", "sales_by_stage", stage), below=Part("at_launch", "n", stage))
        for stage in STAGES
    ),
    Derived("mean_stars", "stars", "ratio", "stars per review", MORE,
            Part("total", "stars"), below=Part("total", "reviews")),
    Derived("revenue", "USD", "cumulative", "price times copies sold, less what offers took off",
            MORE, Part("total", "sales", times="price"), less=Part("total", "margin_lost")),
    Derived("sales_first_product", "copies", "cumulative", "copies of the first product", MORE,
            Part("first_product", "sales")),
    Derived("sales_last_product", "copies", "cumulative", "copies of the last product", MORE,
            Part("last_product", "sales")),
    Derived("cost", "USD", "cumulative", "effort at usd_per_hour", LESS, COST),
    Derived("cost_per_sale", "USD", "ratio", "cost over copies sold", LESS,
            COST, below=Part("total", "sales")),
)  # fmt: skip


class Scalar(NamedTuple):
    """One number that sums up a run: its unit, what it means, and which way it is better."""

    name: str
    unit: str
    kind: Kind
    label: str
    better: Better = MORE


def _summed(outcome: Outcome) -> list[Derived]:
    """Return the numbers of a recorded outcome in the summary."""
    if not outcome.summed:
        return []
    flow, name, unit, way = outcome.kind == "flow", outcome.name, outcome.unit, outcome.better
    kind: Kind = "cumulative" if flow else outcome.kind
    taken: Taken = "total" if flow else "end"
    if "{}" not in outcome.summed:
        assert isinstance(way, Better), name
        return [Derived(name, unit, kind, outcome.summed, way, Part(taken, name))]
    found = []
    for column, label in zip(columns_of(outcome), DIMS[outcome.dim or ""], strict=True):
        if label in (outcome.labels or DIMS[outcome.dim or ""]):
            mine = way if isinstance(way, Better) else way.get(label, NEITHER)
            said = outcome.summed.format(label)
            found.append(Derived(column, unit, kind, said, mine, Part(taken, name, label)))
    return found


#: All numbers of the summary and what they are made of: those recorded, then those derived.
SUMMED: tuple[Derived, ...] = (*(one for outcome in OUTCOMES for one in _summed(outcome)), *DERIVED)

#: The summary of a run, one number each.
SUMMARY: tuple[Scalar, ...] = tuple(Scalar(*summed[:5]) for summed in SUMMED)


def outcome_named(name: str) -> Scalar:
    """Return the outcome of `SUMMARY` with that name; raise InputError for another."""
    known = {scalar.name: scalar for scalar in SUMMARY}
    if not isinstance(name, str) or name not in known:
        near = did_you_mean(str(name), known)
        raise InputError(f'unknown outcome "{name}"{near} (continuum list outcomes)')
    return known[name]


def ranked_outcome(name: str, what: str) -> Scalar:
    """Return an outcome of which more or less is better; `what` asks for the best of it.

    Raises InputError where neither is better, because nothing can be best in it.
    """
    scalar = outcome_named(name)
    if scalar.better == NEITHER:
        raise InputError(
            f"{what}: neither more nor less of {name} ({scalar.label}) is better, so that nothing "
            "is best in it: take another outcome (continuum list outcomes)"
        )
    return scalar
