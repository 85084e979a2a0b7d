"""Every compiled kernel against its brute-force twin in reference_kernels.py."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import reference_kernels

from vidkompy.numerics import comparison_kernels, fitting_kernels, path_kernels
from vidkompy.numerics.correlation import (
    block_of_pixels,
    moments_correlation,
    robust_correlation,
    robust_moments_correlation,
    sparse_rows,
    unit_rows,
)
from vidkompy.numerics.robust_trend import robust_trend
from vidkompy.numerics.viterbi import (
    FORBIDDEN_COST,
    Band,
    Transitions,
    cheapest_path,
    path_margins,
    zero_step_costs,
)

LEAPS = st.sampled_from([float("inf"), 0.5, 4.0])  # cost of going back


def random_band(seed: int, leap: float) -> tuple[Band, list[dict[int, float]]]:
    """A ragged band of up to 5 rows, and the same as dicts. Where leaps are allowed it may turn back."""
    rng = np.random.default_rng(seed)
    lo = np.cumsum(rng.integers(0, 3, rng.integers(1, 6))).astype(np.int64)
    hi = np.maximum.accumulate(lo + rng.integers(1, 6, len(lo)))
    if np.isfinite(leap):
        order = rng.permutation(len(lo))
        lo, hi = lo[order], hi[order]
    costs = [rng.integers(0, 40, b - a).astype(np.float32) / 4 for a, b in zip(lo, hi, strict=True)]
    start = np.concatenate([[0], np.cumsum(hi - lo)]).astype(np.int64)
    rows = [{int(a) + k: float(c) for k, c in enumerate(cost)} for a, cost in zip(lo, costs, strict=True)]
    return Band(lo, start, np.concatenate(costs), rng.random(len(lo)) < 0.3), rows


def random_levels(seed: int, n_fg: int, n_bg: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Rows of few small integers, so that ties occur."""
    rng = np.random.default_rng(seed + 2)
    return rng.integers(-2, 3, (n_fg, 5), np.int16), rng.integers(-2, 3, (n_bg, 5), np.int16)


@settings(max_examples=150)
@given(st.integers(0, 2**31), st.integers(2, 4), LEAPS)
def test_viterbi_finds_the_cheapest_of_all_paths(seed: int, steps: int, leap: float) -> None:
    band, rows = random_band(seed, leap)
    rng = np.random.default_rng(seed + 1)
    table = (rng.integers(0, 12, 2 * steps - 1) / 4).astype(np.float32)
    base = rng.integers(0, steps, len(rows))
    costs = reference_kernels.all_paths(rows, base, band.free_holds, table, 3.0, leap)
    path, total = cheapest_path(band, Transitions(table, 3.0, min(leap, FORBIDDEN_COST), base))
    assert total == pytest.approx(min(costs.values()), abs=1e-4)
    assert costs[tuple(path.tolist())] == pytest.approx(total, abs=1e-4)


@settings(max_examples=150)
@given(st.integers(0, 2**31), st.integers(2, 4), LEAPS)
def test_min_marginals_equal_those_of_all_paths(seed: int, steps: int, leap: float) -> None:
    band, rows = random_band(seed, leap)
    rng = np.random.default_rng(seed + 1)
    table = (rng.integers(0, 12, 2 * steps - 1) / 4).astype(np.float32)
    base = rng.integers(0, steps, len(rows))
    wanted = reference_kernels.min_marginals(
        reference_kernels.all_paths(rows, base, band.free_holds, table, 3.0, leap), rows
    )
    out = np.empty(len(band.values), np.float32)
    prices = table, np.float32(3.0), np.float32(min(leap, FORBIDDEN_COST))
    scratch = np.empty((2, 9), np.float32)
    path_kernels.min_marginals(band.values, band.start, band.lo, base, band.free_holds, *prices, scratch, out)
    for i, row in enumerate(wanted):
        for j in rows[i]:
            found = out[band.start[i] + j - band.lo[i]]
            assert found > 1e20 if j not in row else found == pytest.approx(row[j], abs=1e-4)


