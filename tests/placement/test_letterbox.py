"""Which lines of a frame count as letterbox bars."""

import numpy as np
from support.placed_proxies import SIZE, H, W, clip, cut, luma, noisy

from vidkompy.placement.letterbox import LetterboxParameters, content_box


def test_flat_edges_of_a_picture_are_bars_and_textured_ones_are_not() -> None:
    picture = cut(luma("tripod"))[:1]
    assert content_box(clip(picture)) == (0, 0, W, H)
    framed = np.pad(picture, ((0, 0), (20, 20), (0, 0)), constant_values=90)
    left, top, right, bottom = content_box(clip(framed))
    assert (left, right) == (0, W)
    assert 20 <= top <= 26
    assert H + 14 <= bottom <= H + 20


def test_bars_are_found_under_noise() -> None:
    """Noise over everything, as a grainy transfer has it: no pixel of a bar stands still."""
    handheld, inset = luma("handheld"), LetterboxParameters.inset_px
    barred = np.full((len(handheld), SIZE[1] + 60, SIZE[0]), 90, np.uint8)
    barred[:, 24 : 24 + SIZE[1]] = handheld
    left, top, right, bottom = content_box(clip(noisy(barred, 3.0)))
    assert (left, right) == (0, SIZE[0])
    assert 24 <= top <= 24 + inset + 1
    assert 24 + SIZE[1] - inset - 1 <= bottom <= 24 + SIZE[1]


def test_a_bar_wider_than_believed_is_picture() -> None:
    """60 of 168 lines are 0.36 of them."""
    framed = clip(np.pad(cut(luma("tripod")), ((0, 0), (60, 0), (0, 0)), constant_values=90))
    assert content_box(framed)[1] == 60 + 1 + LetterboxParameters.inset_px
    assert content_box(framed, LetterboxParameters(widest=0.3)) == (0, 0, W, H + 60)


def test_the_ground_around_lines_of_text_is_no_bar_but_a_frame_around_a_picture_is_one() -> None:
    ground = np.full((24, 124, 200), 32, np.uint8)
    text = np.random.default_rng(3).random((24, 34, 80)) < 0.3
    ground[:, 45:79, 40:120][text] = 220
    assert content_box(clip(ground)) == (0, 0, 200, 124)
    framed = np.pad(cut(luma("tripod")), ((0, 0), (20, 20), (30, 30)), constant_values=20)
    left, top, right, bottom = content_box(clip(framed))
    assert 30 <= left <= 36
    assert 20 <= top <= 26
    assert W + 24 <= right <= W + 30
    assert H + 14 <= bottom <= H + 20


def test_black_bars_around_a_page_are_bars_and_its_own_margins_are_none() -> None:
    page = np.full((24, 80, 200), 246, np.uint8)
    text = np.random.default_rng(3).random((24, 60, 110)) < 0.3
    page[:, 10:70, 20:130][text] = 40
    left, top, right, bottom = content_box(clip(np.pad(page, ((0, 0), (22, 22), (0, 0)), constant_values=16)))
    assert (left, right) == (0, 200)
    assert 22 <= top <= 28
    assert 96 <= bottom <= 102
