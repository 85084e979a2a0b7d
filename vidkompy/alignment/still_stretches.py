"""Stretches in which many BG frames fit as well: the frames beside them decide, not where a path happened to hold.

Of a still picture any BG frame that shows it costs the same. A path with a frame too many or too few holds or jumps
anywhere in it. The frames before and after such a stretch each give a line, at their own speed:
1. Both lines agree, or there is only one, as FG starts or ends within the stretch: the frames lie on it, beyond BG's
   ends too, if their pictures allow it.
2. They disagree, for BG or FG holds longer: what either line would change is unsure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.blank_parameters import StillStretchParameters
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.extent import misfits
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.alignment.path_choice import irregularity
from vidkompy.alignment.stretches import local_speed, stretches
from vidkompy.model import F32, F64, I64, UNMATCHED, FrameMap, Mask


class Answer(NamedTuple):
    """Of each FG frame, as in FrameMap; changed in place."""

    bg: I64
    low: I64
    high: I64
    confidence: F32


class Line(NamedTuple):
    """BG frames of a stretch's FG frames as a frame beside it tells: `bg` there, and how far each is from there.

    way   f64 [n]   FG frames, by their times
    speeds   BG frames per FG frame: of the frames beside, and of all of FG that tell it
    """

    bg: int
    way: F64
    speeds: tuple[float, float]

    def at(self, speed: float) -> F64:
        frames: F64 = self.bg + speed * self.way
        return frames


def settle_still_stretches(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map with still stretches on the lines that the frames beside them give. Pinned frames keep theirs.

    A BG whose frames are shown at irregular times gives no lines: the map is as it was.
    """
    parameters = search.parameters.still_stretches
    low, high, confidence = frame_map.low, frame_map.high, frame_map.confidence
    if low is None or high is None or confidence is None or search.reorder or bg.times is not None:
        return frame_map
    is_still: Mask = (frame_map.bg != UNMATCHED) & (high - low >= parameters.least_width)
    is_still[[i for i, _ in search.pins]] = False
    clock = _clock(fg)
    usual = local_speed(np.where(is_still, UNMATCHED, frame_map.bg), clock)
    settled = Answer(frame_map.bg.copy(), low.copy(), high.copy(), confidence.copy())
    for first, stop in stretches(is_still):
        own = slice(first, stop)
        lines = _lines_through(frame_map.bg, clock, first, stop, usual, parameters)
        one = _agreed_line(lines, parameters)
        if one is not None and not _is_evener(frame_map.bg, own, one, search.parameters, fg.times is None):
            continue
        if one is not None:
            _widen(settled, own, one, fg, bg, parameters)
        if one is None or not _put_on_line(settled, own, one, len(bg), parameters):
            _doubt(settled, own, lines, len(bg), parameters)
    return replace(frame_map, **settled._asdict())


def _is_evener(frames: I64, own: slice, line: F64, parameters: AlignmentParameters, is_regular: bool) -> bool:
    """Whether a line takes out more than one uneven step; of an FG shown at irregular times, whether it differs."""
    near = slice(max(own.start - parameters.still_stretches.speed_frames, 0), own.stop + 1)
    straight = frames.copy()
    straight[own] = np.rint(line)
    if not is_regular:
        return bool((straight[own] != frames[own]).any())
    before, after = (irregularity(path[near][path[near] != UNMATCHED], parameters) for path in (frames, straight))
    return after < before - parameters.transitions.first_deviation


def _widen(
    settled: Answer, own: slice, line: F64, fg: Features, bg: Features, parameters: StillStretchParameters
) -> None:
    """Widens intervals, in place, to the frames of a line whose pictures fit about as well as the path's.

    What an encoder makes of a still differs from one group of pictures to the next by less than FG's own noise.
    """
    frames, at = np.arange(own.start, own.stop), np.rint(line).astype(np.int64).clip(0, len(bg) - 1)
    misfit, there = (misfits(fg, bg, frames, below, parameters.block) for below in (settled.bg[own], at))
    fits = there <= parameters.misfit_ratio * misfit + parameters.least_misfit
    settled.low[own] = np.where(fits, np.minimum(settled.low[own], at), settled.low[own])
    settled.high[own] = np.where(fits, np.maximum(settled.high[own], at + 1), settled.high[own])


