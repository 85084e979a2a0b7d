"""Every compiled loop, and nothing else. Arrays and scalars in, `out` arrays filled.

Nothing is checked here: an index out of range reads foreign memory. Callers pass C-contiguous arrays of the types and
shapes stated, indices in range, and bands without an empty row; `viterbi.Band` and how they build arrays ensure that.
Each has a brute-force twin in tests/support/reference_kernels.py. fastmath stays off: ties must not depend on a CPU.
"""

import numpy as np
from numba import njit

INFINITE = np.float32(1e30)
SIGMA_PER_MEDIAN = 1.4826  # of absolute deviations, where noise is normal
# Rows and columns of what `normal_equations` sums: a transform's parameters, a frame pair's own unknowns, the residual.
SCALE_X, SCALE_Y, SHIFT_X, SHIFT_Y, TIME, GAIN, OFFSET, RESIDUAL = range(8)


@njit(cache=True, nogil=True)
def viterbi(cost, start, lo, expected, free_holds, table, jump, leap, predecessors, path):  # type: ignore[no-untyped-def]
    """Cheapest path through a band of costs; ties go to the jump, then to the smallest step, at last to the leap.

    cost          f32 [cells]      row i holds cells start[i] .. start[i+1]: BG frames lo[i], lo[i] + 1, ...
    start, lo     i64 [n + 1], [n]
    expected      i64 [n]          step expected on arriving at row i
    free_holds    bool [n]         rows on which a step of 0 costs nothing
    table         f32 [2 * s - 1]  cost of step t (0 <= t < s) at row i: table[t - expected[i] + s - 1], expected < s
    jump          cost of any step of s or more
    leap          cost of any step at all, back too; INFINITE: the path never goes back
    predecessors  i32 [cells]      out: column of the best predecessor, -1 for none
    path          i64 [n]          out: BG frame of each row
    With D[i, j] the cost of the cheapest path to BG frame j at row i, D[0, j] = cost[0, j] and

        D[i, j] = cost[i, j] + min( min_t<s D[i-1, j-t] + step cost,  min_t>=s D[i-1, j-t] + jump,  min D[i-1] + leap )

    The second minimum, `far`, only ever takes cells in as j grows: a running minimum over the columns before `far_end`.
    Returns the total cost. Source: Viterbi 1967, doi:10.1109/TIT.1967.1054010.
    """
    n, steps = lo.shape[0], (table.shape[0] + 1) // 2
    widest = np.diff(start).max()
    previous, current = np.empty(widest, np.float32), np.empty(widest, np.float32)
    width, cheapest = start[1] - start[0], 0
    for k in range(width):
        previous[k] = cost[start[0] + k]
        predecessors[start[0] + k] = -1
        if previous[k] < previous[cheapest]:
            cheapest = k
    total = np.float64(0)
    for i in range(1, n):
        shift, offset = lo[i] - lo[i - 1], steps - 1 - expected[i]
        far, far_at, far_end = INFINITE, -1, 0
        lowest, lowest_at = INFINITE, 0
        anywhere = previous[cheapest] + leap
        for k in range(start[i + 1] - start[i]):
            at = k + shift
            while far_end <= at - steps and far_end < width:
                if previous[far_end] < far:
                    far, far_at = previous[far_end], far_end
                far_end += 1
            best, best_at = far + jump, far_at
            for t in range(max(0, at - width + 1), min(steps, at + 1)):
                value = previous[at - t]
                if t > 0 or not free_holds[i]:
                    value += table[t + offset]
                if value < best:
                    best, best_at = value, at - t
            if anywhere < best and leap < INFINITE:
                best, best_at = anywhere, cheapest
            current[k] = best + cost[start[i] + k] if best_at >= 0 else INFINITE
            predecessors[start[i] + k] = best_at
            if current[k] < lowest:
                lowest, lowest_at = current[k], k
        width = start[i + 1] - start[i]
        cheapest = lowest_at
        total += lowest  # rows are kept relative to their cheapest cell: float32 stays exact on any length
        for k in range(width):
            previous[k] = min(current[k] - lowest, INFINITE)
    k = cheapest
    total += previous[k]
    for i in range(n - 1, -1, -1):
        path[i] = lo[i] + k
        k = predecessors[start[i] + k]
    return total


