"""Sidecar plus wishes -> Composition: what to draw."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor
from pathlib import Path

import numpy as np

from filtergraphs import Composition, Source
from filtergraphs.formats import chroma_grid, full_chroma
from filtergraphs.geometry import visible
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.seek_points import with_seeks
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.containers import can_be_entered
from vidkompy.limits import MOST_FRAME_PIXELS, MOST_FRAME_SIDE
from vidkompy.media.probe import input_traits
from vidkompy.model import UNMATCHED, Clip, Sidecar

MOST_FALLS = 199  # each costs one more reader of BG; macOS lets a process open 256 files


def composition(sidecar: Sidecar, drawing: DrawingOptions) -> Composition:
    """Raises RenderError where FG cannot be drawn, or not by readers of BG that each go forward; MediaError."""
    shown = sidecar.frame_map.held()[drawn_frames(sidecar, drawing)]
    if (falls := int((np.diff(shown) < 0).sum())) > MOST_FALLS:
        raise RenderError(
            f"the map goes back {falls} times, and each time takes one more reader of BG; wanted {MOST_FALLS} at most: "
            "edit its runs, or cut FG into parts"
        )
    planned = laid_out(sidecar, drawing)
    fg, bg = (_as_read(source) for source in (planned.fg, planned.bg))
    return with_seeks(replace(planned, fg=fg, bg=bg), sidecar.bg)


def laid_out(sidecar: Sidecar, drawing: DrawingOptions) -> Composition:
    """The composition, for those who reach BG's frames in any order. Raises RenderError where FG cannot be drawn."""
    x, y, _, _ = sidecar.placement.drawn
    width, height = sidecar.placement.drawn_size
    _check_size("FG", (width, height))
    if x >= sidecar.bg.width or y >= sidecar.bg.height or x + width <= 0 or y + height <= 0:
        raise RenderError(
            f"the placement puts FG outside the canvas: {width}x{height} at {x},{y} on "
            f"{sidecar.bg.width}x{sidecar.bg.height}; correct placement.x and placement.y in the sidecar"
        )
    try:
        placed = _placed(sidecar, drawing)
        if drawing.canvas == "fg" and placed.is_scaled:
            placed = _on_canvas_of_fg(sidecar, placed)
            _check_size("the canvas", placed.canvas)
        if sidecar.content is not None and not drawing.keep_bars:
            without_bars = replace(placed, window=_window(sidecar.content, placed))
            placed = placed if visible(without_bars) == visible(placed) else without_bars
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e
    return placed


def _as_read(source: Source) -> Source:
    """With what has to be known of its file to open it. Raises MediaError."""
    demuxer, is_pedantic = input_traits(Path(source.path))
    return replace(source, demuxer=demuxer, is_concealed=source.is_concealed or is_pedantic)


def _check_size(what: str, size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > MOST_FRAME_SIDE or width * height > MOST_FRAME_PIXELS:
        raise RenderError(
            f"{what} would be drawn at {width}x{height}; wanted {MOST_FRAME_PIXELS} pixels at most: "
            "correct placement.width and placement.height in the sidecar"
        )


def drawn_frames(sidecar: Sidecar, drawing: DrawingOptions) -> slice:
    """FG frames that are kept. Raises RenderError if there are none."""
    if drawing.trim == "all":
        return slice(0, sidecar.fg.frames)
    matched = np.flatnonzero(sidecar.frame_map.bg != UNMATCHED)
    if not len(matched):
        raise RenderError("no FG frame is matched: --trim matched keeps none; wanted at least one: leave it out")
    return slice(int(matched[0]), int(matched[-1]) + 1)


def _placed(sidecar: Sidecar, drawing: DrawingOptions) -> Composition:
    """FG whole, on BG's own canvas."""
    fg, bg, kept = sidecar.fg, sidecar.bg, drawn_frames(sidecar, drawing)
    x, y, _, _ = sidecar.placement.drawn
    width, height = sidecar.placement.drawn_size
    return Composition(
        bg=_source(bg),
        fg=_source(fg),
        x=x,
        y=y,
        width=width,
        height=height,
        bg_index=sidecar.frame_map.held()[kept].tolist(),
        fg_pts=fg.pts[kept].tolist(),
        time_base=fg.time_base,
        frame_rate=fg.frame_rate,
        fg_start=fg.start_pts,
        has_audio=bool(fg.audio),
        bg_pts=bg.pts.tolist() if can_be_entered(bg.path) and not bg.is_concealed else (),
        bg_time_base=bg.time_base,
        unmatched=(sidecar.frame_map.bg[kept] == UNMATCHED).tolist(),
        filling=drawing.unmatched,
        fg_first=kept.start,
        fg_end=int(fg.pts[kept.stop]) if kept.stop < fg.frames else None,
        feather=drawing.feather_px,
        blend=drawing.blend,
        field_order="" if fg.rotation else fg.field_order,
    )


def _on_canvas_of_fg(sidecar: Sidecar, placed: Composition) -> Composition:
    """FG at its own size, on a canvas that is as much larger or smaller than BG, in whole chroma samples."""
    where, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    grid_x, grid_y = chroma_grid(fg.pix_fmt)
    width = max(round(bg.width * fg.width / where.width / grid_x), 1) * grid_x
    height = max(round(bg.height * fg.height / where.height / grid_y), 1) * grid_y
    x, y = round(where.x * width / bg.width), round(where.y * height / bg.height)
    return replace(placed, x=x, y=y, width=fg.width, height=fg.height, canvas_size=(width, height))


def _window(content: tuple[int, int, int, int], placed: Composition) -> tuple[int, int, int, int]:
    """FG's content on the canvas. Where it ends at a bar, it ends with a whole chroma sample."""
    left, top, right, bottom = content
    fg, (grid_x, grid_y) = placed.fg, chroma_grid(placed.fg.pix_fmt)
    per_x, per_y = placed.width / fg.width, placed.height / fg.height
    return (
        ceil((placed.x + left * per_x) / grid_x) * grid_x if left else placed.x,
        ceil((placed.y + top * per_y) / grid_y) * grid_y if top else placed.y,
        floor((placed.x + right * per_x) / grid_x) * grid_x if right < fg.width else placed.x + placed.width,
        floor((placed.y + bottom * per_y) / grid_y) * grid_y if bottom < fg.height else placed.y + placed.height,
    )


def _source(clip: Clip) -> Source:
    colour, (grid_x, grid_y) = clip.colour, chroma_grid(clip.pix_fmt)
    is_turned = clip.rotation in (90, 270) and grid_x != grid_y
    return Source(
        path=str(clip.path),
        width=clip.width,
        height=clip.height,
        pix_fmt=full_chroma(clip.pix_fmt) if is_turned else clip.pix_fmt,
        sar=clip.sar,
        colour_space=colour.space,
        colour_range=colour.range,
        colour_primaries=colour.primaries,
        colour_transfer=colour.transfer,
        decoder=clip.decoder,
        stored=clip.pix_fmt,
        turn=clip.rotation if is_turned else 0,
        is_concealed=clip.is_concealed,
    )
