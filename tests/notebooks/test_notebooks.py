"""The notebooks for students: they run in a fresh kernel, and their answer keys are right.

Every number of an answer key is computed once more, from the same seed in another way
(keys.py).
"""

from __future__ import annotations

import functools
import json
import math
import re
import textwrap
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest

from tests import ROOT
from tests.notebooks.keys import KEYS
from tests.web.browser import chromium

FOLDER = ROOT / "notebooks"
NAMES = [
    "01_one_persons_life",
    "02_leaky_funnel",
    "03_posting_or_community",
    "04_one_lucky_run",
    "05_what_matters",
    "06_launch_day",
    "07_the_dashboard",
]
#: A plan for each notebook, and one for the page, which needs none.
PLANS = ["00_the_page", *NAMES]
HEADS = [
    "Aim",
    "What is needed",
    "50 minutes",
    "Questions to ask",
    "What students usually get wrong",
    "Where to go on",
]
each = pytest.mark.parametrize("name", NAMES)
#: The code of an answer is not shown before it is asked for: in Jupyter, and in an export.
FOLDED = {"jupyter": {"source_hidden": True}, "transient": {"remove_source": True}}


@functools.cache
def book(name):
    """Return a notebook as it is stored."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_there_are_seven_and_no_others():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES
    assert sorted(path.stem for path in (FOLDER / "lesson_plans").iterdir()) == PLANS


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
        assert cell["metadata"] == (FOLDED if cell["id"].startswith("key-") else {})
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


@pytest.mark.parametrize("name", PLANS)
def test_the_lesson_plan_is_one_page(name):
    text = (FOLDER / "lesson_plans" / f"{name}.md").read_text(encoding="utf-8")
    assert 300 <= len(text.split()) <= 520
    page = "# The page: guess first, then see"
    title = book(name).cells[0].source.splitlines()[0] if name in NAMES else page
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
    """Notebooks 3 and 6 say which claims fail, and which cannot be told: so does their table."""
    table = pd.read_csv(ROOT / "experiments/results/x15_claims.csv")
    verdicts = table[table["variant"] == "defaults"].set_index("claim")["verdict"]
    for name in ("03_posting_or_community", "06_launch_day"):
        text = " ".join(" ".join(cell.source for cell in book(name).cells).split())
        told = re.findall(r"\*([a-z ]+)\* (fails|cannot be told)", text)
        claims = {"community beats a list", "everyone in the community buys"}
        assert {claim for claim, _ in told} == claims, name
        for claim, verdict in told:
            assert verdicts[claim] == {"fails": "fails", "cannot be told": "open"}[verdict], name


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
    "07_the_dashboard": [
        ("claimed", 2, math.inf),
        ("hidden_posting", 0.5, 1),
        ("hidden_ads", 0, 0.5),
        ("selection", 0.1, 1),
        ("heard", 0, math.inf),
    ],
}


def run_in_kernel(cells, folder, monkeypatch, timeout=300, after=lambda nb: None):
    """Return cells as a notebook that ran in a fresh kernel of this Python.

    `after` is called with the notebook as it stands whenever a cell has run.
    """
    from ipykernel.kernelspec import write_kernel_spec
    from nbclient import NotebookClient

    write_kernel_spec(folder / "kernels" / "of-these-tests")  # none the machine happens to have
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    here = folder / "here"
    here.mkdir()
    nb = nbformat.v4.new_notebook(cells=cells)
    where = {"metadata": {"path": str(here)}}
    client = NotebookClient(nb, kernel_name="of-these-tests", timeout=timeout, resources=where)
    client.on_cell_executed = lambda **_: after(nb)
    client.execute()
    assert not list(here.iterdir()), "a notebook left files where it was opened"
    return nb


def code(text):
    return nbformat.v4.new_code_cell(text)


@pytest.mark.long
@each
def test_it_runs_shows_pictures_and_its_key_is_right(name, tmp_path, monkeypatch):
    """As "run all" runs it; then as an export shows it to somebody without a kernel."""
    cells = [code(STRICT), *book(name).cells, code("import json; print(json.dumps(answers))")]
    nb = run_in_kernel(cells, tmp_path, monkeypatch)
    answers = json.loads(nb.cells[-1].outputs[0]["text"])
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    pictures = ["image/png" in str(cell.outputs) for cell in nb.cells[1:] if "outputs" in cell]
    frames = [cell for cell in nb.cells if cell.source.startswith("explore(")]
    assert len(frames) == (name == NAMES[2])
    assert any(pictures[:3]), "pictures first"
    assert sum(pictures) + len(frames) >= 4
    sliders = [cell for cell in nb.cells if "@with_sliders" in cell.source]
    assert len(sliders) == (name in (NAMES[1], NAMES[5]))
    for cell in sliders:  # both the slider and, before anybody touches it, its picture
        assert any("widget-view" in str(output.get("data")) for output in cell.outputs)
        assert sum("image/png" in output.get("data", {}) for output in cell.outputs) == 1
    assert all(isinstance(v, (int, float)) and math.isfinite(v) for v in answers.values())
    again = KEYS[int(name[:2]) - 1]()
    assert set(answers) == set(again)
    for key, value in again.items():
        assert answers[key] == pytest.approx(float(value), rel=1e-9), key
    for key, low, high in TAKEN_FOR_GRANTED.get(name, []):
        assert low < answers[key] < high, key
    nb.cells = nb.cells[1:-1]
    looks_right(nb, tmp_path / "export.html", *([c.id for c in kind] for kind in (sliders, frames)))


# ---- what somebody without a kernel sees ---------------------------------------------------------

#: The share of the pixels of a picture that are not its background; 0 where it did not load.
INK = """image => {
    if (!image.naturalWidth) return 0;
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    pen.drawImage(image, 0, 0);
    const dots = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return dots.filter(dot => dot !== dots[0]).length / dots.length;
}"""


def looks_right(nb, file, slider_cells, frame_cells):
    """Look at an HTML export in a browser that reaches no other host, and open its answers.

    The page in a frame lives there as anywhere: nothing of it is a picture.
    """
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    file.write_text(HTMLExporter().from_notebook_node(nb)[0], encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        ours = ("file:", "data:", "blob:")
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(ours)
                   else route.abort())  # fmt: skip
        page.goto(file.as_uri(), wait_until="domcontentloaded")
        for id_ in slider_cells:
            pictures = page.locator(f"[id='cell-id={id_}'] img")
            assert pictures.count() == 1, id_
            assert pictures.first.is_visible()
            assert pictures.first.bounding_box()["width"] > 500
            assert pictures.first.evaluate(INK) > 0.01, "an empty picture"
        for id_ in frame_cells:
            frame = page.locator(f"[id='cell-id={id_}'] iframe").element_handle().content_frame()
            frame.wait_for_selector("[data-lived]:not([data-lived=''])", timeout=60_000)
        folded = page.locator("details")
        keys = [cell for cell in nb.cells if "answer(" in cell.source]
        assert folded.count() == len(keys) >= 3
        before = page.inner_text("body")
        assert "answers[" not in before, "the code of a key shows what it says"
        for i in range(folded.count()):
            box = folded.nth(i)
            assert box.inner_text() == f"Answer to exercise {i + 1}"
            box.locator("summary").click()
            said = box.inner_text().split("\n", 1)[1].strip()
            assert re.search(r"\w", said), "nothing behind the summary"
            assert len(said) < 10 or said not in before
        browser.close()


def test_a_slider_moves_its_picture_and_says_what_went_wrong(tmp_path, monkeypatch):
    """Moved in a live kernel, the same outputs change; nothing is added, and no error is lost."""
    drawn = """
        import matplotlib.pyplot as plt
        from simulation.figures.lessons import with_sliders

        @with_sliders(n=(0, 4))
        def draw(n=1):
            ax = plt.subplots()[1]
            ax.plot([0, 10 ** n])
            return ax, f"n is {n}, a third {1 / (n - 3):.2f}"
    """
    cells = [code("%matplotlib inline"), code(textwrap.dedent(drawn))]
    moves = [code("draw.sliders['n'].value = 2"), code("draw.sliders['n'].value = 3")]
    seen = []

    def shown(nb):
        assert not any(cell.outputs for cell in nb.cells[2:]), "a second picture"
        seen.append([dict(output["data"]) for output in nb.cells[1].outputs])

    run_in_kernel(cells + moves, tmp_path, monkeypatch, after=shown)
    del seen[0]  # before there is anything to draw
    sliders, picture, text = seen[0]
    assert sliders["text/plain"] == "Sliders (n): they move where a kernel runs."
    assert "image/png" in picture
    assert text["text/markdown"] == "n is 1, a third -0.50"
    assert seen[1][1]["image/png"] != picture["image/png"]
    assert seen[1][2]["text/markdown"] == "n is 2, a third -1.00"
    assert [told["text/markdown"] for told in seen[2][1:]] == [
        "**ZeroDivisionError:** division by zero",
        "",
    ]
