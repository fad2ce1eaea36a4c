"""The modules of the page in node, and what is chosen on it as Python has it, to compare with."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from simulation.core.module_about import WASM
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters, presets
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase, Strategy
from simulation.tools import PACKAGE
from simulation.tools.errors import InputError
from simulation.web.controls import LIMITS, MOST_PERSON_DAYS, at_page_size
from simulation.web.page import page_html
from tests.web.node import node

PAGE = PACKAGE / "web" / "page"
PARTS = Path(__file__).with_name("page_parts.mjs")

#: What is chosen on the page, as state.js has it.
Choice = dict[str, Any]
NUMBERS = Scenario().numbers()._fields


def data_of(html: str) -> dict[str, Any]:
    """Return what a page is made of, as it stands in the file."""
    found = re.search(r'id="continuum">(.*?)</script>', html, re.S)
    assert found
    return json.loads(found[1])


@contextmanager
def page_parts(folder: Path) -> Iterator[Callable[..., Any]]:
    """Open node with the modules of the page; what is asked is the name of an answer there."""
    data = folder / "continuum.json"
    data.write_text(json.dumps(data_of(page_html())), encoding="utf-8")
    with node(PARTS, PAGE, WASM, data) as asked:

        def ask(what: str, **question: Any) -> Any:
            answer = asked({"ask": what, **question})
            assert "failed" not in answer, answer["failed"]
            return answer["found"]

        yield ask


# ---- what is chosen -----------------------------------------------------------------------------


def side(strategy: str, shares: Any = None, then: str | None = None, day: int = 0) -> Choice:
    """Return a side as state.js has it."""
    return {"strategy": strategy, "shares": shares, "then": then, "thenDay": day}


OPENING: Choice = {
    "scenario": "launch_2025", "changes": {}, "a": side("posting_only"),
    "b": side("community_building"), "seed": 1, "world": 0,
}  # fmt: skip


def scenario_of(choice: Choice) -> Scenario:
    """Return the world of a choice; InputError where it, or the page, does not allow it."""
    changes = {n: bool(v) if is_switch(n) else v for n, v in choice["changes"].items()}
    scenario = at_page_size(choice["scenario"]).replace(**changes)
    for name in changes:  # a preset may be longer than what a link may ask for
        if scenario[name] > LIMITS.get(name, math.inf):
            raise InputError(f"{name} = {scenario[name]}: at most {LIMITS[name]} on the page")
    if scenario["n_people"] * scenario["n_days"] > MOST_PERSON_DAYS:
        raise InputError("too large for the page")
    for letter in "ab":
        if choice[letter]["then"] and not 1 <= choice[letter]["thenDay"] < scenario["n_days"]:
            raise InputError("it changes its course on no day of this world")
    return scenario


def is_switch(name: str) -> bool:
    """Return whether a parameter is true or false."""
    return parameters()[name].annotation is bool


def strategy_of(one: Choice, name: str = "chosen") -> Strategy:
    """Return the strategy of a side, built as anybody would build it in Python."""
    named = STRATEGIES[one["strategy"]]
    split = dict(
        zip(ACTIVITIES, (s / 100 for s in one["shares"] or ()), strict=bool(one["shares"]))
    )
    phases = [Phase(**{**phase.model_dump(), **split}) for phase in named.phases]
    table = {n: getattr(named, n) for n in type(named).model_fields}
    if one["then"]:
        later = STRATEGIES[one["then"]]
        first = later.phases[0].model_dump()
        phases.append(Phase(**{**first, "from_day": one["thenDay"]}))
        table["offer_depth"] = named.offer_depth or later.offer_depth
    return Strategy(**{**table, "phases": tuple(phases), "name": name})


def pairs_of(choice: Choice) -> list[tuple[str, str]]:
    """Return the parts of the address of a choice: all of them, whatever the page leaves out."""
    pairs = [("scenario", choice["scenario"])]
    for name, value in choice["changes"].items():
        text = ("true" if value else "false") if is_switch(name) else json.dumps(value)
        pairs.append((name, text))
    for letter in "ab":
        one = choice[letter]
        pairs.append((letter, one["strategy"]))
        if one["shares"]:
            pairs.append((f"{letter}_shares", ",".join(map(str, one["shares"]))))
        if one["then"]:
            pairs += [(f"{letter}_then", one["then"]), (f"{letter}_then_day", str(one["thenDay"]))]
    return [*pairs, ("seed", str(choice["seed"])), ("world", str(choice["world"]))]


def hash_of(choice: Choice) -> str:
    """Return the address of a choice, as somebody might write it."""
    return "&".join(f"{name}={value}" for name, value in pairs_of(choice))


# ---- random choices -----------------------------------------------------------------------------


@st.composite
def _values(draw: st.DrawFn, name: str) -> float:
    """A value of a parameter: mostly allowed, at its edges or inside, sometimes just outside."""
    field = parameters()[name]
    if is_switch(name):
        return draw(st.integers(0, 1))
    bounds = field_bounds(field)
    assert bounds is not None
    low, high = bounds
    most = min(high, LIMITS.get(name, high))
    edges = [low, most, field.default, low - 1, most + 1, high]
    if field.annotation is int:
        wide = st.integers(int(low), int(min(most, 40 * (abs(field.default) + 1))))
        return draw(wide | st.sampled_from(edges) | st.just(low + 0.5))
    return draw(st.floats(low, min(most, 40 * (abs(field.default) + 0.1))) | st.sampled_from(edges))


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    """Six whole shares that make 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=5, max_size=5)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]


@st.composite
def sides(draw: st.DrawFn, last: int = 700) -> Choice:
    """A side: a named strategy, perhaps another split, perhaps a change of course."""
    names = st.sampled_from(sorted(STRATEGIES))
    then = draw(st.none() | names)
    day = draw(st.integers(1, last)) if then else 0
    return side(draw(names), draw(st.none() | shares()), then, day)


@st.composite
def choices(draw: st.DrawFn, most_changes: int = 4) -> Choice:
    """Anything that can be chosen, and a little of what cannot."""
    names = draw(st.lists(st.sampled_from(NUMBERS), max_size=most_changes, unique=True))
    return {
        "scenario": draw(st.sampled_from(presets())),
        "changes": {name: draw(_values(name)) for name in names},
        "a": draw(sides()), "b": draw(sides(1500)),
        "seed": draw(st.integers(0, 10**9)), "world": draw(st.integers(0, 10**9)),
    }  # fmt: skip
