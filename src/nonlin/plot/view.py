"""How a picture is to be drawn: the options that all pictures share, checked in one place."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import wraps
from numbers import Integral, Real
from typing import Any

from matplotlib.axes import Axes

from nonlin.catalogue import get
from nonlin.core import Activation
from nonlin.errors import InputError, NonlinWarning, did_you_mean
from nonlin.plot.picture import Picture
from nonlin.plot.style import NIGHT, PAPER, settings
from nonlin.tree import ONE, substitute, symbol, symbols

LAYOUTS = ("overlay", "side-by-side")
AXES = ("box", "origin")
LEGENDS = ("best", "upper left", "upper right", "lower left", "lower right", "center left", "center right",
           "upper center", "lower center", "right", "below", "none")  # fmt: skip
MOST_POINTS = 100_000
FARTHEST = 1e100  # squares and cubes of the range stay finite
NARROWEST = 1e-100  # matplotlib widens what is narrower than about 1e-287


@dataclass(frozen=True)
class View:
    """The options that pictures share; see :func:`nonlin.plot.curve`."""

    layout: str = "overlay"
    axes: str = "box"
    range: tuple[float, float] = (-10.0, 10.0)
    ylim: tuple[float, float] | None = None
    legend: str | None = "best"
    points: int | None = None
    dpi: float | None = None
    size: tuple[float, float] | None = None
    dark: bool = False
    ax: Axes | None = None

    def __post_init__(self) -> None:
        for name, known in (("layout", LAYOUTS), ("axes", AXES), ("legend", LEGENDS)):
            self._set(name, checked_choice(name, getattr(self, name), known))
        self._set("range", checked_interval("range", self.range))
        self._set("ylim", None if self.ylim is None else checked_interval("ylim", self.ylim))
        self._set("points", checked_points(self.points))
        self._set("dpi", checked_dpi(self.dpi))
        self._set("size", checked_size(self.size))
        self._check_ax()

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_ax(self) -> None:
        if self.ax is None:
            return
        if not isinstance(self.ax, Axes):
            raise InputError(
                f"ax must be one matplotlib Axes, got {type(self.ax).__name__}; leave it out for a new one"
            )
        if self.size is not None or self.dpi is not None:
            given = "size" if self.size is not None else "dpi"
            raise InputError(f"{given} belongs to the figure, and ax= has one already; leave out {given} or ax")
        if self.layout != "overlay":
            raise InputError(f"layout {self.layout!r} needs several axes, and ax= is one; leave out layout or ax")

    @property
    def background(self) -> str:
        return NIGHT if self.dark else PAPER

    @property
    def style(self) -> dict[str, Any]:
        """The settings while drawing; none in axes that the user made."""
        if self.ax is not None:
            return {}
        return settings(self.background) | ({} if self.dpi is None else {"figure.dpi": self.dpi})


def drawing(*, without: Iterable[str] = ()) -> Callable[[Callable[..., Picture]], Callable[..., Picture]]:
    """The decorated function takes the options of a View, but ``without`` some, by keyword and is given ``view``."""

    def decorate(draw: Callable[..., Picture]) -> Callable[..., Picture]:
        options = {f.name: f.default for f in fields(View) if f.name not in without}
        own = [p for p in inspect.signature(draw).parameters.values() if p.name != "view"]
        known = [*(p.name for p in own), *options]

        @wraps(draw)
        def call(*args: Any, **given: Any) -> Picture:
            if unknown := [k for k in given if k not in known]:
                hint = did_you_mean(unknown[0], known)
                raise InputError(f"{draw.__name__} has no option {unknown[0]!r}{hint} it has: {', '.join(known)}")
            view = View(**{k: v for k, v in given.items() if k in options})
            return draw(*args, **{k: v for k, v in given.items() if k not in options}, view=view)

        keywords = [inspect.Parameter(k, inspect.Parameter.KEYWORD_ONLY, default=v) for k, v in options.items()]
        call.__signature__ = inspect.Signature([*own, *keywords], return_annotation="Picture")  # type: ignore[attr-defined]
        return call

    return decorate


# ---- checks ---------------------------------------------------------------------------------------------------------


def checked_choice(name: str, value: Any, known: tuple[str, ...]) -> str:
    """One of the known words; None means "none" where there is such a word."""
    if value is None and "none" in known:
        return "none"
    if value not in known:
        hint = did_you_mean(str(value), known)
        raise InputError(f"no {name} {value!r}{hint} known: {', '.join(known)}")
    return str(value)


def checked_interval(name: str, value: Any) -> tuple[float, float]:
    """Two finite numbers, the smaller first; swapped with a warning."""
    try:
        low, high = (float(v) for v in value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name} must be two numbers such as (-5, 5), got {value!r}") from None
    if not (abs(low) <= FARTHEST and abs(high) <= FARTHEST):
        raise InputError(f"{name} must end at finite numbers up to {FARTHEST:g} in size, got ({low:g}, {high:g})")
    if abs(high - low) <= max(1e-9 * max(abs(low), abs(high)), NARROWEST):
        raise InputError(f"{name} must end at two different numbers, got ({low:.12g}, {high:.12g}); widen it")
    if low > high:
        message = f"{name} ({low:g}, {high:g}) is reversed; ({high:g}, {low:g}) is drawn"
        warnings.warn(message, NonlinWarning, stacklevel=5)
    return min(low, high), max(low, high)


def checked_points(value: Any) -> int | None:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if value is not None and not (whole and 2 <= value <= MOST_POINTS):
        raise InputError(f"points must be a whole number from 2 to {MOST_POINTS}, got {value!r}")
    return None if value is None else int(value)


def checked_dpi(value: Any) -> float | None:
    if value is not None and not (_is_number(value) and 20 <= value <= 2400):
        raise InputError(f"dpi must be a number from 20 to 2400, got {value!r}")
    return None if value is None else float(value)


def checked_size(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        width, height = (float(v) for v in value)
    except (TypeError, ValueError, OverflowError):
        width = height = math.nan
    if not (1.5 <= width <= 30 and 1.5 <= height <= 30):
        raise InputError(f"size must be width and height, each from 1.5 to 30 inches, got {value!r}")
    return width, height


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


# ---- what is drawn --------------------------------------------------------------------------------------------------


def named(act: Any) -> Any:
    """The entry of a name or a formula text. Where it is undefined is told by the picture, for the range drawn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is undefined for", NonlinWarning)
        return get(act)


