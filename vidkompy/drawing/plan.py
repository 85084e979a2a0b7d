"""Sidecar and drawing options -> Composition: which pixels of both clips are drawn, where and when."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor
from pathlib import Path

import numpy as np

from filtergraphs import Composition, Source
from filtergraphs.bg_readers import bg_changes
from filtergraphs.formats import chroma_grid, full_chroma
from filtergraphs.geometry import exact_fg_rect, visible
from vidkompy.drawing.colour_grades import bg_grades
from vidkompy.drawing.moving import moving_layout
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.scaled_layout import between_pixels, on_fg_canvas
from vidkompy.drawing.seek_points import part_of, with_seeks
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.containers import is_seekable
from vidkompy.limits import MAX_FRAME_PIXELS, MAX_FRAME_SIDE
from vidkompy.media.probe import input_traits
from vidkompy.model import UNMATCHED, Box, Clip, FrameSpan, Sidecar

MAX_BACKWARD_JUMPS = 199  # each costs one more reader of BG; macOS lets a process open 256 files

_Window = tuple[int, int, int, int]  # canvas px: left, top, right, bottom


def plan_composition(
    sidecar: Sidecar, drawing: DrawingOptions, part: FrameSpan | None = None, *, fg_stands: bool = False
) -> Composition:
    """The composition, for an ffmpeg that reads BG by readers which each go forward.

    part        of the FG frames that are kept, which is drawn without sound, from 0 on; None: all
    fg_stands   BG moves wherever one of them does, seen beside FG or not: for whoever compares both
    Raises RenderError where FG cannot be drawn, or BG would need more than MAX_BACKWARD_JUMPS + 1 readers; MediaError
    where a clip cannot be opened.
    """
    kept = sidecar.frame_map.held_indices()[drawn_frames(sidecar, drawing)]
    bg_frames = kept if part is None else kept[part.first : part.stop]
    if (jumps := int((np.diff(bg_frames) < 0).sum())) > MAX_BACKWARD_JUMPS:
        raise RenderError(
            f"the map goes back {jumps} times, and each time takes one more reader of BG; wanted "
            f"{MAX_BACKWARD_JUMPS} at most: edit its runs, or cut FG into parts"
        )
    layout = plan_layout(sidecar, drawing, fg_stands=fg_stands)
    fg, bg = (_with_reading(source) for source in (layout.fg, layout.bg))
    layout = replace(layout, fg=fg, bg=bg)
    return with_seeks(layout, sidecar.bg) if part is None else part_of(layout, sidecar, part)


def plan_layout(sidecar: Sidecar, drawing: DrawingOptions, *, fg_stands: bool = False) -> Composition:
    """The composition, for programs that reach BG's frames in any order. Opens no clip.

    Raises RenderError where FG cannot be drawn.
    """
    _check_drawn_size("FG", sidecar.placement.drawn_size)
    try:
        layout = _on_bg_canvas(sidecar, drawing)
        if not drawing.steady:
            layout = moving_layout(sidecar, drawing, layout, drawn_frames(sidecar, drawing), fg_stands)
        if layout.motion is None:
            _check_on_canvas(sidecar)
        else:
            _check_drawn_size(f"a moving {layout.motion.mover.upper()}", layout.motion.largest)
            _check_drawn_size("the canvas", layout.canvas)
        if layout.motion is None and layout.is_scaled:
            layout = on_fg_canvas(sidecar, layout) if drawing.canvas == "fg" else between_pixels(sidecar, layout)
            _check_drawn_size("the canvas", layout.canvas)
        if sidecar.content is not None and not drawing.keep_bars:
            without_bars = replace(layout, fg_crop=_content_window(sidecar.content, layout))
            shows_all = layout.fg_motion is None and visible(without_bars) == visible(layout)
            layout = layout if shows_all else without_bars
        if drawing.match_colours:
            layout = _with_grades(layout, sidecar, drawing)
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e
    return layout


def drawn_frames(sidecar: Sidecar, drawing: DrawingOptions) -> slice:
    """FG frames that are kept. Raises RenderError if there are none."""
    if drawing.trim == "all":
        return slice(0, sidecar.fg.frames)
    matched = np.flatnonzero(sidecar.frame_map.bg != UNMATCHED)
    if not len(matched):
        raise RenderError("no FG frame is matched: --trim matched keeps none; wanted at least one: leave it out")
    return slice(int(matched[0]), int(matched[-1]) + 1)


def _with_grades(layout: Composition, sidecar: Sidecar, drawing: DrawingOptions) -> Composition:
    """BG in FG's colours; a BG frame that is held keeps its grade, in parts of a drawing too. Raises RenderError."""
    grades, colours = bg_grades(sidecar), sidecar.colours
    if colours is None:
        return replace(layout, bg_grades=grades)
    starts = bg_changes(layout)
    of_frame = colours.grade_of_frame[drawn_frames(sidecar, drawing)]
    grade_of = np.repeat(of_frame[starts], np.diff([*starts, len(of_frame)]))
    return replace(layout, bg_grades=grades, bg_grade_of=grade_of.tolist())


