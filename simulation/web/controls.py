"""What can be moved on the page: which parameters have a control, where it stops; limits.

Pure data. Meaning, unit, range and source are those of the declarations, names in class those
of the texts (`[controls]`, `[groups]`). `controls()` and `limits()` are ready for JSON.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario, parameters

#: What the page makes of a preset that is too large to be replayed while a hand is on a slider.
PAGE_SIZES = {DEFAULT_SCENARIO: 20_000, "launch_2012": 20_000, "case_study": 200_000}

#: The largest world the page lives: memory and patience, not the model, end here.
LIMITS = {
    "n_people": 200_000,
    "n_days": 1_500,
    "days_warm_up": 1_500,
    "mean_degree": 50.0,
    "hours_per_week": 168.0,
}
MOST_PERSON_DAYS = 150e6

#: Parameters that name a file or a shape of friendships: not for an address anybody can write.
NOT_ON_THE_PAGE = ("graph", "friends_file", "friends_columns")

#: The groups of controls, in the order in which they are shown.
GROUPS = ("chances", "world", "community", "start")


class Control(NamedTuple):
    """One control of the world.

    kind : "slider", or "switch" for what is true or false
    places : where a slider stops, ascending; its value and that of the preset are places, too
    rule : how places depend on other values of the world
    """

    name: str
    group: str
    kind: str = "slider"
    places: tuple[float, ...] = ()
    rule: dict[str, Any] | None = None


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


#: Launch days: evenly spaced days that leave room for all launches, at most so many.
_LAUNCH_DAYS = {
    "kind": "days",
    "below": "n_days",
    "less": ["launches", "days_between_launches"],
    "most_places": 61,
}
#: People: those of the places with which people times days stay below the limit.
_PEOPLE = {"kind": "product", "times": "n_days", "at_most": MOST_PERSON_DAYS}

CONTROLS: tuple[Control, ...] = (
    Control("p_follow", "chances", places=_chances("p_follow")),
    Control("p_optin", "chances", places=_chances("p_optin")),
    Control("p_join", "chances", places=_chances("p_join")),
    Control("p_buy", "chances", places=_chances("p_buy")),
    Control("click_visit", "chances",
            places=(0.0, 0.02, 0.05, *(round(0.1 * i, 1) for i in range(1, 9)))),
    Control("year", "world", places=tuple(map(float, range(2008, 2031)))),
    Control("hours_per_week", "world",
            places=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0,
                    50.0, 60.0, 80.0)),
    Control("launch_day", "world", rule=_LAUNCH_DAYS),
    Control("n_people", "world",
            places=(1000, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 50_000, 70_000,
                    100_000), rule=_PEOPLE),
    Control("can_go_wrong", "world", "switch"),
    Control("relationships", "community", "switch"),
    Control("purpose", "community", places=tuple(round(0.1 * i, 1) for i in range(11))),
    Control("evolving", "community", "switch"),
    Control("visit_rate_median", "community",
            places=(0.0, 0.0002, 0.0005, 0.0008, 0.0012, 0.0016, 0.002, 0.003, 0.005, 0.008, 0.012,
                    0.02, 0.03)),
    Control("share_followers", "start", places=tuple(round(0.01 * i, 2) for i in range(61))),
    Control("share_subscribers", "start", places=tuple(round(0.005 * i, 3) for i in range(41))),
    Control("share_members", "start",
            places=(0.0, 0.0005, *(round(0.001 * i, 3) for i in range(1, 51)))),
    Control("selection", "start", places=tuple(round(0.05 * i, 2) for i in range(21))),
)  # fmt: skip

NAMES = tuple(control.name for control in CONTROLS)


def controls() -> list[dict[str, Any]]:
    """Return every control, ready for JSON; a rule is there only where places follow one."""
    rows = []
    for control in CONTROLS:
        row: dict[str, Any] = {
            "name": control.name, "group": control.group, "kind": control.kind,
            "places": list(control.places),
        }  # fmt: skip
        rows.append(row | ({"rule": control.rule} if control.rule else {}))
    return rows


def limits() -> dict[str, Any]:
    """Return where the page ends, ready for JSON: what a link may ask for, and sizes of presets."""
    return {
        "most": dict(LIMITS),
        "person_days": MOST_PERSON_DAYS,
        "sizes": dict(PAGE_SIZES),
        "not_here": list(NOT_ON_THE_PAGE),
        "groups": list(GROUPS),
    }


def at_page_size(name: str) -> Scenario:
    """Return a preset at the size it has on the page."""
    scenario = Scenario.load(name)
    return scenario.replace(n_people=PAGE_SIZES[name]) if name in PAGE_SIZES else scenario
