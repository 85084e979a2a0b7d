"""FG and BG in one frame of reference: BG as it lies beneath an FG frame, in the size that FG is shown in.

Turned and scaled back as FG's place says, BG can be laid over FG pixel by pixel.
"""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.model import F64, U8, Sidecar
from vidkompy.records import Record

LONGEST_SIDE = 480  # px of a picture in a report: 10 to 20 kB as WebP, and as wide as a phone shows
OUTSIDE = (128, 128, 128)  # grey, where FG reaches beyond BG
AMPLIFICATION = 4  # of differences: 16 grey levels are seen on any screen
MAX_WARPED_SIDE = 32_000  # px: OpenCV's warps count in 16 bits
WEBP_QUALITY = 82  # of 100. Chosen by eye


class Place(Record):
    """FG on the canvas. x, y, width, height in canvas px, degrees clockwise about the centre."""

    x: float
    y: float
    width: float
    height: float
    degrees: float = 0.0


def place_of(sidecar: Sidecar, i: int) -> Place:
    """Where FG frame i lies."""
    if sidecar.track is not None:
        return Place(*sidecar.track.at[i].tolist())
    where = sidecar.placement
    return Place(where.x, where.y, where.width, where.height)


def shown_size(place: Place, sar: float, longest: int = LONGEST_SIDE) -> tuple[int, int]:
    """Width and height of pictures with square pixels, of FG at a place on a canvas of that pixel shape.

    >>> shown_size(Place(0, 0, 720, 576), 16 / 15)
    (480, 360)
    """
    width, height = place.width * sar, place.height
    factor = min(longest / max(width, height), 1.0)
    return max(round(width * factor), 1), max(round(height * factor), 1)


def fg_picture(frame: U8, size: tuple[int, int]) -> U8:
    """FG's frame, u8 [height, width, 3], in that size."""
    is_smaller = size[0] < frame.shape[1]
    return np.asarray(
        cv2.resize(frame, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC), np.uint8
    )


def bg_crop(frame: U8, place: Place, size: tuple[int, int]) -> U8:
    """BG beneath FG, u8 [height, width, 3]: what FG's frame would be, were it cut from this BG frame."""
    matrix = to_canvas(place, size)
    shrink = _shrink(frame, place, size)
    if shrink > 1:  # else linear interpolation would pass over pixels
        height, width = frame.shape[0] // shrink, frame.shape[1] // shrink
        frame = np.asarray(
            cv2.resize(frame[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
        matrix = matrix / shrink
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        frame, from_centres(matrix), size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=OUTSIDE
    )
    return np.asarray(warped, np.uint8)


def _shrink(frame: U8, place: Place, size: tuple[int, int]) -> int:
    """Whole factor by which BG can be made smaller first, and has to be where OpenCV takes no sides of that length."""
    height, width = (int(side) for side in frame.shape[:2])
    wanted = int(min(place.width / size[0], place.height / size[1], width, height))
    return max(wanted, -(-max(width, height) // MAX_WARPED_SIDE), 1)


def to_canvas(place: Place, size: tuple[int, int]) -> F64:
    """f64 [2, 3]: from px of a picture of FG to canvas px; pixel k covers [k, k + 1) in both."""
    cosine, sine = np.cos(np.radians(place.degrees)), np.sin(np.radians(place.degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([place.width / size[0], place.height / size[1]])
    centre = np.array([place.x + place.width / 2, place.y + place.height / 2])
    return np.column_stack([turn, centre - turn @ (np.array(size) / 2)])


def from_centres(matrix: F64) -> F64:
    """The same for OpenCV, which counts from pixel centres."""
    return np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5] - 0.5])


def levelled(fg: U8, bg: U8) -> U8:
    """BG in FG's levels: gain and offset of each channel by least squares, so that a grade does not hide a shift."""
    flat = fg.reshape(-1, 3).astype(np.float64), bg.reshape(-1, 3).astype(np.float64)
    means = [values.mean(0) for values in flat]
    spread = ((flat[1] - means[1]) ** 2).mean(0)
    shared = ((flat[0] - means[0]) * (flat[1] - means[1])).mean(0)
    gain = np.where(spread > 1, np.clip(shared / np.maximum(spread, 1), 0, None), 1)
    return np.asarray(np.clip(np.rint((bg - means[1]) * gain + means[0]), 0, 255), np.uint8)


def difference(fg: U8, bg: U8) -> U8:
    """u8 [height, width]: largest difference of a channel, in grey levels, once levels are alike."""
    return np.asarray(cv2.absdiff(fg, levelled(fg, bg)).max(axis=2), np.uint8)


def amplified(levels: U8) -> U8:
    return np.asarray(np.minimum(levels.astype(np.int64) * AMPLIFICATION, 255), np.uint8)


def webp(picture: U8, quality: int = WEBP_QUALITY) -> bytes:
    """A picture, u8 [height, width] or RGB [height, width, 3], as a file. quality: of 100."""
    stored = picture if picture.ndim == 2 else picture[..., ::-1]
    _, data = cv2.imencode(".webp", stored, (cv2.IMWRITE_WEBP_QUALITY, quality))
    return data.tobytes()
