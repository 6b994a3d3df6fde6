"""The tests' own modules (reference, ulp) are imported by name; random examples are the same in every run."""

import signal
import sys
from pathlib import Path

from hypothesis import settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a process in the background: some tests send Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
