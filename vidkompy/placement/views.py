"""Pictures at the scale of a fit, each made once: a stack of proxies resized, and two stacks blurred and warped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.media.scratch_arrays import note_use
from vidkompy.model import F32, F64, U8
from vidkompy.numerics.gaussian_blur import gaussian_blur
from vidkompy.placement.boxes import view_side
from vidkompy.placement.transforms import warp


class ResizedViews(Sequence[U8]):
    """A stack of proxies, u8 [n, h, w], each resized when it is first asked for, and kept."""

    def __init__(self, stack: U8, width: int, height: int):
        self._stack, self._size = stack, (width, height)
        self._resized: dict[int, U8] = {}

    def __len__(self) -> int:
        return len(self._stack)

    def __getitem__(self, j: int) -> U8:  # type: ignore[override]
        if j not in self._resized:
            note_use(self._stack)
            self._resized[j] = cv2.resize(self._stack[j], self._size, interpolation=cv2.INTER_AREA)
        return self._resized[j]


class BlurredViews:
    """FG views, blurred, and BG views blurred as far as they are needed and warped onto FG's grid.

    Two caches make each picture once: every BG view that was blurred is kept, and the warped ones of the last
    transform are.

    fg      f32 [h, w] each
    """

    def __init__(self, fg: Sequence[U8], bg: Sequence[U8], scale: float | F64, blur: float, least_blur: float):
        """scale: BG px per FG px, or f64 [2] along x and y; blur: sigma, px of FG; least_blur: least one, px of BG."""
        self.fg = [_blurred(f, (blur, blur)) for f in fg]
        self.fg_shape, self.bg_shape = fg[0].shape, bg[0].shape
        scale_x, scale_y = (float(s) for s in np.broadcast_to(scale, 2))
        self._bg, self._bg_blur = bg, (max(least_blur, blur * scale_x), max(least_blur, blur * scale_y))
        self._blurred: dict[int, F32] = {}
        self._warped_at, self._warped = np.zeros(4), dict[int, F32]()

    def bg(self, j: int) -> F32:
        """f32 [h, w]: BG view j, blurred as much as FG's."""
        if j not in self._blurred:
            self._blurred[j] = _blurred(self._bg[j], self._bg_blur)
        return self._blurred[j]

    def warped(self, q: F64, indices: Iterable[int]) -> dict[int, F32]:
        """Blurred BG views of these indices, and maybe more, on FG's grid."""
        if not np.array_equal(q, self._warped_at):
            self._warped_at, self._warped = q.copy(), {}
        for j in set(indices) - self._warped.keys():
            self._warped[j] = warp(self.bg(j), q, self.fg_shape)
        return self._warped


def resized(picture: U8, per_x: float, per_y: float) -> U8:
    """The picture, `per_x` and `per_y` times as wide and high, in whole px."""
    interpolation = cv2.INTER_AREA if min(per_x, per_y) < 1 else cv2.INTER_CUBIC
    size = view_side(picture.shape[1] * per_x), view_side(picture.shape[0] * per_y)
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)


def _blurred(view: U8, sigma: tuple[float, float]) -> F32:
    return gaussian_blur(view, *sigma)


def strong_pixels(
    views: Sequence[F32], share: float, grid: int, compared: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """bool [h, w]: the share of pixels with the strongest gradients, summed over views, and every `grid`th of all.

    compared   bool [h, w]   pixels that the share is one of; None: all
    """
    energy = np.zeros(views[0].shape, np.float32)
    for view in views:
        energy += cv2.Sobel(view, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(view, cv2.CV_32F, 0, 1) ** 2
    rated = energy if compared is None or not compared.any() else energy[compared]
    strong: NDArray[np.bool_] = energy > np.quantile(rated, 1 - share)
    strong[::grid, ::grid] = True
    return strong
