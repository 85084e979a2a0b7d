"""Where FG lies, on clips in memory whose place on the canvas is known by construction, and how sure that is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies, ProxyParameters
from vidkompy.model import Placement
from vidkompy.parameters import numbers_of, with_number
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.search import find_placement
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange, SearchParameters

ANY = ScaleRange()


def where(fg: Proxies, bg: Proxies, bounds: ScaleRange = ANY, min_confidence: float = 0.5) -> Placement:
    return find_placement(fg, bg, content_box(fg), bounds, min_confidence)[0]


def corner_error(found: Placement) -> float:
    """Canvas px from the place that `cut` takes FG from."""
    ends = (found.x - X, found.y - Y, found.x + found.width - X - W, found.y + found.height - Y - H)
    return max(abs(e) for e in ends)


@pytest.fixture(scope="module")
def tripod() -> U8:
    return luma("tripod")


@pytest.fixture(scope="module")
def frames_of_no_keypoints() -> U8:
    return np.stack([cv2.GaussianBlur(f, (0, 0), 3) for f in luma("handheld")])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tripod", "handheld", "pan"])
def test_an_unscaled_fg_is_found_exactly_and_surely(kind: str) -> None:
    frames = luma(kind)
    found = where(clip(noisy(cut(frames))), clip(frames))
    assert (found.x, found.y, found.width, found.height) == (X, Y, W, H)
    assert found.confidence is not None
    assert found.confidence > 0.9


@pytest.mark.slow
def test_of_clips_partly_in_memory_only_that_part_is_looked_at() -> None:
    """There is no file in which to seek the rest."""
    frames = luma("handheld", 480)
    fg, bg = clip(noisy(frames[30:460, Y : Y + H, X : X + W])), clip(frames)
    fg = replace(fg, large_frames={i: f for i, f in fg.large_frames.items() if i % 3 == 0})
    row = ProxyParameters().consecutive_frames
    bg = replace(bg, large_frames={j: f for j, f in bg.large_frames.items() if j // row % 2 == 0})
    found, pairs = find_placement(fg, bg, content_box(fg))
    assert (found.x, found.y, found.width, found.height) == (X, Y, W, H)
    assert all(abs(j - i - 30) <= 2 for i, j in pairs)
    assert found.confidence is not None
    assert found.confidence > 0.99


@pytest.mark.slow
def test_noise_is_little_doubt_about_the_place(handheld: U8) -> None:
    """Of 28 grey levels: places a little off then fit nearly as well."""
    found = where(clip(noisy(cut(handheld), 28)), clip(handheld))
    assert corner_error(found) == 0
    assert found.confidence is not None
    assert found.confidence > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_scaled_fg_is_found_surely(scale: float, handheld: U8) -> None:
    found = where(clip(noisy(cut(handheld, scale))), clip(handheld))
    assert corner_error(found) < 0.3  # canvas px; noise of 2 grey levels at half the resolution
    assert found.confidence is not None
    assert found.confidence > 0.9


def test_without_scaling_the_answer_is_whole_pixels(handheld: U8) -> None:
    found = where(clip(noisy(cut(handheld), 12)), clip(handheld), ScaleRange(1, 1))
    assert (found.x, found.y, found.width, found.height) == (X, Y, W, H)


def test_a_known_scale_other_than_1_is_kept(handheld: U8) -> None:
    found = where(clip(noisy(cut(handheld, 0.5))), clip(handheld), ScaleRange(2, 2))
    assert (found.width, found.height) == (W, H)
    assert corner_error(found) < 0.3


@pytest.mark.slow
def test_a_scale_out_of_bounds_is_not_found(tripod: U8) -> None:
    fg, bg = clip(cut(tripod, 0.5)), clip(tripod)
    assert corner_error(where(fg, bg, ScaleRange(1.5, 3))) < 0.3
    for bounds in (ScaleRange(1, 1), ScaleRange(0.5, 1.6)):
        with pytest.raises(NoMatch, match="was not found in"):
            where(fg, bg, bounds)


@pytest.mark.slow
def test_unrelated_clips_are_refused_with_the_best_place(tripod: U8, handheld: U8) -> None:
    place = r"the best place is -?\d+,-?\d+( at \d+% of its size)?, score -?\d\.\d\d, "
    confidence = r"right with probability 0\.0\d, wanted at least 0\.5 \(28 against 40 frames looked at\); "
    advice = "check that both show the same content, or take it with --force$"
    with pytest.raises(NoMatch, match=place + confidence + advice):
        where(clip(cut(tripod)), clip(handheld))


@pytest.mark.parametrize("frames", [1, 20])
@pytest.mark.parametrize("size", [20, 120])
def test_a_black_picture_is_refused_as_such(frames: int, size: int, tripod: U8) -> None:
    black = clip(np.full((frames, size, size), 16, np.uint8))
    refusal = r"'x\.mp4' shows nothing but one colour .*; check that both show the same content$"
    with pytest.raises(NoMatch, match=refusal):
        where(black, clip(tripod), min_confidence=0)


def test_a_picture_too_small_to_measure_is_found_nowhere(tripod: U8) -> None:
    noise = np.random.default_rng(0).integers(100, 140, (1, 20, 20)).astype(np.uint8)
    with pytest.raises(NoMatch, match=r"no place was found where their frames agree .*; check that both"):
        where(clip(noise), clip(tripod), min_confidence=0)


@pytest.mark.slow
def test_without_a_least_confidence_the_best_place_is_the_answer(tripod: U8, handheld: U8) -> None:
    forced = where(clip(cut(tripod)), clip(handheld), ANY, min_confidence=0)
    assert forced.confidence is not None
    assert forced.confidence < 0.1


@pytest.mark.slow
def test_a_tiny_blurred_view_of_something_else_is_no_match(tripod: U8) -> None:
    """Such a picture fits somewhere at some size with a score above 0.9: likeness alone must not be believed."""
    soft = np.stack([cv2.GaussianBlur(f, (0, 0), 12) for f in luma("tripod", seed=5)])
    with pytest.raises(NoMatch):
        where(clip(cut(soft, 0.25)), clip(tripod))


@pytest.mark.slow
def test_two_places_that_fit_alike_are_doubted(tripod: U8) -> None:
    twice = np.concatenate([tripod[:, :, :160]] * 2, axis=2)
    fg = clip(noisy(twice[6:34, 30:140, 20:140]))
    found = where(fg, clip(twice), min_confidence=0)
    assert (found.x % 160, found.y) == (20, 30)
    assert found.confidence is not None
    assert found.confidence < 0.5
    once = twice.copy()
    once[:, :, 160:] = luma("tripod", seed=3)[:, :, :160]
    assert (where(fg, clip(once)).confidence or 0) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_pan_over_a_blank_wall_is_right_or_unsure(seed: int) -> None:
    frames = luma("blank_pan", seed=seed)
    found = where(clip(noisy(cut(frames), 1)), clip(frames), min_confidence=0)
    assert found.confidence is not None
    assert corner_error(found) == 0 or found.confidence < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_single_picture_is_found(scale: float, handheld: U8) -> None:
    found = where(clip(noisy(cut(handheld, scale))[20:21]), clip(handheld))
    assert corner_error(found) <= (0 if scale == 1 else 0.5)
    assert found.confidence is not None
    assert found.confidence > 0.5


def test_a_picture_of_one_short_scene_among_many_is_found() -> None:
    frames = np.concatenate([luma("tripod", 12, seed=s) for s in range(1, 9)])
    found = where(clip(noisy(frames[41:42, Y : Y + H, X : X + W])), clip(frames))
    assert corner_error(found) == 0


def test_a_picture_of_something_else_is_refused(tripod: U8, handheld: U8) -> None:
    with pytest.raises(NoMatch):
        where(clip(cut(tripod)[:1]), clip(handheld))


def stages_run(parameters: PlacementParameters, fg: Proxies, bg: Proxies) -> int:
    begun: list[int] = []
    find_placement(fg, bg, content_box(fg), report=lambda done, _: begun.append(done), parameters=parameters)
    return len(begun) - 1  # the last report says that all is done


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "stages"),
    [
        ({}, 3),  # sound does not apply; samples suffice
        ({"confidence": 2.0}, 5),  # agreement of the next stage that applies
        ({"plain_cost": 0.0}, 4),  # the rest fits: agreement of other frames of FG
        ({"plain_cost": 0.0, "unaltered_cost": 0.0}, 5),
        ({"confidence": 2.0, "agreement_px": 0.0}, 9),
        ({"confidence": 2.0, "agreed_confidence": 2.0}, 9),
    ],
)
def test_a_search_runs_stages_until_the_stop_rule_is_met(changed: dict[str, float], stages: int, tripod: U8) -> None:
    parameters = PlacementParameters()
    for name, value in changed.items():
        parameters = with_number(parameters, f"search.stop.{name}", value)
    assert stages_run(parameters, clip(noisy(cut(tripod))), clip(tripod)) == stages


def bannered() -> tuple[Proxies, Proxies]:
    """FG, of which a banner of black and white blocks that move covers a quarter, and BG."""
    frames = luma("drive", 80)
    fg = noisy(frames[6:74, Y : Y + H, X : X + W])
    blocks = 255 * np.random.default_rng(2).integers(0, 2, 6)
    banner = np.tile(np.repeat(blocks, 40)[:W], (H // 4, 1))
    fg[:, H - H // 4 :] = [np.roll(banner, 2 * i, axis=1) for i in range(len(fg))]
    return clip(fg), clip(frames)


@pytest.mark.slow
def test_an_fg_under_a_banner_is_found_before_the_dear_stages() -> None:
    fg, bg = bannered()
    assert corner_error(where(fg, bg, min_confidence=0.95)) == 0
    assert stages_run(PlacementParameters(), fg, bg) == 3
    never = with_number(PlacementParameters(), "unaltered_parts.most_cost", 0.0)
    assert stages_run(never, fg, bg) > 4


@pytest.mark.slow
def test_what_a_stage_puts_off_is_looked_at_in_the_end(frames_of_no_keypoints: U8) -> None:
    """Drawn out over all of the canvas, FG is its own full frame, which the keypoints of a blurred picture miss."""
    bg = frames_of_no_keypoints
    fg = clip(noisy(np.stack([cv2.resize(f, (240, 180), interpolation=cv2.INTER_AREA) for f in bg[6:34]])))
    stages = tuple(s._replace(most_cost=-1.0) if s.source == "full_frame" else s for s in SearchParameters().stages)
    parameters = PlacementParameters(search=SearchParameters(stages=stages))
    found, _ = find_placement(fg, clip(bg), content_box(fg), parameters=parameters)
    assert (round(found.width), round(found.height)) == (320, 180)
    assert stages_run(parameters, fg, clip(bg)) == stages_run(PlacementParameters(), fg, clip(bg)) + 1


def test_all_numbers_of_the_stages_have_unit_effect_and_source() -> None:
    numbers = list(numbers_of(PlacementParameters()))
    assert {"search.stop.confidence", "candidates.orb.ratio", "registration.evidence.weights"} <= {
        number.name for number in numbers
    }
    assert not [n.name for n in numbers if not (n.unit and n.raising and n.source)]


@pytest.mark.slow
def test_stages_take_the_numbers_they_are_given(tripod: U8) -> None:
    """Without a match that passes the ratio test, only template matching is left."""
    fg, bg = clip(noisy(cut(tripod))), clip(tripod)
    assert stages_run(with_number(PlacementParameters(), "candidates.orb.ratio", 0.0), fg, bg) == 6
