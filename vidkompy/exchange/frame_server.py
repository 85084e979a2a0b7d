"""A frame server's script: which BG frame lies under each FG frame, and where FG lies on it.

A frame server (AviSynth+, VapourSynth) is a program that a script tells how to compute frames, and that hands them to
others one by one. It splices: it takes runs of one whole step each, which it can cut, reverse and thin out. Sound and
alpha are left out; all else is what `exports.avisynth` and `exports.vapoursynth` share, each in its language.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

import numpy as np

from filtergraphs import Composition, working_format
from filtergraphs.colour import conversion, full_or_limited
from filtergraphs.formats import chroma_grid, has_alpha, is_rgb, opaque
from filtergraphs.geometry import Rect, exact_fg_rect, visible
from vidkompy.drawing.margins import margins_of
from vidkompy.drawing.notes import bg_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.drawing.rounding import drawing_error
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import REPORTED_PX, Loss, motion_losses
from vidkompy.exchange.timeline import integer_step_runs
from vidkompy.media.frame_rates import constant_rate, has_even_times
from vidkompy.model import UNMATCHED, Clip, Run, Sidecar
from vidkompy.records import Record
from vidkompy.sidecar.document import check_clips

FRAME_SERVER_MATRICES = {  # ffmpeg's names: those of VapourSynth and AviSynth
    "bt709": "709",
    "fcc": "fcc",
    "bt470bg": "470bg",
    "smpte170m": "170m",
    "smpte240m": "240m",
    "bt2020nc": "2020ncl",
    "bt2020c": "2020cl",
}
DEFAULT_MATRIX = "170m"  # what swscale takes an unknown matrix for


class SampleEncoding(Record):
    """How a clip's samples are to be read. matrix: "rgb" where they are no YUV. range: limited or full."""

    matrix: str
    range: str


class FgWindow(NamedTuple):
    """A part of FG. Whole px where FG is not scaled."""

    left: Fraction
    top: Fraction
    width: Fraction
    height: Fraction


class ServedComposition(Record, eq=False):
    """Every FG frame over a BG frame.

    composition   what is drawn
    fg_rect       the part of the canvas that FG covers
    runs          of BG frames, in whole steps
    rates         FG frames that follow at one rate: how many, and frames per second
    """

    composition: Composition
    fg_rect: Rect
    runs: tuple[Run, ...]
    rates: tuple[tuple[int, Fraction], ...]

    @property
    def is_scaled(self) -> bool:
        return self.composition.is_scaled

    @property
    def fg_crop(self) -> tuple[int, int]:
        """px of FG as it is drawn that lie left of the part that shows, and above it."""
        return self.fg_rect.x - self.composition.x, self.fg_rect.y - self.composition.y

    @property
    def fg_window(self) -> FgWindow:
        """The part of FG that shows, in px of FG before it is scaled."""
        c, part = self.composition, self.fg_rect
        x, y, width, height = map(Fraction, exact_fg_rect(c))
        per_x, per_y = c.fg.width / width, c.fg.height / height
        return FgWindow((part.x - x) * per_x, (part.y - y) * per_y, part.width * per_x, part.height * per_y)

    @property
    def needs_full_chroma(self) -> bool:
        """Whether an edge of FG falls between chroma samples."""
        return chroma_grid(working_format(self.composition)) != chroma_grid(opaque(self.composition.fg.pix_fmt))

    @property
    def needs_conversion(self) -> bool:
        """Whether BG's samples mean something else than FG's."""
        return bool(conversion(self.composition.bg, self.composition.fg, working_format(self.composition)))

    @property
    def sample_encodings(self) -> tuple[SampleEncoding, SampleEncoding]:
        """BG's and FG's; an unknown matrix is taken to be the other clip's."""
        clips = (self.composition.bg, self.composition.fg)
        spaces = (clip.colour_space for clip in clips)
        known = [FRAME_SERVER_MATRICES[space] for space in spaces if space in FRAME_SERVER_MATRICES]
        default = known[0] if known else DEFAULT_MATRIX
        bg, fg = (
            SampleEncoding(
                "rgb" if is_rgb(clip.pix_fmt) else FRAME_SERVER_MATRICES.get(clip.colour_space, default),
                "full" if full_or_limited(clip) == "full" else "limited",
            )
            for clip in clips
        )
        return bg, fg


def served_composition(request: ExportRequest) -> ServedComposition:
    """Unmatched FG frames lie over the BG frame before them, as in a render. Raises SidecarError, RenderError."""
    check_clips(request.sidecar, request.sidecar_path)
    composition = plan_layout(request.sidecar, DrawingOptions(steady=True))
    runs = integer_step_runs(request.sidecar.frame_map.held_indices())
    return ServedComposition(composition, visible(composition), tuple(runs), frame_rates_of(request.sidecar.fg))


def frame_server_losses(served: ServedComposition, sidecar: Sidecar) -> Iterator[Loss]:
    c, part, fg = served.composition, served.fg_rect, sidecar.fg
    if fg.audio or sidecar.bg.audio:
        yield Loss("sound", "the script serves pictures: no sound is in it")
    if count := int((sidecar.frame_map.bg == UNMATCHED).sum()):
        yield Loss("unmatched", f"{count} unmatched FG frames lie over the BG frame before them", count)
    yield from motion_losses(sidecar)
    if (error := drawing_error(sidecar.placement, c)) > REPORTED_PX:
        at = "" if c.is_scaled else ", at whole px of BG"
        yield Loss("placement", f"FG lies up to {error:.2f} px off its place{at}")
    if c.is_scaled:
        place = sidecar.placement
        sizes = f"from {fg.width}x{fg.height} to {round(place.width, 2):g}x{round(place.height, 2):g}"
        yield Loss("drawing", f"FG is scaled {sizes}, not quite as render does")
    if c.fg_crop is not None and sidecar.content is not None:
        are = margins_of(sidecar.content, (fg.width, fg.height)).are
        yield Loss("drawing", f"FG's {are} left out: it shows on {part.width}x{part.height} at {part.x},{part.y}")
    if served.needs_full_chroma:
        yield Loss("drawing", "FG's edges fall between chroma samples: what is served has full chroma (4:4:4)")
    if has_alpha(fg.pix_fmt):
        yield Loss("alpha", "FG's alpha is left out: FG covers BG")
    for note in bg_notes(c, fg, sidecar.bg):
        yield Loss("drawing", f"{note}, not quite as render does" if served.needs_conversion else note)


def frame_rates_of(fg: Clip) -> tuple[tuple[int, Fraction], ...]:
    """One rate where timestamps only round it, else that of each frame's own time; the last one's is nominal."""
    rate = constant_rate(fg)
    if has_even_times(fg, rate):
        return ((fg.frames, rate),)
    steps = (1 / (int(ticks) * fg.time_base) for ticks in np.diff(fg.pts))
    return tuple((len(list(equal)), step) for step, equal in groupby((*steps, fg.frame_rate)))
