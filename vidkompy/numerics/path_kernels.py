"""The compiled loops over bands of costs: the cheapest path, and what other paths cost.

Nothing is checked here: an index out of range reads foreign memory. Callers pass arrays of the shapes stated, indices
in range, and bands without an empty row; `viterbi.Band` and how they build arrays ensure that. Each loop has a
brute-force twin in tests/support/reference_kernels.py. fastmath stays off: ties must not depend on a CPU.
"""

import numpy as np

from vidkompy.numerics.machine_code import compiled

INFINITE = np.float32(1e30)


@compiled("f8(f4[::1], i8[::1], i8[::1], i8[::1], b1[::1], f4[::1], f4, f4, f4[:,::1], i4[::1], i8[::1])")
def viterbi(cost, start, lo, expected, free_holds, table, jump, leap, scratch, predecessors, path):
    """Cheapest path through a band of costs; ties go to the jump, then to the smallest step, at last to the leap.

    cost          f32 [cells]      row i holds cells start[i] .. start[i+1]: BG frames lo[i], lo[i] + 1, ...
    start, lo     i64 [n + 1], [n]
    expected      i64 [n]          step expected on arriving at row i
    free_holds    bool [n]         rows on which a step of 0 costs nothing
    table         f32 [2 * s - 1]  cost of step t (0 <= t < s) at row i: table[t - expected[i] + s - 1], expected < s
    jump          cost of any step of s or more
    leap          cost of any step at all, back too; INFINITE: the path never goes back
    scratch       f32 [2, w]       w: the most cells of a row
    predecessors  i32 [cells]      out: column of the best predecessor, -1 for none
    path          i64 [n]          out: BG frame of each row
    With D[i, j] the cost of the cheapest path to BG frame j at row i, D[0, j] = cost[0, j] and

        D[i, j] = cost[i, j] + min( min_t<s D[i-1, j-t] + step cost,  min_t>=s D[i-1, j-t] + jump,  min D[i-1] + leap )

    The second minimum, `far`, only ever takes cells in as j grows: a running minimum over the columns before `far_end`.
    Returns the total cost. Source: Viterbi 1967, doi:10.1109/TIT.1967.1054010.
    """
    n, steps = lo.shape[0], (table.shape[0] + 1) // 2
    previous, current = 0, 1  # rows of scratch
    width, cheapest = start[1] - start[0], 0
    for k in range(width):
        scratch[previous, k] = cost[start[0] + k]
        predecessors[start[0] + k] = -1
        if scratch[previous, k] < scratch[previous, cheapest]:
            cheapest = k
    total = np.float64(0)
    for i in range(1, n):
        shift, offset = lo[i] - lo[i - 1], steps - 1 - expected[i]
        far, far_at, far_end = INFINITE, -1, 0
        lowest, lowest_at = INFINITE, 0
        anywhere = scratch[previous, cheapest] + leap
        for k in range(start[i + 1] - start[i]):
            at = k + shift
            while far_end <= at - steps and far_end < width:
                if scratch[previous, far_end] < far:
                    far, far_at = scratch[previous, far_end], far_end
                far_end += 1
            best, best_at = far + jump, far_at
            for t in range(max(0, at - width + 1), min(steps, at + 1)):
                value = scratch[previous, at - t]
                if t > 0 or not free_holds[i]:
                    value += table[t + offset]
                if value < best:
                    best, best_at = value, at - t
            if anywhere < best and leap < INFINITE:
                best, best_at = anywhere, cheapest
            scratch[current, k] = best + cost[start[i] + k] if best_at >= 0 else INFINITE
            predecessors[start[i] + k] = best_at
            if scratch[current, k] < lowest:
                lowest, lowest_at = scratch[current, k], k
        width = start[i + 1] - start[i]
        cheapest = lowest_at
        total += lowest  # rows are kept relative to their cheapest cell: float32 stays exact on any length
        for k in range(width):
            scratch[previous, k] = min(scratch[current, k] - lowest, INFINITE)
    k = cheapest
    total += scratch[previous, k]
    for i in range(n - 1, -1, -1):
        path[i] = lo[i] + k
        k = predecessors[start[i] + k]
    return total


@compiled("void(f4[::1], i8[::1], i8[::1], i8[::1], b1[::1], f4[::1], f4, f4, f4[:,::1], f4[::1])")
def min_marginals(cost, start, lo, expected, free_holds, table, jump, leap, scratch, out):
    """out f32 [cells]: how much dearer than the best path the best path through each cell is.

    Arguments as for `viterbi`. Forward plus backward Viterbi; each row is kept relative to its cheapest cell.
    """
    n, steps = lo.shape[0], (table.shape[0] + 1) // 2
    for k in range(out.shape[0]):
        out[k] = INFINITE
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
    here, after, next_width = 0, 1, 0  # rows of scratch: cost from each cell to the end; after: its own included
    for i in range(n - 1, -1, -1):
        width = start[i + 1] - start[i]
        for k in range(width):
            scratch[here, k] = 0
        if i < n - 1:
            shift, offset = lo[i + 1] - lo[i], steps - 1 - expected[i + 1]
            far, far_end = INFINITE, next_width - 1
            for k in range(width - 1, -1, -1):
                at = k - shift
                while far_end >= at + steps and far_end >= 0:
                    far = min(far, scratch[after, far_end])
                    far_end -= 1
                best = min(far + jump, leap)  # the least cost after is 0
                for t in range(max(0, -at), min(steps, next_width - at)):
                    value = scratch[after, at + t]
                    if t > 0 or not free_holds[i + 1]:
                        value += table[t + offset]
                    best = min(best, value)
                scratch[here, k] = best
        lowest = cheapest = INFINITE
        for k in range(width):
            lowest = min(lowest, out[start[i] + k] + scratch[here, k])
            cheapest = min(cheapest, scratch[here, k] + cost[start[i] + k])
        next_width = width
        for k in range(width):
            scratch[after, k] = scratch[here, k] + cost[start[i] + k] - cheapest
            out[start[i] + k] = min(out[start[i] + k] + scratch[here, k] - lowest, INFINITE)


@compiled("void(f4[::1], i8[::1], i8[::1], i8[::1], f4, i8[::1], i8[::1])")
def equivalents(cost, start, lo, path, tolerance, low, high):
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


@compiled("void(f4[::1], i8[::1], i8[::1], f4[::1], f4[::1], f4, f4[:,::1], f4, f4, f4, f4[::1])")
def lag_costs(score, start, lo, scale, weight, floor, change, limit, discount, per_frame, out):
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
