"""A lesson: students guess on their own screens, the teacher sees the guesses and reveals for all.

``continuum serve --class`` holds one. Nothing is kept but guesses, in memory, until it ends. A
student enters the class code from the teacher's screen and gets a ticket; the teacher has a token,
a long random text, in an address that only the teacher is given. The client is page/classroom.js.

Questions and answers are JSON over HTTP, a message at most LONGEST_MESSAGE bytes of
``application/json``, every answer 200 with what is asked for, or 4xx with ``{"error": one line}``:

``POST /class/join {code}``
    ``{ticket}``. Blanks in the code do not count. 403: not the code; 429: too many wrong codes from
    this address, or too many students.
``GET /class/state?ticket=T``
    ``{step, open, revealed, n_students, n_guesses, mine}``, and ``guesses`` once revealed, in order
    of size, nobody's name on them. ``step`` is the name of the step that the class is at ("" before
    the first), ``mine`` the student's own guess at it or null. To be asked once a second. The
    teacher sends ``Authorization: Bearer TOKEN`` in place of a ticket, sees ``guesses`` always, and
    ``code``.
``POST /class/guess {ticket, step, guess}``
    A finite number, or a short name of what is chosen; the last one counts. 409: guessing is not
    open at this step (it never was, was closed, or is revealed, or the class is elsewhere).
``POST /class/step {token, step}``
    The class is at that step from now on; a step that was visited is as it was left.
``POST /class/open {token, open}``
    Guessing at the step is open (true, also when ``open`` is left out) or closed; revealed, it
    stays closed.
``POST /class/reveal {token}``
    Guessing is closed, and everybody is told the guesses.

The teacher's three are answered by the state. 403: not the token, or no ticket of this class (it
began anew: join again). 429: slow down, a second later it is well.
"""

from __future__ import annotations

import hmac
import json
import math
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LONGEST_MESSAGE = 2_000
MOST_STUDENTS = 250
MOST_STEPS = 50

#: A student not heard of for so long is not counted; after so long without a guess, forgotten [s].
QUIET, GONE = 30.0, 300.0

_STEP = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)  # as a story names them
_CHOICE = re.compile(r"\w[\w.-]{0,39}", re.ASCII)
_LARGEST = 1e15


class Refused(Exception):
    """A question that is not answered: one line, and the status of HTTP that says of what kind."""

    def __init__(self, code: int, line: str) -> None:
        super().__init__(line)
        self.code = code


class Asked(NamedTuple):
    """One question, as it arrived: nothing in it is trusted."""

    method: str
    question: str
    address: str
    ticket: str = ""
    token: str = ""
    body: bytes = b""


class Rates:
    """How often each of many may ask: so much at once, and so much a second from then on."""

    def __init__(self, at_once: float, a_second: float, clock: Callable[[], float]) -> None:
        self._most, self._speed, self._clock = at_once, a_second, clock
        self._left: dict[str, tuple[float, float]] = {}

    def left(self, who: str) -> float:
        """Return how often somebody may still ask now."""
        left, at = self._left.get(who, (self._most, 0.0))
        return min(self._most, left + self._speed * (self._clock() - at))

    def spend(self, who: str) -> bool:
        """Count one question; return whether it was allowed."""
        left = self.left(who)
        self._left.pop(who, None)
        if len(self._left) >= 5_000:
            del self._left[next(iter(self._left))]  # the one not heard of for longest
        self._left[who] = (max(left - 1, 0), self._clock())
        return left >= 1


@dataclass
class Step:
    """One step of the lesson: whether guesses are taken, are revealed, and what they are."""

    open: bool = False
    revealed: bool = False
    guesses: dict[str, float | str] = field(default_factory=dict)


