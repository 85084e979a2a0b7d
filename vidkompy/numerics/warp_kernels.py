"""The compiled loop that registers one picture on another under a similarity transform.

As in `fitting_kernels`, nothing is checked here: callers pass C-contiguous arrays of the types and shapes stated.
"""

import numpy as np

from vidkompy.numerics.machine_code import SUMS_IN_ANY_ORDER, compiled

SCALE_COS, SCALE_SIN, CENTRE_X, CENTRE_Y = range(
    4
)  # a pose: u = cos x - sin y + centre_x, v = sin x + cos y + centre_y
ZNCC, RESIDUAL, VISIBLE = range(3)  # what is measured at a pose
ON_BG, LEVEL, ALONG_X, ALONG_Y = range(SCRATCH_ROWS := 4)
ONE = np.uint32(1)
LEAST_VARIANCE = 1e-3  # grey levels squared of a picture, far below what rounding makes: a guard of divisions


@compiled(
    "void(f4[::1], f4[::1], f4[::1], f4[::1], f4[::1], f4[:,::1], "
    "f8[::1], i8, i8, f8[::1], f4[:,::1], f8[:,::1], f8[::1], f8[::1])",
    fastmath=SUMS_IN_ANY_ORDER,
)
def register_similarity(x, y, fg, fg_x, fg_y, bg, pose, freedom, steps, limits, scratch, matrix, right, out):
    """Gauss-Newton steps of one FG view on one BG view, with gain and offset, and robust weights.

    x, y        f32 [m]      FG's pixels, from FG's centre, in px of the BG view at a pose of (1, 0, ., .)
    fg          f32 [m]      grey levels there; fg_x, fg_y their derivatives along x and y
    bg          f32 [h, w]   BG view
    pose        f64 [4]      in and out: SCALE_COS, SCALE_SIN, CENTRE_X, CENTRE_Y; px of the BG view
    freedom     2: the centre moves; 4: scale and angle change, too
    steps       Gauss-Newton steps at most; 0: only measured
    limits      f64 [6]      longest step of the centre, px; step below which it has converged, px; least share of FG
                on BG; grey levels of noise, at least; sigmas at which a residual has a quarter of its weight; largest
                gain, and inverse of the least
    scratch     f32 [SCRATCH_ROWS, m]
    matrix      f64 [6, 6]   scratch: the normal equations in centre, scale, angle, gain, offset
    right       f64 [6]      scratch: their right side
    out         f64 [3]      ZNCC of all pixels on BG; variance of FG that gain and offset leave; share of pixels on BG.
                ZNCC is -1 where too few of them are

    A pixel of FG at (x, y) shows BG at (u, v). With the residual r = fg - gain bg(u, v) - offset, the step of least
    squares in (centre, log scale, angle, gain, offset) solves normal equations of 4 or 6 unknowns. BG's derivatives are
    averaged with FG's own ones (efficient second-order minimisation: Benhimane & Malis 2004,
    doi:10.1109/IROS.2004.1389474), which doubles the reach. Weights are those of Geman & McClure 1987, (1 + r^2 /
    scale^2)^-2, with the scale of the step before: what FG alters does not pull.
    """
    m, height, width = x.shape[0], np.int32(bg.shape[0]), np.int32(bg.shape[1])
    on_bg, level, bg_x, bg_y = scratch[ON_BG], scratch[LEVEL], scratch[ALONG_X], scratch[ALONG_Y]
    zero, half, one = np.float32(0), np.float32(0.5), np.float32(1)
    right_edge, low_edge = np.float32(width - 1), np.float32(height - 1)
    longest, converged, least_visible = limits[0], limits[1], limits[2]
    noise, cutoff, largest_gain = limits[3], limits[4], limits[5]
    gain, offset, squared_scale = 1.0, 0.0, np.inf  # without weights at first
    for step in range(steps + 1):
        per_gain, per_scale = 0.5 / gain, 1.0 / squared_scale
        visible = 0
        cosine, sine = np.float32(pose[SCALE_COS]), np.float32(pose[SCALE_SIN])
        centre_x, centre_y = np.float32(pose[CENTRE_X] - 0.5), np.float32(pose[CENTRE_Y] - 0.5)
        for k in range(m):
            u = cosine * x[k] - sine * y[k] + centre_x
            v = sine * x[k] + cosine * y[k] + centre_y
            is_on = u >= 0 and v >= 0 and u < right_edge and v < low_edge
            u, v = min(max(u, zero), right_edge), min(max(v, zero), low_edge)
            column, line = min(np.int32(u), width - 2), min(np.int32(v), height - 2)
            right_share, low_share = u - np.float32(column), v - np.float32(line)
            i, j = np.uint32(line), np.uint32(column)  # unsigned: numba asks whether other indices are negative
            b00, b01, b10, b11 = bg[i, j], bg[i, j + ONE], bg[i + ONE, j], bg[i + ONE, j + ONE]
            upper, lower = b00 + (b01 - b00) * right_share, b10 + (b11 - b10) * right_share
            on_bg[k] = one if is_on else zero
            level[k] = upper + (lower - upper) * low_share
            bg_x[k] = half * (b01 - b00 + (b11 - b10 - b01 + b00) * low_share)
            bg_y[k] = half * (lower - upper)
            visible += is_on
        sum_f = sum_b = ff = bb = fb = sum_w = sum_wrr = 0.0
        for k in range(m):
            on, f, b = np.float64(on_bg[k]), np.float64(fg[k]), np.float64(level[k])
            sum_f += on * f
            sum_b += on * b
            ff += on * f * f
            bb += on * b * b
            fb += on * f * b
        xx = xy = xs = xa = xb = x1 = xf = yy = ys = ya = yb = y1 = yf = 0.0  # weighted products, summed in registers
        ss = sa = sb = s1 = sf = aa = ab = a1 = af = wbb = wb1 = wbf = wf = 0.0
        for k in range(m if step < steps else 0):
            f, b = np.float64(fg[k]), np.float64(level[k])
            r = f - gain * b - offset
            w = 1.0 / (1.0 + r * r * per_scale)
            w *= w * on_bg[k]
            along_x = bg_x[k] + fg_x[k] * per_gain
            along_y = bg_y[k] + fg_y[k] * per_gain
            scaled, turned = along_x * x[k] + along_y * y[k], along_y * x[k] - along_x * y[k]
            wx, wy, ws, wa, wb = w * along_x, w * along_y, w * scaled, w * turned, w * b
            sum_w += w
            sum_wrr += w * r * r
            xx += wx * along_x
            xy += wx * along_y
            xs += wx * scaled
            xa += wx * turned
            xb += wx * b
            x1 += wx
            xf += wx * f
            yy += wy * along_y
            ys += wy * scaled
            ya += wy * turned
            yb += wy * b
            y1 += wy
            yf += wy * f
            ss += ws * scaled
            sa += ws * turned
            sb += ws * b
            s1 += ws
            sf += ws * f
            aa += wa * turned
            ab += wa * b
            a1 += wa
            af += wa * f
            wbb += wb * b
            wb1 += wb
            wbf += wb * f
            wf += w * f
        out[ZNCC], out[RESIDUAL], out[VISIBLE] = -1.0, 0.0, visible / max(m, 1)
        if visible < max(1, least_visible * m):
            return
        variance_b = bb - sum_b * sum_b / visible
        variance_f = ff - sum_f * sum_f / visible
        covariance = fb - sum_f * sum_b / visible
        floor = LEAST_VARIANCE * visible
        out[ZNCC] = covariance / np.sqrt(max(variance_b, floor) * max(variance_f, floor))
        explained = covariance * covariance / max(variance_b, floor) if covariance > 0 else 0.0
        out[RESIDUAL] = max(variance_f - explained, 0.0) / visible
        if step == steps:
            return
        matrix[0, 0], matrix[0, 1], matrix[0, 2], matrix[0, 3], matrix[0, 4], matrix[0, 5] = xx, xy, xs, xa, xb, x1
        matrix[1, 1], matrix[1, 2], matrix[1, 3], matrix[1, 4], matrix[1, 5] = yy, ys, ya, yb, y1
        matrix[2, 2], matrix[2, 3], matrix[2, 4], matrix[2, 5] = ss, sa, sb, s1
        matrix[3, 3], matrix[3, 4], matrix[3, 5], matrix[4, 4], matrix[4, 5], matrix[5, 5] = aa, ab, a1, wbb, wb1, sum_w
        right[0], right[1], right[2], right[3], right[4], right[5] = xf, yf, sf, af, wbf, wf
        if freedom == 2:  # scale and angle stay
            for p in range(6):
                matrix[p, 2] = matrix[p, 3] = matrix[2, p] = matrix[3, p] = 0.0
            matrix[2, 2] = matrix[3, 3] = 1.0
            right[2] = right[3] = 0.0
        if not _solve(matrix, right):
            return
        new_gain = right[4]
        if new_gain < 1 / largest_gain or new_gain > largest_gain:
            if step > 0 or variance_b < floor:
                return
            gain = max(covariance / variance_b, 1 / largest_gain)
            offset = (sum_f - gain * sum_b) / visible
            continue
        gain, offset = new_gain, right[5]
        move = max(abs(right[0]), abs(right[1])) / gain
        share = min(1.0, longest / move) if move > 0 else 1.0
        pose[CENTRE_X] += share * right[0] / gain
        pose[CENTRE_Y] += share * right[1] / gain
        pose[SCALE_COS] += share * right[2] / gain
        pose[SCALE_SIN] += share * right[3] / gain
        spread = out[RESIDUAL] if step == 0 else sum_wrr / max(sum_w, 1e-9)
        squared_scale = cutoff * cutoff * max(spread, noise * noise)
        if move < converged:
            steps = min(steps, step + 1)


def _solve(matrix, right):
    """Solves the symmetric system in place by Gaussian elimination; reads the upper triangle only. False: singular."""
    n = right.shape[0]
    for p in range(n):
        for q in range(p):
            matrix[p, q] = matrix[q, p]
    for p in range(n):
        matrix[p, p] *= 1.0 + 1e-6
    for k in range(n):
        pivot = matrix[k, k]
        if pivot <= 1e-9:
            return False
        for i in range(k + 1, n):
            factor = matrix[i, k] / pivot
            for j in range(k, n):
                matrix[i, j] -= factor * matrix[k, j]
            right[i] -= factor * right[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            right[k] -= matrix[k, j] * right[j]
        right[k] /= matrix[k, k]
    return True
