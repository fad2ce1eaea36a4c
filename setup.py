"""Put the notebooks, which stand beside the package, into it when it is installed.

All else is said in pyproject.toml. An editable installation leaves them where they are
(simulation/teaching.py looks in both places).
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithNotebooks(build_py):
    """Copy notebooks/ into the built package as simulation/notebooks/."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        source = Path("notebooks")
        for pattern in ("*.ipynb", "README.md", "lesson_plans/*.md"):
            for file in sorted(source.glob(pattern)):
                target = Path(self.build_lib, "simulation", file)
                self.mkpath(str(target.parent))
                self.copy_file(str(file), str(target))


setup(cmdclass={"build_py": BuildWithNotebooks})
