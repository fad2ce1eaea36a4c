"""What the controls of the page on a server show now, with meaning, range and source."""

from __future__ import annotations

from typing import Any

from simulation.inputs.declare import allowed
from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase
from simulation.web.choice import SIDES, Choice, preset
from simulation.web.controls import CONTROLS, LIMITS, MOST_PERSON_DAYS, NAMES, Control
from simulation.web.texts import texts

#: What this page calls the groups.
GROUPS = {
    "world": "The world",
    "chances": "The chances",
    "community": "The community",
    "start": "People on day 0",
}


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
        row = {
            **_declared(control.name),
            "group": GROUPS[control.group],
            "label": texts()["en"]["controls"][control.name],
        }
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
