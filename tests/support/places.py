"""Places of FG on the canvas, frame by frame: x, y, width, height in canvas px, and an angle.

The angle is in degrees, clockwise as seen: the rectangle x, y, width, height is turned by it about its centre, and FG,
turned alike, then covers it. An FG that shows its BG turned clockwise thus has a negative angle.
"""

import cv2
import numpy as np
import numpy.typing as npt

from support.picture_edits import U8, Box, cropped

F64 = npt.NDArray[np.float64]


def constant(count: int, box: tuple[float, float, float, float], angle: float = 0.0) -> F64:
    """float64 [count, 5]"""
    return np.tile(np.array([*box, angle], np.float64), (count, 1))


def moved(box: tuple[float, float, float, float], x: F64, y: F64) -> F64:
    """The box shifted by x[i], y[i], float64 [n, 5]."""
    out = constant(len(x), box)
    out[:, 0] += x
    out[:, 1] += y
    return out


def zoomed(centre: F64, size: tuple[float, float], factor: F64) -> F64:
    """Boxes of size[0] / factor[i] by size[1] / factor[i] about centre[i], float64 [n, 5]; centre is [n, 2]."""
    sizes = np.array(size) / factor[:, None]
    return np.concatenate([centre - sizes / 2, sizes, np.zeros((len(factor), 1))], axis=1)


def corners(place: F64) -> F64:
    """Top left, top right, bottom left, bottom right on the canvas, float64 [..., 4, 2], of places [..., 5]."""
    x, y, width, height, angle = np.moveaxis(np.asarray(place, np.float64), -1, 0)
    turn = np.radians(angle)
    ends = []
    for v in (-0.5, 0.5):
        for u in (-0.5, 0.5):
            across, down = u * width, v * height
            ends.append(
                np.stack(
                    [
                        x + width / 2 + across * np.cos(turn) - down * np.sin(turn),
                        y + height / 2 + across * np.sin(turn) + down * np.cos(turn),
                    ],
                    axis=-1,
                )
            )
    return np.stack(ends, axis=-2)


def surrounding(places: F64, canvas: Box) -> Box:
    """The part of the canvas that FG covers in one frame or another, in whole px outwards."""
    ends = corners(places).reshape(-1, 2)
    (left, top), (right, bottom) = np.floor(ends.min(axis=0)), np.ceil(ends.max(axis=0))
    return Box(int(left), int(top), int(right - left), int(bottom - top)).within(canvas)


def shown(frame: U8, place: F64, size: tuple[int, int]) -> U8:
    """What an FG of `size` shows when it lies at a place of BG's frame; beyond the canvas the picture is mirrored."""
    x, y, width, height, angle = place.tolist()
    if angle == 0 and size == (width, height) and x == int(x) and y == int(y):
        return cropped(frame, Box(int(x), int(y), *size))
    warp = to_canvas(place, size)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    planes = [cv2.warpAffine(plane, warp, size, flags=flags, borderMode=cv2.BORDER_REFLECT) for plane in frame]
    return np.stack(planes).astype(np.uint8)


def to_canvas(place: F64, size: tuple[int, int]) -> F64:
    """From indices of FG's pixels to those of BG's, float64 [2, 3]; pixel centres lie at half px."""
    x, y, width, height, angle = place.tolist()
    turn = np.radians(angle)
    scale = np.diag((width / size[0], height / size[1]))
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ scale
    centre = np.array((x + width / 2, y + height / 2))
    shift = centre - linear @ (np.array(size) / 2) + linear @ (0.5, 0.5) - 0.5
    return np.concatenate([linear, shift[:, None]], axis=1)
