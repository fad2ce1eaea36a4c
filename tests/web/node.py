"""Node for tests: a script that answers a line of JSON with a line of JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[[Any], Any]


@contextmanager
def node(script: Path, *more: Path) -> Iterator[Ask]:
    """Open node with a script and what it is given; without node the test is skipped."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    words = [found, *map(str, (script, *more))]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(question: Any) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.communicate()  # the end of its input ends it