@njit(cache=True, nogil=True)
def min_marginals(cost, start, lo, expected, free_holds, table, jump, leap, out):  # type: ignore[no-untyped-def]
    """out f32 [cells]: how much dearer than the best path the best path through each cell is.

    Arguments as for `viterbi`. Forward plus backward Viterbi; each row is kept relative to its cheapest cell.
    """
    n, steps = lo.shape[0], (table.shape[0] + 1) // 2
    out[:] = INFINITE
    cheapest = INFINITE
    for k in range(start[1] - start[0]):
        out[start[0] + k] = cost[start[0] + k]
        cheapest = min(cheapest, cost[start[0] + k])
    for i in range(1, n):
        shift, offset = lo[i] - lo[i - 1], steps - 1 - expected[i]
        width = start[i] - start[i - 1]
        far_end = 0
        far = lowest = INFINITE
        for k in range(start[i + 1] - start[i]):
            at = k + shift
            while far_end <= at - steps and far_end < width:
                far = min(far, out[start[i - 1] + far_end])
                far_end += 1
            best = min(far + jump, cheapest + leap)
            for t in range(max(0, at - width + 1), min(steps, at + 1)):
                value = out[start[i - 1] + at - t]
                if t > 0 or not free_holds[i]:
                    value += table[t + offset]
                best = min(best, value)
            out[start[i] + k] = min(best + cost[start[i] + k], INFINITE)
            lowest = min(lowest, out[start[i] + k])
        for k in range(start[i], start[i + 1]):
            out[k] -= lowest
        cheapest = np.float32(0)
    next_cost_to_go = np.zeros(0, np.float32)  # from each cell of row i + 1 to the end, its own cost included
    for i in range(n - 1, -1, -1):
        width = start[i + 1] - start[i]
        cost_to_go = np.zeros(width, np.float32)
        if i < n - 1:
            shift, offset = lo[i + 1] - lo[i], steps - 1 - expected[i + 1]
            far, far_end = INFINITE, len(next_cost_to_go) - 1
            for k in range(width - 1, -1, -1):
                at = k - shift
                while far_end >= at + steps and far_end >= 0:
                    far = min(far, next_cost_to_go[far_end])
                    far_end -= 1
                best = min(far + jump, leap)  # the least of next_cost_to_go is 0
                for t in range(max(0, -at), min(steps, len(next_cost_to_go) - at)):
                    value = next_cost_to_go[at + t]
                    if t > 0 or not free_holds[i + 1]:
                        value += table[t + offset]
                    best = min(best, value)
                cost_to_go[k] = best
        lowest = cheapest = INFINITE
        for k in range(width):
            lowest = min(lowest, out[start[i] + k] + cost_to_go[k])
            cheapest = min(cheapest, cost_to_go[k] + cost[start[i] + k])
        next_cost_to_go = np.empty(width, np.float32)
        for k in range(width):
            next_cost_to_go[k] = cost_to_go[k] + cost[start[i] + k] - cheapest
            out[start[i] + k] = min(out[start[i] + k] + cost_to_go[k] - lowest, INFINITE)


@njit(cache=True, nogil=True)
def equivalents(cost, start, lo, path, tolerance, low, high):  # type: ignore[no-untyped-def]
    """low, high  i64 [n], out: frames low[i] .. high[i] - 1, path[i] too, cost at most `tolerance` more than it.

    Other arguments as for `viterbi`. One stretch without gap; it ends where the band does.
    """
    for i in range(path.shape[0]):
        k = first = start[i] + path[i] - lo[i]
        limit = cost[k] + tolerance
        while first > start[i] and cost[first - 1] <= limit:
            first -= 1
        while k + 1 < start[i + 1] and cost[k + 1] <= limit:
            k += 1
        low[i], high[i] = lo[i] + first - start[i], lo[i] + k + 1 - start[i]


