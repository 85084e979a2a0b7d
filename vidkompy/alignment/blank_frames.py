"""Blank FG frames are carried by the path: flat, or fainter than the noise, they say nothing for or against a BG frame.

An engine leaves a blank frame unmatched, because noise correlates with nothing. What is blank follows from the noise of
the pair, which the residuals of matched frames measure. A blank FG frame may lie on a BG frame that is as blank, and
goes where its matched neighbours lead. Where BG shows a picture, it was inserted and stays unmatched, but for the last
frames of a fade, whose contrast was falling to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.blank_parameters import BlankFrameParameters
from vidkompy.alignment.crops import Features
from vidkompy.alignment.stretches import local_speed, stretches
from vidkompy.alignment.tones import Tones, measure_tones
from vidkompy.model import I64, UNMATCHED, FrameMap, Mask
from vidkompy.records import Record


class BlankTones(Record, eq=False):
    """Tones of both clips as FG shows them, and up to where they are nothing.

    limit   grey levels: contrast up to which a frame of either is blank
    """

    fg: Tones
    bg: Tones
    limit: float


class Anchor(NamedTuple):
    """The matched frame that a stretch of blank FG frames follows (direction 1) or precedes (direction -1).

    speed   BG frames per FG frame around it
    edge    of the BG frames that look like `bg` the one next to the stretch
    """

    fg: int
    bg: int
    direction: int
    speed: float
    edge: int

    def expected(self, i: int) -> int:
        """The BG frame of FG frame i at that speed."""
        return self.bg + self.direction * round(abs(i - self.fg) * self.speed)


class Stretch(Record, eq=False):
    """FG frames first .. stop - 1, all of them blank and unmatched, and the matched ones beside it; None: unmatched."""

    first: int
    stop: int
    before: Anchor | None
    after: Anchor | None

    @property
    def is_forced(self) -> bool:
        """Whether the local speed leads from one neighbour to the other: the path between them has no choice."""
        if self.before is None or self.after is None or self.after.bg < self.before.bg:
            return False
        advance = self.after.bg - self.before.bg
        return min(abs(advance - self.span * speed) for speed in (self.before.speed, self.after.speed)) <= 1

    @property
    def span(self) -> int:
        """FG frames from one neighbour to the other, as if both were there."""
        return self.stop - self.first + 1


def carry_blank_frames(
    frame_map: FrameMap, fg: Features, bg: Features, parameters: BlankFrameParameters = BlankFrameParameters()
) -> FrameMap:
    """The map with the blank frames that matched neighbours carry; their intervals are as wide as BG is blank there.

    They are unsure, unless the path through them is forced. A map without intervals comes back as it is.
    """
    is_unmatched: Mask = frame_map.bg == UNMATCHED
    if frame_map.low is None or frame_map.high is None or is_unmatched.all() or not is_unmatched.any():
        return frame_map
    tones = _measure_tones(frame_map, fg, bg, parameters)
    frames, low, high = frame_map.bg.copy(), frame_map.low.copy(), frame_map.high.copy()
    confidence = np.ones(len(frames), np.float32) if frame_map.confidence is None else frame_map.confidence.copy()
    for first, stop in stretches(is_unmatched & (tones.fg.contrast <= tones.limit)):
        stretch = Stretch(first, stop, *_anchors(frame_map, first, stop, parameters))
        own = slice(first, stop)
        frames[own], low[own], high[own] = _carried(stretch, frame_map.bg, tones, parameters)
        at = first + np.flatnonzero(frames[own] != UNMATCHED)
        confidence[at] = parameters.forced_confidence if stretch.is_forced else parameters.carried_confidence
    known = None if frame_map.confidence is None else confidence
    return replace(frame_map, bg=frames, low=low, high=high, confidence=known)


def _measure_tones(frame_map: FrameMap, fg: Features, bg: Features, parameters: BlankFrameParameters) -> BlankTones:
    pair = measure_tones(frame_map, fg, bg, parameters.tones)
    usual = float(np.median(pair.fg.contrast[frame_map.bg != UNMATCHED]))
    largest = min(parameters.largest_contrast, parameters.largest_share * usual)
    limit = min(max(parameters.noise_factor * pair.noise, parameters.tones.least_contrast), largest)
    return BlankTones(pair.fg, pair.bg, limit)


def _anchors(
    frame_map: FrameMap, first: int, stop: int, parameters: BlankFrameParameters
) -> tuple[Anchor | None, Anchor | None]:
    """The matched neighbours of a stretch, None where there is none."""
    frames, before, after = frame_map.bg, None, None
    low, high = (frames if bound is None else bound for bound in (frame_map.low, frame_map.high))
    if first > 0 and frames[first - 1] != UNMATCHED:
        speed = local_speed(frames[max(first - parameters.speed_frames, 0) : first])
        before = Anchor(first - 1, int(frames[first - 1]), 1, speed, int(high[first - 1]) - 1)
    if stop < len(frames) and frames[stop] != UNMATCHED:
        speed = local_speed(frames[stop : stop + parameters.speed_frames])
        after = Anchor(stop, int(frames[stop]), -1, speed, int(low[stop]))
    return before, after


def _carried(
    stretch: Stretch, frames: I64, tones: BlankTones, parameters: BlankFrameParameters
) -> tuple[I64, I64, I64]:
    """i64 [stop - first] each: BG frames of a stretch and their intervals; UNMATCHED where it is not carried.

    frames   i64 [n_fg]   the map
    """
    on_blank = _blank_bg_frames(stretch, tones, parameters)
    low, high = _blank_ranges(on_blank, stretch, tones)
    faded = np.where(on_blank == UNMATCHED, _faded_frames(stretch, frames, tones, parameters), UNMATCHED)
    is_faded = faded != UNMATCHED
    reach = int(is_faded.sum())
    low[is_faded] = np.maximum(faded[is_faded] - reach, 0)
    high[is_faded] = np.minimum(faded[is_faded] + reach + 1, len(tones.bg.mean))
    return np.where(is_faded, faded, on_blank), low, high


def _blank_bg_frames(stretch: Stretch, tones: BlankTones, parameters: BlankFrameParameters) -> I64:
    """i64 [stop - first]: blank BG frames that a stretch lies on, UNMATCHED where there are none.

    At the local speed from the frame before, then from the frame after. An FG that is blank for longer than BG holds
    BG's last blank frame, but not beyond BG's ends.
    """
    if stretch.is_forced and stretch.before is not None and stretch.after is not None:
        share = np.arange(stretch.first - stretch.before.fg, stretch.stop - stretch.before.fg) / stretch.span
        line = stretch.before.bg + np.rint((stretch.after.bg - stretch.before.bg) * share).astype(np.int64)
        if all(_are_alike(stretch.first + k, int(j), tones, parameters) for k, j in enumerate(line)):
            return line
    frames = np.full(stretch.stop - stretch.first, UNMATCHED, np.int64)
    sides = [anchor for anchor in (stretch.before, stretch.after) if anchor is not None]
    for anchor in sides:
        _write_along(anchor, stretch, tones, parameters, frames)
    for anchor in (*(side._replace(bg=side.edge) for side in sides), *_first_blank_between(stretch, tones)):
        if (frames == UNMATCHED).all():  # a picture stands, or was cut, between the frame beside and BG's blank ones
            _write_along(anchor, stretch, tones, parameters, frames)
    return _with_holds(frames, stretch, len(tones.bg.mean))


def _write_along(
    anchor: Anchor, stretch: Stretch, tones: BlankTones, parameters: BlankFrameParameters, frames: I64
) -> None:
    """Writes the BG frames that an anchor leads to into `frames`, i64 [stop - first], as far as they are blank."""
    lowest, highest = _bounds(stretch, tones)
    if anchor is stretch.after:
        lowest = max(lowest, int(frames.max()))
    for k in range(len(frames))[:: anchor.direction]:
        j = anchor.expected(stretch.first + k)
        is_free = frames[k] == UNMATCHED and lowest <= j <= highest
        if not (is_free and _are_alike(stretch.first + k, j, tones, parameters)):
            break
        frames[k] = j


def _first_blank_between(stretch: Stretch, tones: BlankTones) -> Iterator[Anchor]:
    """The first frame of a stretch on the first blank BG frame between its neighbours'; none if BG has none."""
    before, after = stretch.before, stretch.after
    if before is not None and after is not None and before.bg < after.bg:
        is_blank = tones.bg.contrast[before.bg + 1 : after.bg] <= tones.limit
        if is_blank.any():
            first = before.bg + 1 + int(np.argmax(is_blank))
            yield Anchor(stretch.first, first, 1, before.speed, first)


