"""A Sobol design that is too small, and indices that cannot be, are told; good ones are not."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from SALib.test_functions import Ishigami

from simulation.analyses.sensitivity import sensitivity
from simulation.analyses.sensitivity_doubt import doubt, impossible
from simulation.analyses.sensitivity_indices import Found, sobol_indices
from simulation.commands.sensitivity import sensitivity as command
from simulation.commands.sweep import sweep as sweep_command
from simulation.core.randomness import analysis_rng
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import sweep
from simulation.sweeps.sampling import most_correlated, sobol_doubt, sobol_size, sobol_units
from tests.analyses.test_sensitivity import ISHIGAMI, PI, a_design, at_most, some_runs

SEEDS = 30


def linear(*slopes):
    """Return a linear function, its k, and its indices: squares of the slopes."""
    c = np.array(slopes, float)
    share = c**2 / (c**2).sum()
    known = {(index, j): share[j] for index in ("first", "total") for j in range(c.size)}
    return (lambda u: u @ c), c.size, known


def sobol_g(*a):
    """Return Sobol's g function, its k, and its indices (Saltelli and Sobol 1995)."""
    a = np.array(a, float)
    alone = 1 / 3 / (1 + a) ** 2
    whole = np.prod(1 + alone) - 1
    known = {("first", j): alone[j] / whole for j in range(a.size)}
    known |= {
        ("total", j): alone[j] * np.prod(np.delete(1 + alone, j)) / whole for j in range(a.size)
    }
    return (lambda u: np.prod((np.abs(4 * u - 2) + a) / (1 + a), axis=1)), a.size, known


FUNCTIONS = {
    "linear 2": linear(2, 1),
    "linear 5": linear(5, 4, 3, 2, 1),
    "linear 10": linear(*range(1, 11)),
    "ishigami": ((lambda u: Ishigami.evaluate(PI * (2 * u - 1))), 3,
                 {key: value for key, value in ISHIGAMI.items() if key[0] != "second"}),
    "sobol g": sobol_g(0, 1, 4.5, 9, 99),
}  # fmt: skip


def tried(function, n, seed):
    """Return whether some interval misses what is known by more than 0.1, and the warning."""
    f, k, known = FUNCTIONS[function]
    units = sobol_units(k, n, False, seed)
    y = np.repeat(f(units)[:, None], 3, axis=1).reshape(n, k + 2, 3)
    found = sobol_indices(y, k, 0.95)
    missed = [max(found[key].low - value, value - found[key].high) for key, value in known.items()]
    design = SimpleNamespace(
        names=[f"x{j}" for j in range(k)], settings=SimpleNamespace(units=units), seed=seed
    )
    return max(missed) > 0.1, doubt(design, y, found, 0.95)


@pytest.mark.parametrize(
    ("function", "small", "large"),
    [("linear 2", [8], [16, 32, 64, 128, 512]), ("linear 5", [8, 16], [64, 128, 512]),
     ("linear 10", [8, 16, 32], [64, 128, 512]), ("ishigami", [8, 16], [32, 64, 128, 512]),
     ("sobol g", [8, 16], [64, 128, 512])],
)  # fmt: skip
def test_the_warning_comes_where_results_are_bad(function, small, large):
    """The table in the docstring: every small sample is warned of, of large ones hardly any."""
    missed = []
    for n in small:
        found = [tried(function, n, seed) for seed in range(SEEDS)]
        assert all(f"n = {n} is too small" in warning for _, warning in found), n
        missed += [bad for bad, _ in found]
    assert np.mean(missed) > 0.1  # and rightly so
    for n in large:
        found = [tried(function, n, seed) for seed in range(SEEDS)]
        warned = [bool(warning) for _, warning in found]
        assert at_most(warned, 0.05), n
        quiet = [bad for bad, warning in found if not warning]
        assert at_most(quiet, 0.2 if n == 32 else 0.1), n
    assert not any(bad for bad, _ in found)  # n = 512


def test_the_total_index_is_off_by_the_correlation():
    """Why it matters: of a slope alone the total index is 1 - r instead of 1, in every row."""
    units = sobol_units(5, 16, False, 3)
    worst = most_correlated(np.hstack([units[::7], units[6::7]]), list("abcde"))
    assert worst.one == worst.other == "b"
    y = np.repeat(units[:, 1:2], 3, axis=1).reshape(16, 7, 3)
    found = sobol_indices(y, 5, 0.95)["total", 1]
    assert abs(worst.size) > 0.9
    assert found.value == pytest.approx(1 - worst.size, abs=0.1)
    assert not found.low <= 1 <= found.high


