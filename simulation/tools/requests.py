"""A request is a value: what is asked, checked when it is made, with `run` to carry it out.

A request is a frozen dataclass whose ``__post_init__`` checks and settles everything, and whose
``run`` takes only how it is carried out (jobs, a bar), never what. The function of the same purpose
is a face of it: ``compare(scenario, strategies, replications=20, jobs=2)`` makes the request from
what belongs to it and runs it with the rest. So every argument is declared once; ``--dry-run``
makes the request and does not run it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.values import whole

Face = TypeVar("Face", bound=Callable[..., Any])

#: Given as a name, a path or an object; what it stands for once the request is made.
Settled = Any

#: What other libraries call an argument of ours.
ALSO_CALLED = {"n_jobs": "jobs"}


def face_of(request: type[Any]) -> Callable[[Face], Face]:
    """Give a function ``f(*args, **asked)`` the signature of a request and of its `run`.

    The function receives the arguments by the names that are declared: ``n_jobs`` arrives as
    ``jobs``. Raises InputError for a name that is not there ("did you mean"), and TypeError, as
    Python does, for one that is missing.
    """
    own = inspect.signature(request).parameters.values()
    how = [p for p in inspect.signature(request.run).parameters.values() if p.name != "self"]
    signature = inspect.Signature([*own, *how])

    def wrap(function: Face) -> Face:
        @wraps(function)
        def face(*args: Any, **asked: Any) -> Any:
            named = {}
            for name, value in asked.items():
                right = ALSO_CALLED.get(name, name)
                if right in asked and right != name:
                    raise InputError(f"{function.__name__}: {name} is {right}: give one of them")
                if right not in signature.parameters:
                    near = did_you_mean(name, signature.parameters)
                    raise InputError(f'{function.__name__}: unknown argument "{name}"{near}')
                named[right] = value
            return function(*args, **named)

        face.__signature__ = signature  # type: ignore[attr-defined]
        return face  # type: ignore[return-value]

    return wrap


def carried_out(request: type[Any], *args: Any, **asked: Any) -> Any:
    """Make a request from the arguments that belong to it, and run it with the others."""
    own = {field.name for field in fields(request) if field.init}
    what = {name: value for name, value in asked.items() if name in own}
    how = {name: value for name, value in asked.items() if name not in own}
    return request(*args, **what).run(**how)


def settle_numbers(request: Any) -> None:
    """Set the whole numbers of a request as such, however they were given: 300.0 becomes 300.

    They are the fields declared as int; what is not whole is left for the check that follows.
    """
    for field in fields(request):
        number = whole(getattr(request, field.name)) if str(field.type).startswith("int") else None
        if number is not None:
            settle(request, **{field.name: number})


def settle(request: Any, **values: Any) -> None:
    """Set fields of a frozen request while it is made: the checked value for the one given."""
    for name, value in values.items():
        object.__setattr__(request, name, value)
