"""Fingerprints hash folders: nothing that decides a number can move out of their sight."""

from __future__ import annotations

import pytest

from simulation.core.compiler import COMPILED_FOLDERS
from simulation.tools import stamp
from simulation.tools.stamp import (
    MODEL_FOLDERS,
    code_fingerprint,
    fingerprint,
    model_fingerprint,
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a small package of two folders that is fingerprinted instead of ours."""
    for name in ("core/a.py", "rules/b.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x = 1\n")
    monkeypatch.setattr(stamp, "PACKAGE", tmp_path)
    fingerprint.cache_clear()
    yield tmp_path
    fingerprint.cache_clear()


def test_a_missing_folder_is_an_error(package):
    with pytest.raises(FileNotFoundError, match="phases: no modules to fingerprint"):
        fingerprint("core", "phases")


def test_every_change_of_text_place_or_number_of_files_is_seen(package):
    """Text, a new file, a moved file; not the ends of lines, which git may change."""

    def now():
        fingerprint.cache_clear()
        return fingerprint("core", "rules")

    first = now()
    assert first == now()
    (package / "core/a.py").write_text("x = 2\n")
    second = now()
    (package / "core/a.py").write_bytes(b"x = 2\r\n")
    assert now() == second != first
    (package / "core/c.py").write_text("")
    third = now()
    (package / "core/c.py").rename(package / "rules/c.py")
    assert len({first, second, third, now()}) == 4


def test_what_is_compiled_decides_numbers():
    """Machine code comes from folders of the model; both fingerprints can be made."""
    assert set(COMPILED_FOLDERS) <= set(MODEL_FOLDERS)
    assert len(model_fingerprint()) == 16


def test_code_is_the_same_whatever_is_said_about_it(tmp_path):
    """Comments, docstrings and empty lines change nothing; a number or a text does."""
    told = '"""About."""\n\n\ndef f(x):\n    """Add."""\n    return x + 1  # one\n'
    file = tmp_path / "a.py"

    def now(text):
        file.write_text(text)
        return code_fingerprint(file)

    same = "def f(x):\n    # nothing\n    return x + 1\n"
    assert now(told) == now(same)
    assert now(same) != now(same.replace("1", "2"))
    assert now('a = "# no comment"\n') != now('a = "# another"\n')