@njit(cache=True, nogil=True)
def lookalikes(frames, cells, limit, reach, low, high):  # type: ignore[no-untyped-def]
    """low, high  i64 [n], out: frames low[j] .. high[j] - 1 look like frame j, without gap, at most `reach` away.

    frames  u8 [n, pixels]
    cells   i64 [m]   pixels that count
    limit   mean absolute difference up to which two frames look alike, each compared with frame j itself
    """
    n = frames.shape[0]
    for j in range(n):
        low[j], high[j] = j, j + 1
        for direction in (-1, 1):
            for away in range(1, reach + 1):
                k = j + direction * away
                if k < 0 or k >= n:
                    break
                total = np.int64(0)
                for c in cells:
                    total += abs(np.int64(frames[j, c]) - np.int64(frames[k, c]))
                if total > limit * cells.shape[0]:
                    break
                low[j], high[j] = min(low[j], k), max(high[j], k + 1)


@njit(cache=True, nogil=True)
def lag_costs(score, start, lo, scale, weight, floor, change, limit, discount, per_frame, out):  # type: ignore[no-untyped-def]
    """out f32 [cells]: the least cost of each cell and of k = 1, 2, ... BG frames before with the change since.

    score           f32 [cells]    similarity of unit rows; what is below `floor` counts as `floor`
    start, lo       as for `viterbi`
    scale, weight   f32 [n]        cost of a squared distance; what the least one is multiplied with
    change          f32 [n_bg, k]  squared distance from the BG frame 1, 2, ... before, which must be in the band;
                                   it counts `discount` times, and a cost of `limit` or more is out of question
    per_frame       cost of each frame before
    """
    for i in range(lo.shape[0]):
        for at in range(start[i], start[i + 1]):
            least = scale[i] * (2 - 2 * max(score[at], floor))
            j = lo[i] + at - start[i]
            for k in range(min(change.shape[1], at - start[i])):
                since = scale[i] * change[j, k]
                if since < limit:
                    before = scale[i] * (2 - 2 * max(score[at - k - 1], floor))
                    least = min(least, before + discount * since + per_frame * (k + 1))
            out[at] = weight[i] * least


@njit(cache=True, nogil=True)
def local_trend(path, half, rounds, cutoff, noise, out):  # type: ignore[no-untyped-def]
    """out f64 [n]: value at each point of a robust straight line through path[i - half .. i + half].

    rounds  fits, the first with equal weights; then with Cauchy weights 1 / (1 + (r / (cutoff * sigma))^2)
    cutoff  sigmas at which a residual r has half the full weight; noise: BG frames added to sigma
    Iteratively reweighted least squares. Source: Holland & Welsch 1977, doi:10.1080/03610927708827533.
    """
    n = path.shape[0]
    weight, error = np.empty(2 * half + 1, np.float64), np.empty(2 * half + 1, np.float64)
    for i in range(n):
        first, count = max(0, i - half), min(n, i + half + 1) - max(0, i - half)
        weight[:count] = 1.0
        value = 0.0
        for _ in range(rounds):
            sw = sx = sy = 0.0
            for k in range(count):
                sw += weight[k]
                sx += weight[k] * (first + k - i)
                sy += weight[k] * path[first + k]
            mx, my = sx / sw, sy / sw
            xy = xx = 0.0
            for k in range(count):
                d = first + k - i - mx
                xy += weight[k] * d * (path[first + k] - my)
                xx += weight[k] * d * d
            slope = xy / (xx + 1e-9)
            value = my - slope * mx
            for k in range(count):
                error[k] = abs(path[first + k] - value - slope * (first + k - i))
            scale = cutoff * (SIGMA_PER_MEDIAN * np.median(error[:count]) + noise)
            for k in range(count):
                weight[k] = 1.0 / (1.0 + (error[k] / scale) ** 2)
        out[i] = value


