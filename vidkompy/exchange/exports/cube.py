"""Grades as 3D lookup tables in Adobe's and Resolve's .cube, one a file: BG's colours to FG's, in any colour tool.

Red, green and blue are gamma-coded, 0 black and 1 white; red counts fastest. Source: Adobe Cube LUT Specification 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colours import ColourGrade, ColourMatch
from vidkompy.errors import RenderError
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss

OPTIONS: frozenset[ExportOption] = frozenset()

SIDE = 33  # entries along each axis: what colour tools take and write
SIDE_OF_LIGHT = (
    65  # where a matrix mixes light: with 33 a tenth of the colours between entries is 0.5 to 0.8 Delta E off
)


def export(request: ExportRequest) -> ExportResult:
    """Raises RenderError where the sidecar has no grades."""
    colours = request.sidecar.colours
    if colours is None:
        raise RenderError(
            f"'{request.sidecar_path}' does not say how BG's colours become FG's; wanted one that does: analyse again"
        )
    texts = tuple(text(grade, f"{request.name} {n}") for n, grade in enumerate(colours.grades, 1))
    return ExportResult(texts, tuple(_losses(colours)))


def text(grade: ColourGrade, title: str) -> str:
    side = SIDE if grade.output_curves is None else SIDE_OF_LIGHT
    steps = np.linspace(0, 1, side)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    entries = np.clip(apply_grade(grade, np.stack([red, green, blue], axis=-1).reshape(-1, 3)), 0, 1)
    safe_title = "".join(c for c in title if c.isprintable() and c != '"')
    lines = "\n".join(" ".join(f"{value:.6f}" for value in entry) for entry in entries.tolist())
    return f'TITLE "{safe_title}"\nLUT_3D_SIZE {side}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n{lines}\n'


def _losses(colours: ColourMatch) -> Iterator[Loss]:
    yield Loss("map", "a table of colours says neither which BG frame is shown, nor where FG lies")
    if len(colours.shots) > 1:
        spans = [f"{s.fg} to {s.fg + s.count - 1} by table {s.grade + 1}" for s in colours.shots]
        frames = sum(shot.count for shot in colours.shots)
        yield Loss("shots", f"tables do not say which frames they are for: FG frames {', '.join(spans)}", frames)
    for n, grade in enumerate(colours.grades, 1):
        off = f"{grade.after:.1f} Delta E in the median, {grade.before:.1f} without it"
        yield Loss("colours", f"table {n} leaves BG's colours off FG's by {off}")
