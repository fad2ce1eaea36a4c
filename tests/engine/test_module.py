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

from simulation import Scenario, simulate
from simulation.core import ways
from simulation.core.module import Module, ModuleError
from simulation.core.module_about import LAYOUT
from simulation.core.randomness import make_key
from simulation.engine import day
from simulation.inputs.scenario import presets
from simulation.inputs.strategy import STRATEGIES
from simulation.people import friends, population
from simulation.people.around import stored
from simulation.tools import PACKAGE
from simulation.tools.errors import InputError
from simulation.tools.stamp import code_fingerprint
from tests.agents.test_agreement import run_python, scenarios, split_efforts
from tests.engine.elsewhere import parts_of

pytestmark = pytest.mark.usefixtures("machine_code")


@pytest.fixture(scope="module")
def module():
    return Module()


def assert_same(one, other):
    """Compare two runs byte for byte."""
    ours, theirs = parts_of(one), parts_of(other)
    assert [name for name in ours if ours[name] != theirs[name]] == []


@pytest.mark.parametrize("name", presets())
def test_presets(name):
    """Every preset, smaller, under two strategies: days, events, people, bonds, brand."""
    scenario = Scenario.load(name).replace(n_people=3000, days_warm_up=100)
    for strategy in ("posting_only", "community_building"):
        asked = {"seed": 3, "events": True}
        native = simulate(scenario, strategy, engine="native", **asked)
        found = simulate(scenario, strategy, engine="module", **asked)
        assert (native.engine, found.engine) == ("native", "module")
        assert_same(native, found)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), strategy=split_efforts(), seed=st.integers(0, 2**64 - 1))
def test_any_world_any_strategy(scenario, strategy, seed):
    """Random worlds, strategies and seeds."""
    native, found = (
        simulate(scenario, strategy, seed=seed, events=True, engine=engine)
        for engine in ("native", "module")
    )
    assert_same(native, found)


def test_results_are_what_the_function_returns(module):
    """Arrays, tuples, names and numbers; arrays that were given come back as themselves."""
    a, b = np.array([0, 1, 2], np.int32), np.array([1, 2, 0], np.int32)
    start, ids, turned = module.call("_from_pairs", 3, a, b)
    wanted = friends._from_pairs.plain(3, a, b)
    assert (start.tolist(), ids.tolist()) == (wanted[0].tolist(), wanted[1].tolist())
    assert (type(turned), turned) == (int, wanted[2])
    assert start.dtype == wanted[0].dtype
    state, log = tiny_state(), day.new_log(False)
    lived, same = module.call("run_days", *tiny_days(state, 0), log)
    assert isinstance(lived, population.State)
    assert lived.bonds.partner is state.bonds.partner
    assert same.shape == log.shape


def tiny_state(n_people=50):
    """Return the people of a small world."""
    scenario = Scenario().replace(n_people=n_people)
    return population.born(scenario, make_key(1), n_people, 0)


def tiny_days(state, n_days=3):
    """Return the arguments of run_days but for the log."""
    n_people = state.people.stage.size
    scenario = Scenario().replace(n_people=n_people, n_days=max(n_days, 1), launch_day=0)
    engine = day.Engine(scenario, make_key(1), stored(friends.no_friends(n_people)))
    days = day.plan(scenario, STRATEGIES["community_building"])[:n_days]
    return engine._given, state, days, np.zeros(n_days, day.DAY_DTYPE), 0, False, False


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
        state, log = module.call("run_days", *tiny_days(state), day.new_log(True))
        module.call("_scale_free", make_key(1), 200, 3)
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
        assert module.call("_scale_free", make_key(1), 5, 1)[0].size == 6
    nowhere = tiny_state()._replace(calendar=np.zeros(0, np.int32))
    for run_days in (day.run_days.native, functools.partial(module.call, "run_days")):
        with pytest.raises(ZeroDivisionError, match="integer modulo by zero"):
            run_days(*tiny_days(nowhere), day.new_log(False))
    assert module.bytes_in_use() == 0


def test_a_world_too_large_is_said_in_one_line():
    """What is brought and what is made inside: both can be more than a memory holds."""
    small = Module(most_bytes=2**23)
    for n_people in (2**21, 2**40):
        with pytest.raises(InputError, match="continuum-brand"):
            small.call("_scale_free", make_key(1), n_people, 1)
    large = np.zeros(2**21, np.int32)
    with pytest.raises(InputError, match="continuum-brand") as caught:
        small.call("_from_pairs", 3, large, large)
    assert "\n" not in str(caught.value)
    assert small.call("_scale_free", make_key(1), 5, 1)[0].size == 6


