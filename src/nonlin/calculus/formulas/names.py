"""Names of parameters as mathematics: Greek letters, subscripts, words."""

from __future__ import annotations

import unicodedata

_LATEX = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi
psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""


def _letter(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")


GREEK = {name: _letter(name) for name in _LATEX.split()}
"""The Greek letters that LaTeX has commands for."""
_LETTERS = {letter: name for name, letter in GREEK.items()}
_SPELLINGS = {"lam": "lambda", "lambd": "lambda", "eps": "epsilon"}


def split(name: str) -> tuple[str, str]:
    """The letter or word of a name and its subscript: ``alpha_1`` and ``alpha1`` give ``("alpha", "1")``.

    Greek letters come by their English names. A word of several letters keeps its underscores and digits.
    """
    head, mark, rest = name.strip("_").partition("_")
    if not mark:
        head = name.strip("_").rstrip("0123456789")
        rest = name.strip("_")[len(head) :]
    head = _SPELLINGS.get(head, _LETTERS.get(head, head))
    if head in GREEK or len(head) == 1:
        return head, rest.strip("_").replace("_", ",")
    return (name if name.strip("_") == name or not name.strip("_") else name.strip("_")), ""


def is_letter(name: str) -> bool:
    """Whether a name is one letter, with or without a subscript."""
    head, _ = split(name)
    return head in GREEK or len(head) == 1
