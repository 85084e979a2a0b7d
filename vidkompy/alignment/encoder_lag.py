"""FGs that lag: low quality leaves a part of the picture standing, and it then fits older BG frames better.

Two models of the residual between FG and BG are compared:
(a) Independent noise, new in every frame. Costs are those of `quadratic_costs`: every frame has full weight, one scale
    holds for all of them, and no older BG frame is preferred.
(b) Persistent residue: what the encoder left standing. A frame's weight falls as misfits repeat from frame to frame,
    because many frames then tell little more than one. A cell may cost as little as that of an older BG frame, plus a
    share of the change of BG since. The scale follows the local misfit and is at most that of (a), because residue
    drowns pictures of low contrast.
    Frames that fit far better than those around them were coded afresh, as keyframes are. Where they fit later BG
    frames than the map's trend leads to, they keep their full weight, and tell how far the others lag.
Model (b) is chosen where it makes the map far more regular, or ends such a lag.
Measured on 40 pairs that are hard for lack of quality or motion: 84.2 -> 96.7 % exact, of the frames in motion
97.2 -> 99.9 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vidkompy.alignment.banded_scores import least_squared_distances, quadratic_costs
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag_parameters import EncoderLagParameters
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import irregularity, local_trend
from vidkompy.model import F32, I64, UNMATCHED, FrameMap
from vidkompy.numerics.path_kernels import lag_costs
from vidkompy.numerics.viterbi import Band, cost_scale

FrameMapper = Callable[[Band, Band, Features, SearchOptions], FrameMap]  # as path_choice.map_along_cheaper_path


def align_despite_lag(
    score: Band, fg: Features, bg: Features, search: SearchOptions, map_frames: FrameMapper
) -> FrameMap:
    """The frame map of a band of ZNCC scores, made by `map_frames` under the model that the module's rule chooses."""
    parameters = search.parameters.encoder_lag
    least_saving = search.parameters.transitions.first_deviation  # one step off the trend; a frame off is two of them
    cost = quadratic_costs(score, search.floor, search.parameters.local_costs)
    misfit = np.maximum(
        least_squared_distances(score.row_maxima(), search.floor), search.parameters.local_costs.least_misfit
    )
    noise_map = map_frames(score, cost, bg, search)
    noise_irregularity = _map_irregularity(noise_map, search)
    leading = _leading_frames(score, misfit, noise_map, search)
    if noise_irregularity < least_saving and not len(leading):
        return noise_map
    _write_residue_costs(cost, score, fg, bg, noise_map.held_indices(), misfit, leading, search)
    residue_map = map_frames(score, cost, bg, search)
    residue_irregularity = _map_irregularity(residue_map, search)
    allowed = min(parameters.largest_remainder * noise_irregularity, noise_irregularity - least_saving)
    if len(leading) and not len(_leading_frames(score, misfit, residue_map, search)):
        allowed = noise_irregularity + least_saving
    return residue_map if residue_irregularity <= allowed else noise_map


def noise_of_differences(one: F32, two: F32, largest: float) -> F32:
    """f32 [n]: share of noise in squared distances of BG frames one and two frames apart.

    Noise of variance s^2 in either frame adds N = 2 s^2 to a squared distance, whatever the time between them; motion
    at constant velocity v adds (k v)^2 over k frames. So D(k) = N + k^2 v^2, and from D(1) and D(2) follows
    N = (4 D(1) - D(2)) / 3: Richardson extrapolation of D to k = 0 (Richardson 1911, doi:10.1098/rsta.1911.0009), the
    nugget of a variogram (Matheron 1963, doi:10.2113/gsecongeo.58.8.1246). Motion that does not continue passes for
    noise: the result is at most D(1), and at most `largest`.

    >>> noise, velocity = 0.02, 0.1
    >>> one, two = (np.array([noise + (k * velocity) ** 2]) for k in (1, 2))
    >>> noise_of_differences(one, two, largest=0.1).round(6).tolist()
    [0.02]
    """
    noise: F32 = np.clip((4 * one - two) / 3, 0, np.minimum(one, largest))
    return noise


def _map_irregularity(frame_map: FrameMap, search: SearchOptions) -> float:
    return irregularity(frame_map.bg[frame_map.bg != UNMATCHED], search.parameters)


def _fresh_frames(misfit: F32, parameters: EncoderLagParameters) -> I64:
    """i64: FG frames that fit far better than the frames around them, and than the frame before.

    A frame after one of these may fit as well, but what it shows is that one's picture.
    """
    share = np.float32(parameters.fresh_misfit)
    is_fresh = misfit < share * _running_median(misfit, parameters)
    is_fresh[1:] &= misfit[1:] < share * misfit[:-1]
    return np.flatnonzero(is_fresh)


def _leading_frames(score: Band, misfit: F32, frame_map: FrameMap, search: SearchOptions) -> I64:
    """i64: the FG frames coded afresh, if most of them fit a later BG frame than the map's trend leads to, else none.

    It has to be later by more than the map is jumpy.
    """
    parameters, path = search.parameters.encoder_lag, frame_map.held_indices()
    fresh = _fresh_frames(misfit, parameters)
    if not len(fresh):
        return fresh
    trend = local_trend(path, search.parameters)
    best = [score.lo[i] + np.argmax(score.values[score.start[i] : score.start[i + 1]]) for i in fresh]
    lead = np.array(best, np.float64) - trend[fresh]
    least = max(parameters.least_lead, float(np.abs(path - trend).mean()))
    is_leading = (lead > least) & (lead <= parameters.most_lag)
    return fresh if 2 * np.count_nonzero(is_leading) > len(fresh) else fresh[:0]


