"""A real Chromium and a real ``continuum serve``, for the tests of the page."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

#: Debian's name and others.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Return the browser; without one the tests are skipped, but never in CI."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium: .ci/run installs Debian's")
    pytest.skip("no Chromium on this machine (on Debian: apt-get install chromium)")


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run ``continuum serve``, on a free port unless told; give its address and its process."""
    port = () if "--port" in options else ("--port", "0")
    server = subprocess.Popen(
        [sys.executable, "-m", "simulation", "serve", *port, *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        line = server.stdout.readline()
        found = re.match(r"Continuum is at (http://\S+) \(Ctrl-C ends it\)", line)
        assert found, line + (server.stderr.read() if server.poll() is not None else "")
        yield found[1], server
    finally:
        server.terminate()
        server.communicate(timeout=20)
