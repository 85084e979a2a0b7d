"""Cells that BG does not explain count little: a replaced mouth does not draw the map to the time it was taken from."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.cell_weights import cell_weights
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag_parameters import CellWeightParameters
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engines import precise
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.model import UNMATCHED, FrameMap

COUNT, LATE, AWAY = 120, 7, 31
MOUTH = (slice(22, 34), slice(24, 44))
PARAMETERS = CellWeightParameters()


def head(liveliness: float) -> Features:
    """A picture that moves a little all over, and strongly in MOUTH."""
    patterns = drifting_patterns(COUNT)
    still = patterns.luma[:1].astype(np.float32)
    moved = still + liveliness * (patterns.luma - still)
    moved[:, *MOUTH] = patterns.luma[:, *MOUTH]
    return replace(patterns, luma=moved.round().astype(np.uint8))


def with_mouth_from_elsewhere(bg: Features) -> Features:
    luma = bg.luma[LATE:].copy()
    luma[:, *MOUTH] = np.roll(bg.luma, -AWAY, axis=0)[LATE:, *MOUTH]
    noise = np.random.default_rng(5).normal(0, 1.0, luma.shape)
    return replace(bg, luma=(luma + noise).clip(0, 255).round().astype(np.uint8))


def test_a_replaced_mouth_weighs_little() -> None:
    bg = head(0.4)
    fg = with_mouth_from_elsewhere(bg)
    weights = cell_weights(fg, bg, FrameMap(np.arange(LATE, COUNT)), PARAMETERS)
    assert weights is not None
    mouth = np.zeros(weights.shape, np.bool_)
    mouth[24:32, 26:42] = True
    face = np.ones(weights.shape, np.bool_)
    face[20:36, 22:46] = False
    assert np.median(weights[mouth]) < 0.4 * np.median(weights[face])
    assert weights[fg.mask].mean() == pytest.approx(1, abs=1e-5)


def test_the_map_is_that_of_the_face_and_not_of_the_mouth() -> None:
    bg = head(0.4)
    fg = with_mouth_from_elsewhere(bg)
    assert (precise.align(fg, bg, SearchOptions()).bg == np.arange(LATE, COUNT)).all()


def test_a_map_that_is_off_does_not_count_against_what_moves() -> None:
    patterns = drifting_patterns(COUNT)
    noise = np.random.default_rng(8).normal(0, 2, patterns.luma.shape)
    inner = replace(patterns, luma=(patterns.luma + noise).clip(0, 255).round().astype(np.uint8)[8:-8])
    exact, early = (
        cell_weights(inner, patterns, FrameMap(np.arange(8, COUNT - 8) - off), PARAMETERS) for off in (0, 6)
    )
    assert exact is not None
    assert early is not None
    assert np.abs(early - exact).max() < 0.5


def test_no_matched_frame_gives_no_weights() -> None:
    patterns = drifting_patterns(12)
    assert cell_weights(patterns, patterns, FrameMap(np.full(12, UNMATCHED)), PARAMETERS) is None


def test_ignored_cells_change_no_weight() -> None:
    bg = head(0.4)
    fg = with_mouth_from_elsewhere(bg)
    mask = bg.mask.copy()
    mask[:, :6] = False
    scribbled = fg.luma.copy()
    scribbled[:, :, :5] = np.random.default_rng(6).integers(0, 255, scribbled[:, :, :5].shape)
    frame_map = FrameMap(np.arange(LATE, COUNT))
    plain, scribble = (
        cell_weights(replace(fg, luma=luma, mask=mask), replace(bg, mask=mask), frame_map, PARAMETERS)
        for luma in (fg.luma, scribbled)
    )
    assert plain is not None
    assert scribble is not None
    assert np.abs(plain - scribble)[:, 8:].max() < 1e-4


def test_a_map_that_fits_as_well_some_frames_earlier_is_unsure() -> None:
    """FG's residue stands, and outweighs the little that moves."""
    bg = head(0.0)
    drift = np.linspace(0, 2, COUNT)[:, None, None] * (drifting_patterns(2).luma[1] > 128)
    bg = replace(bg, luma=(bg.luma[:1] + drift).round().astype(np.uint8))
    residue = np.random.default_rng(7).normal(0, 8, bg.luma.shape[1:])
    fg = replace(bg, luma=(bg.luma[LATE:] + residue).clip(0, 255).round().astype(np.uint8))
    found = match_frames(fg, bg, "precise", SearchOptions()).frame_map
    assert found.confidence is not None
    assert found.confidence.max() < 0.5
    lively = head(1.0)
    moving = replace(lively, luma=(lively.luma[LATE:] + residue).clip(0, 255).round().astype(np.uint8))
    told = match_frames(moving, lively, "precise", SearchOptions()).frame_map
    assert told.confidence is not None
    assert (told.bg == np.arange(LATE, COUNT)).all()
    assert told.confidence.mean() > 0.9
