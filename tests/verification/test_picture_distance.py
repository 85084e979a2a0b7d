"""Distances on cell means that are given: what counts as visible, as nearer and as off follows from the parameters."""

import numpy as np
import pytest
from av.video.frame import VideoFrame
from support.flat_cells import FLAT, with_cells

from filtergraphs.geometry import Rect
from vidkompy.verification.parameters import VerificationParameters
from vidkompy.verification.picture_distance import (
    Picture,
    are_levels_off,
    cell_means,
    cells_inside,
    have_equal_samples,
    mean_squared_error,
)

PARAMETERS = VerificationParameters()


def test_cells_leave_out_what_is_left_at_the_edges() -> None:
    plane = np.arange(35, dtype=np.uint8).reshape(5, 7)
    assert cell_means(plane, 2).tolist() == [[4, 6, 8], [18, 20, 22]]
    mask = np.ones((4, 4), np.bool_)
    mask[3, 3] = False
    assert cells_inside(mask, 2).tolist() == [[True, True], [True, False]]


@pytest.mark.parametrize(
    ("cells", "level", "is_off"), [(51, 104.1, True), (49, 104.1, False), (21, 124.1, True), (20, 124.1, False)]
)
def test_levels_are_off_by_their_median_or_by_a_share_of_gross_cells(cells: int, level: float, is_off: bool) -> None:
    assert are_levels_off(with_cells(cells, level), FLAT, PARAMETERS, None) is is_off


@pytest.mark.parametrize("height", [20, 700])
def test_the_error_is_least_where_the_source_was_moved_to(height: int) -> None:
    source = np.random.default_rng(1).integers(0, 256, (height, 30), np.uint8)
    output = np.roll(source, -1, axis=1)  # shows at x what the source has at x + 1
    assert mean_squared_error(output, source, (0, 1)) == 0
    assert min(mean_squared_error(output, source, shift) for shift in ((0, 0), (0, -1), (1, 0), (-1, 0))) > 1000


def random_frame(pix_fmt: str, width: int, height: int) -> VideoFrame:
    """Noise, by way of RGB: no two planes are alike."""
    noise = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    return VideoFrame.from_ndarray(noise, "rgb24").reformat(format=pix_fmt)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv440p", "yuv444p", "yuv420p10le", "gbrp", "nv12", "gray"])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (6, 4), (5, 4), (4, 3)])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (67, 45)])
@pytest.mark.parametrize("rotation", [0, 90])
def test_cells_of_chroma_are_those_of_its_samples_repeated(
    pix_fmt: str, x: int, y: int, width: int, height: int, rotation: int
) -> None:
    size = (width, height) if not rotation else (height, width)
    frame = random_frame(pix_fmt, width, height)
    picture = Picture(frame, rotation, size, Rect(x, y, 33, 30), PARAMETERS)
    wanted = [cell_means(plane, PARAMETERS.cell_side) for plane in picture.levels]
    assert len(picture.level_cells) == len(wanted)
    for cells, repeated in zip(picture.level_cells, wanted, strict=True):
        np.testing.assert_array_equal(cells, repeated)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 0), (63, 47), (5, 17)])
@pytest.mark.parametrize("plane", [0, 1, 2])
def test_one_sample_makes_pictures_unequal_unless_it_is_masked(x: int, y: int, plane: int) -> None:
    frame, other = random_frame("yuv420p", 64, 48), random_frame("yuv420p", 64, 48)
    a, b = (Picture(one, 0, (64, 48), None, PARAMETERS) for one in (frame, other))
    masked = np.ones((48, 64), np.bool_)
    assert have_equal_samples(a, b)
    at = (y, x) if plane == 0 else (y // 2, x // 2)
    samples = np.frombuffer(memoryview(other.planes[plane]), np.uint8).reshape(-1, other.planes[plane].line_size).copy()
    samples[at] ^= 1
    other.planes[plane].update(samples.tobytes())
    b = Picture(other, 0, (64, 48), None, PARAMETERS)
    assert not have_equal_samples(a, b)
    assert not have_equal_samples(a, b, masked)
    masked[y // 2 * 2 : y // 2 * 2 + 2, x // 2 * 2 : x // 2 * 2 + 2] = False
    assert have_equal_samples(a, b, masked)


@pytest.mark.parametrize("cells", [1, 2, 3, 8, 9])
def test_the_median_is_that_of_all_cells_however_few(cells: int) -> None:
    rng = np.random.default_rng(cells)
    for _ in range(300):
        a, b = rng.normal(0, 6, (2, 1, cells)).astype(np.float32)
        difference = a - b
        is_off = abs(np.median(difference)) > PARAMETERS.most_median_shift
        is_off |= (np.abs(difference) > PARAMETERS.gross_difference).mean() > PARAMETERS.most_gross_cells
        assert are_levels_off(a, b, PARAMETERS, None) is bool(is_off)
    assert not are_levels_off(a[:0], b[:0], PARAMETERS, None)
