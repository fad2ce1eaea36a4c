"""Keyed randomness: the only file of the project that makes random numbers.

Every random number is a pure function of ``(seed, replication | person, day, decision)``. No
stream is ever advanced, so a mechanism that draws more or less shifts nothing elsewhere, and the
same people have the same luck under every strategy (common random numbers).

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC 2011). Its counter and key hold:

=========  ==================================================================
key 0      low 32 bits of the seed
key 1      replication
counter 0  person (for the daily WAKE die: person // 4, four people share a block)
counter 1  day, modulo 2**32 (warm-up days are negative)
counter 2  decision // 4 in the low 8 bits, index of a repeated draw above them
counter 3  high 32 bits of the seed
word       decision % 4 (for WAKE: person % 4)
=========  ==================================================================

A word x becomes the uniform (x + 1/2) / 2**32, strictly between 0 and 1: a chance of 0 never
happens, a chance of 1 always does.
"""

from __future__ import annotations

from enum import IntEnum
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from simulation.core.chance import either
from simulation.core.compiled import HAVE_COMPILER, compiled, inlined_rule, loop, loop_of, rule
from simulation.core.elementary import cos_of_turn, log
from simulation.tools.errors import InputError, shortened
from simulation.tools.values import whole


class Decision(IntEnum):
    """Every named random decision. A new mechanism takes a new name at the end."""

    WAKE = 0  # 0-3: the daily die; the word is chosen by the person
    # what a person is born with
    RELEVANCE = 4
    RELEVANCE_ANGLE = 5
    FIT = 6
    FIT_ANGLE = 7
    VISIT_RATE = 8
    VISIT_RATE_ANGLE = 9
    START = 10
    START_ANGLE = 11
    INVITED = 12
    # the friendship graph: person = node or slot of an edge
    FRIEND_REWIRE = 13
    FRIEND_TARGET = 14
    FRIEND_ATTACH = 15
    FRIEND_SOURCE = 16
    FRIEND_BLOCK = 17
    # a day: contacts after the first
    REPLY = 20
    MOVE = 21
    CLICK = 22
    TELL = 24
    DISCOVERY_OR_POST = 25
    AD = 26
    MAIL = 27
    VISIT = 28
    # the community
    MESSAGE = 32
    ANSWER = 33
    ANSWERER = 34
    BOND = 35
    BOND_LIFE = 36
    # the product
    LAG = 40
    BUY = 41
    SATISFACTION = 42
    SATISFACTION_ANGLE = 43
    REVIEW = 44
    RECOMMEND = 45
    HOW_MANY_FRIENDS = 46
    GIFTS = 47
    TELL_WHOM = 48
    RECOMMEND_TO = 49
    GIFT_TO = 50
    # the rival
    RIVAL = 51
    SWITCH = 52
    # complaints
    WRONG = 53
    HOW_MANY_WARNED = 54
    WARN_WHOM = 55


# Whole numbers of 64 bits: numba's own when compiled, Python's own (unbounded, masked) otherwise.
U64 = np.uint64 if HAVE_COMPILER else int
_M0, _M1 = U64(0xD2511F53), U64(0xCD9E8D57)
_W0, _W1 = U64(0x9E3779B9), U64(0xBB67AE85)
_LOW, _32 = U64(0xFFFFFFFF), U64(32)
_2_POW_MINUS_32 = 2.0**-32

#: People handled at a time when the daily dice are thrown; a multiple of four.
CHUNK = 4096


class Key(NamedTuple):
    """Seed and replication, as Philox wants them."""

    low: Any
    replication: Any
    high: Any


def whole_seed(seed: int | np.random.SeedSequence | None) -> int:
    """Return a seed as a whole number: 64 bits of a SeedSequence, or of fresh entropy for None.

    A SeedSequence of a whole number below 2**64 that was never spawned is that number, as in
    NumPy's own generators, so that ``seed=5`` and ``seed=SeedSequence(5)`` are the same luck.
    """
    if seed is None:
        seed = np.random.SeedSequence()
    if isinstance(seed, np.random.SeedSequence):
        entropy, bare = seed.entropy, seed.spawn_key == () and seed.pool_size == 4
        if bare and isinstance(entropy, (int, np.integer)) and 0 <= entropy < 2**64:
            return int(entropy)
        return int(seed.generate_state(1, np.uint64)[0])
    number = whole(seed)
    return seed if number is None else number


def make_key(seed: int | np.random.SeedSequence, replication: int = 0) -> Key:
    """Return the key of one replication.

    `seed` is a whole number from 0 to 2**64 - 1 (0 is a seed like any other) or a NumPy
    SeedSequence (`whole_seed`). `replication` runs from 0 to 2**32 - 1.
    """
    if isinstance(seed, np.random.SeedSequence):
        seed = whole_seed(seed)
    found = []
    for name, value, bits in (("seed", seed, 64), ("replication", replication, 32)):
        number = whole(value)
        if number is None or not 0 <= number < 1 << bits:
            allowed = f"a whole number from 0 to 2**{bits} - 1"
            raise InputError(f"{name} = {shortened(value)} is not allowed: {allowed}")
        found.append(number)
    return Key(U64(found[0] & 0xFFFFFFFF), U64(found[1]), U64(found[0] >> 32))


