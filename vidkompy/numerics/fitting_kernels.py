"""The compiled loops of robust least squares: a line through a path, one picture on another.

Nothing is checked here: an index out of range reads foreign memory. Callers pass arrays of the shapes stated, indices
in range, and bands without an empty row; `viterbi.Band` and how they build arrays ensure that. Each loop has a
brute-force twin in tests/support/reference_kernels.py. fastmath stays off: ties must not depend on a CPU.
"""

import numpy as np

from vidkompy.numerics.machine_code import compiled

SIGMA_PER_MEDIAN = 1.4826  # of absolute deviations, where noise is normal
# Rows and columns of what `normal_equations` sums: a transform's parameters, a frame pair's own unknowns, the residual.
SCALE_X, SCALE_Y, SHIFT_X, SHIFT_Y, TIME, GAIN, OFFSET, RESIDUAL = range(8)
WEIGHT, MISFIT, SORTED = range(3)  # rows of its scratch


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


@compiled("f8(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f8, f8, f8, i4[::1], i4[::1], f8[::1], f4[:,::1], f8[:,::1])")
def normal_equations(fg, bg, before, after, span, sx, sy, rows, columns, weighting, scratch, out):
    """Gauss-Newton sums of one frame pair: weighted products of all Jacobian columns and the residual.

    fg, bg          f32 [h, w]   FG, and BG on the FG grid
    before, after   f32 [h, w]   BG's neighbours in time on the FG grid, `span` frames apart
    sx, sy          canvas px per FG px
    rows, columns   i32 [m]      the pixels that count, not on the border
    weighting       f64 [4]      reweightings, cutoff, noise, looked_at: see `_fit_gain`
    scratch         f32 [3, m]
    out             f64 [8, 8]   sums of weight / sigma^2 * column * column over the pixels; indices SCALE_X .. RESIDUAL
    Returns the weighted ZNCC. Source: Baker & Matthews 2004, doi:10.1023/B:VISI.0000011205.11775.fd.
    """
    m = rows.shape[0]
    gain, mean_f, mean_b, sigma = _fit_gain(fg, bg, rows, columns, weighting, scratch)
    for r in range(8):
        for c in range(8):
            out[r, c] = 0.0
    ff = fb = bb = 0.0
    precision = 1.0 / (sigma * sigma)
    for p in range(m):
        y, x = rows[p], columns[p]
        w = scratch[WEIGHT, p] * precision
        db, df = bg[y, x] - mean_b, fg[y, x] - mean_f
        gx = gain * (bg[y, x + 1] - bg[y, x - 1]) / (2 * sx)
        gy = gain * (bg[y + 1, x] - bg[y - 1, x]) / (2 * sy)
        gt = gain * (after[y, x] - before[y, x]) / span
        row = (gx * (x + 0.5), gy * (y + 0.5), gx, gy, gt, db, 1.0, np.float64(scratch[MISFIT, p]))
        for r in range(8):
            wr = w * row[r]
            for c in range(r, 8):
                out[r, c] += wr * row[c]
        ff += w * df * df
        fb += w * df * db
        bb += w * db * db
    for r in range(8):
        for c in range(r):
            out[r, c] = out[c, r]
    return fb / np.sqrt(ff * bb + 1e-12)


def _fit_gain(fg, bg, rows, columns, weighting, scratch):
    """Robust straight line from BG's grey levels to FG's, by iteratively reweighted least squares.

    weighting  times that gain, offset and weights are fitted anew; sigmas at which a residual has a quarter of the full
               weight (1 + (r / (cutoff * sigma))^2)^-2; grey levels added to sigma; residuals that its median is of
    scratch    f32 [3, m]   out: WEIGHT: weights of the last fit's residuals; MISFIT: those residuals,
               FG - mean of FG - gain * (BG - mean of BG)
    Returns gain, mean of FG, mean of BG, sigma. Source: Holland & Welsch 1977, doi:10.1080/03610927708827533; weights
    of Geman & McClure 1987, Bull. Int. Stat. Inst. 52(4), 5-21: they fall faster than the Cauchy weights above.
    """
    cutoff, noise = weighting[1], weighting[2]
    m = rows.shape[0]
    every = max(1, m // int(weighting[3]))
    gain, mean_f, mean_b, sigma = 0.0, 0.0, 0.0, 1.0
    for p in range(m):
        scratch[WEIGHT, p] = 1
    for _ in range(int(weighting[0]) + 1):
        total = sum_f = sum_b = 0.0
        for p in range(m):
            w = scratch[WEIGHT, p]
            total += w
            sum_f += w * fg[rows[p], columns[p]]
            sum_b += w * bg[rows[p], columns[p]]
        mean_f, mean_b = sum_f / total, sum_b / total
        fb = bb = 0.0
        for p in range(m):
            db = bg[rows[p], columns[p]] - mean_b
            fb += scratch[WEIGHT, p] * db * (fg[rows[p], columns[p]] - mean_f)
            bb += scratch[WEIGHT, p] * db * db
        gain = fb / (bb + 1e-6)
        count = 0
        for p in range(m):
            misfit = fg[rows[p], columns[p]] - mean_f - gain * (bg[rows[p], columns[p]] - mean_b)
            scratch[MISFIT, p] = misfit
            if p % every == 0:
                scratch[SORTED, count] = abs(scratch[MISFIT, p])
                count += 1
        sigma = SIGMA_PER_MEDIAN * _median(scratch, SORTED, count) + noise
        for p in range(m):
            u = 1.0 + (scratch[MISFIT, p] / (cutoff * sigma)) ** 2
            scratch[WEIGHT, p] = 1.0 / (u * u)
    return gain, mean_f, mean_b, sigma


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
