"""Rows whose products are correlations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32


def unit_rows(rows: NDArray[np.generic]) -> F32:
    """f32 [n, pixels]: each row with zero mean and unit norm (a constant row becomes zeros)."""
    out: F32 = rows.reshape(len(rows), -1).astype(np.float32)
    out -= out.mean(axis=1, keepdims=True)
    out /= np.sqrt(np.einsum("np,np->n", out, out))[:, None] + np.float32(1e-6)  # half the time of linalg.norm
    return out
