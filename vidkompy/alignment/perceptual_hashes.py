"""Five descriptors of each frame, three of them perceptual hashes, and a weighted similarity of two frames by them.

pHash compares low frequencies (DCT) with their median, average hash cells with their mean, Marr-Hildreth blocks of
edges: bit strings, compared by Hamming distance. Hu's moments tell the shape of the picture, a histogram its grey
levels.
Marr-Hildreth takes 6.5 ms a frame (OpenCV enlarges it to 512 px), the others together 0.1 ms.
Sources: Zauner 2010, Implementation and benchmarking of perceptual image hash functions (all but the moments);
Marr & Hildreth 1980, doi:10.1098/rspb.1980.0020; Hu 1962, doi:10.1109/TIT.1962.1057692. Differs: of the colour moment
hash only what luma has, Hu's seven moments.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.alignment.parameters import HashParameters
from vidkompy.model import F32, F64, U8
from vidkompy.numerics.comparison_kernels import correlations, hamming
from vidkompy.records import Record

U64 = NDArray[np.uint64]

GREY_LEVELS = 256


class FrameHashes(Record, eq=False):
    """Five descriptors of each of n frames.

    phash, average  u64 [n, 1]
    edges           u64 [n, 9]      Marr-Hildreth
    moments         f32 [n, 7]      Hu's, on a log scale
    histogram       f32 [n, bins]   counts of cells
    """

    phash: U64
    average: U64
    edges: U64
    moments: F32
    histogram: F32


def compute_hashes(features: Features, parameters: HashParameters) -> FrameHashes:
    """Cells outside the mask take the mean of those inside, so that they tell nothing."""
    frames = _with_mask_filled(features)
    unmasked = features.luma[:, features.mask] // (GREY_LEVELS // parameters.bins)
    return FrameHashes(
        _hash_words(frames, cv2.img_hash.PHash.create()),
        _hash_words(frames, cv2.img_hash.AverageHash.create()),
        _hash_words(frames, cv2.img_hash.MarrHildrethHash.create()),
        np.stack([_hu_moments(frame, parameters) for frame in frames]).astype(np.float32),
        np.stack([np.bincount(row, minlength=parameters.bins) for row in unmasked]).astype(np.float32),
    )


def moment_deviation(hashes: FrameHashes, parameters: HashParameters) -> F32:
    """f32 [7]: standard deviation of each moment over all frames, never 0."""
    deviation: F32 = (hashes.moments.std(axis=0) + parameters.least_deviation).astype(np.float32)
    return deviation


def hash_similarity(
    fg: FrameHashes, bg: FrameHashes, deviation: F32, fg_frames: slice, bg_frames: slice, parameters: HashParameters
) -> F32:
    """f32 [n_fg_frames, n_bg_frames]: 1 less the weighted distance of the five descriptors of two frames, 0..1.

    deviation   f32 [7]   of the moments over all of BG
    """
    shape = len(fg.phash[fg_frames]), len(bg.phash[bg_frames])
    part = np.empty(shape, np.float32)
    score = np.ones(shape, np.float32)
    hashes = (
        (parameters.phash_weight, fg.phash, bg.phash),
        (parameters.average_weight, fg.average, bg.average),
        (parameters.edges_weight, fg.edges, bg.edges),
    )
    for weight, fg_words, bg_words in hashes:
        hamming(np.ascontiguousarray(fg_words[fg_frames]), np.ascontiguousarray(bg_words[bg_frames]), part)
        score -= np.float32(weight) * part
    correlations(np.ascontiguousarray(fg.histogram[fg_frames]), np.ascontiguousarray(bg.histogram[bg_frames]), part)
    score -= np.float32(parameters.histogram_weight) * (1 - np.maximum(part, 0))
    part[:] = 0
    fg_moments, bg_moments = fg.moments[fg_frames] / deviation, bg.moments[bg_frames] / deviation
    for fg_moment, bg_moment in zip(fg_moments.T, bg_moments.T, strict=True):
        part += (fg_moment[:, None] - bg_moment) ** 2
    moment_distance = np.minimum(np.sqrt(part / len(deviation)) / np.float32(parameters.wholly_different), 1)
    score -= np.float32(parameters.moments_weight) * moment_distance
    return score


def _with_mask_filled(features: Features) -> U8:
    out = features.luma.copy()
    means = out[:, features.mask].mean(axis=1)
    out[:, ~features.mask] = np.rint(means)[:, None].astype(np.uint8)
    return out


def _hash_words(frames: U8, hasher: cv2.img_hash.ImgHashBase) -> U64:
    rows = np.concatenate([hasher.compute(frame) for frame in frames])
    return np.ascontiguousarray(rows, np.uint8).view(np.uint64)


def _hu_moments(frame: U8, parameters: HashParameters) -> F64:
    """f64 [7]: Hu's moments on a log scale, where they are of one size."""
    moments = cv2.HuMoments(cv2.moments(frame)).ravel()
    return np.asarray(np.sign(moments) * np.log1p(np.abs(moments) * parameters.moment_scale), np.float64)
