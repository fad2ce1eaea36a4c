"""The schema of a story: five kinds of steps, what each holds and says. STORY.md explains it.

A step is read strictly: an unknown name, a wrong type or a number out of bounds is refused in one
line. Whether its world can be lived is asked in story.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulation.inputs.scenario import DEFAULT_SCENARIO
from simulation.tools.errors import InputError, did_you_mean, shortened

#: A name of a step, a part or an example: what addresses and texts call it.
_NAME = r"^[a-z][a-z0-9_]{0,39}$"

Name = Annotated[str, Field(pattern=_NAME)]
#: A text for all languages, or one by language.
Words = str | dict[Literal["en", "el"], str]
#: A strategy by its name, or as a table, as a strategy file has it.
Played = str | dict[str, Any]
_Luck = Annotated[int, Field(ge=0, le=10**9)]
_Worlds = Annotated[int, Field(ge=2, le=200)]
_Most = Annotated[int, Field(ge=1, le=10**9)]


class _Checked(BaseModel):
    """Frozen and strict: unknown names and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Part(_Checked):
    """What is switched off: a name, and what that changes in the world."""

    name: Name
    changes: dict[str, Any]
    label: Words | None = None


class Turn(_Checked):
    """A side of an example: a strategy, and what it becomes on which day."""

    strategy: str
    then: str | None = None
    then_day: Annotated[int, Field(ge=1)] | None = None


class Example(_Checked):
    """A setting from which the sandbox can begin; the others of its words are in the texts."""

    name: Name
    scenario: str = DEFAULT_SCENARIO
    changes: dict[str, Any] = {}
    a: str | Turn = "posting_only"
    b: str | Turn = "community_building"
    label: Words | None = None
    told: Words | None = None
    ask: Words | None = None


class Step(_Checked):
    """What every step has: a name, a world, its luck, and words.

    said : words a step needs, each with the names that may stand in braces in it
    may_say : words it can do without
    """

    said: ClassVar[dict[str, tuple[str, ...]]] = {"title": (), "text": ()}
    may_say: ClassVar[dict[str, tuple[str, ...]]] = {"a_name": (), "b_name": ()}

    name: Name
    kind: str
    scenario: str = DEFAULT_SCENARIO
    changes: dict[str, Any] = {}
    seed: _Luck = 1
    world: _Luck = 0
    title: Words | None = None
    text: Words | None = None


class _Asking(Step):
    """A step that asks for a guess."""

    outcome: str = "sales"
    question: Words | None = None
    a_name: Words | None = None
    b_name: Words | None = None


_LIVED = ("guess", "lived", "heads", "per_thousand")


class Guess(_Asking):
    """The reader guesses an outcome of A; the crowd lives it."""

    said = {**Step.said, "question": (), "near": _LIVED, "above": _LIVED, "below": _LIVED}

    a: Played
    most: _Most
    log: bool = False
    heads: Literal["stranger", "follower", "subscriber", "member"] | None = None
    near: Words | None = None
    above: Words | None = None
    below: Words | None = None


_DUEL = ("a", "b", "guess", "more", "low", "high", "better", "n")


class Duel(_Asking):
    """The reader guesses B less A; the crowd lives both, then other worlds fall in."""

    said = {**Step.said, "question": (), "ahead_b": _DUEL, "ahead_a": _DUEL,
            "untold": ("a", "b", "guess", "low", "high", "n")}  # fmt: skip

    a: Played = "posting_only"
    b: Played = "community_building"
    most: _Most
    worlds: _Worlds = 50
    ahead_b: Words | None = None
    ahead_a: Words | None = None
    untold: Words | None = None


_PARTS = ("part", "change", "guess", "guess_change", "n")


class Parts(_Asking):
    """The reader guesses which part matters most; each is switched off in turn."""

    said = {**Step.said, "question": (), "right": _PARTS, "wrong": _PARTS,
            "untold": ("guess", "guess_change", "n")}  # fmt: skip

    a: Played = "community_building"
    parts: Annotated[tuple[Part, ...], Field(strict=False, min_length=2, max_length=6)]
    worlds: _Worlds = 20
    right: Words | None = None
    wrong: Words | None = None
    untold: Words | None = None


