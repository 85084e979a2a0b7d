"""Candidates from keypoints whose true transform is known."""

from dataclasses import replace

import numpy as np

from vidkompy.placement.orb import Keypoints, OrbParameters, any_agree, match_keypoints, matched_positions


def test_candidates_of_a_known_scale_are_shifts() -> None:
    rng = np.random.default_rng(0)
    at = rng.uniform(0, 200, (30, 2)).astype(np.float32)
    marks = rng.integers(0, 256, (30, 32), np.uint8)
    fg, bg = Keypoints(at, marks), Keypoints(at * 1.5 + np.array((7, -3), np.float32), marks)
    (free,) = match_keypoints([fg], [bg], 2.5, (0.2, 5))
    np.testing.assert_allclose(free.transform, [1.5, 1.5, 7, -3], atol=1e-3)
    (fixed,) = match_keypoints([fg], [bg], 2.5, (1.5, 1.5))
    np.testing.assert_allclose(fixed.transform, [1.5, 1.5, 7, -3], atol=1e-3)
    assert fixed.inliers == 30
    assert all(c.transform[0] == 1 and c.inliers < 30 for c in match_keypoints([fg], [bg], 2.5, (1, 1)))


def quarter(turn: float) -> tuple[Keypoints, Keypoints]:
    """20 keypoints, and the same turned by so many radians about the origin and shifted."""
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 100, (20, 2)).astype(np.float32)
    marks = rng.integers(0, 256, (20, 32), np.uint8)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return Keypoints(at, marks), Keypoints((at @ matrix + 50).astype(np.float32), marks)


def test_a_turned_picture_has_no_scale_and_shift() -> None:
    still, turned = quarter(0.0), quarter(np.pi / 2)
    assert len(match_keypoints([still[0]], [still[1]], 2.5, (0.2, 5))) == 1
    assert match_keypoints([turned[0]], [turned[1]], 2.5, (0.2, 5)) == []


def test_matches_of_a_turned_picture_agree_once_they_are_turned_back() -> None:
    fg, bg = quarter(np.pi / 2)
    (matches,) = matched_positions([fg], [bg])
    assert not any_agree([matches], 2.5, (0.2, 5))
    p, c = matches
    assert any_agree([(np.stack([-p[:, 1], p[:, 0]], axis=1), c)], 2.5, (0.2, 5))
    assert not any_agree([], 2.5, (0.2, 5))


def test_wrong_matches_are_outvoted() -> None:
    """8 of 20 keypoints moved somewhere else: the transform is that of the 12 others, and they are the inliers."""
    fg, bg = quarter(0.0)
    moved = bg.at.copy()
    moved[:8] = np.random.default_rng(2).uniform(0, 300, (8, 2))
    (candidate,) = match_keypoints([fg], [Keypoints(moved, bg.descriptors)], 1.0, (0.2, 5))
    np.testing.assert_allclose(candidate.transform, [1, 1, 50, 50], atol=1e-3)
    assert (candidate.inliers, candidate.share) == (12, 12 / 20)
    assert candidate.weight == (12 - 4) * 12 / 20


def test_no_more_frames_are_taken_than_needed() -> None:
    fg, bg = quarter(0.0)
    stranger = Keypoints(fg.at, np.random.default_rng(3).integers(0, 256, (20, 32), np.uint8))
    few = replace(OrbParameters(), enough_strong_pairs=5)
    for frame, parameters, taken in ((fg, OrbParameters(), 6), (fg, few, 5), (stranger, OrbParameters(), 4)):
        frames = iter([frame] * 10)
        match_keypoints(frames, [bg], 2.5, (0.2, 5), parameters)
        assert len(list(frames)) == 10 - taken
