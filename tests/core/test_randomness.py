"""Keyed randomness: the published generator, one number a decision, and honest uniforms.

Distributions are compared at p > 1e-6 (about 5 sigma); seeds are not chosen.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation.core import randomness
from simulation.core.compiler import HAVE_COMPILER, compiler
from simulation.core.randomness import (
    U64,
    Decision,
    analysis_rng,
    as_uniform,
    draw,
    draw_normal,
    make_key,
    next_slice,
    philox,
    throw_block,
    uniform,
    whole_below,
)
from simulation.inputs.declare import InputError
from simulation.runs.run import simulate
from tests import ROOT
from tests.core.draws import DRAWN, normals, uniforms, waits
from tests.native import native

SMALLEST_P = 1e-6

#: Random123's own known answers (kat_vectors, philox4x32 10): counter, key, words.
PUBLISHED = [
    (
        (0x00000000, 0x00000000, 0x00000000, 0x00000000),
        (0x00000000, 0x00000000),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


# -- the generator --------------------------------------------------------------------------------


@pytest.mark.parametrize(("counter", "key", "words"), PUBLISHED)
def test_philox_gives_the_published_words_in_python(counter, key, words):
    found = philox(*(U64(x) for x in (*counter, *key)))
    assert tuple(int(word) for word in found) == words


@pytest.mark.skipif(not HAVE_COMPILER, reason="nothing is compiled here")
def test_philox_gives_the_published_words_when_compiled():
    numba = compiler()

    @numba.njit
    def block(c0, c1, c2, c3, k0, k1):
        return philox(c0, c1, c2, c3, k0, k1)

    for counter, key, words in PUBLISHED:
        found = block(*(np.uint64(x) for x in (*counter, *key)))
        assert tuple(int(word) for word in found) == words


#: Draws that must come out the same however the code runs.
SAMPLE = """
import json
from simulation.core.randomness import U64, draw, draw_normal, make_key, next_slice, philox
from simulation.core import compiler
from tests.core.draws import waits
keys = [make_key(0), make_key(2**64 - 1, 2**32 - 1), make_key(123456789123456789, 7)]
grid = [(p, d, c, i) for p in (0, 5, 10**8 - 1) for d in (-365, 0, 729) for c in (1, 4, 27, 50)
        for i in (0, 3)]
words = philox(*(U64(x) for x in (1, 2, 3, 4, 5, 6)))
print(json.dumps([compiler.HAVE_COMPILER, [
    [[draw(k, *g).hex() for g in grid] for k in keys],
    [[draw_normal(k, p, d, 43).hex() for p in range(5) for d in (0, 9)] for k in keys],
    [float(x).hex() for x in waits(keys[1], 11, 65535)],
    [[bool(y), float(low).hex()] for y, low in
     (next_slice(p / 40, low, 0.3) for p in range(40) for low in (0.0, 0.2, 1.0))],
    [int(w) for w in words]]]))
"""


def run_sample(**environment: str) -> list:
    """Return what SAMPLE prints in a Python of its own."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", SAMPLE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_plain_python_gives_the_same_draws():
    interpreted, numbers = run_sample(NUMBA_DISABLE_JIT="1")
    assert interpreted is False
    compiled, same = run_sample()
    assert compiled is HAVE_COMPILER
    assert numbers == same


def test_philox_gives_the_published_words_without_numba():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from simulation.core.randomness import philox\n"
        f"for c, k, w in {PUBLISHED!r}: assert philox(*c, *k) == w, (c, k, w)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


# -- one number a decision ------------------------------------------------------------------------


def test_decisions_are_unique_and_leave_the_waits_alone():
    values = [int(decision) for decision in Decision]
    assert len(set(values)) == len(Decision.__members__) == len(values)
    assert [d.name for d in Decision if d < 4] == ["WAIT"], "its days are no days"
    assert max(values) < 4 * 256, "8 bits of the counter hold decision // 4"
    together = [int(Decision[name]) for name in ("REPLY", "MOVE", "CLICK")]
    assert together == [20, 21, 22], "the engine throws them as one block"
    assert not {57, 58, 59} & set(values), "FRIEND_REWIRE takes them too"
    for name in Decision.__members__:
        if name.endswith("_ANGLE"):  # a normal takes a decision and the one after it
            assert Decision[name] == Decision[name.removesuffix("_ANGLE")] + 1


