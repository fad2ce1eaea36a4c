"""``python -m simulation`` is the same as ``continuum``."""

import sys

from simulation.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
