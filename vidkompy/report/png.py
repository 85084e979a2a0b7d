"""All plots of a sidecar as one picture, for a ticket or a paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import fill

from matplotlib.figure import Figure

from vidkompy.report.axes_style import LIGHT, TEXT_PX, plot_style
from vidkompy.report.plots import Plot
from vidkompy.report.time_figures import WIDE, Canvas

PX_AN_INCH = 72
SHARPNESS = 2  # px of the picture a px of the page
TITLE_PX = 62  # of height, for a title and what is found
FINDING_COLUMNS = 92  # characters in a line
WHITE = "#ffffff"


def png_of(plots: Sequence[Plot]) -> bytes:
    """A PNG file of the plots below each other, on white."""
    heights = [plot.height + TITLE_PX for plot in plots]
    with plot_style(LIGHT):
        figure = Figure(figsize=(WIDE / PX_AN_INCH, sum(heights) / PX_AN_INCH), dpi=PX_AN_INCH, layout="constrained")
        parts = figure.subfigures(len(plots), 1, height_ratios=heights, squeeze=False)[:, 0]
        for plot, part in zip(plots, parts, strict=True):
            plot.draw(Canvas(part, LIGHT))
            if plot.backdrop is not None:
                width, height = plot.canvas_size
                axes, limits = part.axes[0], (part.axes[0].get_xlim(), part.axes[0].get_ylim())
                axes.imshow(plot.backdrop.picture, extent=(0, width, height, 0), aspect=axes.get_aspect(), zorder=0)
                axes.set(xlim=limits[0], ylim=limits[1])
            part.suptitle(_heading(plot), x=0.01, ha="left", fontsize=TEXT_PX, linespacing=1.35)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=PX_AN_INCH * SHARPNESS, facecolor=WHITE)
    return file.getvalue()


def _heading(plot: Plot) -> str:
    return f"{plot.title}\n{fill(plot.finding, FINDING_COLUMNS)}"
