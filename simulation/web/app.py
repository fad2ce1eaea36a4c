"""The page as a Solara component: a session for every window, and what passes between the two.

Everything that is drawn stands in assets/ and runs in the browser; here moves come in and numbers
go out.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara

from simulation.core.outcomes import SUMMARY
from simulation.core.stages import STAGES
from simulation.figures.diary import diary as diary_of
from simulation.inputs.strategy import STRATEGIES
from simulation.tools.errors import InputError
from simulation.web.choice import Choice
from simulation.web.exports import EXPORTS, export_named
from simulation.web.moves import moved
from simulation.web.pair import Pair
from simulation.web.query import from_query, to_query
from simulation.web.session import Session
from simulation.web.shown import activities, shown_changes, shown_controls, shown_sides
from simulation.web.stories import cards

#: What a window is told, each as JSON.
MESSAGES = ("chosen", "picture", "fan", "crowd", "diary", "download", "failed")

#: What never changes while the page is open.
ABOUT: dict[str, Any] = {
    "cards": cards(),
    "strategies": list(STRATEGIES),
    "activities": activities(),
    "outcomes": [{"name": s.name, "unit": s.unit, "label": s.label} for s in SUMMARY],
    "exports": [{"kind": e.kind, "label": e.label, "title": e.title} for e in EXPORTS],
    "note": "A model, not a forecast: every number has a source or is an assumption; press ? "
    "beside a slider. Small counts are luck: read the sentence about many worlds.",
}


@solara.component_vue("assets/page.vue", vuetify=False)
def _Window(
    chosen: str,
    picture: str,
    fan: str,
    crowd: str,
    diary: str,
    download: str,
    failed: str,
    about: str,
    event_move: Callable[[Any], None],
    event_person: Callable[[Any], None],
    event_export: Callable[[Any], None],
): ...


class Window:
    """What one window shows, and what it does when something is moved.

    `show` is called with the name of a message and its content whenever the window is to show
    something new; from the window's own thread or the session's.
    """

    def __init__(self, query: str, show: Callable[[str, Any], None]) -> None:
        self._show = show
        self.session = Session(self._lived)
        self.choice, problems = from_query(query)
        self.asked = 0
        self._files = 0
        self._exporting = threading.Lock()
        show("chosen", shown(self.choice, problems, self.asked))
        self.session.ask(self.choice, self.asked)

    def move(self, change: Any) -> None:
        """Follow a move of the hand; one that cannot be followed is said and changes nothing.

        Every move is answered by a picture of its number, a refused one by what was there before.
        """
        asked = change.get("asked") if isinstance(change, dict) else None
        self.asked = asked if isinstance(asked, int) else self.asked
        try:
            self.choice, problems = moved(self.choice, change)
        except InputError as error:
            problems = [str(error)]
        self._show("failed", "")
        self._show("chosen", shown(self.choice, problems, self.asked))
        self.session.ask(self.choice, self.asked)

    def person(self, who: Any) -> None:
        """Show the diary of a person, under A and under B."""
        pair = self.session.pair
        if pair is None:
            return
        try:
            self._show("diary", {"asked": pair.number, **diaries(pair, who)})
        except InputError as error:
            self._show("diary", {"asked": pair.number, "problem": str(error)})

    def export(self, kind: Any) -> None:
        """Write a file in a thread of its own, so that the sliders go on answering."""
        pair, fan = self.session.pair, self.session.fan
        if pair is not None:
            said = fan.told()["sentence"] if fan is not None else ""
            threading.Thread(target=self._export, args=(pair, said, kind), daemon=True).start()

    def _export(self, pair: Pair, said: str, kind: Any) -> None:
        with self._exporting:  # one after the other
            try:
                export = export_named(kind)
                self._show("download", {"waiting": export.kind})
                data = base64.b64encode(export.write(pair, said)).decode()
                file = {"name": export.name, "mime": export.mime, "data": data}
                self._files += 1  # the same file twice is two messages
                self._show("download", {"waiting": "", "n": self._files, **file})
            except InputError as error:
                self._show("failed", str(error))
            except Exception as error:  # else the page would say "writing" for ever
                logging.getLogger("continuum").exception("a file could not be written")
                self._show("download", {"waiting": ""})
                self._show("failed", f"{type(error).__name__}: {error}; please report it")

    def _lived(self, message: str, content: Any) -> None:
        if message == "picture" and self.session.pair is not None:
            content["all_worlds"] = to_query(replace(self.session.pair.choice, world=0))
        if message == "fan" and self.session.fan is not None:
            content["of_query"] = to_query(self.session.fan.choice)
        self._show(message, content)


def shown(choice: Choice, problems: list[str], asked: int) -> dict[str, Any]:
    """Return what is chosen, ready for JSON: address, luck, controls, levers, problems.

    asked : the number of the move that it answers
    """
    return {
        "asked": asked,
        "query": to_query(choice),
        "world": choice.world,
        "controls": shown_controls(choice),
        "sides": shown_sides(choice),
        "changes": shown_changes(choice),
        "problems": problems,
    }


def diaries(pair: Pair, person: Any) -> dict[str, Any]:
    """Return the diary of one person under A and B, ready for JSON; InputError if nobody."""
    sides = []
    for run in pair.runs:
        lines = [{"text": str(entry), "kind": entry.kind} for entry in diary_of(run, person)]
        start, end = (STAGES[s[person]] for s in (run.start_stage, run.end.people.stage & 3))
        sides.append({"start": start, "end": end, "lines": lines})
    return {"person": person, "sides": sides}


@solara.component
def Page():
    """One window: it is told what to show by its `Window`, which ends when it is closed."""
    search = solara.use_router().search
    messages = solara.use_memo(lambda: {n: solara.reactive("null") for n in MESSAGES}, [])

    def show(name: str, content: Any) -> None:
        # as one text: Solara and Vue would otherwise look at each of a hundred thousand numbers
        messages[name].set(json.dumps(content, allow_nan=False, separators=(",", ":")))

    window = solara.use_memo(lambda: Window(search or "", show), [])
    solara.use_effect(lambda: window.session.close, [])
    _Window(
        about=json.dumps(ABOUT),
        event_move=window.move,
        event_person=window.person,
        event_export=window.export,
        **{name: message.value for name, message in messages.items()},
    )
