"""The stored worst differences of the frameworks, which may not get worse: ``python tests/ratchet.py`` measures anew.

``ratchet.json`` has, for each framework, entry and quantity, the largest difference on the grid of `nonlin.check` in
the units of `nonlin.checking.Subject`. Run it when a formula has become better, and look at the difference in git.
"""

import json
import math
import sys
from pathlib import Path

FILE = Path(__file__).with_name("ratchet.json")
STORED = json.loads(FILE.read_text()) if FILE.exists() else {}
QUANTITIES = ("value", "first derivative", "second derivative")


def measured(framework):
    """Rounded up to a tenth, so that the file does not change with every measurement."""
    from nonlin.checking import differences, subject
    from sample import sample

    for name, entry in sample().items():
        yield name, {row.quantity: math.ceil(row.units * 10) / 10 for row in differences(framework, subject(entry))}


if __name__ == "__main__":
    found = {framework: dict(measured(framework)) for framework in sys.argv[1:] or ("torch", "jax", "tensorflow")}
    FILE.write_text(json.dumps(STORED | found, indent=1, sort_keys=True) + "\n")
