"""Continuum: people on the way from stranger to member, and what strategies do to sales.

>>> from simulation import compare
>>> result = compare("launch_2025", ["posting_only", "community_building"], replications=20)

The public face. Names are loaded when first used, so that importing the package is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation.tools import VERSION

if TYPE_CHECKING:
    from simulation import figures
    from simulation.agents.model import BrandModel, Person
    from simulation.checks import theory
    from simulation.checks.arms import compare_arms
    from simulation.checks.validation import validate
    from simulation.core.stages import Stage
    from simulation.figures.saving import save
    from simulation.inputs.scenario import Scenario
    from simulation.inputs.strategy import STRATEGIES, Strategy
    from simulation.panels.making import panel
    from simulation.people.friends_file import with_friends
    from simulation.runs.comparison import Comparison, compare
    from simulation.runs.run import Run, simulate
    from simulation.sweeps.pieces import gather
    from simulation.sweeps.running import sweep
    from simulation.sweeps.store import open_store
    from simulation.tools.errors import InputError
    from simulation.web.explore import explore

__version__ = VERSION

__all__ = [
    "STRATEGIES",
    "BrandModel",
    "Comparison",
    "InputError",
    "Person",
    "Run",
    "Scenario",
    "Stage",
    "Strategy",
    "compare",
    "compare_arms",
    "explore",
    "figures",
    "gather",
    "open_store",
    "panel",
    "save",
    "simulate",
    "sweep",
    "theory",
    "validate",
    "with_friends",
]

#: Where each name lives; figures and theory are modules.
_HOME = {
    "Stage": "core.stages",
    "Scenario": "inputs.scenario",
    "Strategy": "inputs.strategy",
    "STRATEGIES": "inputs.strategy",
    "InputError": "tools.errors",
    "with_friends": "people.friends_file",
    "simulate": "runs.run",
    "Run": "runs.run",
    "BrandModel": "agents.model",
    "Person": "agents.person",
    "compare": "runs.comparison",
    "Comparison": "runs.comparison",
    "compare_arms": "checks.arms",
    "validate": "checks.validation",
    "save": "figures.saving",
    "sweep": "sweeps.running",
    "gather": "sweeps.pieces",
    "open_store": "sweeps.store",
    "panel": "panels.making",
    "explore": "web.explore",
}
_MODULES = {"figures": "figures", "theory": "checks.theory"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'simulation' has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"simulation.{_MODULES[name]}")
    return getattr(import_module(f"simulation.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
