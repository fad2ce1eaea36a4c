"""The parameter values typed a second time, from the evidence alone, agree with the declarations.

tests/data/parameter_values.csv was typed from the evidence and the model description by someone who
had not seen the declarations; it is never generated. Where the two differ on purpose, the reason
stands here; every other difference is a slip of one of the two.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from simulation.checks.patterns import SET_TO_MEET
from simulation.inputs.scenario import parameters

FILE = Path(__file__).parent / "parameter_values.csv"

with FILE.open(encoding="utf-8") as lines:
    ROWS = {row["name"]: row for row in csv.DictReader(lines)}

#: Defaults that differ from the central value on purpose. What was set to meet a pattern must stay
#: within the range; the others say why the central value is not taken over.
OTHER_CENTRAL = {
    "p_consider_friend": "the .01-.10 measured are purchases; this is looking at the page",
    "p_consider_member": "as p_consider_friend",
    "more_friends": "the evidence has two friends a recommendation: one, and one more",
}
#: Ranges that differ on purpose.
OTHER_RANGE = {
    "p_consider_friend": "the range of a look, not of a purchase",
    "p_consider_member": "the range of a look, not of a purchase",
    "p_buy": "the evidence has .01-.10, the model description .01-.05",
    "click_visit": "the description has only the upper end, .80",
    "buy_stars": "the range typed is of an elasticity, not of log-odds a star: none is declared",
}


def number(text: str) -> float:
    """Return a typed number, nan where there is none."""
    return float(text) if text else math.nan


def likely(name: str):
    """Return the declared low-high range, or None."""
    return parameters()[name].json_schema_extra["likely"]


@pytest.mark.parametrize("name", ROWS)
def test_the_name_exists(name):
    assert name in parameters()


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if row["central"]])
def test_defaults_are_the_central_values(name):
    central, default = number(ROWS[name]["central"]), float(parameters()[name].default)
    same = math.isclose(central, default, rel_tol=1e-9)
    if name in OTHER_CENTRAL:
        assert not same, f"{name}: no longer an exception"
    elif name not in SET_TO_MEET:
        assert same, f"{name}: {default} declared, {central} typed from the evidence"


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if row["low"] or row["high"]])
def test_ranges_are_those_of_the_evidence(name):
    low, high = number(ROWS[name]["low"]), number(ROWS[name]["high"])
    typed, declared = (low, high), tuple(likely(name) or (math.inf, -math.inf))
    same = all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(typed, declared, strict=True))
    assert same != (name in OTHER_RANGE), f"{name}: {declared} declared, {typed} typed"


@pytest.mark.parametrize("name", [n for n in parameters() if likely(n)])
def test_defaults_lie_within_the_declared_range(name):
    low, high = likely(name)
    assert low <= parameters()[name].default <= high


@pytest.mark.parametrize("name", [n for n in ROWS if ROWS[n]["high"] and n not in OTHER_CENTRAL])
def test_defaults_lie_within_the_range_typed_from_the_evidence(name):
    low, high = number(ROWS[name]["low"] or "-inf"), number(ROWS[name]["high"])
    assert low <= parameters()[name].default <= high


def test_every_range_that_is_declared_was_typed_too():
    declared = {name for name in parameters() if likely(name)}
    assert declared - {name for name, row in ROWS.items() if row["high"]} == {"p_consider_member"}
