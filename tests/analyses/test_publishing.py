"""A crate: valid, the same bytes again, lived again bit for bit, and named where it was changed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulation import InputError, open_store
from simulation.analyses.publishing import LICENSES, publish
from simulation.sweeps.crate import METADATA, store_at
from simulation.sweeps.running import resume, sweep
from simulation.tools.files import hash_of
from simulation.tools.project import LICENCE
from tests import ROOT
from tests.sweeps.common import assert_same_stores, changed_code, here

DESIGN = {
    "name": "small",
    "scenario": "classroom",
    "strategies": ["posting_only", "community_building"],
    "replications": 2,
    "method": "lhs",
    "n": 2,
    "parameters": {"n_people": 150, "p_follow": [0.02, 0.1]},
    "keep": ["series", "people"],
}
FIRST = "A. Author <https://orcid.org/0000-0002-1825-0097>"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sweep(DESIGN, tmp_path_factory.mktemp("published") / "small", jobs=1)


@pytest.fixture(scope="module")
def crate(store, tmp_path_factory):
    """The crate of that store; not to be changed."""
    folder = tmp_path_factory.mktemp("crate") / "crate"
    publish(store, folder, authors=[FIRST, "B. Author"], license="CC-BY-4.0")
    return folder


@pytest.fixture
def copy(crate, tmp_path):
    """A copy of the crate, to be changed."""
    return shutil.copytree(crate, tmp_path / "crate")


def bytes_of(folder):
    """Return every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def entities(crate):
    """Return the entities of a crate by their ids."""
    graph = json.loads((crate / METADATA).read_text(encoding="utf-8"))["@graph"]
    assert len({each["@id"] for each in graph}) == len(graph)
    return {each["@id"]: each for each in graph}


def refused(*words, cwd="."):
    """Run a command that must be refused; return its one line."""
    done = here(*words, cwd=cwd)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    return done.stderr


# ---- what a crate is -----------------------------------------------------------------------------

needs_validator = pytest.mark.skipif(
    importlib.util.find_spec("rocrate_validator") is None,
    reason="roc-validator is not installed: pip install -e '.[test]'",
)


