"""Sidecar plus wishes -> Composition: what to draw."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from filtergraphs import Composition, Source, working_format
from filtergraphs.formats import chroma_grid, has_alpha, opaque
from filtergraphs.layout import faded, visible
from vidkompy.drawing import Drawing
from vidkompy.errors import RenderError
from vidkompy.ffmpeg_cli import readable
from vidkompy.model import UNMATCHED, Clip, Sidecar


def composition(sidecar: Sidecar, drawing: Drawing = Drawing()) -> Composition:
    """Raises RenderError where FG cannot be drawn."""
    where, fg = sidecar.placement, sidecar.fg
    x, y, _, _ = where.drawn
    width, height = where.drawn_size
    shown = sidecar.frame_map.held()
    falls = (shown[1:] < shown[:-1]).nonzero()[0]
    if len(falls):
        i = int(falls[0]) + 1
        raise RenderError(
            f"the map goes back from BG frame {shown[i - 1]} to {shown[i]} at FG frame {i}; "
            "wanted one that never goes back: edit its runs"
        )
    if x >= sidecar.bg.width or y >= sidecar.bg.height or x + width <= 0 or y + height <= 0:
        raise RenderError(
            f"the placement puts FG outside the canvas: {width}x{height} at {x},{y} on "
            f"{sidecar.bg.width}x{sidecar.bg.height}; correct placement.x and placement.y in the sidecar"
        )
    placed = Composition(
        bg=_source(sidecar.bg),
        fg=_source(fg),
        x=x,
        y=y,
        width=width,
        height=height,
        bg_index=shown.tolist(),
        fg_pts=fg.pts.tolist(),
        time_base=fg.time_base,
        frame_rate=fg.frame_rate,
        fg_start=fg.start_pts,
        has_audio=bool(fg.audio),
        feather=drawing.feather_px,
        blend=drawing.blend,
    )
    if drawing.canvas == "fg" and placed.is_scaled:
        placed = _on_canvas_of_fg(sidecar, placed)
    if sidecar.content is not None and not drawing.keep_bars:
        without_bars = replace(placed, window=_window(sidecar.content, placed))
        placed = placed if visible(without_bars) == visible(placed) else without_bars
    return placed


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


def remarks(sidecar: Sidecar, planned: Composition) -> list[str]:
    """What will not be exact, or not be as the inputs are: one sentence each."""
    fg, bg = sidecar.fg, sidecar.bg
    said = []
    unmatched = int((sidecar.frame_map.bg == UNMATCHED).sum())
    if unmatched:
        said.append(f"{unmatched} unmatched FG frames lie over the BG frame before them")
    said += [*_remarks_on_fg(planned, fg), *_remarks_on_looks(planned)]
    if planned.canvas != (bg.width, bg.height):
        size = "x".join(map(str, planned.canvas))
        said.append(f"BG is scaled from {bg.width}x{bg.height} to {size}: its pixels are new ones, FG keeps its own")
    if (bg.pix_fmt, bg.colour.space, bg.colour.range) != (fg.pix_fmt, fg.colour.space, fg.colour.range):
        said.append(f"BG is converted from {_kind(bg)} to FG's {_kind(fg)}")
    elif bg.colour != fg.colour:
        said.append("BG is labelled with FG's colour primaries and transfer, not converted to them")
    if bg.audio and not fg.audio:
        said.append("FG has no sound: the output has none, BG's is left out")
    return said


def _remarks_on_fg(planned: Composition, fg: Clip) -> list[str]:
    if planned.is_scaled:
        return [
            f"FG is scaled from {fg.width}x{fg.height} to {planned.width}x{planned.height}: its pixels are new ones"
        ]
    target, own = working_format(planned), opaque(fg.pix_fmt)
    if chroma_grid(target) == chroma_grid(own):
        return []
    return [
        f"FG's edges fall between the chroma samples of {own}: "
        f"the output is {target}, in which both clips are exact; for players that need {own} "
        f"end the command with -- -c:v libx264 -crf 18 -pix_fmt {own} (colour edges soften a little)"
    ]


def _remarks_on_looks(planned: Composition) -> list[str]:
    said = []
    if planned.window is not None:
        hole = visible(planned)
        said.append(
            f"FG's bars are left out: it shows on {hole.width}x{hole.height} at {hole.x},{hole.y} of the canvas, "
            "and BG where they were (--keep-bars draws them)"
        )
    if planned.blend != "normal":
        said.append(f"FG is blended with BG ({planned.blend}, in RGB): its pixels are new ones")
    if has_alpha(planned.fg.pix_fmt):
        said.append("FG is laid over BG through its alpha: its pixels are exact where that is full, BG's where it is 0")
    if planned.feather and any(faded(planned)):
        said.append(f"FG fades into BG over the outermost {planned.feather} px: its pixels are exact within")
    elif planned.feather:
        said.append("FG covers the canvas: it has no edge to fade")
    return said


def _kind(clip: Clip) -> str:
    return f"{clip.pix_fmt} (matrix {clip.colour.space}, range {clip.colour.range})"


def _source(clip: Clip) -> Source:
    colour = clip.colour
    return Source(
        path=readable(clip.path),
        width=clip.width,
        height=clip.height,
        pix_fmt=clip.pix_fmt,
        sar=clip.sar,
        colour_space=colour.space,
        colour_range=colour.range,
        colour_primaries=colour.primaries,
        colour_transfer=colour.transfer,
    )
