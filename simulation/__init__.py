"""Continuum: people on the way from stranger to member, and what strategies do to sales.

>>> from simulation import compare
>>> result = compare("launch_2025", ["posting_only", "community_building"], replications=20)

The public face. Names are loaded when first used, so that importing the package is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation import figures, theory
    from simulation.arms_report import compare_arms
    from simulation.comparison import Comparison, compare
    from simulation.errors import InputError
    from simulation.files import save
    from simulation.mesa_model import BrandModel, Person
    from simulation.run import Run, simulate
    from simulation.scenario import Scenario
    from simulation.stages import Stage
    from simulation.strategy import STRATEGIES, Strategy
    from simulation.sweeps.running import sweep
    from simulation.sweeps.store import open_store
    from simulation.validation import validate

__version__ = "0.1.0"

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
    "figures",
    "open_store",
    "save",
    "simulate",
    "sweep",
    "theory",
    "validate",
]

#: Where each name lives; figures and theory are modules.
_HOME = {
    "Stage": "stages",
    "Scenario": "scenario",
    "Strategy": "strategy",
    "STRATEGIES": "strategy",
    "InputError": "errors",
    "simulate": "run",
    "Run": "run",
    "BrandModel": "mesa_model",
    "Person": "mesa_model",
    "compare": "comparison",
    "Comparison": "comparison",
    "compare_arms": "arms_report",
    "validate": "validation",
    "save": "files",
    "sweep": "sweeps.running",
    "open_store": "sweeps.store",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'simulation' has no attribute {name!r}")
    if name not in _HOME:
        return import_module(f"simulation.{name}")
    return getattr(import_module(f"simulation.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
