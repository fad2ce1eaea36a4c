"""A store is read back as it was written, in every way; and what it says of other versions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulation import simulate
from simulation.commands.cli import main
from simulation.core.outcomes import DIMS, OUTCOMES, SUMMARY
from simulation.inputs.scenario import parameters
from simulation.sweeps.labelled import export
from simulation.sweeps.parts import parts_in
from simulation.sweeps.reading import read_design
from simulation.sweeps.reproducing import reproduce
from simulation.sweeps.running import resume, sweep
from simulation.sweeps.store import open_store
from simulation.tools.errors import InputError
from tests.sweeps.common import DESIGN, assert_same_stores, here


@pytest.fixture(scope="module")
def store(whole_with):
    return whole_with("series", "events", "people")


@pytest.fixture
def fresh(whole_with, copied):
    return copied(whole_with())


# ---- frames --------------------------------------------------------------------------------------


def test_a_row_has_everything(store):
    """Ids, every parameter, strategy, status, seconds, error, traceback, every outcome."""
    runs = store.runs()
    wanted = {"run_key", "setting_id", "scenario_id", "strategy", "replication_id", "entropy",
              "spawn_key", "status", "seconds", "error", "traceback", *parameters(),
              *(scalar.name for scalar in SUMMARY)}  # fmt: skip
    assert set(runs.columns) == wanted
    assert runs["run_key"].is_unique
    assert runs["seconds"].gt(0).all()
    assert runs["error"].isna().all()
    assert runs.attrs["units"]["sales"] == "copies"
    order = runs[["setting_id", "strategy", "replication_id"]]
    assert order.equals(order.sort_values(list(order.columns)))
    assert list(runs["strategy"].cat.categories) == DESIGN["strategies"]


def test_columns_can_be_chosen(store):
    runs = store.runs(["sales", "p_follow"])
    assert list(runs.columns) == ["sales", "p_follow"]
    assert runs["sales"].equals(store.runs()["sales"])


def test_days_events_and_people_are_those_of_the_run(store):
    """Every table of one run, as simulate gives it."""
    run = simulate(store.design.world(2), "community_building", seed=5, replication=1, events=True)
    for table in ("series", "events", "people"):
        frame = getattr(store, table)()
        mine = frame[(frame["setting_id"] == 2) & (frame["replication_id"] == 1)
                     & (frame["strategy"] == "community_building")]  # fmt: skip
        mine = mine.drop(columns=["setting_id", "strategy", "replication_id"])
        theirs = getattr(run, table)
        for name in theirs.columns:
            a, b = mine[name].reset_index(drop=True), theirs[name]
            if isinstance(b.dtype, pd.CategoricalDtype):
                a, b = (c.astype("object").where(c.notna(), None) for c in (a, b))
            if b.dtype == "Int64":
                b = b.astype(float)
                a = a.astype(float)
            pd.testing.assert_series_equal(a, b, check_exact=True, check_dtype=False)
    assert store.people()["stage"].cat.ordered


def test_tables_not_kept_are_said(fresh):
    with pytest.raises(InputError, match=r'series was not kept: say keep = \["series"\]'):
        fresh.series()


# ---- labelled arrays, SQL, CSV, XLSX -------------------------------------------------------------


def test_runs_as_labelled_arrays(store):
    """A grid has a dimension a parameter; every entry is that of its row."""
    data = store.to_xarray()
    assert dict(data.sizes) == {"strategy": 2, "p_follow": 2, "p_join": 2, "replication": 3}
    assert data["sales"].attrs["units"] == "copies"
    for row in store.runs().to_dict("records"):
        there = data.sel(strategy=row["strategy"], p_follow=row["p_follow"], p_join=row["p_join"],
                         replication=row["replication_id"])  # fmt: skip
        assert float(there["n_follower"]) == row["n_follower"]
        assert str(there["status"].values) == "SUCCEEDED"


def test_days_as_labelled_arrays(store):
    data = store.to_xarray("series")
    assert data.sizes["time"] == 30
    for outcome in OUTCOMES:
        dims = ("strategy", "p_follow", "p_join", "replication", "time")
        assert data[outcome.name].dims == (*dims, *([outcome.dim] if outcome.dim else []))
    run = simulate(store.design.world(3), "posting_only", seed=5, replication=2)
    there = data.sel(strategy="posting_only", p_follow=0.01, p_join=0.004, replication=2)
    np.testing.assert_array_equal(there["n"], run.table.n)
    np.testing.assert_array_equal(there["sales"], run.table.sales)
    assert list(data["stage"].values) == list(DIMS["stage"])
    assert (data["n"].sum("stage") == 200).all()


def test_sampled_settings_as_labelled_arrays(tmp_path):
    varied = {"p_follow": [0.01, 0.02], "p_join": "bounds"}
    parameters = {**DESIGN["parameters"], **varied}
    design = {**DESIGN, "method": "lhs", "n": 5, "parameters": parameters}
    store = sweep(design, tmp_path / "store", jobs=1)
    parts_in(store.folder / "runs")[0].unlink()
    data = store.to_xarray()
    assert dict(data.sizes) == {"strategy": 2, "setting": 5, "replication": 3}
    np.testing.assert_array_equal(data["p_follow"], store.design.settings.frame()["p_follow"])
    missing = int(np.isnan(data["sales"]).sum())
    assert missing == 30 - len(store.runs())
    assert int((data["status"] == "").sum()) == missing > 0


def test_sql(store):
    """duckdb gives what pandas gives, of runs and of the days."""
    found = store.query(
        "select strategy, p_join, avg(n_follower) as mean, count(*) as n from runs "
        "group by all order by all"
    )
    runs = store.runs().astype({"strategy": "str"})
    wanted = runs.groupby(["strategy", "p_join"])["n_follower"].agg(["mean", "count"])
    np.testing.assert_allclose(found["mean"], wanted["mean"])
    assert list(found["n"]) == [6] * 4
    days = store.query("select max(time) as last, count(*) as n from series")
    assert (days["last"][0], days["n"][0]) == (29, 24 * 30)
    with pytest.raises(InputError, match="query:"):
        store.query("select nonsense from nowhere")


def test_sql_counts_a_run_once(tmp_path, monkeypatch):
    """A failed run that was tried again counts as what it became."""
    from tests.sweeps.test_never_lost import broken_run

    monkeypatch.setattr("simulation.runs.worlds.run_prepared", broken_run)
    store = sweep(DESIGN, tmp_path / "store", jobs=1)
    monkeypatch.undo()
    resume(store.folder, jobs=1, retry_failed=True)
    found = store.query("select status, count(*) as n from runs group by 1")
    assert found.to_dict("records") == [{"status": "SUCCEEDED", "n": 24}]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports_come_back(tmp_path, store, kind):
    """Runs and settings, read again by pandas, number for number."""
    files = export(store, tmp_path, kind)
    if kind == "csv":
        runs, settings = pd.read_csv(tmp_path / "runs.csv"), pd.read_csv(tmp_path / "settings.csv")
        assert json.loads((tmp_path / "manifest.json").read_text()) == store.manifest
    else:
        book = pd.read_excel(files[0], sheet_name=None)
        assert set(book) == {"runs", "settings", "outcomes", "manifest"}
        runs, settings = book["runs"], book["settings"]
    assert len(settings) == 4
    for name in ("n_follower", "sales", "p_follow", "attachment_follower"):
        np.testing.assert_allclose(runs[name], store.runs()[name], rtol=1e-12)
    assert list(runs["strategy"]) == list(store.runs()["strategy"])
    with pytest.raises(InputError, match='unknown format "ods"'):
        export(store, tmp_path, "ods")


# ---- the manifest, other designs, other versions -------------------------------------------------


def test_the_manifest_tells_where_it_is_from(store):
    manifest = json.loads((store.folder / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert manifest["design"]["seed"] == {"entropy": "5", "spawn_key": []}
    assert manifest["versions"]["numpy"] == np.__version__
    assert set(manifest["machine"]) == {"host", "system", "processors"}
    assert "commit" in manifest
    assert manifest["sessions"][0]["began"] >= manifest["made"]


def test_the_same_command_again_runs_nothing(fresh):
    before = {p: p.stat().st_mtime_ns for p in fresh.folder.rglob("part-*")}
    again = sweep(DESIGN, fresh.folder, jobs=1)
    assert {p: p.stat().st_mtime_ns for p in fresh.folder.rglob("part-*")} == before
    assert len(again.manifest["sessions"]) == 2


def test_more_replications_are_added(fresh, tmp_path):
    """What is there is kept; only the new worlds are lived."""
    before = set(fresh.folder.rglob("part-*"))
    more = resume(fresh.folder, jobs=1, replications=5)
    assert more.counts()["SUCCEEDED"] == 40
    assert before < set(fresh.folder.rglob("part-*"))
    assert_same_stores(sweep({**DESIGN, "replications": 5}, tmp_path / "other", jobs=1), more)
    fewer = sweep(DESIGN, fresh.folder, jobs=1)
    assert fewer.design.replications == 5, "and none is thrown away"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 6}, "seed 5 there, 6 here"),
        ({"strategies": ["posting_only", "balanced"]}, "strategies posting_only, community_buil"),
        ({"parameters": {**DESIGN["parameters"], "n_people": 300}}, "n_people = 200 there, 300"),
        ({"parameters": {**DESIGN["parameters"], "p_join": [0.1]}}, "its 4 settings of p_follow"),
        ({"keep": ["people"]}, "another keep"),
        ({"scenario": "launch_2025"}, "scenario classroom there, launch_2025 here"),
    ],
)  # fmt: skip
def test_a_store_of_another_design_is_refused(fresh, changes, said):
    """One line that says in what it differs; nothing of the store is touched."""
    before = {p: p.read_bytes() for p in fresh.folder.rglob("*") if p.is_file()}
    with pytest.raises(InputError) as error:
        sweep({**DESIGN, **changes}, fresh.folder, jobs=1)
    assert "is the store of another design" in str(error.value)
    assert said in str(error.value)
    assert before == {p: p.read_bytes() for p in fresh.folder.rglob("*") if p.is_file()}


def test_other_code_may_read_but_not_add(fresh, monkeypatch):
    """A store of another version of the model opens, and says why it cannot go on."""
    path = fresh.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["model"], manifest["versions"]["continuum-brand"] = "0" * 16, "0.0.9"
    path.write_text(json.dumps(manifest))
    assert len(open_store(fresh.folder).runs()) == 24
    with pytest.raises(InputError, match=r"made by other code of the model \(0.0.9, 0000"):
        resume(fresh.folder, jobs=1)
    assert not reproduce(open_store(fresh.folder), 3).same_code


def test_a_store_of_the_version_before(tmp_path, capsys):
    """Written before the modules moved: it opens; sweep and resume refuse in one line, exit 2."""
    store = tmp_path / "store"
    shutil.copytree(Path(__file__).parent / "data" / "store_before", store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    old = open_store(store)
    assert old.counts() == {"SUCCEEDED": 8, "FAILED": 0, "PENDING": 0}
    assert set(old.runs()["year"]) == {2012.0, 2025.0}
    assert len(old.series()) == 8 * 60
    design = tmp_path / "d.toml"
    design.write_text(
        'scenario = "classroom"\nstrategies = ["posting_only", "community_building"]\n'
        'replications = 2\nseed = 7\nkeep = ["series"]\n[parameters]\nn_days = 60\n'
        "launch_day = 20\ndays_window = 30\nyear = [2012, 2025]\n"
    )
    for words in (["resume", store], ["sweep", design, "--out", store]):
        assert main([*map(str, words)]) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert line.startswith(f"continuum: {store}: its runs were made by other code of the model")
        assert line.endswith("they can be read, but not added to: give another --out")
    after = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    after.pop(store / ".lock")
    assert after == before


def test_a_newer_layout_is_not_guessed_at(fresh):
    path = fresh.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(InputError, match=r"made by a newer version \(.*layout 2\)"):
        open_store(fresh.folder)


def test_a_design_that_is_no_longer_understood(fresh):
    """A parameter that this version does not know: the rows still open."""
    path = fresh.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["design"]["scenario"]["parameters"]["p_gone"] = 0.5
    path.write_text(json.dumps(manifest))
    store = open_store(fresh.folder)
    assert len(store.runs()) == 24
    with pytest.raises(InputError, match=r'its design cannot be read .*"p_gone"'):
        store.design  # noqa: B018


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', "\0"])
def test_a_broken_manifest(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest.json: damaged"):
        open_store(tmp_path)


def test_no_store(tmp_path):
    with pytest.raises(InputError, match="is no store of a sweep"):
        open_store(tmp_path)
    with pytest.raises(InputError, match="no such store"):
        open_store(tmp_path / "nowhere")
    for command in ("resume", "export", "reproduce"):
        done = here(command, tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


# ---- again ---------------------------------------------------------------------------------------


def test_reproducing_finds_the_same(store):
    """A sample run again is the same to the last bit, the days and people too."""
    found = reproduce(store, sample=5, seed=1)
    assert found.same
    assert found.n_runs == 5
    assert found.n_numbers > 5 * (len(SUMMARY) + 30 * 60)
    assert found.sentence.startswith(f"all {found.n_numbers:,} numbers of 5 runs are the same")


def test_reproducing_finds_what_is_not(fresh):
    """A store whose numbers were changed (and its part renamed to look whole) is found out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from simulation.sweeps.parts import number_of, write_part

    part = parts_in(fresh.folder / "runs")[0]
    table = pq.read_table(part)
    column = table.column_names.index("n_follower")
    forged = pa.array(np.asarray(table["n_follower"]) + 1)
    write_part(fresh.folder / "runs", number_of(part),
               [table.set_column(column, table.schema.field(column), forged)])  # fmt: skip
    part.unlink()
    found = reproduce(fresh, sample=24)
    assert not found.same
    assert set(found.differences["outcome"]) == {"n_follower"}
    assert len(found.differences) == table.num_rows
    done = here("reproduce", fresh.folder, "--sample", 24)
    assert done.returncode == 3
    assert f"{table.num_rows} of {24 * len(SUMMARY)} numbers differ" in done.stdout


