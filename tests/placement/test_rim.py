"""A rim is found to the line where FG is darker or more blurred than BG, and nothing is found where it is not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vidkompy.model import U8, Placement
from vidkompy.placement.rim import Copy, RimPair, rim_depths

SIZE, CANVAS = (256, 160), (400, 260)  # px
PLACE = Placement(60, 40, *SIZE)
WHOLE = (0.0, 0.0, 256.0, 160.0)
PAIRS = 8
BLACK = 16.0
NONE = (0, 0, 0, 0)

Edit = Callable[[U8], U8]


def scene(k: int) -> U8:
    """Blobs of many sizes that drift: light and detail everywhere."""
    rng = np.random.default_rng(3)
    noise = np.full((CANVAS[1] * 2, CANVAS[0] * 2), 120.0)
    for size, weight in ((2, 14), (6, 16), (24, 22)):
        blobs = rng.normal(0, weight, (CANVAS[1] * 2 // size, CANVAS[0] * 2 // size))
        noise += cv2.resize(blobs, (CANVAS[0] * 2, CANVAS[1] * 2))
    drifted: U8 = np.clip(noise[7 * k : 7 * k + CANVAS[1], 11 * k : 11 * k + CANVAS[0]], 20, 235).astype(np.uint8)
    return drifted


def pairs(edit: Edit, place: Placement = PLACE, bg_edit: Edit = np.copy) -> list[RimPair]:
    """FG is cut from BG at a place in whole px, or bilinearly between, with noise of a codec, and is edited then."""
    made = []
    for k in range(PAIRS):
        below = scene(k)
        x, y = np.meshgrid(
            place.x + (np.arange(SIZE[0]) + 0.5) * place.width / SIZE[0] - 0.5,
            place.y + (np.arange(SIZE[1]) + 0.5) * place.height / SIZE[1] - 0.5,
        )
        cut = cv2.remap(
            below, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        noisy = np.clip(cut + np.random.default_rng(k).normal(0, 2, cut.shape), 0, 255).astype(np.uint8)
        made.append(RimPair(edit(noisy), bg_edit(below), place))
    return made


def found(edit: Edit, place: Placement = PLACE, bg_edit: Edit = np.copy) -> tuple[int, int, int, int]:
    return rim_depths(pairs(edit, place, bg_edit), Copy(SIZE, 1), Copy(CANVAS, 1), WHOLE, BLACK)


def darkened(depths: tuple[int, int, int, int], share: float = 0.0) -> Edit:
    """Mixed with black at left, top, right, bottom. share: of light that is left."""

    def edit(picture: U8) -> U8:
        left, top, right, bottom = depths
        inside = np.zeros(picture.shape, np.bool_)
        inside[top : picture.shape[0] - bottom, left : picture.shape[1] - right] = True
        dark = BLACK + (picture - BLACK) * share
        return np.where(inside, picture, dark).astype(np.uint8)

    return edit


def blurred(depth: int, sigma: float = 3) -> Edit:
    def edit(picture: U8) -> U8:
        soft = cv2.GaussianBlur(picture, (0, 0), sigma)
        soft[depth:-depth, depth:-depth] = picture[depth:-depth, depth:-depth]
        return np.asarray(soft)

    return edit


def drawn(rows: slice, columns: slice, level: int) -> Edit:
    def edit(picture: U8) -> U8:
        altered = picture.copy()
        altered[rows, columns] = level
        return altered

    return edit


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.8])
def test_a_dark_rim_is_found_to_the_line(depth: int, share: float) -> None:
    assert found(darkened((depth, 0, depth, 0), share)) == (depth, 0, depth, 0)
    assert found(darkened((0, depth, 0, 1), share)) == (0, depth, 0, 1)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_blurred_rim_is_found(depth: int) -> None:
    assert np.abs(np.subtract(found(blurred(depth)), depth)).max() <= 1  # its detail comes back line by line


@pytest.mark.parametrize(
    "place", [PLACE, Placement(60.4, 40.3, 256 * 0.7, 160 * 0.7), Placement(10.2, 12.7, 256 * 1.4, 160 * 1.4)]
)
def test_nothing_is_found_where_nothing_is_wrong(place: Placement) -> None:
    assert found(np.copy, place) == NONE
    graded = lambda picture: np.clip(255 * (picture / 255.0) ** 1.4 - 8, 0, 255).astype(np.uint8)  # noqa: E731
    assert found(graded, place) == NONE
    assert found(lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5)), place) == NONE
    assert found(darkened((2, 0, 0, 3)), place) == (2, 0, 0, 3)


def test_lines_that_a_codec_blurred_are_no_rim() -> None:
    """Where it blurs the outermost lines it blurs others, too; at the left nothing is blurred but a rim."""

    def coded(picture: U8) -> U8:
        soft = cv2.GaussianBlur(picture, (0, 0), 3)
        soft[4:10], soft[14:-3] = picture[4:10], picture[14:-3]
        return blurred_left(np.asarray(soft))

    def blurred_left(picture: U8) -> U8:
        picture[20:-20, :3] = cv2.GaussianBlur(picture, (0, 0), 3)[20:-20, :3]
        return picture

    left, top, _, bottom = found(coded)
    assert (top, bottom) == (0, 3)
    assert left in (2, 3, 4)


def captioned(picture: U8) -> U8:
    letters = np.where(np.indices(picture.shape).sum(axis=0) // 5 % 2, 200, 60)
    altered = picture.copy()
    altered[-36:] = letters[-36:]
    altered[-1:] = cv2.blur(altered[-1:], (15, 1))
    return altered


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (drawn(slice(-30, None), slice(None), 30), "a banner along the lower edge"),
        (drawn(slice(-12, None), slice(None), 16), "bars wider than a rim"),
        (drawn(slice(-3, None), slice(0, 120), 30), "a progress bar, half way"),
        (drawn(slice(0, 40), slice(0, 60), 16), "a logo in a corner"),
        (drawn(slice(-4, None), slice(None), 235), "a bright line, which is drawn"),
        (drawn(slice(40, 120), slice(60, 200), 16), "an inset"),
        (captioned, "a banner of letters, whose last line is soft"),
    ],
)
def test_what_is_drawn_into_fg_is_no_rim(edit: Edit, what: str) -> None:
    assert found(edit) == NONE, what


def test_what_is_odd_in_bg_is_no_rim_of_fg() -> None:
    """FG covers BG; BG has a dark, a noisy line."""
    place = Placement(0, 0, *CANVAS)
    noise = np.random.default_rng(1).integers(16, 235, (3, CANVAS[0]), np.uint8)

    def noisy(picture: U8) -> U8:
        return np.concatenate([noise, picture[3:]])

    assert found(np.copy, place, darkened((3, 3, 3, 3))) == NONE
    assert found(np.copy, place, noisy) == NONE
    assert found(darkened((0, 2, 0, 0)), place) == (0, 2, 0, 0)


def test_edges_with_bars_and_beyond_the_canvas_have_no_rim() -> None:
    dark = pairs(darkened((3, 3, 3, 3)))
    inside = (20.0, 0.0, 256.0, 160.0)
    assert rim_depths(dark, Copy(SIZE, 1), Copy(CANVAS, 1), inside, BLACK) == (0, 3, 3, 3)
    assert found(darkened((3, 0, 3, 0)), Placement(-40, 40, *SIZE)) == (0, 0, 3, 0)


def test_ignored_parts_do_not_count() -> None:
    compared = np.ones((160, 256), np.bool_)
    compared[:, :8] = False
    dark = pairs(darkened((3, 0, 3, 0)))
    assert rim_depths(dark, Copy(SIZE, 1), Copy(CANVAS, 1), WHOLE, BLACK, compared) == (0, 0, 3, 0)


def test_a_few_pairs_tell_nothing() -> None:
    assert rim_depths(pairs(darkened((3, 3, 3, 3)))[:2], Copy(SIZE, 1), Copy(CANVAS, 1), WHOLE, BLACK) == NONE


def test_smaller_copies_tell_whole_px_of_theirs() -> None:
    def halved(picture: U8) -> U8:
        return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))

    small = [RimPair(halved(p.fg), halved(p.bg), p.place) for p in pairs(darkened((1, 3, 2, 4)))]
    assert rim_depths(small, Copy(SIZE, 2), Copy(CANVAS, 2), WHOLE, BLACK) == (2, 4, 2, 4)
