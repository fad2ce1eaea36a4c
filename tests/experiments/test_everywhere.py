"""The comparison of all ways with each other (experiments/benchmarks/everywhere.py) can fail."""

from __future__ import annotations

from experiments.benchmarks.everywhere import differences, of_an_engine, of_mesa, worlds


def test_a_difference_is_named():
    """The same luck draws the same worlds; another byte, an error and a lost world are said."""
    left = [of_an_engine(world) for world in worlds(3, luck=1)]
    again = [of_an_engine(world) for world in worlds(3, luck=1)]
    objects = [of_mesa(world) for world in worlds(3, luck=1)]
    assert differences({"module": left, "again": again, "Mesa": objects}, 3) == []
    again[2]["lives"] = "other bytes"
    objects[1] = {"error": "ValueError: no"}
    assert differences({"module": left, "again": again, "Mesa": objects[:2]}, 3) == [
        "Mesa: 2 of 3 worlds",
        "world 1, Mesa: error (ValueError: no)",
        "world 2, again: lives",
    ]
