"""The compiled loops of robust least squares: a line through a path, one picture on another, matched positions.

Nothing is checked here: an index out of range reads foreign memory. Callers pass arrays of the shapes stated, indices
in range, and bands without an empty row; `viterbi.Band` and how they build arrays ensure that. Each loop has a
brute-force twin in tests/support/reference_kernels.py. Sums may be added in any order where `fastmath` says so.
"""

import numpy as np

from vidkompy.numerics.machine_code import SUMS_IN_ANY_ORDER, compiled

SIGMA_PER_MEDIAN = 1.4826  # of absolute deviations, where noise is normal
# Rows and columns of what `normal_equations` sums: a transform's parameters, a frame pair's own unknowns, the residual.
SCALE_X, SCALE_Y, SHIFT_X, SHIFT_Y, TIME, GAIN, OFFSET, RESIDUAL = range(8)
WEIGHT, FG_LEVEL, SORTED = range(8, 11)  # further rows of its scratch
SCRATCH_ROWS = 11
LEAST_SIDE = 4  # px of BG: a bilinear value and its central differences
BLOCK = 512  # pixels that are summed in float32
CONSENSUS_SCALE, CONSENSUS_X, CONSENSUS_Y = range(3)  # what `consensus` finds
LEAST_SPREAD = 1e-6  # px squared of positions: a guard of a division


@compiled("void(f8[::1], i8, i8, f8, f8, f8[:,::1], f8[::1])")
def local_trend(path, half, rounds, cutoff, noise, scratch, out):
    """out f64 [n]: value at each point of a robust straight line through path[i - half .. i + half].

    rounds  fits, the first with equal weights; then with Cauchy weights 1 / (1 + (r / (cutoff * sigma))^2)
    cutoff  sigmas at which a residual r has half the full weight; noise: BG frames added to sigma
    scratch f64 [3, 2 half + 1]
    Iteratively reweighted least squares. Source: Holland & Welsch 1977, doi:10.1080/03610927708827533.
    """
    n = path.shape[0]
    weight, error, sorted_error = 0, 1, 2  # rows of scratch
    for i in range(n):
        first, count = max(0, i - half), min(n, i + half + 1) - max(0, i - half)
        for k in range(count):
            scratch[weight, k] = 1.0
        value = 0.0
        for _ in range(rounds):
            sw = sx = sy = 0.0
            for k in range(count):
                sw += scratch[weight, k]
                sx += scratch[weight, k] * (first + k - i)
                sy += scratch[weight, k] * path[first + k]
            mx, my = sx / sw, sy / sw
            xy = xx = 0.0
            for k in range(count):
                d = first + k - i - mx
                xy += scratch[weight, k] * d * (path[first + k] - my)
                xx += scratch[weight, k] * d * d
            slope = xy / (xx + 1e-9)
            value = my - slope * mx
            for k in range(count):
                scratch[error, k] = abs(path[first + k] - value - slope * (first + k - i))
                scratch[sorted_error, k] = scratch[error, k]
            scale = cutoff * (SIGMA_PER_MEDIAN * _median(scratch, sorted_error, count) + noise)
            for k in range(count):
                scratch[weight, k] = 1.0 / (1.0 + (scratch[error, k] / scale) ** 2)
        out[i] = value


@compiled("f8(f4[:,::1], f4[:,::1], f8[::1], f8[:,::1], f8[::1], i8, f8[::1])")
def consensus(p, c, scale, shift, limits, refits, out):
    """RANSAC's choice of the hypothesis with most inliers, and its least-squares fit to these, made anew a few times.

    p, c     f32 [n, 2]   matched positions; c = scale * p + shift
    scale    f64 [m]      hypotheses: of ties the first one counts
    shift    f64 [m, 2]
    limits   f64 [4]      distance below which a match is an inlier; scales, lowest and highest; inliers that are needed
    refits   least-squares fits, each to the inliers of the one before
    out      f64 [3]      CONSENSUS_SCALE, CONSENSUS_X, CONSENSUS_Y
    Returns how many inliers the last fit has; 0 where too few are left on the way.
    Source: Fischler & Bolles 1981, doi:10.1145/358669.358692.
    """
    n, within, most = p.shape[0], limits[0], -1
    for h in range(scale.shape[0]):
        inliers = 0
        for k in range(n):
            inliers += _agrees(p, c, k, scale[h], shift[h, 0], shift[h, 1], within)
        if inliers > most:
            most = inliers
            out[CONSENSUS_SCALE], out[CONSENSUS_X], out[CONSENSUS_Y] = scale[h], shift[h, 0], shift[h, 1]
    for _ in range(refits):
        inliers = 0
        px = py = cx = cy = pc = pp = 0.0
        for k in range(n):
            if _agrees(p, c, k, out[CONSENSUS_SCALE], out[CONSENSUS_X], out[CONSENSUS_Y], within):
                x, y = np.float64(p[k, 0]), np.float64(p[k, 1])
                inliers += 1
                px += x
                py += y
                cx += c[k, 0]
                cy += c[k, 1]
                pc += x * c[k, 0] + y * c[k, 1]
                pp += x * x + y * y
        if inliers < limits[3]:
            return 0.0
        variance = pp - (px * px + py * py) / inliers
        s = (pc - (px * cx + py * cy) / inliers) / (variance + LEAST_SPREAD)
        s = min(max(s, limits[1]), limits[2])
        out[CONSENSUS_SCALE], out[CONSENSUS_X], out[CONSENSUS_Y] = s, (cx - s * px) / inliers, (cy - s * py) / inliers
    inliers = 0
    for k in range(n):
        inliers += _agrees(p, c, k, out[CONSENSUS_SCALE], out[CONSENSUS_X], out[CONSENSUS_Y], within)
    return np.float64(inliers)


