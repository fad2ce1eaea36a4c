"""Designs: what a file says is what is run, and what is wrong in it is one line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import STRATEGIES, InputError, Scenario, Strategy, simulate
from simulation.core.randomness import make_key
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import parameters
from simulation.sweeps.design import Design
from simulation.sweeps.index import Done
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import estimate, sweep
from simulation.sweeps.sampling import lhs_units, morris_units, sobol_units
from simulation.sweeps.settings import spread_of
from simulation.sweeps.store import open_store
from tests.sweeps.common import DESIGN, continuum, here


def design(**changes):
    """Return the small design with some of it changed; None leaves a name out."""
    table = {**DESIGN, **changes}
    return read_design({key: value for key, value in table.items() if value is not None})


# ---- methods -------------------------------------------------------------------------------------


def test_a_grid_is_every_combination():
    found = design(parameters={"p_follow": [0.1, 0.2, 0.3], "evolving": [True, False]})
    assert len(found.settings) == 6
    assert found.n_runs == 6 * 2 * 3
    frame = found.settings.frame()
    assert len(frame.drop_duplicates()) == 6
    assert list(frame["p_follow"]) == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3], "the last varies fastest"
    assert [found.settings.values(i) for i in range(6)] == frame.to_dict("records")


def test_what_does_not_vary_is_set_for_all():
    found = design(parameters={"n_people": 333, "p_follow": [0.1]})
    assert found.scenario["n_people"] == 333
    assert found.names == ["p_follow"]


def test_no_parameters_is_one_setting():
    found = design(parameters=None)
    assert (len(found.settings), found.n_runs) == (1, 6)


@pytest.mark.parametrize(
    ("method", "options", "rows"),
    [
        ("lhs", {"n": 50}, 50),
        ("sobol", {"n": 16}, 16 * 5),
        ("sobol", {"n": 16, "second_order": True}, 16 * 8),
        ("morris", {"n": 10, "levels": 6}, 10 * 4),
    ],
)
def test_sampled_settings(method, options, rows):
    """So many rows, inside the ranges, in SALib's order; the same file, the same settings."""
    ranges = {"p_follow": [0.01, 0.03], "p_join": "bounds", "days_window": [5, 9]}
    found = design(method=method, parameters=ranges, **options)
    again = design(method=method, parameters=ranges, **options)
    frame = found.settings.frame()
    assert len(frame) == len(found.settings.units) == rows
    assert frame.equals(again.settings.frame())
    assert frame["p_follow"].between(0.01, 0.03).all()
    assert frame["p_join"].between(*field_bounds(parameters()["p_join"])).all()
    assert set(frame["days_window"]) <= set(range(5, 10))
    np.testing.assert_allclose(frame["p_follow"], 0.01 + 0.02 * found.settings.units[:, 0])


def test_a_latin_hypercube_takes_every_slice_once():
    units = lhs_units(3, 40, 7)
    assert (np.sort((units * 40).astype(int), axis=0) == np.arange(40)[:, None]).all()


def test_samples_are_those_of_salib():
    """Rows of Saltelli differ from their base in one column; a Morris step changes one."""
    units = sobol_units(3, 8, False, 1).reshape(8, 5, 3)
    for j in range(3):
        changed = units[:, 0] != units[:, 1 + j]
        assert (changed.sum(axis=1) == 1).all()
        assert changed[:, j].all()
    steps = np.diff(morris_units(4, 6, 4, 1).reshape(6, 5, 4), axis=1)
    assert ((steps != 0).sum(axis=2) == 1).all()
    assert not (sobol_units(3, 8, False, 0) == sobol_units(3, 8, False, 1)).all(), "0 is a seed"
    assert (sobol_units(3, 8, False, 0) == sobol_units(3, 8, False, 0)).all()


@settings(deadline=None)  # the first example loads SciPy
@given(st.integers(0, 2**32), st.sampled_from(
    [{"distribution": "loguniform", "low": 0.001, "high": 0.1},
     {"distribution": "triangular", "low": 0.0, "mode": 0.2, "high": 0.5},
     {"distribution": "normal", "mean": 0.1, "sd": 0.05},
     {"distribution": "normal", "mean": 0.1, "sd": 0.5, "low": 0.05, "high": 0.2}]
))  # fmt: skip
def test_distributions_stay_within_bounds(seed, table):
    spread = spread_of("p_follow", table, "design")
    u = lhs_units(1, 64, seed)[:, 0]
    values = np.array(spread.at(u))
    assert ((values >= table.get("low", 0)) & (values <= table.get("high", 1))).all()
    order = np.argsort(u)
    assert (np.diff(values[order]) >= 0).all(), "quantiles: larger places, larger values"


