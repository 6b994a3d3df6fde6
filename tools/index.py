"""Writes the index of the catalogue, `src/nonlin/catalogue/index.json`; `--check` only compares.

Cards whose digest has not changed are kept; `--all` makes all of them again.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from nonlin import Activation
from nonlin.calculus.card import card, digest, homes
from nonlin.calculus.likeness.sameness import difference

FILE = Path(__file__).parent.parent / "src" / "nonlin" / "catalogue" / "index.json"
PROBES = np.array([-7.3, -3.1, -2.2, -1.3, -0.7, -0.2, 0.0, 0.1, 0.4, 0.9, 1.7, 2.6, 4.4, 8.1])


def every_entry():
    from importlib import import_module

    return {name: getattr(import_module(f"nonlin.catalogue.{module}"), name) for name, module in homes().items()}


def made(entries, known):
    """The cards of all entries, old ones where nothing changed."""
    cards = {}
    for name, entry in entries.items():
        old = known.get(name)
        keep = old is not None and old["digest"] == digest(entry)
        cards[name] = old if keep else card(entry)
        if not keep:
            print(f"index: {name}", file=sys.stderr)
    twins = equal_ones(entries)
    return {name: {**fields, "same": twins.get(name, [])} for name, fields in cards.items()}


def equal_ones(entries):
    """For each entry those that are the same function at the default parameters: probed by values, then decided."""
    probed = defaultdict(list)
    for name, entry in entries.items():
        if isinstance(entry, Activation):
            probed[tuple(np.round(entry(PROBES), 9) + 0.0)].append(name)
    groups = []
    for names in probed.values():
        own = []
        for name in names:
            home = next((group for group in own if difference(entries[group[0]], entries[name]) is None), None)
            if home is None:
                own.append([name])
            else:
                home.append(name)
        groups += own
    return {name: [other for other in group if other != name] for group in groups for name in group}


def text(cards):
    lines = [f"{json.dumps(name)}: {json.dumps(fields, ensure_ascii=False)}" for name, fields in cards.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def clashes(cards):
    """Spellings that two entries claim."""
    from nonlin.catalogue._index import plain

    owners = defaultdict(set)
    for name, fields in cards.items():
        for spelling in (name, *fields["aliases"]):
            owners[plain(spelling)].add(name)
    return [
        f"{spelling!r} is claimed by {' and '.join(sorted(who))}" for spelling, who in owners.items() if len(who) > 1
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="make every card again")
    parser.add_argument("--check", action="store_true", help="fail if the file is not what would be written")
    chosen = parser.parse_args()
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else "{}"
    cards = made(every_entry(), {} if chosen.all else json.loads(before))
    if wrong := clashes(cards):
        sys.exit("\n".join(wrong))
    if chosen.check:
        sys.exit(text(cards) != before and "the index is stale: run make index")
    FILE.write_text(text(cards), encoding="utf-8")


if __name__ == "__main__":
    main()
