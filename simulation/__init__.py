"""Continuum: people on the way from stranger to member, and what strategies do to sales.

>>> from simulation import compare
>>> result = compare("launch_2025", ["posting_only", "community_building"], replications=20)

The public face. Names are loaded when first used, so that importing the package is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Stage": "stages",
    "Scenario": "scenario",
    "Strategy": "strategy",
    "STRATEGIES": "strategy",
    "InputError": "declare",
    "simulate": "run",
    "Run": "run",
    "BrandModel": "mesa_model",
    "Person": "mesa_model",
    "compare": "compare",
    "Comparison": "compare",
    "figures": "",
    "theory": "",
}

__all__ = list(_HOME)

if TYPE_CHECKING:
    from simulation import figures, theory
    from simulation.compare import Comparison, compare
    from simulation.declare import InputError
    from simulation.mesa_model import BrandModel, Person
    from simulation.run import Run, simulate
    from simulation.scenario import Scenario
    from simulation.stages import Stage
    from simulation.strategy import STRATEGIES, Strategy


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'simulation' has no attribute {name!r}")
    home = _HOME[name]
    module = import_module(f"simulation.{home or name}")
    return getattr(module, name) if home else module


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])