def test_distributions_are_what_they_are_called():
    """Quantiles against SciPy's, which did not make them."""
    from scipy import stats

    u = np.linspace(0.01, 0.99, 99)
    log = spread_of("p_follow", {"distribution": "loguniform", "low": 0.001, "high": 0.1}, "d")
    np.testing.assert_allclose(stats.loguniform(0.001, 0.1).cdf(log.at(u)), u)
    normal = spread_of("p_follow", {"distribution": "normal", "mean": 0.5, "sd": 0.05}, "d")
    np.testing.assert_allclose(stats.norm(0.5, 0.05).cdf(normal.at(u)), u, atol=1e-9)
    whole = spread_of("n_days", [10, 12], "d")
    assert [whole.at(np.array([x]))[0] for x in (0, 0.32, 0.34, 0.66, 0.67, 1)] == [
        10, 10, 11, 11, 12, 12,
    ]  # fmt: skip
    some = spread_of("graph", {"distribution": "values", "values": ["none", "small_world"]}, "d")
    assert some.at(np.array([0, 0.49, 0.51, 1])) == ["none", "none", "small_world", "small_world"]


def test_likely_is_the_range_of_the_evidence():
    name = next(n for n, f in parameters().items() if f.json_schema_extra["likely"])
    spread = spread_of(name, "likely", "design")
    low, high = parameters()[name].json_schema_extra["likely"]
    assert (spread.numbers["low"], spread.numbers["high"]) == (low, high)


def test_a_list_of_settings(tmp_path):
    """From tables, a DataFrame or a CSV file, the same design."""
    rows = [{"p_follow": 0.01, "graph": "none"}, {"p_follow": 0.02, "graph": "small_world"}]
    path = tmp_path / "settings.csv"
    path.write_text("p_follow;graph\n0.01;none\n0.02;small_world\n", encoding="utf-8-sig")
    found = [
        design(method="list", parameters=None, settings=settings)
        for settings in (rows, pd.DataFrame(rows), str(path))
    ]
    assert len({str(d.to_dict()["settings"]) for d in found}) == 1
    assert found[0].world(1)["graph"] == "small_world"
    assert read_design(path).settings.frame().equals(found[0].settings.frame())


def test_a_strategy_in_each_row(tmp_path):
    """A list may name the strategy and its levers row by row."""
    half = {"posting": 0.5, "replying": 0.0, "content": 0.5, "hosting": 0.0,
            "supporting": 0.0, "advertising": 0.0}  # fmt: skip
    rows = [{"strategy": "posting_only", **half},
            {"strategy": "balanced", **half, "posting": 0.25, "content": 0.75}]  # fmt: skip
    found = design(method="list", strategies=None, settings=rows,
                   parameters={"n_people": 200, "n_days": 30, "launch_day": 10})  # fmt: skip
    assert found.n_runs == 2 * 3
    store = sweep(found, tmp_path / "store", jobs=1)
    runs = store.runs()
    assert list(runs["content"]) == [0.5] * 3 + [0.75] * 3
    assert list(runs["strategy"]) == ["posting_only"] * 3 + ["balanced"] * 3
    balanced = STRATEGIES["balanced"].model_dump()  # its plan of a launch stays
    lever = Strategy.model_validate(
        {**balanced, "phases": ({**half, "posting": 0.25, "content": 0.75},)}
    )
    run = simulate(found.scenario, lever, seed=5, replication=1)
    assert runs["sales"][4] == run.summary["sales"]
    assert runs["n_follower"][4] == run.summary["n_follower"]


# ---- luck ----------------------------------------------------------------------------------------


def test_rows_are_those_of_simulate(tmp_path):
    """Every row is the run that simulate gives for its setting, strategy, seed and replication."""
    store = sweep(DESIGN, tmp_path / "store", jobs=1)
    runs = store.runs()
    assert len(runs) == 24
    for row in runs.to_dict("records"):
        scenario = Scenario.load("classroom").replace(**{n: row[n] for n in parameters()})
        seed = np.random.SeedSequence(int(row["entropy"]))
        run = simulate(scenario, row["strategy"], seed=seed, replication=row["replication_id"])
        for name, value in run.summary.items():
            assert row[name] == value or (row[name] != row[name] and value != value)