def _with_reading(source: Source) -> Source:
    """The source with what has to be known of its file to open it. Raises MediaError."""
    demuxer, is_pedantic = input_traits(Path(source.path), source.stream)
    return replace(source, demuxer=demuxer, is_concealed=source.is_concealed or is_pedantic)


def _check_on_canvas(sidecar: Sidecar) -> None:
    left, top, right, bottom = sidecar.placement.drawn
    if left >= sidecar.bg.width or top >= sidecar.bg.height or right <= 0 or bottom <= 0:
        raise RenderError(
            f"the placement puts FG outside the canvas: {right - left}x{bottom - top} at {left},{top} on "
            f"{sidecar.bg.width}x{sidecar.bg.height}; correct placement.x and placement.y in the sidecar"
        )


def _check_drawn_size(name: str, size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > MAX_FRAME_SIDE or width * height > MAX_FRAME_PIXELS:
        raise RenderError(
            f"{name} would be drawn at {width}x{height}; wanted {MAX_FRAME_PIXELS} pixels at most: "
            "correct placement.width and placement.height in the sidecar"
        )


def _on_bg_canvas(sidecar: Sidecar, drawing: DrawingOptions) -> Composition:
    """FG whole, on BG's own canvas, scaled where the placement is of another size."""
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
        bg_index=sidecar.frame_map.held_indices()[kept].tolist(),
        fg_pts=fg.pts[kept].tolist(),
        time_base=fg.time_base,
        frame_rate=fg.frame_rate,
        fg_start_pts=fg.start_pts,
        has_audio=bool(fg.audio),
        bg_pts=bg.pts.tolist() if is_seekable(bg.path) and not bg.is_concealed else (),
        bg_time_base=bg.time_base,
        unmatched=(sidecar.frame_map.bg[kept] == UNMATCHED).tolist(),
        unmatched_fill=drawing.unmatched,
        fg_first=kept.start,
        fg_end_pts=int(fg.pts[kept.stop]) if kept.stop < fg.frames else None,
        feather=drawing.feather_px,
        blend=drawing.blend,
        field_order="" if fg.rotation else fg.field_order,
    )


def _content_window(content: tuple[int, int, int, int], layout: Composition) -> _Window:
    """FG's content, in px of FG, on the canvas. Where it ends at a bar, it ends with a whole chroma sample inside.

    Elsewhere it reaches as far as FG itself, beyond the canvas too.
    """
    fg_left, fg_top, fg_right, fg_bottom = content
    left, top, right, bottom = _fg_to_canvas(content, layout)
    x, y, width, height = exact_fg_rect(layout)
    fg, (grid_x, grid_y) = layout.fg, chroma_grid(layout.fg.pix_fmt)
    has_left_bar, has_top_bar = fg_left > 0, fg_top > 0
    has_right_bar, has_bottom_bar = fg_right < fg.width, fg_bottom < fg.height
    return (
        _next_multiple(left, grid_x) if has_left_bar else floor(x),
        _next_multiple(top, grid_y) if has_top_bar else floor(y),
        _last_multiple(right, grid_x) if has_right_bar else ceil(x + width),
        _last_multiple(bottom, grid_y) if has_bottom_bar else ceil(y + height),
    )


def _fg_to_canvas(box: Box, layout: Composition) -> Box:
    """A box in px of FG, left, top, right, bottom, in px of the canvas."""
    (left, top, right, bottom), (x, y, width, height) = box, exact_fg_rect(layout)
    scale_x, scale_y = width / layout.fg.width, height / layout.fg.height
    return x + left * scale_x, y + top * scale_y, x + right * scale_x, y + bottom * scale_y


def _next_multiple(px: float, grid: int) -> int:
    return ceil(px / grid) * grid


def _last_multiple(px: float, grid: int) -> int:
    return floor(px / grid) * grid


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
        stored_pix_fmt=clip.pix_fmt,
        graph_rotation=clip.rotation if is_turned else 0,
        is_concealed=clip.is_concealed,
        stream=clip.stream,
        scope=clip.scope,
    )
