"""Plots as SVG inside a page: colours by class, so that light and dark are the page's.

No element has a style attribute, which a strict Content-Security-Policy would not apply, nor an id of another plot.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

from matplotlib.figure import Figure

from vidkompy.report.axes_style import LIGHT, ROLES, plot_style
from vidkompy.report.crops import webp
from vidkompy.report.plots import Plot
from vidkompy.report.time_figures import NARROW, WIDE, Canvas

PX_AN_INCH = 72  # of matplotlib's SVG

_ROLE_OF = {colour: role for role, colour in ROLES.items()}
_STYLE = re.compile(r'style="([^"]*)"')
_PAINT = re.compile(r' (fill|stroke)="(#[0-9a-f]{6})"')
_PROLOGUE = re.compile(r"^.*?<svg [^>]*>\s*<metadata>.*?</metadata>\s*<defs>\s*<style.*?</defs>", re.DOTALL)
_ID = re.compile(r'( id="|url\(#|href="#)')


def svg_of(plot: Plot, is_narrow: bool) -> str:
    """An svg element without colours of its own, labelled by the page's elements NAME-title and NAME-finding."""
    width, height = (NARROW, plot.narrow_height) if is_narrow else (WIDE, plot.height)
    with plot_style(ROLES):
        figure = Figure(figsize=(width / PX_AN_INCH, height / PX_AN_INCH), dpi=PX_AN_INCH, layout="constrained")
        plot.draw(Canvas(figure, ROLES, is_narrow))
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    body = _PROLOGUE.sub("", file.getvalue(), count=1)
    body = _STYLE.sub(lambda found: _attributes(found[1]), body)
    body = _PAINT.sub(lambda found: " " + _painted(found[1], found[2]), body)
    prefix = f"{plot.name}-{'narrow' if is_narrow else 'wide'}-"
    body = _ID.sub(rf"\1{prefix}", body)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    label = f'role="img" aria-labelledby="{plot.name}-title {plot.name}-finding"'
    kind = "narrow" if is_narrow else "wide"
    head = f'<svg class="plot {kind}" {size} {label}{_time_axis(plot, figure)}>'
    return f"{head}{_backdrop(plot, figure, height)}{body.strip()}"


def _time_axis(plot: Plot, figure: Figure) -> str:
    """Where the axis of time begins and ends, px, and the s that it spans: a click is a time."""
    if plot.seconds is None:
        return ""
    left, right = figure.axes[0].transData.transform([(0, 0), (plot.seconds, 0)])[:, 0]
    return f' data-left="{left:.2f}" data-right="{right:.2f}" data-seconds="{plot.seconds:.6g}"'


def _attributes(style: str) -> str:
    """What a style says, as presentation attributes."""
    return " ".join(_declarations(style))


def _declarations(style: str) -> Iterator[str]:
    classes = []
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, value = (part.strip() for part in declaration.split(":", 1))
        if value in _ROLE_OF:
            classes.append(f"{name}-{_ROLE_OF[value]}")
        elif name != "font-family":
            yield f'{name}="{value}"'
    if classes:
        yield f'class="{" ".join(classes)}"'


def _painted(name: str, value: str) -> str:
    return f'class="{name}-{_ROLE_OF[value]}"' if value in _ROLE_OF else f'{name}="{value}"'


def _backdrop(plot: Plot, figure: Figure, height: int) -> str:
    """The picture behind a canvas, where the drawn axes have it."""
    if plot.backdrop is None:
        return ""
    (left, top), (right, bottom) = figure.axes[0].transData.transform([(0, 0), plot.canvas_size])
    data = base64.b64encode(webp(plot.backdrop.picture)).decode()
    box = f'x="{left:.2f}" y="{height - top:.2f}" width="{right - left:.2f}" height="{top - bottom:.2f}"'
    return f'<image {box} preserveAspectRatio="none" href="data:image/webp;base64,{data}"/>'


def role_rules() -> str:
    """CSS: classes of paints, each by the variable of its role."""
    return "\n".join(f".{name}-{role} {{ {name}: var(--{role}); }}" for role in LIGHT for name in ("fill", "stroke"))
