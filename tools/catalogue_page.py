"""Write docs/catalogue.md: every entry by family, with its formula and its source, from the generated index.

python tools/catalogue_page.py
"""

from pathlib import Path

from nonlin.catalogue._index import cards

PAGE = Path(__file__).parent.parent / "docs" / "catalogue.md"
HEAD = """# The catalogue

{count} entries, {core} of them core (bold): the ones that people actually use. `nonlin show NAME` has everything about
one, `nonlin list` and `nl.find` choose by facts, `nonlin cite NAME` prints its source as BibTeX, `make gallery` draws
all. Written by `tools/catalogue_page.py` from the index, which `make index` makes; a test fails when either is stale.

How each source was checked is in the record (`nonlin show NAME`, row "checked"): the paper or its abstract, the
authors' code, the survey of Kunc & Klema (arXiv:2402.09092), a framework, an independent implementation, or a
derivation from what the sources say in words. Where a row of a family could not be confirmed, it is not here: the last
section says which, and why.
"""
LEFT_OUT = """
## Left out

| name | reason |
|---|---|
"""


def page(left_out):
    every = cards().values()
    parts = [HEAD.format(count=len(every), core=sum(card.core for card in every))]
    for family in sorted({card.family for card in every}):
        members = sorted((c for c in every if c.family == family), key=lambda c: (not c.core, c.name))
        parts.append(f"## {family.capitalize()} ({len(members)})\n\n| name | formula | source |\n|---|---|---|")
        parts += [f"| {'**' * c.core}{c.name}{'**' * c.core} | `{cell(c.text)}` | {cell(short(c))} |" for c in members]
        parts.append("")
    return "\n".join(parts) + LEFT_OUT + "".join(f"| {name} | {why} |\n" for name, why in left_out)


def short(card):
    """Who and when, and where to find it."""
    identifiers = [part for part in card.source.split(". ") if part.startswith(("arXiv:", "doi:"))]
    who = card.source.partition(")")[0] + ")" if "(" in card.source else card.source.split(". ")[0]
    return f"{who}, {identifiers[0]}" if identifiers else who


def cell(text):
    return text.replace("|", "\\|")


def left_out():
    """The rows of the last section, which are written by hand."""
    lines = PAGE.read_text(encoding="utf-8").partition("## Left out")[2].splitlines() if PAGE.exists() else []
    return [tuple(part.strip() for part in line.strip("| ").split(" | ")) for line in lines[4:] if line.startswith("|")]


if __name__ == "__main__":
    PAGE.write_text(page(left_out()), encoding="utf-8")
