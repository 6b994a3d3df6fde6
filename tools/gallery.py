"""Draws the catalogue: a sheet for each family and a poster of the core functions, as SVG and PNG.

python tools/gallery.py [FOLDER]
"""

import sys
from pathlib import Path

import nonlin as nl


def sheets():
    """The heading and the names of each file."""
    yield "poster", "The activation functions that people use, with their derivatives", nl.find(core=True, sort="core")
    for family in nl.families():
        found = nl.find(family=family, sort="core")
        yield family.replace(" ", "_"), f"{family.capitalize()}: {len(found)} entries", found


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, heading, found in sheets():
        picture = nl.plot.sheet(found.names, heading)
        for ending in ("svg", "png"):
            picture.save(folder / f"{name}.{ending}")
        print(f"{folder / name}.svg: {len(found)} entries")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
