"""Is every FG frame in the output once, in order, at its own time, over the right BG frame?

Lossless output is compared bit by bit in every plane. Elsewhere a frame is right if its levels are those of the output,
and if no rival is nearer to the output where the two visibly differ. Rivals are the neighbouring frames, and for FG the
BG under it too. FG's place is judged over all frames at once. FG is not judged where it is blended, where its edges
fade, and in frames that are not opaque.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filtergraphs import Composition, working_format
from filtergraphs.formats import has_alpha, opaque
from filtergraphs.layout import Rect, content, untouched, visible
from vidkompy import plan
from vidkompy.decode import entered, frames_of, luma_of
from vidkompy.drawing import Drawing
from vidkompy.likeness import altered, cut, equal, error, is_nearer, levels, nearest, planes, sized
from vidkompy.model import U8, Clip, Sidecar
from vidkompy.probe import open_video, probe

NEIGHBOURS = 3  # BG frames either side that are tried as rivals
ABSENT = 0.5  # squared error against BG over that against FG: FG is missing below; BG alone gives next to 0
SPREAD = 0.01  # share of cells in which BG must differ from FG for that; fewer are noise at crf 32 (measured)
NEARER = 0.97  # squared error a pixel away over that in place: misplaced below; measured: 0.99 when right at crf 44
ASIDE = ((0, 1), (0, -1), (1, 0), (-1, 0))  # px, y and x
LOSSLESS = frozenset(("ffv1", "ffvhuff", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo", "utvideo"))
FULL = 2  # libavutil's number for full range
TOLERANCE = Fraction(1, 1000)  # s; Matroska rounds timestamps to 1 ms


@dataclass
class Verdict:
    """What was found. Lists hold FG frame indices."""

    expected: int
    frames: int = 0
    fg_exact: int = 0
    bg_exact: int = 0
    fg_judged: bool = True
    bg_visible: bool = True
    wrong_fg: list[int] = field(default_factory=list)
    wrong_bg: list[int] = field(default_factory=list)
    wrong_time: list[int] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.frames == self.expected and not (self.wrong_fg or self.wrong_bg or self.wrong_time)


def verify(
    sidecar: Sidecar, output: Path, drawing: Drawing = Drawing(), on_frame: Callable[[int], None] | None = None
) -> Verdict:
    """Decodes all three files, BG's passages one by one. Raises MediaError; RenderError if nothing can be drawn."""
    out = probe(output)
    planned = plan.composition(sidecar, drawing)
    first, end = planned.fg_first, planned.fg_first + len(planned.fg_pts)
    verdict = Verdict(end - first)
    fg, bg = _Window(sidecar.fg, 1), _Window(sidecar.bg, NEIGHBOURS)
    zeros = _zeros(sidecar.fg, first, out)
    errors = dict.fromkeys(((0, 0), *ASIDE), 0.0)
    inexact_fg: list[int] = []
    inexact_bg: list[int] = []
    for i, frame in enumerate(frames_of(out), first):
        verdict.frames += 1
        if i >= end:
            continue
        _judge_time(verdict, i, frame, sidecar.fg, zeros)
        if (frame.width, frame.height) == planned.canvas:
            above, below = fg.around(i), bg.around(planned.bg_index[i - first])
            _judge_fg(verdict, i, frame, above, below[0], planned, sidecar, inexact_fg, errors)
            if planned.filling == "hold" or not planned.unmatched[i - first]:
                _judge_bg(verdict, i, frame, below, planned, sidecar, inexact_bg)
            else:
                _judge_filling(verdict, i, frame, above[0], planned, sidecar, inexact_bg)
        else:
            verdict.wrong_fg.append(i)
            verdict.wrong_bg.append(i)
        if on_frame is not None:
            on_frame(verdict.frames)
    # Half of the frames equal to the last bit do not happen by chance: then all of them have to be.
    fg_exact, bg_exact = _must_be_exact(sidecar, planned, out)
    is_misplaced = min(errors[move] for move in ASIDE) < NEARER * errors[0, 0]
    if fg_exact or is_misplaced or 2 * verdict.fg_exact >= verdict.frames:
        verdict.wrong_fg = sorted({*verdict.wrong_fg, *inexact_fg})
    if bg_exact or 2 * verdict.bg_exact >= verdict.frames:
        verdict.wrong_bg = sorted({*verdict.wrong_bg, *inexact_bg})
    return verdict


