"""Candidates: transforms to start registration from, by keypoints of chosen frames or by template matching.

Each source chooses the frames that are compared:
audio                   pairs of frames that sound alike
spread_samples          a few evenly spaced frames of each clip
more_spread_samples     more of them, with more keypoints
shots                   the middles of BG's shots, where BG is much longer than FG
template_matching       evenly spaced frames, at every position and many scales, without keypoints
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import F64, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.frame_samples import bg_sample_count
from vidkompy.placement.orb import Keypoints, OrbParameters, detect_keypoints, match_keypoints
from vidkompy.placement.shot_sampling import ShotSamplingParameters, pair_candidates, shot_candidates
from vidkompy.placement.template_matching import TemplateMatchingParameters, match_templates

CandidateSource = Literal["audio", "spread_samples", "shots", "more_spread_samples", "template_matching"]
FrameIndexPairs = Sequence[tuple[int, int]]  # FG and BG frames that probably show the same


@dataclass(frozen=True)
class SampleCounts:
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


@dataclass(frozen=True)
class CandidateParameters:
    """Tuned numbers of the choice of frames, and of the stages that find candidates in them."""

    few: SampleCounts = SampleCounts()
    many: SampleCounts = SampleCounts(12, 36, 600)
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
) -> list[F64]:
    """Transforms in frame px, best first; none where the source does not apply or nothing agrees.

    box           content of FG, frame px
    scales        canvas px per FG px, lowest and highest
    audio_pairs   frames that sound alike
    """
    orb, shots = parameters.orb, parameters.shots
    match source:
        case "audio":
            return pair_candidates(fg, bg, box, scales, audio_pairs, orb, shots) if audio_pairs else []
        case "spread_samples":
            return _sample_candidates(fg, bg, box, scales, parameters.few, parameters)
        case "more_spread_samples":
            return _sample_candidates(fg, bg, box, scales, parameters.many, parameters)
        case "shots":
            is_long = bg.clip.frames > parameters.long_bg * fg.clip.frames
            return shot_candidates(fg, bg, box, scales, orb, shots) if is_long else []
        case "template_matching":
            return match_templates(fg, bg, box, scales, parameters.templates)


def group_by_scale(
    candidates: Sequence[F64], parameters: CandidateParameters = CandidateParameters()
) -> list[list[F64]]:
    """Candidates whose scale is about that of a group's first one together: views of one pitch serve them all."""
    groups: list[list[F64]] = []
    for q in candidates:
        for group in groups:
            if abs(np.log(q[0] / group[0][0])) < np.log(parameters.scale_group):
                group.append(q)
                break
        else:
            groups.append([q])
    return groups


def _sample_candidates(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    counts: SampleCounts,
    parameters: CandidateParameters,
) -> list[F64]:
    """Transforms in frame px, best first, that keypoints of evenly spaced frames of both clips agree on."""
    bg_frames = bg_sample_count(counts.bg_frames, counts.fg_frames, fg.clip.frames)
    canvas = (0.0, 0.0, float(bg.clip.width), float(bg.clip.height))
    fg_keypoints = _sample_keypoints(fg, counts.fg_frames, box, counts.keypoints, parameters)
    bg_keypoints = list(_sample_keypoints(bg, bg_frames, canvas, counts.keypoints, parameters))
    tolerance = parameters.orb.tolerance_px * _view_factor(bg, parameters)
    return [c.transform for c in match_keypoints(fg_keypoints, bg_keypoints, tolerance, scales, parameters.orb)]


def _sample_keypoints(
    clip: Proxies, frames: int, box: Box, count: int, parameters: CandidateParameters
) -> Iterator[Keypoints]:
    """Keypoints of evenly spaced frames that are in memory large, in an order whose first few span the clip."""
    factor = _view_factor(clip, parameters)
    chosen, passes = clip.spread(frames), parameters.interleave
    for i in (i for first in range(passes) for i in chosen[first::passes]):
        view = shrink_by_halving(clip.large_frames[i], factor // clip.large_factor)
        yield detect_keypoints(view, box, factor, count, parameters.orb)


def _view_factor(clip: Proxies, parameters: CandidateParameters) -> int:
    """Frame px per px of the view in which keypoints are sought."""
    side = max(clip.clip.width, clip.clip.height) // clip.large_factor
    return clip.large_factor * 2 if side > parameters.keypoint_view_px else clip.large_factor