def test_a_replication_has_the_same_luck_in_every_setting(tmp_path):
    """Settings that change nothing in the first days share those days, person by person."""
    late = {**DESIGN, "keep": ["people"],
            "parameters": {**DESIGN["parameters"], "p_buy": [0.2, 0.9], "p_follow": 0.01,
                           "p_join": 0.002}}  # fmt: skip
    people = sweep(late, tmp_path / "store", jobs=1).people()
    for _, found in people.groupby(["strategy", "replication_id"], observed=True):
        born = [rows["relevance"].to_numpy() for _, rows in found.groupby("setting_id")]
        np.testing.assert_array_equal(*born)
    first = people[people["setting_id"] == 0].groupby("replication_id")["relevance"].first()
    assert first.nunique() == 3, "and other luck in every replication"


def test_a_seed_sequence_travels(tmp_path):
    """Entropy of 128 bits and a spawn key come back from the store and give the same runs."""
    child = np.random.SeedSequence(2**100 + 3).spawn(2)[1]
    found = design(seed=child)
    store = sweep(found, tmp_path / "store", jobs=1)
    row = store.runs().iloc[0]
    assert (row["entropy"], row["spawn_key"]) == (str(2**100 + 3), "[1]")
    assert make_key(store.design.seed) == make_key(child)
    again = np.random.SeedSequence(int(row["entropy"]), spawn_key=(1,))
    run = simulate(found.world(0), "posting_only", seed=again)
    assert run.summary["n_follower"] == row["n_follower"]


def test_keys_follow_content():
    """A key changes with setting, strategy, replication, seed and world, and with nothing else."""
    base = design()
    keys = {base.key(*base.at(i)) for i in range(base.n_runs)}
    assert len(keys) == base.n_runs
    assert keys == {design(name="other", keep=["series"]).key(*base.at(i)) for i in range(24)}
    other = [design(seed=6), design(parameters={**DESIGN["parameters"], "n_people": 201})]
    assert all(not keys & {d.key(*d.at(i)) for i in range(24)} for d in other)
    more = design(replications=5)
    assert keys < {more.key(*more.at(i)) for i in range(more.n_runs)}
    assert [base.position(*base.at(i)) for i in range(24)] == list(range(24))


@pytest.mark.parametrize("changes", [
    {}, {"seed": 2**64 - 1}, {"keep": ["series", "people"]},
    {"method": "lhs", "n": 7, "parameters": {"p_follow": [0.01, 0.02], "graph":
        {"distribution": "values", "values": ["none", "small_world"]}}},
    {"method": "morris", "n": 2, "parameters": {"p_join": "bounds"}},
])  # fmt: skip
def test_a_design_comes_back_from_its_manifest(tmp_path, changes):
    found = design(**changes)
    store = sweep(found, tmp_path / "store", jobs=1)
    back = open_store(store.folder).design
    assert back.to_dict() == found.to_dict()
    assert [back.key(*back.at(i)) for i in range(back.n_runs)] == [
        found.key(*found.at(i)) for i in range(found.n_runs)
    ]
    if found.settings.units is not None:
        np.testing.assert_array_equal(back.settings.units, found.settings.units)


# ---- the index and the estimate ------------------------------------------------------------------


def test_the_index_is_a_bit_a_run():
    done = Done(1_000_003)
    for position in (0, 7, 8, 1_000_002, 7):
        done.add(position)
    done.discard(8)
    assert [p in done for p in (0, 1, 7, 8, 1_000_002)] == [True, False, True, False, True]
    assert done.count == 3
    assert done._bits.nbytes == 125_001


