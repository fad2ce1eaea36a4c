"""Ctrl-C while code runs that must not be left halfway."""

from __future__ import annotations

import signal
import threading
from typing import Any


class interrupts_held:
    """Let Ctrl-C wait while compiled code runs, and strike right after it.

    Handing results from compiled code to Python runs a little Python. An exception that a signal
    raises in there crashes the process: numba does not expect it.
    """

    def __enter__(self) -> None:
        self._came: tuple[int, Any] | None = None
        self._before: Any = None
        if threading.current_thread() is threading.main_thread():  # signals strike only there
            before = signal.getsignal(signal.SIGINT)
            if callable(before) and not isinstance(before, signal.Handlers):
                self._before = before
                signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: Any) -> None:
        self._came = number, frame

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            if self._came is not None:
                self._before(*self._came)
