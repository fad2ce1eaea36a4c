"""What an analyst can see of everybody on the morning of the treatment, and with which noise.

Everything is read from the events before that morning. Tracking misses some of it: each contact,
opened mail, visit, click and order is seen with the chance `Seen` says, independently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.core.outcomes import CAUSE, EVENT, FROM_STAGE, PERSON, TIME, TO_STAGE, Event
from simulation.core.randomness import analysis_rng
from simulation.core.stages import STAGES, Channel, Stage
from simulation.panels.design import Seen
from simulation.panels.lives import Stretch, Town
from simulation.people.population import State

if TYPE_CHECKING:
    import pandas as pd

#: Counts an analyst has: of which event, by which channel (None: any), all of it or the last days.
COUNTS: dict[str, tuple[Event, Channel | None, bool]] = {
    "contacts": (Event.CONTACT, None, False),
    "opens": (Event.CONTACT, Channel.MAIL, False),
    "visits": (Event.CONTACT, Channel.VISIT, False),
    "clicks": (Event.CONSIDER, None, False),
    "orders": (Event.BUY, None, True),
}


def seen_by_analyst(
    lived: Stretch, day: int, start_stage: np.ndarray, seen: Seen, days_before: int, seed: int
) -> pd.DataFrame:
    """Return one row a person: stage, counts before the morning of `day`, tenure.

    lived : the days 0 to day - 1, with events
    start_stage : where everybody began
    """
    import pandas as pd

    n, log = start_stage.size, lived.log
    rng = analysis_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    codes = lived.state.people.stage & 3
    columns: dict[str, object] = {"stage": [STAGES[code] for code in codes]}
    for name, (event, channel, ever) in COUNTS.items():
        rows = log[:, EVENT] == event
        if channel is not None:
            rows &= log[:, CAUSE] == channel
        if not ever:
            rows &= log[:, TIME] >= day - days_before
        count = np.bincount(log[rows, PERSON], minlength=n)
        columns[name] = rng.binomial(count, getattr(seen, name)).astype(np.int64)
    columns["tenure"] = tenure(log, day, start_stage)
    return pd.DataFrame(columns)


def tenure(log: np.ndarray, day: int, start_stage: np.ndarray) -> np.ndarray:
    """Return the days since everybody last became a fan; 0 for strangers.

    Who was one on day 0 has been one for `day` days at least, and more is not known.
    """
    since = np.where(start_stage > Stage.STRANGER, 0, day)
    moves = log[np.isin(log[:, EVENT], (Event.MOVE, Event.LAPSE, Event.SWITCH))]
    moves = moves[np.argsort(moves[:, TIME], kind="stable")]
    left = moves[:, TO_STAGE] == Stage.STRANGER
    came = (moves[:, EVENT] == Event.MOVE) & (moves[:, FROM_STAGE] == Stage.STRANGER)
    since = since.astype(np.int64)
    for row, gone in zip(moves[left | came], left[left | came], strict=True):
        since[row[PERSON]] = day if gone else row[TIME]
    return (day - since).astype(np.int64)


def hidden(town: Town, state: State, day: int) -> pd.DataFrame:
    """Return one row a person: what nobody sees of them on the morning of `day`."""
    import pandas as pd

    lives, fading = state.people.lives, town.given.fading
    days = day - lives.last_contact.astype(np.int64)
    p, c = lives.prominence * fading[0, days], lives.self_connection * fading[1, days]
    return pd.DataFrame(
        {
            "relevance": lives.relevance.astype(np.float64),
            "purpose_fit": lives.purpose_fit.copy(),
            "visit_rate": lives.visit_rate.astype(np.float64),
            "prominence": p,
            "self_connection": c,
            "attachment": (p + c) / 2,
            "member_friends": lives.member_friends.astype(np.int64),
        }
    )
