"""One window of a browser: it always shows the newest choice, and never makes anybody wait.

A thread of its own lives what was asked last; what was asked in between is never computed. Only
when nothing newer waits does it gather the crowd, and then live the worlds of the fan, one at a
time, looking up after each.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulation.tools.errors import InputError
from simulation.web.choice import Choice
from simulation.web.crowd import crowd_of
from simulation.web.fan import WORLDS, Fan
from simulation.web.pair import KeptWorlds, Pair, drawn, live_world

#: So long nothing newer must have been asked before the crowd and the fan are worked at [s].
QUIET = 0.25

#: The fan is sent so often while it fills [s]: each sending costs the browser a drawing.
FAN_EVERY = 0.5

#: So many runs are lived at once, whatever the number of windows: more would only wait for a core.
_CORES = threading.BoundedSemaphore(os.cpu_count() or 1)

#: What the window is told: the name of a message and its content, ready for JSON.
Publish = Callable[[str, Any], None]


class Session:
    """Lives choices for one window; `publish` is called from the session's thread."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._worlds = KeptWorlds()
        self._news = threading.Condition()
        self._wanted: tuple[Choice, int] | None = None
        self._closed = False
        self.pair: Pair | None = None
        self.fan: Fan | None = None
        self._crowd_due = False
        self._fan_sent = 0.0
        self._thread: threading.Thread | None = None

    def ask(self, choice: Choice, number: int) -> None:
        """Ask for a choice to be lived; `number` comes back with its picture."""
        with self._news:
            self._wanted = (choice, number)
            self._news.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="session", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread once its present run is over."""
        with self._news:
            self._closed = True
            self._news.notify()

    def _work(self) -> None:
        while True:
            with self._news:
                if not self._closed and self._wanted is None and not self._idle_work():
                    self._news.wait()
                elif not self._closed and self._wanted is None and self._crowd_due:
                    self._news.wait(QUIET)  # a hand on a slider will ask again at once
                if self._closed:
                    return
                asked, self._wanted = self._wanted, None
            try:
                with _CORES:
                    self._one_step(asked)
            except InputError as error:
                self._fail(str(error))
            except MemoryError:
                self._fail("not enough memory: fewer people, please")
            except Exception as error:  # a window that never answers again would be worse
                logging.getLogger("continuum").exception("a session could not live a choice")
                self._fail(f"this could not be lived ({type(error).__name__}: {error}); please "
                           "report it")  # fmt: skip

    def _fail(self, what: str) -> None:
        """Say what went wrong, and do not go on with what would go wrong again."""
        self.fan = None
        self._publish("failed", what)

    def _one_step(self, asked: tuple[Choice, int] | None) -> None:
        """Live what was asked; if nothing was, go on with what can wait."""
        if asked is not None:
            self._live(*asked)
        elif self.pair is not None and self._crowd_due:
            self._crowd_due = False
            self._publish("crowd", {"asked": self.pair.number, **crowd_of(self.pair)})
        elif self.fan is not None and len(self.fan) < WORLDS:
            self._widen(self.fan)

    def _idle_work(self) -> bool:
        return self._crowd_due or (self.fan is not None and len(self.fan) < WORLDS)

    def _live(self, choice: Choice, number: int) -> None:
        pair = self._worlds.live(choice, number)
        same_luck_of_all = self.fan is not None and self.fan.choice == _of_all_worlds(choice)
        self.pair, self._crowd_due = pair, True
        if not same_luck_of_all:
            self.fan = Fan(_of_all_worlds(choice))
            self._fan_sent = time.monotonic()
        self._publish("picture", {"asked": number, **drawn(pair)})

    def _widen(self, fan: Fan) -> None:
        choice = fan.choice
        fan.add(*live_world(choice.build_scenario(), choice.strategies(), choice.seed, len(fan)))
        full = len(fan) == WORLDS
        if full or (len(fan) >= 2 and time.monotonic() - self._fan_sent > FAN_EVERY):
            self._fan_sent = time.monotonic()
            self._publish("fan", fan.drawn())


def _of_all_worlds(choice: Choice) -> Choice:
    """Return the choice whose fan this is: it is the same in whichever world the story is."""
    return replace(choice, world=0)
