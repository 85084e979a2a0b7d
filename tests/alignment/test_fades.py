"""Frames of fades are told by their brightness, though what an encoder left standing looks like an earlier frame."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.fades import time_fades
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.model import F64, FrameMap

COUNT = 80
LIGHT = np.interp(np.arange(COUNT), (0, 20, 34, 46, 60, COUNT - 1), (1, 1, 0, 0, 1, 1))
FALLING, RISING = slice(22, 33), slice(48, 59)  # on the slopes, their ends left out


def lit(light: F64, pictures: Features) -> Features:
    faded = 16 + light[:, None, None] * (pictures.luma.astype(np.float32) - 16)
    return replace(pictures, luma=faded.round().astype(np.uint8))


def graded(clip: Features, gain: float, offset: float, gamma: float = 1.0) -> Features:
    levels = 255 * (clip.luma / 255.0) ** gamma * gain + offset
    return replace(clip, luma=levels.clip(0, 255).round().astype(np.uint8))


PICTURES = drifting_patterns(COUNT)
BG = lit(LIGHT, PICTURES)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.8, 12.0)])
def test_a_map_that_is_some_frames_off_is_corrected_by_brightness(gain: float, offset: float) -> None:
    wrong = np.arange(COUNT)
    wrong[FALLING] -= 3
    wrong[RISING] += 2
    timed = dict(time_fades(FrameMap(wrong), graded(BG, gain, offset), BG, SearchOptions()))
    for slope in (FALLING, RISING):
        frames = range(slope.start, slope.stop)
        assert sum(i in timed for i in frames) >= 9
    assert all(j == i for i, j in timed.items())


def test_frames_between_those_of_bg_tell_no_time() -> None:
    between = lit(np.interp(np.arange(COUNT) + 0.5, np.arange(COUNT), LIGHT), PICTURES)
    assert time_fades(FrameMap(np.arange(COUNT)), between, BG, SearchOptions()) == []


def test_a_clip_without_fades_tells_no_time() -> None:
    frames = np.arange(COUNT)
    assert time_fades(FrameMap(frames), PICTURES, PICTURES, SearchOptions()) == []


def test_the_map_passes_through_frames_that_their_brightness_told() -> None:
    """BG stands still: correlation sees one picture all the time, and an earlier, brighter one is left in FG's."""
    still = lit(LIGHT, replace(PICTURES, luma=np.repeat(PICTURES.luma[:1], COUNT, axis=0)))
    noise = np.random.default_rng(2).normal(0, 1.0, still.luma.shape)
    fg = replace(still, luma=(still.luma + noise).clip(0, 255).round().astype(np.uint8)[5:])
    found = match_frames(fg, still, "precise", SearchOptions()).frame_map
    assert found.confidence is not None
    fading = [i for slope in (FALLING, RISING) for i in range(slope.start - 5, slope.stop - 5)]
    assert (found.bg[fading] == np.array(fading) + 5).mean() >= 0.9
    assert (found.confidence[fading] >= 0.9).mean() >= 0.9


def test_pins_go_before_brightness() -> None:
    still = lit(LIGHT, replace(PICTURES, luma=np.repeat(PICTURES.luma[:1], COUNT, axis=0)))
    found = match_frames(still, still, "precise", SearchOptions(pins=((28, 30),))).frame_map
    assert found.bg[28] == 30
