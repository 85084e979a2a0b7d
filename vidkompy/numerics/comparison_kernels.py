"""The compiled loops that compare pictures: rows of pixels, of bits, of histograms.

Nothing is checked here: an index out of range reads foreign memory. Callers pass arrays of the shapes stated, indices
in range, and bands without an empty row; `viterbi.Band` and how they build arrays ensure that. Each loop has a
brute-force twin in tests/support/reference_kernels.py. fastmath stays off: ties must not depend on a CPU.
"""

import numpy as np

from vidkompy.numerics.machine_code import compiled

COUNT, FG, BG, FG_FG, BG_BG, FG_BG = range(MOMENTS := 6)


@compiled("void(u1[:,::1], i8[::1], f8, i8, i8[::1], i8[::1])")
def lookalikes(frames, cells, limit, reach, low, high):
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
                for c in range(cells.shape[0]):
                    total += abs(np.int64(frames[j, cells[c]]) - np.int64(frames[k, cells[c]]))
                if total > limit * cells.shape[0]:
                    break
                low[j], high[j] = min(low[j], k), max(high[j], k + 1)


@compiled("void(i2[:,::1], i2[:,::1], i8[::1], i8[::1], f4[::1])")
def differences(fg, bg, lo, start, out):
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


@compiled("void(i2[:,::1], i2[:,::1], f4[::1], f4[::1], f4, i8, i8, i8, i8, i8[::1])")
def tunnel(fg, bg, fg_spread, bg_spread, reach, i, j, window, direction, out):
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


@compiled("void(u8[:,::1], u8[:,::1], f4[:,::1])")
def hamming(fg, bg, out):
    """out f32 [n_fg, n_bg]: share of bits that differ between rows of words, u64 [n, words]."""
    for i in range(fg.shape[0]):
        for j in range(bg.shape[0]):
            out[i, j] = _differing_bits(fg, i, bg, j) / (64.0 * fg.shape[1])


@compiled("void(u8[:,::1], u8[:,::1], i8[:,::1], i8[:,::1])")
def nearest_descriptors(fg, bg, of_fg, of_bg):
    """For each row of words, u64 [n, words], the other array's row from which fewest bits differ: the first of ties.

    of_fg   i64 [n_fg, 3]   that row of bg; bits that differ; bits that differ from the nearest of all other rows
    of_bg   i64 [n_bg, 2]   that row of fg; bits that differ
    """
    words = fg.shape[1]
    for j in range(bg.shape[0]):
        of_bg[j, 0], of_bg[j, 1] = 0, 64 * words + 1
    for i in range(fg.shape[0]):
        nearest, least, next_least = 0, 64 * words + 1, 64 * words + 1
        for j in range(bg.shape[0]):
            bits = _differing_bits(fg, i, bg, j)
            if bits < least:
                nearest, least, next_least = j, bits, least
            elif bits < next_least:
                next_least = bits
            if bits < of_bg[j, 1]:
                of_bg[j, 0], of_bg[j, 1] = i, bits
        of_fg[i, 0], of_fg[i, 1], of_fg[i, 2] = nearest, least, next_least