RATIONED = """
import resource
from simulation import simulate
wanted = simulate("classroom", "balanced", engine="native").summary["sales"]
resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))
print(simulate("classroom", "balanced", engine="module").summary["sales"] == wanted)
"""


def test_where_addresses_are_rationed():
    """`ulimit -v`, as on some clusters: the usual 4 GiB of addresses cannot be reserved."""
    assert run_python(RATIONED).strip() == "True"


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
from simulation.core.module import Module
module = Module()
print("ready", flush=True)
try:
    while True:
        module.call("_scale_free", make_key(1), 300_000, 5)
except KeyboardInterrupt:
    print(module.call("_scale_free", make_key(1), 2, 1)[0].size, module.bytes_in_use())
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
from simulation.core.module import Module
module = Module()
start, ids = module.call("_scale_free", make_key(7), 400, 3)
print(hashlib.sha256(start.tobytes() + ids.tobytes()).hexdigest())
"""


def test_without_numba():
    """The module needs nothing of numba; keys are Python's whole numbers there."""
    native = friends._scale_free.native(make_key(7), 400, 3)
    wanted = hashlib.sha256(native[0].tobytes() + native[1].tobytes()).hexdigest()
    assert run_python(WITHOUT_NUMBA).strip() == wanted


def test_the_module_is_of_these_sources():
    """Whoever changes what is compiled builds the module anew: make module."""
    about = json.loads(LAYOUT.read_text(encoding="utf-8"))
    for name, digits in about["sources"].items():
        assert code_fingerprint(PACKAGE / name) == digits, f"{name} was changed: make module"
    assert about["numbers"] == list(Scenario().numbers()._fields)


def test_one_that_does_not_fit_is_not_taken(monkeypatch):
    """A rule was changed: the module is refused in one line, and without a compiler all is."""
    monkeypatch.setattr(ways, "changed_sources", lambda: ("rules/contact.py", "rules/ladder.py"))
    with pytest.raises(InputError, match=r"simulation/rules/contact.py and 1 other files? changed"):
        simulate("classroom", "balanced", engine="module")
    assert ways.chosen() == "native"
    monkeypatch.setattr(ways, "HAVE_COMPILER", False)
    with pytest.raises(InputError, match=r"pip install .continuum-brand\[native\]") as said:
        simulate("classroom", "balanced")
    assert "\n" not in str(said.value)


def test_long_work_takes_machine_code(monkeypatch):
    """Where it is on disk, or where it pays to make it; short work, and no compiler: the module."""
    monkeypatch.setattr(ways, "changed_sources", tuple)
    for ready, size, way in ((True, 1e6, "module"), (True, 1e10, "native"),
                             (False, 1e10, "module"), (False, 1e12, "native")):  # fmt: skip
        monkeypatch.setattr(ways, "compiled_before", lambda _, ready=ready: ready)
        assert ways.chosen(person_days=size) == way
    assert ways.chosen(n_people=20_000_000) == "native", "4 GiB do not hold them"
    with ways.running("module"):
        assert ways.chosen(n_people=1000) == "module"
        assert ways.chosen(n_people=20_000_000) == "native"
    monkeypatch.setenv("CONTINUUM_ENGINE", "modul")
    with pytest.raises(InputError, match='unknown engine "modul"'):
        ways.chosen()
    monkeypatch.delenv("CONTINUUM_ENGINE")
    monkeypatch.setattr(ways, "HAVE_COMPILER", False)
    assert ways.chosen(person_days=1e12, n_people=20_000_000) == "module", "which says it is full"
    with pytest.raises(InputError, match="needs a compiler"):
        ways.chosen("native")
    with pytest.raises(InputError, match='unknown engine "modul"'):
        ways.chosen("modul")


def test_the_same_text_needs_no_parsing(monkeypatch, tmp_path):
    """The same to the byte, sources are known at once; where a comment differs, by their code."""
    monkeypatch.setenv("CONTINUUM_CACHE_DIR", str(tmp_path))
    changed, about = ways.changed_sources.__wrapped__, ways.about()
    same = about | {"text": ways.text_of(about["sources"])}
    monkeypatch.setattr(ways, "code_fingerprint", lambda file: "other code")
    monkeypatch.setattr(ways, "about", lambda: same)
    assert changed() == ()
    monkeypatch.setattr(ways, "about", lambda: same | {"text": "another"})
    assert set(changed()) == set(about["sources"])
