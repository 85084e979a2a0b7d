"""Where BG only scrolls, place and time cannot be told apart, and little is claimed; other motion is no scrolling."""

from dataclasses import replace

import numpy as np
import pytest
from support.placed_proxies import SIZE, H, W, clip, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.model import I64, U8, Placement
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.scrolling import Scroll, find_scroll

BOX = (0.0, 0.0, float(W), float(H))
LATE, COUNT = 5, 60
PLACE = Placement(60, 30, W, H)
FRAMES = np.arange(LATE, COUNT - LATE)


def rolling(speed: int, overlay: U8 | None = None) -> U8:
    """u8 [COUNT, h, w]: a tall still that moves up `speed` px a frame, below a standing overlay."""
    width, height = SIZE
    rng = np.random.default_rng(4)
    tall = np.kron(rng.integers(0, 2, (140, width // 4)), np.ones((4, 4))).astype(np.uint8) * 180 + 20
    frames = np.stack([tall[k * speed : k * speed + height, :width] for k in range(COUNT)])
    if overlay is not None:
        frames = frames.copy()
        frames[:, : overlay.shape[0], : overlay.shape[1]] = overlay
    return frames


def pair(frames: U8, place: Placement = PLACE) -> tuple[Proxies, Proxies]:
    x, y = round(place.x), round(place.y)
    return clip(noisy(frames[FRAMES][:, y : y + H, x : x + W])), clip(frames)


def found(frames: U8, bg_of_fg: I64 = FRAMES, place: Placement = PLACE) -> Scroll | None:
    return find_scroll(*pair(frames, place), BOX, place, bg_of_fg, TrackingParameters())


@pytest.mark.parametrize("speed", [1, 3])
def test_rolling_credits_are_found_wherever_the_answer_lies(speed: int) -> None:
    frames = rolling(speed)
    scroll = found(frames)
    assert scroll is not None
    assert scroll == pytest.approx((0, -speed), abs=0.1)
    assert f"{speed}.0 px a frame" in scroll.words
    fg, bg = pair(frames)
    off = replace(PLACE, y=PLACE.y - 2 * speed)
    assert find_scroll(fg, bg, BOX, off, FRAMES + 2, TrackingParameters()) is not None


def test_a_standing_overlay_tells_the_place() -> None:
    logo = np.random.default_rng(2).integers(0, 255, (90, 160)).astype(np.uint8)
    assert found(rolling(1, logo)) is None


def test_where_fg_has_no_room_to_lie_elsewhere_its_place_is_known() -> None:
    whole = Placement(0, 0, *SIZE)
    frames = rolling(1)
    fg, bg = clip(noisy(frames[FRAMES])), clip(frames)
    box = (0.0, 0.0, float(SIZE[0]), float(SIZE[1]))
    assert find_scroll(fg, bg, box, whole, FRAMES, TrackingParameters()) is None


@pytest.mark.parametrize("kind", ["handheld", "pan", "tripod", "cuts"])
def test_other_footage_does_not_scroll(kind: str) -> None:
    assert found(luma(kind, COUNT, size=SIZE)) is None


def test_few_frames_tell_nothing() -> None:
    assert found(rolling(1), np.where(np.arange(len(FRAMES)) < 7, FRAMES, -1)) is None


def test_an_fg_of_which_hardly_any_lies_on_the_canvas_tells_nothing() -> None:
    frames = rolling(1)
    for x in (SIZE[0] - 1.0, 5000.0):
        fg, bg = clip(noisy(frames[FRAMES][:, :H, :W])), clip(frames)
        assert find_scroll(fg, bg, BOX, Placement(x, 30, W, H), FRAMES, TrackingParameters()) is None