# ---- memory --------------------------------------------------------------------------------------

MEMORY = """
import resource, sys
from simulation.sweeps.running import sweep
from simulation.sweeps.working import Brought
import simulation.sweeps.running as running
import numpy as np
from simulation.core.outcomes import SUMMARY

def quick(common, tasks):  # rows without runs: what is measured is the writer's memory
    rows = [{"position": p, "status": "SUCCEEDED", "error": None, "traceback": None, "seconds": .01,
             "outcomes": [0.0] * len(SUMMARY)} for task in tasks for _, p in task.runs]
    return Brought(rows, {}, 1e-3 * len(tasks))

running.live_batch = quick
sweep({"scenario": "classroom", "strategies": ["posting_only", "balanced"],
       "replications": int(sys.argv[1]), "parameters": {"p_join": [.1, .2, .3, .4, .5]}},
      sys.argv[2], jobs=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_stays_flat(tmp_path):
    """100,000 runs take no more memory than 1,000 beyond the index (a bit a run) and a little."""
    used = []
    for runs in (1_000, 100_000):
        words = [sys.executable, "-c", MEMORY, str(runs // 10), str(tmp_path / str(runs))]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        used.append(int(done.stdout.split()[-1]) / 1024)
    assert used[1] - used[0] < 60, f"{used} MB"
    assert len(parts_in(tmp_path / "100000" / "runs")) < 200
    assert open_store(tmp_path / "100000").query("select count(*) as n from runs")["n"][0] == 10**5


def test_a_design_file_may_lie_elsewhere(tmp_path):
    """Paths in a design are meant from its own folder."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "town.toml").write_text('name = "town"\nn_people = 77\ndays_warm_up = 3\n')
    (folder / "mine.toml").write_text("posting = 1.0\n")
    path = folder / "design.toml"
    path.write_text('scenario = "town.toml"\nstrategies = ["mine.toml", "balanced"]\n')
    found = read_design(path)
    assert found.scenario["n_people"] == 77
    assert [s.name for s in found.strategies] == ["mine", "balanced"]