class _Window:
    """Frames of a clip around an index; decodes each once while the index grows, and enters anew when it falls."""

    def __init__(self, clip: Clip, reach: int):
        self._clip = clip
        self._frames: Iterator[VideoFrame] = frames_of(clip)
        self._reach = reach
        self._kept: deque[tuple[int, VideoFrame]] = deque()
        self._next = 0

    def around(self, centre: int) -> dict[int, VideoFrame]:
        """Frames centre - reach .. centre + reach by their distance to `centre`, as far as there are any."""
        if centre < (self._kept[0][0] if self._kept else self._next):
            self._next = max(centre - self._reach, 0)
            self._frames = entered(self._clip, int(self._clip.pts[self._next]))
            self._kept.clear()
        while self._next <= centre + self._reach and (frame := next(self._frames, None)) is not None:
            if self._next >= centre - self._reach:
                self._kept.append((self._next, frame))
            self._next += 1
        while self._kept and self._kept[0][0] < centre - self._reach:
            self._kept.popleft()
        return {j - centre: frame for j, frame in self._kept if j <= centre + self._reach}


def _zeros(fg: Clip, first: int, out: Clip) -> tuple[Fraction, Fraction]:
    """Seconds from which times count in FG and output: where copied sound starts, else the first video frame drawn.

    Not the container's start: muxers shift all streams alike to avoid negative timestamps (AAC starts 21 ms early).
    """
    sounds = [_first_sound(clip) for clip in (fg, out) if clip.audio]
    if len(sounds) == 2 and sounds[0][0] == sounds[1][0]:
        return sounds[0][1], sounds[1][1]
    return int(fg.pts[first]) * fg.time_base, int(out.pts[0]) * out.time_base


def _first_sound(clip: Clip) -> tuple[bytes, Fraction]:
    with open_video(clip.path) as container:
        for packet in container.demux(container.streams.audio[0]):
            if packet.pts is not None:
                return bytes(packet), packet.pts * Fraction(packet.time_base)
    return b"", Fraction(0)


def _judge_time(verdict: Verdict, i: int, frame: VideoFrame, fg: Clip, zeros: tuple[Fraction, Fraction]) -> None:
    found = (frame.pts or 0) * Fraction(frame.time_base or 0) - zeros[1]
    wanted = int(fg.pts[i]) * fg.time_base - zeros[0]
    if abs(found - wanted) > TOLERANCE:
        verdict.wrong_time.append(i)


def _must_be_exact(sidecar: Sidecar, planned: Composition, out: Clip) -> tuple[bool, bool]:
    """Whether nothing between FG, BG and a lossless output can have changed a sample."""
    with open_video(out.path) as container:
        is_lossless = container.streams.video[0].codec_context.name in LOSSLESS
    keeps = is_lossless and opaque(out.pix_fmt) == opaque(working_format(planned))
    fg, bg = sidecar.fg, sidecar.bg
    is_alike = (planned.fg.pix_fmt, fg.colour) == (planned.bg.pix_fmt, bg.colour)
    is_same = is_alike and planned.canvas == (bg.width, bg.height)
    is_comparable = _bits(fg.pix_fmt) == _bits(opaque(fg.pix_fmt))  # plane by plane
    return keeps and is_comparable and not planned.is_scaled, keeps and is_same


def _bits(pix_fmt: str) -> list[int]:
    return [component.bits for component in VideoFormat(pix_fmt).components]