def _clock(fg: Features) -> F64:
    """f64 [n_fg]: when each FG frame is shown, in usual frames; their intervals are of 1 where they are regular."""
    if fg.times is None:
        return np.arange(len(fg), dtype=np.float64)
    clock: F64 = fg.times / float(np.min(np.diff(fg.times)))
    return clock


def _lines_through(
    frames: I64, clock: F64, first: int, stop: int, usual: float, parameters: StillStretchParameters
) -> list[Line]:
    """One for each frame beside a stretch that is matched; frames  i64 [n_fg], the map."""
    reach = parameters.speed_frames
    beside = [(first - 1, slice(max(first - reach, 0), first)), (stop, slice(stop, stop + reach))]
    return [
        Line(int(frames[i]), clock[first:stop] - clock[i], (local_speed(frames[own], clock[own]), usual))
        for i, own in beside
        if 0 <= i < len(frames) and frames[i] != UNMATCHED
    ]


def _agreed_line(lines: list[Line], parameters: StillStretchParameters) -> F64 | None:
    """f64 [n]: BG frames that all lines tell within the largest gap at one speed; None where there are none."""
    if not lines:
        return None
    speeds = [lines[0].speeds[1], *(line.speeds[0] for line in lines)]
    if len(lines) == 1:
        own, usual = lines[0].speeds
        return lines[0].at(usual if abs(own - usual) * parameters.speed_frames <= 2 * parameters.largest_gap else own)
    before, after = lines
    for speed in speeds:
        gap = after.at(speed) - before.at(speed)
        if np.abs(gap).max() <= parameters.largest_gap:
            agreed: F64 = before.at(speed) + gap * (before.way / (before.way - after.way))
            return agreed
    return None


def _put_on_line(settled: Answer, own: slice, line: F64, n_bg: int, parameters: StillStretchParameters) -> bool:
    """Moves the frames of a stretch in place, as far as their pictures allow; False where many speak against it.

    Frames beyond BG's ends are unmatched where more of them follow, else held, and unsure; so are those whose pictures
    keep them off the line.
    """
    bg, low, high, confidence = settled
    frames = np.rint(line).astype(np.int64)
    is_beyond = (frames < 0) | (frames >= n_bg)
    held = frames.clip(0, n_bg - 1)
    allowed = np.clip(held, low[own], high[own] - 1)
    is_off = np.abs(held - allowed) > parameters.largest_gap
    if is_off.mean() > parameters.most_off:
        return False
    bg[own] = np.maximum.accumulate(allowed)
    unsure = np.arange(own.start, own.stop)[is_beyond | is_off]
    confidence[unsure] = np.minimum(confidence[unsure], parameters.confidence)
    goes_on = bg[-1] == UNMATCHED if frames[-1] >= n_bg else bg[0] == UNMATCHED
    if goes_on:
        outside = np.arange(own.start, own.stop)[is_beyond]
        bg[outside] = low[outside] = high[outside] = UNMATCHED
    return True


def _doubt(settled: Answer, own: slice, lines: list[Line], n_bg: int, parameters: StillStretchParameters) -> None:
    """Lowers, in place, the confidence of frames that any of the lines would change, as far as pictures allow."""
    bg, low, high, confidence = settled
    for frames in (line.at(speed) for line in lines for speed in line.speeds):
        other = np.rint(frames).clip(0, n_bg - 1)
        is_possible = (other >= low[own]) & (other < high[own])
        is_other = np.abs(frames - bg[own]) > parameters.largest_gap
        at = np.arange(own.start, own.stop)[is_possible & is_other]
        confidence[at] = np.minimum(confidence[at], parameters.confidence)
