"""Requests are values, their functions are faces of them, and everything found can be saved."""

from __future__ import annotations

import ast
import inspect
from dataclasses import FrozenInstanceError, is_dataclass
from importlib import import_module

import pytest

from simulation.tools import PACKAGE
from simulation.tools.errors import InputError
from simulation.tools.files import files_of, save


def classes(ending):
    """Yield every class of the package whose name ends so, with its module."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith(ending):
                name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
                yield getattr(import_module(name), node.name)


REQUESTS = list(classes("Request"))


def face(request):
    """Return the function that is the face of a request: the one that has its signature."""
    wanted = {*inspect.signature(request).parameters, *inspect.signature(request.run).parameters}
    module = import_module(request.__module__)
    faces = [
        f for f in vars(module).values()
        if isinstance(getattr(f, "__signature__", None), inspect.Signature)
        and set(f.__signature__.parameters) == wanted - {"self"}
    ]  # fmt: skip
    assert len(faces) == 1, f"{request.__name__} has {len(faces)} faces"
    return faces[0]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.__name__)
def test_every_face_has_the_signature_of_its_request(request_):
    """Frozen; `run` takes only how it is run; the function takes both, and documents both."""
    assert is_dataclass(request_)
    assert request_.__dataclass_params__.frozen
    how = set(inspect.signature(request_.run).parameters) - {"self"}
    assert {"jobs", "progress"} <= how
    assert not how & set(inspect.signature(request_).parameters)
    function = face(request_)
    for name in function.__signature__.parameters:
        assert name in function.__doc__, f"{function.__name__}: {name} is not documented"


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.__name__)
def test_unknown_and_double_arguments_are_one_line(request_):
    function = face(request_)
    with pytest.raises(InputError, match='unknown argument "sede"; did you mean "seed"'):
        function("classroom", sede=1)
    with pytest.raises(InputError, match="n_jobs is jobs: give one of them"):
        function("classroom", n_jobs=1, jobs=1)


def test_there_are_requests():
    assert len(REQUESTS) >= 5
    from simulation.checks.validation import ValidateRequest

    asked = ValidateRequest("classroom", replications=2)
    assert asked.scenario.world.n_people == 2000  # settled
    with pytest.raises(FrozenInstanceError):
        asked.seed = 3


def test_every_result_can_be_saved():
    """One save for all: whatever a face returns, and an overview of maps, has its files."""
    results = [
        ("simulation.runs.comparison", "Comparison"),
        ("simulation.runs.run", "Run"),
        ("simulation.analyses.report_overview", "Overview"),
        ("simulation.analyses.sensitivity", "Sensitivity"),
    ]
    results += [
        (request.__module__, str(face(request).__annotations__["return"])) for request in REQUESTS
    ]
    import_module("simulation.figures.saving")
    for module, name in results:
        kind = getattr(import_module(module), name)
        assert files_of.dispatch(kind) is not files_of.dispatch(object), name


def test_what_cannot_be_saved_is_one_line(tmp_path):
    with pytest.raises(InputError, match="a dict cannot be saved"):
        save({}, tmp_path / "new")
    assert not (tmp_path / "new").exists()
