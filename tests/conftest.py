"""Settings all tests share."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys

import pytest
from filelock import FileLock
from hypothesis import settings

# Each worker of xdist has a core: threads of BLAS (read when NumPy is loaded) would only wait.
for library in ("OPENBLAS", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# In CI hypothesis tries the same examples every time, so that red is about the change; everywhere
# else it looks for new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Started in the background (`make test &`, nohup), a shell lets us ignore Ctrl-C, and whatever we
# start with us: the tests that send it would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Begin the long tests first, so that no core waits for one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session):
    """Never look through all that is loaded by now for garbage again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_window_stays():
    """Close the windows of pyplot after each test: the next may ask whether there are any."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """A folder that all workers of xdist share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def machine_code(shared_folder):
    """The engine is compiled: by one worker, while the other waits for it."""
    from simulation.core.compiler import HAVE_COMPILER, compiled_before
    from tests.native import run_cold

    with FileLock(shared_folder / "compiling.lock"):
        if HAVE_COMPILER and not compiled_before("run_days"):
            found = run_cold(shared_folder)
            (shared_folder / "cold.pickle").write_bytes(pickle.dumps(found))


@pytest.fixture(scope="session")
def cold_run(shared_folder, machine_code):
    """What a run said that had to compile the engine first, and the environment it had."""
    from tests.native import run_cold

    file = shared_folder / "cold.pickle"
    return pickle.loads(file.read_bytes()) if file.exists() else run_cold(shared_folder)
