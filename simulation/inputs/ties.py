"""Numbers that follow others: ``launch_day = "n_days - 60"``.

A text given for a parameter or lever that is a number is a tie: arithmetic on the names of others,
worked out from their values whenever these change. A text for a parameter that is a text (graph,
friends_file) is that text.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from simulation.inputs.declare import allowed, as_declared, field_bounds, value_from_text
from simulation.tools.arithmetic import Arithmetic, arithmetic
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.values import number_in

Fields = Mapping[str, Any]


def is_tie(field: Any, value: Any) -> bool:
    """Return whether a value ties a parameter to others: a text where a number is declared."""
    return isinstance(value, str) and field.annotation in (int, float)


def check_tie(name: str, text: str, fields: Fields, where: str) -> Arithmetic:
    """Return what ties a name; raise InputError unless it is arithmetic on numbers of `fields`."""
    here = f"{where}: {name}={text if len(text) <= 60 else text[:50] + '...'} is not allowed"
    try:
        found = arithmetic(text)
    except InputError as error:
        raise InputError(f"{here}: {allowed(fields[name])}; as a tie it {error}") from None
    for other in found.names:
        if other not in fields:
            raise InputError(
                f"{here}: {allowed(fields[name])}; as a tie it names "
                f'"{other}", which is unknown{did_you_mean(other, fields)}'
            )
        if fields[other].annotation not in (int, float):
            raise InputError(f"{here}: a tie is to numbers, {other} is {allowed(fields[other])}")
    return found


def value_or_tie(name: str, text: str, fields: Fields, where: str) -> Any:
    """Read a text as the value of a name, or leave it as it is where it is a tie.

    Raises InputError when it is neither.
    """
    field = fields[name]
    if field.annotation in (int, float) and text.strip() and number_in(text) is None:
        return check_tie(name, text, fields, where).text
    return value_from_text(field, name, text, where)


def worked_out(
    values: Mapping[str, Any], ties: Mapping[str, str], fields: Fields, where: str
) -> dict[str, Any]:
    """Return the values with every tie worked out, ties of ties in order.

    Parameters
    ----------
    values : mapping
        What stands fixed, by name.
    ties : mapping
        Name to arithmetic.
    fields : mapping
        The declarations of all names that may occur.

    Raises
    ------
    InputError
        One line: an unknown name, a circle, a division by zero, a value that is not allowed.
    """
    found = {name: check_tie(name, text, fields, where) for name, text in ties.items()}
    try:
        order = list(TopologicalSorter({n: f.names for n, f in found.items()}).static_order())
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise InputError(f"{where}: tied in a circle: {circle}") from None
    settled_ = {name: value for name, value in values.items() if name not in ties}
    for name in order:
        if name in found:
            settled_[name] = _worked_out(name, found[name], settled_, fields, where)
    return settled_


def _worked_out(
    name: str, tie: Arithmetic, values: Mapping[str, Any], fields: Fields, where: str
) -> Any:
    """Return the number a tie gives, as it is declared."""
    missing = [other for other in tie.names if other not in values]
    if missing:
        raise InputError(f'{where}: {name} = "{tie.text}": {missing[0]} has no value here')
    known = {other: values[other] for other in tie.names}
    at = ", ".join(f"{other} = {shortened(value)}" for other, value in known.items())
    here = f'{where}: {name} = "{tie.text}"{f" with {at}" if at else ""}'
    wrong = [other for other, value in known.items() if type(value) not in (int, float)]
    if wrong:
        raise InputError(f"{here}: {wrong[0]} is {allowed(fields[wrong[0]])}")
    try:
        number = tie.value(known)
    except InputError as error:
        raise InputError(f"{here}: {error}") from None
    field = fields[name]
    value, bounds = as_declared(field, number), field_bounds(field)
    fits = isinstance(value, field.annotation)
    if not fits or (bounds is not None and not bounds[0] <= value <= bounds[1]):
        raise InputError(f"{here} is {shortened(number)}, which is not allowed: {allowed(field)}")
    return value