def problems(crate):
    """Return what the validator finds in a crate, as (check, message)."""
    script = ROOT / "tests" / "analyses" / "crate_check.py"
    words = [sys.executable, str(script), str(crate), "ro-crate-1.1", "process-run-crate-0.5"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_validator
def test_the_validator_finds_nothing(copy, store, tmp_path):
    """With two authors and with none; but it does where something is wrong."""
    publish(store, tmp_path / "alone")
    assert problems(copy) == problems(tmp_path / "alone") == []
    said = json.loads((copy / METADATA).read_text(encoding="utf-8"))
    root = next(each for each in said["@graph"] if each["@id"] == "./")
    root["licence"] = root.pop("license")
    (copy / METADATA).write_text(json.dumps(said), encoding="utf-8")
    (copy / "report.html").unlink()
    text = str(problems(copy))
    for wrong in ("licence", "`license`", "report.html"):
        assert wrong in text


def test_every_file_is_described_and_nothing_else_is_there(crate, store):
    """Of each its kind, size and hash; the files of the store are as they are in the store."""
    there, said = bytes_of(crate), entities(crate)
    files = {name: each for name, each in said.items() if each["@type"] == "File"}
    assert set(files) == set(there) - {METADATA}
    assert [part["@id"] for part in said["./"]["hasPart"]] == list(files)
    for name, each in files.items():
        assert each["sha256"] == hash_of(crate / name)
        assert each["contentSize"] == str(len(there[name]))
        assert "/" in each["encodingFormat"]
    mine = {name: data for name, data in bytes_of(store.folder).items() if not name.startswith(".")}
    assert mine.items() <= there.items()
    assert set(there) - set(mine) == {METADATA, "report.html", "NOTICE"}
    assert {"settings.parquet", "engine.wasm"} <= set(mine)
    assert b"<html" in there["report.html"]
    assert LICENCE.encode() in there["NOTICE"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") == LICENCE


def test_it_says_who_what_and_by_which_code(crate, store):
    """Authors and licence as asked; version, commit and model as the store has them."""
    said, made = entities(crate), store.manifest
    root, code, action = said["./"], said["#continuum"], said["#sweep"]
    assert root["datePublished"] == made["made"][:10]
    assert root["license"]["@id"] == LICENSES["CC-BY-4.0"]
    assert [said[a["@id"]]["name"] for a in root["author"]] == ["A. Author", "B. Author"]
    assert "8 runs succeeded" in root["description"]
    assert code["version"] == made["versions"]["continuum-brand"]
    marks = {said[mark["@id"]]["name"]: said[mark["@id"]]["value"] for mark in code["identifier"]}
    assert marks["model"] == made["model"]
    assert marks.get("commit") == made["commit"]
    assert action["instrument"]["@id"] == "#continuum"
    assert action["startTime"] == made["made"]
    assert made["sessions"][0]["command"] in action["description"]


def test_its_code_is_that_of_codemeta(crate):
    """Name, licence and author are not said in two ways."""
    told = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    said = entities(crate)
    code = said["#continuum"]
    assert code["name"] == told["name"]
    assert code["license"]["@id"] == told["license"]
    assert said[code["author"]["@id"]]["name"] == told["author"][0]["name"]


def test_the_same_store_gives_the_same_bytes(crate, store, tmp_path):
    publish(store, tmp_path / "again", authors=[FIRST, "B. Author"], license="CC-BY-4.0")
    assert bytes_of(tmp_path / "again") == bytes_of(crate)


def test_a_crate_is_a_store(crate, store):
    """It is read as one, and is not added to: a resumed crate would be another."""
    assert_same_stores(open_store(crate), store)
    before = bytes_of(crate)
    with pytest.raises(InputError, match="is a crate, published as it is"):
        resume(crate, replications=3, jobs=1)
    assert bytes_of(crate) == before


# ---- lived again ---------------------------------------------------------------------------------


def zipped(crate, folder, inside):
    """Return a .zip of a crate: its files at the top, or in a folder."""
    base = crate.name if inside else "."
    root = crate.parent if inside else crate
    return shutil.make_archive(str(folder / "sent"), "zip", root, base)


@pytest.mark.parametrize("way", ["folder", "zip", "zip of a folder"])
def test_every_number_again(crate, tmp_path, way):
    there = crate if way == "folder" else zipped(crate, tmp_path, "folder" in way)
    done = here("reproduce", there, "--sample", "8")
    assert done.returncode == 0, done.stderr
    assert "numbers of 8 runs are the same" in done.stdout


def test_every_number_again_after_a_rule_has_changed(crate, tmp_path):
    """With the engine in the crate; without it, the changed rule gives other numbers."""
    environment = changed_code(tmp_path)

    def again(folder):
        words = [sys.executable, "-m", "simulation", "reproduce", str(folder), "--sample", "8"]
        return subprocess.run(words, env=environment | {"CONTINUUM_ENGINE": "python"},
                              cwd=tmp_path, capture_output=True, text=True)  # fmt: skip

    done = again(crate)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "numbers of 8 runs are the same" in done.stdout
    assert "the code of the model is not the one the store was made with" in done.stdout
    bare = shutil.copytree(crate, tmp_path / "bare")
    for name in (METADATA, "engine.wasm", "engine.json"):
        (bare / name).unlink()
    done = again(bare)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "numbers differ" in done.stdout


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["manifest.json", "settings.parquet", "engine.wasm", "report.html"]
)
def test_a_changed_byte_is_named(copy, name):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    assert f"not as it was published: {name}:" in refused("reproduce", copy)


def test_what_is_missing_or_added_is_named(copy, tmp_path):
    part = next((copy / "people").iterdir())
    moved = part.rename(tmp_path / part.name)
    assert f"not there: people/{part.name}" in refused("reproduce", copy)
    moved.rename(part)
    said = json.loads((copy / METADATA).read_text(encoding="utf-8"))
    said["@graph"] = [each for each in said["@graph"] if not each["@id"].startswith("series/")]
    (copy / METADATA).write_text(json.dumps(said), encoding="utf-8")
    assert "was added since it was published" in refused("reproduce", copy)


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"@graph": [{"sha256": "0"}]}', '{"@graph": []}']
)
def test_metadata_that_are_none(copy, text):
    (copy / METADATA).write_text(text, encoding="utf-8")
    assert METADATA in refused("reproduce", copy)


