"""The look of every picture: colours, dashes, markers, and the matplotlib settings, which hold only while drawing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import matplotlib

# Okabe and Ito's colours, told apart with any colour vision (their yellow is too faint for a line on white), then four
# of Tol's; 11 colours and 5 dash patterns make 55 different lines.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#882255", "#999933", "#332288",
           "#7F7F7F")  # fmt: skip
DARK_COLOURS = ("#56B4E9", "#E69F00", "#35C79B", "#E79BC8", "#F2F2F2", "#F0E442", "#FF8C5A", "#B58CFF", "#B9C35B",
                "#8FD3FF", "#A8A8A8")  # fmt: skip
DASHES = ((), (6, 2), (2, 1.5), (7, 2, 1.5, 2), (4, 1.5, 1.5, 1.5, 1.5, 1.5))
MARKERS = ("s", "^", "D", "v", "X", "<", "P", ">", "*", "d", "x", "+")  # no circle: that is the dot of a jump
PAPER, NIGHT = "#ffffff", "#16191d"
INK = {PAPER: "#1a1a1a", NIGHT: "#ececec"}
FAINT = {PAPER: "#dcdcdc", NIGHT: "#3a3f46"}
SHADES = {PAPER: ("#e9e9e9", "#cdcdcd"), NIGHT: ("#262b31", "#3b424b")}  # where |f'| < 0.1 and < 0.01
FAMILY = {PAPER: ("#7fb4dc", "#06264d"), NIGHT: ("#2f6f9f", "#d9efff")}  # the ends of a sweep

_OWN_TO_THE_SESSION = ("backend", "interactive", "toolbar", "timezone", "webagg", "keymap", "date.", "animation",
                       "macosx", "figure.max_open", "tk.", "docstring")  # fmt: skip


def settings(background: str = PAPER) -> dict[str, Any]:
    """All matplotlib settings for one background: matplotlib's defaults, not the user's, with ours on top."""
    neutral = {k: v for k, v in dict.items(matplotlib.rcParamsDefault) if not k.startswith(_OWN_TO_THE_SESSION)}
    ink, faint = INK[background], FAINT[background]
    return neutral | _FIXED | {
        "figure.facecolor": background, "axes.facecolor": background, "legend.facecolor": background,
        "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink,
        "grid.color": faint, "hatch.color": ink,
    }  # fmt: skip


_FIXED: dict[str, Any] = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"], "font.size": 10,
    "mathtext.fontset": "dejavusans", "axes.titlesize": 10.5, "axes.titlelocation": "left", "axes.titlepad": 9,
    "axes.linewidth": 0.8, "axes.grid": True, "axes.axisbelow": True, "grid.linewidth": 0.6,
    "axes.spines.top": False, "axes.spines.right": False,
    "xtick.major.size": 3, "ytick.major.size": 3, "xtick.labelsize": 9, "ytick.labelsize": 9,
    "lines.linewidth": 1.8, "lines.solid_joinstyle": "miter", "lines.dash_joinstyle": "miter",
    "lines.solid_capstyle": "butt", "lines.markersize": 5,
    "legend.edgecolor": "none", "legend.framealpha": 0.9, "legend.fontsize": 9.5, "legend.handlelength": 3.2,
    "legend.borderpad": 0.25, "legend.labelspacing": 0.4,
    "figure.dpi": 150, "savefig.dpi": "figure",
    "svg.fonttype": "none", "svg.hashsalt": "nonlin", "pdf.fonttype": 42,
}  # fmt: skip


def styled(style: dict[str, Any]) -> AbstractContextManager[None]:
    """The settings hold inside the context and are gone after it."""
    rc_context: Any = matplotlib.rc_context
    context: AbstractContextManager[None] = rc_context(style)
    return context


def line_style(number: int, background: str = PAPER) -> dict[str, Any]:
    """Colour and dashes of the line with this number."""
    colours = DARK_COLOURS if background == NIGHT else COLOURS
    return {"color": colours[number % len(colours)], "dashes": DASHES[number % len(DASHES)]}
