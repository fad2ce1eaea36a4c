"""Settings all tests share."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# In CI hypothesis tries the same examples every time, so that red is about the change; everywhere
# else it looks for new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Started in the background (`make test &`, nohup), a shell lets us ignore Ctrl-C, and whatever we
# start with us: the tests that send it would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
