"""Brute-force twins of the compiled kernels: slow, obvious, and the oracle in tests."""

import itertools

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def path_cost(
    path: tuple[int, ...],
    rows: list[dict[int, float]],
    base: I64,
    loose: Flags,
    table: Floats,
    jump: float,
    leap: float,
) -> float:
    """Total cost of a path, or infinity where nothing leads on. rows[i]: cost of each BG frame allowed at row i."""
    steps = (len(table) + 1) // 2
    total = rows[0][path[0]]
    for i in range(1, len(path)):
        step = path[i] - path[i - 1]
        is_free = step == 0 and loose[i]
        price = np.inf if step < 0 else jump if step >= steps else table[step - base[i] + steps - 1]
        total += rows[i][path[i]] + (0.0 if is_free else min(price, leap))
    return total


def all_paths(
    rows: list[dict[int, float]], base: I64, loose: Flags, table: Floats, jump: float, leap: float = np.inf
) -> dict[tuple[int, ...], float]:
    """Every path through the rows with its cost; without `leap` only those that never go back."""
    paths = itertools.product(*rows)
    return {p: c for p in paths if np.isfinite(c := path_cost(p, rows, base, loose, table, jump, leap))}


def min_marginals(costs: dict[tuple[int, ...], float], rows: list[dict[int, float]]) -> list[dict[int, float]]:
    """How much dearer than the best path the best path through each cell is; absent where none goes through."""
    best = min(costs.values())
    return [
        {j: min(through) - best for j in row if (through := [c for p, c in costs.items() if p[i] == j])}
        for i, row in enumerate(rows)
    ]


def stretch(row: dict[int, float], j: int, close: float) -> tuple[int, int]:
    """The widest range of BG frames [a, b) around j whose costs are all at most `close` above that of j."""
    ranges = itertools.product(row, row)
    fits = [(a, b) for a, b in ranges if a <= j <= b and all(row[k] <= row[j] + close for k in range(a, b + 1))]
    a, b = max(fits, key=lambda r: r[1] - r[0])
    return a, b + 1


def lookalikes(frames: npt.NDArray[np.uint8], j: int, limit: float, reach: int) -> tuple[int, int]:
    """The widest range [a, b) around j, at most `reach` away, of frames that all look like frame j."""
    like = np.abs(frames.astype(np.int64) - frames[j]).mean(axis=1) <= limit
    ends = itertools.product(range(max(0, j - reach), j + 1), range(j + 1, min(len(frames), j + reach + 1) + 1))
    return max(((a, b) for a, b in ends if like[a:b].all()), key=lambda r: r[1] - r[0])


def lag_costs(
    row: dict[int, float], scale: float, change: F64, limit: float, discount: float, per_frame: float
) -> dict[int, float]:
    """Of each BG frame of a row of squared distances the least cost of it and of earlier ones with the change since."""
    out = {}
    for j in row:
        costs = [scale * row[j]]
        for k in range(1, change.shape[1] + 1):
            since = scale * change[j, k - 1]
            if j - k in row and since < limit:
                costs.append(scale * row[j - k] + discount * since + per_frame * k)
        out[j] = min(costs)
    return out


def local_trend(path: I64, half: int, rounds: int, cutoff: float, noise: float) -> F64:
    """Weighted straight-line fits around every point, by the formulas of weighted least squares."""
    out = np.empty(len(path))
    for i in range(len(path)):
        x = np.arange(max(0, i - half), min(len(path), i + half + 1))
        y = path[x].astype(np.float64)
        weight = np.ones(len(x))
        for _ in range(rounds):
            mx, my = np.average(x - i, weights=weight), np.average(y, weights=weight)
            slope = (weight * (x - i - mx) * (y - my)).sum() / ((weight * (x - i - mx) ** 2).sum() + 1e-9)
            out[i] = my - slope * mx
            error = np.abs(y - out[i] - slope * (x - i))
            weight = 1 / (1 + (error / (cutoff * (1.4826 * np.median(error) + noise))) ** 2)
    return out


