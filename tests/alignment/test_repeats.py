"""Loops and recaps of BG are counted; hardly moving footage repeats nothing."""

from dataclasses import replace

import numpy as np
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.crops import Features
from vidkompy.alignment.relation_parameters import RepeatParameters
from vidkompy.alignment.repeats import find_repeats, repeat_reasons
from vidkompy.model import I64, FrameMap

PARAMETERS = RepeatParameters()
PATTERNS = drifting_patterns(60)


def noisy(luma: np.ndarray, seed: int) -> Features:
    noise = np.random.default_rng(seed).normal(0, 1.5, luma.shape)
    return replace(PATTERNS, luma=(luma + noise).clip(0, 255).round().astype(np.uint8))


def repeats_of(order: I64, frames: I64) -> tuple[list[int], list[str]]:
    """Of a BG that shows the patterns in this order, and an FG that shows these of BG's frames."""
    luma = PATTERNS.luma[order]
    frame_map = FrameMap(frames, low=frames, high=frames + 1)
    found = find_repeats(frame_map, noisy(luma[frames], 1), noisy(luma, 2), PARAMETERS)
    return [repeat.offset for repeat in found], repeat_reasons(found, frame_map, PARAMETERS)


def test_a_loop_is_counted_with_all_its_rounds() -> None:
    offsets, reasons = repeats_of(np.tile(np.arange(60), 3), np.arange(65, 110))
    assert sorted(offsets) == [-60, 60]
    assert reasons == [
        "BG shows what FG shows 3 times: FG is laid on the one that begins at frame 65, and fits as well from frame 5 "
        "and 125; choose with --pin or --search"
    ]


def test_a_recap_of_a_part_is_said_with_its_share() -> None:
    offsets, reasons = repeats_of(np.r_[np.arange(60), np.arange(10, 30)], np.arange(5, 55))
    assert offsets == [50]
    assert len(reasons) == 1
    assert reasons[0].startswith("BG shows 4")
    assert reasons[0].endswith("% of FG again, 50 frames later")


def test_footage_that_never_repeats_says_nothing() -> None:
    assert repeats_of(np.arange(60), np.arange(5, 55)) == ([], [])


def test_stills_and_short_clips_say_nothing() -> None:
    assert repeats_of(np.zeros(60, np.int64), np.arange(5, 55)) == ([], [])
    assert repeats_of(np.tile(np.arange(30), 2), np.arange(4, 12)) == ([], [])
