"""An answer of one place, held against the pixels: revised where the place moves, left alone where it is right."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.moving_places import KINDS, MovingPair, moving_pair, standing
from support.placed_proxies import SIZE, H, W, clip, luma

from vidkompy.alignment.blended_frames import MatchedFrames
from vidkompy.alignment.crops import crop_features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.measuring.proxy_alignment import align_and_revise, align_proxies
from vidkompy.model import F64, I64, UNMATCHED, FrameMap, Placement, PlacementResult, Track
from vidkompy.parameters import with_number
from vidkompy.tracking import revision as revision_module
from vidkompy.tracking.following import FollowedPlace, follow_place
from vidkompy.tracking.frame_registration import Shape
from vidkompy.tracking.parameters import TrackingParameters, TrackKindParameters
from vidkompy.tracking.poses import corner_distances
from vidkompy.tracking.residual_check import ResidualCheck
from vidkompy.tracking.revision import AnswerCheck, Revision, check_answer, revise_answer
from vidkompy.tracking.track_kinds import as_track, on_whole_px

BOX = (0.0, 0.0, float(W), float(H))
UNIT: Shape = (1.0, 1.0)
WORDS = {
    "stabilised": "it looks stabilised",
    "weaving": "from frame to frame: it weaves",
    "jumping": "FG jumps from x=24 y=36 to x=104 y=36 at frame 23",
    "zooming": "FG zooms from 1.00 to 1.4",
    "tilted": "FG is turned by 1.5 degrees counter-clockwise",
    "drifting": "drifts by",
}


def weaving_by_a_px(t: F64) -> F64:
    return (KINDS["weaving"](t) + standing(t)) / 2


def revised(pair: MovingPair, at: Placement, bg_of_fg: I64, may_move: bool = True) -> Revision:
    features = crop_features(pair.fg, pair.bg, at, BOX, 64)
    frame_map = FrameMap(bg_of_fg, confidence=np.ones(len(bg_of_fg), np.float32))
    matched = MatchedFrames(frame_map, "", np.zeros(len(bg_of_fg), np.bool_))
    placed = PlacementResult(BOX, at, [])
    check = check_answer(pair.fg, pair.bg, placed, matched, SearchOptions(), TrackingParameters())
    return revise_answer(pair.fg, pair.bg, placed, frame_map, check, features[1], may_move, SearchOptions())


def middle(pair: MovingPair, confidence: float = 0.95) -> Placement:
    x, y = np.median(pair.poses[:, 2:], axis=0) - [W / 2, H / 2]
    return Placement(float(x), float(y), W, H, confidence=confidence)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_moving_place_is_followed(kind: str) -> None:
    pair = moving_pair(KINDS[kind], luma("handheld", 60))
    revision = revised(pair, middle(pair), np.clip(pair.map + 3, 0, len(pair.bg.small) - 1))
    assert revision.is_new_map
    assert (revision.frame_map.bg == pair.map).mean() >= 0.97, np.flatnonzero(revision.frame_map.bg != pair.map)
    assert revision.track is not None
    truth = as_track(pair.poses, (W, H), UNIT)
    assert np.quantile(np.abs(revision.track.at[:, :4] - truth.at[:, :4]), 0.95) < 0.5
    assert any(WORDS[kind] in reason for reason in revision.reasons), revision.reasons
    assert revision.placement.confidence is not None
    assert revision.placement.confidence < 0.7


def test_a_right_answer_is_left_alone() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    at = middle(pair)
    revision = revised(pair, at, pair.map)
    assert revision.placement is at
    assert (revision.is_new_map, revision.track, revision.reasons) == (False, None, ())


@pytest.mark.slow
def test_drawings_that_fit_others_as_well_to_a_hair_are_right() -> None:
    """Flat drawings that are held: 1 - ZNCC is nearly 0 on the right BG frame, and a third of that on others."""
    pair = moving_pair(standing, luma("animation", 60))
    at = middle(pair)
    revision = revised(pair, at, pair.map)
    assert (revision.placement is at, revision.is_new_map, revision.reasons) == (True, False, ())


@pytest.mark.parametrize(("contested_cost", "is_looked_for"), [(0.015, False), (0.0, True)])
def test_fg_is_not_followed_where_its_keyframes_gain_nothing(
    contested_cost: float, is_looked_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keyframes are not even looked for where nothing is left to gain."""
    pair = moving_pair(standing, luma("handheld", 60))
    parameters = with_number(TrackingParameters(), "check.least_contested_cost", contested_cost)
    calls, stages = list[object](), list[str]()

    def followed(*words: Any) -> FollowedPlace | None:
        calls.append(words)
        return follow_place(*words)

    monkeypatch.setattr(revision_module, "follow_place", followed)
    features = crop_features(pair.fg, pair.bg, middle(pair), BOX, 64)
    frame_map = FrameMap(pair.map, confidence=np.ones(len(pair.map), np.float32))
    matched = MatchedFrames(frame_map, "", np.zeros(len(pair.map), np.bool_))
    placed, search = PlacementResult(BOX, middle(pair), []), SearchOptions()
    check = check_answer(pair.fg, pair.bg, placed, matched, search, parameters)._replace(is_doubtful=True)
    clips = pair.fg, pair.bg
    revision = revise_answer(
        *clips, placed, frame_map, check, features[1], True, search, parameters, lambda stage, *_: stages.append(stage)
    )
    assert (revision.placement is placed.placement, revision.is_new_map, stages) == (True, False, [])
    assert bool(calls) == is_looked_for