def test_each_part_of_the_key_changes_the_draw():
    seed = 0x0123456789ABCDEF
    base = draw(make_key(seed, 5), 11, 13, 27, 2)
    others = [
        draw(make_key(seed + 1, 5), 11, 13, 27, 2),  # low 32 bits
        draw(make_key(seed + 2**32, 5), 11, 13, 27, 2),  # high 32 bits
        draw(make_key(seed, 6), 11, 13, 27, 2),
        draw(make_key(seed, 5), 12, 13, 27, 2),
        draw(make_key(seed, 5), 11, 14, 27, 2),
        draw(make_key(seed, 5), 11, -13, 27, 2),
        draw(make_key(seed, 5), 11, 13, 28, 2),
        draw(make_key(seed, 5), 11, 13, 26, 2),
        draw(make_key(seed, 5), 11, 13, 27, 3),
    ]
    assert len({base, *others}) == 1 + len(others)
    assert draw(make_key(seed, 5), 11, 13, 27, 2) == base


def counter_of(seed, replication, person, day, decision, index):
    """Return counter, key and word that `uniform` uses, as the module's table says."""
    group = decision // 4 + index * 256
    return (person, day % 2**32, group, seed >> 32, seed % 2**32, replication, decision % 4)


LIMITS = (
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 10**8 - 1),
    st.integers(-5000, 20_000),
    st.sampled_from([int(d) for d in Decision]),
    st.integers(0, 2**23),
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.tuples(*LIMITS))
def test_the_key_is_laid_out_as_the_table_says(place):
    seed, replication, person, day, decision, index = place
    *block, word = counter_of(*place)
    assert all(0 <= part < 2**32 for part in block), "no part runs into another"
    expected = (int(philox(*(U64(part) for part in block))[word]) + 0.5) / 2**32
    assert draw(make_key(seed, replication), person, day, decision, index) == expected
    assert uniform(make_key(seed, replication), person, day, decision, index) == expected


def test_keys_are_distinct_over_a_grid():
    seeds, replications = (0, 1, 2**32, 2**32 + 1, 2**64 - 1), (0, 1, 2**32 - 1)
    places = list(
        itertools.product(
            seeds, replications, (0, 1, 4, 10**8 - 1), (-5000, -1, 0, 1), Decision, (0, 1, 255)
        )
    )
    assert len({counter_of(*map(int, place)) for place in places}) == len(places)
    drawn = {
        draw(make_key(seed, replication), person, day, int(decision), index)
        for seed, replication, person, day, decision, index in places
        if person < 2
    }
    n = sum(1 for place in places if place[2] < 2)
    assert len(drawn) > n - 30, "equal only by chance: n^2 / 2^33 pairs"


# -- seeds ----------------------------------------------------------------------------------------


def test_seed_zero_is_a_seed_like_any_other():
    assert make_key(0) == make_key(0, 0) == (0, 0, 0)
    assert draw(make_key(0), 1, 1, 4, 0) != draw(make_key(1), 1, 1, 4, 0)
    assert make_key(2**64 - 1, 2**32 - 1) == (2**32 - 1, 2**32 - 1, 2**32 - 1)
    assert make_key(np.int64(5), np.uint8(3)) == make_key(5.0, np.float64(3)) == make_key(5, 3)


@pytest.mark.parametrize(
    "seed", [-1, 2**64, True, np.True_, 1.5, np.float64(2.5), float("nan"), "1", None, (1,)]
)
def test_other_seeds_are_refused_in_one_line(seed):
    with pytest.raises(ValueError, match=r"seed = .* is not allowed: a whole number") as error:
        make_key(seed)
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="seed"):
        simulate("classroom", "do_nothing", seed=seed)


@pytest.mark.parametrize("replication", [-1, 2**32, False, 0.5, "0"])
def test_other_replications_are_refused_in_one_line(replication):
    with pytest.raises(
        ValueError, match=r"replication = .* is not allowed: a whole number"
    ) as error:
        make_key(0, replication)
    assert "\n" not in str(error.value)


