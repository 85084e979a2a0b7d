"""A sidecar with another clip in place of one of its own: map, place and all that was set by hand, carried over.

The new clip shows what the old one did, from its frame `shift` on: new frame k is old frame k + shift.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

import numpy as np

from vidkompy.errors import NoMatch
from vidkompy.model import I64, UNMATCHED, Clip, FrameMap, PixelBox, Placement, Sidecar, Track
from vidkompy.sidecar.pins import pinned_frames, pinned_runs
from vidkompy.sidecar.rounding import rounded

SAME_SHAPE = 0.01  # by which the scales across and down differ where a size is rounded to even px


def with_bg(sidecar: Sidecar, bg: Clip, shift: int) -> Sidecar:
    """The canvas has the new BG's size. FG frames whose BG frame is gone become unmatched. Raises NoMatch."""
    old = sidecar.bg
    across, down = bg.width / old.width, bg.height / old.height
    placement, track = sidecar.placement, sidecar.track
    if (across, down) != (1, 1):
        _check_turned(sidecar, across, down)
        placement = _scaled_place(placement, across, down)
        track = None if track is None else Track(track.at * [across, down, across, down, 1])
    pins = {i: _moved_frame(j, shift, bg.frames) for i, j in pinned_frames(sidecar.pins).items()}
    return replace(
        sidecar,
        bg=bg,
        placement=placement,
        track=track,
        frame_map=_map_into(sidecar.frame_map, shift, bg.frames),
        pins=pinned_runs({i: j for i, j in pins.items() if j is not None}),
        searched=_searched(sidecar, bg, shift),
    )


def with_fg(sidecar: Sidecar, fg: Clip, shift: int) -> Sidecar:
    """FG keeps its place and its size on the canvas. What is said of frames that are gone goes with them."""
    old, kept = sidecar.fg, slice(shift, shift + fg.frames)
    across, down = fg.width / old.width, fg.height / old.height
    m = sidecar.frame_map
    low, high = (None if v is None else v[kept] for v in (m.low, m.high))
    confidence = None if m.confidence is None else m.confidence[kept]
    content = None if sidecar.content is None else _scaled_box(sidecar.content, across, down, fg, is_grown=False)
    pins = {i - shift: j for i, j in pinned_frames(sidecar.pins).items() if 0 <= i - shift < fg.frames}
    return replace(
        sidecar,
        fg=fg,
        frame_map=FrameMap(m.bg[kept], low=low, high=high, confidence=confidence),
        track=None if sidecar.track is None else Track(sidecar.track.at[kept]),
        colours=None if sidecar.colours is None else sidecar.colours.of_frames(shift, fg.frames),
        pins=pinned_runs(pins),
        content=content,
        ignored=tuple(_scaled_box(box, across, down, fg, is_grown=True) for box in sidecar.ignored),
    )


def lost_frames(before: Sidecar, after: Sidecar, shift_of_fg: int) -> list[int]:
    """FG frames, as they are counted now, that had a BG frame and have none now."""
    old = before.frame_map.bg[shift_of_fg : shift_of_fg + after.fg.frames]
    return np.flatnonzero((old != UNMATCHED) & (after.frame_map.bg == UNMATCHED)).tolist()


def dropped_pins(before: Sidecar, after: Sidecar) -> int:
    """Pins whose FG or BG frame is gone."""
    return len(pinned_frames(before.pins)) - len(pinned_frames(after.pins))


def _check_turned(sidecar: Sidecar, across: float, down: float) -> None:
    """Raises NoMatch where turned frames would become slanted."""
    is_turned = sidecar.track is not None and bool(sidecar.track.at[:, 4].any())
    if is_turned and abs(across / down - 1) > SAME_SHAPE:
        raise NoMatch(
            f"FG turns on a BG that was scaled by {across:.3g} across and {down:.3g} down, so that it would be "
            "slanted; wanted one scale: analyse again"
        )


def _scaled_place(p: Placement, across: float, down: float) -> Placement:
    """The confidence is that of a place within 1 px: it holds where px became larger, and is not known otherwise."""
    confidence = p.confidence if max(across, down) <= 1 else None
    place = Placement(p.x * across, p.y * down, p.width * across, p.height * down, p.score, p.runner_up, confidence)
    return rounded(place)


def _scaled_box(box: PixelBox, across: float, down: float, fg: Clip, is_grown: bool) -> PixelBox:
    """A box in px of the new FG: rounded outwards, or inwards."""
    first, last = (floor, ceil) if is_grown else (ceil, floor)
    left, top, right, bottom = box
    return (
        max(first(left * across), 0),
        max(first(top * down), 0),
        min(last(right * across), fg.width),
        min(last(bottom * down), fg.height),
    )


def _moved_frame(j: int, shift: int, frames: int) -> int | None:
    """A BG frame as it is counted now; None where it is gone."""
    if j == UNMATCHED:
        return j
    return j - shift if 0 <= j - shift < frames else None


def _map_into(frame_map: FrameMap, shift: int, frames: int) -> FrameMap:
    """The map into `frames` BG frames that begin `shift` later; a frame that is gone is unmatched, as surely."""
    if not shift and frame_map.bg.max(initial=0) < frames and _reach(frame_map) <= frames:
        return frame_map
    bg = np.where(frame_map.bg == UNMATCHED, UNMATCHED, frame_map.bg - shift)
    is_gone = (bg < 0) | (bg >= frames)
    bg = np.where(is_gone, UNMATCHED, bg)

    def moved(edges: I64 | None) -> I64 | None:
        return None if edges is None else np.where(is_gone, UNMATCHED, np.clip(edges - shift, 0, frames))

    return FrameMap(bg, low=moved(frame_map.low), high=moved(frame_map.high), confidence=frame_map.confidence)


def _reach(frame_map: FrameMap) -> int:
    return 0 if frame_map.high is None else int(frame_map.high.max(initial=0))


def _searched(sidecar: Sidecar, bg: Clip, shift: int) -> tuple[float, float | None]:
    """The same frames of BG, in seconds of the new one."""
    begin, end = sidecar.searched
    old = sidecar.bg
    seconds = (old.pts - old.pts[0]) * float(old.time_base)
    first = int(np.searchsorted(seconds, begin - 1e-6)) - shift
    start = bg.seconds(first) if 0 < first < bg.frames else 0.0
    if end is None:
        return (start if begin else 0.0), None
    stop = int(np.searchsorted(seconds, end - 1e-6)) - shift
    return (start if begin else 0.0), (bg.seconds(stop) if 0 < stop < bg.frames else None)
