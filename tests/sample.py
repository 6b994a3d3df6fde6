"""The entries that the costly tests run over: the core ones, or all of them in `make test-full`.

Every other elementwise entry is under the contract in brief, `test_entries`.
"""

import os

from nonlin.catalogue import entries
from nonlin.core import Described

FULL = os.environ.get("NONLIN_TESTS") == "full"


def sample(kind=Described):
    """The entries of a kind, by name."""
    return {n: e for n, e in entries().items() if isinstance(e, kind) and (FULL or e.record.core)}
