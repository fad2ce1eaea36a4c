"""engine.wasm against the functions it was built from: the same bytes, however it is called."""

from __future__ import annotations

import functools
import hashlib
import json
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation.engine.module import LAYOUT, Module, ModuleError

from simulation import Scenario, simulate
from simulation.core.randomness import make_key, normals, uniforms
from simulation.engine import day
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from simulation.people import friends, population
from simulation.tools import PACKAGE
from simulation.tools.errors import InputError
from simulation.tools.stamp import code_fingerprint
from tests.agents.test_agreement import run_python, scenarios, split_efforts

#: exp, log, log1p, expm1, pow and cos of the C library differ in a last bit from those in the
#: module. Once the rules bring their own elementary functions this goes, and all must be equal.
SAME_ELEMENTARY = False

#: The functions that Python calls, by where their callers find them.
CALLED = {
    day: ["run_days"],
    friends: ["_small_world", "_scale_free", "_independent", "_mirrored", "_from_pairs"],
    population: ["_fits_at_birth", "normals", "uniforms"],
}


@pytest.fixture(scope="module")
def module():
    return Module()


@pytest.fixture(scope="module")
def through(module):
    """Return a function that simulates with every kernel called in the module."""

    def run(*arguments, **options):
        with pytest.MonkeyPatch.context() as patch:
            for place, names in CALLED.items():
                for name in names:
                    patch.setattr(place, name, functools.partial(module.call, name))
            return simulate(*arguments, **options)

    return run


def parts_of(run):
    """Return everything a run leaves, as bytes by name."""
    end, bonds = run.end, run.end.bonds
    height = bonds.free[-1]
    found = {"table": run.table, "events": run.log, "brand": end.brand, "bonds": bonds.partner}
    found |= {"ends": bonds.end, "owners": bonds.owner, "seats": bonds.free[:height]}
    found |= {"calendar": end.calendar, "complaints": end.complaints}
    found |= {"friends": run.end.people.lives["member_friends"]}
    found |= dict(zip(end.people._fields, end.people, strict=True))
    return {name: np.ascontiguousarray(array).tobytes() for name, array in found.items()}


def assert_same(one, other):
    """Compare two runs byte for byte; without our own elementary functions, almost."""
    ours, theirs = parts_of(one), parts_of(other)
    differ = [name for name in ours if ours[name] != theirs[name]]
    if not differ or SAME_ELEMENTARY:
        assert not differ
        return
    assert one.table.shape == other.table.shape  # one last bit may turn one die in a million
    for name in one.table.dtype.names:
        ours, theirs = (run.table[name].astype(float).sum(axis=0) for run in (one, other))
        np.testing.assert_allclose(ours, theirs, rtol=0.1, atol=20, err_msg=name)


@pytest.mark.parametrize("name", presets())
def test_presets(name, through):
    """Every preset, smaller, under two strategies: days, events, people, bonds, brand."""
    scenario = Scenario.load(name).replace(n_people=3000, days_warm_up=100)
    for strategy in ("posting_only", "community_building"):
        native = simulate(scenario, strategy, seed=3, events=True)
        assert_same(native, through(scenario, strategy, seed=3, events=True))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), strategy=split_efforts(), seed=st.integers(0, 2**64 - 1))
def test_any_world_any_strategy(through, scenario, strategy, seed):
    """Random worlds, strategies and seeds."""
    native = simulate(scenario, strategy, seed=seed, events=True)
    assert_same(native, through(scenario, strategy, seed=seed, events=True))


def test_results_are_what_the_function_returns(module):
    """Arrays, tuples, names and numbers; arrays that were given come back as themselves."""
    key = make_key(2**64 - 1, 2**32 - 1)
    np.testing.assert_array_equal(module.call("uniforms", key, 9, 12), uniforms(key, 9, 12))
    np.testing.assert_allclose(module.call("normals", key, 9, 4), normals(key, 9, 4), rtol=1e-14)
    a, b = np.array([0, 1, 2], np.int32), np.array([1, 2, 0], np.int32)
    start, ids, turned = module.call("_from_pairs", 3, a, b)
    wanted = friends._from_pairs(3, a, b)
    assert (start.tolist(), ids.tolist(), turned) == (
        wanted[0].tolist(),
        wanted[1].tolist(),
        wanted[2],
    )
    assert isinstance(turned, int)
    assert start.dtype == wanted[0].dtype
    state, log = tiny_state(), day.new_log(False)
    bonds, same = module.call("run_days", *tiny_days(state, 0), log)
    assert isinstance(bonds, population.Bonds)
    assert bonds.partner is state.bonds.partner
    assert same.shape == log.shape


def tiny_state(n_people=50):
    """Return the people of a small world."""
    scenario = Scenario().replace(n_people=n_people)
    return population.born(scenario, make_key(1), n_people, 0)


