"""Copies of chroma: means of what a frame stores, whatever its format, upright."""

import av
import numpy as np
import pytest

from vidkompy.media.chroma_copies import NEUTRAL, chroma_of

ROWS, COLUMNS, FACTOR = 3, 5, 8
CB = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) * 6 + 80
CR = 200 - CB


def frame_of(pix_fmt: str, *, has_rest: bool = True) -> av.VideoFrame:
    """Flat cells of FACTOR px, with some px more at the right and bottom edges, from a picture in 4:4:4."""
    planes = [np.full((ROWS, COLUMNS), 100), CB, CR]
    whole = np.stack(
        [np.pad(p.repeat(FACTOR, 0).repeat(FACTOR, 1), ((0, 4 * has_rest), (0, 2 * has_rest)), "edge") for p in planes]
    )
    frame = av.VideoFrame.from_ndarray(whole.astype(np.uint8), format="yuv444p")
    return frame.reformat(format=pix_fmt, interpolation="AREA")


@pytest.mark.parametrize(
    "pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p12le", "nv12", "p010le", "yuva420p", "yuyv422"]
)
def test_cells_have_the_chroma_that_is_stored(pix_fmt: str) -> None:
    cells = chroma_of(frame_of(pix_fmt), 0, FACTOR)
    assert cells.dtype == np.uint8
    np.testing.assert_allclose(cells.astype(int), np.stack([CB, CR]), atol=1)


def test_a_turned_frame_is_upright() -> None:
    cells = chroma_of(frame_of("yuv420p", has_rest=False), 90, FACTOR)
    np.testing.assert_allclose(cells[0].astype(int), np.rot90(CB), atol=1)


@pytest.mark.parametrize("pix_fmt", ["gray", "gray10le"])
def test_grey_has_no_colour(pix_fmt: str) -> None:
    cells = chroma_of(frame_of(pix_fmt), 0, FACTOR)
    assert cells.shape == (2, ROWS, COLUMNS)
    assert (cells == NEUTRAL).all()


def test_rgb_has_the_chroma_of_bt_601_in_full_range() -> None:
    red = np.zeros((ROWS * FACTOR, COLUMNS * FACTOR, 3), np.uint8)
    red[..., 0] = 200
    cells = chroma_of(av.VideoFrame.from_ndarray(red, format="rgb24"), 0, FACTOR)
    np.testing.assert_allclose(cells[0].astype(int), 128 - 0.168736 * 200, atol=1)
    np.testing.assert_allclose(cells[1].astype(int), 128 + 0.5 * 200, atol=1)