def _are_alike(i: int, j: int, tones: BlankTones, parameters: BlankFrameParameters) -> bool:
    """Whether BG frame j is as blank as a blank FG frame i, and about as bright."""
    is_near = abs(tones.fg.mean[i] - tones.bg.mean[j]) <= parameters.largest_level_difference
    return bool(is_near and tones.bg.contrast[j] <= tones.limit)


def _bounds(stretch: Stretch, tones: BlankTones) -> tuple[int, int]:
    """The first and the last BG frame that a stretch may lie on: those of its neighbours where they are in order."""
    before, after = stretch.before, stretch.after
    first = 0 if before is None else before.bg
    last = len(tones.bg.mean) - 1 if after is None else after.bg
    return (first, last) if first <= last else (0, len(tones.bg.mean) - 1)


def _with_holds(frames: I64, stretch: Stretch, n_bg: int) -> I64:
    """The frames of a stretch, those without a BG frame on that of the nearest one before, else after, that has one."""
    carried = np.flatnonzero(frames != UNMATCHED)
    if not len(carried):
        return frames
    anchors = [anchor for anchor in (stretch.before, stretch.after) if anchor is not None]
    held = frames.copy()
    for k in np.flatnonzero(frames == UNMATCHED):
        if any(0 <= anchor.expected(stretch.first + int(k)) < n_bg for anchor in anchors):
            earlier = carried[carried < k]
            held[k] = frames[earlier[-1] if len(earlier) else carried[0]]
    return held