def tiny_days(state, n_days=3):
    """Return the arguments of run_days but for the log."""
    n_people = state.people.stage.size
    scenario = Scenario().replace(n_people=n_people, n_days=max(n_days, 1), launch_day=0)
    engine = day.Engine(scenario, make_key(1), friends.no_friends(n_people))
    days = day.plan(scenario, STRATEGIES["community_building"])[:n_days]
    return engine._given, state, days, np.zeros(n_days, day.DAY_DTYPE), 0, False, False, False


def test_wrong_arguments_are_refused(module):
    """Another type, another shape, gaps between the numbers, one too few: before the call."""
    right = np.zeros(4, np.int32)
    for wrong in (right.astype(np.int64), right.reshape(2, 2), right[::2], right.tolist()):
        with pytest.raises(TypeError, match="contiguous array of int32 in 1"):
            module.call("_from_pairs", 3, wrong, right)
    with pytest.raises(TypeError, match="takes 3 arguments, 2 were given"):
        module.call("_from_pairs", 3, right)
    assert module.bytes_in_use() == 0


def test_memory_stays_flat(module):
    """A thousand calls that make arrays: nothing stays reserved, the memory does not grow."""
    state = tiny_state()
    sizes = []
    for _ in range(1000):
        bonds, log = module.call("run_days", *tiny_days(state), day.new_log(True))
        state = state._replace(bonds=bonds)
        module.call("_small_world", make_key(1), 200, 3, 0.1)
        assert module.bytes_in_use() == 0
        sizes.append(module.bytes_held())
    assert log.shape[0] >= 1024
    assert sizes[10] == sizes[-1]


def test_a_stop_inside_is_an_error_and_the_next_call_works(module):
    """Numbers that lead outside the memory, or to a division by zero."""
    far = np.array([2**28, 0], np.int32)
    for _ in range(2):
        with pytest.raises(ModuleError, match="_from_pairs stopped inside engine"):
            module.call("_from_pairs", 2, far, far[::-1].copy())
        assert module.call("uniforms", make_key(1), 5, 12).size == 5
    nowhere = tiny_state()._replace(calendar=np.zeros(0, np.int32))
    for run_days in (day.run_days, functools.partial(module.call, "run_days")):
        with pytest.raises(ZeroDivisionError, match="integer modulo by zero"):
            run_days(*tiny_days(nowhere), day.new_log(False))
    assert module.bytes_in_use() == 0


def test_a_world_too_large_is_said_in_one_line():
    """What is brought and what is made inside: both can be more than a memory holds."""
    small = Module(most_bytes=2**23)
    for arguments in (("normals", make_key(1), 2**21, 4), ("normals", make_key(1), 2**40, 4)):
        with pytest.raises(InputError, match="pip install numba"):
            small.call(*arguments)
    large = np.zeros(2**21, np.int32)
    with pytest.raises(InputError, match="pip install numba") as caught:
        small.call("_from_pairs", 3, large, large)
    assert "\n" not in str(caught.value)
    assert small.call("normals", make_key(1), 5, 4).size == 5


def test_two_threads(module):
    """Every thread has its own memory; both get what one alone gets."""
    wanted = module.call("_scale_free", make_key(1), 2000, 3)
    found = {}

    def work(name):
        for seed in (5, 6, 1):
            found[name] = module.call("_scale_free", make_key(seed), 2000, 3)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for start, ids in found.values():
        assert (start.tobytes(), ids.tobytes()) == tuple(part.tobytes() for part in wanted)


INTERRUPTED = """
import numpy as np
from simulation.core.randomness import make_key
from simulation.engine.module import Module
module = Module()
print("ready", flush=True)
try:
    while True:
        module.call("_small_world", make_key(1), 300_000, 5, 0.5)
except KeyboardInterrupt:
    print(module.call("uniforms", make_key(1), 3, 12).size, module.bytes_in_use())
"""


def test_ctrl_c_strikes_after_the_call():
    """Python lives on, and so does the module."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "3 0\n"


WITHOUT_NUMBA = """
import hashlib, sys
sys.modules["numba"] = None
from simulation.core.randomness import make_key
from simulation.engine.module import Module
module = Module()
start, ids = module.call("_small_world", make_key(7), 400, 3, 0.5)
print(hashlib.sha256(start.tobytes() + ids.tobytes()).hexdigest())
"""


def test_without_numba():
    """The module needs nothing of numba; keys are Python's whole numbers there."""
    native = friends._small_world(make_key(7), 400, 3, 0.5)
    wanted = hashlib.sha256(native[0].tobytes() + native[1].tobytes()).hexdigest()
    assert run_python(WITHOUT_NUMBA).strip() == wanted


def test_the_module_is_of_these_sources():
    """Whoever changes what is compiled builds the module anew: make module."""
    about = json.loads(LAYOUT.read_text(encoding="utf-8"))
    for name, digits in about["sources"].items():
        assert code_fingerprint(PACKAGE / name) == digits, f"{name} was changed: make module"
    assert about["numbers"] == list(Scenario().numbers()._fields)
