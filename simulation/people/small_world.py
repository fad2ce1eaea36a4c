"""A small world that takes no memory: the friends of a person are computed when they are asked for.

Everyone holds `half` friendships, with the next people on a ring. Friendship (person, slot) is
moved with chance `rewiring`; its other end then becomes whom a keyed shuffle of all people (one for
each slot) gives to its holder. A shuffle can be turned back, so that a person also knows who, if
anybody, holds a moved friendship towards them. Nothing is stored, and nobody has to be asked but
the people concerned.
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.randomness import (
    SHUFFLE_ROUNDS,
    U64,
    Decision,
    one_block,
    shuffled,
    shuffled_back,
    whole_uniform,
)

#: What `ring` holds: people, friendships each holds, words below which one is moved, the two sides
#: of the square the shuffle works on, and the key.
N, HALF, BELOW, SIDE_A, SIDE_B, LOW, REPLICATION, HIGH = range(8)

_REWIRE = int(Decision.FRIEND_REWIRE) >> 2


@loop
def ring_of(key, n, half, rewiring):
    """Return (ring, salts): all there is to know of a small world of n people."""
    ring, salts = np.empty(8, np.int64), np.empty((half, SHUFFLE_ROUNDS), np.uint64)
    a = ceil(sqrt(n))
    ring[N], ring[HALF] = n, half
    ring[BELOW] = ceil(rewiring * 2.0**32 - 0.5)  # as uniform < rewiring
    ring[SIDE_A], ring[SIDE_B] = a, -(-n // a)
    ring[LOW], ring[REPLICATION], ring[HIGH] = key.low, key.replication, key.high
    for slot in range(half):
        for turn in range(SHUFFLE_ROUNDS):
            salts[slot, turn] = whole_uniform(key, slot, 0, Decision.FRIEND_TARGET, turn)
    return ring, salts


@leaf
def is_moved(ring, person, slot):
    """Return whether a person's friendship of this slot is moved (decision FRIEND_REWIRE)."""
    group = U64(_REWIRE | (slot >> 2) << 8)
    w0, w1, w2, w3 = one_block(
        U64(person), U64(0), group, U64(ring[HIGH]), U64(ring[LOW]), U64(ring[REPLICATION])
    )
    place = slot & 3
    word = w0 if place == 0 else w1 if place == 1 else w2 if place == 2 else w3
    return np.int64(word) < ring[BELOW]


@leaf
def other_end(ring, salts, person, slot):
    """Return who is at the other end of the friendship a person holds."""
    if is_moved(ring, person, slot):
        goal = shuffled(person, salts[slot], ring[N], ring[SIDE_A], ring[SIDE_B])
        if goal != person:
            return goal
    return (person + slot + 1) % ring[N]


@leaf
def insert(out, n, value):
    """Insert into an ascending list, once; return how many there are."""
    at = n
    while at > 0 and out[at - 1] > value:
        at -= 1
    if at > 0 and out[at - 1] == value:
        return n
    for j in range(n, at, -1):
        out[j] = out[j - 1]
    out[at] = value
    return n + 1


@leaf
def computed_friends(ring, salts, person, out):
    """Write the friends of a person, ascending; return how many they are."""
    n = 0
    for slot in range(ring[HALF]):
        n = insert(out, n, other_end(ring, salts, person, slot))
        before = (person - slot - 1 + ring[N]) % ring[N]
        if not is_moved(ring, before, slot) or other_end(ring, salts, before, slot) == person:
            n = insert(out, n, before)
        holder = shuffled_back(person, salts[slot], ring[N], ring[SIDE_A], ring[SIDE_B])
        if holder != person and is_moved(ring, holder, slot):
            n = insert(out, n, holder)
    return n


@compiled
def held_friendships(ring, salts):
    """Return both ends of every friendship (int32, shape (2, n half)): who holds it, whom."""
    n, half = ring[N], ring[HALF]
    ends = np.empty((2, n * half), np.int32)
    for person in range(n):
        for slot in range(half):
            ends[0, person * half + slot] = person
            ends[1, person * half + slot] = other_end(ring, salts, person, slot)
    return ends