@pytest.mark.slow
def test_a_wrong_place_that_stands_is_moved() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    at = middle(pair)
    wrong = Placement(at.x + 9, at.y - 7, W, H, confidence=0.9)
    revision = revised(pair, wrong, pair.map)
    assert revision.track is None
    assert np.abs(np.array([revision.placement.x - at.x, revision.placement.y - at.y])).max() < 0.3
    assert (revision.frame_map.bg == pair.map).all()


@pytest.mark.slow
def test_unrelated_clips_are_not_followed() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    other = clip(luma("tripod", 60, size=SIZE, seed=5))
    unrelated = MovingPair(pair.fg, other, pair.poses, pair.map)
    at = middle(pair, confidence=0.05)
    revision = revised(unrelated, at, pair.map)
    assert revision.placement is at
    assert (revision.is_new_map, revision.track) == (False, None)


def doubt(pair: MovingPair, at: Placement, bg_of_fg: I64, reordered_share: float = 0.0) -> bool:
    frame_map = FrameMap(bg_of_fg, confidence=np.ones(len(bg_of_fg), np.float32))
    matched = MatchedFrames(frame_map, "", np.zeros(len(bg_of_fg), np.bool_))
    numbers = TrackingParameters()
    placed = PlacementResult(BOX, at, [])
    return check_answer(pair.fg, pair.bg, placed, matched, SearchOptions(), numbers, reordered_share).is_doubtful


def test_an_unsure_place_is_doubted_only_if_a_frame_fits_better_elsewhere() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    assert not doubt(pair, middle(pair, confidence=0.5), pair.map)
    assert doubt(pair, replace(middle(pair, confidence=0.5), x=middle(pair).x + 3), pair.map)
    assert doubt(pair, middle(pair, confidence=0.5), pair.map + 4)


def test_frames_that_are_unmatched_for_their_order_alone_are_no_doubt() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    half = np.where(np.arange(len(pair.map)) % 2, pair.map, UNMATCHED)
    assert doubt(pair, middle(pair), half)
    assert not doubt(pair, middle(pair), half, reordered_share=1.0)


def test_an_unscaled_track_lies_on_whole_px() -> None:
    measured = Track(np.array([[19.98, 3.01, W + 0.02, H + 0.01, 0.001], [150.03, 2.98, W - 0.01, H - 0.01, 0.0]]))
    snapped = on_whole_px(measured, moving_pair(standing, luma("handheld", 16)).fg.clip, TrackKindParameters())
    assert snapped.at.tolist() == [[20, 3, W, H, 0], [150, 3, W, H, 0]]
    scaled = Track(measured.at * [1, 1, 1.01, 1, 1])
    assert on_whole_px(scaled, moving_pair(standing, luma("handheld", 16)).fg.clip, TrackKindParameters()) is scaled