@settings(max_examples=60)
@given(st.integers(0, 2**31))
def test_margin_is_never_negative_on_the_cheapest_path(seed: int) -> None:
    band, _ = random_band(seed, float("inf"))
    transitions = Transitions(zero_step_costs(3), 2.0)
    path, _ = cheapest_path(band, transitions)
    assert (path_margins(band, path, (path, path + 1), transitions) >= -1e-4).all()


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_lookalikes_are_the_frames_around_that_differ_little(seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.cumsum(rng.integers(0, 2, (8, 3)), axis=0).astype(np.uint8)
    low, high = np.empty(8, np.int64), np.empty(8, np.int64)
    comparison_kernels.lookalikes(frames, np.array([0, 2]), 0.7, reach, low, high)
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [
        reference_kernels.lookalikes(frames[:, [0, 2]], j, 0.7, reach) for j in range(8)
    ]


@settings(max_examples=60)
@given(st.integers(0, 2**31))
def test_frames_that_fit_as_well_are_one_stretch_around_the_path(seed: int) -> None:
    band, rows = random_band(seed, 1.0)
    path = np.array([list(row)[seed % len(row)] for row in rows])
    low, high = band.equivalents(path, 1.0)
    for row, j, a, b in zip(rows, path.tolist(), low.tolist(), high.tolist(), strict=True):
        assert (a, b) == reference_kernels.stretch(row, j, 1.0)


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_a_cell_may_cost_as_little_as_an_earlier_one_and_the_change_since(seed: int, lag: int) -> None:
    """All values are multiples of 1/16 or so: float32 holds their sums exactly."""
    band, rows = random_band(seed, 1.0)
    rng = np.random.default_rng(seed)
    change = rng.integers(0, 20, (20, lag)).astype(np.float32) / 4
    scale, weight = (rng.integers(1, 5, len(rows)).astype(np.float32) / 2 for _ in "sw")
    limits, floor = (np.float32(6), np.float32(0.25), np.float32(0.125)), np.float32(0.25)
    score, out = band.values / 16, np.empty_like(band.values)
    path_kernels.lag_costs(score, band.start, band.lo, scale, weight, floor, change, *limits, out)
    for i, row in enumerate(rows):
        distances = {j: 2 - 2 * max(v / 16, 0.25) for j, v in row.items()}
        wanted = reference_kernels.lag_costs(distances, float(scale[i]), change, 6, 0.25, 0.125)
        assert out[band.start[i] : band.start[i + 1]].tolist() == [weight[i] * wanted[j] for j in row]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 12))
def test_local_trend_equals_weighted_least_squares(steps: list[int], half: int) -> None:
    cutoff, noise = (2.0, 0.3) if half % 2 else (3.5, 1.0)
    path = np.cumsum(steps).astype(np.int64)
    out = robust_trend(path, half, 4, cutoff, noise)
    np.testing.assert_allclose(out, reference_kernels.local_trend(path, half, 4, cutoff, noise), atol=1e-6)


