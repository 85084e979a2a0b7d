"""Drawing less shows the same."""

import numpy as np

from vidkompy.report.decimation import visible_points

COLUMNS = 100


def test_a_short_series_is_kept_whole() -> None:
    assert len(visible_points(np.arange(50.0), np.zeros(50), COLUMNS)) == 50


def test_a_spike_of_one_frame_in_200000_is_kept() -> None:
    y = np.zeros(200_000)
    y[123_457] = -5
    kept = visible_points(np.arange(200_000.0), y, COLUMNS)
    assert 123_457 in kept
    assert len(kept) <= 4 * COLUMNS + 2


def test_each_column_keeps_its_extremes_and_its_ends() -> None:
    rng = np.random.default_rng(1)
    x, y = np.arange(10_000.0), rng.normal(size=10_000)
    kept = visible_points(x, y, COLUMNS)
    column = np.minimum(x / x[-1] * COLUMNS, COLUMNS - 1).astype(int)
    for c in range(COLUMNS):
        inside = np.flatnonzero(column == c)
        wanted = {inside[0], inside[-1], inside[np.argmin(y[inside])], inside[np.argmax(y[inside])]}
        assert wanted <= set(kept.tolist())


def test_a_gap_stays_a_gap() -> None:
    y = np.ones(10_000)
    y[4000:4003] = np.nan
    kept = visible_points(np.arange(10_000.0), y, COLUMNS)
    assert np.isnan(y[kept]).sum() == 1
    assert {3999, 4003} <= set(kept.tolist())
