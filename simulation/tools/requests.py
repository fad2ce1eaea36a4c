"""A request is a value: what is asked, checked when it is made, with `run` to carry it out.

A request is a frozen dataclass whose ``__post_init__`` checks and settles everything, and whose
``run`` takes only how it is carried out (jobs, a bar), never what. The function of the same purpose
is a face of it: ``compare(scenario, strategies, replications=20, jobs=2)`` makes the request from
what belongs to it and runs it with the rest. So every argument is declared once; ``--dry-run``
makes the request and does not run it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
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


def by_our_names(where: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return arguments by the names that we declare; raise InputError where one has both."""
    named = {}
    for name, value in asked.items():
        right = ALSO_CALLED.get(name, name)
        if right != name and right in asked:
            raise InputError(f"{where}: {name} is {right}: give one of them")
        named[right] = value
    return named


def understood(function: Face) -> Face:
    """Let a function be called with the names of other libraries, too: ``n_jobs`` for ``jobs``."""

    @wraps(function)
    def called(*args: Any, **asked: Any) -> Any:
        return function(*args, **by_our_names(function.__name__, asked))

    return called  # type: ignore[return-value]


def in_our_words(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with our options for those of other libraries.

    ``--n_jobs 2`` and ``--n-jobs=2`` are ``--jobs 2``. Raises InputError where it is given twice.
    """
    ours = {f"--{text}": f"--{right}" for name, right in ALSO_CALLED.items()
            for text in (name, name.replace("_", "-"))}  # fmt: skip
    said, options = [], {word.partition("=")[0] for word in words}
    for word in words:
        option, equals, value = word.partition("=")
        right = ours.get(option, option)
        if right != option and any(ours.get(o, o) == right for o in options - {option}):
            raise InputError(f"{option} is {right}: give it once")
        said.append(f"{right}{equals}{value}")
    return said


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
            named = by_our_names(function.__name__, asked)
            for name in named:
                if name not in signature.parameters:
                    near = did_you_mean(name, signature.parameters)
                    raise InputError(f'{function.__name__}: unknown argument "{name}"{near}')
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
