"""The three pictures of README and GUIDE: ``python -m experiments.pictures [--out DIR] [--smoke]``

launch_2025.png: posting_only and community_building in the same 100 worlds.
continuum.png: the emotional continuum at the end of the first of these, under community_building.
crowd.gif: the same world as a film, day by day.

It takes about a minute, and writes into experiments/pictures unless told. The three are those of
``continuum compare``, ``figures.continuum`` and ``continuum run --animate``.

Exit code 0: done; 2: wrong usage, one line says what.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from simulation import figures
from simulation.figures.animation import animate
from simulation.inputs.scenario import Scenario
from simulation.runs.comparison import compare
from simulation.runs.run import Run, simulate
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all

FOLDER = Path(__file__).parent / "pictures"
SEED = 1


def make(folder: str | Path = FOLDER, *, smoke: bool = False) -> list[Path]:
    """Make the three pictures in a folder and return their paths; `smoke`: a small, quick world."""
    folder = check_out_folder(folder)
    world = Scenario.load("launch_2025")
    if smoke:
        world = world.replace(n_people=500, n_days=40, launch_day=20, days_warm_up=10)
    strategies = ["posting_only", "community_building"]
    result = compare(world, strategies, replications=3 if smoke else 100, seed=SEED)
    run = simulate(world, "community_building", seed=SEED, events=True)
    page = _continuum(run)
    stills = {
        folder / "launch_2025.png": lambda part: figures.comparison(result).savefig(
            part, format="png"
        ),
        folder / "continuum.png": lambda part: page.savefig(part, format="png"),
    }
    film = animate(run, folder / "crowd.gif", seconds=2 if smoke else 20, width=960)
    return [*write_all(stills), film]


@figures.styled
def _continuum(run: Run) -> Figure:
    """Return the emotional continuum as a page of 1600 x 1000 pixels."""
    page = Figure(figsize=(10, 6.25), dpi=160, layout="constrained")
    figures.continuum(run, ax=page.subplots())
    return page


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.pictures", description="Make the pictures of README and GUIDE."
    )
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="folder for them")
    parser.add_argument("--smoke", action="store_true", help="small: does it run?")
    wanted = parser.parse_args(argv)
    try:
        for path in make(wanted.out, smoke=wanted.smoke):
            print(f"{path} ({path.stat().st_size / 1e6:.2f} MB)")
    except InputError as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
