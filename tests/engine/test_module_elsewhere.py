"""engine.wasm outside Python: the same bytes in node and in a browser."""

from __future__ import annotations

import pytest

from simulation import simulate
from simulation.core.ways import running
from tests.engine.elsewhere import in_a_page, in_node, parts_of


@pytest.mark.parametrize("place", [in_node, in_a_page])
def test_a_run_elsewhere(place):
    """From births to the last day: the days, the people and the events are those of Python."""
    asked = {"scenario": "classroom", "strategy": "community_building", "seed": 5, "events": True}
    here = parts_of(simulate(**asked, engine="module"))
    with place() as elsewhere, running(elsewhere):
        there = parts_of(simulate(**asked))
    assert [name for name in here if here[name] != there[name]] == []
    assert elsewhere.calls > 5
