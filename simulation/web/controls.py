"""What can be moved on the page: every control with its label, places, meaning, range and source.

Meaning, unit, range and source are those of the declarations; here stands only where a control
belongs, what it is called in class, and at which places a slider stops.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simulation.inputs.declare import allowed, field_bounds
from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase
from simulation.web.choice import LIMITS, MOST_PERSON_DAYS, SIDES, Choice, preset


class Control(NamedTuple):
    """One control of the world.

    kind : "slider" with fixed `places`, or "switch"
    """

    name: str
    group: str
    label: str
    kind: str = "slider"
    places: tuple[float, ...] = ()


#: How far around its default a chance can be moved with the slider, on a log scale.
_SPAN = 20.0


def _chances(name: str, steps: int = 60) -> tuple[float, ...]:
    """Return 0 and places from a twentieth of the default to twenty times it, evenly in logs."""
    default, bounds = parameters()[name].default, field_bounds(parameters()[name])
    assert bounds is not None  # chances are declared with bounds
    low, high = default / _SPAN, min(bounds[1], default * _SPAN)
    ratio = math.log(high / low)
    places = {float(f"{low * math.exp(ratio * i / steps):.2g}") for i in range(steps + 1)}
    return (0.0, *sorted(places | {default}))


CONTROLS: tuple[Control, ...] = (
    Control("year", "The world", "year (sets reach)", places=tuple(map(float, range(2008, 2031)))),
    Control("hours_per_week", "The world", "budget of effort",
            places=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0,
                    50.0, 60.0, 80.0)),
    Control("launch_day", "The world", "launch day"),
    Control("n_people", "The world", "people",
            places=(1000, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 50_000, 70_000,
                    100_000)),
    Control("p_follow", "The chances", "to follow", places=_chances("p_follow")),
    Control("p_optin", "The chances", "to subscribe", places=_chances("p_optin")),
    Control("p_join", "The chances", "to join the community", places=_chances("p_join")),
    Control("p_buy", "The chances", "to buy", places=_chances("p_buy")),
    Control("relationships", "The community", "relationships among members", "switch"),
    Control("purpose", "The community", "a shared purpose",
            places=tuple(round(0.1 * i, 1) for i in range(11))),
    Control("evolving", "The community", "evolving engagement", "switch"),
    Control("share_followers", "People on day 0", "followers",
            places=tuple(round(0.01 * i, 2) for i in range(61))),
    Control("share_subscribers", "People on day 0", "subscribers",
            places=tuple(round(0.005 * i, 3) for i in range(41))),
    Control("share_members", "People on day 0", "members",
            places=(0.0, 0.0005, *(round(0.001 * i, 3) for i in range(1, 51)))),
    Control("selection", "People on day 0", "those further along care more",
            places=tuple(round(0.05 * i, 2) for i in range(21))),
)  # fmt: skip

NAMES = tuple(control.name for control in CONTROLS)


def places(control: Control, choice: Choice) -> list[Any]:
    """Return the values a slider stops at; the value that is chosen is always one of them."""
    value = choice.value(control.name)
    stops = control.places
    if control.name == "launch_day":
        later = (choice.value("launches") - 1) * choice.value("days_between_launches")
        last = choice.value("n_days") - 1 - later
        stops = tuple(range(0, last, max(1, last // 60)))
    if control.name == "n_people":
        stops = tuple(n for n in stops or () if n * choice.value("n_days") <= MOST_PERSON_DAYS)
    return sorted({*(stops or ()), value, preset(choice.scenario)[control.name]})


def shown_controls(choice: Choice) -> list[dict[str, Any]]:
    """Return every control as the page shows it now, ready for JSON."""
    rows = []
    for control in CONTROLS:
        row = {**_declared(control.name), "group": control.group, "label": control.label}
        row |= {"kind": control.kind, "value": choice.value(control.name)}
        row["usual"] = preset(choice.scenario)[control.name]
        if control.kind == "slider":
            row["places"] = places(control, choice)
        rows.append(row)
    return rows


def shown_changes(choice: Choice) -> list[dict[str, Any]]:
    """Return the changed parameters that have no control: the address can move any parameter."""
    return [
        {**_declared(name), "value": value, "usual": preset(choice.scenario)[name]}
        for name, value in choice.changes
        if name not in NAMES
    ]


def shown_sides(choice: Choice) -> list[dict[str, Any]]:
    """Return the levers of both sides as the page shows them now, ready for JSON."""
    rows = []
    for name in SIDES:
        side = choice.side(name)
        shares = [
            {"activity": activity, "per_cent": share}
            for activity, share in zip(ACTIVITIES, side.per_cent, strict=True)
        ]
        rows.append({
            "side": name, "strategy": side.strategy, "shares": shares,
            "description": STRATEGIES[side.strategy].description,
            "then": side.then or "", "then_day": side.then_day,
            "last_day": choice.value("n_days") - 1, "changed": side.shares is not None,
        })  # fmt: skip
    return rows


def activities() -> list[dict[str, str]]:
    """Return what every share of effort means, its range and source, from its declaration."""
    rows = []
    for activity in ACTIVITIES:
        declared = Phase.model_fields[activity]
        extra: Any = declared.json_schema_extra
        rows.append({"name": activity, "meaning": str(declared.description),
                     "range": allowed(declared), "source": extra["source"]})  # fmt: skip
    return rows


def _declared(name: str) -> dict[str, Any]:
    """Return meaning, unit, range and source of a parameter, from its declaration."""
    declared = parameters()[name]
    extra: Any = declared.json_schema_extra
    limit = f"; at most {LIMITS[name]:,g} on the page" if name in LIMITS else ""
    return {
        "name": name,
        "unit": "" if extra["unit"] == "-" else extra["unit"],
        "meaning": declared.description,
        "range": allowed(declared) + limit,
        "source": extra["source"],
    }