def test_a_seed_sequence_is_a_seed():
    parent = np.random.SeedSequence(7)
    assert make_key(parent) == make_key(7), "as in NumPy: a bare number is itself"
    for long in (np.random.SeedSequence(2**64 + 7), np.random.SeedSequence(7, spawn_key=(0,))):
        assert make_key(long) == make_key(int(long.generate_state(1, np.uint64)[0]))
    assert make_key(np.random.SeedSequence(7)) == make_key(parent), "taking it changes nothing"
    children = [make_key(child) for child in np.random.SeedSequence(7).spawn(3)]
    assert len({*children, make_key(parent)}) == 4
    first = analysis_rng(parent).random(4)
    np.testing.assert_array_equal(first, analysis_rng(7).random(4))
    assert (first != np.random.default_rng(7).random(4)).all()


# -- distributions --------------------------------------------------------------------------------

N = 200_000


def test_uniforms_stay_strictly_between_zero_and_one():
    assert as_uniform(0) == 0.5 / 2**32 > 0.0
    assert as_uniform(2**32 - 1) == 1.0 - 0.5 / 2**32 < 1.0
    assert as_uniform(np.uint32(2**32 - 1)) < 1.0


def samples() -> dict[str, np.ndarray]:
    """Return samples of uniforms along each part of the key."""
    key = make_key(0)
    n = 20_000
    return {
        "born": uniforms(key, N, int(Decision.START)),
        "waits": waits(key, N, 100),
        "waits of one": np.array([draw(key, 3, nth, int(Decision.WAIT), 0) for nth in range(n)]),
        "days": np.array([draw(key, 3, day, 27, 0) for day in range(-365, n)]),
        "index": np.array([draw(key, 3, 5, 48, index) for index in range(n)]),
        "seeds": np.array([draw(make_key(seed), 3, 5, 27, 0) for seed in range(n)]),
        "replications": np.array([draw(make_key(0, r), 3, 5, 27, 0) for r in range(n)]),
    }


def test_uniforms_are_uniform():
    for name, u in samples().items():
        assert 0.0 < u.min() < u.max() < 1.0, name
        assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / u.size), name
        assert abs(u.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / u.size), name
        assert stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue > (
            SMALLEST_P
        ), name
        pairs = (u[:-1] * 16).astype(int) * 16 + (u[1:] * 16).astype(int)
        assert stats.chisquare(np.bincount(pairs, minlength=256)).pvalue > SMALLEST_P, name


def test_decisions_of_one_person_are_unrelated():
    """All pairs of decisions of 20,000 people: correlations within 5 standard errors."""
    n = 20_000
    columns = [uniforms(make_key(0), n, int(d)) for d in DRAWN]
    correlation = np.corrcoef([*columns, *(waits(make_key(0), n, nth) for nth in range(4))])
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    assert np.abs(off).max() * np.sqrt(n) < 5.0


def test_normals_are_normal():
    z = normals(make_key(0), N, int(Decision.RELEVANCE))
    assert stats.kstest(z, "norm").pvalue > SMALLEST_P
    assert stats.kstest(z * 1.02, "norm").pvalue < SMALLEST_P, "the test sees 2 %"
    singly = [draw_normal(make_key(0), p, 0, int(Decision.RELEVANCE)) for p in range(50)]
    np.testing.assert_array_equal(singly, z[:50])
    other = normals(make_key(0), N, int(Decision.FIT))
    assert abs(np.corrcoef(z, other)[0, 1]) < 5 / np.sqrt(N)


@native
def block_of(key, day, group, persons, words):
    """`throw_block`, to be called from Python."""
    throw_block(key, day, group, persons, persons.size, words)


