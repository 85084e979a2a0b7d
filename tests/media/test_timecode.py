"""Timecode against OpenTimelineIO's, and both ways."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.media.timecode import SECONDS_A_DAY, format_timecode, is_drop_frame, parse_timecode, supports_drop_frame

NTSC = Fraction(30000, 1001)
RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(50), Fraction(60000, 1001))
FRAMES = st.integers(0, 24 * 60 * 60 * 24 - 1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("is_drop", [False, True])
@given(frame=FRAMES)
def test_labels_are_those_of_opentimelineio(rate: Fraction, is_drop: bool, frame: int) -> None:
    if is_drop and not supports_drop_frame(rate):
        return
    time = otio.opentime.RationalTime(frame, float(rate))
    label = format_timecode(frame, rate, is_drop)
    assert label == otio.opentime.to_timecode(time, float(rate), is_drop)
    assert (parse_timecode(label, rate), is_drop_frame(label)) == (frame, is_drop)


def test_ten_minutes_of_drop_frame_are_ten_minutes_of_the_clock() -> None:
    assert format_timecode(17982, NTSC, True) == "00:10:00;00"
    assert format_timecode(1800, NTSC, True) == "00:01:00;02"
    assert format_timecode(17981, NTSC, True) == "00:09:59;29"


def test_labels_start_anew_after_a_day() -> None:
    assert format_timecode(SECONDS_A_DAY * 25, Fraction(25)) == "00:00:00:00"


@pytest.mark.parametrize("label", ["", "1:2", "00:61:00:00", "00:00:00:30", "00:01:00;00", "00:00:00:0", "x0:00:00:00"])
def test_what_is_no_label_is_none(label: str) -> None:
    assert parse_timecode(label, NTSC) is None


def test_drop_frame_is_no_label_of_25() -> None:
    assert parse_timecode("00:00:00;10", Fraction(25)) is None