@pytest.mark.parametrize("reweightings", [0, 1, 2])
@pytest.mark.parametrize("fit", [(3.0, 0.3, 4000), (1.5, 2.0, 50)], ids=["usual", "others"])
def test_normal_equations_equal_their_whole_array_form(reweightings: int, fit: tuple[float, float, int]) -> None:
    rng = np.random.default_rng(reweightings)
    bg, before, after = (cv2.GaussianBlur(rng.uniform(0, 255, (40, 50)).astype(np.float32), (0, 0), 1) for _ in "bba")
    at = np.zeros((20, 30), np.bool_)
    at[1:19, 1:29] = rng.random((18, 28)) < 0.7
    rows, columns = (k.astype(np.int32) for k in np.nonzero(at))
    q = np.array([1.3, 1.6, 4.2, 3.7])
    fg = rng.uniform(0, 25, (20, 30)).astype(np.float32)
    fg[at] += (0.7 * reference_kernels.sampled(bg.astype(np.float64), q, *np.nonzero(at)) + 20).astype(np.float32)
    weighting, out = np.array((reweightings, *fit), np.float64), np.empty((8, 8))
    scratch = np.empty((fitting_kernels.SCRATCH_ROWS, len(rows)), np.float32)
    score = fitting_kernels.normal_equations(fg, bg, before, after, 2.0, q, rows, columns, weighting, scratch, out)
    fg64, bg64, before64, after64 = (np.asarray(v, np.float64) for v in (fg, bg, before, after))
    wanted, wanted_score = reference_kernels.normal_equations(
        fg64, bg64, before64, after64, 2.0, q, at, reweightings, *fit
    )
    np.testing.assert_allclose(out, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
    assert score == pytest.approx(wanted_score, rel=1e-4)


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.sampled_from([(0.2, 5.0), (0.9, 1.1), (0.7, 0.7)]), st.integers(0, 3))
def test_consensus_is_the_fit_to_most_matches(seed: int, scales: tuple[float, float], refits: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    p = rng.uniform(0, 500, (n, 2))
    c = 0.7 * p + [30, -12] + rng.normal(0, 0.5, (n, 2))
    c[rng.random(n) < rng.uniform(0, 0.8)] = rng.uniform(0, 500, 2)
    scale, shift = rng.uniform(0.6, 0.8, 9), rng.uniform(-20, 40, (9, 2))
    scale[4], shift[4] = 0.7, (30, -12)
    matches, limits, found = [at.astype(np.float32) for at in (p, c)], (2.5, *scales, 2), np.empty(3)
    inliers = fitting_kernels.consensus(*matches, scale, shift, np.array(limits), refits, found)
    as_exact = [at.astype(np.float64) for at in matches]
    wanted = reference_kernels.consensus(as_exact[0], as_exact[1], scale, shift, limits, refits)
    np.testing.assert_allclose([*found, inliers], wanted, rtol=1e-6, atol=1e-5)


@settings(max_examples=40)
@given(st.integers(0, 2**31))
def test_differences_are_those_of_all_pairs(seed: int) -> None:
    band, rows = random_band(seed, np.inf)
    fg, bg = random_levels(seed, len(rows), int(band.lo.max()) + 9)
    out = np.empty(len(band.values), np.float32)
    comparison_kernels.differences(fg, bg, band.lo, band.start, out)
    wanted = reference_kernels.mean_difference(fg.astype(np.int64), bg.astype(np.int64))
    for i, row in enumerate(rows):
        for j in row:
            assert out[band.start[i] + j - band.lo[i]] == pytest.approx(wanted[i, j], rel=1e-6)


@settings(max_examples=100)
@given(st.integers(0, 2**31), st.integers(0, 5), st.sampled_from([1, -1]))
def test_a_tunnel_takes_the_nearest_of_the_least_different(seed: int, window: int, direction: int) -> None:
    rng = np.random.default_rng(seed)
    fg, bg = random_levels(seed, 8, 12)
    fg_spread, bg_spread = (np.abs(levels).mean(axis=1).astype(np.float32) for levels in (fg, bg))
    i, j = int(rng.integers(8)), int(rng.integers(12))
    out = np.full(8, -7)
    comparison_kernels.tunnel(fg, bg, fg_spread, bg_spread, np.float32(0.6), i, j, window, direction, out)
    difference = reference_kernels.mean_difference(fg.astype(np.int64), bg.astype(np.int64))
    allowed = np.float32(0.6) * (fg_spread[:, None] + bg_spread)
    begins = reference_kernels.tunnel(difference, allowed, i, j, window, direction)
    assert out.tolist() == [begins.get(k, -7) for k in range(8)]


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.integers(1, 9))
def test_hamming_counts_the_bits_that_differ(seed: int, words: int) -> None:
    rng = np.random.default_rng(seed)
    fg, bg = (rng.integers(0, 2**64, (n, words), np.uint64) for n in (4, 6))
    bg[0], bg[1] = fg[0], ~fg[0]
    out = np.empty((4, 6), np.float32)
    comparison_kernels.hamming(fg, bg, out)
    np.testing.assert_allclose(out, reference_kernels.hamming(fg, bg), atol=1e-6)
    assert (out[0, 0], out[0, 1]) == (0, 1)