def _blank_ranges(frames: I64, stretch: Stretch, tones: BlankTones) -> tuple[I64, I64]:
    """low, high  i64 [n]: the blank BG frames around each of `frames`, as far as its neighbours allow."""
    lowest, highest = _bounds(stretch, tones)
    is_blank = tones.bg.contrast[lowest : highest + 1] <= tones.limit
    low, high = np.full_like(frames, UNMATCHED), np.full_like(frames, UNMATCHED)
    for first, stop in stretches(is_blank):
        inside = (frames >= lowest + first) & (frames < lowest + stop)
        low[inside], high[inside] = lowest + first, lowest + stop
    return low, high


def _faded_frames(stretch: Stretch, frames: I64, tones: BlankTones, parameters: BlankFrameParameters) -> I64:
    """i64 [stop - first]: BG frames of the ends of a stretch that a fade of FG leads into or out of, else UNMATCHED.

    frames   i64 [n_fg]   the map
    FG's contrast over that of BG falls along a straight line; what follows its zero by more than a frame was inserted.
    """
    n_fg, n_bg = len(frames), len(tones.bg.mean)
    faded = np.full(stretch.stop - stretch.first, UNMATCHED, np.int64)
    for anchor in (stretch.before, stretch.after):
        far = -1 if anchor is None else anchor.fg - anchor.direction * parameters.fade_frames
        if anchor is None or not 0 <= far < n_fg or frames[far] == UNMATCHED:
            continue
        near_share, far_share = (
            float(tones.fg.contrast[i] / max(tones.bg.contrast[frames[i]], parameters.tones.least_contrast))
            for i in (anchor.fg, far)
        )
        if near_share > parameters.faded_share * far_share:
            continue
        left = int(np.ceil(near_share / (far_share - near_share) * parameters.fade_frames))
        order = range(stretch.stop - stretch.first)[:: anchor.direction]
        for k in order[:left]:
            if 0 <= (j := anchor.expected(stretch.first + k)) < n_bg:
                faded[k] = j
    return faded
