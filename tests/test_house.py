"""The house: imports run one way, randomness and equations in their rooms, documents current."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import simulation
from simulation import outcomes, simulate
from simulation.engine import live_a_day
from simulation.parameters_table import parameters_table
from simulation.patterns import CHECKS
from simulation.population import LIFE_DTYPE
from simulation.randomness import Decision
from simulation.scenario import parameters
from simulation.strategy import ACTIVITIES, STRATEGIES, Phase, Strategy
from tests.test_world import ALL_LEVERS, LIVELY

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "simulation"

#: From the ground up: a room may import only from those before it (rules, phases: folders).
ORDER = [
    "errors", "csv_table", "sources", "stages", "declare", "compiled", "rules", "randomness",
    "parameters",
    "parameters_table", "scenario", "strategy", "outcomes", "population", "friends", "edge_list",
    "phases", "engine", "prepare", "person", "mesa_model", "stamp", "run", "arms", "patterns",
    "pattern_worlds", "statistics", "comparison", "crowd", "figures_data", "figures_style",
    "figures_panels", "figures_continuum", "figures_poster", "figures", "files", "film",
    "animation", "teaching", "theory", "no_agents", "validation_figure", "validation",
    "arms_report", "toml_text", "diary", "sweeps", "web", "doctor", "commands",
    "cli", "__main__",
]  # fmt: skip


def rooms():
    """Yield (room, file) for every module of the package."""
    for file in sorted(PACKAGE.rglob("*.py")):
        room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, file


def imported(file):
    """Yield the rooms a module imports when it is loaded or called (type checking aside)."""
    tree = ast.parse(file.read_text())
    skip = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skip |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skip:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simulation"):
            parts = node.module.split(".")
            names = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
            yield from (name for name in names if (PACKAGE / name).is_dir()
                        or (PACKAGE / f"{name}.py").exists())  # fmt: skip


@pytest.mark.parametrize(("room", "file"), list(rooms()), ids=lambda x: getattr(x, "name", x))
def test_imports_run_one_way(room, file):
    """No room imports from a later one."""
    for other in imported(file):
        assert ORDER.index(other) <= ORDER.index(room), f"{file.name} imports {other}"


def test_every_room_has_its_place():
    """The order above names every room, once, and no other."""
    assert sorted(ORDER) == sorted({room for room, _ in rooms()})


def test_figures_never_simulate():
    """figures may read results; nothing in them can make one."""
    for file in PACKAGE.glob("figures*.py"):
        text = file.read_text()
        assert not re.search(r"\b(simulate|prepare|run_prepared|Engine|BrandModel)\(", text)


def test_randomness_is_made_in_one_room():
    """No numpy.random or random module outside randomness.py (SeedSequence is a name, not luck)."""
    for room, file in rooms():
        if room == "randomness":
            continue
        text = file.read_text()
        assert not re.search(r"^(import|from) random\b", text, re.M), file
        uses = re.findall(r"(?:np|numpy)\.random\.(\w+)", text)
        assert set(uses) <= {"SeedSequence"}, file
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
    """The ten phases stand in the same order in the engine, the README and the Mesa model."""
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
    readme = (ROOT / "README.md").read_text()
    section = readme[readme.index("## A day") : readme.index("## ", readme.index("## A day") + 3)]
    assert phases_in(section) == told
    step = (PACKAGE / "mesa_model.py").read_text()
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
    """About a dozen names, all of them there."""

    assert 10 <= len(simulation.__all__) <= 18
    for name in simulation.__all__:
        assert getattr(simulation, name) is not None
    with pytest.raises(AttributeError, match="simlate"):
        simulation.simlate  # noqa: B018


def test_names_mean_the_same_however_they_are_imported():
    """No public function shares its name with a module, which would shadow it."""
    files = {file.stem for file in PACKAGE.glob("*.py")}
    assert files & set(simulation.__all__) == {"figures", "theory"}  # modules, and meant to be


@pytest.mark.parametrize("file", sorted((PACKAGE / "rules").glob("*.py")), ids=lambda f: f.stem)
def test_rules_say_what_they_draw_and_where_they_are_from(file):
    """Every rule of a phase names its decision (or says it draws nothing) and its source."""
    if file.stem in ("__init__", "chance"):  # arithmetic
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
    assert not set(LIFE_DTYPE.names) - {"marks", "touchpoint"} - spans


def test_the_description_names_nothing_else():
    """Every name in code font is one that the code or the tests know."""
    sources = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").glob("*.py")]
    known = set(re.findall(r"\w+", " ".join(file.read_text() for file in sources)))
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
