"""How a parameter is declared, and how a wrong one is reported.

One declaration carries default, unit, bounds, meaning and source; the Python API, ``--help``,
``continuum list parameters``, the tables of the documents and the JSON schema all read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulation.inputs.sources import Assumption, Source
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.values import bare, number_in, whole


class Group(BaseModel):
    """A frozen, strict group of parameters: unknown names, wrong types and NaN are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Yield what differs from the defaults: enough to make the same again, and short."""
        for name, field in type(self).model_fields.items():
            if (value := getattr(self, name)) != field.default:
                yield name, value

    def __str__(self) -> str:
        return repr(self)


def parameter(
    default: Any,
    unit: str,
    bounds: tuple[float, float] | None,
    meaning: str,
    source: Source | Assumption,
    likely: tuple[float, float] | None = None,
) -> Any:
    """Declare one parameter: default, unit, allowed bounds, meaning, source and likely range.

    `bounds` is what the model accepts; `likely` the low-high range of the evidence (None: not
    measured, or not a quantity).
    """
    limits: dict[str, Any] = {} if bounds is None else {"ge": bounds[0], "le": bounds[1]}
    extra: Any = {
        "unit": unit,
        "source": str(source),
        "grade": source.grade,
        "likely": None if likely is None else list(likely),
    }
    return Field(default, description=meaning, json_schema_extra=extra, **limits)


def one_line(error: ValidationError, where: str, known: Mapping[str, Any]) -> InputError:
    """Turn pydantic's report into one line: which parameter, what it got, what is allowed."""
    first = error.errors()[0]
    name = str(first["loc"][-1]) if first["loc"] else ""
    kind, value = first["type"], first.get("input")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if kind == "extra_forbidden":
        text = f'unknown name "{name}"{did_you_mean(name, known)}'
    elif kind in ("value_error", "assertion_error"):
        text = str(first["ctx"]["error"])
        text = f"{name}: {text}" if name and not text.startswith(name) else text
    else:
        field = known.get(name)
        wanted = allowed(field) if field else first["msg"]
        text = f"{name} = {shortened(value)} is not allowed: {wanted}"
    return InputError(f"{where}: {text}{more}")


#: A name: one line, at most 60 characters, beginning with a letter or digit.
NAME = r"^[^\W_][^\n\r\t]{0,59}$"


def allowed(field: Any) -> str:
    """Say in words what a declared field accepts, with its unit."""
    extra = field.json_schema_extra or {}
    unit = extra.get("unit", "")
    bounds = field_bounds(field)
    names = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
    annotation = field.annotation
    if hasattr(annotation, "__args__") and "Literal" in str(annotation):
        return "one of " + ", ".join(map(str, annotation.__args__))
    text = names.get(getattr(annotation, "__name__", ""), str(annotation))
    if bounds is not None:
        low, high = (f"{x:g}" if unit == "year" else _counted(x) for x in bounds)
        text += f" from {low} to {high}"
    return f"{text} [{unit}]" if unit not in ("", "-") else text


def as_declared(field: Any, value: Any) -> Any:
    """Return a number as the type it is declared with, where it is one; else the value as it is.

    300.0 and np.int64(300) become 300 where a whole number is declared; 5 becomes 5.0 where a
    number is. What does not fit is left for the check, which says what is allowed.
    """
    if type(value) is field.annotation:  # as a rule, and 130 times for every world
        return value
    value = bare(value)
    if field.annotation is int:
        found = whole(value)
        return value if found is None else found
    if field.annotation is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    return value


def value_from_text(field: Any, name: str, text: str, where: str) -> Any:
    """Read a text as the type a field is declared with; raise InputError when it is none."""
    kind = field.annotation
    if kind is bool:
        value: Any = {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
    elif kind in (int, float):
        value = as_declared(field, number_in(text))
        value = None if kind is int and not isinstance(value, int) else value
    else:
        return text
    if value is None:
        shown = text if len(text) <= 60 else f"{text[:50]}..."
        raise InputError(f"{where}: {name}={shown} is not allowed: {allowed(field)}")
    return value


def _counted(x: float) -> str:
    """Return a bound as people write it: 0.001, 20,000, 100,000,000."""
    return f"{x:,.0f}" if abs(x) >= 1000 and x == int(x) else f"{x:g}"


def field_bounds(field: Any) -> tuple[float, float] | None:
    """Return the declared (low, high) of a field, None where it has none."""
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    return None if low is None or high is None else (low, high)
