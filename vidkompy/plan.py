"""Sidecar plus wishes -> Composition: what to draw."""

from __future__ import annotations

from filtergraphs import Composition, Source
from vidkompy.errors import RenderError
from vidkompy.ffmpeg_cli import readable
from vidkompy.model import UNMATCHED, Clip, Sidecar


def composition(sidecar: Sidecar) -> Composition:
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
    return Composition(
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
    )


def remarks(sidecar: Sidecar, working_format: str) -> list[str]:
    """What will not be exact, or not be as the inputs are: one sentence each."""
    where, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    said = []
    unmatched = int((sidecar.frame_map.bg == UNMATCHED).sum())
    if unmatched:
        said.append(f"{unmatched} unmatched FG frames lie over the BG frame before them")
    width, height = where.drawn_size
    if (width, height) != (fg.width, fg.height):
        said.append(f"FG is scaled from {fg.width}x{fg.height} to {width}x{height}: its pixels are new ones")
    elif working_format != fg.pix_fmt:
        said.append(
            f"FG's edges fall between the chroma samples of {fg.pix_fmt}: "
            f"the output is {working_format}, in which both clips are exact; for players that need {fg.pix_fmt} "
            f"end the command with -- -c:v libx264 -crf 18 -pix_fmt {fg.pix_fmt} (colour edges soften a little)"
        )
    if (bg.pix_fmt, bg.colour.space, bg.colour.range) != (fg.pix_fmt, fg.colour.space, fg.colour.range):
        said.append(f"BG is converted from {_kind(bg)} to FG's {_kind(fg)}")
    elif bg.colour != fg.colour:
        said.append("BG is labelled with FG's colour primaries and transfer, not converted to them")
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
