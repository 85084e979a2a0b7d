"""Times of what PyAV reads, of which the types allow that a file states none."""

from fractions import Fraction


def presentation_time(pts: int | None, time_base: Fraction | None) -> Fraction:
    """The time of a frame or packet that has to have one, s."""
    assert pts is not None
    assert time_base is not None
    return pts * time_base
