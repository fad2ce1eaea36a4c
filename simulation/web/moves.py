"""What a hand does on the page, as a change of the choice. Messages are checked like any input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES
from simulation.tools.errors import InputError, did_you_mean
from simulation.web.choice import MOST, Choice, Side, moved_share
from simulation.web.query import from_query


def moved(choice: Choice, change: Mapping[str, Any]) -> tuple[Choice, list[str]]:
    """Return the choice after one move, and what was wrong with an address that was followed.

    A move is one of ``{name, value}``, ``{side, strategy}``, ``{side, activity, per_cent, from}``,
    ``{side, then, then_day}``, ``{luck: "same" | "new" | world}``, ``{query}``. Raises
    InputError where it is none of these, or cannot be lived.
    """
    if not isinstance(change, Mapping):
        raise InputError("a move is a table of names and values")
    if "query" in change:
        return from_query(str(change["query"]))
    if "luck" in change:
        return _luck(choice, change["luck"]), []
    if "side" in change:
        name = str(change["side"])
        return choice.with_side(name, _side(choice.side(name), change)), []
    name = str(change.get("name"))
    return choice.with_value(name, _typed(name, change.get("value"))), []


def _luck(choice: Choice, luck: Any) -> Choice:
    """Return the choice in the same world, the next one, or the one of that number."""
    if luck == "same":
        return choice
    if luck == "new":
        return replace(choice, world=choice.world + 1 if choice.world < MOST else 0)
    if type(luck) is not int or not 0 <= luck <= MOST:
        raise InputError('luck: "same", "new" or the number of a world')
    return replace(choice, world=luck)


def _typed(name: str, value: Any) -> Any:
    """Return a number as the parameter is declared: a browser knows only one kind of number."""
    if name in parameters() and isinstance(value, (int, float)) and not isinstance(value, bool):
        kind = parameters()[name].annotation
        if kind is int and isinstance(value, float) and value.is_integer():
            return int(value)
        if kind is float and abs(value) < 2**53:
            return float(value)
    return value


def _side(side: Side, change: Mapping[str, Any]) -> Side:
    if "strategy" in change:
        return replace(side, strategy=_strategy(change["strategy"]), shares=None)
    if "activity" in change:
        before = replace(side, shares=_shares(change.get("from", side.per_cent)))
        return moved_share(before, str(change["activity"]), _whole("per_cent", change, 100))
    if "then" in change:
        if not change["then"]:
            return replace(side, then=None, then_day=0)
        day = max(1, _whole("then_day", change, 20_000))
        return replace(side, then=_strategy(change["then"]), then_day=day)
    raise InputError("a move of a side is a strategy, an activity or a change of course")


def _strategy(name: Any) -> str:
    if not isinstance(name, str) or name not in STRATEGIES:
        text = str(name)[:40]
        raise InputError(f'unknown strategy "{text}"{did_you_mean(text, STRATEGIES)}')
    return name


def _shares(shares: Any) -> tuple[int, ...]:
    """Return the split before a stroke of the hand, from which the proportions are taken."""
    right = isinstance(shares, (list, tuple)) and len(shares) == len(ACTIVITIES)
    if not right or any(type(share) is not int or not 0 <= share <= 100 for share in shares):
        raise InputError(f"from: {len(ACTIVITIES)} whole numbers from 0 to 100")
    return tuple(shares)


def _whole(name: str, change: Mapping[str, Any], high: int) -> int:
    value = change.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= high:
        raise InputError(f"{name}: a whole number from 0 to {high:,}")
    return value
