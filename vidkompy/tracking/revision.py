"""The answer of one place for all of FG, held against the pixels and revised where they say otherwise.

1. The answer is checked on a spread of frames (`residual_check`).
2. Where frames fit better elsewhere, or the place is not believed, FG's place is followed through the clip.
3. What was followed is taken if it explains the pixels clearly better; if it stands after all, it is one better place.
4. An answer that the pixels contradict, and that could not be revised, loses its confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from vidkompy.alignment.blended_frames import MatchedFrames
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.extent import overhang
from vidkompy.alignment.stretches import is_held
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, UNMATCHED, Box, FrameMap, Placement, PlacementResult, Track
from vidkompy.records import Record
from vidkompy.tracking.following import FollowedPlace, follow_place
from vidkompy.tracking.frame_registration import Shape
from vidkompy.tracking.hidden_error import may_hide_error
from vidkompy.tracking.keyframes import Keyframe
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.poses import corner_distances, pose_of
from vidkompy.tracking.residual_check import ResidualCheck, check_residuals
from vidkompy.tracking.track_kinds import as_track, describe_track, on_whole_px, steady_poses


class Revision(Record, eq=False):
    """What became of an answer.

    placement    the one place; where the place moves, the median of the track
    frame_map    without confidence where it is new
    track        None: the place stands
    is_new_map   the frame map is the followed one
    place_confidence   probability that place, or track, is right
    reasons      sentences
    is_recognised   FG surely shows what BG shows, though it cannot be told where and when
    """

    placement: Placement
    frame_map: FrameMap
    track: Track | None
    is_new_map: bool
    place_confidence: float | None
    reasons: tuple[str, ...] = ()
    is_recognised: bool = False

    def capped(self, most: float, reason: str, of: Literal["both", "place", "time"] = "both") -> Revision:
        """The same with a confidence of place, of frames or of both of `most` at most, and why.

        A place set by hand has none.
        """
        known, frames = self.placement.confidence, self.frame_map.confidence
        sure = known if known is None or of == "time" else min(known, most)
        if frames is not None and of != "place":
            frames = np.minimum(frames, np.float32(most))
        return replace(
            self,
            placement=replace(self.placement, confidence=sure),
            frame_map=replace(self.frame_map, confidence=frames),
            place_confidence=self.place_confidence if of == "time" else sure,
            reasons=(*self.reasons, reason),
        )


class AnswerCheck(NamedTuple):
    """What the pixels say of an answer.

    is_doubtful      it may be wrong
    may_hide_error   its place may be off by a little that its time makes up for
    has_rivals       other places are compared: that of an interlaced clip is measured on two moments at once
    """

    residuals: ResidualCheck
    is_doubtful: bool
    may_hide_error: bool
    has_rivals: bool


def check_answer(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    matched: MatchedFrames,
    search: SearchOptions,
    parameters: TrackingParameters,
    reordered_share: float = 0.0,
) -> AnswerCheck:
    """Whether an answer may be wrong.

    matched           with confidence, BG frames counted as in `bg`; frames between two of BG's are not compared
    reordered_share   of the unmatched frames that fit BG at the place, but for their order
    """
    placement, floor = placed.placement, search.floor
    shape, pose = pose_of(placement, fg)
    is_silent, score = matched.is_between, matched.frame_map.score
    if score is not None:  # blank frames that neighbours carried correlate with nothing
        is_silent = is_silent | (score <= floor)
    whole = np.where(is_silent, UNMATCHED, matched.frame_map.bg)
    check = check_residuals(fg, bg, placed.box, pose, shape, whole, parameters)
    is_pinned = bool(search.pins)
    is_doubtful = _is_doubtful(
        check, placement, matched.frame_map, len(bg.small), is_pinned, reordered_share, parameters
    )
    sure = 1.0 if placement.confidence is None else placement.confidence
    hides = not check.is_interlaced and may_hide_error(
        bg, placement, matched, search.parameters, parameters.hidden_error
    )
    is_unsure_field = check.is_interlaced and sure < parameters.rivals.sure_interlaced
    return AnswerCheck(check, is_doubtful, hides, is_doubtful or hides or is_unsure_field)


def revise_answer(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    frame_map: FrameMap,
    answer: AnswerCheck,
    bg_features: Features,
    may_move: bool,
    search: SearchOptions,
    parameters: TrackingParameters = TrackingParameters(),
    on_progress: ProgressCallback | None = None,
) -> Revision:
    """The answer, or a better one.

    bg_features   tell which BG frames look alike
    may_move      the place may be revised; else it only loses confidence
    """
    check, box, placement = answer.residuals, placed.box, placed.placement
    unrevised = Revision(placement, frame_map, None, False, placement.confidence)
    if not (may_move and answer.is_doubtful):
        return unrevised if may_move else _contradicted(check, unrevised, parameters)
    held = _doubted_hold(unrevised, parameters)
    doubted = _contradicted(check, held, parameters)
    if not _is_contested(check, frame_map, parameters) and check.median_cost < parameters.check.least_contested_cost:
        return doubted
    shape, pose = pose_of(placement, fg)
    base = _upright_shape(shape, parameters)
    starts = [_in_shape(pose, shape, base)]
    size = fg.clip.width * base[0], fg.clip.height * base[1]
    are_enough = partial(_may_gain, check, frame_map, size, parameters)
    followed = follow_place(fg, bg, box, base, starts, bg_features, search, parameters, on_progress, are_enough)
    if followed is None or _hides_beyond(followed, placement, size, bg, parameters):
        return doubted
    if _stays_there(followed, starts[0], check, size, parameters):
        return doubted
    if not _is_better(followed, starts[0], check, frame_map, size, parameters):
        return _contradicted(check, held, parameters, _has_same_time(followed, starts[0], frame_map, size, parameters))
    revised = _revised(followed, base, fg, bg, box, parameters)
    return doubted if check.is_interlaced and revised.track is None else revised  # two moments tell no place


def _upright_shape(shape: Shape, parameters: TrackingParameters) -> Shape:
    """The same scale across and down where they hardly differ: a turn or a zoom makes a fit of both differ a little."""
    mean = float(np.sqrt(shape[0] * shape[1]))
    is_equal = abs(np.log(shape[0] / shape[1])) < parameters.check.equal_log_scales
    return (mean, mean) if is_equal else shape


def _in_shape(pose: F64, shape: Shape, base: Shape) -> F64:
    scale = float(np.sqrt(shape[0] * shape[1] / (base[0] * base[1])))
    return np.concatenate([pose[:2] * scale, pose[2:]])


def _is_doubtful(
    check: ResidualCheck,
    placement: Placement,
    frame_map: FrameMap,
    n_bg: int,
    is_pinned: bool,
    reordered_share: float,
    parameters: TrackingParameters,
) -> bool:
    """Whether the answer may be wrong. A wrong pin leaves frames unmatched, too: with pins that tells nothing."""
    numbers = parameters.check
    is_unsure = placement.confidence is not None and placement.confidence < numbers.sure_placement
    is_unsure = is_unsure and not check.is_undisputed(parameters)
    beyond = overhang(frame_map.bg, 0, n_bg, frame_map.confidence).flags(len(frame_map.bg))
    unmatched = (frame_map.bg == UNMATCHED)[~beyond]
    lacking = float(unmatched.mean()) * (1 - reordered_share) if len(unmatched) else 0.0
    lacks_frames = not is_pinned and lacking > numbers.most_unmatched
    stays = is_held(frame_map.bg, parameters.rivals.least_advance)
    fits_badly = len(check.frames) > 0 and check.median_cost > 1 - numbers.bad_zncc
    is_contradicted = _is_partly_moved(check, parameters) or check.misdated_share(parameters) >= numbers.least_misdated
    return is_unsure or lacks_frames or fits_badly or stays or is_contradicted


def _is_moved(check: ResidualCheck, parameters: TrackingParameters) -> bool:
    numbers = parameters.check
    least = numbers.least_moved_interlaced if check.is_interlaced else numbers.least_moved
    return check.moved_share(parameters) >= least


def _is_partly_moved(check: ResidualCheck, parameters: TrackingParameters) -> bool:
    """Whether the place may have moved for a while: one frame alone may have been registered badly."""
    if check.is_interlaced:
        return _is_moved(check, parameters)
    return (
        int(check.moved(parameters).sum()) > 1 and check.moved_share(parameters) >= parameters.check.least_partly_moved
    )


def _may_gain(
    check: ResidualCheck,
    frame_map: FrameMap,
    size: tuple[float, float],
    parameters: TrackingParameters,
    keyframes: Sequence[Keyframe],
) -> bool:
    """Whether keyframes gain what following has to: where no frame fits better elsewhere, and none lacks a match."""
    numbers = parameters.check
    fitting = [k.fit.pose for k in keyframes if k.fit.zncc > 1 - parameters.keyframes.good_cost]
    if not _are_plausible_sizes(np.array(fitting), size, parameters):
        return False
    if _is_contested(check, frame_map, parameters):
        return True
    at_keyframes = float(np.median([1 - k.fit.zncc for k in keyframes]))
    before, after = (max(cost, numbers.least_cost) for cost in (check.median_cost, at_keyframes))
    return after < numbers.better_keyframes * before


def _is_contested(check: ResidualCheck, frame_map: FrameMap, parameters: TrackingParameters) -> bool:
    """Whether frames fit better elsewhere, or so many lack a match that following could find more, or none tells."""
    most_share_now = 1 / (1 + parameters.check.more_matched)
    is_lacking = bool((frame_map.bg != UNMATCHED).mean() < most_share_now)
    return is_lacking or not len(check.frames) or bool(check.moved(parameters).any())


def _are_plausible_sizes(poses: F64, size: tuple[float, float], parameters: TrackingParameters) -> bool:
    """Whether FG stays large enough to be recognised, and zooms no further than a camera does.

    poses   f64 [n, 4];   size: FG at scale 1, canvas px
    """
    scales = np.hypot(poses[:, 0], poses[:, 1])
    numbers = parameters.check
    return bool(
        scales.max() <= numbers.most_zoom * scales.min() and scales.min() * max(size) >= numbers.least_followed_px
    )


def _is_better(
    followed: FollowedPlace,
    pose: F64,
    check: ResidualCheck,
    frame_map: FrameMap,
    size: tuple[float, float],
    parameters: TrackingParameters,
) -> bool:
    """Whether the followed place fits, and explains pixels clearly better: of the frames that speak against the answer,
    and where that is one or none, of all that were checked.

    pose   f64 [4], of the answer
    """
    numbers = parameters.check
    score = followed.zncc
    is_matched = followed.frame_map.bg != UNMATCHED
    if is_matched.any() and not _are_plausible_sizes(followed.poses[is_matched], size, parameters):
        return False
    if (is_matched & (score > 1 - parameters.keyframes.good_cost)).mean() < numbers.least_followed:
        return False
    if np.quantile(1 - score[is_matched], numbers.followed_quantile) > numbers.followed_cost:
        return False  # with their place free, other contents fit so
    if is_matched.sum() > (1 + numbers.more_matched) * (frame_map.bg != UNMATCHED).sum():
        return True
    every, moved = np.ones(len(check.frames), np.bool_), check.moved(parameters)
    groups = [moved] if _is_partly_moved(check, parameters) else [moved, every] if moved.any() else [every]
    better_cost = numbers.better_cost_interlaced if check.is_interlaced else numbers.better_cost
    if _lies_near(followed, pose, size, parameters):  # noise moves a few frames by a px, too
        better_cost = min(better_cost, numbers.better_cost_nearby)
    before, after = 1 - check.fixed_zncc, 1 - score[check.frames]
    return all(bool(np.median(after[group]) < better_cost * np.median(before[group])) for group in groups)


def _lies_near(followed: FollowedPlace, pose: F64, size: tuple[float, float], parameters: TrackingParameters) -> bool:
    """Whether FG was followed to nearly the same pose, f64 [4], all along."""
    off = corner_distances(followed.poses, pose[None], size)
    return bool(np.quantile(off, parameters.kinds.usual_share) < parameters.check.near_px)


def _has_same_time(
    followed: FollowedPlace, pose: F64, frame_map: FrameMap, size: tuple[float, float], parameters: TrackingParameters
) -> bool:
    """Whether FG was followed to nearly the same place, f64 [4], and shows the same frames there: time is not in doubt.

    frame_map   of the answer
    """
    off = np.abs(followed.frame_map.bg - frame_map.bg) > 1
    return _lies_near(followed, pose, size, parameters) and bool(off.mean() < 1 - parameters.kinds.usual_share)


def _stays_there(
    followed: FollowedPlace, pose: F64, check: ResidualCheck, size: tuple[float, float], parameters: TrackingParameters
) -> bool:
    """Whether FG was followed to where the answer put it, which no frame spoke against: then only its time is in doubt.

    A replaced mouth pulls at place and time of single frames, where both are free.
    """
    near = _lies_near(followed, pose, size, parameters)
    return near and not check.moved(parameters).any() and check.misdated_share(parameters) > 0


def _hides_beyond(
    followed: FollowedPlace,
    placement: Placement,
    size: tuple[float, float],
    bg: Proxies,
    parameters: TrackingParameters,
) -> bool:
    """Whether FG was followed to where far more of it lies beyond the canvas: there a banner hides, all else fits."""
    is_matched = followed.frame_map.bg != UNMATCHED
    if not is_matched.any():
        return False
    cosine, sine, x, y = np.median(followed.poses[is_matched], axis=0).tolist()
    width, height = (float(np.hypot(cosine, sine)) * side for side in size)
    there = Placement(x - width / 2, y - height / 2, width, height)
    before, after = (at.share_beyond((bg.clip.width, bg.clip.height)) for at in (placement, there))
    return after > before + parameters.check.most_beyond


def _revised(
    followed: FollowedPlace, shape: Shape, fg: Proxies, bg: Proxies, box: Box, parameters: TrackingParameters
) -> Revision:
    """The followed place: a track where the pixels say that it moves, else the middle of what was measured."""
    numbers, size = parameters.check, (fg.clip.width * shape[0], fg.clip.height * shape[1])
    is_matched = followed.frame_map.bg != UNMATCHED
    poses, jumps = steady_poses(followed.poses, is_matched, size, parameters)
    track = on_whole_px(as_track(poses, (fg.clip.width, fg.clip.height), shape), fg.clip, parameters.kinds)
    score = followed.zncc[is_matched]
    x, y, width, height = (float(v) for v in np.median(track.at[is_matched, :4], axis=0))
    middle = Placement(x, y, width, height, round(float(np.median(score)), 4))
    fitting = float((score > 1 - parameters.keyframes.good_cost).mean())
    confidence = round(fitting * numbers.most_confidence, 4)
    off = track.corner_distances(middle)[is_matched]
    middle_shape, pose = pose_of(middle, fg)
    there = np.array([_in_shape(p, shape, middle_shape) for p in poses])
    check = check_residuals(fg, bg, box, pose, middle_shape, followed.frame_map.bg, parameters, there)
    if not _is_partly_moved(check, parameters):  # it stands, or is measured too badly to tell
        is_steady = np.quantile(off, parameters.kinds.usual_share) < parameters.kinds.standing_px
        sure = confidence if is_steady else min(confidence, numbers.contradicted)
        return Revision(replace(middle, confidence=sure), followed.frame_map, None, True, sure)
    reasons = tuple(describe_track(track, jumps, (fg.clip.width, fg.clip.height), parameters.kinds))
    one_place = replace(middle, confidence=round(confidence * float((off <= 1).mean()), 4))
    return Revision(one_place, followed.frame_map, track, True, confidence, reasons)


def _doubted_hold(unrevised: Revision, parameters: TrackingParameters) -> Revision:
    """The answer with less confidence where FG stays on nearly one BG frame."""
    if not is_held(unrevised.frame_map.bg, parameters.rivals.least_advance):
        return unrevised
    reason = "all of FG lies on nearly one BG frame: it is a still, or was steadied on a BG that shakes"
    return unrevised.capped(parameters.scrolling.confidence, reason)


def _contradicted(
    check: ResidualCheck, unrevised: Revision, parameters: TrackingParameters, is_timed: bool = False
) -> Revision:
    """The answer with less confidence where frames that were checked fit better elsewhere.

    is_timed   its frames are not in doubt
    """
    numbers = parameters.check
    of: Literal["both", "place", "time"]
    if _is_moved(check, parameters):
        count, n = round(check.moved_share(parameters) * len(check.frames)), len(check.frames)
        better, of = f"up to {check.shift_px.max():.0f} px away from this place", "place" if is_timed else "both"
    elif check.misdated_share(parameters) >= numbers.least_misdated:
        count, n = int(check.misdated(parameters).sum()), len(check.other_gain)
        px = float(np.median(check.other_shift_px[check.misdated(parameters)]))
        of = "time" if px < numbers.near_px else "both"
        better = "on other BG frames" if of == "time" else f"on other BG frames, {px:.0f} px away from this place"
    else:
        return unrevised
    fitting = f"{count} of {n} FG frames looked at {'fits' if count == 1 else 'fit'} better"
    reason = f"{fitting} {better}, and could not be followed"
    return unrevised.capped(numbers.contradicted, reason, of)
