"""How all plots look: inks by role, axes of time, and the few lines around a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from types import MappingProxyType

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from vidkompy.report.clock_text import HOUR, MINUTE, clock_text

# What a colour is for. base.css gives each role a colour on light and one on dark; these are the light ones.
LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#1d1c1a",
        "muted": "#5f5c57",
        "grid": "#dedad3",
        "paper": "#ffffff",
        "line": "#1b5e9e",
        "unsure": "#a84300",
        "cut": "#96206b",
        "gone": "#6b6862",
    }
)
# Stand-ins that no drawing has by chance: svg.py replaces them by classes.
ROLES: Mapping[str, str] = MappingProxyType({role: f"#{0xA10101 + n:06x}" for n, role in enumerate(LIGHT)})

TEXT_PX, SMALL_PX = 12, 11  # of an SVG that is shown in its own size
LINE_PX, THIN_PX = 1.75, 0.75
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600)  # s between ticks
TICKS = 7  # at most, on an axis of time
NARROW_TICKS = 5
MARGIN = 0.02  # share of an axis that stays free at its ends


@contextmanager
def plot_style(inks: Mapping[str, str]) -> Iterator[None]:
    """What matplotlib draws meanwhile."""
    with rc_context(
        {
            "svg.fonttype": "none",
            "font.size": TEXT_PX,
            "font.family": "sans-serif",
            "axes.edgecolor": inks["muted"],
            "axes.linewidth": THIN_PX,
            "axes.labelcolor": inks["muted"],
            "axes.titlecolor": inks["muted"],
            "axes.titlesize": SMALL_PX,
            "axes.titlelocation": "left",
            "axes.titlepad": 6,
            "axes.labelsize": SMALL_PX,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.facecolor": "none",
            "axes.axisbelow": True,
            "figure.facecolor": "none",
            "grid.color": inks["grid"],
            "grid.linewidth": THIN_PX,
            "hatch.linewidth": 1,
            "lines.linewidth": LINE_PX,
            "text.color": inks["ink"],
            "text.parse_math": False,
            "xtick.color": inks["muted"],
            "ytick.color": inks["muted"],
            "xtick.labelsize": SMALL_PX,
            "ytick.labelsize": SMALL_PX,
            "xtick.major.width": THIN_PX,
            "ytick.major.size": 0,
            "path.simplify": False,
        }
    ):
        yield


def label_axes(axes: Axes, above: str) -> None:
    """The quantity of the y axis stands above it, upright, and its grid behind everything."""
    axes.set_title(above)
    axes.grid(axis="y")


def time_axis(axes: Axes, which: str, start: float, stop: float, is_narrow: bool) -> None:
    """An axis from `start` to `stop`, in s, with ticks at whole times. which: x or y."""
    span = max(stop - start, STEPS[0])
    most = NARROW_TICKS if is_narrow else TICKS
    step = next((s for s in STEPS if span / s <= most), STEPS[-1])
    first = -(-start // step)
    at = []
    for n in count(int(first)):
        if n * step > stop + step * 1e-6:
            break
        at.append(n * step)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(at[: 10 * most]))
    axis.set_major_formatter(FuncFormatter(lambda seconds, _: _tick_text(seconds, step)))
    limits = (start - MARGIN * span, stop + MARGIN * span)
    axes.set_xlim(*limits) if which == "x" else axes.set_ylim(*limits)


def _tick_text(seconds: float, step: float) -> str:
    if step < MINUTE // MINUTE:
        return clock_text(seconds, 1)
    text = clock_text(seconds, 0)
    return text if seconds < HOUR or step < MINUTE else text[: text.rindex(":")] + " h"
