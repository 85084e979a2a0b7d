"""The vertex of a parabola through three samples, against parabolas whose maximum is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.numerics.parabola import vertex_of_parabola


def sampled(top: float, at: float, curvature: float) -> list[np.ndarray]:
    """The parabola with that maximum at t = -1, 0, 1."""
    return [np.array([top - curvature * (t - at) ** 2], np.float32) for t in (-1, 0, 1)]


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.01, 2))
def test_a_maximum_between_samples_is_found(top: float, at: float, curvature: float) -> None:
    """Within what float32 makes of values up to 9."""
    assert vertex_of_parabola(*sampled(top, at, curvature))[0] == pytest.approx(top, abs=1e-5)


@given(st.floats(1.01, 9), st.floats(0.01, 2))
def test_a_maximum_further_away_is_not_believed(at: float, curvature: float) -> None:
    before, here, after = sampled(1.0, at, curvature)
    rise = vertex_of_parabola(before, here, after)[0] - here[0]
    assert rise == pytest.approx(curvature, abs=1e-4)  # that of a vertex one step away


@pytest.mark.parametrize("samples", [(0.1, 0.2, 0.3), (0.5, 0.2, 0.5), (0.4, 0.4, 0.4)])
def test_what_has_no_maximum_is_as_high_as_its_middle(samples: tuple[float, float, float]) -> None:
    found = vertex_of_parabola(*(np.array([v], np.float32) for v in samples))
    assert found[0] == pytest.approx(samples[1], abs=1e-6)
    assert found.dtype == np.float32
