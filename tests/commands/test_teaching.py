"""``continuum notebooks``: what is copied, what is never overwritten, and what a wheel has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from simulation import InputError
from simulation.commands.cli import main
from simulation.commands.teaching import copy_notebooks, notebook_files, notebooks_folder
from simulation.web.page import page_html
from tests import ROOT
from tests.container import copied

BOOKS = ROOT / "notebooks"


def contents(folder):
    """Return the bytes of every file below a folder, by its relative path."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    files = [path for path in files if ".ipynb_checkpoints" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def said(capsys, *words):
    """Run the command line in this process; return (exit code, stdout, stderr)."""
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_the_clone_has_them():
    assert notebooks_folder() == BOOKS
    known = [path.as_posix() for path in notebook_files(BOOKS)]
    assert sorted(known) == sorted(contents(BOOKS)), "a file that would not be copied"


def test_copies_are_whole_and_the_command_says_how_to_open_them(tmp_path, capsys):
    folder = tmp_path / "my course"
    code, out, err = said(capsys, "notebooks", folder)
    assert (code, err) == (0, "")
    assert contents(folder) == contents(BOOKS)
    assert "pip install 'continuum-brand[notebooks]'" in out
    assert f"jupyter lab '{folder}'" in out  # quoted, for the blank in it
    assert all(path.name in out for path in BOOKS.glob("*.ipynb"))


def test_the_default_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said(capsys, "notebooks")[0] == 0
    assert contents(tmp_path / "continuum_notebooks") == contents(BOOKS)


def test_work_is_not_overwritten(tmp_path, capsys):
    """Changed files are kept, missing ones not added, until --force replaces them."""
    books = sorted(path.name for path in BOOKS.glob("*.ipynb"))
    assert said(capsys, "notebooks", tmp_path)[0] == 0
    for name in books[:2]:
        (tmp_path / name).write_text("my work")
    (tmp_path / books[2]).unlink()
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    before = contents(tmp_path)
    code, out, err = said(capsys, "notebooks", tmp_path)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert books[0] in err
    assert "and 1 more" in err
    assert "--force" in err
    assert contents(tmp_path) == before
    assert said(capsys, "notebooks", tmp_path, "--force")[0] == 0
    assert contents(tmp_path) == contents(BOOKS) | {"notes.txt": b"mine"}


def test_again_is_no_error(tmp_path):
    copy_notebooks(tmp_path)
    assert len(copy_notebooks(tmp_path)) == len(contents(BOOKS))


@pytest.mark.parametrize("place", ["a file", "below a file", "a folder in the way"])
def test_where_nothing_can_be_written_is_one_line(tmp_path, capsys, place):
    if place == "a folder in the way":
        target = tmp_path / "to"
        (target / next(BOOKS.glob("*.ipynb")).name).mkdir(parents=True)
    else:
        target = tmp_path / "file"
        target.write_text("x")
        target = target / "sub" if place == "below a file" else target
    before = sorted(tmp_path.rglob("*"))
    code, out, err = said(capsys, "notebooks", target)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_installation_without_them_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("simulation.commands.teaching.PACKAGE", tmp_path / "simulation")
    with pytest.raises(InputError, match="install it again"):
        copy_notebooks(tmp_path / "to")
    assert not (tmp_path / "to").exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel of the files of this clone, elsewhere, so that no old build/ gets into it.

    Of those that the Containerfile copies, and no others: they are enough.
    """
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, source)
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(out), str(source)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, *words], check=True, timeout=300)
    return next(out.glob("*.whl"))


def test_a_wheel_holds_them(wheel):
    inside = {
        name.removeprefix("simulation/notebooks/"): zipfile.ZipFile(wheel).read(name)
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("simulation/notebooks/")
    }
    assert inside == contents(BOOKS)


def test_an_installed_wheel_writes_the_page(wheel, tmp_path):
    """Everything the page is made of is in the wheel: the file is the clone's, byte for byte."""
    ran_from(wheel, tmp_path, "page")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page_html()


def test_an_installed_wheel_copies_them(wheel, tmp_path):
    """The command of the wheel, unpacked where no clone is near."""
    ran_from(wheel, tmp_path, "notebooks", "to")
    assert contents(tmp_path / "to") == contents(BOOKS)


def ran_from(wheel, folder, *words):
    """Run a command of the wheel, unpacked in a folder."""
    zipfile.ZipFile(wheel).extractall(folder / "site")
    code = "import sys, simulation.commands.cli as cli; print(cli.__file__); sys.exit(cli.main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder / "site")},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(folder / "site") in done.stdout.splitlines()[0], "the clone was run instead"