def sampled(picture: F64, q: F64, rows: I64, columns: I64) -> F64:
    """The picture's bilinear values where `q` puts FG's pixels."""
    x, y = q[0] * (columns + 0.5) + q[2] - 0.5, q[1] * (rows + 0.5) + q[3] - 0.5
    j, i = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = x - j, y - i
    upper, lower = ((1 - u) * picture[k, j] + u * picture[k, j + 1] for k in (i, i + 1))
    return np.asarray((1 - v) * upper + v * lower)


def normal_equations(
    fg: F64,
    bg: F64,
    before: F64,
    after: F64,
    span: float,
    q: F64,
    at: npt.NDArray[np.bool_],
    reweightings: int,
    cutoff: float,
    noise: float,
    looked_at: int,
) -> tuple[F64, float]:
    """The 8x8 sums and the weighted ZNCC, in whole-array arithmetic."""
    rows, columns = np.nonzero(at)
    pictures = [bg, np.gradient(bg, axis=1), np.gradient(bg, axis=0), (after - before) / span]
    b, gx, gy, gt = (sampled(picture, q, rows, columns) for picture in pictures)
    f = fg[at]
    weight = np.ones(len(f))
    gain = mean_f = mean_b = sigma = 0.0
    residual = np.zeros(len(f))
    for _ in range(reweightings + 1):
        mean_f, mean_b = np.average(f, weights=weight), np.average(b, weights=weight)
        gain = (weight * (b - mean_b) * (f - mean_f)).sum() / ((weight * (b - mean_b) ** 2).sum() + 1e-6)
        residual = f - mean_f - gain * (b - mean_b)
        sigma = 1.4826 * np.median(np.abs(residual[:: max(1, len(f) // looked_at)])) + noise
        weight = 1 / (1 + (residual / (cutoff * sigma)) ** 2) ** 2
    jacobian = np.stack(
        [*motion_derivatives(at, gain * gx, gain * gy, gain * gt), b - mean_b, np.ones(len(f)), residual]
    )
    ff, bb = (weight * (f - mean_f) ** 2).sum(), (weight * (b - mean_b) ** 2).sum()
    fb = (weight * (f - mean_f) * (b - mean_b)).sum()
    return (jacobian * weight) @ jacobian.T / sigma**2, fb / np.sqrt(ff * bb)


def motion_derivatives(at: npt.NDArray[np.bool_], gx: F64, gy: F64, gt: F64) -> tuple[F64, ...]:
    """Derivatives by scale and shift, x and y of each, and by time, from gradients at the pixels `at`."""
    rows, columns = np.nonzero(at)
    return gx * (columns + 0.5), gy * (rows + 0.5), gx, gy, gt


def mean_difference(fg: I64, bg: I64) -> F64:
    """f64 [n_fg, n_bg]: mean absolute difference of every row with every row."""
    return np.array([[np.abs(f - b).mean() for b in bg] for f in fg])


def tunnel(difference: F64, allowed: F64, i: int, j: int, window: int, direction: int) -> dict[int, int]:
    """BG frame at which the window of each FG frame visited begins, from tables of all pairs."""
    begins: dict[int, int] = {}
    while 0 <= i < len(difference):
        begins[i] = j
        ahead = [c for c in range(j, j + direction * (window + 1), direction) if 0 <= c < difference.shape[1]]
        best = min(ahead, key=lambda c: difference[i, c])  # the first of equals
        if difference[i, best] <= allowed[i, best]:
            j = best
        i += direction
    return begins


def hamming(fg: npt.NDArray[np.uint64], bg: npt.NDArray[np.uint64]) -> F64:
    """f64 [n_fg, n_bg]: share of bits that differ, counted in binary notation."""
    pairs = [[sum((int(x) ^ int(y)).bit_count() for x, y in zip(f, b, strict=True)) for b in bg] for f in fg]
    share: F64 = np.array(pairs) / (64 * fg.shape[1])
    return share


def correlations(fg: Floats, bg: Floats) -> F64:
    """f64 [n_fg, n_bg]: Pearson correlation, 0 where it is undefined."""
    defined = np.ptp(fg, axis=1)[:, None] * np.ptp(bg, axis=1) > 0
    return np.array(
        [
            [np.corrcoef(f, b)[0, 1] if ok else 0 for b, ok in zip(bg, row, strict=True)]
            for f, row in zip(fg, defined, strict=True)
        ]
    )


def similarity_step(
    x: Floats, y: Floats, fg: Floats, fg_x: Floats, fg_y: Floats, bg: Floats, pose: F64, freedom: int
) -> F64:
    """f64 [4]: the pose after one unweighted Gauss-Newton step; all of FG lies on BG."""
    cosine, sine, centre_x, centre_y = pose
    x, y, bg = (values.astype(np.float64) for values in (x, y, bg))
    u, v = cosine * x - sine * y + centre_x - 0.5, sine * x + cosine * y + centre_y - 0.5
    column, line = u.astype(int), v.astype(int)
    across, down = u - column, v - line
    corners = [bg[line + a, column + b] for a in (0, 1) for b in (0, 1)]
    upper, lower = corners[0] * (1 - across) + corners[1] * across, corners[2] * (1 - across) + corners[3] * across
    seen = upper * (1 - down) + lower * down
    along_x = ((corners[1] - corners[0]) * (1 - down) + (corners[3] - corners[2]) * down + fg_x) / 2
    along_y = (lower - upper + fg_y) / 2
    free = [along_x, along_y, along_x * x + along_y * y, along_y * x - along_x * y][:freedom]
    step, *_ = np.linalg.lstsq(np.column_stack([*free, seen, np.ones_like(seen)]), fg)
    moved = pose.copy()
    moved[[2, 3, 0, 1][:freedom]] += step[:freedom] / step[freedom]
    return moved


def consensus(
    p: Floats, c: Floats, scale: F64, shift: F64, limits: tuple[float, float, float, int], refits: int
) -> F64:
    """f64 [4]: scale, shift and inliers of the hypothesis with most inliers, fitted to them; 0 inliers: too few."""
    tolerance, low, high, least = limits

    def inliers(s: float, t: F64) -> Flags:
        return np.asarray(np.hypot(*(c - s * p - t).T) < tolerance)

    best = int(np.argmax([inliers(s, t).sum() for s, t in zip(scale, shift, strict=True)]))
    s, t = float(scale[best]), shift[best]
    for _ in range(refits):
        own, other = p[inliers(s, t)], c[inliers(s, t)]
        if len(own) < least:
            return np.array([s, *t, 0])
        spread = own - own.mean(axis=0)
        s = float(np.clip((spread * other).sum() / (spread**2).sum(), low, high))
        t = other.mean(axis=0) - s * own.mean(axis=0)
    return np.array([s, *t, inliers(s, t).sum()])


def cell_means(plane: npt.NDArray[np.uint8], high: int, wide: int, cells: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Means over cells of high times wide px, rounded half up."""
    rows, columns = cells
    of_cells = plane[: rows * high, : columns * wide].reshape(rows, high, columns, wide)
    return np.asarray(np.floor(of_cells.mean((1, 3)) + 0.5), np.uint8)


def woven_combs(upper: npt.NDArray[np.uint8], lower: npt.NDArray[np.uint8]) -> float:
    """Mean distance of lower lines from the mean of the upper ones above and below, of whole pairs of lines."""
    whole = len(upper) // 2 * 2
    above, below = upper[0 : whole - 2 : 2].astype(float), upper[2:whole:2].astype(float)
    return float(np.abs(lower[1 : whole - 1 : 2] - (above + below) / 2).mean())


def area_means(
    frames: npt.NDArray[np.uint8], top: I64, down: Floats, left: I64, across: Floats
) -> npt.NDArray[np.uint8]:
    """Means over cells, rounded; see the kernel."""
    rows, columns = (
        np.zeros((len(first), length)) for first, length in ((top, frames.shape[1]), (left, frames.shape[2]))
    )
    for shares, first, of_cell in ((rows, top, down), (columns, left, across)):
        for i, at in enumerate(first):
            shares[i, at : at + of_cell.shape[1]] = of_cell[i]
    return np.asarray(np.floor(rows @ frames @ columns.T + 0.5), np.uint8)
