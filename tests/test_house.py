"""The house: imports run one way, randomness and equations in their rooms, documents current."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import get_args

import networkx as nx
import pytest

import simulation
from simulation import figures, simulate
from simulation.checks.patterns import CHECKS
from simulation.commands.list_ import parameters_table
from simulation.core import outcomes
from simulation.core.randomness import Decision
from simulation.engine.day import live_a_day
from simulation.inputs.scenario import parameters
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Phase, Strategy
from simulation.people.population import LIFE_DTYPE
from tests import ROOT
from tests.inputs.test_world import ALL_LEVERS, LIVELY

PACKAGE = ROOT / "simulation"

#: From the ground up: a folder may import only from itself and from those before it.
ORDER = [
    "tools", "core", "inputs", "rules", "people", "engine", "agents", "runs", "figures", "sweeps",
    "analyses", "searches", "checks", "panels", "web", "commands",
]  # fmt: skip
#: Folders that do not know each other, whatever their order.
STRANGERS = [{"figures", "sweeps"}, {"analyses", "searches"}, {"analyses", "checks"},
             {"searches", "checks"}]  # fmt: skip


def rooms():
    """Yield (folder, file) for every module of the package; the public face stands on the roof."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).parts
        if len(parts) > 1:
            yield parts[0], file


