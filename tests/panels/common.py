"""A small lively world in which things are bought, for the tests of panels."""

from __future__ import annotations

from simulation.panels.design import read_panel

WORLD = {"n_people": 3000, "share_subscribers": 0.3, "p_buy": 0.1}
#: Nobody hears of anybody: what one person meets is nobody else's business.
ALONE = {"graph": "none", "buy_no_reviews": 0.0, "buy_stars": 0.0, "gifts_base": 0.0,
         "gifts_per_attachment": 0.0}  # fmt: skip


def people(seed=1, world=None, **options):
    """Return the design of people in the small world."""
    part = {"scenario": "classroom", "set": WORLD | (world or {}), "sample": 0, **options}
    return read_panel({"people": part, "seed": seed})


def whole(**changes):
    """Return a design of all three parts, small."""
    design = {
        "name": "small",
        "seed": 3,
        "people": {"scenario": "classroom", "set": {**WORLD, "n_people": 1000},
                   "treatment": "discount", "sample": 3},
        "places": {"set": {"n_people": 1000, "launch_day": 7, "days_between_launches": 28,
                           "days_window": 28}, "towns": 3, "weeks": 12},
        "customers": {"scenario": "classroom", "set": {**WORLD, "n_people": 1000,
                      "days_between_launches": 30, "launches": 2, "days_window": 30},
                      "day": 110, "days_ahead": 40, "worlds": 4},
    }  # fmt: skip
    return design | changes
