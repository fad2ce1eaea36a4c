"""What can be moved on the page: every place is one the model takes, and the limits hold."""

from __future__ import annotations

import json
import math

import pytest

from simulation import InputError
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import group_of, parameters, presets
from simulation.web.controls import (
    CONTROLS,
    GROUPS,
    LIMITS,
    MOST_PERSON_DAYS,
    NAMES,
    NOT_ON_THE_PAGE,
    PAGE_SIZES,
    at_page_size,
    controls,
    limits,
)

SHARES = ("share_followers", "share_subscribers", "share_members")
ALL = [pytest.param(control, id=control.name) for control in CONTROLS]


def places_of(control, world):
    """Return the places of a slider in a world, as its rule says (README.md tells the page so)."""
    rule = control.rule or {"kind": ""}
    if rule["kind"] == "days":
        launches, between = (world[name] for name in rule["less"])
        last = world[rule["below"]] - 1 - (launches - 1) * between
        return list(range(0, last, max(1, math.ceil(last / rule["most_places"]))))
    if rule["kind"] == "product":
        return [n for n in control.places if n * world[rule["times"]] <= rule["at_most"]]
    return list(control.places)


@pytest.mark.parametrize("control", ALL)
def test_every_place_is_allowed_and_the_default_is_one(control):
    """Ascending, each once, within what is declared and the page's limits; a switch has none."""
    declared = parameters()[control.name]
    assert control.group in GROUPS
    if control.kind == "switch":
        assert declared.annotation is bool
        assert control.places == ()
        return
    assert control.kind == "slider"
    low, high = field_bounds(declared)
    assert list(control.places) == sorted(set(control.places))
    most = min(high, LIMITS.get(control.name, high))
    assert all(low <= place <= most for place in control.places)
    if control.name != "launch_day":
        assert declared.default in control.places
    if declared.annotation is int:
        assert all(isinstance(place, int) for place in control.places)


@pytest.mark.parametrize("name", presets())
def test_every_place_can_be_lived_in_every_preset(name):
    """One control moved to each of its places gives a world the model and the page take."""
    world = at_page_size(name)
    for control in CONTROLS:
        places = places_of(control, world)
        if control.kind == "slider":
            assert 2 <= len(places) <= 65, control.name
        for place in places:
            shares = {n: world[n] for n in SHARES} | {control.name: place}
            if sum(shares[n] for n in SHARES) > 1:
                with pytest.raises(InputError, match="at most 1"):
                    world.replace(**{control.name: place})
                continue
            moved = world.replace(**{control.name: place})
            assert moved["n_people"] * moved["n_days"] <= MOST_PERSON_DAYS, control.name


def test_presets_open_within_the_limits():
    """Every preset, at its size on the page, can be lived there."""
    assert set(PAGE_SIZES) <= set(presets())
    for name in presets():
        world = at_page_size(name)
        assert world["n_people"] * world["n_days"] <= MOST_PERSON_DAYS, name
        assert world["n_people"] <= LIMITS["n_people"], name


def test_what_the_page_is_told_is_json():
    """Names, groups in order, places; a rule only where there is one; limits."""
    told = json.loads(json.dumps(controls(), allow_nan=False))
    assert [row["name"] for row in told] == list(NAMES)
    assert {row["name"] for row in told if "rule" in row} == {"launch_day", "n_people"}
    assert [row["group"] for row in told] == sorted(
        (row["group"] for row in told), key=list(GROUPS).index
    )
    assert set(told[0]) == {"name", "group", "kind", "places"}
    said = json.loads(json.dumps(limits(), allow_nan=False))
    assert said["groups"] == list(GROUPS)
    assert set(said["most"]) | set(said["not_here"]) <= set(group_of())
    assert said["not_here"] == list(NOT_ON_THE_PAGE)
    assert said["sizes"]["launch_2025"] == at_page_size("launch_2025")["n_people"] == 20_000


def test_every_control_can_change_something():
    """No slider is dead in the world the page opens with: each of its ends is another world."""
    world = at_page_size("launch_2025")
    for control in CONTROLS:
        ends = places_of(control, world) if control.kind == "slider" else [True, False]
        assert any(world.replace(**{control.name: end}) != world for end in (ends[0], ends[-1]))