def test_a_recommended_size_would_do():
    """With it, and the same seed, the design is not doubted; nor with any larger one."""
    for k, n in ((2, 8), (5, 16), (10, 16), (20, 64)):
        names = [f"x{j}" for j in range(k)]
        for seed in (0, 1, 2):
            size = sobol_size(names, n, seed)
            assert n < size <= 1024
            assert sobol_doubt(names, sobol_units(k, n, False, seed), n, seed)
            for larger in (size, 2 * size):
                assert not sobol_doubt(names, sobol_units(k, larger, True, seed), larger, seed)


def test_what_cannot_be_is_named():
    """Indices beyond their bounds by more than a margin, with their intervals."""
    f, k, _ = FUNCTIONS["linear 2"]
    units = sobol_units(k, 64, False, 1)
    y = np.repeat(f(units)[:, None], 3, axis=1).reshape(64, 4, 3)
    found = sobol_indices(y, k, 0.95)
    assert impossible(["a", "b"], y, found, 0.95) == []
    found["total", 0] = Found(1.8, 1.5, 2.0, 0.0, True)
    found["first", 1] = Found(-0.4, -0.6, -0.2, 0.0, False)
    assert impossible(["a", "b"], y, found, 0.95) == [
        "total index of a 1.80 (1.50 to 2.00), above 1",
        "first index of b -0.40 (-0.60 to -0.20), below 0",
    ]
    found["total", 0] = Found(0.2, 0.1, 0.3, 0.0, True)
    assert "above its total index 0.20 (0.10 to 0.30)" in impossible(["a", "b"], y, found, 0.95)[0]
    nearly = Found(1.01, 0.99, 1.03, 0.0, True)
    found = {key: Found(0.0, -0.03, 0.03, 0.0, False) for key in found} | {("total", 0): nearly}
    assert impossible(["a", "b"], y, found, 0.95) == []
    design = SimpleNamespace(names=["a", "b"], settings=SimpleNamespace(units=units), seed=1)
    found["total", 0] = Found(1.8, 1.5, 2.0, 0.0, True)
    said = doubt(design, y, found, 0.95)
    assert said.startswith("n = 64 is too small a sample here (impossible: total index of a 1.80")
    assert said.endswith("n = 256 or more is wanted")


def test_the_warning_is_everywhere_it_is_read(tmp_path, capsys):
    """In the sentence, the headline, the table, JSON, and before a run is made."""
    given = {
        "name": "few", "scenario": "classroom", "strategies": ["posting_only"], "method": "sobol",
        "n": 8, "replications": 3, "seed": 3,
        "parameters": {"p_follow": [0.005, 0.05], "p_join": [0.001, 0.02], "price": [5.0, 40.0]},
    }  # fmt: skip
    design = read_design(given)
    assert design.doubt().startswith("a Sobol design of n = 8 is too small for 3 parameters: ")
    assert not read_design({**given, "n": 128}).doubt()
    assert not read_design({**given, "method": "morris"}).doubt()
    file = tmp_path / "few.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in given.items() if key != "parameters"]
    lines += ["[parameters]", *(f"{n} = {v}" for n, v in given["parameters"].items())]
    file.write_text("\n".join(lines))
    sweep_command(file, out=tmp_path / "dry", jobs=1, dry_run=True)
    assert f"beware: {design.doubt()}\n" in capsys.readouterr().err
    store = sweep(design, tmp_path / "store", jobs=1)
    result = sensitivity(store.design, store.runs())
    assert design.doubt() in result.warning
    assert f"beware: {result.warning}" in result.sentence
    assert result.headline.startswith("not to be trusted: a Sobol design of n = 8 is too small")
    assert result.to_dict()["warning"] == result.warning
    command(tmp_path / "store", outcome="sales")
    printed = capsys.readouterr().out
    ends = ("  beware", "not told from noise", "never changes it")
    assert f"beware: {result.warning}\n" in printed
    marked = [line for line in printed.splitlines() if line.endswith(ends)]
    assert len(marked) == len(result.table)


def test_a_good_design_is_not_doubted():
    """Neither in its sentence nor in its headline."""
    units = sobol_units(3, 64, False, 1)
    y = (units @ [3.0, 1.0, 0.0])[:, None] + 0.1 * analysis_rng(1).standard_normal((len(units), 5))
    result = sensitivity(a_design("sobol", ["p_follow", "p_talk", "p_buy"], units, 5),
                         some_runs({"a": y}))  # fmt: skip
    assert result.warning == ""
    assert "beware" not in result.sentence
