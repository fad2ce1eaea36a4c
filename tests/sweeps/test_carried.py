"""A store carries its engine, and gives every number again when a rule has changed since."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import pytest

from simulation.core.module_about import about
from simulation.sweeps.running import sweep
from simulation.sweeps.store import open_store
from simulation.tools.errors import InputError
from tests.sweeps.common import changed_code

DESIGN = {
    "scenario": "classroom",
    "strategies": ["posting_only", "community_building"],
    "replications": 2,
    "parameters": {"n_people": [150], "p_follow": [0.02, 0.1]},
    "keep": ["series", "people"],
}

AGAIN = """
import sys
from simulation import open_store, simulate
from simulation.core import ways
store = open_store(sys.argv[1])
row = store.runs().iloc[3]
then = store.rerun(row).summary
print(ways.changed_sources())
print(all(then[n] == row[n] or row[n] != row[n] for n in then))
world = store.design.world(int(row.setting_id))
now = simulate(world, row.strategy, seed=1, replication=int(row.replication_id), engine="python")
print(now.summary["sales"] == row.sales, now.summary["n_follower"] == row.n_follower)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sweep(DESIGN, tmp_path_factory.mktemp("sweep") / "store", jobs=1)


def test_a_store_holds_the_engine_it_was_made_with(store):
    assert store.manifest["engine"] == about()["sha256"]
    code = (store.folder / "engine.wasm").read_bytes()
    assert hashlib.sha256(code).hexdigest() == store.manifest["engine"]
    assert json.loads((store.folder / "engine.json").read_text())["sha256"] == about()["sha256"]


def test_every_number_again_after_a_rule_has_changed(store, tmp_path):
    """`rerun` and `reproduce` take the engine of the store; the new rule gives other numbers."""
    environment = changed_code(tmp_path)
    words = [sys.executable, "-c", AGAIN, str(store.folder)]
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["('rules/contact.py',)", "True"]
    assert "False" in done.stdout.split("\n")[2], "a negative control: the rule does matter"
    words = [sys.executable, "-m", "simulation", "reproduce", str(store.folder), "--sample", "8"]
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "numbers of 8 runs are the same" in done.stdout
    assert "the code of the model is not the one the store was made with" in done.stdout


def test_an_engine_that_is_called_otherwise_is_refused(store, tmp_path):
    """Its functions take other arguments, so that today's code cannot call it: one line says so."""
    folder = shutil.copytree(store.folder, tmp_path / "store")
    layout, manifest = folder / "engine.json", folder / "manifest.json"
    said, kept = json.loads(layout.read_text()), json.loads(manifest.read_text())
    said["kernels"].pop("summary_of")
    layout.write_text(json.dumps(said | {"sha256": "of another engine"}))
    manifest.write_text(json.dumps(kept | {"model": "of other sources"}))
    read = open_store(folder)
    with pytest.raises(InputError, match="its engine is called otherwise than this version") as why:
        read.rerun(read.runs().iloc[0])
    assert "\n" not in str(why.value)
