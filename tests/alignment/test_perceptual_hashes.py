"""Equal frames have a similarity of 1, other frames less, and cells outside the mask none."""

from dataclasses import replace

import numpy as np
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.parameters import HashParameters
from vidkompy.alignment.perceptual_hashes import compute_hashes, hash_similarity, moment_deviation

PARAMETERS = HashParameters()


def test_a_frame_is_most_similar_to_itself() -> None:
    frames = drifting_patterns(40)
    hashes = compute_hashes(replace(frames, luma=frames.luma[::10]), PARAMETERS)
    everything = slice(0, 4)
    score = hash_similarity(hashes, hashes, moment_deviation(hashes, PARAMETERS), everything, everything, PARAMETERS)
    np.testing.assert_allclose(np.diag(score), 1, atol=1e-6)
    assert score[~np.eye(4, dtype=bool)].max() < 0.95
    assert score.min() >= 0


def test_cells_outside_the_mask_change_nothing() -> None:
    frames = drifting_patterns(2)
    mask = frames.mask.copy()
    mask[:, :20] = False
    other = frames.luma.copy()
    other[:, :, :20] = 7
    one, two = (compute_hashes(replace(frames, luma=luma, mask=mask), PARAMETERS) for luma in (frames.luma, other))
    for name in ("phash", "average", "edges", "moments", "histogram"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
