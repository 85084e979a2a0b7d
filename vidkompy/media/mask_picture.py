"""A picture that says which part of FG is looked at -> the boxes of the part that is ignored, in FG px.

Boxes of whole rows of the picture are exact; where they would be more than a sidecar holds, the picture is made
coarser, which ignores a little more, never less.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vidkompy.errors import UsageError
from vidkompy.limits import MAX_IGNORED_BOXES
from vidkompy.media.decoding import decode_frames
from vidkompy.media.ignored_area import compared_cells, problem_of_area, problem_of_box
from vidkompy.media.probe import probe
from vidkompy.model import U8, Clip, Mask, PixelBox

HALF_GREY = 128  # from which on a px counts as white
OPAQUE = 255  # alpha


def ignored_boxes(boxes: Sequence[PixelBox], mask: Path | None, fg: Clip) -> tuple[PixelBox, ...]:
    """All that is ignored of FG: the boxes, then those of the mask picture, each once.

    Raises UsageError where they do not fit FG or leave too little of it; MediaError, see `boxes_of_picture`.
    """
    for x0, y0, x1, y1 in boxes:
        if problem := problem_of_box((x0, y0, x1, y1), fg.width, fg.height):
            raise UsageError(f"--ignore {x0},{y0},{x1 - x0}x{y1 - y0} {problem}")
    of_mask = [] if mask is None else boxes_of_picture(mask, fg)
    ignored = list(dict.fromkeys([*boxes, *of_mask]))
    if len(ignored) > MAX_IGNORED_BOXES:
        frame = (0, 0, fg.width, fg.height)
        ignored = boxes_of(~compared_cells(ignored, frame, (fg.height, fg.width)), MAX_IGNORED_BOXES)
    if problem := problem_of_area(ignored, fg.width, fg.height):
        options = "--ignore" if mask is None else f"--mask '{mask}'"
        raise UsageError(f"{options}: {problem}")
    return tuple(ignored)


def boxes_of_picture(path: Path, fg: Clip) -> list[PixelBox]:
    """FG px: boxes of what is dark in a picture in the shape of FG's frames.

    What is transparent counts as white. Raises MediaError where the picture cannot be read, UsageError where it is not
    one picture, or has another shape than FG.
    """
    picture = probe(path)
    if picture.frames != 1:
        raise UsageError(
            f"--mask '{path}' has {picture.frames} frames; wanted one picture, white where FG is looked at"
        )
    if not _has_shape_of(picture, fg):
        raise UsageError(
            f"--mask '{path}' is {picture.width}x{picture.height}, which does not scale to FG's "
            f"{fg.width}x{fg.height}; wanted a picture of that size, or in that shape"
        )
    ignored = _grey_on_white(picture) < HALF_GREY
    per_x, per_y = fg.width / picture.width, fg.height / picture.height
    return [_scaled_outwards(box, per_x, per_y) for box in boxes_of(ignored, MAX_IGNORED_BOXES)]


def boxes_of(ignored: Mask, most: int) -> list[PixelBox]:
    """At most `most` boxes, which do not overlap, that cover the True cells, and no others as far as so few can.

    >>> boxes_of(np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 1, 1, 1]], np.bool_), 2)
    [(1, 0, 3, 2), (0, 2, 4, 3)]
    >>> boxes_of(np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 1, 1, 1]], np.bool_), 1)
    [(0, 0, 4, 3)]
    """
    height, width = ignored.shape
    pitch, cells = 1, ignored
    while (boxes := _boxes_of_rows(cells, max(most, 1))) is None:
        pitch *= 2
        cells = _any_of_fours(cells)
    return [(x0 * pitch, y0 * pitch, min(x1 * pitch, width), min(y1 * pitch, height)) for x0, y0, x1, y1 in boxes]


def _boxes_of_rows(cells: Mask, most: int) -> list[PixelBox] | None:
    """Boxes of rows that repeat; None if they are more than `most`."""
    boxes: list[PixelBox] = []
    open_since: dict[tuple[int, int], int] = {}  # of each stretch of the row above, the row where its box begins
    for y, row in enumerate([*cells, np.zeros_like(cells[0])]):
        edges = np.flatnonzero(np.diff(row.view(np.int8), prepend=0, append=0)).tolist()
        stretches = set(zip(edges[::2], edges[1::2], strict=True))
        boxes += sorted((x0, since, x1, y) for (x0, x1), since in open_since.items() if (x0, x1) not in stretches)
        open_since = {stretch: open_since.get(stretch, y) for stretch in stretches}
        if len(boxes) + len(open_since) > most:
            return None
    return boxes


def _any_of_fours(cells: Mask) -> Mask:
    """Each 2 x 2 cells as one, True if one of them is."""
    padded = np.pad(cells, [(0, side % 2) for side in cells.shape])
    joined: Mask = padded[::2, ::2] | padded[1::2, ::2] | padded[::2, 1::2] | padded[1::2, 1::2]
    return joined


def _has_shape_of(picture: Clip, fg: Clip) -> bool:
    """Whether the picture scales to FG's frames, as they are stored or as their pixel shape shows them, to the px."""
    shown = fg.width * fg.sar / fg.height * picture.height  # px wide at the picture's height
    is_as_stored = picture.width * fg.height == picture.height * fg.width
    return is_as_stored or (fg.sar != 1 and abs(picture.width - shown) < 1)


def _grey_on_white(picture: Clip) -> U8:
    """u8 [height, width]"""
    frame = next(iter(decode_frames(picture)))
    rgba = np.rot90(frame.to_ndarray(format="rgba"), picture.rotation // 90).astype(np.uint16)
    return np.asarray(OPAQUE - (OPAQUE - rgba[..., :3].mean(axis=2)) * rgba[..., 3] / OPAQUE, np.uint8)


def _scaled_outwards(box: PixelBox, per_x: float, per_y: float) -> PixelBox:
    """The smallest box of whole px around a scaled one."""
    (x0, x1), (y0, y1) = (_outwards(box[k], box[k + 2], per) for k, per in enumerate((per_x, per_y)))
    return x0, y0, x1, y1


def _outwards(start: int, stop: int, factor: float) -> Sequence[int]:
    return int(np.floor(start * factor + 1e-9)), int(np.ceil(stop * factor - 1e-9))
