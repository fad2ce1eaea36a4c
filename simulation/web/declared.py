"""What a page without Python must be told: parameters, presets, strategies, outcomes, layouts.

`declared()` is all of it, ready for JSON; engine.js reads it beside engine.wasm. Nothing is typed
here: every number and word stands where the model declares it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import stdtrit

from simulation.core.module_about import about
from simulation.core.outcomes import DIMS, LOG_COLUMNS, OUTCOMES, SUMMARY, Event, columns_of
from simulation.core.summary import PARAMETERS
from simulation.engine.plan import ANNOUNCING, LEVERS
from simulation.figures.crowd import CHANGES
from simulation.figures.diary import RECEIVED
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import Scenario, parameters, presets, set_by_arms
from simulation.inputs.strategy import COMMON_ROUTINE, STRATEGIES, Phase, Strategy
from simulation.people.around import MADE
from simulation.runs.statistics import ROUNDING

#: The kernels of which a life is made, in the order in which engine.js calls them.
KERNELS = ("around_of", "tables", "_born", "begin", "fill_plan", "run_days", "summary_of")

#: The most worlds of which a page takes means.
MOST_WORLDS = 1000

#: What a strategy says beside its phases and channels.
TERMS = ("ask_reviews", "offer_depth", "launch_mails", "launch_posts", "days_ahead", "ads_saved",
         "deadline")  # fmt: skip


def declared() -> dict[str, Any]:
    """Return everything engine.js must be told beside the module, ready for JSON."""
    return {
        "parameters": {name: _said(parameters()[name]) for name in Scenario().numbers()._fields},
        "arms": set_by_arms(),
        "graphs": list(MADE),
        "presets": {name: _preset(Scenario.load(name)) for name in presets()},
        "levers": list(LEVERS),
        "announcing": list(ANNOUNCING),
        "strategy": list(levers_of(COMMON_ROUTINE)),
        "aboutLevers": {
            name: _said(field)
            for name, field in {**Phase.model_fields, **Strategy.model_fields}.items()
            if name in LEVERS or name in TERMS
        },
        "strategies": {
            strategy.name: {"description": strategy.description, "levers": levers_of(strategy)}
            for strategy in STRATEGIES.values()
        },
        "routine": levers_of(COMMON_ROUTINE),
        "outcomes": [scalar._asdict() | {"better": int(scalar.better)} for scalar in SUMMARY],
        "summaryParameters": list(PARAMETERS),
        "logColumns": len(LOG_COLUMNS),
        "labels": {
            "stages": DIMS["stage"],
            "channels": DIMS["channel"],
            "touchpoints": DIMS["touchpoint"],
            "events": [event.name.lower() for event in Event],
        },
        "eventCodes": {
            "buy": int(Event.BUY),
            "changes": [int(event) for event in CHANGES],
            "received": [int(event) for event in RECEIVED],
        },
        "dayColumns": [{"name": o.name, "columns": columns_of(o)} for o in OUTCOMES],
        "student": _student(0.95),
        "kernels": {name: about()["kernels"][name] for name in KERNELS},
    }


def _student(confidence: float) -> dict[str, Any]:
    """Return what intervals of means of up to MOST_WORLDS worlds are made of, from 2 worlds on."""
    n = np.arange(2, MOST_WORLDS + 1)
    quantiles = stdtrit(n - 1, 0.5 + confidence / 2).tolist()
    return {"confidence": confidence, "rounding": ROUNDING, "quantiles": quantiles}


def settings_of(scenario: Scenario) -> dict[str, Any]:
    """Return a world as engine.js takes it: its numbers by name, and its graph."""
    return {**scenario.numbers()._asdict(), "graph": scenario.world.graph}


def levers_of(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy as engine.js takes it, by the names of its levers."""
    said = strategy.model_dump(include=set(TERMS), mode="json")  # lists, not tuples
    return {
        "phases": [phase.model_dump() for phase in strategy.phases],
        "announce": {channel: channel in strategy.announce for channel in ANNOUNCING},
        "offer_ends": strategy.deadline_ends == "offer",
        **{
            name: list(value) if isinstance(value, tuple) else value for name, value in said.items()
        },
    }


def _preset(scenario: Scenario) -> dict[str, Any]:
    return {"description": scenario.description, "settings": settings_of(scenario)}


def _said(field: Any) -> dict[str, Any]:
    """Return what a parameter or lever says of itself."""
    extra, kind = field.json_schema_extra, field.annotation
    bounds = (0, 1) if kind is bool else field_bounds(field)
    default = field.default
    return {
        "default": list(default) if isinstance(default, tuple) else default,
        "bounds": bounds and list(bounds),
        "whole": kind in (int, bool),
        "bool": kind is bool,
        "unit": extra["unit"],
        "meaning": field.description,
        "source": extra["source"],
        "grade": extra["grade"],
        "likely": extra["likely"],
    }
