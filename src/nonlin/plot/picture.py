"""A finished picture and its file: made without pyplot, so that nothing is registered, shown or changed globally."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import nonlin
from nonlin.errors import InputError, did_you_mean
from nonlin.plot.style import settings, styled

FORMATS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
"""The formats by ending, with how such a file begins."""
_SIGNATURE = {"svg": b"<dc:title>nonlin ", "png": b"Software\0nonlin ", "pdf": b"/Creator (nonlin "}


@dataclass(frozen=True, eq=False)
class Picture:
    """A finished picture: the matplotlib ``figure``, its ``axes``, and the ``data`` that it shows, as NumPy arrays.

    Notebooks show it by itself.

    >>> import nonlin as nl
    >>> picture = nl.plot.curve("relu", range=(-1, 1), points=3)
    >>> picture.data["x"], picture.data["derivative"]  # on both sides of the jump at 0
    (array([-1.,  0.,  0.,  0.,  1.]), array([ 0.,  0., nan,  1.,  1.]))
    """

    figure: Figure
    axes: tuple[Axes, ...]
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    style: Mapping[str, Any] = field(default_factory=settings, repr=False)

    def save(self, path: str | PathLike[str], *, dpi: float | None = None, force: bool = False) -> None:
        """Write the picture; the ending of ``path`` chooses the format: svg, png or pdf.

        ``dpi``: pixels per inch of a png, the picture's own without it. A picture that nonlin wrote in the same format
        is replaced; another existing file only with ``force``. Raises InputError where the file cannot be written.

        >>> import nonlin as nl, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp(), "gelu.svg")
        >>> nl.plot.curve("gelu").save(path)
        >>> path.read_text()[:5]
        '<?xml'
        """
        target, resolution = Path(path), _checked_dpi(dpi)
        try:
            kind = _checked_target(target, force)
            target.write_bytes(self._bytes(kind, resolution))
        except OSError as error:
            raise InputError(f"cannot write {str(target)!r} ({error.strerror}); name another place") from None

    def _bytes(self, kind: str, dpi: float | None = None) -> bytes:
        """The file's content. Not by savefig, which draws everything twice."""
        own = f"nonlin {nonlin.__version__}"
        metadata = {
            "svg": {"Title": own, "Creator": own, "Date": None},
            "png": {"Software": own},
            "pdf": {"Creator": own, "CreationDate": None},
        }
        canvas, usual = self.figure.canvas, self.figure.dpi
        buffer = BytesIO()
        try:
            with styled(dict(self.style)):
                self.figure.dpi = dpi or usual
                _writer(kind, self.figure)(buffer, metadata=metadata[kind])
        finally:
            self.figure.set_canvas(canvas)
            self.figure.dpi = usual
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self._bytes("png")

    def _repr_svg_(self) -> str:
        return self._bytes("svg").decode()


def _writer(kind: str, figure: Figure) -> Callable[..., Any]:
    """What writes a figure in one format; each backend is imported only when it is needed."""
    backend = import_module(f"matplotlib.backends.backend_{'agg' if kind == 'png' else kind}")
    canvas = backend.FigureCanvas(figure)
    write: Callable[..., Any] = getattr(canvas, f"print_{kind}")
    return write


def _checked_dpi(dpi: Any) -> float | None:
    from nonlin.plot.view import checked_dpi

    return checked_dpi(dpi)


def _checked_target(target: Path, force: bool) -> str:
    """The format that the ending names; refuses what cannot or must not be written."""
    kind = target.suffix.removeprefix(".").lower()
    if target.is_dir():
        raise InputError(f"{str(target)!r} is a folder; name a file in it, such as {str(target / 'picture.svg')!r}")
    if kind not in FORMATS:
        ending = f"the ending {target.suffix!r}" if kind else "no ending"
        hint = did_you_mean(kind, FORMATS)
        raise InputError(f"cannot tell the format of {target.name!r} from {ending}{hint} use .svg, .png or .pdf")
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {str(target.parent)!r}; make it first, or name another")
    if target.exists() and not force and not is_own(target, kind):
        raise InputError(
            f"{str(target)!r} exists and is no {kind} picture of nonlin; give force=True to replace it, or another name"
        )
    return kind


def is_own(path: Path, kind: str) -> bool:
    """Whether a file is a picture of this format that nonlin wrote, by its own words."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content.startswith(FORMATS[kind]) and _SIGNATURE[kind] in content
