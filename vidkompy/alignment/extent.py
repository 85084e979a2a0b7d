"""FG frames beyond BG's ends: a monotone path holds BG's first or last frame there, which they do not show.

What counts is how much worse they fit than matched frames nearby, which differ from BG by the noise of both clips only.
A correlation by itself says nothing of that: in quiet footage frames seconds later correlate with 0.99.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.relation_parameters import ExtentParameters
from vidkompy.media.proxies import evenly_spaced
from vidkompy.model import F32, I64, UNMATCHED, FrameMap, Mask

Number = TypeVar("Number", np.int64, np.float32)


class Overhang(NamedTuple):
    """How many FG frames lie before BG's first frame, and how many after its last."""

    before: int
    after: int

    def flags(self, n: int) -> Mask:
        """bool [n]: those frames, of n."""
        i = np.arange(n)
        return (i < self.before) | (i >= n - self.after)


def overhang(bg: I64, first: int, stop: int, confidence: F32 | None = None, least_confidence: float = 0.5) -> Overhang:
    """The unmatched frames at FG's head and tail, where the map reaches BG's first and last frame.

    bg           i64 [n_fg]   BG frame of each FG frame
    first, stop  frames of BG that were searched
    confidence   f32 [n_fg]   ends that most likely are not unmatched at all do not count

    >>> overhang(np.array([-1, -1, 0, 1, 2, -1]), 0, 3)
    Overhang(before=2, after=1)
    >>> overhang(np.array([-1, -1, 5, 6, 7, -1]), 0, 9)
    Overhang(before=0, after=0)
    """
    matched = np.flatnonzero(bg != UNMATCHED)
    if not len(matched):
        return Overhang(0, 0)
    start, end = int(matched[0]), int(matched[-1])
    step = max(1, round(abs(int(bg[end]) - int(bg[start])) / max(end - start, 1)))
    before = start if bg[start] < first + step else 0
    after = len(bg) - 1 - end if bg[end] >= stop - step else 0
    if confidence is not None:
        before = before if np.median(confidence[:start] if start else 0) >= least_confidence else 0
        after = after if np.median(confidence[end + 1 :] if after else 0) >= least_confidence else 0
    return Overhang(before, after)


