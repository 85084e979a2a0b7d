"""What an editor does to a picture, YUV 4:4:4, u8 [3, height, width]: crop, scale, grade, cover, add bars."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int

    def within(self, other: "Box") -> "Box":
        """The part inside another box."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = (
            min(self.x + self.width, other.x + other.width),
            min(self.y + self.height, other.y + other.height),
        )
        return Box(x, y, max(right - x, 0), max(bottom - y, 0))


@dataclass(frozen=True)
class Grade:
    """brightness in grey levels, contrast about mid grey, saturation as factors, tint as (U, V) shift in levels."""

    brightness: float = 0.0
    contrast: float = 1.0
    gamma: float = 1.0
    saturation: float = 1.0
    tint: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Patch:
    """An altered rectangle, in shares of the FG content: blurred, or covered by an opaque picture."""

    x: float
    y: float
    width: float
    height: float
    is_opaque: bool = False

    def inside(self, box: Box) -> Box:
        """The patch in px of a box that it is a share of."""
        x, y = round(self.x * box.width), round(self.y * box.height)
        right, bottom = round((self.x + self.width) * box.width), round((self.y + self.height) * box.height)
        return Box(box.x + x, box.y + y, right - x, bottom - y)


@dataclass(frozen=True)
class Bars:
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    yuv: tuple[int, int, int] = (16, 128, 128)


def cropped(frame: U8, crop: Box) -> U8:
    height, width = frame.shape[1:]
    left, top = max(-crop.x, 0), max(-crop.y, 0)
    right, bottom = max(crop.x + crop.width - width, 0), max(crop.y + crop.height - height, 0)
    padded = np.pad(frame, ((0, 0), (top, bottom), (left, right)), mode="symmetric")
    y, x = crop.y + top, crop.x + left
    return padded[:, y : y + crop.height, x : x + crop.width].copy()


def resized(frame: U8, width: int, height: int) -> U8:
    """Pixel areas map to pixel areas: no half-pixel shift. Area average down, cubic up."""
    if frame.shape[1:] == (height, width):
        return frame
    is_smaller = width * height < frame.shape[1] * frame.shape[2]
    interpolation = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return np.stack([cv2.resize(plane, (width, height), interpolation=interpolation) for plane in frame])


def patched(frame: U8, patch: Patch) -> U8:
    height, width = frame.shape[1:]
    at = patch.inside(Box(0, 0, width, height))
    area = frame[:, at.y : at.y + at.height, at.x : at.x + at.width]
    if patch.is_opaque:
        area[:] = logo(area.shape[2], area.shape[1])
    else:
        area[:] = [cv2.GaussianBlur(plane, (0, 0), max(width, height) / 20) for plane in area]
    return frame


def logo(width: int, height: int) -> U8:
    """A fixed opaque picture: bright letters on a coloured plate."""
    picture = np.full((height, width, 3), (150, 40, 30), np.uint8)
    cv2.rectangle(picture, (2, 2), (width - 3, height - 3), (240, 220, 60), 2)
    cv2.putText(picture, "ON AIR", (width // 12, height * 2 // 3), cv2.FONT_HERSHEY_DUPLEX, width / 160, (255,) * 3, 2)
    return to_yuv(picture)


def graded(frame: U8, grade: Grade) -> U8:
    level = np.arange(256) / 255
    luma = ((level**grade.gamma - 0.5) * grade.contrast + 0.5) * 255 + grade.brightness
    out = np.empty_like(frame)
    out[0] = cv2.LUT(frame[0], np.clip(luma, 0, 255).round().astype(np.uint8))
    for plane, shift in zip((1, 2), grade.tint, strict=True):
        chroma = (np.arange(256) - 128) * grade.saturation + 128 + shift
        out[plane] = cv2.LUT(frame[plane], np.clip(chroma, 0, 255).round().astype(np.uint8))
    return out


def barred(frame: U8, bars: Bars) -> U8:
    pads = (bars.top, bars.bottom, bars.left, bars.right)
    sides = zip(frame, bars.yuv, strict=True)
    return np.stack([cv2.copyMakeBorder(plane, *pads, cv2.BORDER_CONSTANT, value=v) for plane, v in sides])


def to_yuv(rgb: U8) -> U8:
    """Studio-range planes, u8 [3, height, width], of an RGB picture, u8 [height, width, 3]."""
    full = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV).astype(np.float32)
    luma, blue, red = cv2.split(full)
    planes = (luma * (219 / 255) + 16, (blue - 128) * (224 / 255) + 128, (red - 128) * (224 / 255) + 128)
    return np.clip(np.stack(planes), 0, 255).round().astype(np.uint8)
