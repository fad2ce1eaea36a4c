"""A browser, the page in files, and windows of it, for the tests that press its buttons."""

from __future__ import annotations

import pytest

from tests.web.opened import a_browser, windows, written


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests of a file."""
    with a_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The page in files, with its own story and a small one."""
    return written(tmp_path_factory.mktemp("page"))


@pytest.fixture
def open_window(browser, files):
    """Open windows; at the end none has complained, and none has asked any host for anything."""
    with windows(browser, files) as opened:
        yield opened