def clear_overhang(fg: Features, bg: Features, search: SearchOptions) -> Overhang:
    """FG frames that lie clearly beyond BG's ends, so that no engine needs to see them.

    They resemble no BG frame as others do, and the frame next to them fits BG's first or last one. An engine would take
    their misfit for the usual one, and become indifferent to pictures.
    """
    parameters, n = search.parameters.relations.extent, len(fg)
    if search.reorder:
        return Overhang(0, 0)
    sample = np.array(evenly_spaced(n, parameters.fg_sample))
    misfit = _least_misfits(sample, fg, bg, parameters)
    usual = float(np.quantile(misfit, parameters.least_inside))
    limit = max(parameters.clear_misfit_ratio * usual, parameters.clear_misfit)
    inside = sample[misfit <= limit]
    spacing = -(-n // len(sample))
    before = _frames_outside(np.arange(n), int(inside[0]), spacing, 0, limit, fg, bg, parameters)
    inward = np.arange(n)[::-1]
    after = _frames_outside(inward, n - 1 - int(inside[-1]), spacing, len(bg) - 1, limit, fg, bg, parameters)
    hang = Overhang(before, after)
    return Overhang(0, 0) if hang.flags(n)[[i for i, _ in search.pins]].any() else hang


def without_overhang(fg: Features, hang: Overhang) -> Features:
    inside = slice(hang.before, len(fg) - hang.after)
    return replace(fg, luma=fg.luma[inside], times=None if fg.times is None else fg.times[inside])


def with_overhang(frame_map: FrameMap, hang: Overhang, parameters: ExtentParameters) -> FrameMap:
    """The map of the frames between, with those of the overhang as unmatched ones."""

    def padded(values: NDArray[Number] | None, fill: float) -> NDArray[Number] | None:
        return None if values is None else np.pad(values, hang, constant_values=fill)

    unmatched = FrameMap(np.pad(frame_map.bg, hang, constant_values=UNMATCHED))
    return replace(
        unmatched,
        margin=padded(frame_map.margin, 0),
        score=padded(frame_map.score, 0),
        low=padded(frame_map.low, UNMATCHED),
        high=padded(frame_map.high, UNMATCHED),
        confidence=padded(frame_map.confidence, parameters.clear_confidence),
    )


def _frames_outside(
    inward: I64,
    nearest: int,
    spacing: int,
    edge: int,
    limit: float,
    fg: Features,
    bg: Features,
    parameters: ExtentParameters,
) -> int:
    """How many frames lie outside at one end: none unless the first one inside fits the edge of BG.

    inward   i64 [n_fg]   FG frames from that end inward
    nearest  position among them of the first that is known to lie inside
    spacing  frames between that and the last that is known to lie outside, at most
    """
    if not nearest:
        return 0
    first = max(nearest - spacing, 0)
    between = inward[first : nearest + 1]
    count = first + int(np.argmax(_least_misfits(between, fg, bg, parameters) <= limit))
    fits_edge = misfits(fg, bg, inward[count : count + 1], np.array([edge]), parameters.block)[0] <= limit
    return count if fits_edge else 0


def release_overhang(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map without the frames that are held on BG's ends and fit clearly worse than frames nearby fit theirs.

    Frames beyond an end get the probability of being there. What fits BG elsewhere stays as it is: it is out of order,
    not beyond BG. Of still picture nothing can be told, and it stays held.
    """
    if search.reorder or frame_map.confidence is None:
        return frame_map
    inward, pinned = np.arange(len(frame_map.bg)), [i for i, _ in search.pins]
    for frames, edge in ((inward, 0), (inward[::-1], len(bg) - 1)):
        likelihood = _likelihood_beyond(frame_map.bg[frames], frames, edge, fg, bg, search)
        beyond = frames[: len(likelihood)]
        if len(beyond) and not np.isin(pinned, beyond).any():
            frame_map = _without(frame_map, beyond, likelihood)
    return frame_map


def _likelihood_beyond(bg_of_fg: I64, frames: I64, edge: int, fg: Features, bg: Features, search: SearchOptions) -> F32:
    """f32 [n]: probability of the n outermost frames that they lie beyond an end of BG; empty if none does.

    frames  i64 [n_fg]   FG frames from that end inward
    bg_of_fg   i64 [n_fg]   their BG frames
    edge    BG's first or last frame
    """
    parameters, nothing = search.parameters.relations.extent, np.empty(0, np.float32)
    matched = np.flatnonzero(bg_of_fg != UNMATCHED)
    if not len(matched) or bg_of_fg[matched[0]] != edge:
        return nothing
    inside = matched[bg_of_fg[matched] != edge][: parameters.neighbours]
    if not len(inside):
        return nothing
    held = np.arange(int(matched[bg_of_fg[matched] == edge][-1]) + 1)
    on_edge = np.full(len(held), edge)
    misfit = misfits(fg, bg, frames[held], on_edge, parameters.block)
    usual = float(
        np.quantile(misfits(fg, bg, frames[inside], bg_of_fg[inside], parameters.block), parameters.usual_quantile)
    )
    usual = max(usual, parameters.least_misfit)
    limit = parameters.misfit_ratio * max(usual, min(float(misfit[-1]), parameters.misfit_ratio * usual))
    count = _leading_misfits(misfit[:-1] > limit)
    if not count or _fits_elsewhere(frames[:count], fg, bg, limit, parameters):
        return nothing
    is_clear = misfit[:count] > parameters.clear_ratio * limit
    return np.where(is_clear, parameters.clear_confidence, parameters.likely_confidence).astype(np.float32)


def doubt_misfits_at_ends(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map with less confidence in matched frames at FG's ends that fit clearly worse than most of FG.

    A nearly still picture that goes on beyond BG may be held on any of BG's last frames, and leave them slowly.
    """
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    if frame_map.confidence is None or not len(matched):
        return frame_map
    parameters, least = search.parameters.relations.extent, search.parameters.plausibility.doubted_confidence
    sample = matched[evenly_spaced(len(matched), parameters.usual_sample)]
    usual = float(
        np.quantile(misfits(fg, bg, sample, frame_map.bg[sample], parameters.block), parameters.usual_quantile / 2)
    )
    limit = parameters.misfit_ratio**2 * max(usual, parameters.least_misfit)
    head, tail = (
        _leading_above(limit, frames, frame_map.bg[frames], fg, bg, parameters) for frames in (matched, matched[::-1])
    )
    at_ends = np.setdiff1d(np.r_[matched[:head], matched[len(matched) - tail :]], [i for i, _ in search.pins])
    confidence = frame_map.confidence.copy()
    confidence[at_ends] = np.minimum(confidence[at_ends], least)
    return replace(frame_map, confidence=confidence)


def _leading_above(
    limit: float, fg_frames: I64, bg_frames: I64, fg: Features, bg: Features, parameters: ExtentParameters
) -> int:
    """How many of these pairs, from the first on, have misfits above the limit."""
    for first in range(0, len(fg_frames), parameters.block):
        own = slice(first, first + parameters.block)
        fits = np.flatnonzero(misfits(fg, bg, fg_frames[own], bg_frames[own], parameters.block) <= limit)
        if len(fits):
            return first + int(fits[0])
    return len(fg_frames)


def _leading_misfits(is_large: Mask) -> int:
    """How many frames up to the innermost two large ones in a row, or the outermost one; a single one is a flash.

    >>> _leading_misfits(np.array([True, True, False, True, False])), _leading_misfits(np.array([True, False]))
    (2, 1)
    """
    in_a_row = np.flatnonzero(is_large & np.r_[True, is_large[:-1]])
    return int(in_a_row[-1]) + 1 if len(in_a_row) else 0


def _fits_elsewhere(frames: I64, fg: Features, bg: Features, limit: float, parameters: ExtentParameters) -> bool:
    """Whether most of a sample of these FG frames fit some BG frame as well as others fit theirs."""
    sample = frames[evenly_spaced(len(frames), parameters.fg_sample)]
    return bool((_least_misfits(sample, fg, bg, parameters) <= limit).mean() > parameters.largest_share)


def _least_misfits(frames: I64, fg: Features, bg: Features, parameters: ExtentParameters) -> F32:
    """f32 [n]: least misfit of each of these FG frames with all BG frames, of a long BG with a sample."""
    stride = -(-len(bg) // parameters.bg_sample)
    fg_rows, bg_rows = fg.rows(frames), bg.rows(slice(None, None, stride))
    least: F32 = 1 - (fg_rows @ bg_rows.T).max(axis=1)
    return least


def misfits(fg: Features, bg: Features, fg_frames: I64, bg_frames: I64, block: int) -> F32:
    """f32 [n]: 1 - ZNCC of pairs of frames; in blocks, as floats of all frames would fill memory."""
    out = np.empty(len(fg_frames), np.float32)
    for first in range(0, len(fg_frames), block):
        own = slice(first, first + block)
        distinct, frames = np.unique(bg_frames[own], return_inverse=True)
        bg_rows = bg.rows(distinct)[frames]
        out[own] = 1 - (fg.rows(fg_frames[own]) * bg_rows).sum(axis=1)
    return out


def _without(frame_map: FrameMap, beyond: I64, likelihood: F32) -> FrameMap:
    """The map with these frames unmatched, and so likely to be."""

    def emptied(values: I64 | None) -> I64 | None:
        if values is None:
            return None
        values = values.copy()
        values[beyond] = UNMATCHED
        return values

    bg, low, high = (emptied(values) for values in (frame_map.bg, frame_map.low, frame_map.high))
    confidence = None if frame_map.confidence is None else frame_map.confidence.copy()
    if confidence is not None:
        confidence[beyond] = likelihood
    return replace(frame_map, bg=frame_map.bg if bg is None else bg, low=low, high=high, confidence=confidence)