@settings(max_examples=40)
@given(st.integers(0, 2**31))
def test_correlations_equal_numpys_and_are_0_for_a_constant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fg, bg = (rng.integers(0, 9, (n, 16)).astype(np.float32) for n in (4, 5))
    fg[1] = bg[2] = 7
    out = np.empty((4, 5), np.float32)
    comparison_kernels.correlations(fg, bg, out)
    np.testing.assert_allclose(out, reference_kernels.correlations(fg, bg), atol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.floats(0.4, 2.2), st.floats(0.5, 2.0))
def test_sampled_pixels_equal_those_that_opencv_samples(seed: int, across: float, down: float) -> None:
    """To a 32nd of a px, as OpenCV rounds positions, of a slope of at most 24 levels per px."""
    rng = np.random.default_rng(seed)
    noise = rng.uniform(0, 255, (3, 60, 70)).astype(np.float32)
    bg = np.stack([cv2.GaussianBlur(frame, (0, 0), 4) for frame in noise]).round().astype(np.uint8)
    q = np.array([across, down, *rng.uniform(2, 9, 2)])
    rows, columns = (k.astype(np.int32) for k in np.nonzero(rng.random((20, 24)) < 0.5))
    out, by_pixel = np.empty((len(rows), 3), np.float32), np.ascontiguousarray(bg.reshape(3, -1).T)
    comparison_kernels.sample_pixels(by_pixel, 60, 70, q, rows, columns, out)
    map_x = (q[0] * (columns + 0.5) + q[2] - 0.5).astype(np.float32)
    map_y = (q[1] * (rows + 0.5) + q[3] - 0.5).astype(np.float32)
    for frame, sampled in zip(bg, out.T, strict=True):
        wanted = cv2.remap(frame.astype(np.float32), map_x, map_y, cv2.INTER_LINEAR).ravel()
        np.testing.assert_allclose(sampled, wanted, atol=1.5)
        assert (sampled == np.round(sampled)).all()


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.floats(0.4, 2.2), st.floats(0.5, 2.0))
def test_block_moments_equal_those_of_pixels_that_opencv_samples(seed: int, across: float, down: float) -> None:
    """To a 32nd of a px: OpenCV rounds positions so."""
    rng = np.random.default_rng(seed)
    fg = rng.uniform(0, 255, (20, 24)).astype(np.float32)
    bg = cv2.GaussianBlur(rng.uniform(0, 255, (60, 70)).astype(np.float32), (0, 0), 4)
    q = np.array([across, down, *rng.uniform(2, 9, 2)])
    rows, columns = (k.astype(np.int32) for k in np.nonzero(rng.random(fg.shape) < 0.5))
    map_x = (q[0] * (columns + 0.5) + q[2] - 0.5).astype(np.float32)
    map_y = (q[1] * (rows + 0.5) + q[3] - 0.5).astype(np.float32)
    levels = cv2.remap(bg, map_x, map_y, cv2.INTER_LINEAR).ravel()
    block = (columns > 11).astype(np.int32)
    by_block = np.argsort(block, kind="stable")
    rows, columns, block, levels = rows[by_block], columns[by_block], block[by_block], levels[by_block]
    taps = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    comparison_kernels.bilinear_taps(q, rows, columns, *bg.shape, *taps)
    moments, ends = np.empty((2, 6)), np.cumsum(np.bincount(block))
    comparison_kernels.block_moments(fg[rows, columns], bg.reshape(-1), bg.shape[1], *taps, ends, moments)
    for k in range(2):
        f, b = fg[rows, columns][block == k].astype(np.float64), levels[block == k].astype(np.float64)
        wanted = [len(f), f.sum(), b.sum(), (f * f).sum(), (b * b).sum(), (f * b).sum()]
        np.testing.assert_allclose(moments[k], wanted, rtol=3e-3)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.floats(1, 255))
