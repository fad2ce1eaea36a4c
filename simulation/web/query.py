"""A choice as the address of the page, and back. What is wrong is said and left out.

``?scenario=launch_2012&p_buy=0.05&a=posting_only&b=balanced&b_shares=30,10,60,0,0,0``: only what
differs from the page as it opens stands in the address. Nothing in it is executed or opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from simulation.inputs.declare import allowed, field_bounds, value_from_text
from simulation.inputs.scenario import parameters, presets
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES
from simulation.tools.errors import InputError, did_you_mean
from simulation.web.choice import (
    MOST,
    SIDES,
    Choice,
    Side,
    check_allowed_here,
    named_shares,
)
from simulation.web.controls import LIMITS

#: An address longer than this is not read: no choice needs as much.
LONGEST = 4_000


def to_query(choice: Choice) -> str:
    """Return the address of a choice, without the question mark; "" for the page as it opens."""
    plain = Choice()
    pairs: list[tuple[str, Any]] = []
    if choice.scenario != plain.scenario:
        pairs.append(("scenario", choice.scenario))
    pairs += [(name, _text(value)) for name, value in choice.changes]
    for name in SIDES:
        side, usual = choice.side(name), plain.side(name)
        if side.strategy != usual.strategy:
            pairs.append((name, side.strategy))
        if side.shares is not None:
            pairs.append((f"{name}_shares", ",".join(map(str, side.shares))))
        if side.then is not None:
            pairs += [(f"{name}_then", side.then), (f"{name}_then_day", side.then_day)]
    pairs += [
        (name, getattr(choice, name))
        for name in ("seed", "world")
        if getattr(choice, name) != getattr(plain, name)
    ]
    return urlencode(pairs, safe=",")


def from_query(text: str) -> tuple[Choice, list[str]]:
    """Return the choice an address describes, and a line for everything in it that is wrong.

    Each wrong part falls back to what the page opens with; the others are kept. Where parts that
    are right one by one do not fit together, the preset is taken as it is.
    """
    text = text.removeprefix("?")
    if len(text) > LONGEST:
        return Choice(), [f"the address is {len(text):,} characters long: at most {LONGEST:,}"]
    choice, problems, seen = Choice(), [], set()
    pairs = sorted(parse_qsl(text, keep_blank_values=True, max_num_fields=LONGEST), key=_rank)
    for name, value in pairs:
        try:
            if name in seen:
                raise InputError(f"{name[:40]} is given twice")
            seen.add(name)
            choice = _with_pair(choice, name, value)
        except InputError as error:
            problems.append(f"in the address: {str(error).removeprefix('the address: ')}")
    try:
        choice.check()
    except InputError as error:
        problems.append(f"in the address: {error}; the world is lived as the preset has it")
        choice = _fitting(choice)
    return choice, problems


def _fitting(choice: Choice) -> Choice:
    """Return the choice without its changes, and without later phases if these do not fit."""
    choice = replace(choice, changes=())
    try:
        choice.check()
    except InputError:
        return Choice(scenario=choice.scenario, seed=choice.seed, world=choice.world)
    return choice


def _rank(pair: tuple[str, str]) -> int:
    """The preset comes first, then strategies, then what changes them."""
    name = pair[0]
    if name == "scenario":
        return 0
    return 1 if name in SIDES else 3 if name.endswith("_day") and name[:1] in SIDES else 2


def _with_pair(choice: Choice, name: str, text: str) -> Choice:
    """Return the choice with one name and value of the address."""
    if name == "scenario":
        return replace(choice, scenario=_one_of(name, text, presets()))
    if name == "seed":
        return replace(choice, seed=whole(name, text, 0, MOST))
    if name == "world":
        return replace(choice, world=whole(name, text, 0, MOST))
    stem, _, rest = name.partition("_")
    if stem in SIDES and rest in _OF_A_SIDE:
        side = _OF_A_SIDE[rest](choice.side(stem), name, text)
        return replace(choice, a=side) if stem == "a" else replace(choice, b=side)
    check_allowed_here(name, None)
    declared = parameters()[name]
    value = value_from_text(declared, name, text, "the address")
    bounds = field_bounds(declared)
    if bounds is not None and not bounds[0] <= value <= bounds[1]:  # also refuses nan
        raise InputError(f"{name} = {text[:40]} is not allowed: {allowed(declared)}")
    check_allowed_here(name, value)
    if value == choice.without_change(name).value(name):
        return choice
    return replace(choice, changes=tuple(sorted({**dict(choice.changes), name: value}.items())))


def _strategy(side: Side, name: str, text: str) -> Side:
    return Side(_one_of(name, text, STRATEGIES))


def _shares(side: Side, name: str, text: str) -> Side:
    parts = text.split(",")
    wanted = f"{len(ACTIVITIES)} whole numbers that sum to 100 ({', '.join(ACTIVITIES)})"
    try:
        shares = tuple(whole(name, part, 0, 100) for part in parts)
    except InputError:
        shares = ()
    if len(shares) != len(ACTIVITIES) or sum(shares) != 100:
        raise InputError(f"{name} = {text[:40]} is not allowed: {wanted}")
    return replace(side, shares=None if shares == named_shares(side.strategy) else shares)


def _then(side: Side, name: str, text: str) -> Side:
    return replace(side, then=_one_of(name, text, STRATEGIES), then_day=side.then_day or 1)


def _then_day(side: Side, name: str, text: str) -> Side:
    day = whole(name, text, 1, LIMITS["n_days"])
    if side.then is None:
        raise InputError(f"{name} is given without {name.removesuffix('_day')}")
    return replace(side, then_day=day)


#: What the address says of one side: after ``a_`` or ``b_``.
_OF_A_SIDE: dict[str, Callable[[Side, str, str], Side]] = {
    "": _strategy,
    "shares": _shares,
    "then": _then,
    "then_day": _then_day,
}


def _one_of(name: str, text: str, known: Iterable[str]) -> str:
    known = list(known)
    if text not in known:
        raise InputError(f'{name}: unknown "{text[:40]}"{did_you_mean(text[:40], known)}')
    return text


def whole(name: str, text: str, low: int, high: float) -> int:
    """Return a whole number from low to high, or raise InputError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and low <= int(text) <= high):
        raise InputError(
            f"{name} = {text[:40]} is not allowed: a whole number from {low} to {high:,g}"
        )
    return int(text)


def _text(value: Any) -> str:
    """Return a value as the address writes it: the shortest text that reads back as it is."""
    return str(value).lower() if isinstance(value, bool) else repr(value)
