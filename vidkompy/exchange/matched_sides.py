"""FG and the part of BG that it lies on, as two sequences of equally many frames, one size and one format.

FG is as it is. BG is the frames that FG lies on, scaled as FG is, cut to the part of FG that lies on the canvas inside
its bars. Frames without a BG frame are left out on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from filtergraphs import Composition, Script, compare
from filtergraphs.formats import has_alpha
from filtergraphs.geometry import Rect, visible
from vidkompy.drawing.notes import bg_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_composition
from vidkompy.drawing.rounding import drawing_error
from vidkompy.drawing.seek_points import with_seeks
from vidkompy.errors import RenderError
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import REPORTED_PX, Loss
from vidkompy.model import I64, UNMATCHED, Sidecar
from vidkompy.sidecar.document import check_clips


class MatchedSides(NamedTuple):
    """script: its graph ends in FG_SIDE and BG_SIDE. matched: i64 [n], FG frames that have a BG frame."""

    composition: Composition
    script: Script
    matched: I64


def matched_sides(request: ExportRequest) -> MatchedSides:
    """Raises SidecarError, RenderError."""
    sidecar = request.sidecar
    check_clips(sidecar, request.sidecar_path)
    matched = np.flatnonzero(sidecar.frame_map.bg != UNMATCHED)
    if not len(matched):
        raise RenderError("no FG frame is matched: there is nothing to compare; correct the runs of the sidecar")
    composition = _of_matched_frames(
        plan_composition(sidecar, DrawingOptions(canvas="fg"), fg_stands=True), matched, sidecar
    )
    try:
        return MatchedSides(composition, compare(composition, matched.tolist()), matched)
    except ValueError as e:
        raise RenderError(f"this cannot be compared: {e}") from e


def side_losses(sidecar: Sidecar, c: Composition) -> Iterator[Loss]:
    """What is left out of either side, and what is not as it is in its clip."""
    if unmatched := sidecar.fg.frames - len(c.fg_pts):
        yield Loss("unmatched", f"{unmatched} unmatched FG frames are left out on both sides", unmatched)
    part = visible(c)
    if part != Rect(c.x, c.y, c.width, c.height):
        size_and_place = f"{part.width}x{part.height} at {part.x - c.x},{part.y - c.y}"
        message = f"of FG's {c.width}x{c.height} px only {size_and_place} are taken: the rest is bars or off the canvas"
        yield Loss("placement", message)
    if c.canvas_size is not None:
        yield Loss("drawing", "BG is scaled as FG is: it differs from FG by how unlike both ways of scaling are, too")
    if (error := drawing_error(sidecar.placement, c)) > REPORTED_PX:
        yield Loss("placement", f"BG lies {error:.2f} px of FG off its place at most")
    whole_bg = replace(c, canvas_size=None)
    for note in bg_notes(whole_bg, sidecar.fg, sidecar.bg):
        yield Loss("drawing", note)
    if has_alpha(sidecar.fg.pix_fmt):
        yield Loss("alpha", "FG's alpha is left out: what it hides is taken too")


def _of_matched_frames(c: Composition, matched: I64, sidecar: Sidecar) -> Composition:
    bg, pts = sidecar.frame_map.bg[matched].tolist(), sidecar.fg.pts[matched].tolist()
    c = replace(c, bg_index=bg, fg_pts=pts, unmatched=())
    if c.motion:
        c = replace(c, motion=replace(c.motion, places=[c.motion.places[i] for i in matched]))
    return replace(with_seeks(c, sidecar.bg), crops_by_container=True)
