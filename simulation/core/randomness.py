"""Keyed randomness: the only file of the project that makes random numbers.

Every random number is a pure function of ``(seed, replication | person, day, decision)``. No
stream is ever advanced, so a mechanism that draws more or less shifts nothing elsewhere, and the
same people have the same luck under every strategy (common random numbers).

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC 2011). Its counter and key hold:

=========  ==================================================================
key 0      low 32 bits of the seed
key 1      replication
counter 0  person
counter 1  day, modulo 2**32 (warm-up days are negative); for WAIT the number of the wait
counter 2  decision // 4 in the low 8 bits, index of a repeated draw above them
counter 3  high 32 bits of the seed
word       decision % 4
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
from simulation.core.compiled import compiled, inlined_rule, leaf, rule
from simulation.core.elementary import cos_of_turn, log
from simulation.tools.errors import InputError, shortened
from simulation.tools.values import whole


class Decision(IntEnum):
    """Every named random decision. A new mechanism takes a new number at the end, from 60 on."""

    WAIT = 0  # until someone wakes; "day" is how often they have woken before
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
    # a small world: the slot of a friendship chooses one of 56 to 59
    FRIEND_REWIRE = 56
    # the community, again
    KNOWN = 60
    HOST = 61
    MEET_WHOM = 62
    MEET_BOND = 63
    MEET_LIFE = 64
    RECOMMEND_BOND = 65
    # the brand's calendar: person 0, the index is the activity
    CALENDAR = 68
    # content that is found
    SEARCH = 72
    STRAIGHT = 73
    # what goes wrong has consequences
    REVIEW_IGNORED = 76


# Whole numbers of 64 bits, in compiled code and in Python; nothing below goes beyond them.
U64 = np.uint64
_M0, _M1 = U64(0xD2511F53), U64(0xCD9E8D57)
_W0, _W1 = U64(0x9E3779B9), U64(0xBB67AE85)
_LOW, _32 = U64(0xFFFFFFFF), U64(32)
_2_POW_MINUS_32 = 2.0**-32


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


@leaf
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
def next_slice(die, low, p):
    """Return (happens, high) for the next of several independent events that share one die.

    Each event in turn takes the slice [low, high) of the die, high = low + (1 - low) p, so that
    the first event to happen is the one with just the chance it would have under dice of their
    own; from then on (high = 2) every event throws its own die. The joint law is that of
    independent events: P(first is j) = p_j prod_{k<j}(1 - p_k), and what comes after the first is
    free of the die.
    """
    high = either(low, p)
    return die < high, (2.0 if die < high else high)


@rule
def normal_of(u, v):
    """Return a standard normal from two uniforms (Box and Muller 1958)."""
    return sqrt(-2.0 * log(u)) * cos_of_turn(v)


@rule
def normal(key, person, day, decision):
    """Return a standard normal from `decision` and the one after it (`normal_of`)."""
    return normal_of(uniform(key, person, day, decision), uniform(key, person, day, decision + 1))


@rule
def whole_below(u, n):
    """Return a whole number from 0 to n - 1, all alike, from the uniform u."""
    return min(int(u * n), n - 1)


#: Rounds of a shuffle: enough that neighbours land far apart and independently.
SHUFFLE_ROUNDS = 6


@rule
def whole_uniform(key, person, day, decision, index=0):
    """Return the 32-bit word behind `uniform`."""
    return int(uniform(key, person, day, decision, index) * 2.0**32)


@leaf
def mixed(x, salt, n):
    """Return a number below n that a salt makes of x (all 32 bits): the round of a shuffle.

    Two multiplications of 32 bits with shifts between them, every bit of x moving every bit of the
    result (the constants are Wellons' lowbias32, https://github.com/skeeto/hash-prospector).
    """
    x ^= salt
    x = (x ^ (x >> U64(16))) * U64(0x7FEB352D) & _LOW
    x = (x ^ (x >> U64(15))) * U64(0x846CA68B) & _LOW
    x ^= x >> U64(16)
    return (x * U64(n)) >> _32


@leaf
def wrapped(x, n):
    """Return x below 2 n as a number below n."""
    return x - U64(n) if x >= U64(n) else x


@leaf
def shuffled(person, salts, n, a, b):
    """Return where a keyed shuffle of the numbers 0 .. n - 1 puts a person.

    A Feistel network on the a x b numbers around n (Black and Rogaway 2002, Ciphers with arbitrary
    finite domains): who lands beyond n walks on. One to one, and `shuffled_back` undoes it.
    """
    x = U64(person)
    while True:
        left, right = x // U64(b), x % U64(b)
        for turn in range(0, SHUFFLE_ROUNDS, 2):
            left = wrapped(left + mixed(right, salts[turn], a), a)
            right = wrapped(right + mixed(left, salts[turn + 1], b), b)
        x = left * U64(b) + right
        if x < U64(n):
            return np.int64(x)


@leaf
def shuffled_back(person, salts, n, a, b):
    """Return whom `shuffled` puts here."""
    x = U64(person)
    while True:
        left, right = x // U64(b), x % U64(b)
        for turn in range(SHUFFLE_ROUNDS - 2, -1, -2):
            right = wrapped(right + U64(b) - mixed(left, salts[turn + 1], b), b)
            left = wrapped(left + U64(a) - mixed(right, salts[turn], a), a)
        x = left * U64(b) + right
        if x < U64(n):
            return np.int64(x)


@leaf
def throw_block(key, day, group, persons, n, words):
    """Throw the four words of a group of decisions of n persons into `words` (uint32, (4, n))."""
    c1 = U64(day & 0xFFFFFFFF)
    for j in range(n):
        w0, w1, w2, w3 = philox(U64(persons[j]), c1, U64(group), key.high, key.low, key.replication)
        words[0, j] = w0
        words[1, j] = w1
        words[2, j] = w2
        words[3, j] = w3


@leaf
def throw_waits(key, persons, nth, n, uniforms):
    """Throw the uniforms of the nth wait of n persons into `uniforms` (float64)."""
    for j in range(n):
        w0, _, _, _ = philox(
            U64(persons[j]), U64(nth[j]), U64(0), key.high, key.low, key.replication
        )
        uniforms[j] = as_uniform(w0)


@compiled
def draw(key, person, day, decision, index):
    """`uniform`, to be called from Python: compiled when it can be."""
    return uniform(key, person, day, decision, index)


@compiled
def draw_normal(key, person, day, decision):
    """`normal`, to be called from Python."""
    return normal(key, person, day, decision)


def analysis_rng(seed: int | np.random.SeedSequence) -> np.random.Generator:
    """Return a NumPy generator for analysing results (bootstrap); never used by the model."""
    mine = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(int(seed))
    key = (*mine.spawn_key, 0xA11A)
    return np.random.default_rng(np.random.SeedSequence(mine.entropy, spawn_key=key))
