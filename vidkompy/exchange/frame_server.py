"""What a frame server is told: which BG frame lies under each FG frame, and where FG lies on it.

A script of a frame server splices: it takes runs of one whole step each, which it can cut, reverse and thin out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import numpy as np

from filtergraphs import Composition, working_format
from filtergraphs.colour import conversion, full_or_limited
from filtergraphs.formats import chroma_grid, has_alpha, is_rgb, opaque
from filtergraphs.geometry import Rect, visible
from vidkompy.drawing import plan
from vidkompy.drawing.notes import bg_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import in_whole_steps
from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.model import UNMATCHED, Clip, Run, Sidecar
from vidkompy.sidecar.document import check_clips

NOTABLE = 0.01  # canvas px
_MATRICES = {  # ffmpeg's names: those of VapourSynth and AviSynth
    "bt709": "709",
    "fcc": "fcc",
    "bt470bg": "470bg",
    "smpte170m": "170m",
    "smpte240m": "240m",
    "bt2020nc": "2020ncl",
    "bt2020c": "2020cl",
}
_USUAL = "170m"  # what swscale takes an unknown matrix for


@dataclass(frozen=True)
class Meaning:
    """How a clip's samples are to be read. matrix: "rgb" where they are no YUV. range: limited or full."""

    matrix: str
    range: str


@dataclass(frozen=True, eq=False)
class FrameServerJob:
    """Every FG frame over a BG frame.

    planned   the composition
    covered   the part of the canvas that FG covers
    runs      of BG frames, in whole steps
    times     FG frames that follow at one rate: how many, and frames per second
    """

    planned: Composition
    covered: Rect
    runs: tuple[Run, ...]
    times: tuple[tuple[int, Fraction], ...]

    @property
    def needs_full_chroma(self) -> bool:
        """Whether an edge of FG falls between chroma samples."""
        return chroma_grid(working_format(self.planned)) != chroma_grid(opaque(self.planned.fg.pix_fmt))

    @property
    def needs_conversion(self) -> bool:
        """Whether BG's samples mean something else than FG's."""
        return bool(conversion(self.planned.bg, self.planned.fg, working_format(self.planned)))

    @property
    def meanings(self) -> tuple[Meaning, Meaning]:
        """BG's and FG's; an unknown matrix is taken to be the other clip's."""
        clips = (self.planned.bg, self.planned.fg)
        known = [_MATRICES[clip.colour_space] for clip in clips if clip.colour_space in _MATRICES]
        usual = (known or [_USUAL])[0]
        bg, fg = (
            Meaning(
                "rgb" if is_rgb(clip.pix_fmt) else _MATRICES.get(clip.colour_space, usual),
                "full" if full_or_limited(clip) == "full" else "limited",
            )
            for clip in clips
        )
        return bg, fg


def frame_server_job(asked: ExportRequest) -> FrameServerJob:
    """Unmatched FG frames lie over the BG frame before them, as in a render. Raises SidecarError, RenderError."""
    check_clips(asked.sidecar, asked.sidecar_path)
    planned = plan.laid_out(asked.sidecar, DrawingOptions())
    runs = in_whole_steps(asked.sidecar.frame_map.held())
    return FrameServerJob(planned, visible(planned), tuple(runs), _times(asked.sidecar.fg))


def losses(said: FrameServerJob, sidecar: Sidecar) -> Iterator[Loss]:
    c, part, fg = said.planned, said.covered, sidecar.fg
    if fg.audio or sidecar.bg.audio:
        yield Loss("sound", "the script serves pictures: no sound is in it")
    if count := int((sidecar.frame_map.bg == UNMATCHED).sum()):
        yield Loss("unmatched", f"{count} unmatched FG frames lie over the BG frame before them", count)
    where = sidecar.placement
    edges = (where.x, where.y, where.x + where.width, where.y + where.height)
    if (off := max(abs(a - b) for a, b in zip(edges, where.drawn, strict=True))) > NOTABLE:
        yield Loss("placement", f"FG lies up to {off:.2f} px off its place, at whole px of BG")
    if c.is_scaled:
        yield Loss(
            "drawing", f"FG is scaled from {fg.width}x{fg.height} to {c.width}x{c.height}, not quite as render does"
        )
    if c.window is not None:
        yield Loss("drawing", f"FG's bars are left out: it shows on {part.width}x{part.height} at {part.x},{part.y}")
    if said.needs_full_chroma:
        yield Loss("drawing", "FG's edges fall between chroma samples: what is served has full chroma (4:4:4)")
    if has_alpha(fg.pix_fmt):
        yield Loss("alpha", "FG's alpha is left out: FG covers BG")
    for remark in bg_notes(c, fg, sidecar.bg):
        yield Loss("drawing", f"{remark}, not quite as render does" if said.needs_conversion else remark)


def _times(fg: Clip) -> tuple[tuple[int, Fraction], ...]:
    """One rate where timestamps only round it, else that of each frame's own time; the last one's is nominal."""
    rate = constant_rate(fg)
    if (grid_slots(fg, rate) == np.arange(fg.frames)).all():
        return ((fg.frames, rate),)
    steps = (1 / (int(ticks) * fg.time_base) for ticks in np.diff(fg.pts))
    return tuple((len(list(same)), each) for each, same in groupby((*steps, fg.frame_rate)))
