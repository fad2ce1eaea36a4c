"""Libraries that not everybody installs: how they are asked for, and kept quiet."""

from __future__ import annotations

import contextlib
import importlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from simulation.tools.errors import InputError

#: In which extra of the project each is.
EXTRAS = {
    "networkx": "graphs",
    "optuna": "calibrate",
    "duckdb": "query",
    "distributed": "cluster",
    **dict.fromkeys(("causalml", "econml", "sklift", "causalpy", "pymc_marketing"), "tools"),
}


def need(library: str, what: str) -> Any:
    """Import an optional library, or say how to get it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a library says of itself when it is loaded
            return importlib.import_module(library)
    except ImportError:
        raise InputError(how_to_get(library, what)) from None


def how_to_get(library: str, what: str) -> str:
    """Say what needs an optional library, and how to get it."""
    return f'{what} needs {library}: pip install "continuum-brand[{EXTRAS[library]}]"'


@contextlib.contextmanager
def quiet(*names: str, level: int = logging.ERROR, stay: bool = False) -> Iterator[None]:
    """Silence the loggers of libraries below a level, and what they say of experimental arguments.

    Each logger of a library may have a level of its own. With `stay` they remain silent after an
    exception: what is left of a lost connection goes on complaining until the process ends.
    """
    loggers = [
        logging.getLogger(name)
        for name in list(logging.root.manager.loggerDict)
        if name.split(".")[0] in names
    ]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(level)
    failed = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*experimental", category=FutureWarning)
            warnings.filterwarnings("ignore", message=".*experimental", category=UserWarning)
            yield
        failed = False
    finally:
        if not (failed and stay):
            for logger, was in zip(loggers, before, strict=True):
                logger.setLevel(was)