class Classroom:
    """The class: who is there, at which step, and what was guessed. Safe among threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        digits = f"{secrets.randbelow(10**8):08d}"
        self.code = f"{digits[:4]} {digits[4:]}"
        self.token = secrets.token_urlsafe(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: dict[str, float] = {}  # by ticket
        self._steps: dict[str, Step] = {}
        self._at = ""
        self._wrong = Rates(20, 0.5, clock)  # codes, by address
        self._wrong_everywhere = Rates(300, 20, clock)
        self._from_address = Rates(1_000, 400, clock)  # a school is often one address
        self._from_ticket = Rates(20, 5, clock)

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Return the answer to a question; raise Refused where there is none."""
        with self._lock:
            if not self._from_address.spend(asked.address):
                raise Refused(429, "too many questions from this address: wait a second")
            if asked.question == "state":
                if asked.method == "POST":
                    raise Refused(405, "the state is asked for with GET")
                return self._asked_state(asked)
            find = {"join": self._join, "guess": self._guess, "step": self._step,
                    "open": self._open, "reveal": self._reveal}.get(asked.question)  # fmt: skip
            if find is None:
                raise Refused(404, "a class is asked for join, state, guess, step, open, reveal")
            if asked.method != "POST":
                raise Refused(405, "this is asked with POST")
            return find(asked, message(asked.body))

    # ---- students --------------------------------------------------------------------------------

    def _join(self, asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
        self._check_code(asked, said.get("code"))
        now = self._clock()
        if len(self._heard) >= MOST_STUDENTS:
            guessed = {ticket for step in self._steps.values() for ticket in step.guesses}
            self._heard = {ticket: at for ticket, at in self._heard.items()
                           if ticket in guessed or now - at < GONE}  # fmt: skip
        if len(self._heard) >= MOST_STUDENTS:
            raise Refused(429, f"the class is full: {MOST_STUDENTS} students")
        ticket = secrets.token_urlsafe(16)
        self._heard[ticket] = now
        return {"ticket": ticket}

    def _guess(self, asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
        ticket = self._known(said.get("ticket"))
        guess = checked_guess(said.get("guess"))
        step = self._steps.get(self._at)
        if step is None or said.get("step") != self._at or not step.open:
            raise Refused(409, "guessing is not open at this step")
        step.guesses[ticket] = guess
        return self._state(ticket)

    def _known(self, ticket: Any) -> str:
        if not isinstance(ticket, str) or ticket not in self._heard:
            raise Refused(403, "no ticket of this class: join it again")
        self._heard[ticket] = self._clock()
        if not self._from_ticket.spend(ticket):
            raise Refused(429, "too many questions from this window: wait a second")
        return ticket

    # ---- the teacher -----------------------------------------------------------------------------

    def _step(self, asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
        self._check_teacher(said.get("token"))
        name = said.get("step")
        if not isinstance(name, str) or not _STEP.fullmatch(name):
            raise Refused(400, "step is the short name of a step")
        if name not in self._steps:
            if len(self._steps) >= MOST_STEPS:
                raise Refused(400, f"a lesson has at most {MOST_STEPS} steps")
            self._steps[name] = Step()
        self._at = name
        return self._state()

    def _open(self, asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
        self._check_teacher(said.get("token"))
        wanted = said.get("open", True)
        if not isinstance(wanted, bool):
            raise Refused(400, "open is true or false")
        step = self._here()
        step.open = wanted and not step.revealed
        return self._state()

    def _reveal(self, asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
        self._check_teacher(said.get("token"))
        step = self._here()
        step.open, step.revealed = False, True
        return self._state()

    def _here(self) -> Step:
        if self._at not in self._steps:
            raise Refused(409, "the class is at no step yet")
        return self._steps[self._at]

    def _check_teacher(self, token: Any) -> None:
        """The token is too long to be guessed, so nobody's mistakes can lock the teacher out."""
        if not _same(token, self.token):
            raise Refused(403, "only the teacher can do that")

    def _check_code(self, asked: Asked, code: Any) -> None:
        """Who was wrong too often is not even compared: a code is short."""
        if self._wrong.left(asked.address) < 1 or self._wrong_everywhere.left("") < 1:
            raise Refused(429, "too many wrong codes: wait a minute")
        said = "".join(code.split()) if isinstance(code, str) else ""
        if not _same(said, self.code.replace(" ", "")):
            self._wrong.spend(asked.address)
            self._wrong_everywhere.spend("")
            raise Refused(403, "that is not the code of this class")

    # ---- what is told ----------------------------------------------------------------------------

    def _asked_state(self, asked: Asked) -> dict[str, Any]:
        if asked.token:
            self._check_teacher(asked.token)
            return self._state()
        return self._state(self._known(asked.ticket))

    def _state(self, ticket: str | None = None) -> dict[str, Any]:
        """Return what a student is told; without a ticket, what the teacher is told."""
        step, now = self._steps.get(self._at, Step()), self._clock()
        there = {t for t, at in self._heard.items() if now - at < QUIET} | set(step.guesses)
        told: dict[str, Any] = {
            "step": self._at, "open": step.open, "revealed": step.revealed,
            "n_students": len(there), "n_guesses": len(step.guesses),
        }  # fmt: skip
        if ticket is None or step.revealed:
            told["guesses"] = sorted(step.guesses.values(), key=lambda g: (isinstance(g, str), g))
        return told | (
            {"code": self.code} if ticket is None else {"mine": step.guesses.get(ticket)}
        )


def _same(said: Any, right: str) -> bool:
    """Compare in a time that tells nothing of where the two differ."""
    text = said if isinstance(said, str) else ""
    return hmac.compare_digest(text.encode("utf-8", "replace"), right.encode())


def message(body: bytes) -> dict[str, Any]:
    """Return what a message says; raise Refused for what is no table in JSON."""
    try:
        said = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "a message is a table in JSON") from None
    if not isinstance(said, dict):
        raise Refused(400, "a message is a table in JSON")
    return said


def _no_number(text: str) -> Any:
    raise ValueError(text)


def checked_guess(guess: Any) -> float | str:
    """Return a guess that is a number or a short name; raise Refused for anything else."""
    if isinstance(guess, (int, float)) and not isinstance(guess, bool):
        if -_LARGEST <= guess <= _LARGEST and math.isfinite(guess):
            return guess
    elif isinstance(guess, str) and _CHOICE.fullmatch(guess):
        return guess
    raise Refused(400, "a guess is a number, or the short name of a choice")