def elementwise(act: Any) -> Activation:
    """The activation of a name, a formula text or itself; refuses what has no one curve."""
    entry = named(act)
    if isinstance(entry, Activation):
        return entry
    if hasattr(entry, "jacobian"):
        raise InputError(
            f"{entry.name} has one output for each of its inputs, so it has no one curve; "
            f"nonlin.plot.two_class({entry.name!r}) draws it for two classes"
        )
    has = "two inputs, the halves a and b" if len(entry.inputs) == 2 else "two outputs"
    raise InputError(f"{entry.name} has {has}, so it has no one curve; {_instead(entry)}")


def _instead(unit: Any) -> str:
    """What there is to plot of a unit: with one half at 1, the one that it is linear in, a formula of the other."""
    closed = unit.outputs[0].with_values({k: p.default for k, p in unit.parameters.items()})
    if len(unit.inputs) == 1:
        return f"plot its first output, {str(closed.formula)!r}"
    linear = [half for half in unit.inputs if half not in symbols(closed.partial(half).formula)]
    fixed, free = ("a", "b") if linear == ["a"] else ("b", "a")
    what = "its activation part" if len(linear) == 1 else f"its part with {fixed} = 1"
    return f"plot {what}, {str(substitute(closed.formula, {fixed: ONE, free: symbol('x')}))!r}"
