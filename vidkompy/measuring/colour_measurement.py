"""How BG's colours become FG's, shot by shot where shots differ, from the small copies that the analysis holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from vidkompy.colour_matching.colour_pairs import ColourPairs, joined
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colour_matching.shot_grades import grade_shots
from vidkompy.colours import ColourMatch, GradedShot
from vidkompy.measuring.colour_shots import shot_starts
from vidkompy.measuring.seen_colours import frame_pairs
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import UNMATCHED, Box
from vidkompy.tracking.revision import Revision


def measure_colours(
    fg: Proxies, bg: Proxies, box: Box, answer: Revision, parameters: ColourParameters = ColourParameters()
) -> ColourMatch | None:
    """None where too few colours can be compared.

    box      FG px: FG without its bars
    answer   where FG lies, and on which frames, counted as `bg` counts them
    """
    bounds = [*shot_starts(fg.small, answer.frame_map.bg, parameters), len(fg.small)]
    spans = [range(first, stop) for first, stop in pairwise(bounds)]
    wanted = max(parameters.frames // len(spans), parameters.frames_a_shot)
    pairs = [_pairs_of_shot(fg, bg, box, answer, span, wanted, parameters) for span in spans]
    telling = [(span, p) for span, p in zip(spans, pairs, strict=True) if p and _is_telling(p, parameters)]
    if not telling:
        return None
    grades, index = grade_shots([p for _, p in telling], bg.clip.colour, fg.clip.colour, parameters)
    starts = [0, *(span.start for span, _ in telling[1:])]  # what tells nothing goes with the shot before, or the first
    shots = [GradedShot(a, b - a, n) for (a, b), n in zip(pairwise([*starts, len(fg.small)]), index, strict=True)]
    return ColourMatch(tuple(grades), tuple(_merged(shots)))


def _is_telling(pairs: ColourPairs, parameters: ColourParameters) -> bool:
    """Whether there are enough colours, dark and bright ones."""
    if len(pairs.weights) < parameters.least_pairs:
        return False
    dark, bright = np.quantile(pairs.bg.mean(axis=1), parameters.range_shares)
    return bool(bright - dark >= parameters.least_range)


def _merged(shots: list[GradedShot]) -> Iterator[GradedShot]:
    """Neighbours of one grade as one."""
    for _, same in groupby(shots, key=lambda shot: shot.grade):
        first, *further = same
        yield replace(first, count=sum(shot.count for shot in (first, *further)))


def _pairs_of_shot(
    fg: Proxies, bg: Proxies, box: Box, answer: Revision, span: range, count: int, parameters: ColourParameters
) -> ColourPairs | None:
    """Of `count` frames with copies of chroma, evenly spaced among those that are matched."""
    rows = fg.chroma_rows(span)
    frames = np.arange(rows.start, rows.stop) * fg.chroma_step
    frames = frames[answer.frame_map.bg[frames] != UNMATCHED]
    found = []
    for i in frames[evenly_spaced(len(frames), count)].tolist():
        at = answer.placement if answer.track is None else answer.track.placement(i)
        pairs = frame_pairs(fg, bg, i, int(answer.frame_map.bg[i]), box, at, parameters.pairs)
        if pairs is not None:
            found.append(pairs)
    return joined(found) if found else None
