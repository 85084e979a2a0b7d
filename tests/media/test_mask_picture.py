"""A picture of what is looked at becomes boxes of what is not: all of it, few of them, or a message."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cached_clips import clip_of

from vidkompy.errors import MediaError, UsageError
from vidkompy.limits import MAX_IGNORED_BOXES
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.mask_picture import boxes_of, ignored_boxes
from vidkompy.model import Clip, Mask, PixelBox

WIDTH, HEIGHT = 320, 180
FG = replace(clip_of("a"), width=WIDTH, height=HEIGHT, sar=Fraction(1))


def white_but(*black: PixelBox, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    picture = np.full((size[1], size[0]), 255, np.uint8)
    for x0, y0, x1, y1 in black:
        picture[y0:y1, x0:x1] = 0
    return picture


def write(folder: Path, picture: np.ndarray, name: str = "mask.png") -> Path:
    assert cv2.imwrite(str(folder / name), picture)
    return folder / name


def px(boxes: list[PixelBox], shape: tuple[int, int]) -> Mask:
    """Those that the boxes cover."""
    return ~compared_cells(boxes, (0, 0, shape[1], shape[0]), shape)


# ---- boxes of cells


@given(st.integers(0, 2**32), st.floats(0, 1), st.integers(1, 40), st.integers(1, 33), st.integers(1, 33))
def test_boxes_cover_all_cells_and_are_few(seed: int, share: float, most: int, rows: int, columns: int) -> None:
    cells = np.random.default_rng(seed).random((rows, columns)) < share
    boxes = boxes_of(cells, most)
    assert len(boxes) <= most
    assert px(boxes, cells.shape)[cells].all()
    if len(boxes_of(cells, 10_000)) <= most:
        np.testing.assert_array_equal(px(boxes, cells.shape), cells)


def test_a_round_hole_in_a_large_picture_takes_few_boxes_and_little_more_than_itself() -> None:
    ignored = np.zeros((1080, 1920), np.uint8)
    for x in range(150, 1900, 300):
        for y in range(150, 1000, 300):
            cv2.circle(ignored, (x, y), 120, 1, -1)
    boxes = boxes_of(ignored.astype(np.bool_), MAX_IGNORED_BOXES)
    assert len(boxes) <= MAX_IGNORED_BOXES
    assert px(boxes, ignored.shape).sum() < 1.1 * ignored.sum()


# ---- pictures


def test_black_is_ignored_and_white_and_transparent_are_not(tmp_path: Path) -> None:
    picture = cv2.cvtColor(white_but((10, 20, 110, 60), (200, 0, 320, 90)), cv2.COLOR_GRAY2BGRA)
    picture[:90, 200:, 3] = 0
    assert ignored_boxes((), write(tmp_path, picture), FG) == ((10, 20, 110, 60),)


def test_boxes_and_picture_add_up(tmp_path: Path) -> None:
    mask = write(tmp_path, white_but((10, 20, 110, 60)))
    given_boxes = ((0, 0, 5, 5), (10, 20, 110, 60))
    assert ignored_boxes(given_boxes, mask, FG) == given_boxes
    assert ignored_boxes(((0, 0, 5, 5),), mask, FG) == given_boxes
    assert ignored_boxes((), None, FG) == ()


def test_more_boxes_than_a_sidecar_holds_become_coarser_ones() -> None:
    given_boxes = tuple((x, y, x + 1, y + 1) for y in range(0, 90, 3) for x in range(0, 90, 3))
    found = ignored_boxes(given_boxes, None, FG)
    assert len(given_boxes) > MAX_IGNORED_BOXES >= len(found)
    assert px(list(found), (HEIGHT, WIDTH))[px(list(given_boxes), (HEIGHT, WIDTH))].all()


@pytest.mark.parametrize("factor", [2, 4])
def test_a_picture_of_another_size_is_scaled(tmp_path: Path, factor: int) -> None:
    size = WIDTH // factor, HEIGHT // factor
    mask = write(tmp_path, white_but((10, 20, 30, 40), size=size))
    assert ignored_boxes((), mask, FG) == ((10 * factor, 20 * factor, 30 * factor, 40 * factor),)


def test_a_picture_of_what_a_player_shows_fits_pixels_that_are_not_square(tmp_path: Path) -> None:
    """720x576 at 64:45 is shown as 1024x576; a screenshot has that size."""
    fg: Clip = replace(FG, width=720, height=576, sar=Fraction(64, 45))
    displayed = write(tmp_path, white_but((512, 0, 1024, 288), size=(1024, 576)), "shown.png")
    stored = write(tmp_path, white_but((360, 0, 720, 288), size=(720, 576)), "stored.png")
    assert ignored_boxes((), displayed, fg) == ignored_boxes((), stored, fg) == ((360, 0, 720, 288),)


# ---- messages


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (white_but(size=(300, 180)), r"is 300x180, which does not scale to FG's 320x180; wanted a picture of that"),
        (white_but((0, 0, 320, 180)), r"only 0\.0% of FG is left to look at; wanted at least 5%"),
        (white_but((0, 4, 320, 180)), r"only 2\.2% of FG is left"),
    ],
)
def test_a_picture_that_does_not_do_is_refused(tmp_path: Path, picture: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ignored_boxes((), write(tmp_path, picture), FG)


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    with pytest.raises(MediaError, match=r"mask\.png"):
        ignored_boxes((), tmp_path / "mask.png", FG)
    with pytest.raises(MediaError, match=r"none\.png"):
        ignored_boxes((), tmp_path / "none.png", FG)


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((300, 10, 330, 20), r"--ignore 300,10,30x10 reaches beyond FG, which is 320x180; wanted a box inside it"),
        ((10, 10, 10, 20), r"--ignore 10,10,0x10 is empty; wanted a width and height above 0"),
        ((0, 0, 320, 180), r"--ignore: only 0\.0% of FG is left to look at"),
    ],
)
def test_a_box_that_does_not_do_is_refused(box: PixelBox, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ignored_boxes((box,), None, FG)
