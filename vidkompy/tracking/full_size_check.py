"""An answer held against large copies of some frames: FG may fit better some px away, or on a BG frame beside.

Proxies are small, and what moves little moves by less than a pixel of theirs. So a spread of FG frames is measured on
the largest copies there are, where the answer puts them, a little way around, and on the BG frames before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, takewhile
from typing import NamedTuple

import numpy as np

from vidkompy.counts import count_text
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, I64, UNMATCHED, Box
from vidkompy.records import Record
from vidkompy.tracking.check_parameters import FullSizeParameters
from vidkompy.tracking.frame_registration import PLACE, FrameFit, FrameViews, frame_views, register_frame
from vidkompy.tracking.parameters import FrameRegistrationParameters


class Contradiction(NamedTuple):
    """What speaks against an answer, in words; whether that is its time alone."""

    words: str
    in_time_only: bool


class FullSizeCheck(Record):
    """Of each FG frame that was compared.

    shift        canvas px, across and down: from the answer's place to where FG fits best around
    place_gain   1 - ZNCC there over that at the answer's place
    step         BG frames from the answer's to that of those beside it on which FG fits best
    time_gain    1 - ZNCC on that one over that on the answer's, its place free on both
    step_px      canvas px from the answer's place to where it fits best on that one
    """

    shift: tuple[tuple[float, float], ...] = ()
    place_gain: tuple[float, ...] = ()
    step: tuple[int, ...] = ()
    time_gain: tuple[float, ...] = ()
    step_px: tuple[float, ...] = ()

    def contradiction(self, parameters: FullSizeParameters) -> Contradiction | None:
        n = len(self.step)
        least = max(parameters.least_share * n, 1)
        is_late = np.array(self.time_gain) < parameters.least_time_gain
        if is_late.sum() >= least:
            steps, px = np.array(self.step)[is_late], float(np.median(np.array(self.step_px)[is_late]))
            where = (
                f"{_steps_text(steps)}{'' if px < parameters.least_shift_px else f', {px:.1f} px away from this place'}"
            )
            return Contradiction(f"{_fitting_text(len(steps), n)} {where}", px < parameters.least_shift_px)
        distance = np.hypot(*np.array(self.shift).reshape(n, 2).T)
        is_off = (distance > parameters.least_shift_px) & (np.array(self.place_gain) < parameters.least_place_gain)
        if is_off.sum() >= least:
            px = float(np.median(distance[is_off]))
            return Contradiction(f"{_fitting_text(int(is_off.sum()), n)} {px:.1f} px away from this place", False)
        return None


def _fitting_text(count: int, n: int) -> str:
    return f"{count} of {n} FG frames looked at in full size {'fits' if count == 1 else 'fit'} better"


def _steps_text(steps: I64) -> str:
    step = round(float(np.median(steps)))
    if (steps * step <= 0).any():
        return "on BG frames beside"
    return f"{count_text(abs(step), 'BG frame')} {'later' if step > 0 else 'earlier'}"


def check_full_size(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    at: F64,
    bg_of_fg: I64,
    registration: FrameRegistrationParameters,
    parameters: FullSizeParameters,
) -> FullSizeCheck:
    """FG frames at the answer, around it, and on the BG frames beside.

    at         f64 [n_fg, 5]: rows of a Track
    bg_of_fg   i64 [n_fg]: UNMATCHED where nothing can be compared
    Large copies that are not in memory are decoded. Raises MediaError.
    """
    chosen = chosen_frames(fg, bg, bg_of_fg, parameters)
    if not chosen:
        return FullSizeCheck()
    fg_frames, bg_frames = list(chosen), sorted({j for beside in chosen.values() for j in beside})
    large_fg, large_bg = _enlarged(fg, fg_frames), _enlarged(bg, bg_frames)
    width, height = np.median(at[:, 2]), np.median(at[:, 3])
    shape = float(width / fg.clip.width), float(height / fg.clip.height)
    numbers = replace(registration, most_pixels=parameters.pixels)
    views = frame_views(large_fg, large_bg, box, shape, max(large_fg.small.shape), numbers)
    found = []
    for k, i in enumerate(fg_frames):
        frames = {j - int(bg_of_fg[i]): bg_frames.index(j) for j in chosen[i]}
        found.append(_compared(views, k, _pose(at[i], float(np.sqrt(width * height))), frames, parameters))
        views.forget_before(k + 1, len(bg_frames))
    return FullSizeCheck(*map(tuple, zip(*(row for row in found if row is not None), strict=True)))


def chosen_frames(fg: Proxies, bg: Proxies, bg_of_fg: I64, parameters: FullSizeParameters) -> dict[int, Sequence[int]]:
    """FG frames, and BG frames for each: those of which decoding keeps large copies, or any where these are too few."""
    matched = np.flatnonzero(bg_of_fg != UNMATCHED)
    kept = {i: list(_around(int(bg_of_fg[i]), bg, parameters.reach)) for i in matched.tolist() if i in fg.kept_large}
    kept = {i: [j for j in around if j in bg.kept_large] for i, around in kept.items()}
    usable = [i for i, around in kept.items() if _has_both_sides(int(bg_of_fg[i]), around, len(bg.small))]
    if len(usable) >= parameters.least_frames:
        return {usable[k]: kept[usable[k]] for k in evenly_spaced(len(usable), parameters.frames)}
    sought = matched[evenly_spaced(len(matched), parameters.least_frames)].tolist()
    return {i: list(_around(int(bg_of_fg[i]), bg, parameters.reach)) for i in sought}


def _around(j: int, bg: Proxies, reach: int) -> Iterator[int]:
    yield from range(max(j - reach, 0), min(j + reach + 1, len(bg.small)))


def _has_both_sides(j: int, around: Sequence[int], n_bg: int) -> bool:
    return all(other in around for other in (max(j - 1, 0), j, min(j + 1, n_bg - 1)))


def _enlarged(clip: Proxies, frames: Sequence[int]) -> Proxies:
    """A clip of these frames, whose small copies are the large ones."""
    part = replace(clip.clip, pts=clip.clip.pts[list(frames)])
    return replace(clip, clip=part, small=np.stack(clip.large(frames)), small_factor=clip.large_factor)


def _pose(row: F64, side: float) -> F64:
    """f64 [4]: the pose of a track's row, where FG has a mean side of `side` canvas px at scale 1."""
    x, y, width, height, degrees = row.tolist()
    scale, angle = float(np.sqrt(width * height)) / side, np.radians(degrees)
    return np.array([scale * np.cos(angle), scale * np.sin(angle), x + width / 2, y + height / 2])


