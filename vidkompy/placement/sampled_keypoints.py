"""Keypoints of evenly spaced frames of a clip. Those of all samples of a clip are detected once, and remembered.

Stages of the search and the look for mirrored clips ask for the same keypoints of BG again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import Box
from vidkompy.placement.boxes import scaled_box
from vidkompy.placement.orb import Keypoints, OrbParameters, detect_keypoints
from vidkompy.placement.views import resized


class KeypointSampling(NamedTuple):
    """Which keypoints of a clip are looked for.

    frames       evenly spaced ones that are in memory large, at most
    box          frame px that they lie in
    stretch      factor that the picture is drawn out by along y: positions are in frame px drawn out so, too
    factor       frame px per px of the view in which they are sought
    keypoints    of a frame, at most
    interleave   passes over the frames: the first few span the clip
    """

    frames: int
    box: Box
    stretch: float
    factor: int
    keypoints: int
    interleave: int


_REMEMBERED: WeakKeyDictionary[Proxies, dict[tuple[KeypointSampling, OrbParameters], Sequence[Keypoints]]] = (
    WeakKeyDictionary()
)


def all_sample_keypoints(clip: Proxies, sampling: KeypointSampling, parameters: OrbParameters) -> Sequence[Keypoints]:
    """`sample_keypoints`, remembered as long as the clip's proxies are."""
    known = _REMEMBERED.setdefault(clip, {})
    key = sampling, parameters
    if key not in known:
        known[key] = tuple(sample_keypoints(clip, sampling, parameters))
    return known[key]


def sample_keypoints(
    clip: Proxies, sampling: KeypointSampling, parameters: OrbParameters, first: int = 0
) -> Iterator[Keypoints]:
    """Keypoints of one frame after the other, from the `first` on, as far as they are taken."""
    frames, box, stretch, factor, count, passes = sampling
    drawn_out_box, per_px = scaled_box(box, 1.0, stretch), min(1.0, 1 / stretch)
    chosen = clip.spread(frames)
    for i in [i for start in range(passes) for i in chosen[start::passes]][first:]:
        view = shrink_by_halving(clip.large([i])[0], factor // clip.large_factor)
        compared = clip.compared(view.shape, factor, parameters.ignored_margin_px)
        if stretch != 1:
            view = resized(view, per_px, per_px * stretch)
            compared = None if compared is None else resized(compared.astype(np.uint8), per_px, per_px * stretch) > 0
        yield detect_keypoints(view, drawn_out_box, factor / per_px, count, parameters, compared)
