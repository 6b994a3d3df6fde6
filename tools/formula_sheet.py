"""Write every formula of the catalogue, with its first and second derivative, as one page of MathML.

    python tools/formula_sheet.py sheet.html [NAME_OR_FORMULA ...]

To be looked at in a browser after any change to how formulas are written.
"""

import sys
from html import escape
from pathlib import Path

from nonlin.catalogue import entries, get
from nonlin.core import Activation

STYLE = """math { font: 1.2rem 'STIX Two Math', 'STIX Math', 'Latin Modern Math', math; display: inline math }
body { font: 16px system-ui; margin: 1.5em } th { text-align: left; font-weight: 500 }
td, th { padding: 0.5em 1em 0.5em 0; border-top: 1px solid #ddd; vertical-align: middle }
small { color: #666 }"""


def page(given):
    body = "".join(rows(entry) for entry in given)
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Formulas</title><style>{STYLE}</style>"
    return f"{head}<table>{body}</table></html>"


def rows(entry):
    """The function, and below it its derivatives."""
    shown = [(entry.name, entry)]
    if isinstance(entry, Activation):
        shown += [("first", entry.derivative), ("second", entry.derivative.derivative)]
        shown += [(f"by {k}", entry.partial(k)) for k in entry.parameters]
    return "".join(row(i, label, act) for i, (label, act) in enumerate(shown))


def row(place, label, act):
    name = escape(label) if place == 0 else f"<small>{escape(label)}</small>"
    return f"<tr><th>{name}<td>{act.mathml}"


if __name__ == "__main__":
    path, *names = sys.argv[1:]
    Path(path).write_text(page([get(n) for n in names] or entries().values()), encoding="utf-8")
