"""Sources as BibTeX."""

from __future__ import annotations

import re
import unicodedata

from nonlin.catalogue import get
from nonlin.core import Described, Source
from nonlin.errors import InputError


def cite(*names: str | Described) -> str:
    """BibTeX for the sources of entries, one for each source, with a key of author, year and entry.

    >>> import nonlin as nl
    >>> print(nl.cite("mish"))
    @misc{misra2019mish,
      author = {Misra},
      year = {2019},
      title = {{Mish: A Self Regularized Non-Monotonic Activation Function}},
      eprint = {1908.08681},
      archivePrefix = {arXiv},
      howpublished = {BMVC 2020},
      note = {nonlin: mish},
    }

    Raises UnknownActivation for a name that is none, InputError for a formula, which has no source.
    """
    if not names:
        raise InputError("cite needs the name of an entry, got none; such as cite('gelu')")
    entries = list(dict.fromkeys(get(name) for name in names))
    if unsourced := [e.name for e in entries if e.source is None]:
        raise InputError(f"{unsourced[0]} is no entry of the catalogue and has no source to cite; give an entry's name")
    together: dict[object, tuple[Source, list[str]]] = {}
    for entry in entries:
        together.setdefault(_work(entry.source), (entry.source, []))[1].append(entry.name)
    return "\n\n".join(bibtex(source, used) for source, used in together.values())


def _work(source: Source) -> object:
    """What tells one publication from another."""
    return source.arxiv or source.doi or (source.authors, source.year, source.title)


def bibtex(source: Source, used: list[str]) -> str:
    """One entry of BibTeX. Titles are braced twice: their capitals are the author's."""
    fields = {
        "author": " and ".join(_authors(source.authors)),
        "year": str(source.year or ""),
        "title": f"{{{_safe(source.title)}}}" if source.title else "",
        "doi": source.doi,
        "eprint": source.arxiv,
        "archivePrefix": "arXiv" if source.arxiv else "",
        "howpublished": _safe(source.venue),
        "note": f"nonlin: {', '.join(used)}".replace("_", r"\_"),
    }
    rows = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{_key(source, used[0])},", *rows, "}"])


def _authors(text: str) -> list[str]:
    """Family names, in BibTeX's form, of several words in braces; "& others" is BibTeX's own word."""
    names = [_safe(name) for name in re.split(r",\s*|\s+&\s+", text) if name]
    return [f"{{{name}}}" if " " in name else name for name in names]


def _safe(text: str) -> str:
    return re.sub(r"([&%$#_])", r"\\\1", text)


def _key(source: Source, name: str) -> str:
    first = (_authors(source.authors) or ["anonymous"])[0]
    bare = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_]", "", f"{bare}{source.year or ''}{name}".lower())
