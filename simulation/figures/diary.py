"""The diary of one person: what happened to them, day by day, in plain words.

``diary(run, person)`` reads the events of a run (``simulate(..., events=True)``) and simulates
nothing. What happens often (posts seen, mails read, visits, messages) is gathered into one line
until something else happens; everything else has a line of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from simulation.core.outcomes import CAUSE, EVENT, FROM_STAGE, PERSON, TIME, TO_STAGE, Event
from simulation.core.stages import STAGES, Channel
from simulation.figures.crowd import events_of
from simulation.runs.run import Run
from simulation.tools.errors import check_whole

#: A contact once, and many times.
_CONTACTS = {
    Channel.DISCOVERY: ("came across the brand", "came across the brand {n} times"),
    Channel.POST: ("saw a post", "saw {n} posts"),
    Channel.AD: ("saw an ad", "saw {n} ads"),
    Channel.REPLY: ("got a reply from the brand", "got {n} replies from the brand"),
    Channel.MAIL: ("read a mail", "read {n} mails"),
    Channel.VISIT: ("visited the community", "visited the community {n} times"),
    Channel.FRIEND: (
        "heard of the brand from a friend",
        "heard of the brand from friends {n} times",
    ),
    Channel.SEARCH: ("found a piece", "found {n} pieces"),
}
_TALK = {
    Event.MESSAGE: ("wrote in the community", "wrote in the community {n} times"),
    Event.ANSWERED: ("was answered by another member", "was answered by other members {n} times"),
}
_BY_HOST = "was answered by the host", "was answered by the host {n} times"

#: What led to a click or a purchase, by channel; a gift has its own event.
_AFTER = {
    Channel.DISCOVERY: "after coming across the brand",
    Channel.POST: "after a post",
    Channel.AD: "after an ad",
    Channel.REPLY: "after a reply",
    Channel.MAIL: "after a mail",
    Channel.VISIT: "after a visit to the community",
    Channel.FRIEND: "after a friend spoke of it",
}

#: What a person does that also happens to somebody else: the words of the one it happens to.
RECEIVED = {
    Event.TELL: "a friend told them of the brand",
    Event.RECOMMEND: "a friend recommended the product",
    Event.GIFT: "a friend gave them a copy",
    Event.WARN: "a friend warned them of the product",
}

_SENT = {
    Event.TELL: "told a friend of the brand",
    Event.RECOMMEND: "recommended the product to a friend",
    Event.GIFT: "gave a copy to a friend",
    Event.WARN: "warned a friend of the product",
}

_ALONE = {
    Event.COMPLAIN: "the copy was faulty: complained",
    Event.COMPLAINT_ANSWERED: "the complaint was answered",
    Event.COMPLAINT_IGNORED: "the complaint was ignored",
}


class Entry(NamedTuple):
    """One line of a diary: from which day to which, what sort of thing, and in words."""

    day: int
    last_day: int
    kind: str
    text: str

    def __str__(self) -> str:
        until = f" to {self.last_day}" if self.last_day > self.day else ""
        return f"day {self.day}{until}: {self.text}"


def diary(run: Run, person: int) -> list[Entry]:
    """Return the diary of one person, in order of days.

    `kind` is the name of the event in lower case, or "contact" for a line that gathers contacts
    and messages. Raises InputError where the run has no events, or nobody has that number.
    """
    log = events_of(run)
    person = check_whole("person", person, 0, run.start_stage.size - 1)
    entries: list[Entry] = []
    often: list[tuple[int, str, str]] = []
    for row in events_about(log, person):
        words = _often(row, person)
        if words is not None:
            often.append((int(row[TIME]), *words))
            continue
        _close(entries, often)
        kind = Event(int(row[EVENT])).name.lower()
        day = int(row[TIME])
        entries.append(Entry(day, day, kind, _words(row, person)))
    _close(entries, often)
    return entries


def events_about(log: np.ndarray, person: int) -> np.ndarray:
    """Return the rows of the log that a person did or that were done to them, by day."""
    done_to = np.isin(log[:, EVENT], list(RECEIVED)) & (log[:, CAUSE] == person)
    rows = log[(log[:, PERSON] == person) | done_to]
    return rows[np.argsort(rows[:, TIME], kind="stable")]


def _often(row: np.ndarray, person: int) -> tuple[str, str] | None:
    """Return the words, once and many times, of what is gathered; None for what is not."""
    event = Event(int(row[EVENT]))
    if event == Event.CONTACT:
        return _CONTACTS[Channel(int(row[CAUSE]))]
    if event == Event.ANSWERED and row[CAUSE] < 0:
        return _BY_HOST
    return _TALK.get(event)


def _close(entries: list[Entry], often: list[tuple[int, str, str]]) -> None:
    """Add what was gathered as one line, in the order in which it first happened."""
    if often:
        count = Counter((once, many) for _, once, many in often)
        parts = [once if n == 1 else many.format(n=n) for (once, many), n in count.items()]
        entries.append(Entry(often[0][0], often[-1][0], "contact", ", ".join(parts)))
        often.clear()


def _words(row: np.ndarray, person: int) -> str:
    """Return what happened in one event, in words."""
    event, cause = Event(int(row[EVENT])), int(row[CAUSE])
    if event in _SENT:
        return _SENT[event] if row[PERSON] == person else RECEIVED[event]
    if event in _ALONE:
        return _ALONE[event]
    before, after = STAGES[int(row[FROM_STAGE])], STAGES[int(row[TO_STAGE])]
    if event == Event.MOVE:
        return {"follower": "became a follower", "subscriber": "subscribed"}.get(
            after, "joined the community"
        )
    if event == Event.LAPSE:
        return f"lapsed from {before} to {after}"
    if event == Event.SWITCH:
        return "left for the rival" + (f", and {cause} bonds with it" if cause > 0 else "")
    if event == Event.BOND:
        return f"made friends in the community with person {cause}"
    if event == Event.REVIEW:
        return f"wrote a review: {cause} star{'s' if cause != 1 else ''}"
    if event == Event.CONSIDER:
        return f"clicked through to the product {_AFTER[Channel(cause)]}"
    assert event == Event.BUY, event
    return f"bought a copy {_AFTER[Channel(cause)]}"