def test_a_plain_block_correlates_with_nothing(seed: int, level: float) -> None:
    """But for the rounding of its pixels, and of sums of their squares, of which the variance is a small difference."""
    rng = np.random.default_rng(seed)
    plain = np.nextafter(np.full(600, level, np.float32), rng.choice(np.array([0, 255], np.float32), 600)).astype(
        np.float64
    )
    fg = rng.normal(100, 20, 600)
    for f, b in ((fg, plain), (plain, fg), (plain, plain)):
        moments = np.array([[[600, f.sum(), b.sum(), (f * f).sum(), (b * b).sum(), (f * b).sum()]]])
        assert abs(moments_correlation(moments)[0]) < 0.02


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.booleans())
def test_correlations_of_moments_are_those_of_pixels(seed: int, is_sparse: bool) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = (at.ravel() for at in np.indices((16, 16)))
    fg = rng.normal(100, 20, 256).astype(np.float32)
    if is_sparse:
        fg[(rows > 7) | (columns > 7)] = 50
    bg = np.stack([fg + rng.normal(0, noise, 256) for noise in (1, 10, 30)]).astype(np.float32)
    bg[:, (rows < 8) & (columns > 7)] = rng.uniform(0, 255, 64).astype(np.float32)
    block = block_of_pixels(rows, columns, 4)
    pixels = [(np.ones(256), fg, b, fg * fg, b * b, fg * b) for b in bg]
    sums = [np.stack([np.bincount(block, weights=p) for p in of_pair], axis=1) for of_pair in pixels]
    moments = np.stack(sums).astype(np.float64)
    plain = unit_rows(fg[None]) @ unit_rows(bg).T
    robust = robust_correlation(fg[None], bg, rows, columns, 4, 0.4)
    wanted = np.maximum(plain, robust) if sparse_rows(fg[None], rows, columns, 4, 0.5)[0] else robust
    assert moments_correlation(moments) == pytest.approx(plain[0], abs=1e-4)
    assert robust_moments_correlation(moments, 0.4, 0.5) == pytest.approx(wanted[0], abs=1e-3)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 9), st.tuples(st.integers(1, 4), st.integers(1, 5)))
def test_cell_means_are_means_of_cells(seed: int, high: int, wide: int, cells: tuple[int, int]) -> None:
    plane = np.random.default_rng(seed).integers(0, 256, (high * cells[0] + 2, wide * cells[1] + 3), np.uint8)
    out = np.empty(cells, np.uint8)
    comparison_kernels.cell_means(plane, high, wide, np.empty(plane.shape[1], np.int32), out)
    assert np.array_equal(out, reference_kernels.cell_means(plane, high, wide, cells))


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(4, 13), st.integers(1, 9))
def test_woven_combs_are_distances_of_lines_from_those_about_them(seed: int, lines: int, width: int) -> None:
    upper, lower = np.random.default_rng(seed).integers(0, 256, (2, lines, width), np.uint8)
    found = comparison_kernels.woven_combs(upper, lower)
    assert found == pytest.approx(reference_kernels.woven_combs(upper, lower))


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 5))
def test_area_means_are_products_with_shares(seed: int, high: int, wide: int) -> None:
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (2, 11, 17), np.uint8)
    top, left = rng.integers(0, 11 - high, 6), rng.integers(0, 17 - wide, 7)
    down, across = (rng.integers(1, 9, (n, k)).astype(np.float32) for n, k in ((6, high), (7, wide)))
    down, across = (shares / shares.sum(axis=1, keepdims=True) for shares in (down, across))
    out = np.empty((2, 6, 7), np.uint8)
    comparison_kernels.area_means(frames, top, down, left, across, np.empty(17, np.float32), out)
    wanted = reference_kernels.area_means(frames, top, down, left, across)
    assert np.abs(out.astype(int) - wanted).max() <= 1  # where rounding decides
    assert (out == wanted).mean() > 0.9
