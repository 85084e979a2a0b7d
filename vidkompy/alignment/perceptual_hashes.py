"""Five fingerprints per frame, and how alike they are.

Marr-Hildreth takes 6.5 ms a frame (OpenCV enlarges it to 512 px), the others together 0.1 ms.
Sources: Zauner 2010, Implementation and benchmarking of perceptual image hash functions (all but the moments);
Hu 1962, doi:10.1109/TIT.1962.1057692. Differs: of the colour moment hash only what luma has, Hu's seven moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.model import F32, U8
from vidkompy.numerics.kernels import correlations, hamming

U64 = NDArray[np.uint64]

PHASH, AVERAGE, MOMENTS, EDGES, HISTOGRAM = 0.4, 0.2, 0.2, 0.1, 0.1  # weights, 1 in all
BINS = 32
APART = 2.0  # spreads of BG's moments that count as wholly different


@dataclass(frozen=True, eq=False)
class FrameHashes:
    """phash, average  u64 [n, 1]    edges  u64 [n, 9]    moments  f32 [n, 7]    histogram  f32 [n, BINS]"""

    phash: U64
    average: U64
    edges: U64
    moments: F32
    histogram: F32


def compute_hashes(features: Features) -> FrameHashes:
    """Cells outside the mask take the mean of those inside, so that they tell nothing."""
    frames = _with_mask_filled(features)
    seen = features.luma[:, features.mask]
    return FrameHashes(
        _hash_words(frames, cv2.img_hash.PHash.create()),
        _hash_words(frames, cv2.img_hash.AverageHash.create()),
        _hash_words(frames, cv2.img_hash.MarrHildrethHash.create()),
        np.stack([_hu_moments(frame) for frame in frames]).astype(np.float32),
        np.stack([np.bincount(row // (256 // BINS), minlength=BINS) for row in seen]).astype(np.float32),
    )


def hash_similarity(fg: FrameHashes, bg: FrameHashes, spread: F32, rows: slice, columns: slice) -> F32:
    """f32 [rows, columns]: 1 less the weighted distance, 0..1. spread: f32 [7], of the moments over all of BG."""
    shape = len(fg.phash[rows]), len(bg.phash[columns])
    part = np.empty(shape, np.float32)
    score = np.ones(shape, np.float32)
    words = ((PHASH, fg.phash, bg.phash), (AVERAGE, fg.average, bg.average), (EDGES, fg.edges, bg.edges))
    for weight, ours, theirs in words:
        hamming(np.ascontiguousarray(ours[rows]), np.ascontiguousarray(theirs[columns]), part)
        score -= np.float32(weight) * part
    correlations(np.ascontiguousarray(fg.histogram[rows]), np.ascontiguousarray(bg.histogram[columns]), part)
    score -= np.float32(HISTOGRAM) * (1 - np.maximum(part, 0))
    part[:] = 0
    for ours, theirs in zip((fg.moments[rows] / spread).T, (bg.moments[columns] / spread).T, strict=True):
        part += (ours[:, None] - theirs) ** 2
    score -= np.float32(MOMENTS) * np.minimum(np.sqrt(part / len(spread)) / np.float32(APART), 1)
    return score


def _with_mask_filled(features: Features) -> U8:
    out = features.luma.copy()
    means = out[:, features.mask].mean(axis=1)
    out[:, ~features.mask] = np.rint(means)[:, None].astype(np.uint8)
    return out


def _hash_words(frames: U8, hasher: cv2.img_hash.ImgHashBase) -> U64:
    rows = np.concatenate([hasher.compute(frame) for frame in frames])
    return np.ascontiguousarray(rows, np.uint8).view(np.uint64)


def _hu_moments(frame: U8) -> NDArray[np.float64]:
    """f64 [7]: Hu's moments on a log scale, where they are of one size."""
    moments = cv2.HuMoments(cv2.moments(frame)).ravel()
    return np.asarray(np.sign(moments) * np.log1p(np.abs(moments) * 1e6), np.float64)
