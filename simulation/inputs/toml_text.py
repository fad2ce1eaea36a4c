"""Scenarios and strategies as the text of a .toml file that ``continuum run`` takes.

Python reads TOML and does not write it. Strings are written as JSON, which TOML shares, numbers as
the shortest text that reads back as they are: what is read is equal to what was written.
"""

from __future__ import annotations

import json
from typing import Any

from simulation.inputs.parameters import GROUPS
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, Strategy


def scenario_toml(scenario: Scenario) -> str:
    """Return every parameter of a world, by group; a friends file is named as the scenario does."""
    lines = [f"name = {_text(scenario.name)}", f"description = {_text(scenario.description)}"]
    for group in GROUPS:
        lines += ["", f"[{group}]"]
        values = getattr(scenario, group).model_dump()
        lines += [
            f"{name} = {_value(scenario.ties.get(name, value))}" for name, value in values.items()
        ]
    return "\n".join(lines) + "\n"


def strategy_toml(strategy: Strategy) -> str:
    """Return the levers of a strategy, phase by phase."""
    lines = [
        f"name = {_text(strategy.name)}",
        f"description = {_text(strategy.description)}",
        f"announce = [{', '.join(_text(channel) for channel in strategy.announce)}]",
        f"ask_reviews = {_value(strategy.ask_reviews)}",
        f"offer_depth = {_value(strategy.offer_depth)}",
    ]
    plan = ("launch_mails", "launch_posts", "days_ahead", "ads_saved", "deadline", "deadline_ends")
    for lever in plan:
        value = getattr(strategy, lever)
        if value != Strategy.model_fields[lever].default:
            lines.append(f"{lever} = {_value(list(value) if isinstance(value, tuple) else value)}")
    for phase in strategy.phases:
        lines += ["", "[[phases]]", f"from_day = {phase.from_day}"]
        lines += [f"{a} = {_value(getattr(phase, a))}" for a in ACTIVITIES if getattr(phase, a) > 0]
        if phase.days_between_offers:
            lines.append(f"days_between_offers = {phase.days_between_offers}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