def test_a_dry_run_measures_and_leaves_nothing(tmp_path):
    path = tmp_path / "d.toml"
    path.write_text(
        'scenario = "classroom"\nreplications = 50\n[parameters]\np_join = [0.1, 0.2]\n'
    )
    done = here("sweep", path, "--dry-run", "--jobs", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "200 runs" in done.stdout
    assert "on 2 processes" in done.stdout
    assert "on disk, from a pilot of" in done.stdout
    assert list(tmp_path.iterdir()) == [path]


def test_the_estimate_is_near_the_truth(tmp_path):
    """Within a factor of four, for time and size, of what the sweep then takes."""
    found = design(replications=40, parameters={"p_join": [0.1, 0.2]}, keep=["series"])
    guess = estimate(found)
    store = sweep(found, tmp_path / "store", jobs=1)
    size = sum(path.stat().st_size for path in store.folder.rglob("part-*"))
    assert 0.25 < guess.seconds / store.runs()["seconds"].mean() < 4
    assert 0.25 < guess.size * found.n_runs / size < 4


# ---- bad input -----------------------------------------------------------------------------------

P = DESIGN["parameters"]
BAD = {
    "empty": (dict.fromkeys(DESIGN), "the design is empty"),
    "unknown name": ({"replicatons": 3}, '"replicatons"; did you mean "replications"'),
    "unknown parameter": ({"parameters": {"p_folow": [0.1]}}, '"p_folow"; did you mean "p_follow"'),
    "a name that is a path": ({"name": "../x"}, "name = '../x' is not allowed"),
    "unknown method": ({"method": "gird"}, "did you mean \"grid\""),
    "unknown strategy": ({"strategies": ["posting"]}, "posting_only"),
    "unknown scenario": ({"scenario": "clasroom"}, "classroom"),
    "no strategy": ({"strategies": []}, "at least one"),
    "a strategy twice": ({"strategies": ["balanced", "balanced"]}, "balanced is there twice"),
    "a value twice": ({"parameters": {"p_join": [0.1, 0.1]}}, "0.1 is there twice"),
    "no values": ({"parameters": {"p_join": []}}, "a grid wants a list of values"),
    "nan": ({"parameters": {"p_join": [float("nan")]}}, "p_join = nan is not allowed"),
    "infinite": ({"parameters": {"hours_per_week": [float("inf")]}}, "inf is not allowed"),
    "out of bounds": ({"parameters": {"p_join": [0.1, 1.5]}}, "1.5 is not allowed: a number"),
    "text for a number": ({"parameters": {"p_join": ["often"]}}, "'often' is not allowed"),
    "true for a number": ({"parameters": {"p_join": [True]}}, "True is not allowed"),
    "half for a whole": ({"parameters": {"n_days": [30.5]}}, "30.5 is not allowed: a whole number"),
    "no such graph": ({"parameters": {"graph": ["ring"]}}, "'ring' is not allowed: one of"),
    "range upside down": (
        {"method": "lhs", "parameters": {"p_join": [0.5, 0.1]}}, "low = 0.5 must be below high",
    ),
    "range outside bounds": (
        {"method": "lhs", "parameters": {"p_join": [0.5, 2]}}, "p_join = 2.0 is not allowed",
    ),
    "range of three": ({"method": "lhs", "parameters": {"p_join": [0, 0.1, 0.2]}}, "[low, high]"),
    "range of a text": ({"method": "lhs", "parameters": {"graph": "bounds"}}, "give it values"),
    "no range known": (
        {"method": "lhs", "parameters": {"n_days": "likely"}}, "no likely range",
    ),
    "unknown distribution": (
        {"method": "lhs", "parameters": {"p_join": {"distribution": "gamma"}}}, '"gamma"',
    ),
    "half a distribution": (
        {"method": "lhs", "parameters": {"p_join": {"distribution": "normal", "mean": 0.1}}},
        "takes mean, sd, low (optional), high (optional)",
    ),
    "no spread": (
        {"method": "lhs",
         "parameters": {"p_join": {"distribution": "normal", "mean": 0.1, "sd": 0}}}, "sd = 0",
    ),
    "log of nothing": (
        {"method": "lhs",
         "parameters": {"p_join": {"distribution": "loguniform", "low": 0.0, "high": 0.1}}},
        "low above 0",
    ),
    "nothing varies": ({"method": "lhs", "parameters": {}}, "name at least one that varies"),
    "not a power of 2": (
        {"method": "sobol", "n": 100, "parameters": {"p_join": "bounds"}}, "such as 64 or 128",
    ),
    "odd levels": (
        {"method": "morris", "levels": 3, "parameters": {"p_join": "bounds"}}, "an even number",
    ),
    "an option of another method": ({"n": 10}, "n means nothing to the method grid"),
    "no replications": ({"replications": 0}, "replications = 0 is not allowed"),
    "half a replication": ({"replications": 1.5}, "replications = 1.5"),
    "a negative seed": ({"seed": -1}, "seed = -1 is not allowed"),
    "unknown table": ({"keep": ["serie"]}, 'unknown table "serie"; did you mean "series"'),
    "settings and grid": ({"settings": [{"p_join": 0.1}], "method": "list"}, "p_follow varies"),
    "empty settings": ({"method": "list", "parameters": None, "settings": []}, "settings is empty"),
    "no settings": ({"method": "list", "parameters": None}, "a list of tables"),
    "a setting twice": (
        {"method": "list", "parameters": None,
         "settings": [{"p_join": 0.1}, {"p_join": 0.2}, {"p_join": 0.1}]},
        "setting 2 is the same as setting 0",
    ),
    "settings of two kinds": (
        {"method": "list", "parameters": None, "settings": [{"p_join": 0.1}, {"p_follow": 0.1}]},
        "setting 1 has p_follow; the first has p_join",
    ),
    "a strategy that is not among them": (
        {"method": "list", "parameters": None, "settings": [{"strategy": "balanced"}]},
        'setting 0: strategy "balanced" is not among strategies; known: posting_only, community',
    ),
    "parameters that clash": (
        {"parameters": {**P, "launch_day": [10, 40]}}, "launch_day = 40 lies after the horizon",
    ),
    "shares that do not sum to 1": (
        {"parameters": {"posting": [0.5]}}, "the shares of effort sum to",
    ),
    "unequal effort": (
        {"strategies": ["balanced", Strategy.model_validate({
            "name": "late", "phases": ({"posting": 1.0}, {"from_day": 5})})]}, "the same effort",
    ),
    "levers of phases": (
        {"strategies": [Strategy.model_validate({"name": "two", "phases": (
            {"posting": 1.0}, {"from_day": 5, "content": 1.0})})],
         "parameters": {"offer_depth": [0.1, 0.2]}}, "it has 2 phases",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_designs_are_one_line(what):
    changes, said = BAD[what]
    with pytest.raises(InputError) as error:
        design(**changes)
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


CSV = {
    "wrong encoding": (b"p_join\n0.1\n\xff\xfe\n", "line 3 is not UTF-8"),
    "unknown column": (b"p_jion\n0.1\n", '"p_jion"; did you mean "p_join"'),
    "text for a number": (b"p_join\n0.1\noften\n", "line 3: p_join=often is not allowed"),
    "nan": (b"p_join\nnan\n", "line 2: p_join = nan is not allowed"),
    "nothing for a number": (b"p_join,p_follow\n0.1,\n", "line 2: p_follow="),
    "out of bounds": (b"p_join\n0.1\n\n7\n", "line 4: p_join = 7.0 is not allowed"),
    "a cell too many": (b"p_join\n0.1,0.2\n", "line 2 has 2 cells, the heading has 1"),
    "a row twice": (b"p_join\n0.1\n0.2\n0.1\n", "line 4 is the same as line 2"),
    "a column twice": (b"p_join,p_join\n0.1,0.2\n", '"p_join" is there twice'),
    "no name": (b"p_join,\n0.1,0.2\n", "a column without a name"),
    "empty": (b"", "is empty"),
    "only a heading": (b"p_join\n", "has a heading and no row"),
    "not a text": (b"p_join\n0.1\0\n", "is not a text file"),
    "quotes that do not end": (b'p_join\n"0.1\n', "line 2"),
}


@pytest.mark.parametrize("what", CSV)
def test_bad_tables_are_one_line(tmp_path, what):
    text, said = CSV[what]
    path = tmp_path / "settings.csv"
    path.write_bytes(text)
    with pytest.raises(InputError) as error:
        read_design(path)
    assert said in str(error.value), str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("file", ["no.toml", "no.csv", "folder.toml", "folder.csv", "broken.toml"])
def test_bad_files_are_one_line(tmp_path, file):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "broken.toml").write_text("scenario = ")
    done = here("sweep", tmp_path / file, "--out", tmp_path / "store")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert file in done.stderr
    assert not (tmp_path / "store").exists()


def test_a_thousand_million_runs_are_asked_about_first(tmp_path):
    """Refused without --yes, at once; with it they may begin; --dry-run says how long."""
    path = tmp_path / "huge.toml"
    values = ", ".join(f"{i / 1000}" for i in range(1, 1001))
    path.write_text(
        f'scenario = "classroom"\nreplications = 1000\n[parameters]\nn_people = 50\n'
        f"p_follow = [{values}]\np_join = [{values}]\n"
    )
    done = continuum("sweep", path, "--out", tmp_path / "store")
    assert done.returncode == 2
    assert "a design of 2,000,000,000 runs was not begun" in done.stderr
    assert "--yes" in done.stderr
    assert not (tmp_path / "store").exists()
    done = continuum("sweep", path, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "2,000,000,000 runs; about" in done.stdout
    with pytest.raises(InputError, match="was not begun"):
        sweep(path, tmp_path / "store")
    asked = []
    found = read_design(path, confirm=lambda question: not asked.append(question))
    assert "2,000,000,000 runs: begin?" in asked[0]
    assert found.at(found.n_runs - 1) == (999_999, 1, 999)
    assert isinstance(found, Design)


def test_the_strategies_are_still_registered():
    """Varied levers make new strategies; the registry is as it was."""
    before = dict(STRATEGIES)
    design(parameters={"offer_depth": [0.0], "ask_reviews": [True, False]})
    assert before == STRATEGIES
