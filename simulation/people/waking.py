"""Who wakes when: a clock for each stage, and along it the marks of the people, in a wheel.

The wheel of a stage is a row of buckets, each a stretch of its clock, used again after so many
laps; a bucket is a chain of chunks of 32 marks, so that memory is met in order. Members, whose
clocks differ from person to person, hold their marks in the table of seats (population.Bonds).
A mark that is no longer anybody's is left where it is, and calls someone for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import loop

#: A wheel is so many units of its clock long.
LAPS = 2
#: Marks in a chunk.
CHUNK = 32
#: Buckets in a unit of a clock: people for each at the start, and how many at least and at most.
IN_A_BUCKET, FEWEST, MOST = 128, 64, 8192

#: The clocks: of strangers, followers and subscribers; of members, three of which each makes their
#: own (rules/waking.py, `member_clock`): visits, more visits on days of events, and all else.
N_CLOCKS, VISITS, EVENTS, COMMON = 6, 3, 4, 5


class Waking(NamedTuple):
    """The clocks, the wheels, and who is called for the next look."""

    clock: np.ndarray  # float64, (N_CLOCKS,): how far the clocks are
    wheels: np.ndarray  # int64, (3, 3): first bucket, buckets, buckets in a unit, by stage
    end: np.ndarray  # int32: of each bucket the place after its last mark, 0 when it is empty
    after: np.ndarray  # int32: of each chunk the next of the same bucket, -1
    who: np.ndarray  # int32, CHUNK places a chunk
    when: np.ndarray  # float64, the same places
    free: np.ndarray  # int32: free chunks as a stack; its height in the last place
    called: np.ndarray  # uint64, one bit a person
    groups: np.ndarray  # uint64, one bit a word of `called`

    def copy(self) -> Waking:
        """Return an independent copy."""
        return Waking._make(array.copy() for array in self)


@loop
def nobody_waits(n_people, sizes):
    """Return empty wheels, for so many people of whom `sizes` begin at each of the three stages."""
    wheels, first = np.zeros((3, 3), np.int64), 0
    for stage in range(3):
        scale = FEWEST
        while scale * IN_A_BUCKET < sizes[stage] and scale < MOST:
            scale *= 2
        wheels[stage, 0], wheels[stage, 1], wheels[stage, 2] = first, LAPS * scale, scale
        first += LAPS * scale
    chunks = n_people // CHUNK + n_people // 400 + first + 16
    free = np.empty(chunks + 1, np.int32)
    for j in range(chunks):
        free[j] = chunks - 1 - j
    free[chunks] = chunks
    words = (n_people + 63) // 64
    return Waking(
        np.zeros(N_CLOCKS),
        wheels,
        np.zeros(first, np.int32),
        np.empty(chunks, np.int32),
        np.empty(chunks * CHUNK, np.int32),
        np.empty(chunks * CHUNK),
        free,
        np.zeros(words, np.uint64),
        np.zeros((words + 63) // 64, np.uint64),
    )