def _judge_fg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    fg: dict[int, VideoFrame],
    below: VideoFrame,
    planned: Composition,
    sidecar: Sidecar,
    inexact: list[int],
    errors: dict[tuple[int, int], float],
) -> None:
    seen = untouched(planned)
    if planned.blend != "normal" or seen.width <= 0 or seen.height <= 0 or not _is_opaque(fg[0]):
        verdict.fg_judged = False
        return
    within = Rect(seen.x - planned.x, seen.y - planned.y, *seen[2:])
    size, turn = (planned.width, planned.height), sidecar.fg.rotation
    if size == (sidecar.fg.width, sidecar.fg.height) and equal(
        [cut(p, seen) for p in planes(frame)], [cut(p, within) for p in planes(fg[0], turn)]
    ):
        verdict.fg_exact += 1
        return
    inexact.append(i)
    target = cut(luma_of(frame, 0), seen)
    rivals = {d: cut(sized(luma_of(f, turn), size), within) for d, f in fg.items()}
    bare = cut(sized(luma_of(below, sidecar.bg.rotation), planned.canvas), seen)
    ours = [cut(p, seen) for p in levels(frame, 0, fg[0])]
    theirs = [cut(sized(p, size), within) for p in levels(fg[0], turn, frame)]
    is_absent = is_nearer(target, bare, rivals[0], None, ABSENT, SPREAD)
    if is_absent or altered(ours, theirs) or not nearest(target, rivals):
        verdict.wrong_fg.append(i)
    for move in errors:
        errors[move] += error(target, rivals[0], move)


def _judge_bg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    bg: dict[int, VideoFrame],
    planned: Composition,
    sidecar: Sidecar,
    inexact: list[int],
) -> None:
    outside = _outside(planned)
    if not outside.any():
        verdict.bg_visible = False
        return
    turn, size = sidecar.bg.rotation, planned.canvas
    if size == (sidecar.bg.width, sidecar.bg.height) and equal(
        [p[outside] for p in planes(frame)], [p[outside] for p in planes(bg[0], turn)]
    ):
        verdict.bg_exact += 1
        return
    inexact.append(i)
    rivals = {d: sized(luma_of(f, turn), size) for d, f in bg.items()}
    theirs = [sized(p, size) for p in levels(bg[0], turn, frame)]
    is_altered = sidecar.fg.colour == sidecar.bg.colour and altered(levels(frame, 0, bg[0]), theirs, outside)
    if is_altered or not nearest(luma_of(frame, 0), rivals, outside):
        verdict.wrong_bg.append(i)


def _judge_filling(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    fg: VideoFrame,
    planned: Composition,
    sidecar: Sidecar,
    inexact: list[int],
) -> None:
    """Black has to be black; FG, whose scaling is ffmpeg's, has to show the same things as FG scaled here."""
    outside = _outside(planned)
    if not outside.any():
        verdict.bg_visible = False
        return
    ours = levels(frame, 0, frame) or [luma_of(frame, 0)]
    if planned.filling == "foreground":
        theirs = [_covering(p, planned) for p in levels(fg, sidecar.fg.rotation, frame)]
        if theirs and altered(ours, theirs, outside):
            verdict.wrong_bg.append(i)
        return
    black = [np.full_like(p, level) for p, level in zip(ours, _black(frame), strict=False)]
    if equal([p[outside] for p in ours], [p[outside] for p in black]):
        return  # not counted: black stays exact in lossy output too, and says nothing of other frames
    inexact.append(i)
    if altered(ours, black, outside):
        verdict.wrong_bg.append(i)


def _black(frame: VideoFrame) -> tuple[int, ...]:
    """Levels of the planes, in 8 bits."""
    if frame.format.is_rgb:
        return 0, 0, 0
    is_full = int(frame.color_range) == FULL or frame.format.name.startswith(("yuvj", "gray"))
    return 0 if is_full else 16, 128, 128


def _covering(plane: U8, planned: Composition) -> U8:
    """What is drawn of FG's plane, in the shape it is drawn in, as small as covers the canvas, its middle."""
    part, canvas, fg = content(planned), planned.canvas, planned.fg
    shape = part.width * planned.width / fg.width, part.height * planned.height / fg.height
    factor = max(canvas[0] / shape[0], canvas[1] / shape[1])
    size = (math.ceil(shape[0] * factor - 1e-9), math.ceil(shape[1] * factor - 1e-9))
    middle = Rect((size[0] - canvas[0]) // 2, (size[1] - canvas[1]) // 2, *canvas)
    return cut(sized(cut(plane, part), size), middle)


def _outside(planned: Composition) -> NDArray[np.bool_]:
    """bool [height, width]: what FG does not cover."""
    x, y, width, height = visible(planned)
    outside = np.ones(planned.canvas[::-1], np.bool_)
    outside[y : y + height, x : x + width] = False
    return outside


def _is_opaque(frame: VideoFrame) -> bool:
    return not has_alpha(frame.format.name) or bool((frame.to_ndarray(format="rgba")[..., 3] == 255).all())
