"""How BG's colours become FG's, from the small copies that the analysis holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.fitting import fit_grade
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colours import ColourGrade, ColourMatch, GradedShot
from vidkompy.measuring.colour_pairs import ColourPairs, frame_pairs, joined
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import UNMATCHED, Box, Clip
from vidkompy.tracking.revision import Revision

DECIMALS = 4  # of curves and matrices: a sixth of a level of 10 bits


def measure_colours(
    fg: Proxies, bg: Proxies, box: Box, answer: Revision, parameters: ColourParameters = ColourParameters()
) -> ColourMatch | None:
    """None where too few colours can be compared.

    box      FG px: FG without its bars
    answer   where FG lies, and on which frames, counted as `bg` counts them
    """
    pairs = _sampled_pairs(fg, bg, box, answer, parameters)
    if pairs is None or len(pairs.weights) < parameters.least_pairs:
        return None
    grade = _grade(pairs, fg.clip, parameters)
    return ColourMatch((grade,), (GradedShot(0, fg.clip.frames, 0),))


def _sampled_pairs(
    fg: Proxies, bg: Proxies, box: Box, answer: Revision, parameters: ColourParameters
) -> ColourPairs | None:
    bg_of_fg = answer.frame_map.bg
    candidates = np.flatnonzero(bg_of_fg[:: fg.chroma_step] != UNMATCHED) * fg.chroma_step
    found = []
    for i in candidates[evenly_spaced(len(candidates), parameters.frames)].tolist():
        at = answer.placement if answer.track is None else answer.track.placement(i)
        pairs = frame_pairs(fg, bg, i, int(bg_of_fg[i]), box, at, parameters.pairs)
        if pairs is not None:
            found.append(pairs)
    return joined(found) if found else None


def _grade(pairs: ColourPairs, fg: Clip, parameters: ColourParameters) -> ColourGrade:
    """Fitted to every other pair, and judged by the rest."""
    curves, matrix = fit_grade(pairs.bg[::2], pairs.fg[::2], pairs.weights[::2], parameters.fit)
    rounded = (np.maximum.accumulate(np.round(curves, DECIMALS), axis=1) + 0.0).tolist(), np.round(matrix, DECIMALS)
    red, green, blue = map(tuple, rounded[0])
    rows = tuple((float(r), float(g), float(b)) for r, g, b in rounded[1] + 0.0)
    grade = ColourGrade((red, green, blue), (rows[0], rows[1], rows[2]), 0.0, 0.0, 0.0)
    bg_rgb, fg_rgb, weights = (values[1::2] for values in pairs)
    before = colour_differences(bg_rgb, fg_rgb, fg.colour)
    after = colour_differences(apply_grade(grade, bg_rgb), fg_rgb, fg.colour)
    close = float(weights[after < parameters.close].sum() / weights.sum())
    confidence = min(close / (1 - parameters.most_altered), 1.0)
    numbers = [round(float(number), 3) for number in (np.median(before), np.median(after), confidence)]
    return replace(grade, before=numbers[0], after=numbers[1], confidence=numbers[2])
