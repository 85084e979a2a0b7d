"""Pictures of shown frames, decoded in colour: FG, BG beneath it at the chosen frame and beside it, and differences.

Each clip is decoded in one pass of seeks; only pictures in their final size are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame

from vidkompy.media.decoding import seek_frames
from vidkompy.model import U8, Clip, Sidecar
from vidkompy.records import Record
from vidkompy.report.crops import amplified, bg_crop, difference, fg_picture, place_of, shown_size, webp
from vidkompy.report.selection import ShownFrame

NEIGHBOURS = (-1, 0, 1)  # BG frames shown, from the chosen one
CANVAS_SIDE = 720  # px of the longer side of the picture of a whole BG frame


class BgPicture(Record):
    """BG beneath an FG frame. offset: BG frames from the chosen one; off: mean difference from FG in grey levels."""

    bg: int
    offset: int
    picture: bytes
    difference: bytes
    off: float


class FramePictures(Record):
    """WebP files of one shown FG frame, all of `size`.

    chosen  BG frame it lies on; where it is unmatched, the one that a render holds
    """

    shown: ShownFrame
    chosen: int
    size: tuple[int, int]
    fg: bytes
    bg: tuple[BgPicture, ...]


class CanvasPicture(Record, eq=False):
    """A whole BG frame with square pixels. picture: RGB, u8 [height, width, 3]."""

    fg: int
    bg: int
    picture: U8


def frame_pictures(
    sidecar: Sidecar, shown: Sequence[ShownFrame], report: Callable[[int], object] | None = None
) -> list[FramePictures]:
    """Raises MediaError, DamageError where a frame does not decode."""
    held = sidecar.frame_map.held_indices()
    sizes = {s.fg: shown_size(place_of(sidecar, s.fg), float(sidecar.bg.sar)) for s in shown}
    fgs = {i: fg_picture(frame, sizes[i]) for i, frame in rgb_frames(sidecar.fg, [s.fg for s in shown])}
    wanted: dict[int, list[tuple[int, int]]] = {}
    for s in shown:
        for offset in NEIGHBOURS:
            if 0 <= (j := int(held[s.fg]) + offset) < sidecar.bg.frames:
                wanted.setdefault(j, []).append((s.fg, offset))
    found: dict[int, list[BgPicture]] = {s.fg: [] for s in shown}
    for done, (j, frame) in enumerate(rgb_frames(sidecar.bg, list(wanted)), 1):
        for i, offset in wanted[j]:
            found[i].append(_bg_picture(fgs[i], bg_crop(frame, place_of(sidecar, i), sizes[i]), j, offset))
        if report is not None:
            report(done)
    return [FramePictures(s, int(held[s.fg]), sizes[s.fg], webp(fgs[s.fg]), tuple(found[s.fg])) for s in shown]


def canvas_picture(sidecar: Sidecar, i: int) -> CanvasPicture:
    """The BG frame that FG frame i lies on."""
    j = int(sidecar.frame_map.held_indices()[i])
    ((_, frame),) = rgb_frames(sidecar.bg, [j])
    width, height = frame.shape[1] * float(sidecar.bg.sar), frame.shape[0]
    factor = min(CANVAS_SIDE / max(width, height), 1.0)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    return CanvasPicture(i, j, np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8))


def rgb_frames(clip: Clip, indices: Sequence[int], size: tuple[int, int] | None = None) -> Iterator[tuple[int, U8]]:
    """Yields (index, RGB u8 [height, width, 3], upright) of these frames, ascending.

    size   width and height that are wanted: of drafts, then
    """
    stored = size if size is None or clip.rotation % 180 == 0 else size[::-1]
    for i, frame in seek_frames(clip, indices, draft=size is not None, skips=size is not None):
        yield i, np.rot90(_rgb(frame, stored), clip.rotation // 90) if clip.rotation else _rgb(frame, stored)


def _rgb(frame: VideoFrame, size: tuple[int, int] | None) -> U8:
    if size is not None:
        frame = frame.reformat(*size, "rgb24", interpolation="AREA")
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def _bg_picture(fg: U8, bg: U8, j: int, offset: int) -> BgPicture:
    levels = difference(fg, bg)
    return BgPicture(j, offset, webp(bg), webp(amplified(levels)), float(levels.mean()))