def test_a_zip_that_is_none(crate, tmp_path):
    """Cut short, of something else, no .zip at all: one line, and nothing stays in /tmp."""
    whole = zipped(crate, tmp_path, inside=True)
    (tmp_path / "half.zip").write_bytes(Path(whole).read_bytes()[:90_000])
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("a")
    other = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path / "other")
    assert "half.zip: cannot be unpacked" in refused("reproduce", tmp_path / "half.zip")
    assert "text.zip: cannot be unpacked" in refused("reproduce", tmp_path / "text.zip")
    assert f"{other}: holds no crate" in refused("reproduce", other)


def unfinished(store):
    path = store.folder / "manifest.json"
    said = json.loads(path.read_text())
    said["design"]["replications"] = 3
    path.write_text(json.dumps(said))


def damaged(store):
    part = next((store.folder / "series").iterdir())
    part.write_bytes(part.read_bytes()[:-1])


def another_engine(store):
    with (store.folder / "engine.wasm").open("ab") as file:
        file.write(b"\0")


def changed_manifest(**changes):
    def change(store):
        path = store.folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def with_friends(store):
    path = store.folder / "manifest.json"
    said = json.loads(path.read_text())
    said["design"]["friends"] = "0" * 64
    path.write_text(json.dumps(said))


UNFIT = {
    "unfinished": (unfinished, "4 runs are missing"),
    "damaged": (damaged, "damaged: series/part-"),
    "of another engine": (another_engine, "engine.wasm is not the engine"),
    "without its engine": (changed_manifest(engine=None), "holds no engine"),
    "a part": (changed_manifest(part="1/3"), "is a part of a sweep"),
    "on real friendships": (with_friends, "friendships of a file"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_store_that_cannot_be_published(store, tmp_path, case):
    """One line, exit code 2, and nothing is written."""
    change, said = UNFIT[case]
    there = shutil.copytree(store.folder, tmp_path / "store")
    change(open_store(there))
    assert said in refused("publish", there, "--out", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


WRONG_WORDS = {
    "a folder that is none": (["{t}/full"], "is no store of a sweep"),
    "nothing": (["{t}/none"], "no such store"),
    "into a full folder": (["{s}", "--out", "{t}/full"], "holds other files: a crate wants a new"),
    "onto a file": (["{s}", "--out", "{t}/full/mine.txt"], "is a file"),
    "here": (["{s}", "--out", "."], "is the working directory: a crate wants a new folder in it"),
    "a licence": (["{s}", "--out", "{t}/new", "--license", "CC-BY"], 'did you mean "CC-BY-4.0"'),
    "a mail address": (["{s}", "--out", "{t}/new", "--author", "Ada <a@x.org>"], "orcid.org"),
    "an empty name": (["{s}", "--out", "{t}/new", "--author", " "], "author ' ' is not allowed"),
}


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_wrong_words_are_one_line(store, tmp_path, case):
    words, said = WRONG_WORDS[case]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    words = [word.format(t=tmp_path, s=store.folder) for word in words]
    assert said in refused("publish", *words, cwd=tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "full", "mine.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_half_written(store, tmp_path, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("simulation.analyses.publishing.metadata", fail)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        publish(store, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_the_command(store, tmp_path):
    """Beside the store, or into an empty folder; who published it is asked for."""
    there = shutil.copytree(store.folder, tmp_path / "small")
    done = here("publish", ".", cwd=there)
    assert done.returncode == 0, done.stderr
    assert "no author is named" in done.stderr
    assert f"continuum reproduce {tmp_path / 'small-crate'}" in done.stdout
    (tmp_path / "empty").mkdir()
    done = here("publish", there, "--out", "empty", "--author", "Ada", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with store_at(tmp_path / "empty") as opened:
        assert len(opened.runs()) == 8