def module_of(file, base=ROOT):
    """Return the name by which a file is imported."""
    return ".".join(file.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def imports_of(file, known):
    """Yield (line, module) for every import of ours, wherever it stands: annotations included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in inner]
        else:
            continue
        yield from ((node.lineno, name) for name in dict.fromkeys(names) if name in known)


def arrows_back(files, base=ROOT):
    """Return a line for every import against the order, or between folders that are strangers."""
    known = {module_of(file, base): file for file in files}
    found = []
    for name, file in known.items():
        here = name.split(".")[1:2]
        for line, other in imports_of(file, known):
            there = other.split(".")[1:2]
            if here == there or not here or here[0] not in ORDER:
                continue
            where = f"{file.relative_to(base)}:{line} imports {other}"
            if not there or there[0] not in ORDER or ORDER.index(there[0]) > ORDER.index(here[0]):
                found.append(f"{where}: {(there or ['the face'])[0]} stands above {here[0]}")
            elif {*here, *there} in STRANGERS:
                found.append(f"{where}: {here[0]} and {there[0]} do not know each other")
    return found


def circles(files, base=ROOT):
    """Return every group of modules that import each other, round and round."""
    known = {module_of(file, base): file for file in files}
    graph = nx.DiGraph()
    for name, file in known.items():
        graph.add_edges_from((name, other) for _, other in imports_of(file, known) if other != name)
    return [sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1]


def test_imports_run_one_way():
    """No folder imports from a later one, nor a stranger; the offender is named."""
    assert not arrows_back(sorted(PACKAGE.rglob("*.py")))


def test_there_is_no_circle():
    """No two modules of the package, or of the experiments, import each other, even by way of
    others, inside a function or for an annotation. (The face loads names when they are used.)"""
    files = [file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"]
    assert not circles([*files, *(ROOT / "experiments").rglob("*.py")])


def test_a_bad_import_is_found(tmp_path):
    """The two tests above can fail: an arrow back, a stranger and a circle are named."""
    files = {
        "simulation/core/a.py": "def late():\n    from simulation.runs import b",
        "simulation/runs/b.py": "if TYPE_CHECKING:\n    import simulation.core.a",
        "simulation/analyses/c.py": "from simulation.checks.d import x",
        "simulation/checks/d.py": "import numpy",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    made = [tmp_path / name for name in files]
    first, second = arrows_back(made, tmp_path)
    assert "core/a.py:2 imports simulation.runs.b" in first
    assert "analyses/c.py:1 imports simulation.checks.d" in second
    assert circles(made, tmp_path) == [["simulation.core.a", "simulation.runs.b"]]


def test_every_folder_has_its_place():
    """The order above names every folder of code, once, and no other."""
    assert sorted(ORDER) == sorted({folder for folder, _ in rooms()})


def test_tests_stand_in_the_folders_of_the_package():
    """tests/ mirrors simulation/, and has a folder for the experiments and for the notebooks."""
    folders = {file.parent.name for file in (ROOT / "tests").glob("*/test_*.py")}
    assert folders <= {*ORDER, "experiments", "notebooks"}
    assert {*ORDER, "experiments", "notebooks"} - folders <= {"tools"}


def test_figures_and_analyses_never_simulate():
    """They may read results; nothing in them can make one."""
    for folder, file in rooms():
        if folder in ("figures", "analyses"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
            living = {"simulate", "prepare", "run_prepared", "Engine", "BrandModel"}
            assert not {name.split(".")[-1] for name in called} & living, file


def test_randomness_is_made_in_one_room():
    """No numpy.random or random module outside randomness.py (SeedSequence is a name, not luck)."""
    for _, file in rooms():
        if file == PACKAGE / "core" / "randomness.py":
            continue
        text = file.read_text()
        assert not re.search(r"^(import|from) random\b", text, re.M), file
        uses = re.findall(r"(?:np|numpy)\.random\.(\w+)", text)
        assert set(uses) <= {"SeedSequence", "Generator"}, file  # a name, and a type
        assert "Generator(" not in text, file
        assert "SeedSequence()" not in text, file
        assert "default_rng" not in text, file


def test_files_and_functions_stay_small():
    """No file over 600 lines; functions at most 60 lines beside their docstring."""
    for _, file in rooms():
        text = file.read_text()
        assert text.count("\n") <= 600, file.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert lines <= 60, f"{file.name}: {node.name} has {lines} lines"


def test_public_functions_have_docstrings():
    """Every function, class and module that is not private says what it is."""
    for _, file in rooms():
        tree = ast.parse(file.read_text())
        assert ast.get_docstring(tree), file
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{file.name}: {node.name}"


def phases_in(text):
    """Return the numbered phase names, '1 plan' ... '10 record', in a text."""
    names = "plan|meet|feel|move|mingle|consider|speak|complain|switch|record"
    return re.findall(rf"\b(\d+)\W+({names})\b", text)


def test_the_day_is_told_the_same_everywhere():
    """The ten phases stand in the same order in the engine, the guide and the Mesa model."""
    told = phases_in(live_a_day.__doc__)
    assert [name for _, name in told] == (
        [
            "plan",
            "meet",
            "feel",
            "move",
            "mingle",
            "consider",
            "speak",
            "complain",
            "switch",
            "record",
        ]
    )
    assert [int(number) for number, _ in told] == list(range(1, 11))
    guide = (PACKAGE / "GUIDE.md").read_text()
    section = guide[guide.index("## A day") : guide.index("## ", guide.index("## A day") + 3)]
    assert phases_in(section) == told
    step = (PACKAGE / "agents" / "model.py").read_text()
    body = step[step.index("def live(") : step.index("def warm_up")]
    called = re.findall(
        r"(?:self|person)\.(plan_day|meet|feel|move|mingle|consider|speak|switch|record)\(", body
    )
    assert [name.removesuffix("_day") for name in called] == [
        name for _, name in told if name != "complain"
    ]


def test_the_parameter_table_is_current():
    """PARAMETERS.md is what the declarations say (continuum list parameters --markdown)."""
    assert (PACKAGE / "PARAMETERS.md").read_text() == parameters_table()


def test_outcomes_are_all_written():
    """No outcome is declared and never moved: a lively run leaves none at zero throughout."""

    run = simulate(LIVELY.replace(discovery=5.0), ALL_LEVERS, seed=0)
    for outcome in outcomes.OUTCOMES:
        values = run.table[outcome.name]
        assert (values != 0).any(), outcome.name
        if outcome.dim is not None:
            labels = outcomes.DIMS[outcome.dim]
            moved = (values != 0).any(axis=0)
            never = {label for label, found in zip(labels, moved, strict=True) if not found}
            # a reply announces nothing, so it carries no sale
            excused = {"sales_by_touchpoint": {"reply"}, "switched": {"stranger"}}
            assert never <= excused.get(outcome.name, set()), outcome.name
    assert set(run.summary) == {scalar.name for scalar in outcomes.SUMMARY}


def test_importing_the_package_is_light():
    """`import simulation` loads neither numba nor pandas, Mesa or matplotlib."""
    code = (
        "import sys, simulation\n"
        "heavy = {'numba', 'pandas', 'mesa', 'matplotlib', 'scipy', 'numpy'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_face():
    """About twenty names, all of them there."""

    assert 10 <= len(simulation.__all__) <= 22
    for name in simulation.__all__:
        assert getattr(simulation, name) is not None
    with pytest.raises(AttributeError, match="simlate"):
        simulation.simlate  # noqa: B018


def test_names_mean_the_same_however_they_are_imported():
    """No public function shares its name with a module, which would shadow it."""
    there = {path.stem for path in PACKAGE.iterdir()}
    assert there & set(simulation.__all__) == {"figures"}  # a folder, and meant to be


def test_no_figure_shares_its_name_with_a_module():
    """`figures.poster` is the function, whatever was imported before."""
    modules = {file.stem for file in (PACKAGE / "figures").glob("*.py")}
    assert not modules & set(figures.__all__)


def test_the_recipes_name_tests_that_exist():
    """Every step of RECIPES.md ends in a test, and every test it names is there."""
    text = (PACKAGE / "RECIPES.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (PACKAGE / link).exists(), link
    for recipe in re.split(r"^## ", text, flags=re.M)[1:]:
        steps = re.split(r"^\d+\. ", recipe, flags=re.M)[1:]
        assert sum("::test_" in step for step in steps) >= len(steps) - 2, recipe[:30]


@pytest.mark.parametrize("file", sorted((PACKAGE / "rules").glob("*.py")), ids=lambda f: f.stem)
def test_rules_say_what_they_draw_and_where_they_are_from(file):
    """Every rule of a phase names its decision (or says it draws nothing) and its source."""
    if file.stem == "__init__":  # arithmetic
        return
    module = ast.parse(file.read_text())
    about = ast.get_docstring(module)
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            text = ast.get_docstring(node)
            drawn = re.search(r"[Dd]ecisions?\s+[A-Z]|[Dd]raws nothing", text)
            assert drawn or file.stem == "effort", node.name
            assert re.search(r"Source|grade|et al\.|evidence|AI 20", text + about), node.name


# ---- MODEL.md against the code -------------------------------------------------------------------

MODEL = (PACKAGE / "MODEL.md").read_text()
SPANS = set(re.findall(r"`([^`\n]+)`", MODEL))
WORDS = set(re.findall(r"\w+", MODEL))


def section(number):
    """Return the text of one numbered section of MODEL.md."""
    return re.search(rf"^## {number} .*?(?=^## |\Z)", MODEL, re.M | re.S).group()


def homes(path):
    """Return the files a path in MODEL.md may mean: from the root, the package, or by name."""
    near = [ROOT / path, PACKAGE / path]
    return [file for file in near if file.exists()] or list(PACKAGE.rglob(path))


def test_the_description_follows_odd():
    """The seven elements in the order of Grimm et al. 2020, then what this project adds."""
    titles = re.findall(r"^## (\d+) (.+)$", MODEL, re.M)
    assert [int(number) for number, _ in titles] == list(range(1, len(titles) + 1))
    assert [title for _, title in titles[:7]] == [
        "Purpose and patterns",
        "Entities, state variables and scales",
        "Process overview and scheduling",
        "Design concepts",
        "Initialisation",
        "Input data",
        "Submodels",
    ]
    concepts = section(4).lower()
    for concept in [
        "basic principles", "emergence", "adaptation", "objectives", "learning", "prediction",
        "sensing", "interaction", "stochasticity", "collectives", "observation",
    ]:  # fmt: skip
        assert concept in concepts
    assert phases_in(section(3)) == phases_in(live_a_day.__doc__)


def test_the_description_names_everything():
    """MODEL.md has every decision, rule, parameter, lever, strategy, outcome, kind and pattern."""
    spans = set(re.findall(r"\w+", " ".join(SPANS)))
    decisions = {decision.name for decision in Decision}
    assert decisions <= set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", section(4)))))
    for file in sorted((PACKAGE / "rules").glob("[a-z]*.py")):
        assert f"`{file.name}`" in section(7), file.name
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                assert f"{file.name}:{node.name}" in MODEL
    assert not set(parameters()) - WORDS
    levers = {*Phase.model_fields, *Strategy.model_fields} - {"name", "description", "phases"}
    assert not {*levers, *STRATEGIES} - spans
    assert not {outcome.name for outcome in outcomes.OUTCOMES} - spans
    for kind in get_args(outcomes.Kind):
        assert f"**{kind}**" in MODEL, kind
    assert not {check.pattern for check in CHECKS} - set(re.findall(r"^\| (P\w+) ", MODEL, re.M))
    assert not set(LIFE_DTYPE.names) - {"marks"} - spans


def test_the_description_names_nothing_else():
    """Every name in code font is one that the code or the tests know."""
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    known = set(re.findall(r"\w+", " ".join(file.read_text() for file in sources)))
    known |= {scalar.name for scalar in outcomes.SUMMARY}
    assert not {span for span in SPANS if re.fullmatch(r"[A-Za-z_]\w*", span)} - known
    for path, name in re.findall(r"([\w/]+\.py):(\w+)", MODEL):
        found = [file for file in homes(path) if f"def {name}(" in file.read_text()]
        assert found, f"{path}:{name}"


def test_every_path_of_the_description_exists():
    """What MODEL.md refers to is there."""
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", MODEL) if "//" not in link}
    missing = {link for link in links if not (PACKAGE / link).exists()}
    paths = {span for span in SPANS if re.fullmatch(r"[\w./]+\.(py|md|toml|json)", span)}
    assert not missing | {path for path in paths if not homes(path)}


def test_boxes_are_ticked_when_their_files_are_there():
    """A row of the checklist is ticked if and only if everything it names exists."""
    rows = re.findall(r"^\| \[(.)\] (.+?) \| (.+) \|$", section(12), re.M)
    assert len(rows) > 25
    for tick, point, where in rows:
        named = re.findall(r"`([\w./]+\.\w+)(?::\w+)?`|\]\(([^)#]+)\)", where)
        there = [bool(homes(path or link)) for path, link in named]
        if there:
            assert (tick == "x") == all(there), point


def test_the_description_splits_effort_as_the_strategies_do():
    """The table of strategies in MODEL.md has their shares."""
    for strategy in STRATEGIES.values():
        row = re.search(rf"^\| `{strategy.name}` \| ([\d. |]+\| .+) \|$", MODEL, re.M).group(1)
        shares = [float(cell) for cell in row.split(" | ")[: len(ACTIVITIES)]]
        assert len(strategy.phases) == 1
        assert shares == [getattr(strategy.phases[0], name) for name in ACTIVITIES], strategy.name
        offers = row.split(" | ")[len(ACTIVITIES) :]
        assert (strategy.offer_depth > 0) == (offers != ["none"]), strategy.name