def test_all_ways_to_draw_agree():
    """A block for many people at once, the waits of many, and one draw after another."""
    key, persons = make_key(9, 2), np.array([0, 1, 4097, 10**8 - 1, 2**31 - 2, 5])
    words = np.zeros((4, persons.size), np.uint32)
    for day, group in itertools.product((-3, 0, 77), {int(d) // 4 for d in Decision}):
        block_of(key, day, group, persons, words)
        for j, person in enumerate(persons.tolist()):
            singly = [draw(key, person, day, 4 * group + word, 0) for word in range(4)]
            np.testing.assert_array_equal((words[:, j] + 0.5) / 2**32, singly)
    for nth in (0, 1, 65_535):
        singly = [draw(key, person, nth, int(Decision.WAIT), 0) for person in range(9)]
        np.testing.assert_array_equal(waits(key, 9, nth), singly)


def test_whole_numbers_are_all_alike():
    assert whole_below(0.5 / 2**32, 7) == 0
    assert whole_below(1 - 0.5 / 2**32, 7) == 6
    assert whole_below(1 - 0.5 / 2**32, 2**31 - 1) == 2**31 - 2
    assert whole_below(0.3, 1) == 0
    u = uniforms(make_key(0), N, int(Decision.ANSWERER))
    found = np.bincount([whole_below(x, 7) for x in u], minlength=7)
    assert found.size == 7
    assert stats.chisquare(found).pvalue > SMALLEST_P


# -- several events, one die ----------------------------------------------------------------------


def patterns_p(patterns: np.ndarray, chances: list[float]) -> float:
    """Return the p-value of patterns (one bit an event) against independent events."""
    bits = (np.arange(2 ** len(chances))[:, None] >> np.arange(len(chances))) & 1
    law = np.prod(np.where(bits, chances, 1.0 - np.array(chances)), axis=1)
    observed = np.bincount(patterns, minlength=law.size)
    return float(stats.chisquare(observed, law * len(patterns)).pvalue)


def test_events_that_share_a_die_are_independent():
    """40,000 people, four events of a day; one die used naively for all of them is refused."""
    key, n, day = make_key(0), 40_000, 3
    chances = [0.3, 0.1, 0.25, 0.4]
    decisions = [Decision.DISCOVERY_OR_POST, Decision.TELL, Decision.AD, Decision.MAIL]
    patterns, naive = np.zeros(n, int), np.zeros(n, int)
    for person, die in enumerate(waits(key, n, 1)):
        low = 0.0
        for j, (decision, p) in enumerate(zip(decisions, chances, strict=True)):
            if low > 1.0:  # the first to happen has used the die: from then on dice of their own
                yes = draw(key, person, day, int(decision), 0) < p
            else:
                yes, low = next_slice(die, low, p)
            patterns[person] |= int(yes) << j
            naive[person] |= int(die < p) << j
    assert patterns_p(patterns, chances) > SMALLEST_P
    assert patterns_p(naive, chances) < SMALLEST_P
    assert patterns_p(patterns, [0.33, *chances[1:]]) < SMALLEST_P


def test_slices_lie_side_by_side_and_keep_chances_of_zero_and_one():
    assert next_slice(1e-12, 0.0, 0.0) == (False, 0.0)
    assert next_slice(1 - 1e-12, 0.0, 1.0) == (True, 2.0)
    for low in (0.0, 0.4):
        assert not next_slice(low, low, 0.0)[0]
        assert next_slice(1 - 1e-12, low, 1.0) == (True, 2.0)
    assert next_slice(0.6, 0.5, 0.2) == (False, 0.6)
    assert next_slice(np.nextafter(0.6, 0), 0.5, 0.2) == (True, 2.0)


def test_a_die_of_one_lies_above_all_slices():
    """Who was told of the brand but does not wake: nothing else happens to them, not for sure."""
    low = 0.0
    for p in (0.3, 1.0, 0.0, 1.0):
        happens, low = next_slice(1.0, low, p)
        assert not happens
    assert low == 1.0


def test_no_other_file_makes_randomness():
    for file in (ROOT / "simulation").rglob("*.py"):
        if file.name != "randomness.py":
            text = file.read_text(encoding="utf-8")
            for word in ("np.random.default_rng", "np.random.seed", "import random", "RandomState"):
                assert word not in text, f"{file.name}: {word}"
    assert "Philox" in (randomness.__doc__ or "")