def _agrees(p, c, k, scale, x, y, within):
    """Whether match k lies within that distance of where scale and shift put it."""
    off_x, off_y = c[k, 0] - scale * p[k, 0] - x, c[k, 1] - scale * p[k, 1] - y
    return off_x * off_x + off_y * off_y < within * within


@compiled(
    "f8(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f8, f8[::1], i4[::1], i4[::1], f8[::1], f4[:,::1], f8[:,::1])",
    fastmath=SUMS_IN_ANY_ORDER,
)
def normal_equations(fg, bg, before, after, span, q, rows, columns, weighting, scratch, out):
    """Gauss-Newton sums of one frame pair: weighted products of all Jacobian columns and the residual.

    fg              f32 [h, w]
    bg              f32 [H, W]   LEAST_SIDE each way; with its neighbours in time, before and after, `span` apart
    q               f64 [4]      BG px = q[:2] * FG px + q[2:]; BG between its pixels is bilinear
    rows, columns   i32 [m]      the pixels of FG that count, which lie on BG
    weighting       f64 [4]      reweightings, cutoff, noise, looked_at: see `_fit_gain`
    scratch         f32 [SCRATCH_ROWS, m]
    out             f64 [8, 8]   sums of weight / sigma^2 * column * column over the pixels; indices SCALE_X .. RESIDUAL
    Returns the weighted ZNCC. Source: Baker & Matthews 2004, doi:10.1023/B:VISI.0000011205.11775.fd.

    Pixels are gathered once, and columns lie in rows of scratch: this is what vectors need.
    """
    m, half, one, two = rows.shape[0], np.float32(0.5), np.uint32(1), np.uint32(2)
    sx, sy = np.float32(q[0]), np.float32(q[1])
    tx, ty = np.float32(q[2]) - half, np.float32(q[3]) - half
    unit, rightmost, lowest, per_frame = np.float32(1), bg.shape[1] - 3, bg.shape[0] - 3, np.float32(1 / span)
    scale_x, scale_y, shift_x, shift_y = scratch[SCALE_X], scratch[SCALE_Y], scratch[SHIFT_X], scratch[SHIFT_Y]
    in_time, bg_level, constant, fg_level = scratch[TIME], scratch[GAIN], scratch[OFFSET], scratch[FG_LEVEL]
    for p in range(m):
        x, y = np.float32(columns[p]) + half, np.float32(rows[p]) + half
        at_x, at_y = sx * x + tx, sy * y + ty
        left, top = min(max(int(at_x), 1), rightmost), min(max(int(at_y), 1), lowest)
        u, v = at_x - np.float32(left), at_y - np.float32(top)
        i, j = np.uint32(top), np.uint32(left)  # unsigned: numba asks whether other indices are negative
        w00, w01, w10, w11 = (unit - u) * (unit - v), u * (unit - v), (unit - u) * v, u * v
        b00, b01, b10, b11 = bg[i, j], bg[i, j + one], bg[i + one, j], bg[i + one, j + one]
        along_x = w00 * (b01 - bg[i, j - one]) + w01 * (bg[i, j + two] - b00)
        along_x += w10 * (b11 - bg[i + one, j - one]) + w11 * (bg[i + one, j + two] - b10)
        along_y = w00 * (b10 - bg[i - one, j]) + w01 * (b11 - bg[i - one, j + one])
        along_y += w10 * (bg[i + two, j] - b00) + w11 * (bg[i + two, j + one] - b01)
        change = w00 * (after[i, j] - before[i, j]) + w01 * (after[i, j + one] - before[i, j + one])
        change += w10 * (after[i + one, j] - before[i + one, j])
        change += w11 * (after[i + one, j + one] - before[i + one, j + one])
        bg_level[p] = w00 * b00 + w01 * b01 + w10 * b10 + w11 * b11
        shift_x[p], shift_y[p] = half * along_x, half * along_y
        scale_x[p], scale_y[p] = shift_x[p] * x, shift_y[p] * y
        in_time[p], constant[p] = change * per_frame, unit
        fg_level[p] = fg[np.uint32(rows[p]), np.uint32(columns[p])]
    gain, sigma = _fit_gain(weighting, scratch)
    for r in range(8):
        for c in range(8):
            out[r, c] = 0.0
    for first in range(0, m, BLOCK):
        weight = scratch[WEIGHT, first : first + BLOCK]
        for r in range(8):
            row = scratch[r, first : first + BLOCK]
            for c in range(r, 8):
                column, total = scratch[c, first : first + BLOCK], np.float32(0)
                for p in range(weight.shape[0]):
                    total += weight[p] * row[p] * column[p]
                out[r, c] += total
    bb, fb = out[GAIN, GAIN], out[GAIN, RESIDUAL] + gain * out[GAIN, GAIN]
    ff = out[RESIDUAL, RESIDUAL] + gain * (out[GAIN, RESIDUAL] + fb)
    for r in range(8):
        for c in range(r, 8):
            out[r, c] *= (gain if r < GAIN else 1.0) * (gain if c < GAIN else 1.0) / (sigma * sigma)
            out[c, r] = out[r, c]
    return fb / np.sqrt(ff * bb + 1e-12)


