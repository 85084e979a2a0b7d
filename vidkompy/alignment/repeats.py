"""BGs that show the same again, as loops and recaps do: where else in BG what FG shows is to be seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.relation_parameters import RepeatParameters
from vidkompy.counts import count_text
from vidkompy.media.proxies import evenly_spaced
from vidkompy.model import UNMATCHED, FrameMap


class Repeat(NamedTuple):
    """offset: BG frames by which the map could be moved; share: of FG's frames that would fit about as well."""

    offset: int
    share: float


def find_repeats(frame_map: FrameMap, fg: Features, bg: Features, parameters: RepeatParameters) -> list[Repeat]:
    """Where BG shows FG's frames again, nearest first; none is looked for in a very long BG.

    Moves within what fits as well as a frame's own are none, nor are those of hardly moving footage, where moves by
    `margin` frames more or less fit, too.
    """
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    low, high = frame_map.low, frame_map.high
    if len(matched) < parameters.least_frames or len(bg) > parameters.most_bg or low is None or high is None:
        return []
    sample = matched[evenly_spaced(len(matched), parameters.sample)]
    rows, blocks = fg.rows(sample), range(0, len(bg), parameters.block)  # floats of all of BG would fill memory
    misfit = 1 - np.hstack([rows @ bg.rows(slice(first, first + parameters.block)).T for first in blocks])
    votes, closeness = np.zeros(2 * len(bg), np.int64), np.zeros(2 * len(bg))
    for row, i in zip(misfit, sample.tolist(), strict=True):
        j = int(frame_map.bg[i])
        limit = max(parameters.misfit_ratio * float(row[j]), parameters.least_misfit)
        fits = np.flatnonzero(row <= limit)
        fits = fits[(fits < low[i] - parameters.margin) | (fits >= high[i] + parameters.margin)]
        votes[fits - j + len(bg)] += 1
        closeness[fits - j + len(bg)] += 1 - row[fits] / limit
    share = votes / len(sample)
    around = np.pad(share, parameters.margin)
    beside = np.maximum(around[: len(share)], around[2 * parameters.margin :])
    is_repeat = (share >= parameters.least_share) & (share >= parameters.least_rise * beside)
    best: list[Repeat] = []
    for k in sorted(np.flatnonzero(is_repeat).tolist(), key=lambda k: (-share[k], -closeness[k])):
        if all(abs(k - len(bg) - repeat.offset) > parameters.margin for repeat in best):
            best.append(Repeat(k - len(bg), float(share[k])))
    return sorted(best, key=lambda repeat: abs(repeat.offset))


def repeat_reasons(repeats: list[Repeat], frame_map: FrameMap, parameters: RepeatParameters) -> list[str]:
    """At most one sentence."""
    whole = [repeat.offset for repeat in repeats if repeat.share >= parameters.whole_share]
    if whole:
        first = int(frame_map.bg[frame_map.bg != UNMATCHED][0])
        starts = " and ".join(str(first + offset) for offset in sorted(whole)[: parameters.listed])
        return [
            f"BG shows what FG shows {len(whole) + 1} times: FG is laid on the one that begins at frame {first}, and "
            f"fits as well from frame {starts}; choose with --pin or --search"
        ]
    if repeats:
        offset, share = max(repeats, key=lambda repeat: repeat.share)
        direction = "later" if offset > 0 else "earlier"
        return [f"BG shows {share:.0%} of FG again, {count_text(abs(offset), 'frame')} {direction}"]
    return []
