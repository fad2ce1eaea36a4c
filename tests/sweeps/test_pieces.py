"""Parts of a sweep that do not talk to each other: killed, doubled, mixed up, and put together."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from simulation.commands.cli import main
from simulation.core.randomness import analysis_rng
from simulation.sweeps.design import Piece
from simulation.sweeps.parts import parts_in
from simulation.sweeps.pieces import PieceStore, PieceWriter, folder_of, gather, ranges
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import resume, sweep
from simulation.sweeps.store import open_store
from simulation.sweeps.working import live_batch
from simulation.tools.errors import InputError, Stopped
from tests.sweeps.common import DESIGN, assert_same_stores, here, write_design

KEEP_ALL = {**DESIGN, "keep": ["series", "events", "people"]}
KILLS = 6


@pytest.fixture(scope="module")
def whole(whole_with):
    """The ordinary sweep."""
    return whole_with("series", "events", "people")


def live_all(out, of=3, design=KEEP_ALL, first=1, **options):
    """Live all parts, one after the other."""
    for number in range(first, first + of):
        sweep(design, out, part=(number, of), jobs=1, **options)


# ---- which worlds --------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [1, 2, 3, 4, 5, 12, 100])
def test_every_world_is_in_one_part(of):
    """In the same one with more replications; the parts differ by a world at most."""
    design = read_design(DESIGN)
    parts = [Piece(number, of) for number in range(1, of + 1)]
    worlds = [list(part.worlds(design)) for part in parts]
    assert sorted(w for own in worlds for w in own) == sorted(design.worlds())
    assert [part.n_runs(design) for part in parts] == [2 * len(own) for own in worlds]
    assert max(map(len, worlds)) - min(map(len, worlds)) <= 1
    longer = design.with_replications(7)
    for part, own in zip(parts, worlds, strict=True):
        assert list(part.worlds(longer))[: len(own)] == own


def test_large_settings_are_shared_out():
    """Ten sizes in turn, ten parts: a part that had one size only would take ten times as long."""
    sizes = [100 * 2**i for i in range(10)]
    changes = {"n_people": sizes, "p_follow": [0.005 + 0.001 * i for i in range(10)]}
    design = read_design({**DESIGN, "parameters": {**DESIGN["parameters"], **changes}})
    for number in range(1, 11):
        worlds = Piece(number, 10).worlds(design)
        people = [design.settings.values(setting)["n_people"] for setting, _ in worlds]
        assert {people.count(size) for size in sizes} == {people.count(sizes[0])}


@pytest.mark.parametrize("text", ["0/4", "4/4", (0, 4), (4, 4), " 4 / 4 "])
def test_an_array_may_begin_at_0_or_at_1(text):
    """0 of 4 is part 4: 0-3 and 1-4 both are every part once."""
    assert Piece.read(text) == Piece(4, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/100", "write it as NUMBER/PARTS.*SLURM_ARRAY_TASK_ID"),  # the variable is not set
        ("3", "write it as NUMBER/PARTS"),
        ("1/2/3", "write it as NUMBER/PARTS"),
        ("1.5/3", "write it as NUMBER/PARTS"),
        (3, "write it as NUMBER/PARTS"),
        ("5/4", "the number = 5 is not allowed: a whole number from 0 to 4"),
        ("-1/4", "the number = -1 is not allowed"),
        ("0/0", "the number of parts = 0 is not allowed"),
    ],
)
def test_a_part_that_is_none_is_one_line(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        sweep(DESIGN, tmp_path / "store", part=text)
    assert not (tmp_path / "store").exists()


# ---- put together --------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "first"), [(3, 1), (3, 0), (30, 1)])
def test_gathered_parts_are_the_sweep(tmp_path, whole, of, first):
    """Every table, bit for bit; also in more parts than there are worlds."""
    live_all(tmp_path / "store", of, first=first)
    assert_same_stores(whole, gather(KEEP_ALL, tmp_path / "store"))


def test_a_part_is_read_like_a_store(tmp_path, whole):
    """What `sweep(..., part=)` returns has the rows of the part, and what is left of it."""
    part = sweep(KEEP_ALL, tmp_path / "store", part="2/3", jobs=2)
    assert part.counts() == {"SUCCEEDED": 8, "FAILED": 0, "PENDING": 0}
    everything = whole.runs().set_index("run_key")
    own = part.runs().set_index("run_key")
    assert (own["sales"] == everything.loc[own.index, "sales"]).all()
    assert len(part.series()) == 8 * 30
    assert len(part.to_xarray("runs")) > 0
    assert "8 of 8 runs succeeded" in repr(part)
    row = part.runs().iloc[3]
    assert part.rerun(row).summary["sales"] == row["sales"]


def test_gather_says_what_is_missing(tmp_path, whole):
    """Exit 3 and one line; what is there is gathered; the rest may be lived here or in its part."""
    design, store = write_design(tmp_path, people=200), tmp_path / "store"
    with pytest.raises(InputError, match="there are no parts to be gathered"):
        gather(design, store)
    assert not store.exists()
    sweep(design, store, part=(1, 4), jobs=1)
    done = here("sweep", design, "--out", store, "--part", "3/4", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    said = here("sweep", design, "--out", store, "--gather")
    assert said.returncode == 3
    assert said.stderr.splitlines() == [
        f"continuum: 18 of 36 runs are gathered in {store}; of 4 parts missing: 2,4; run these "
        "again (--array=2,4, or --part 2/4), then --gather again; or live the rest here: "
        f"continuum resume {store}"
    ]
    shutil.copytree(store, tmp_path / "copy")
    resume(tmp_path / "copy", jobs=1)
    for number in (2, 0):
        sweep(design, store, part=(number, 4), jobs=1)
    done = here("sweep", design, "--out", store, "--gather")
    assert done.stdout == f"36 runs succeeded, 0 failed; {store}: runs in parts, manifest.json\n"
    ordinary = sweep(design, tmp_path / "whole", jobs=1)
    assert_same_stores(ordinary, store)
    assert_same_stores(ordinary, tmp_path / "copy")


def test_gathering_twice_adds_nothing(tmp_path, whole):
    live_all(tmp_path / "store")
    once = gather(KEEP_ALL, tmp_path / "store")
    files = sorted(once.folder.rglob("part-*.parquet"))
    assert_same_stores(whole, gather(KEEP_ALL, tmp_path / "store"))
    assert sorted(once.folder.rglob("part-*.parquet")) == files
    shutil.rmtree(tmp_path / "store" / "parts")
    assert_same_stores(whole, gather(KEEP_ALL, tmp_path / "store"))
    with pytest.raises(InputError, match="is the store of another design: seed 5 there, 6 here"):
        gather({**KEEP_ALL, "seed": 6}, tmp_path / "store")


def begun(out, number, of, n_tasks=1):
    """Enter the writer of a part and give it its first rows, as a task does that still runs."""
    from simulation.sweeps.running import common_of, tasks_of

    design = read_design(KEEP_ALL)
    writer = PieceWriter(out, design, Piece(number, of), command="the first").__enter__()
    tasks = list(tasks_of(design, writer.done, writer.piece))[:n_tasks]
    brought = live_batch(common_of(design), tasks)
    writer.add(brought.rows, brought.kept)
    return writer


def test_gather_leaves_a_part_that_still_runs_alone(tmp_path, whole):
    """Its rows come when it is finished; what it has begun is not touched."""
    out = tmp_path / "store"
    for number in (1, 2):
        sweep(KEEP_ALL, out, part=(number, 3), jobs=1)
    writer = begun(out, 3, 3)
    files = sorted(writer.folder.rglob("*"))
    with pytest.raises(
        Stopped, match=r"16 of 24 runs are gathered.*unfinished or still running: 3"
    ):
        gather(KEEP_ALL, out)
    assert sorted(writer.folder.rglob("*")) == files
    writer.__exit__()
    sweep(KEEP_ALL, out, part=(3, 3), jobs=1)
    assert_same_stores(whole, gather(KEEP_ALL, out))


def test_more_replications_later(tmp_path):
    """The old rows are kept; a part that has not got the new ones yet is unfinished."""
    out, more = tmp_path / "store", {**KEEP_ALL, "replications": 5}
    live_all(out, 2)
    gather(KEEP_ALL, out)
    sweep(more, out, part="1/2", jobs=1)
    with pytest.raises(Stopped, match="unfinished or still running: 2"):
        gather(KEEP_ALL, out)
    sweep(more, out, part="2/2", jobs=1)
    assert_same_stores(sweep(more, tmp_path / "whole", jobs=1), gather(KEEP_ALL, out))


# ---- killed, doubled, damaged --------------------------------------------------------------------


def test_parts_killed_at_random_moments(tmp_path):
    """Two of three parts at a time, killed and begun again: gathered, as if undisturbed."""
    design, out = write_design(tmp_path, replications=30, keep=["series"]), tmp_path / "store"
    ordinary = sweep(design, tmp_path / "whole", jobs=1)
    luck, killed, seen = analysis_rng(11), 0, []
    while killed < KILLS:
        tasks = [start(design, out, int(number)) for number in luck.permutation(3)[:2]]
        time.sleep(luck.uniform(0.5, 3.0))
        for task in tasks:
            killed += task.poll() is None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(task.pid, signal.SIGKILL)
            task.communicate()
        seen.append(rows_in(out, design))
        if seen[-1] == ordinary.design.n_runs:  # done before they were killed enough
            shutil.rmtree(out)
            seen.clear()
    assert seen == sorted(seen), "what was written stays"
    for number in range(3):
        sweep(design, out, part=(number, 3), jobs=1)
    assert_same_stores(ordinary, gather(design, out))


def start(design, out, number):
    words = ["sweep", design, "--out", out, "--jobs", 1, "--part", f"{number}/3"]
    return subprocess.Popen(
        [sys.executable, "-m", "simulation", *map(str, words)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def rows_in(out, design):
    """Return how many runs the parts have together."""
    chosen = read_design(design)
    counts = [PieceStore(out, chosen, Piece(k, 3)).counts() for k in (1, 2, 3)]
    assert all(count["FAILED"] == 0 for count in counts)
    return sum(count["SUCCEEDED"] for count in counts)


def test_gather_killed_half_way(tmp_path, whole, monkeypatch):
    """What was gathered counts, what was not is gathered by the next."""
    from simulation.sweeps.writing import Writer

    out = tmp_path / "store"
    live_all(out)

    def killed(self, runs, kept, marks):
        if self.done.count > 8:
            raise KeyboardInterrupt
        return adopt(self, runs, kept, marks)

    adopt = Writer.adopt
    monkeypatch.setattr(Writer, "adopt", killed)
    with pytest.raises(KeyboardInterrupt):
        gather(KEEP_ALL, out)
    monkeypatch.undo()
    assert 0 < open_store(out).counts()["SUCCEEDED"] < 24
    assert_same_stores(whole, gather(KEEP_ALL, out))


def test_the_same_part_twice_at_once(tmp_path, whole):
    """The second refuses and names the first; afterwards it goes on from there."""
    out = tmp_path / "store"
    writer = begun(out, 1, 3)
    with pytest.raises(InputError, match=f"--part 1/3: is being written by process {os.getpid()}"):
        sweep(KEEP_ALL, out, part="1/3", jobs=1)
    writer.__exit__()
    live_all(out)
    assert_same_stores(whole, gather(KEEP_ALL, out))


def test_the_same_part_twice_where_nothing_can_be_locked(tmp_path, whole, monkeypatch):
    """Both live it, in folders of their own; every run, and every day of it, counts once."""

    def no_locks(self, **options):
        raise NotImplementedError("this file system has no locks")

    monkeypatch.setattr("filelock.FileLock.acquire", no_locks)
    out = tmp_path / "store"
    first, second = begun(out, 1, 3, n_tasks=3), begun(out, 1, 3, n_tasks=4)
    assert first.folder != second.folder
    third = begun(out, 1, 3, n_tasks=1) if second.done.count < second.n_runs else None
    for writer in (first, second, third):
        if writer is not None:
            writer.__exit__()
    monkeypatch.undo()
    part = PieceStore(out, read_design(KEEP_ALL), Piece(1, 3))
    assert len(part.series()) == part.counts()["SUCCEEDED"] * 30
    live_all(out)
    assert_same_stores(whole, gather(KEEP_ALL, out))


def test_damage_in_a_part_is_run_again(tmp_path, whole):
    """A file that is not as it was written counts as never written."""
    out = tmp_path / "store"
    live_all(out)
    (attempt,) = PieceStore(out, read_design(KEEP_ALL), Piece(2, 3)).attempts
    for table in ("runs", "series"):
        path = parts_in(attempt.folder / table)[table == "series"]
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Stopped, match="unfinished or still running: 2"):
        gather(KEEP_ALL, out)
    sweep(KEEP_ALL, out, part="2/3", jobs=1)
    assert_same_stores(whole, gather(KEEP_ALL, out))


def broken_run(world, strategy, **options):
    """A run that fails in some worlds, always the same."""
    if world.replication == 1:
        raise ZeroDivisionError("no such world")
    from simulation.runs.run import run_prepared

    return run_prepared(world, strategy, **options)


def test_failed_runs_are_gathered_and_replaced(tmp_path, whole, monkeypatch):
    """A failed row is a row; run again in its part, the good one counts."""
    out = tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr("simulation.runs.worlds.run_prepared", broken_run)
        live_all(out)
    assert gather(KEEP_ALL, out).counts() == {"SUCCEEDED": 16, "FAILED": 8, "PENDING": 0}
    live_all(out)  # failed runs are not run again unless told
    assert gather(KEEP_ALL, out).counts()["FAILED"] == 8
    live_all(out, retry_failed=True)
    assert_same_stores(whole, gather(KEEP_ALL, out))


# ---- mixed up ------------------------------------------------------------------------------------


def test_parts_of_another_design_are_refused(tmp_path):
    """By the part that finds them in its place, and by gather; nothing is written."""
    out, other = tmp_path / "store", {**KEEP_ALL, "seed": 6}
    sweep(KEEP_ALL, out, part="1/2", jobs=1)
    with pytest.raises(InputError, match="is the store of another design: seed 5 there, 6 here"):
        sweep(other, out, part="1/2", jobs=1)
    sweep(other, out, part="2/2", jobs=1)
    with pytest.raises(InputError, match=r"of-2/2.*is the store of another design: seed 6 there"):
        gather(KEEP_ALL, out)
    assert not (out / "manifest.json").exists()


def test_parts_of_other_code_are_refused(tmp_path):
    """A node with another version of the model: its part is named."""
    out = tmp_path / "store"
    live_all(out, 2)
    (attempt,) = PieceStore(out, read_design(KEEP_ALL), Piece(2, 2)).attempts
    manifest = json.loads((attempt.folder / "manifest.json").read_text())
    manifest["model"] = "0" * 16
    (attempt.folder / "manifest.json").write_text(json.dumps(manifest))
    for again in (lambda: gather(KEEP_ALL, out), lambda: sweep(KEEP_ALL, out, part="2/2", jobs=1)):
        with pytest.raises(InputError, match=r"of-2/2.*made by other code of the model"):
            again()
    assert not (out / "manifest.json").exists()


def test_another_number_of_parts_is_refused(tmp_path):
    out = tmp_path / "store"
    sweep(KEEP_ALL, out, part="1/2", jobs=1)
    with pytest.raises(InputError, match="holds a sweep in 2 parts, not 3: take --part 2/2"):
        sweep(KEEP_ALL, out, part="3/3", jobs=1)
    folder_of(out, Piece(1, 3)).mkdir(parents=True)  # both began at the same moment
    with pytest.raises(InputError, match="in 2 parts and one in 3: remove the folder of one"):
        gather(KEEP_ALL, out)


def test_an_ordinary_sweep_does_not_pass_parts_over(tmp_path, whole):
    """Before they are gathered a sweep, resume and reading say what to do; afterwards they work."""
    out = tmp_path / "store"
    live_all(out)
    for wrong in (
        lambda: sweep(KEEP_ALL, out, jobs=1),
        lambda: resume(out),
        lambda: open_store(out),
    ):
        with pytest.raises(InputError, match=r"gather them first: continuum sweep .*gather"):
            wrong()
    gather(KEEP_ALL, out)
    assert_same_stores(whole, sweep(KEEP_ALL, out, jobs=1))
    (attempt,) = PieceStore(out, read_design(KEEP_ALL), Piece(2, 3)).attempts
    for wrong in (resume, lambda folder: sweep(KEEP_ALL, folder, jobs=1)):
        with pytest.raises(InputError, match=r"an attempt at part 2/3 of a sweep.*--part 2/3"):
            wrong(attempt.folder)


@pytest.mark.parametrize("options", [["--jobs", "2"], ["--part", "1/2"], ["--dry-run"]])
def test_gather_runs_nothing(tmp_path, monkeypatch, capsys, options):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", str(write_design(tmp_path)), "--gather", *options]) == 2
    assert capsys.readouterr().err == (
        "continuum: --gather runs nothing: give it without options of running\n"
    )
    assert not (tmp_path / "out").exists()


def test_how_long_a_part_takes(tmp_path, monkeypatch, capsys):
    """--dry-run of a part speaks of the part."""
    monkeypatch.chdir(tmp_path)
    design = str(write_design(tmp_path, people=200))
    assert main(["sweep", design, "--part", "2/5", "--dry-run", "--jobs", "1"]) == 0
    assert "36 runs, part 2/5: 6 of them; about" in capsys.readouterr().out


def test_numbers_as_arrays_take_them():
    assert ranges([3, 4, 5, 9]) == "3-5,9"
    assert ranges([1]) == "1"
