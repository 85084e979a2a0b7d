"""Is every FG frame in the output once, in order, at its own time, over the right BG frame?

Lossless output is compared bit by bit in every plane. Elsewhere a frame is right if no neighbouring frame is nearer to
the output where the two visibly differ. Means of CELL x CELL px are compared there: encoders repeat an older frame's
noise and skip invisible changes, so frames that differ only so are not told apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from vidkompy.decode import frames_of, luma_of
from vidkompy.model import F32, U8, Clip, Sidecar
from vidkompy.probe import probe

NEIGHBOURS = 3  # BG frames either side that are tried as rivals
CELL = 4  # px
VISIBLE = 6.0  # grey levels between cell means that make a difference
FEWEST = 4  # such cells that make it visible; measured: keyframes of a still scene pulse in one or two
TOLERANCE = Fraction(1, 1000)  # s; Matroska rounds timestamps to 1 ms

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.generic]
Rect = tuple[int, int, int, int]  # x0, y0, x1, y1


@dataclass
class Verdict:
    """What was found. Lists hold FG frame indices."""

    expected: int
    frames: int = 0
    fg_exact: int = 0
    bg_exact: int = 0
    bg_visible: bool = True
    wrong_fg: list[int] = field(default_factory=list)
    wrong_bg: list[int] = field(default_factory=list)
    wrong_time: list[int] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.frames == self.expected and not (self.wrong_fg or self.wrong_bg or self.wrong_time)


def verify(sidecar: Sidecar, output: Path, on_frame: Callable[[int], None] | None = None) -> Verdict:
    """Decodes all three files once. Raises MediaError."""
    out = probe(output)
    verdict = Verdict(sidecar.fg.frames)
    fg = _Window(sidecar.fg, 1)
    bg = _Window(sidecar.bg, NEIGHBOURS)
    rect = _rectangle(sidecar)
    shown = sidecar.frame_map.held()
    inexact_fg: list[int] = []
    inexact_bg: list[int] = []
    for i, frame in enumerate(frames_of(out)):
        verdict.frames = i + 1
        if i >= verdict.expected:
            continue
        _judge_time(verdict, i, frame, out, sidecar.fg)
        _judge_fg(verdict, i, frame, fg.around(i), rect, sidecar, inexact_fg)
        _judge_bg(verdict, i, frame, bg.around(int(shown[i])), rect, sidecar.bg.rotation, inexact_bg)
        if on_frame is not None:
            on_frame(i + 1)
    # Half of the frames equal to the last bit do not happen by chance: then all of them have to be.
    if 2 * verdict.fg_exact >= verdict.frames:
        verdict.wrong_fg = sorted({*verdict.wrong_fg, *inexact_fg})
    if 2 * verdict.bg_exact >= verdict.frames:
        verdict.wrong_bg = sorted({*verdict.wrong_bg, *inexact_bg})
    return verdict


class _Window:
    """Frames of a clip around an index that only grows; decodes each once."""

    def __init__(self, clip: Clip, reach: int):
        self._frames: Iterator[VideoFrame] = frames_of(clip)
        self._reach = reach
        self._kept: deque[tuple[int, VideoFrame]] = deque()
        self._next = 0

    def around(self, centre: int) -> dict[int, VideoFrame]:
        """Frames centre - reach .. centre + reach by their distance to `centre`, as far as there are any."""
        while self._next <= centre + self._reach and (frame := next(self._frames, None)) is not None:
            if self._next >= centre - self._reach:
                self._kept.append((self._next, frame))
            self._next += 1
        while self._kept and self._kept[0][0] < centre - self._reach:
            self._kept.popleft()
        return {j - centre: frame for j, frame in self._kept if j <= centre + self._reach}


def _rectangle(sidecar: Sidecar) -> Rect:
    where = sidecar.placement
    x0, y0 = round(where.x), round(where.y)
    return x0, y0, round(where.x + where.width), round(where.y + where.height)


def _judge_time(verdict: Verdict, i: int, frame: VideoFrame, out: Clip, fg: Clip) -> None:
    found = ((frame.pts or 0) - out.start_pts) * out.time_base
    wanted = (int(fg.pts[i]) - fg.start_pts) * fg.time_base
    if abs(found - wanted) > TOLERANCE:
        verdict.wrong_time.append(i)


def _judge_fg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    fg: dict[int, VideoFrame],
    rect: Rect,
    sidecar: Sidecar,
    inexact: list[int],
) -> None:
    x0, y0, x1, y1 = rect
    canvas_w, canvas_h = sidecar.bg.width, sidecar.bg.height
    seen = (max(x0, 0), max(y0, 0), min(x1, canvas_w), min(y1, canvas_h))
    within = (seen[0] - x0, seen[1] - y0, seen[2] - x0, seen[3] - y0)
    if (x1 - x0, y1 - y0) == (sidecar.fg.width, sidecar.fg.height):
        ours, theirs = _planes(frame), _planes(fg[0])
        if len(ours) == len(theirs) > 0 and all(
            np.array_equal(_cut(a, seen), _cut(b, within)) for a, b in zip(ours, theirs, strict=True)
        ):
            verdict.fg_exact += 1
            return
    inexact.append(i)
    size = (x1 - x0, y1 - y0)
    rivals = {d: _cut(_sized(luma_of(f, sidecar.fg.rotation), size), within) for d, f in fg.items()}
    if not _nearest(_cut(luma_of(frame, 0), seen), rivals):
        verdict.wrong_fg.append(i)


def _judge_bg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    bg: dict[int, VideoFrame],
    rect: Rect,
    rotation: int,
    inexact: list[int],
) -> None:
    outside = np.ones((frame.height, frame.width), np.bool_)
    outside[max(rect[1], 0) : max(rect[3], 0), max(rect[0], 0) : max(rect[2], 0)] = False
    if not outside.any():
        verdict.bg_visible = False
        return
    ours, theirs = _planes(frame), _planes(bg[0])
    alike = len(ours) > 0 and [p.shape for p in ours] == [p.shape for p in theirs]
    if alike and all(np.array_equal(a[outside], b[outside]) for a, b in zip(ours, theirs, strict=True)):
        verdict.bg_exact += 1
        return
    inexact.append(i)
    target = luma_of(frame, 0)
    rivals = {d: luma_of(f, rotation) for d, f in bg.items()}
    if rivals[0].shape != target.shape or not _nearest(target, rivals, outside):
        verdict.wrong_bg.append(i)


def _nearest(target: U8, rivals: dict[int, U8], where: NDArray[np.bool_] | None = None) -> bool:
    """Whether rival 0 is nearest to `target` among those that visibly differ from it; `where`: pixels that count."""
    seen = _cells(target)
    right = _cells(rivals[0])
    counts = np.ones(right.shape, np.bool_) if where is None else _cells(where.astype(np.uint8) * 255) == 255
    for distance, rival in rivals.items():
        other = _cells(rival)
        differs = counts & (np.abs(other - right) >= VISIBLE)
        is_nearer = np.square(seen - other)[differs].sum() < np.square(seen - right)[differs].sum()
        if distance and differs.sum() >= FEWEST and is_nearer:
            return False
    return True


def _cells(luma: U8) -> F32:
    """f32: means over cells; a rest at the right and bottom edge is left out."""
    h, w = luma.shape[0] // CELL, luma.shape[1] // CELL
    return cv2.resize(luma[: h * CELL, : w * CELL].astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _sized(luma: U8, size: tuple[int, int]) -> U8:
    if (luma.shape[1], luma.shape[0]) == size:
        return luma
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA if size[0] < luma.shape[1] else cv2.INTER_CUBIC)  # type: ignore[return-value]


def _cut(plane: NDArray[_T], rect: Rect) -> NDArray[_T]:
    return plane[rect[1] : rect[3], rect[0] : rect[2]]


def _planes(frame: VideoFrame) -> list[Plane]:
    """Every plane at full size, chroma samples repeated over their pixels; none for packed formats."""
    form = frame.format
    if not form.is_planar or form.is_big_endian or any(c.bits not in (8, 9, 10, 12, 14, 16) for c in form.components):
        return []
    planes = []
    for component, plane in zip(form.components, frame.planes, strict=False):
        wide = component.bits > 8
        raw = np.frombuffer(memoryview(plane), np.uint16 if wide else np.uint8).reshape(
            -1, plane.line_size // (2 if wide else 1)
        )
        sample: Plane = raw[: component.height, : component.width]
        steps_y, steps_x = -(-frame.height // component.height), -(-frame.width // component.width)
        planes.append(sample.repeat(steps_y, 0).repeat(steps_x, 1)[: frame.height, : frame.width])
    return planes
