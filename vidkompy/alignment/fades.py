"""Fades: the brightness of a frame tells its time, where correlation sees the same picture again and again.

While a clip fades, the mean of its frames runs along a slope. An FG that shows BG's frames has the means of whole BG
frames on it, by the gain and offset of the pair; where most of a fade's frames do, their times are read off. An FG
whose levels relate in another way, or whose frames lie between BG's, has means anywhere, and tells no time.
"""

from __future__ import annotations

import numpy as np

from vidkompy.alignment.blank_parameters import FadeParameters
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.stretches import stretches
from vidkompy.alignment.tones import PairTones, measure_tones
from vidkompy.model import I64, UNMATCHED, FrameMap, Mask


def time_fades(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> list[tuple[int, int]]:
    """(FG frame, BG frame) of the frames of fades whose brightness tells their time.

    frame_map   right within `FadeParameters.reach` BG frames
    """
    parameters = search.parameters.fades
    is_matched = frame_map.bg != UNMATCHED
    if not is_matched.any() or min(len(fg), len(bg)) < parameters.least_frames:
        return []
    tones = measure_tones(frame_map, fg, bg, search.parameters.blank_frames.tones)
    is_fading: Mask = is_matched & (np.abs(np.gradient(tones.fg.mean)) >= parameters.least_slope)
    timed: list[tuple[int, int]] = []
    for first, stop in stretches(is_fading):
        if stop - first < parameters.least_frames:
            continue
        times = np.array([_time_of(i, int(frame_map.bg[i]), tones, parameters) for i in range(first, stop)])
        is_whole = np.abs(times - np.rint(times)) <= parameters.whole_tolerance  # of NaN False
        nearest = np.rint(times[is_whole]).astype(np.int64)
        if is_whole.mean() >= parameters.least_whole and (np.diff(nearest) >= 0).all():
            frames = first + np.flatnonzero(is_whole)
            is_alike = _are_alike(frames, nearest, frame_map.bg[frames], fg, bg, parameters)
            timed += zip(frames[is_alike].tolist(), nearest[is_alike].tolist(), strict=True)
    return timed


def _are_alike(frames: I64, timed: I64, mapped: I64, fg: Features, bg: Features, parameters: FadeParameters) -> Mask:
    """bool [n]: whether FG fits the BG frames of its brightness about as well as the map's."""
    rows = fg.rows(frames)
    own, other = (1 - (rows * bg.rows(at)).sum(axis=1) for at in (mapped, timed))
    is_alike: Mask = other <= parameters.misfit_ratio * own + parameters.least_misfit
    return is_alike


def _time_of(i: int, expected: int, tones: PairTones, parameters: FadeParameters) -> float:
    """Where BG's means pass that of FG frame i on a slope, in BG frames, nearest to the expected one; NaN: nowhere."""
    first = max(expected - parameters.reach, 0)
    means = tones.bg.mean[first : expected + parameters.reach + 1]
    step = np.diff(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (tones.fg.mean[i] - means[:-1]) / step
    tolerance = parameters.whole_tolerance  # the last frame of a slope is passed by an error only
    is_passed = (np.abs(step) >= parameters.least_slope) & (share >= -tolerance) & (share <= 1 + tolerance)
    times = first + np.flatnonzero(is_passed) + share[is_passed]
    return float(times[np.abs(times - expected).argmin()]) if len(times) else float("nan")
