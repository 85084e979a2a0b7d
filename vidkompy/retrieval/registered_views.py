"""Views of a picture and of BG frames, registered on one grid at a placement, and the cost of each pair of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import F32, F64, Box
from vidkompy.placement.boxes import reduced_box
from vidkompy.placement.letterbox import Mask
from vidkompy.placement.transforms import visible_pixels, warp
from vidkompy.records import Record
from vidkompy.retrieval.parameters import LocationParameters

VISIBLE_INSET = 1  # px of a view left out along the content's edge


class RegisteredViews(Record, eq=False):
    """One frame of the picture, and BG frames at its place.

    picture   f32 [h, w]
    bg        f32 [n, h, w]
    mask      bool [h, w]    content of the picture that lies on the canvas
    """

    picture: F32
    bg: F32
    mask: Mask


def register_views(
    picture: Proxies, bg: Proxies, transform: F64, box: Box, i: int, frames: Sequence[int], least_bg_per_picture: float
) -> RegisteredViews:
    """Views from large proxies, the finer ones halved until both sides are about as fine.

    transform     f64 [4]    sx, sy, tx, ty from picture px to canvas px
    box           content of the picture, picture px
    i, frames     frame of the picture, frames of BG
    least_bg_per_picture   px of BG's view per px of the picture's
    """
    picture_factor, bg_factor = picture.large_factor, bg.large_factor
    while transform[0] * picture_factor / bg_factor < least_bg_per_picture:
        picture_factor *= 2
    while transform[0] * picture_factor / (2 * bg_factor) >= least_bg_per_picture:
        bg_factor *= 2
    picture_view = shrink_by_halving(picture.large([i])[0], picture_factor // picture.large_factor)
    bg_views = [shrink_by_halving(frame, bg_factor // bg.large_factor) for frame in bg.large(frames)]
    scale, shift = picture_factor / bg_factor, 1 / bg_factor
    view_transform = transform * np.array([scale, scale, shift, shift])
    shape, view_box = picture_view.shape, reduced_box(box, picture_factor)
    mask = visible_pixels(view_transform, shape, bg_views[0].shape, view_box, VISIBLE_INSET)
    warped = np.stack([warp(view, view_transform, shape) for view in bg_views])
    return RegisteredViews(picture_view.astype(np.float32), warped, mask)


def view_costs(views: RegisteredViews, mask: Mask, parameters: LocationParameters) -> F64:
    """f64 [n]: 1 - r |r| of the picture with each BG frame, r their weighted ZNCC inside the mask.

    Pixels weigh by how much they change over the BG frames: v / (v + median(v) + static_variance) with the variance v
    of a pixel. What is the same in all of them cannot tell one from another, and only adds noise. With one BG frame
    every variance is 0, so all pixels weigh the same.
    r^2 is the share of the picture's variance that the BG frame explains; r |r| keeps the sign, so that an inverted
    frame costs more than an unrelated one.
    """
    picture = cv2.GaussianBlur(views.picture, (0, 0), parameters.blur_sigma)[mask]
    bg = np.stack([cv2.GaussianBlur(view, (0, 0), parameters.blur_sigma)[mask] for view in views.bg])
    variance = bg.var(axis=0)
    weight = variance / (variance + np.median(variance) + parameters.static_variance) + parameters.least_weight
    weight /= weight.sum()
    picture -= picture @ weight
    bg -= (bg @ weight)[:, None]
    covariance = bg @ (weight * picture)
    variances = (bg**2) @ weight * ((picture**2) @ weight)
    costs: F64 = 1 - covariance * np.abs(covariance) / np.maximum(variances, 1e-9)
    return costs


def mask_on_views(mask: Mask, box: Box, picture: Proxies, views: RegisteredViews) -> Mask:
    """A mask over the content box, on the grid of the views: the cell that each pixel's centre falls into.

    mask   bool [rows, columns]   over the content `box`, picture px
    """
    height, width = views.mask.shape
    rows, columns = mask.shape
    left, top, right, bottom = box
    x = (np.arange(width) + 0.5) * picture.clip.width / width
    y = (np.arange(height) + 0.5) * picture.clip.height / height
    column = np.clip((x - left) / (right - left) * columns, 0, columns - 1).astype(int)
    row = np.clip((y - top) / (bottom - top) * rows, 0, rows - 1).astype(int)
    both: Mask = views.mask & mask[row[:, None], column[None, :]]
    return both
