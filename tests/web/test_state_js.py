"""Hostile addresses, and every place of every slider: state.js in node."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import pytest

from simulation.inputs.scenario import presets
from simulation.web.controls import CONTROLS, LIMITS
from simulation.web.page import page_html
from tests import ROOT
from tests.web.node import node


@contextmanager
def state_js():
    """Open state.js, told what the page is told; ask it with a table."""
    found = re.search(
        r'<script type="application/json" id="continuum">(.*?)</script>', page_html(), re.S
    )
    data = json.loads(found[1])
    with node(ROOT / "tests/web/asked.js", ROOT / "simulation/web/page/state.js") as ask:
        assert ask({"declared": data["declared"], "controls": data["controls"]})
        yield ask


@pytest.fixture(scope="module")
def page():
    with state_js() as ask:
        yield ask


HOSTILE = [
    "p_buy=9", "p_buy=nan", "p_buy=1e400", "p_buy=<script>alert(1)</script>", "p_by=0.1",
    "__class__=1", "__proto__=1", "constructor=1", "toString=1", "friends_file=/etc/passwd",
    "graph=file", "scenario=../../etc/passwd", "scenario=/tmp/x.toml", "scenario=__proto__",
    "a=/tmp/x.toml", "a=constructor", "n_people=100000000", "n_days=20000", "mean_degree=1000",
    "n_people=1.5", "a_shares=1,2,3", "a_shares=100,-1,1,0,0,0", "n_people=200000&n_days=1500",
    "scenario=classroom&a_then=balanced&a_then_day=120",
    "n_days=600&b_then=balanced&b_then_day=700",
    "b_then_day=4", "b_then=x", "b_then=__proto__", "seed=-1", "seed=1.5", "world=9999999999999999",
    "seed=²", "p_buy=0.1&p_buy=0.2", "launch_day=729&n_days=100",
    "share_followers=0.9&share_members=0.9", "a=do_nothing&b_shares=0,0,0,0,0,0",
    "x=" + "y" * 5000, "relationships=maybe", "can_go_wrong=1&p_wrong=0.5x", "p_buy=", "%00=%ff",
]  # fmt: skip


@pytest.mark.parametrize("hash_", HOSTILE, ids=lambda text: text[:40])
def test_a_wrong_address_is_said_and_falls_back(page, hash_):
    """What is wrong is said; what is left can be lived: an address of its own, without a fault."""
    found = page({"hash": hash_})
    assert found["wrong"]
    assert all(len(json.dumps(values)) < 400 for _, values in found["wrong"])
    again = page({"hash": found["again"]})
    assert again["wrong"] == []
    assert again["choice"] == found["choice"]
    for name, most in LIMITS.items():
        assert found["settings"][name] <= most


def test_every_place_of_every_slider_can_be_chosen(page):
    """In every world to start from; but for places that a rule leaves out there."""
    for preset in presets():
        for control in CONTROLS:
            if control.rule is None:
                for place in control.places or (0, 1):
                    found = page({"hash": f"scenario={preset}&{control.name}={place:g}"})
                    assert found["wrong"] == [], (preset, control.name, place)
