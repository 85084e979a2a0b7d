"""The non-decreasing sequence nearest to given values, in weighted least squares."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64


def isotonic(values: F64, weights: F64) -> F64:
    """f64 [n]: the non-decreasing sequence with the least weighted sum of squared differences from f64 [n] values.

    weights   f64 [n]   above 0
    Pools of neighbours that violate the order take their mean. Source: pool adjacent violators, Best & Chakravarti
    1990, doi:10.1007/BF01580873. scipy has the same, but importing its optimize takes 0.3 s.

    >>> isotonic(np.array([1.0, 4, 2, 2, 5]), np.array([1.0, 2, 1, 1, 1])).tolist()
    [1.0, 3.0, 3.0, 3.0, 5.0]
    """
    means, sums, counts = list[float](), list[float](), list[int]()
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, total, count = value, weight, 1
        while means and means[-1] >= mean:
            before = sums.pop()
            mean = (means.pop() * before + mean * total) / (before + total)
            total, count = total + before, count + counts.pop()
        means.append(mean)
        sums.append(total)
        counts.append(count)
    return np.repeat(means, counts)
