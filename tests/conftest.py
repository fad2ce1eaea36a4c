"""Settings all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# In CI hypothesis tries the same examples every time, so that red is about the change; everywhere
# else it looks for new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
