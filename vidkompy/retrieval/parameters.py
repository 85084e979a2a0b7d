"""Tuned numbers of the retrieval of a picture's place and frames in BG."""

from __future__ import annotations

from typing import NamedTuple

from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.parameters import tuned
from vidkompy.placement.search_parameters import PlacementParameters
from vidkompy.records import Record


class ConfidenceCurve(NamedTuple):
    """Log odds that a BG range holds the right frame, linear in log cost ratio to the next frame (Platt scaling)."""

    intercept: float
    slope: float


class LocationParameters(Record):
    """Numbers of both steps: the placement of a picture, and the retrieval of its BG frames at that placement."""

    placement: PlacementParameters = PlacementParameters()
    alignment: AlignmentParameters = AlignmentParameters()

    # ---- placement

    most_enlarged_side: int = tuned(
        480,
        unit="px, long side up to which a thumbnail is enlarged to about its size on the canvas",
        raising="small thumbnails of large frames are compared in more detail, at more CPU",
        source="chosen by eye",
    )
    enlarged_from: float = tuned(
        2.0,
        unit="canvas px per picture px above which a thumbnail is enlarged by two",
        raising="thumbnails are compared smaller than the canvas shows them",
        source="chosen by eye",
    )
    reduced_below: float = tuned(
        0.4,
        unit="canvas px per picture px below which a picture is taken for one of half its size",
        raising="large pictures of small frames lose detail sooner",
        source="chosen by eye",
    )
    time_steps: int = tuned(
        8,
        unit="BG frames either way to which the search goes on while the neighbour's own best placement fits better",
        raising="a moment further from the first guess can be reached under a pan, at more CPU",
        source="chosen by eye",
    )
    most_log_scale_drift: float = tuned(
        0.1,
        unit="change of the logarithm of the size within one fit; fits that change it more have diverged",
        raising="worse first guesses are kept, and diverged fits too",
        source="chosen by eye",
    )
    least_on_canvas: float = tuned(
        0.25,
        unit="share of the picture that lies on the canvas; fits that leave less there have diverged",
        raising="pictures that reach over BG's edges are lost",
        source="chosen by eye",
    )

    # ---- retrieval

    crop_side: int = tuned(
        64,
        unit="px, long side of the crops on which all BG frames are compared",
        raising="the first ranking of BG frames is finer, at more CPU and memory",
        source="chosen by eye",
    )
    block_frames: int = tuned(
        1000,
        unit="BG frames that are compared at a time",
        raising="more memory: floats take four times that of the crops",
        source="chosen by eye",
    )
    reranked_frames: int = tuned(
        36,
        unit="BG frames, the best of that ranking, that are compared again on large proxies",
        raising="the right frame may rank lower among the crops, at more CPU",
        source="chosen by eye",
    )
    least_score: float = tuned(
        0.7,
        unit="ZNCC of crops below which a frame resembles no BG frame",
        raising="more frames count as not in BG",
        source="chosen by eye",
    )
    least_crop_cost: float = tuned(
        1e-4,
        unit="1 - ZNCC of crops, below which costs are taken for equal",
        raising="BG frames that fit almost perfectly are told apart less by their crops",
        source="chosen by eye",
    )
    indistinct_cost_ratio: float = tuned(
        1.3,
        unit="times the least cost up to which a BG frame cannot be told from the best one",
        raising="ranges of indistinguishable frames are longer, and hold the right frame more often",
        source="measured: the right frame cost no more in 107 of 108 stills (tuning kinds, crf 18..34)",
    )
    static_variance: float = tuned(
        0.5,
        unit="squared grey levels over BG frames; pixels that change no more weigh little",
        raising="noise weighs less, and so does slow or faint motion",
        source="chosen by eye",
    )
    least_weight: float = tuned(
        1e-3,
        unit="share of full weight that pixels keep which do not change at all",
        raising="what stands still weighs more",
        source="chosen by eye",
    )
    blur_sigma: float = tuned(
        1.0,
        unit="px of the large proxies",
        raising="less compression noise, which is finer than what moves, and less detail",
        source="chosen by eye",
    )
    most_cost_ratio: float = tuned(
        100.0,
        unit="times the least cost",
        raising="confidence keeps growing with the cost of the best other frame",
        source="chosen by eye: a ratio beyond it says no more",
    )
    confidence: ConfidenceCurve = tuned(
        ConfidenceCurve(1.55, 0.48),
        unit="log odds at a cost ratio to the next frame of 1, and their growth per e-fold of it",
        raising="higher claimed confidences",
        source="fitted on 105 stills of the tuning kinds, crf 18..34, a wrong placement counted as wrong; on 20 of the "
        "held-out kinds: 0.95 claimed, 0.95 right",
    )

    # ---- views, which both steps compare

    least_bg_view_per_picture_view: float = tuned(
        0.75,
        unit="px of BG's view per px of the picture's view",
        raising="the picture's views are coarser against BG's",
        source="chosen by eye; placement's views of frame pairs have the same and may differ",
    )