def _write_residue_costs(
    cost: Band, score: Band, fg: Features, bg: Features, path: I64, misfit: F32, leading: I64, search: SearchOptions
) -> None:
    """Overwrites costs with those of model (b): less sharp, and less where FG may show an older picture.

    A cell costs as little as an earlier BG frame of its row plus `change_weight` times the change of BG since, unless
    that change is too large to be overlooked. In place: costs of long clips fill memory.
    path     i64 [n_fg]   BG frames that FG's belong to, more or less
    misfit   f32 [n_fg]   squared distance of the BG frame that fits best
    leading  i64          FG frames that tell how far the others lag, whose older pictures are a better excuse then
    """
    parameters, local_costs = search.parameters.encoder_lag, search.parameters.local_costs
    floor = np.float32(search.floor)
    scale = np.minimum(cost_scale(misfit, local_costs), local_costs.sharpness / _running_median(misfit, parameters))
    weight = _independent_share(fg, bg, path, parameters)
    scale[leading], weight[leading] = local_costs.sharpness / misfit[leading], 1
    change = _squared_changes(bg, parameters)
    visible_change_cost = np.float32(parameters.least_visible_change * local_costs.sharpness)
    share = parameters.known_lag if len(leading) else 1.0
    change_weight, frame_cost = np.float32(share * parameters.change_weight), np.float32(share * parameters.frame_cost)
    lag_costs(
        score.values,
        score.start,
        score.lo,
        scale,
        weight,
        floor,
        change,
        visible_change_cost,
        change_weight,
        frame_cost,
        cost.values,
    )
    np.minimum(cost.values, np.float32(local_costs.cap), out=cost.values)


def _independent_share(fg: Features, bg: Features, path: I64, parameters: EncoderLagParameters) -> F32:
    """f32 [n_fg]: how much of each frame's evidence is its own; 1 at `usual_persistence`, less where misfits persist.

    A mean of n values whose errors have correlation c from one to the next is as good as n * (1 - c) / (1 + c)
    independent ones. Source: Bayley & Hammersley 1946, doi:10.2307/2983560.
    """
    correlation = np.clip(
        _running_median(_misfit_correlation(fg, bg, path, parameters), parameters),
        0,
        np.float32(parameters.largest_persistence),
    )
    usual = (1 - parameters.usual_persistence) / (1 + parameters.usual_persistence)
    return np.asarray(np.minimum((1 - correlation) / (1 + correlation) / usual, 1), np.float32)


def _misfit_correlation(fg: Features, bg: Features, path: I64, parameters: EncoderLagParameters) -> F32:
    """f32 [n_fg]: correlation of the residual FG - BG of each frame with that of the frame before."""
    out = np.zeros(len(path), np.float32)
    for first, stop in _blocks(len(path), parameters):
        start = max(first - 1, 0)
        residual = fg.rows(slice(start, stop)) - bg.rows(path[start:stop])
        norm = np.sqrt(np.einsum("np,np->n", residual, residual)) + np.float32(1e-9)
        product = np.einsum("np,np->n", residual[1:], residual[:-1])
        correlation = product / (norm[1:] * norm[:-1])
        out[stop - len(correlation) : stop] = correlation
    out[0] = out[min(1, len(out) - 1)]
    return out


def _squared_changes(bg: Features, parameters: EncoderLagParameters) -> F32:
    """f32 [n_bg, most_lag]: squared distance of unit rows from the BG frame 1, 2, ... before, without that of noise."""
    change = np.full((len(bg), parameters.most_lag), np.inf, np.float32)
    for first, stop in _blocks(len(bg), parameters):
        start = max(first - parameters.most_lag, 0)
        rows = bg.rows(slice(start, stop))
        for k in range(1, parameters.most_lag + 1):
            at = max(first - start, k)
            before = rows[at - k : max(len(rows) - k, 0)]
            change[start + at : stop, k - 1] = 2 - 2 * np.einsum("np,np->n", rows[at:], before)
    noise = np.zeros(len(bg), np.float32)
    one, two = change[2:, 0], change[2:, 1]
    noise[2:] = noise_of_differences(one, two, parameters.largest_noise)
    change -= _running_median(noise, parameters)[:, None]
    return np.maximum(change, 0, out=change)


def _running_median(values: F32, parameters: EncoderLagParameters) -> F32:
    """f32 [n]: median of each value and `half_window` either side; the ends are mirrored."""
    half = parameters.half_window
    padded = np.pad(values, half, mode="reflect")
    return np.asarray(np.median(sliding_window_view(padded, 2 * half + 1), axis=1), np.float32)


def _blocks(count: int, parameters: EncoderLagParameters) -> Iterator[tuple[int, int]]:
    return ((first, min(first + parameters.block, count)) for first in range(0, count, parameters.block))
