"""The notebooks for students: they run in a fresh kernel, and their answer keys are right.

Every number of an answer key is computed once more, from the same seed in another way
(notebook_keys.py).
"""

from __future__ import annotations

import functools
import json
import math
import re
from itertools import pairwise

import nbformat
import numpy as np
import pytest

from tests import ROOT
from tests.notebooks.keys import KEYS

FOLDER = ROOT / "notebooks"
NAMES = [
    "01_one_persons_life",
    "02_leaky_funnel",
    "03_posting_or_community",
    "04_one_lucky_run",
    "05_what_matters",
    "06_launch_day",
]
HEADS = [
    "Aim",
    "What is needed",
    "50 minutes",
    "Questions to ask",
    "What students usually get wrong",
    "Where to go on",
]
each = pytest.mark.parametrize("name", NAMES)


@functools.cache
def book(name):
    """Return a notebook as it is stored."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_there_are_six_and_no_others():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES
    assert sorted(path.stem for path in (FOLDER / "lesson_plans").iterdir()) == NAMES


# ---- how they are made ---------------------------------------------------------------------------


@each
def test_stored_bare(name):
    """No outputs, no counts, no metadata of somebody's machine; ids that mean something."""
    stored = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    nbformat.validate(stored)
    assert stored["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in stored["cells"]:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", cell["id"]), "a name, not what an editor drew"
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each
def test_question_prediction_exercises_key(name):
    """Each opens with a question and a prediction, and closes with exercises and their key."""
    cells = book(name).cells
    first, second = cells[0].source, cells[1].source
    assert re.match(rf"# {int(name[:2])} · .+\n\n\*\*Question\.\*\* .+\?", first, re.S)
    assert second.startswith("## Write your prediction first")
    asked = re.findall(r"^(\d)\. ", second, re.M)
    assert re.findall(r"^> (\d) · …$", second, re.M) == asked
    assert len(asked) >= 2
    ids = [cell.id for cell in cells]
    exercises, key = ids.index("exercises"), ids.index("key")
    assert cells[exercises].source.startswith("## Exercises")
    assert cells[key].source.startswith("## Answer key")
    assert key == exercises + 1
    tasks = set(re.findall(r"^(\d)\. ", cells[exercises].source, re.M))
    told = {match for cell in cells[key:] for match in re.findall(r"\*\*(\d)\.\*\*", cell.source)}
    assert tasks == told, "exercises without an answer, or answers without an exercise"
    assert all(id_.startswith("key-") for id_ in ids[key + 1 :])
    assert 3 <= len(tasks) <= 6


@each
def test_cells_are_short(name):
    codes = [cell for cell in book(name).cells if cell.cell_type == "code"]
    for cell in codes:
        assert cell.source.count("\n") < 12, cell.id
    assert np.median([cell.source.count("\n") + 1 for cell in codes]) <= 9


@each
def test_prose_promises_no_results(name):
    """What stands between the cells has no numbers with decimals, percent or thousands."""
    for cell in book(name).cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"`[^`]*`|500,000|per 1,000|\b20[0-2]\d\b", "", cell.source)
            assert not re.search(r"\d\.\d|\d,\d|\d ?%|\d{3,}", text), cell.id


@each
def test_the_lesson_plan_is_one_page(name):
    text = (FOLDER / "lesson_plans" / f"{name}.md").read_text(encoding="utf-8")
    assert 300 <= len(text.split()) <= 520
    title = book(name).cells[0].source.splitlines()[0]
    assert text.startswith(title + "\n")
    heads = re.findall(r"^## (.+)$", text, re.M)
    assert heads == HEADS
    spans = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) to (\d+) \|", text, re.M)]
    assert spans[0][0] == 0
    assert spans[-1][1] == 50
    assert all(a[1] == b[0] for a, b in pairwise(spans))


def test_every_link_leads_somewhere():
    for path in FOLDER.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_claims_that_fail_are_told():
    """Notebooks 3 and 6 name claims as failing: the table of claims says the same."""
    said = (ROOT / "experiments/results/x15_claims.md").read_text(encoding="utf-8")
    fail = re.search(r"Fail at the defaults: (.*?)\. \d", said, re.S).group(1)
    for name in ("03_posting_or_community", "06_launch_day"):
        text = " ".join(cell.source for cell in book(name).cells)
        named = re.findall(r"\*(community beats a list|everyone in the community buys)\*", text)
        assert named, name
        assert all(claim in fail for claim in named)


# ---- they run ------------------------------------------------------------------------------------

#: Warnings about what we wrote are errors; those of other people's libraries, which a kernel and
#: its widgets give in numbers as they age, are not ours to mend.
STRICT = r"import warnings; warnings.filterwarnings('error', module=r'simulation|__main__')"


#: What lesson plans ask about, and so take for granted: (answer, above, below).
TAKEN_FOR_GRANTED = {
    "03_posting_or_community": [("list_over_community", 0, math.inf), ("share_left", 0.1, 1)],
    "04_one_lucky_run": [("tens_that_tell", 0, 1), ("posting_as_good", 0, 200)],
    "05_what_matters": [("no_winner_told", 0, 15), ("unmoved", 0.5, 1.5)],
    "06_launch_day": [("subscriber_over_follower", 5, math.inf), ("members_owning", 0, 0.5)],
}


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Return a function that runs a notebook in a fresh kernel of this Python."""
    from ipykernel.kernelspec import write_kernel_spec
    from nbclient import NotebookClient

    write_kernel_spec(tmp_path / "kernels" / "of-these-tests")  # none the machine happens to have
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def run(name):
        nb = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
        new = nbformat.v4.new_code_cell
        nb.cells = [new(STRICT), *nb.cells, new("import json; print(json.dumps(answers))")]
        folder = tmp_path / "here"
        folder.mkdir()
        where = {"metadata": {"path": str(folder)}}
        client = NotebookClient(nb, kernel_name="of-these-tests", timeout=120, resources=where)
        # It would play the browser to widgets that show output, and tell them so on the socket on
        # which it waits for the reply, which it may then miss for the whole timeout (nbclient
        # issue 312).
        client.comm_open_handlers = {}
        client.execute()
        assert not list(folder.iterdir()), "a notebook left files where it was opened"
        return nb, json.loads(nb.cells[-1].outputs[0]["text"])

    return run


@each
def test_it_runs_shows_pictures_and_its_key_is_right(executed, name):
    nb, answers = executed(name)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    pictures = ["image/png" in str(cell.outputs) for cell in nb.cells[1:] if "outputs" in cell]
    assert any(pictures[:3]), "pictures first"
    assert sum(pictures) >= 4
    sliders = [cell for cell in nb.cells if "@interact" in cell.source]
    for cell in sliders:  # both the slider and, before anybody touches it, its picture
        assert any("widget-view" in str(output.get("data")) for output in cell.outputs)
        assert any("image/png" in output.get("data", {}) for output in cell.outputs)
    assert len(sliders) == (name in (NAMES[1], NAMES[2], NAMES[5]))
    assert all(isinstance(v, (int, float)) and math.isfinite(v) for v in answers.values())
    again = KEYS[int(name[:2]) - 1]()
    assert set(answers) == set(again)
    for key, value in again.items():
        assert answers[key] == pytest.approx(float(value), rel=1e-9), key
    for key, low, high in TAKEN_FOR_GRANTED.get(name, []):
        assert low < answers[key] < high, key