def of_fields(kind: Callable[[F64], F64], footage: str) -> MovingPair:
    """FG shows the first of the two moments that each BG frame holds."""
    moments = luma(footage, 120)
    pair = moving_pair(kind, moments[::2])
    both = ((moments[::2].astype(np.uint16) + moments[1::2] + 1) // 2).astype(np.uint8)
    return replace(pair, bg=replace(clip(both), clip=replace(pair.bg.clip, field_order="tff")))


@pytest.mark.slow
@pytest.mark.parametrize("footage", ["handheld", "pan", "drive", "tripod"])
def test_a_place_on_an_interlaced_bg_that_stands_is_left_alone(footage: str) -> None:
    pair = of_fields(standing, footage)
    at = middle(pair)
    revision = revised(pair, at, pair.map)
    assert revision.placement is at
    assert (revision.is_new_map, revision.reasons) == (False, ())


@pytest.mark.slow
@pytest.mark.parametrize("footage", ["pan", "tripod"])
def test_a_place_on_an_interlaced_bg_that_moves_is_followed(footage: str) -> None:
    pair = of_fields(KINDS["weaving"], footage)
    revision = revised(pair, middle(pair), np.clip(pair.map + 3, 0, len(pair.bg.small) - 1))
    assert revision.is_new_map
    assert (revision.frame_map.bg == pair.map).mean() >= 0.97, np.flatnonzero(revision.frame_map.bg != pair.map)


def test_distances_of_poses_are_those_of_corners() -> None:
    turned = np.array([[np.cos(0.1), np.sin(0.1), 10.0, 10.0]])
    assert corner_distances(turned, np.array([[1.0, 0.0, 10.0, 10.0]]), (40, 20))[0] == pytest.approx(
        max(20 * (1 - np.cos(0.1)) + 10 * np.sin(0.1), 20 * np.sin(0.1) + 10 * (1 - np.cos(0.1)))
    )


@pytest.mark.slow
def test_an_fg_that_stays_on_one_frame_is_unsure() -> None:
    """A still of a moving BG: nobody can tell it from a clip that was steadied."""
    frames = luma("handheld", 60)
    pair = moving_pair(standing, frames)
    still = replace(pair, fg=clip(np.repeat(pair.fg.small[20:21], len(pair.fg.small), axis=0)))
    at = middle(pair)
    revision = revised(still, at, np.full(len(pair.map), pair.map[20]))
    assert revision.placement.confidence is not None
    assert revision.placement.confidence < 0.5
    assert revision.frame_map.confidence is None or revision.frame_map.confidence.max() < 0.5
    assert any("nearly one BG frame" in reason for reason in revision.reasons), revision.reasons


def test_a_time_that_other_frames_contradict_is_revised() -> None:
    """FG is steady, BG shakes, and the answer holds the one BG frame on which FG lies where it was placed."""
    still = np.repeat(luma("tripod", 1), 40, axis=0)
    moving = still.copy()
    for j in range(40):
        moving[j, 40 + 2 * (j // 2) : 60 + 2 * (j // 2), 60:90] = (
            255 - moving[j, 40 + 2 * (j // 2) : 60 + 2 * (j // 2), 60:90]
        )
    pair = moving_pair(standing, moving)
    at = middle(pair)
    held = np.full(len(pair.map), pair.map[-1])
    revision = revised(pair, at, held, may_move=False)
    assert revision.frame_map.confidence is not None
    assert revision.frame_map.confidence.max() <= 0.3
    assert any("on other BG frames" in reason for reason in revision.reasons), revision.reasons


@pytest.mark.slow
def test_frames_are_matched_again_where_a_followed_place_stands() -> None:
    pair = moving_pair(standing, luma("handheld", 60))
    at = middle(pair)
    wrong = Placement(at.x + 9, at.y - 7, W, H, confidence=0.9)
    placed = PlacementResult(BOX, wrong, [(i, int(pair.map[i])) for i in range(0, 40, 8)])
    revision = align_and_revise(
        pair.fg, pair.bg, placed, "precise", True, SearchOptions(), TrackingParameters()
    ).revision
    engine = align_proxies(pair.fg, pair.bg, replace(placed, placement=revision.placement), "precise", SearchOptions())
    assert revision.track is None
    assert (revision.frame_map.bg == pair.map).all()
    assert revision.frame_map.score is not None
    assert engine.score is not None
    np.testing.assert_allclose(revision.frame_map.score, engine.score, rtol=0, atol=1e-3)  # other pairs, other mask


def after_following(
    pair: MovingPair, at: Placement, n_moved: int, gain: float, bg_of_followed: I64, monkeypatch: pytest.MonkeyPatch
) -> Revision:
    """What becomes of an answer on the right frames of which some of 24 fit 1.5 px beside, and that is followed so."""
    n = len(pair.map)
    frames = np.arange(0, n, n // 24)[:24]
    cost, shift = np.full(24, 0.002), np.zeros(24)
    shift[2 : 2 + 3 * n_moved : 3] = 1.5
    free, none = np.where(shift > 0, gain, 1) * cost, np.zeros(0)
    mirrored = np.full(24, np.inf)
    check = ResidualCheck(frames, shift, cost, free, 1 - cost, 1 - free, mirrored, none, none, False, np.zeros(24))
    zncc = 1 - np.full(n, 0.002 * gain, np.float32)
    followed = FollowedPlace(pair.poses, FrameMap(bg_of_followed), zncc)
    monkeypatch.setattr(revision_module, "follow_place", lambda *_: followed)
    answer = AnswerCheck(check, is_doubtful=True, may_hide_error=False, has_rivals=True)
    features = crop_features(pair.fg, pair.bg, at, BOX, 64)[1]
    placed, frame_map = PlacementResult(BOX, at, []), FrameMap(pair.map, confidence=np.ones(n, np.float32))
    return revise_answer(pair.fg, pair.bg, placed, frame_map, answer, features, True, SearchOptions())


def test_fg_is_not_followed_beyond_the_canvas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its banner would lie there, and all else would fit: 60 of 108 lines are below the canvas."""
    pair = moving_pair(weaving_by_a_px, luma("handheld", 60))
    at = middle(pair)
    assert after_following(pair, at, 3, 0.02, pair.map, monkeypatch).is_new_map
    beyond = replace(pair, poses=pair.poses + np.array([0, 0, 0, SIZE[1] - at.y - H + 60]))
    assert not after_following(beyond, at, 3, 0.02, pair.map, monkeypatch).is_new_map


@pytest.mark.parametrize(("gain", "is_followed"), [(0.64, False), (0.02, True)])
def test_fg_is_followed_by_a_px_only_where_that_gains_much(
    gain: float, is_followed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of 24 frames fit a px beside the answer: noise does that, with a small gain."""
    pair = moving_pair(weaving_by_a_px, luma("handheld", 60))
    at = middle(pair)
    revision = after_following(pair, at, 3, gain, pair.map, monkeypatch)
    assert (revision.track is not None) == is_followed
    assert (revision.placement == at) != is_followed


@pytest.mark.parametrize(("frames_off", "is_timed"), [(0, True), (1, True), (2, False)])
def test_frames_are_in_doubt_only_where_following_finds_others(
    frames_off: int, is_timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many frames fit a px beside the answer for its place to be sure."""
    pair = moving_pair(weaving_by_a_px, luma("handheld", 60))
    revision = after_following(pair, middle(pair), 5, 0.64, pair.map + frames_off, monkeypatch)
    most = TrackingParameters().check.contradicted
    assert (revision.track, revision.placement.confidence, revision.place_confidence) == (None, most, most)
    assert revision.frame_map.confidence is not None
    assert revision.frame_map.confidence.min() == pytest.approx(1 if is_timed else most)
    assert any("5 of 24 FG frames looked at fit better" in reason for reason in revision.reasons)
