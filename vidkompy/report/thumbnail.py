"""A small picture of a pair, for lists of many: a BG frame with its FG frame at its place, outlined."""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.media.probe import keyframes
from vidkompy.model import F64, U8, Clip, Sidecar
from vidkompy.report.crops import Place, from_centres, place_of, to_canvas, webp
from vidkompy.report.pictures import rgb_frames
from vidkompy.report.selection import least_sure_frames, matched_frames

LONGEST_SIDE = 320  # px of the canvas: twice as wide as a list shows it, for screens with fine pixels
WEBP_QUALITY = 70  # of 100. Chosen by eye: 3 to 9 kB a picture
EFFORT = 0.01  # of the pixels of all frames of both clips, which may be decoded on the way to a better frame
EDGE, HALO = (255, 255, 255), (0, 0, 0)  # an outline that is seen on any picture
HALO_PX, EDGE_PX = 4, 2
FRACTION_BITS = 4  # of corners, for OpenCV


def thumbnail(sidecar: Sidecar) -> bytes:
    """A WebP file. Raises MediaError, DamageError where a frame does not decode."""
    i = thumbnail_frame(sidecar)
    where, size = place_of(sidecar, i), canvas_size(sidecar.bg)
    fg_size = _size_on(size, where, sidecar.bg)
    j = int(sidecar.frame_map.held_indices()[i])
    ((_, bg),) = rgb_frames(sidecar.bg, [j], size)
    ((_, fg),) = rgb_frames(sidecar.fg, [i], fg_size)
    return webp(overlaid(fg, bg, where, (sidecar.bg.width, sidecar.bg.height)), WEBP_QUALITY)


def thumbnail_frame(sidecar: Sidecar) -> int:
    """An FG frame that is soon decoded, as is the BG frame beneath it: as near to the least sure one as that allows.

    Where no frame is less sure than others, the one in the middle is wanted. Most of a decoder's way to a frame lies
    between it and the keyframe before. Measured on 1080p pairs without a shared keyframe: 2.4 % of the CPU of
    an analysis of 10 s, less than 1 % of one of 60 s.
    """
    frame_map = sidecar.frame_map
    pool = matched_frames(frame_map)
    effort = _steps(sidecar.fg)[pool] * _pixels(sidecar.fg)
    effort = effort + _steps(sidecar.bg)[frame_map.held_indices()[pool]] * _pixels(sidecar.bg)
    enough = EFFORT * sum(clip.frames * _pixels(clip) for clip in (sidecar.fg, sidecar.bg))
    cheap = pool[effort <= max(enough, effort.min())]
    doubtful = least_sure_frames(frame_map, 1)
    wanted = doubtful[0] if doubtful else pool[len(pool) // 2]
    return int(cheap[np.argmin(np.abs(cheap - wanted))])


def _pixels(clip: Clip) -> float:
    return float(clip.width * clip.height)


def _steps(clip: Clip) -> F64:
    """f64 [n]: frames from the keyframe before each frame; from the start where damage is concealed."""
    at = np.arange(clip.frames, dtype=np.float64)
    if clip.is_concealed:
        return at
    is_key = np.isin(clip.pts, keyframes(clip.path, clip.stream))
    return at - np.maximum.accumulate(np.where(is_key, at, 0.0))


def canvas_size(bg: Clip) -> tuple[int, int]:
    """Width and height of the picture, with square pixels."""
    width, height = bg.width * float(bg.sar), bg.height
    factor = min(LONGEST_SIDE / max(width, height), 1.0)
    return max(round(width * factor), 1), max(round(height * factor), 1)


def _size_on(size: tuple[int, int], where: Place, bg: Clip) -> tuple[int, int]:
    """Of FG's picture, on a canvas of that size."""
    return max(round(where.width * size[0] / bg.width), 1), max(round(where.height * size[1] / bg.height), 1)


def overlaid(fg: U8, bg: U8, where: Place, canvas: tuple[int, int]) -> U8:
    """RGB u8 [height, width, 3]: FG at its place on a picture of BG.

    where, canvas   FG's place, and BG's size, in canvas px
    """
    size = bg.shape[1], bg.shape[0]
    to_picture = np.diag([size[0] / canvas[0], size[1] / canvas[1]]) @ to_canvas(where, (fg.shape[1], fg.shape[0]))
    drawn = np.ascontiguousarray(bg)
    cv2.warpAffine(fg, from_centres(to_picture), size, drawn, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    _outline(drawn, to_picture, (fg.shape[1], fg.shape[0]))
    return np.asarray(drawn, np.uint8)


def _outline(drawn: U8, to_picture: F64, fg_size: tuple[int, int]) -> None:
    """Edges of FG beyond the picture are drawn along its border."""
    width, height = fg_size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ to_picture[:, :2].T + to_picture[:, 2]
    border = EDGE_PX / 2
    within = np.clip(corners, border, np.array([drawn.shape[1], drawn.shape[0]]) - border) - 0.5
    points = np.rint(within * 2**FRACTION_BITS).astype(np.int32)
    for colour, thickness in ((HALO, HALO_PX), (EDGE, EDGE_PX)):
        cv2.polylines(drawn, [points], True, colour, thickness, cv2.LINE_AA, FRACTION_BITS)
