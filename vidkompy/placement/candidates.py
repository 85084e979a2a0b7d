"""Candidates: transforms to start registration from, by keypoints of chosen frames or by template matching.

Each source chooses the frames that are compared:
audio                   pairs of frames that sound alike
full_frame              none: FG drawn out to cover all of the canvas, where that resembles BG
spread_samples          a few evenly spaced frames of each clip, FG's pixels also in usual shapes where those fit better
other_samples           the same frames of BG with more of FG's
shots                   the middles of BG's shots, where BG is much longer than FG
more_spread_samples     more of them, with more keypoints
template_matching       evenly spaced frames, at every position and many scales, without keypoints
All but full_frame take FG's pixels in the shape that the files state, and as square ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.frame_samples import bg_sample_count
from vidkompy.placement.full_frame import FullFrameParameters, full_frame_candidates
from vidkompy.placement.orb import (
    KeypointCandidate,
    Keypoints,
    OrbParameters,
    is_strong,
    match_keypoints,
    matched_positions,
)
from vidkompy.placement.pixel_shapes import PixelShapeParameters, apart, stated_stretches, usual_stretches
from vidkompy.placement.sampled_keypoints import KeypointSampling, all_sample_keypoints, sample_keypoints
from vidkompy.placement.shot_sampling import ShotSamplingParameters, pair_candidates, shot_candidates
from vidkompy.placement.template_matching import TemplateMatchingParameters, match_templates
from vidkompy.placement.transforms import stretch_of
from vidkompy.records import Record

CandidateSource = Literal[
    "audio", "full_frame", "spread_samples", "other_samples", "shots", "more_spread_samples", "template_matching"
]
FrameIndexPairs = Sequence[tuple[int, int]]  # FG and BG frames that probably show the same


class SampleCounts(Record):
    """How many frames, and keypoints of each, are compared. Defaults are those of `few`."""

    fg_frames: int = tuned(6, unit="FG frames", raising="more pairs are matched, at more cost", source="chosen by eye")
    bg_frames: int = tuned(
        16,
        unit="BG frames; as many times more as FG is shorter than fg_frames",
        raising="more pairs are matched, at more cost",
        source="chosen by eye",
    )
    keypoints: int = tuned(
        300, unit="keypoints of a frame", raising="more matches, at more cost", source="chosen by eye"
    )


class CandidateParameters(Record):
    """Tuned numbers of the choice of frames, and of the stages that find candidates in them."""

    fewest: SampleCounts = SampleCounts(3, 16, 300)
    few: SampleCounts = SampleCounts()
    many: SampleCounts = SampleCounts(12, 36, 600)
    others: SampleCounts = SampleCounts(12, 16, 300)
    hopeless: SampleCounts = SampleCounts(12, 12, 600)
    large_frames: int = tuned(
        36,
        unit="frames of a clip that are kept in memory large; `many` takes no more",
        raising="more frames can be compared without a seek, for more memory",
        source="chosen by eye",
    )
    interleave: int = tuned(
        3,
        unit="passes over a clip's samples",
        raising="the first few samples are spread over more of the clip, and are fewer",
        source="chosen by eye",
    )
    long_bg: int = tuned(
        2,
        unit="times FG's frames, above which evenly spaced frames of BG need not meet FG's scene",
        raising="shots are searched for longer BGs only",
        source="chosen by eye",
    )
    keypoint_view_px: int = tuned(
        640,
        unit="px, long side of a large proxy above which keypoints are sought at half its size",
        raising="smaller details become keypoints, at more cost",
        source=without_effect("CPU on clips that are larger"),
    )
    scale_group: float = tuned(
        1.3,
        unit="factor between the scales of a group",
        raising="fewer coarse fits, whose views have a worse pitch",
        source="chosen by eye",
    )
    sure_share: float = tuned(
        0.75,
        unit="inliers per match of the best candidate, from which no other pixel shape is looked for",
        raising="usual pixel shapes are looked for more often, at more cost",
        source="0.74 at most in 38 pairs of shapes 18 % off and more; 21 of 34 in their own have more",
    )
    likely_share: float = tuned(
        0.5,
        unit="the same, from which the two frames of that candidate show the same scene",
        raising="usual pixel shapes are looked for in more than those two frames more often, at more cost",
        source="of the same pairs, 16 that are 18 % off and more have as much; in 14 their two frames tell so",
    )
    clear_weight: float = tuned(
        1.5,
        unit="weight of the best candidate of a usual pixel shape over that of those stated",
        raising="usual shapes come first less often",
        source="shapes 7 % from the right one reach 1.6 times its weight, in one pair of 38; others at most 1.2",
    )
    probe_frames: int = tuned(
        2,
        unit="FG frames in every few pixel shapes, of which one has to agree with BG if FG as it is does not",
        raising="clips with nothing in common cost more",
        source="chosen by eye",
    )
    likely_shapes: int = tuned(
        2, unit="stretches", raising="more pixel shapes are tried, at more cost", source="chosen by eye"
    )
    full_frame: FullFrameParameters = FullFrameParameters()
    pixel_shapes: PixelShapeParameters = PixelShapeParameters()
    orb: OrbParameters = OrbParameters()
    shots: ShotSamplingParameters = ShotSamplingParameters()
    templates: TemplateMatchingParameters = TemplateMatchingParameters()


def find_candidates(
    source: CandidateSource,
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    audio_pairs: FrameIndexPairs,
    parameters: CandidateParameters = CandidateParameters(),
    is_hopeless: bool = False,
) -> list[F64]:
    """Transforms in frame px, best first; none where the source does not apply or nothing agrees.

    box           content of FG, frame px
    scales        canvas px per FG px, lowest and highest
    audio_pairs   frames that sound alike
    is_hopeless   no keypoints of fewer frames agreed: `parameters.hopeless` are asked before `many`
    """
    orb, shots, is_scale_free = parameters.orb, parameters.shots, scales[0] < scales[1]
    stretches = stated_stretches(fg.clip, bg.clip, parameters.pixel_shapes) if is_scale_free else [1.0]
    match source:
        case "audio":
            return pair_candidates(fg, bg, box, scales, audio_pairs, stretches, orb, shots) if audio_pairs else []
        case "full_frame":
            return full_frame_candidates(fg, bg, box, parameters.full_frame) if is_scale_free else []
        case "spread_samples":
            return _candidates_of_any_shape(fg, bg, box, scales, stretches, parameters)
        case "other_samples":
            found = keypoint_candidates(fg, bg, box, scales, stretches, parameters.others, parameters)
            return [c.transform for c in found]
        case "more_spread_samples":
            if is_hopeless and not keypoint_candidates(fg, bg, box, scales, stretches, parameters.hopeless, parameters):
                return []
            found = keypoint_candidates(fg, bg, box, scales, stretches, parameters.many, parameters)
            return [c.transform for c in found]
        case "shots":
            is_long = bg.clip.frames > parameters.long_bg * fg.clip.frames
            return shot_candidates(fg, bg, box, scales, stretches, orb, shots) if is_long else []
        case "template_matching":
            return match_templates(fg, bg, box, scales, stretches, parameters.templates)


def group_by_scale(
    candidates: Sequence[F64], parameters: CandidateParameters = CandidateParameters()
) -> list[list[F64]]:
    """Candidates of a group's first one's stretch, and about its scale, together: views of one pitch serve them all."""
    groups: list[list[F64]] = []
    for q in candidates:
        for group in groups:
            first = group[0]
            if np.isclose(stretch_of(q), stretch_of(first)) and abs(np.log(q[0] / first[0])) < np.log(
                parameters.scale_group
            ):
                group.append(q)
                break
        else:
            groups.append([q])
    return groups


def keypoint_candidates(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    stretches: Sequence[float],
    counts: SampleCounts,
    parameters: CandidateParameters,
) -> list[KeypointCandidate]:
    """Candidates of all stretches, best first, their transforms in frame px."""
    bg_keypoints, tolerance = _bg_keypoints(fg, bg, counts, parameters), keypoint_tolerance(bg, parameters)
    found: list[KeypointCandidate] = []
    for stretch in stretches:
        fg_keypoints = _fg_keypoints(fg, box, stretch, counts, parameters)
        matched = match_keypoints(fg_keypoints, bg_keypoints, tolerance, scales, parameters.orb)
        found += [c._replace(transform=c.transform * [1, stretch, 1, 1]) for c in matched]
    return sorted(found, key=lambda c: -c.weight)


def keypoint_matches(
    fg: Proxies, bg: Proxies, box: Box, counts: SampleCounts, parameters: CandidateParameters
) -> list[tuple[F32, F32]]:
    """FG and BG positions, frame px, of matched keypoints: see `matched_positions`."""
    fg_keypoints = _fg_keypoints(fg, box, 1.0, counts, parameters)
    return matched_positions(fg_keypoints, _bg_keypoints(fg, bg, counts, parameters), parameters.orb)


def keypoint_tolerance(bg: Proxies, parameters: CandidateParameters) -> float:
    """Canvas px that matched keypoints may be off a transform that they agree with."""
    return parameters.orb.tolerance_px * _view_factor(bg, parameters)


def _bg_keypoints(
    fg: Proxies, bg: Proxies, counts: SampleCounts, parameters: CandidateParameters
) -> Sequence[Keypoints]:
    frames = bg_sample_count(counts.bg_frames, counts.fg_frames, fg.clip.frames)
    canvas, factor = (0.0, 0.0, float(bg.clip.width), float(bg.clip.height)), _view_factor(bg, parameters)
    sampling = KeypointSampling(frames, canvas, 1.0, factor, counts.keypoints, parameters.interleave)
    return all_sample_keypoints(bg, sampling, parameters.orb)


def _fg_keypoints(
    fg: Proxies, box: Box, stretch: float, counts: SampleCounts, parameters: CandidateParameters, first: int = 0
) -> Iterator[Keypoints]:
    factor = _view_factor(fg, parameters)
    sampling = KeypointSampling(counts.fg_frames, box, stretch, factor, counts.keypoints, parameters.interleave)
    return sample_keypoints(fg, sampling, parameters.orb, first)


def _candidates_of_any_shape(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    stretches: Sequence[float],
    parameters: CandidateParameters,
) -> list[F64]:
    """Candidates of a few frames; usual stretches first where keypoints fit them far better."""
    found = keypoint_candidates(fg, bg, box, scales, stretches, parameters.few, parameters)
    if (found and found[0].share >= parameters.sure_share) or not scales[0] < scales[1]:
        return [c.transform for c in found]
    usual = np.array(usual_stretches(stretches, parameters.pixel_shapes))
    is_likely = bool(found) and (is_strong(found[0], parameters.orb) or found[0].share >= parameters.likely_share)
    if is_likely and not _fits_better_drawn_out(fg, bg, box, scales, usual, found[0], parameters):
        return [c.transform for c in found]
    if not found and not _any_shape_agrees(fg, bg, box, scales, usual, parameters):
        return []
    drawn_out = keypoint_candidates(fg, bg, box, scales, usual.tolist(), parameters.fewest, parameters)
    least = parameters.clear_weight * found[0].weight if found else 0.0
    if drawn_out and is_strong(drawn_out[0], parameters.orb) and drawn_out[0].weight > least:
        nearest = [int(np.argmin(abs(usual - stretch_of(c.transform)))) for c in drawn_out]
        likely = list(dict.fromkeys(nearest))[: parameters.likely_shapes]
        found = [c for k in likely for c, of in zip(drawn_out, nearest, strict=True) if of == k] + found
    return [c.transform for c in found]


def _fits_better_drawn_out(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    stretches: F64,
    found: KeypointCandidate,
    parameters: CandidateParameters,
) -> bool:
    """Whether the two frames that a candidate is from fit far better in one of these stretches.

    That is a tenth of the work of some frames of FG with all samples of BG.
    """
    n, m = found.pair
    bg_keypoints, tolerance = _bg_keypoints(fg, bg, parameters.few, parameters)[m], keypoint_tolerance(bg, parameters)
    for stretch in stretches.tolist():
        fg_keypoints = next(_fg_keypoints(fg, box, stretch, parameters.few, parameters, first=n))
        matched = match_keypoints([fg_keypoints], [bg_keypoints], tolerance, scales, parameters.orb)
        if matched and matched[0].weight > parameters.clear_weight * found.weight:
            return True
    return False


def _any_shape_agrees(
    fg: Proxies, bg: Proxies, box: Box, scales: tuple[float, float], stretches: F64, parameters: CandidateParameters
) -> bool:
    """Whether a first look finds any candidate of these stretches: those near each other find the same ones."""
    bg_keypoints = _bg_keypoints(fg, bg, parameters.fewest, parameters)
    tolerance = keypoint_tolerance(bg, parameters)
    return any(
        match_keypoints(
            islice(_fg_keypoints(fg, box, stretch, parameters.fewest, parameters), parameters.probe_frames),
            bg_keypoints,
            tolerance,
            scales,
            parameters.orb,
        )
        for stretch in apart(stretches.tolist(), parameters.pixel_shapes)
    )


def _view_factor(clip: Proxies, parameters: CandidateParameters) -> int:
    """Frame px per px of the view in which keypoints are sought."""
    side = max(clip.clip.width, clip.clip.height) // clip.large_factor
    return clip.large_factor * 2 if side > parameters.keypoint_view_px else clip.large_factor
