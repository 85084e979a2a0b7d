"""FG's edges fall on whole pixels of the scaled part, as nearly as the parts that are tried allow."""

from hypothesis import given
from hypothesis import strategies as st

from vidkompy.exchange.integer_crop import CUT_STEP, AxisCrop, IntegerCropParameters, nearest_crop


def edges_of(crop: AxisCrop, start: float, length: float) -> tuple[float, float]:
    """Where FG's edges fall among the scaled pixels."""
    scale = crop.scaled_length / (crop.stop - crop.start)
    return (start - crop.start) * scale, (start + length - crop.start) * scale


@given(
    start=st.floats(-20, 300),
    length=st.floats(60, 300),
    fg_length=st.integers(48, 400),
    chroma_step=st.sampled_from([1, 2, 4]),
)
def test_the_error_is_that_of_the_worse_edge(start: float, length: float, fg_length: int, chroma_step: int) -> None:
    crop = nearest_crop(start, length, fg_length, 640, chroma_step)
    first, last = edges_of(crop, start, length)
    error = max(abs(first - crop.fg_start), abs(last - crop.fg_start - fg_length))
    assert abs(error - crop.error) < 1e-5  # it is rounded to 1e-6
    assert crop.scaled_length % chroma_step == 0
    assert crop.start % CUT_STEP == 0
    assert 0 <= crop.start < crop.stop <= 640


def test_more_places_come_nearer() -> None:
    few = nearest_crop(40.37, 70.3, 96, 160, 2, IntegerCropParameters(most_cuts=1))
    assert (few.start, few.stop) == (0, 160)
    assert nearest_crop(40.37, 70.3, 96, 160, 2).error < few.error / 2


def test_the_margin_stays_around_fg() -> None:
    for margin in (0, 8, 24):
        crop = nearest_crop(40.37, 70.3, 96, 160, 2, IntegerCropParameters(margin=margin))
        assert crop.start <= 40.37 - margin
        assert crop.stop >= 40.37 + 70.3 + margin