@inlined_rule
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four 32-bit words of one Philox4x32-10 block (all arguments below 2**32)."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c2 = (p0 >> _32) ^ c3 ^ k1
        c1 = p1 & _LOW
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@loop_of("UniTuple(uint64, 4)(uint64, uint64, uint64, uint64, uint64, uint64)")
def one_block(c0, c1, c2, c3, k0, k1):
    """`philox` for a single draw, compiled once."""
    return philox(c0, c1, c2, c3, k0, k1)


@rule
def as_uniform(word):
    """Return a 32-bit word as a number strictly between 0 and 1."""
    return (float(word) + 0.5) * _2_POW_MINUS_32


@rule
def uniform(key, person, day, decision, index=0):
    """Return the uniform of one decision of one person on one day (index: repeated draws)."""
    group = U64((decision >> 2) | (index << 8))
    w0, w1, w2, w3 = one_block(
        U64(person), U64(day & 0xFFFFFFFF), group, key.high, key.low, key.replication
    )
    word = decision & 3
    if word == 0:
        return as_uniform(w0)
    if word == 1:
        return as_uniform(w1)
    if word == 2:
        return as_uniform(w2)
    return as_uniform(w3)


@rule
def shared_die(key, person, day, decision, die, low, p):
    """Return (happens, low) for one of several independent events that share one die.

    Each event in turn takes the slice [low, low + (1 - low) p) of the die, so that the first event
    to happen is the one with just the chance it would have under dice of their own; from then on
    (low = 2) every event throws its own die. The joint law is that of independent events:
    P(first is j) = p_j prod_{k<j}(1 - p_k), and what comes after the first is free of the die.
    Most people on most days lie above all slices, and one comparison tells.
    """
    if low > 1.0:
        return uniform(key, person, day, decision) < p, low
    high = either(low, p)
    return die < high, (2.0 if die < high else high)


@rule
def normal(key, person, day, decision):
    """Return a standard normal (Box and Muller 1958) from `decision` and the one after it."""
    radius = sqrt(-2.0 * log(uniform(key, person, day, decision)))
    return radius * cos_of_turn(uniform(key, person, day, decision + 1))


@rule
def whole_below(u, n):
    """Return a whole number from 0 to n - 1, all alike, from the uniform u."""
    return min(int(u * n), n - 1)


@loop
def throw_wake_dice(key, day, first_block, words):
    """Throw the dice of the CHUNK people from 4 * first_block on, into `words` (uint32).

    The number is fixed because the compiler then makes vectors of the loop: 2 dice a nanosecond.
    """
    c1 = U64(day & 0xFFFFFFFF)
    for block in range(CHUNK >> 2):
        w0, w1, w2, w3 = philox(
            U64(first_block + block), c1, U64(0), key.high, key.low, key.replication
        )
        words[4 * block + 0] = w0
        words[4 * block + 1] = w1
        words[4 * block + 2] = w2
        words[4 * block + 3] = w3


@compiled
def draw(key, person, day, decision, index):
    """`uniform`, to be called from Python: compiled when it can be."""
    return uniform(key, person, day, decision, index)


@compiled
def throw(key, person, day, decision, die, low, p):
    """`shared_die`, to be called from Python."""
    return shared_die(key, person, day, decision, die, low, p)


@compiled
def draw_normal(key, person, day, decision):
    """`normal`, to be called from Python."""
    return normal(key, person, day, decision)


@compiled
def wake_dice(key, day, n):
    """Return today's WAKE die of persons 0 .. n - 1 as uniforms (float64, shape (n,))."""
    dice = np.empty(n)
    for block in range((n + 3) // 4):
        words = philox(
            U64(block), U64(day & 0xFFFFFFFF), U64(0), key.high, key.low, key.replication
        )
        for lane in range(4):
            if 4 * block + lane < n:
                dice[4 * block + lane] = as_uniform(words[lane])
    return dice


@compiled
def normals(key, n, decision):
    """Return one standard normal for each of n persons, as born (day 0)."""
    values = np.empty(n)
    for person in range(n):
        values[person] = normal(key, person, 0, decision)
    return values


@compiled
def uniforms(key, n, decision):
    """Return one uniform for each of n persons, as born (day 0)."""
    values = np.empty(n)
    for person in range(n):
        values[person] = uniform(key, person, 0, decision)
    return values


def analysis_rng(seed: int | np.random.SeedSequence) -> np.random.Generator:
    """Return a NumPy generator for analysing results (bootstrap); never used by the model."""
    mine = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(int(seed))
    key = (*mine.spawn_key, 0xA11A)
    return np.random.default_rng(np.random.SeedSequence(mine.entropy, spawn_key=key))
