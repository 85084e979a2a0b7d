"""What a sidecar says besides its map follows the clips: track, sound, alike frames, and what was said of them."""

from dataclasses import replace

import numpy as np
import pytest

from vidkompy.colours import KNOTS, ColourGrade, ColourMatch, GradedShot
from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED, FrameMap, Run, Sidecar, Track
from vidkompy.relinking.carried_over import with_bg, with_fg
from vidkompy.relinking.carried_quality import carried_quality


def resized(known: Sidecar, width: int, height: int) -> Sidecar:
    return with_bg(known, replace(known.bg, width=width, height=height), 0)


def tracked(known: Sidecar, angle: float = 0.0) -> Sidecar:
    n = known.fg.frames
    at = np.column_stack(
        [np.linspace(64, 70, n), np.full(n, 40.0), np.full(n, 96.0), np.full(n, 64.0), np.full(n, angle)]
    )
    return replace(known, track=Track(at))


def test_a_track_is_scaled_with_bg_and_cut_with_fg(known: Sidecar) -> None:
    sidecar = tracked(known, angle=3)
    scaled = resized(sidecar, 480, 272).track
    assert scaled is not None
    assert sidecar.track is not None
    np.testing.assert_allclose(scaled.at, sidecar.track.at * [2, 2, 2, 2, 1])
    part = with_fg(sidecar, replace(known.fg, pts=known.fg.pts[7:27]), 7).track
    assert part is not None
    np.testing.assert_array_equal(part.at, sidecar.track.at[7:27])


def test_fg_that_turns_is_not_slanted(known: Sidecar) -> None:
    assert resized(tracked(known), 240, 272).track is not None
    with pytest.raises(NoMatch, match="wanted one scale"):
        resized(tracked(known, angle=3), 240, 272)


def test_bg_frames_that_look_alike_stay_within_what_is_left(known: Sidecar) -> None:
    bg = known.frame_map.bg
    wide = FrameMap(bg, low=np.maximum(bg - 3, 0), high=np.minimum(bg + 4, 120), confidence=known.frame_map.confidence)
    shorter = replace(known.bg, pts=known.bg.pts[15:100])
    after = with_bg(replace(known, frame_map=wide), shorter, 15).frame_map
    assert after.low is not None
    assert after.high is not None
    is_left = after.bg != UNMATCHED
    np.testing.assert_array_equal(is_left, (bg >= 15) & (bg < 100))
    assert (after.low[is_left] >= 0).all()
    assert (after.high[is_left] <= 85).all()
    assert ((after.low <= after.bg) & (after.bg < after.high))[is_left].all()
    assert (after.low[~is_left] == UNMATCHED).all()


def test_pins_to_no_frame_stay_where_bg_is_cut(known: Sidecar) -> None:
    sidecar = replace(known, pins=(Run(0, None, 3), Run(50, 61, 1)))
    after = with_bg(sidecar, replace(known.bg, pts=known.bg.pts[70:]), 70)
    assert after.pins == (Run(0, None, 3),)


def test_what_was_said_of_frames_is_said_anew_where_they_moved(known: Sidecar) -> None:
    stale = (
        "the placement is right with probability 0.50 (score 0.990): check it, or use --at",
        "7 FG frames resemble no BG frame, first at frame 9 (0.30 s)",
        "FG's sound comes 120 ms late against its picture, by BG's sound",
        "a doubt that stays",
    )
    before = replace(known, quality=replace(known.quality, reasons=stale, sound_late_ms=120.0))
    cut = with_bg(before, replace(known.bg, pts=known.bg.pts[:100]), 0)
    quality = carried_quality(before, cut, has_other_frames=True, sound=None, notes=())
    lost = int((known.frame_map.bg >= 100).sum())
    said = f"FG is longer than BG: frames {109 - lost}..108 lie outside it"
    assert quality.reasons == (said, "a doubt that stays")
    assert (quality.unmatched, quality.sound_late_ms) == (lost, None)
    kept = carried_quality(before, before, has_other_frames=False, sound=None, notes=())
    assert kept.reasons == (*stale[:2], stale[3])
    assert kept.confidence == known.quality.confidence


def test_grades_are_cut_with_fg(known: Sidecar) -> None:
    curve = tuple(np.round(np.linspace(0, 1, KNOTS), 4).tolist())
    rows = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    grade, n = ColourGrade((curve, curve, curve), rows, 5.0, 0.5, 0.9), known.fg.frames
    graded = replace(known, colours=ColourMatch((grade, grade), (GradedShot(0, 10, 1), GradedShot(10, n - 10, 0))))
    fg = replace(known.fg, pts=known.fg.pts[4:])
    cut = with_fg(graded, fg, 4).colours
    assert cut is not None
    assert cut.shots == (GradedShot(0, 6, 1), GradedShot(6, n - 10, 0))
