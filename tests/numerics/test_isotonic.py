import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from vidkompy.numerics.isotonic import isotonic


@pytest.mark.parametrize("seed", range(5))
def test_sequence_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = np.arange(256.0) / 20 + rng.normal(0, 3, 256), rng.integers(1, 500, 256).astype(np.float64)
    np.testing.assert_allclose(isotonic(values, weights), isotonic_regression(values, weights=weights).x, atol=1e-9)


def test_ordered_values_stay_and_falling_ones_become_their_mean() -> None:
    rising = np.array([0.0, 1, 1, 7])
    np.testing.assert_array_equal(isotonic(rising, np.ones(4)), rising)
    np.testing.assert_allclose(isotonic(rising[::-1], np.array([1.0, 1, 1, 3])), np.full(4, 1.5))
