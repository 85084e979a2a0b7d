"""Perceptual hashes of the placed crop instead of its pixels; see `perceptual_hashes`.

A hash tells how a picture is laid out, not where exactly an edge lies: neighbours that differ by a small motion
share it, so steps of a frame are often lost there, and the path's preference for steady speed has to fill in. Suited to
finding out whether and roughly where clips match. Foreign frames are recognised by the combined distance, less surely
than by pixels: a title laid out like BG passes. Slow: 6.5 ms a frame, nearly all of it Marr-Hildreth.
"""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.banded_scores import linear_costs, similarity_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.alignment.perceptual_hashes import compute_hashes, hash_similarity, moment_deviation
from vidkompy.model import F32, FrameMap
from vidkompy.numerics.viterbi import Band
from vidkompy.parameters import tuned
from vidkompy.records import Record


class HashEngineParameters(Record):
    side: int = tuned(64, unit="cells", raising="slower", source="as in `precise`")
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-0.26, 1.32), unit="log odds", raising="surer", source="scripts/bench sureness"
    )
    sharpness: float = tuned(
        5.0,
        unit="cost of a pair as bad as the median best one",
        raising="hashes weigh more against steps",
        source="measured on 9 pairs: 97 % exact on average, 89 % at 20, 87 % at 40; single bits tell little",
    )
    unmatched_distance: float = tuned(
        0.75,
        unit="combined distance at which frames are unmatched, over 1 - floor: with the default floor 0.225",
        raising="fewer frames are unmatched",
        source="the same pairs: foreign frames lie at 0.31 and above, 99 % of matched ones below 0.07",
    )


PARAMETERS = HashEngineParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    parameters = search.parameters
    fg_hashes = compute_hashes(fg, parameters.perceptual_hashes)
    bg_hashes = compute_hashes(bg, parameters.perceptual_hashes)
    deviation = moment_deviation(bg_hashes, parameters.perceptual_hashes)

    def similarity(fg_frames: slice, bg_frames: slice) -> F32:
        return hash_similarity(fg_hashes, bg_hashes, deviation, fg_frames, bg_frames, parameters.perceptual_hashes)

    score = similarity_band(len(fg), len(bg), similarity, search)
    floor = 1 - PARAMETERS.unmatched_distance * (1 - search.floor)
    distance = Band(score.lo, score.start, 1 - score.values)
    cost = linear_costs(distance, 1 - floor, PARAMETERS.sharpness, parameters.bands)
    return map_along_cheaper_path(score, cost, bg, replace(search, floor=floor))
