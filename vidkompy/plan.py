"""Sidecar plus wishes -> Composition: what to draw."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filtergraphs import Composition, Source
from vidkompy.containers import can_be_entered
from vidkompy.drawing import Drawing
from vidkompy.errors import RenderError
from vidkompy.ffmpeg_cli import readable
from vidkompy.model import UNMATCHED, Clip, Sidecar

MOST_FALLS = 199  # each costs one more reader of BG; macOS lets a process open 256 files
MUCH = 1 << 30  # bytes of memory that are worth a word
AT_ONCE = 8  # pictures a reader holds; measured at 1080p: 25 MiB a reader in ffmpeg 5.1, 16 in 9.0
INDEX = 45  # bytes a frame of the file's index, which each reader has; measured in MP4: 9 MiB for 200,000 frames


def composition(sidecar: Sidecar, drawing: Drawing) -> Composition:
    """Raises RenderError where FG cannot be drawn."""
    where, fg = sidecar.placement, sidecar.fg
    x, y, _, _ = where.drawn
    width, height = where.drawn_size
    kept = drawn_frames(sidecar, drawing)
    if (falls := _falls(sidecar, drawing)) > MOST_FALLS:
        raise RenderError(
            f"the map goes back {falls} times, and each time takes one more reader of BG; wanted {MOST_FALLS} at most: "
            "edit its runs, or cut FG into parts"
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
        bg_index=sidecar.frame_map.held()[kept].tolist(),
        fg_pts=fg.pts[kept].tolist(),
        time_base=fg.time_base,
        frame_rate=fg.frame_rate,
        fg_start=fg.start_pts,
        has_audio=bool(fg.audio),
        bg_pts=sidecar.bg.pts.tolist() if can_be_entered(sidecar.bg.path) else (),
        bg_time_base=sidecar.bg.time_base,
        unmatched=(sidecar.frame_map.bg[kept] == UNMATCHED).tolist(),
        filling=drawing.unmatched,
        fg_first=kept.start,
        fg_end=int(fg.pts[kept.stop]) if kept.stop < fg.frames else None,
    )


def drawn_frames(sidecar: Sidecar, drawing: Drawing) -> slice:
    """FG frames that are kept. Raises RenderError if there are none."""
    if drawing.trim == "all":
        return slice(0, sidecar.fg.frames)
    matched = np.flatnonzero(sidecar.frame_map.bg != UNMATCHED)
    if not len(matched):
        raise RenderError("no FG frame is matched: --trim matched keeps none; wanted at least one: leave it out")
    return slice(int(matched[0]), int(matched[-1]) + 1)


def remarks(sidecar: Sidecar, drawing: Drawing, working_format: str) -> list[str]:
    """What will not be exact, or not be as the inputs are: one sentence each."""
    where, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    said = [*_remarks_on_frames(sidecar, drawing), *_remarks_on_reading(sidecar, drawing)]
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
    if bg.audio and not fg.audio:
        said.append("FG has no sound: the output has none, BG's is left out")
    return said


def _remarks_on_frames(sidecar: Sidecar, drawing: Drawing) -> Iterator[str]:
    kept = drawn_frames(sidecar, drawing)
    if kept != slice(0, sidecar.fg.frames):
        yield f"FG frames {kept.start} to {kept.stop - 1} of 0 to {sidecar.fg.frames - 1} are drawn"
        if kept.start and sidecar.fg.audio:
            yield "copied sound starts at its first whole packet after the cut (AAC: up to 25 ms later), in step"
    if unmatched := int((sidecar.frame_map.bg[kept] == UNMATCHED).sum()):
        lie = {
            "hold": "lie over the BG frame before them",
            "black": "lie on black",
            "foreground": "lie over themselves, scaled to cover the canvas",
        }
        yield f"{unmatched} unmatched FG frames {lie[drawing.unmatched]}"


def _remarks_on_reading(sidecar: Sidecar, drawing: Drawing) -> Iterator[str]:
    bg = sidecar.bg
    readers = _falls(sidecar, drawing) + 1
    if readers > 1 and not can_be_entered(bg.path):
        yield (
            f"BG is decoded from its start {readers} times: its container cannot be entered midway; "
            "in Matroska it could: ffmpeg -i BG -c copy BG.mkv, and analyse that"
        )
    if (memory := readers * (AT_ONCE * bg.width * bg.height * 3 // 2 + INDEX * bg.frames)) > MUCH:
        yield f"BG is read in {readers} passages, which takes about {memory / 2**30:.1f} GiB of memory"


def _falls(sidecar: Sidecar, drawing: Drawing) -> int:
    """How often the map goes back."""
    return int((np.diff(sidecar.frame_map.held()[drawn_frames(sidecar, drawing)]) < 0).sum())


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