@njit(cache=True, nogil=True)
def normal_equations(fg, bg, before, after, span, sx, sy, rows, columns, weighting, out):  # type: ignore[no-untyped-def]
    """Gauss-Newton sums of one frame pair: weighted products of all Jacobian columns and the residual.

    fg, bg          f32 [h, w]   FG, and BG on the FG grid
    before, after   f32 [h, w]   BG's neighbours in time on the FG grid, `span` frames apart
    sx, sy          canvas px per FG px
    rows, columns   i32 [m]      the pixels that count, not on the border
    weighting       reweightings, cutoff, noise, looked_at: see `_fit_gain`
    out             f64 [8, 8]   sums of weight / sigma^2 * column * column over the pixels; indices SCALE_X .. RESIDUAL
    Returns the weighted ZNCC. Source: Baker & Matthews 2004, doi:10.1023/B:VISI.0000011205.11775.fd.
    """
    m = rows.shape[0]
    weight = np.ones(m, np.float32)
    residual = np.empty(m, np.float32)
    gain, mean_f, mean_b, sigma = _fit_gain(fg, bg, rows, columns, weighting, weight, residual)
    out[:, :] = 0.0
    row = np.empty(8, np.float64)
    ff = fb = bb = 0.0
    precision = 1.0 / (sigma * sigma)
    row[OFFSET] = 1.0
    for p in range(m):
        y, x = rows[p], columns[p]
        w = weight[p] * precision
        db, df = bg[y, x] - mean_b, fg[y, x] - mean_f
        row[SHIFT_X] = gain * (bg[y, x + 1] - bg[y, x - 1]) / (2 * sx)
        row[SHIFT_Y] = gain * (bg[y + 1, x] - bg[y - 1, x]) / (2 * sy)
        row[SCALE_X], row[SCALE_Y] = row[SHIFT_X] * (x + 0.5), row[SHIFT_Y] * (y + 0.5)
        row[TIME] = gain * (after[y, x] - before[y, x]) / span
        row[GAIN], row[RESIDUAL] = db, residual[p]
        for r in range(8):
            wr = w * row[r]
            for c in range(r, 8):
                out[r, c] += wr * row[c]
        ff += w * df * df
        fb += w * df * db
        bb += w * db * db
    for r in range(8):
        out[r, :r] = out[:r, r]
    return fb / np.sqrt(ff * bb + 1e-12)


