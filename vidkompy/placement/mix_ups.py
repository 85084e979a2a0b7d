"""Why FG is not found though both clips show the same: FG is mirrored or turned, or BG and FG were swapped.

Keypoints of a few frames say cheaply whether that may be; a search of one stage has to be sure of it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.media.swapped_clips import SWAPPED
from vidkompy.model import F32, F64, U8, Placement
from vidkompy.parameters import tuned
from vidkompy.placement.candidates import keypoint_candidates, keypoint_matches, keypoint_tolerance
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.orb import any_agree, is_strong
from vidkompy.placement.registration import ProxyPair
from vidkompy.placement.search import find_placement
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange
from vidkompy.placement.search_stages import SearchStage
from vidkompy.records import Record


class MixUpParameters(Record):
    frames: int = tuned(36, unit="frames", raising="surer, at more cost", source="chosen by eye")
    least_share: float = tuned(
        0.5,
        unit="inliers per match of the best candidate",
        raising="fewer mix-ups are looked at closely",
        source="as CandidateParameters.sure_share, and may differ",
    )
    least_confidence: float = tuned(
        0.8,
        unit="confidence in the place",
        raising="fewer mix-ups are named as the cause of a refusal",
        source="chosen by eye: a wrong cause misleads more than none",
    )
    stage: SearchStage = tuned(
        SearchStage("spread_samples", scale_groups=1, starts=3, most_registered=2, is_robust=True, most_cost=0.25),
        unit="stage that confirms it",
        raising="surer, at more cost",
        source="chosen by eye; robust, because its frames need not follow each other in time; coarse fits at the right "
        "place cost 0.16 at most, see PruningParameters.hopeless_fit",
    )
    most_visible: float = tuned(
        0.5,
        unit="share of FG on the canvas, from which the search looks for FG as given",
        raising="pairs that are not swapped are called so",
        source="as ObjectiveParameters.least_overlap, and may differ",
    )


COUNTERCLOCKWISE: F64 = np.array([[0.0, 1.0], [-1.0, 0.0]])  # y points down


class Turn(NamedTuple):
    """One way in which FG may have been turned.

    found      what FG is then
    back       a stack of frames as they were before
    ffmpeg     filter that does so
    rotation   f64 [2, 2]   of positions, to where they were but for a shift; None: no rotation does so
    """

    found: str
    back: Callable[[U8], U8]
    ffmpeg: str
    rotation: F64 | None = None


TURNS = (
    Turn("a mirror image of BG", lambda frames: frames[:, :, ::-1], "hflip"),
    Turn("upside down", lambda frames: frames[:, ::-1, ::-1], "hflip,vflip", np.diag([-1.0, -1.0])),
    Turn("turned to the right", lambda frames: np.rot90(frames, 1, (1, 2)), "transpose=cclock", COUNTERCLOCKWISE),
    Turn("turned to the left", lambda frames: np.rot90(frames, -1, (1, 2)), "transpose=clock", -COUNTERCLOCKWISE),
)


def refuse_mix_ups(
    clips: ProxyPair,
    bounds: ScaleRange,
    min_confidence: float,
    parameters: PlacementParameters,
    numbers: MixUpParameters = MixUpParameters(),
) -> None:
    """Raises NoMatch if FG is clearly mirrored or turned, or the clips are clearly swapped.

    min_confidence   that an answer needs; 0: any answer is wanted, and none of these is looked for
    """
    if min_confidence == 0:
        return
    fg, bg, _ = clips
    matches = keypoint_matches(*clips, parameters.candidates.fewest, parameters.candidates)
    if (turned := _turn_that_fits(clips, matches, bounds, parameters, numbers)) is not None:
        turn, at = turned
        raise NoMatch(
            f"'{fg.clip.path}' is {turn.found}: turned back, it lies at {round(at.x)},{round(at.y)}; do that first: "
            f"ffmpeg -i {shlex.quote(str(fg.clip.path))} -vf {turn.ffmpeg} -c:a copy OUT.mkv"
        )
    if _agree_when_rotated(matches, np.eye(2), bg, bounds, parameters) and _is_swapped(
        clips, bounds, parameters, numbers
    ):
        raise NoMatch(f"{SWAPPED}: '{bg.clip.path}' lies on '{fg.clip.path}'; give them the other way round")


def _turn_that_fits(
    clips: ProxyPair,
    matches: Sequence[tuple[F32, F32]],
    bounds: ScaleRange,
    parameters: PlacementParameters,
    numbers: MixUpParameters,
) -> tuple[Turn, Placement] | None:
    """matches: positions of keypoints of FG as it is, and of BG."""
    fg = _in_memory(clips.fg, numbers.frames)
    for turn in TURNS:
        if turn.rotation is not None and not _agree_when_rotated(matches, turn.rotation, clips.bg, bounds, parameters):
            continue
        before = _turned(fg, turn.back)
        pair = ProxyPair(before, clips.bg, content_box(before, parameters.letterbox))
        if _has_strong_candidate(pair, bounds, parameters, numbers):
            found = _sure_placement(pair, bounds, parameters, numbers)
            if found is not None:
                return turn, found
    return None


def _agree_when_rotated(
    matches: Sequence[tuple[F32, F32]], rotation: F64, bg: Proxies, bounds: ScaleRange, parameters: PlacementParameters
) -> bool:
    """Whether any frames agree when FG's positions are rotated: ORB describes a turned picture alike.

    It rules out turned and swapped clips at the cost of one detection, where nothing of FG and BG agrees.
    """
    tolerance, scales = keypoint_tolerance(bg, parameters.candidates), (bounds.low, bounds.high)
    rotated = [((p @ rotation.T).astype(np.float32), c) for p, c in matches]
    return any_agree(rotated, tolerance, scales, parameters.candidates.orb)


def _is_swapped(
    clips: ProxyPair, bounds: ScaleRange, parameters: PlacementParameters, numbers: MixUpParameters
) -> bool:
    """Whether BG surely lies on FG, where so little of FG is on BG that the search leaves that out."""
    inverse = ScaleRange(1 / bounds.high, 1 / bounds.low)
    bg = _in_memory(clips.bg, numbers.frames)
    pair = ProxyPair(bg, clips.fg, content_box(bg, parameters.letterbox))
    if not _has_strong_candidate(pair, inverse, parameters, numbers):
        return False
    found = _sure_placement(pair, inverse, parameters, numbers)
    fg_area = clips.fg.clip.width * clips.fg.clip.height
    return found is not None and found.width * found.height < numbers.most_visible * fg_area


def _has_strong_candidate(
    clips: ProxyPair, bounds: ScaleRange, parameters: PlacementParameters, numbers: MixUpParameters
) -> bool:
    counts, scales = parameters.candidates.fewest, (bounds.low, bounds.high)
    found = keypoint_candidates(*clips, scales, [1.0], counts, parameters.candidates)
    return bool(found) and found[0].share >= numbers.least_share and is_strong(found[0], parameters.candidates.orb)


def _sure_placement(
    clips: ProxyPair, bounds: ScaleRange, parameters: PlacementParameters, numbers: MixUpParameters
) -> Placement | None:
    one_stage = replace(parameters, search=replace(parameters.search, stages=(numbers.stage,)))
    try:
        return find_placement(*clips, bounds, numbers.least_confidence, parameters=one_stage)[0]
    except NoMatch:
        return None


def _in_memory(clip: Proxies, count: int) -> Proxies:
    """A clip of frames that are in memory large: others would be read from the file, as it is."""
    frames = clip.spread(count)
    large = dict(enumerate(clip.large_frames[i] for i in frames))
    part = replace(clip.clip, pts=clip.clip.pts[frames])
    return replace(clip, clip=part, small=clip.small[frames], large_frames=large)


def _turned(clip: Proxies, back: Callable[[U8], U8]) -> Proxies:
    """The clip as it was before; frame px beyond the last whole px of its small copies are left out."""
    small = np.ascontiguousarray(back(clip.small))
    large = {i: np.ascontiguousarray(back(frame[None])[0]) for i, frame in clip.large_frames.items()}
    height, width = (side * clip.small_factor for side in small.shape[1:])
    return replace(clip, clip=replace(clip.clip, width=width, height=height), small=small, large_frames=large)