_FLIP = ("a", "b", "n")


class Flip(_Asking):
    """The reader guesses at which place of a parameter B takes the lead over another."""

    said = {**Step.said, "question": (), "right": (*_FLIP, "guess", "first"),
            "wrong": (*_FLIP, "guess", "first"), "flips": (*_FLIP, "first"),
            "never": (*_FLIP, "last"), "always": _FLIP, "untold": _FLIP}  # fmt: skip
    may_say = {"b_name": ()}

    b: Played = "community_building"
    against: Annotated[tuple[Played, ...], Field(strict=False, min_length=1, max_length=3)]
    parameter: str
    places: Annotated[tuple[float, ...], Field(strict=False, min_length=2, max_length=30)]
    worlds: _Worlds = 20
    right: Words | None = None
    wrong: Words | None = None
    flips: Words | None = None
    never: Words | None = None
    always: Words | None = None
    untold: Words | None = None


class Sandbox(Step):
    """Everything moves; examples are settings from which to begin."""

    may_say: ClassVar[dict[str, tuple[str, ...]]] = {}

    a: str = "posting_only"
    b: str = "community_building"
    examples: Annotated[tuple[Example, ...], Field(strict=False, max_length=12)] = ()


KINDS: dict[str, type[Step]] = {
    "guess": Guess,
    "duel": Duel,
    "parts": Parts,
    "flip": Flip,
    "sandbox": Sandbox,
}

#: What every example says.
EXAMPLE_SAYS: dict[str, tuple[str, ...]] = {"label": (), "told": (), "ask": ()}


def read_step(table: Any, where: str) -> Step:
    """Return one step of a story file; raise InputError in one line where it is wrong."""
    if not isinstance(table, Mapping):
        raise InputError(f"{where} is no table: each step is begun by [[steps]]")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        told = "needs a kind" if kind is None else f"unknown kind {shortened(kind)}"
        raise InputError(f"{where}: {told}{did_you_mean(str(kind), KINDS)}")
    try:
        return KINDS[kind].model_validate(dict(table))
    except ValidationError as error:
        raise _one_line(error, KINDS[kind], where) from None


def _one_line(error: ValidationError, kind: type[Step], where: str) -> InputError:
    """Turn pydantic's report into one line: which name, what it got, what is allowed."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"] if not str(part).startswith(("dict[", "str"))]
    name, what = ".".join(place), first["type"]
    if what == "extra_forbidden":
        inner: dict[str, type[BaseModel]] = {"parts": Part, "examples": Example}
        known = (inner.get(place[0], kind) if len(place) > 1 else kind).model_fields
        return InputError(f'{where}: unknown name "{name}"{did_you_mean(place[-1], known)}')
    if what == "missing":
        return InputError(f"{where}: {name} is missing")
    shown, context = shortened(first["input"]), first.get("ctx", {})
    if what in ("too_short", "too_long"):
        most = "at least" if what == "too_short" else "at most"
        wanted = f"{most} {context.get('min_length', context.get('max_length'))} of them"
    elif what in _WANTED:
        wanted = _WANTED[what].format(**context)
    else:
        wanted = first["msg"].removeprefix("Input should be ")
    if place[0] in {*kind.said, *kind.may_say}:
        wanted = 'a text, or one by language: {en = "...", el = "..."}'
    elif place[0] in ("a", "b", "against"):
        wanted = "the name of a strategy, or a table, as in a strategy file"
    return InputError(f"{where}: {name} = {shown} is not allowed: {wanted}")


#: What is wanted where pydantic finds a value wrong.
_WANTED = {
    "string_pattern_mismatch": "small letters, digits and _, a letter first, at most 40",
    "greater_than_equal": "at least {ge:,}",
    "less_than_equal": "at most {le:,}",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a list",
}