def _fit_gain(weighting, scratch):
    """Robust straight line from BG's grey levels to FG's, by iteratively reweighted least squares.

    weighting  times that gain, offset and weights are fitted anew; sigmas at which a residual has a quarter of the full
               weight (1 + (r / (cutoff * sigma))^2)^-2; grey levels added to sigma; residuals that its median is of
    scratch    in: GAIN: BG's levels, FG_LEVEL: FG's; out: GAIN: BG's levels less their mean, WEIGHT: weights of the
               last fit's residuals, RESIDUAL: those residuals, FG - mean of FG - gain * (BG - mean of BG)
    Returns gain and sigma. Source: Holland & Welsch 1977, doi:10.1080/03610927708827533; weights of Geman & McClure
    1987, Bull. Int. Stat. Inst. 52(4), 5-21: they fall faster than the Cauchy weights above.
    """
    fg, bg, weight, residual = scratch[FG_LEVEL], scratch[GAIN], scratch[WEIGHT], scratch[RESIDUAL]
    m, one = fg.shape[0], np.float32(1)
    every = max(1, m // int(weighting[3]))
    gain, mean_b, sigma = 0.0, np.float32(0), 1.0
    for p in range(m):
        weight[p] = one
    for _ in range(int(weighting[0]) + 1):
        total = sum_f = sum_b = 0.0
        for p in range(m):
            total += weight[p]
            sum_f += weight[p] * fg[p]
            sum_b += weight[p] * bg[p]
        mean_f, mean_b = np.float32(sum_f / total), np.float32(sum_b / total)
        fb = bb = 0.0
        for p in range(m):
            weighted = weight[p] * (bg[p] - mean_b)
            fb += weighted * (fg[p] - mean_f)
            bb += weighted * (bg[p] - mean_b)
        gain = fb / (bb + 1e-6)
        slope = np.float32(gain)
        for p in range(m):
            residual[p] = fg[p] - mean_f - slope * (bg[p] - mean_b)
        count = 0
        for p in range(0, m, every):
            scratch[SORTED, count] = abs(residual[p])
            count += 1
        sigma = SIGMA_PER_MEDIAN * _median(scratch, SORTED, count) + weighting[2]
        scale = np.float32(1 / (weighting[1] * sigma))
        for p in range(m):
            ratio = residual[p] * scale
            u = one + ratio * ratio
            weight[p] = one / (u * u)
    for p in range(m):
        bg[p] -= mean_b
    return gain, sigma


def _median(values, row, count):
    """Median of values[row, :count], which are put in another order. Source: Hoare 1961, doi:10.1145/366622.366647."""
    upper = _select(values, row, count, count // 2)
    if count % 2:
        return np.float64(upper)
    lower = values[row, 0]
    for k in range(1, count // 2):
        lower = max(lower, values[row, k])
    return np.float64(lower + upper) / 2


def _select(values, row, count, wanted):
    """The value of this rank; smaller ones come to lie before it, larger ones behind."""
    low, high = 0, count - 1
    while low < high:
        pivot = values[row, (low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[row, i] < pivot:
                i += 1
            while values[row, j] > pivot:
                j -= 1
            if i <= j:
                values[row, i], values[row, j] = values[row, j], values[row, i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return values[row, wanted]