def _compared(
    views: FrameViews, i: int, pose: F64, frames: dict[int, int], parameters: FullSizeParameters
) -> tuple[tuple[float, float], float, int, float, float] | None:
    """A row of the check; None where nothing is to be seen.

    frames   BG frames of the views, by how many BG frames they lie from the answer's
    """
    fixed = register_frame(views, i, frames[0], pose, PLACE, 0)
    fits = _fits_outward(views, i, pose, frames, parameters)
    if max(fit.zncc for fit in fits.values()) < parameters.least_zncc:
        return None
    cost = {step: max(1 - fit.zncc, parameters.least_cost) for step, fit in fits.items()}
    best = min((step for step in cost if step), key=lambda step: cost[step], default=0)
    here, beside = (fits[step].pose[2:] - pose[2:] for step in (0, best))
    place_gain = cost[0] / max(1 - fixed.zncc, parameters.least_cost)
    return (float(here[0]), float(here[1])), place_gain, best, cost[best] / cost[0], float(np.hypot(*beside))


def _fits_outward(
    views: FrameViews, i: int, pose: F64, frames: dict[int, int], parameters: FullSizeParameters
) -> dict[int, FrameFit]:
    """FG on the answer's BG frame and on those around, as far as it does not fit worse and worse."""

    def fit_on(step: int) -> FrameFit:
        return register_frame(views, i, frames[step], pose, PLACE, parameters.steps)

    fits = {0: fit_on(0)}
    for sign in (-1, 1):
        for step in takewhile(frames.__contains__, count(sign, sign)):
            fits[step] = fit_on(step)
            nearer, here = (max(1 - fits[k].zncc, parameters.least_cost) for k in (step - sign, step))
            if here > parameters.tolerated_rise * nearer:
                break
    return fits
