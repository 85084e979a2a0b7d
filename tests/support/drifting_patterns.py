"""Features whose every frame differs a little from the next: what the tests of the alignment compare."""

import cv2
import numpy as np

from vidkompy.alignment.crops import Features


def drifting_patterns(count: int) -> Features:
    """Soft patterns that drift through each other, 36x64 px."""
    rng = np.random.default_rng(1)
    base = np.stack([cv2.resize(p, (64, 36)) for p in rng.normal(size=(24, 9, 16)).astype(np.float32)])
    phase = np.arange(count)[:, None] / rng.uniform(8, 60, 24) + rng.uniform(0, 6, 24)
    luma = np.clip(128 + 12 * np.tensordot(np.sin(phase), base, 1), 0, 255).astype(np.uint8)
    return Features(luma, np.ones((36, 64), np.bool_))