@njit(cache=True, nogil=True)
def _fit_gain(fg, bg, rows, columns, weighting, weight, residual):  # type: ignore[no-untyped-def]
    """Robust straight line from BG's grey levels to FG's, by iteratively reweighted least squares.

    weighting  times that gain, offset and weights are fitted anew; sigmas at which a residual has a quarter of the full
               weight (1 + (r / (cutoff * sigma))^2)^-2; grey levels added to sigma; residuals that its median is of
    weight     f32 [m]   in: ones; out: weights of the last fit's residuals
    residual   f32 [m]   out: FG - mean of FG - gain * (BG - mean of BG)
    Returns gain, mean of FG, mean of BG, sigma. Source: Holland & Welsch 1977, doi:10.1080/03610927708827533; weights
    of Geman & McClure 1987, Bull. Int. Stat. Inst. 52(4), 5-21: they fall faster than the Cauchy weights above.
    """
    reweightings, cutoff, noise, looked_at = weighting
    m = rows.shape[0]
    every = max(1, m // looked_at)
    gain, mean_f, mean_b, sigma = 0.0, 0.0, 0.0, 1.0
    for _ in range(reweightings + 1):
        total = sum_f = sum_b = 0.0
        for p in range(m):
            total += weight[p]
            sum_f += weight[p] * fg[rows[p], columns[p]]
            sum_b += weight[p] * bg[rows[p], columns[p]]
        mean_f, mean_b = sum_f / total, sum_b / total
        fb = bb = 0.0
        for p in range(m):
            db = bg[rows[p], columns[p]] - mean_b
            fb += weight[p] * db * (fg[rows[p], columns[p]] - mean_f)
            bb += weight[p] * db * db
        gain = fb / (bb + 1e-6)
        for p in range(m):
            residual[p] = fg[rows[p], columns[p]] - mean_f - gain * (bg[rows[p], columns[p]] - mean_b)
        sigma = SIGMA_PER_MEDIAN * float(np.median(np.abs(residual[::every]))) + noise
        for p in range(m):
            u = 1.0 + (residual[p] / (cutoff * sigma)) ** 2
            weight[p] = 1.0 / (u * u)
    return gain, mean_f, mean_b, sigma


@njit(cache=True, nogil=True)
def differences(fg, bg, lo, start, out):  # type: ignore[no-untyped-def]
    """out f32 [cells of the band]: mean absolute difference of rows of integers, FG i with BG lo[i], lo[i] + 1, ...

    fg, bg     i16 [n, pixels]
    lo, start  i64 [n], [n + 1]   as for `viterbi`
    """
    pixels = fg.shape[1]
    for i in range(fg.shape[0]):
        for at in range(start[i], start[i + 1]):
            j = lo[i] + at - start[i]
            total = np.int32(0)
            for p in range(pixels):
                total = np.int32(total + abs(np.int32(fg[i, p]) - np.int32(bg[j, p])))
            out[at] = total / pixels


@njit(cache=True, nogil=True)
def tunnel(fg, bg, fg_spread, bg_spread, reach, i, j, window, direction, out):  # type: ignore[no-untyped-def]
    """Walks through FG from frame i at BG frame j; each frame takes the least different of j .. j + window ahead.

    fg, bg                i16 [n, pixels]
    fg_spread, bg_spread  f32 [n]   mean absolute value of each row
    reach      a frame moves the walk only if its difference is at most `reach` times the sum of both spreads
    direction  1: towards later frames, -1: towards earlier ones, in FG and BG alike
    out        i64 [n]   BG frame at which the window of each FG frame began; frames behind i keep theirs
    Ties go to the BG frame nearest to the last match.
    """
    pixels = fg.shape[1]
    while 0 <= i < fg.shape[0]:
        least, at = np.int32(2**31 - 1), j
        for k in range(window + 1):
            c = j + direction * k
            if c < 0 or c >= bg.shape[0]:
                break
            total = np.int32(0)
            for p in range(pixels):
                total = np.int32(total + abs(np.int32(fg[i, p]) - np.int32(bg[c, p])))
            if total < least:
                least, at = total, c
        out[i] = j
        if least <= reach * (fg_spread[i] + bg_spread[at]) * pixels:
            j = at
        i += direction


@njit(cache=True, nogil=True)
def hamming(fg, bg, out):  # type: ignore[no-untyped-def]
    """out f32 [n_fg, n_bg]: share of bits that differ between rows of words, u64 [n, words]."""
    words = fg.shape[1]
    for i in range(fg.shape[0]):
        for j in range(bg.shape[0]):
            total = np.uint64(0)
            for w in range(words):
                x = fg[i, w] ^ bg[j, w]
                x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
                x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
                x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
                total += (x * np.uint64(0x0101010101010101)) >> np.uint64(56)
            out[i, j] = total / (64.0 * words)


@njit(cache=True, nogil=True)
def correlations(fg, bg, out):  # type: ignore[no-untyped-def]
    """out f32 [n_fg, n_bg]: Pearson correlation of rows, f32 [n, bins]; 0 where a row is constant."""
    bins = fg.shape[1]
    for i in range(fg.shape[0]):
        mean_f = fg[i].mean()
        for j in range(bg.shape[0]):
            mean_b = bg[j].mean()
            ff = bb = fb = 0.0
            for k in range(bins):
                df, db = fg[i, k] - mean_f, bg[j, k] - mean_b
                ff += df * df
                bb += db * db
                fb += df * db
            out[i, j] = fb / np.sqrt(ff * bb) if ff > 0.0 and bb > 0.0 else 0.0
