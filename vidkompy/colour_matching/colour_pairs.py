"""Pairs of colours that belong together: of BG, and of FG at the same place and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidkompy.model import F64


class ColourPairs(NamedTuple):
    """f64 [n, 3] red, green and blue of BG and of FG, 0 black and 1 white; f64 [n] how far to trust each pair, 0..1."""

    bg: F64
    fg: F64
    weights: F64

    def every_other(self, first: int) -> ColourPairs:
        """Pairs first, first + 2 and so on."""
        return ColourPairs(self.bg[first::2], self.fg[first::2], self.weights[first::2])

    def thinned(self, most: int) -> ColourPairs:
        """At most so many of the pairs, spread evenly."""
        step = -(-len(self.weights) // most) or 1
        return ColourPairs(self.bg[::step], self.fg[::step], self.weights[::step])


def joined(parts: Sequence[ColourPairs]) -> ColourPairs:
    """All pairs of all parts, of which there is one at least."""
    return ColourPairs(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def weighted_median(values: F64, weights: F64) -> float:
    """Of values f64 [n] with weights f64 [n], of which one at least is above 0."""
    return weighted_quantile(values, weights, 0.5)


def weighted_quantile(values: F64, weights: F64, share: float) -> float:
    """The least of values f64 [n] up to which this share of weights f64 [n] goes, of which one at least is above 0.

    >>> weighted_quantile(np.array([9.0, 2.0, 1.0]), np.array([0.6, 0.2, 0.2]), 0.3)
    2.0
    """
    order = np.argsort(values)
    up_to = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(up_to, up_to[-1] * share)]])
