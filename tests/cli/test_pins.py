"""Pins as they are typed."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import pictureless_pairs

from vidkompy.cli.pins import parse_pins
from vidkompy.errors import UsageError
from vidkompy.model import UNMATCHED, Clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Clip]:
    """FG of 50 frames at 25 per second, BG of 3700 at 30000/1001, from timecode 01:00:00;00 on."""
    sidecar = pictureless_pairs.pair(tmp_path_factory.mktemp("clips"), np.arange(50))
    fg = replace(sidecar.fg, pts=np.arange(50), time_base=Fraction(1, 25), frame_rate=Fraction(25))
    rate = Fraction(30000, 1001)
    bg = replace(sidecar.bg, pts=np.arange(3700), time_base=1 / rate, frame_rate=rate, timecode="01:00:00;00")
    return fg, bg


@pytest.mark.parametrize(
    ("words", "pins"),
    [
        (["3=10"], {3: 10}),
        (["0.4s=1.0s"], {10: 29}),  # BG frame 29 is shown from 0.968 to 1.001 s
        (["0.4=1.01"], {10: 30}),
        (["0:01.2=1:00"], {30: 1798}),  # floor(60 * 30000 / 1001)
        (["0:00:01.2=0:01:00.5"], {30: 1813}),
        (["00:00:01:05=01:01:00;02"], {30: 1800}),  # drop-frame has no labels 01:01:00;00 and ;01
        (["00:00:01:05=01:00:02:00"], {30: 60}),  # BG counts in drop-frame, however it is typed
        (["7=none"], {7: UNMATCHED}),
        (["7-9=none", "12=40"], {7: UNMATCHED, 8: UNMATCHED, 9: UNMATCHED, 12: 40}),
        (["3=10", "3=10"], {3: 10}),
    ],
)
def test_pins_name_frames_by_number_time_or_label(
    clips: tuple[Clip, Clip], words: list[str], pins: dict[int, int]
) -> None:
    assert parse_pins(words, lambda: clips) == tuple(sorted(pins.items()))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["3=10", "3=11"], "--pin names FG frame 3 twice: 10 and 11; wanted one of them"),
        (["3=10", "3=none"], "--pin names FG frame 3 twice: 10 and none"),
        (["2.1s=4"], r"--pin 2.1s=4: FG ends after 2\.00 s"),
        (["3=00:59:00:02"], "--pin 3=00:59:00:02: BG runs from 01:00:00;00 to 01:02:03;"),
        (["3=01:01:00;00"], "01:01:00;00 is no timecode of BG at 29.97 frames per second"),
        (["45-50=none"], "--pin 45-50=none: FG has frames 0..49"),
        (["9-7=none"], "--pin is '9-7=none'; wanted FG=BG"),
        (["none=3"], "--pin is 'none=3'; wanted FG=BG"),
    ],
)
def test_pins_that_name_no_frame_are_refused(clips: tuple[Clip, Clip], words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_pins(words, lambda: clips)


def test_clips_are_not_read_for_plain_frames() -> None:
    def unread() -> tuple[Clip, Clip]:
        raise FileNotFoundError(Path("fg.mp4"))

    assert parse_pins(["3=10", "4=none"], unread) == ((3, 10), (4, UNMATCHED))