def _differing_bits(fg, i, bg, j):
    """How many bits two rows of words differ in; LLVM makes one instruction of the bits of a word."""
    total = np.uint64(0)
    for w in range(fg.shape[1]):
        x = fg[i, w] ^ bg[j, w]
        x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
        x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
        x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        total += (x * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return np.int64(total)


@compiled("void(f4[:,::1], f4[:,::1], f4[:,::1])")
def correlations(fg, bg, out):
    """out f32 [n_fg, n_bg]: Pearson correlation of rows, f32 [n, bins]; 0 where a row is constant."""
    bins = fg.shape[1]
    for i in range(fg.shape[0]):
        mean_f = _mean(fg, i)
        for j in range(bg.shape[0]):
            mean_b = _mean(bg, j)
            ff = bb = fb = 0.0
            for k in range(bins):
                df, db = fg[i, k] - mean_f, bg[j, k] - mean_b
                ff += df * df
                bb += db * db
                fb += df * db
            out[i, j] = fb / np.sqrt(ff * bb) if ff > 0.0 and bb > 0.0 else 0.0


@compiled("void(u1[:,::1], i8, i8, f8[::1], i4[::1], i4[::1], f4[:,::1])")
def sample_pixels(bg, height, width, q, rows, columns, out):
    """out f32 [m, n]: BG frames, u8 [height * width, n], at the pixels of FG at these rows and columns, i32 [m].

    q  f64 [4]   as for `bilinear_taps`
    Levels are whole numbers, as in a resampled picture of 8 bits: search and confidence were tuned with such. What all
    frames show at one pixel lies together: it is read and computed in vectors.
    """
    half, right_edge, low_edge = np.float32(0.5), width - 2, height - 2
    sx, sy, tx, ty = np.float32(q[0]), np.float32(q[1]), np.float32(q[2]) - half, np.float32(q[3]) - half
    for p in range(rows.shape[0]):
        x, y = sx * (np.float32(columns[p]) + half) + tx, sy * (np.float32(rows[p]) + half) + ty
        left, top = min(max(int(x), 0), right_edge), min(max(int(y), 0), low_edge)
        across, down = x - np.float32(left), y - np.float32(top)
        at = top * width + left
        b00, b01, b10, b11, sampled = bg[at], bg[at + 1], bg[at + width], bg[at + width + 1], out[p]
        for n in range(sampled.shape[0]):
            upper = np.float32(b00[n]) + (np.float32(b01[n]) - np.float32(b00[n])) * across
            lower = np.float32(b10[n]) + (np.float32(b11[n]) - np.float32(b10[n])) * across
            sampled[n] = np.floor(upper + (lower - upper) * down + half)


@compiled("void(u1[:,:,::1], i8[::1], f4[:,::1], i8[::1], f4[:,::1], f4[::1], u1[:,:,::1])")
def area_means(frames, top, down, left, across, line, out):
    """out u8 [n, h, w]: means over the cells of a grid on frames, u8 [n, H, W].

    top, down     i64 [h], f32 [h, k]   the first row that a row of cells shows some of, and shares of it and the next
    left, across  i64 [w], f32 [w, l]   the same of columns
    line          f32 [W]   scratch
    """
    width = frames.shape[2]
    for n in range(frames.shape[0]):
        for i in range(top.shape[0]):
            for x in range(width):
                line[x] = np.float32(0.5)
            for k in range(down.shape[1]):
                share, row = down[i, k], frames[n, top[i] + k]
                for x in range(width):
                    line[x] += share * np.float32(row[x])
            for j in range(left.shape[0]):
                total = np.float32(0)
                for k in range(across.shape[1]):
                    total += across[j, k] * line[left[j] + k]
                out[n, i, j] = np.uint8(total)


@compiled("void(u1[:,::1], i8, i8, i4[::1], u1[:,::1])")
def cell_means(plane, high, wide, line, out):
    """out u8 [h, w]: means, rounded half up, over cells of `high` times `wide` px of a plane, u8 [>= h * high, W].

    line   i32 [W]   scratch; W >= w * wide
    """
    width, count = out.shape[1] * wide, np.int64(high * wide)
    for i in range(out.shape[0]):
        for x in range(width):
            line[x] = 0
        for k in range(high):
            row = plane[i * high + k]
            for x in range(width):
                line[x] += np.int32(row[x])
        for j in range(out.shape[1]):
            total = np.int64(0)
            for k in range(wide):
                total += line[j * wide + k]
            out[i, j] = np.uint8((2 * total + count) // (2 * count))


@compiled("f8(u1[:,::1], u1[:,::1])")
def woven_combs(upper, lower):
    """Mean distance of the odd lines of `lower` from the mean of the even lines of `upper` above and below them.

    upper, lower   u8 [h, w], of equal shape, h >= 4; an odd last line is left out
    """
    total, pairs = np.int64(0), upper.shape[0] // 2 - 1
    for k in range(pairs):
        above, line, below = upper[2 * k], lower[2 * k + 1], upper[2 * k + 2]
        of_line = np.int32(0)
        for x in range(upper.shape[1]):
            of_line += abs(2 * np.int32(line[x]) - np.int32(above[x]) - np.int32(below[x]))
        total += of_line
    return total / (2 * pairs * upper.shape[1])


@compiled("void(f8[::1], i4[::1], i4[::1], i8, i8, i4[::1], f4[::1], f4[::1])")
def bilinear_taps(q, rows, columns, height, width, first, across, down):
    """first, across, down  i32, f32, f32 [m], out: flat BG's pixel left above each position, and the way from it.

    q               f64 [4]   BG px = q[:2] * FG px + q[2:]
    rows, columns   i32 [m]   pixels of FG, which lie on BG
    height, width   of BG, 2 px at least
    """
    for p in range(rows.shape[0]):
        x = max(q[0] * (columns[p] + 0.5) + q[2] - 0.5, 0.0)
        y = max(q[1] * (rows[p] + 0.5) + q[3] - 0.5, 0.0)
        left, top = min(int(x), width - 2), min(int(y), height - 2)
        first[p], across[p], down[p] = top * width + left, x - left, y - top


@compiled("void(f4[::1], f4[::1], i8, i4[::1], f4[::1], f4[::1], i8[::1], f8[:,::1])")
def block_moments(fg, bg, width, first, across, down, ends, out):
    """out f64 [blocks, 6]: sums over each block's pixels of 1, FG, BG, FG^2, BG^2, FG * BG; indices COUNT .. FG_BG.

    fg                    f32 [m]   FG's pixels that count, block by block
    bg, width             f32 [height * width]   BG, flat, and its width
    first, across, down   where they lie on BG, see `bilinear_taps`; BG between its pixels is bilinear
    ends                  i64 [blocks]   the first pixel after each block
    """
    right, below = np.uint32(1), np.uint32(width)  # unsigned: numba asks whether other indices are negative
    begin = 0
    for k in range(ends.shape[0]):
        fg_sum = bg_sum = fg_fg = bg_bg = fg_bg = 0.0
        for p in range(begin, ends[k]):
            at = np.uint32(first[p])
            under = np.uint32(at + below)
            upper = bg[at] + (bg[at + right] - bg[at]) * across[p]
            lower = bg[under] + (bg[under + right] - bg[under]) * across[p]
            b, f = np.float64(upper + (lower - upper) * down[p]), np.float64(fg[p])
            fg_sum, bg_sum = fg_sum + f, bg_sum + b
            fg_fg, bg_bg, fg_bg = fg_fg + f * f, bg_bg + b * b, fg_bg + f * b
        out[k, COUNT], out[k, FG], out[k, BG] = ends[k] - begin, fg_sum, bg_sum
        out[k, FG_FG], out[k, BG_BG], out[k, FG_BG] = fg_fg, bg_bg, fg_bg
        begin = ends[k]


def _mean(rows, i):
    total = np.float32(0)
    for k in range(rows.shape[1]):
        total += rows[i, k]
    return np.float32(total / rows.shape[1])
