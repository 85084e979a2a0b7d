"""Text in pictures, read by comparison with words that the same ffmpeg drew alone, one at a time."""

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from filtergraphs.geometry import Rect
from support.drawn_films import Planes, decode, run

Picture = npt.NDArray[np.uint8]
ALIKE = 0.99  # correlation with the word that stands there: measured 0.9999 and more, and 0.972 at most for another one
_INK = 60  # grey level of letters that are drawn, on a ground of 16


def templates(ffmpeg: str, font: int, words: Sequence[str], folder: Path) -> dict[str, Picture]:
    """Each word, white on dark, with half an em of ground at both sides: "13" is not found in "137"."""
    chain = "".join(
        f",drawtext=text='{_escaped(word)}':font=Sans:fontsize={font}:fontcolor=white:x={font}"
        f":y={2 * font}-ascent:enable=eq(n\\,{k})"
        for k, word in enumerate(words)
    )
    out = folder / "words.mkv"
    graph = f"color=size={16 * font // 2 * 2}x{3 * font // 2 * 2}:rate=25:color=black{chain}[v]"
    run(ffmpeg, "-filter_complex", graph, "-map", "[v]", "-frames:v", str(len(words)), "-c:v", "ffv1", str(out))
    _, frames, _, _ = decode(out)
    return {word: _trimmed(planes[0], font // 2) for word, planes in zip(words, frames, strict=True)}


def read(planes: Planes, part: Rect, words: dict[str, Picture], alike: float = ALIKE) -> str:
    """The one of `words` that stands in a part of the frame; "" if none does. alike: less after lossy encoding."""
    area = np.asarray(planes[0][part.y : part.bottom, part.x : part.right], np.uint8)
    found = {}
    for word, picture in words.items():
        if picture.shape[0] <= area.shape[0] and picture.shape[1] <= area.shape[1]:
            found[word] = float(cv2.matchTemplate(area, picture, cv2.TM_CCOEFF_NORMED).max())
    best = max(found, key=lambda word: found[word])
    return best if found[best] >= alike else ""


def _escaped(word: str) -> str:
    return re.sub("([ :])", r"\\\1", word)


def _trimmed(picture: npt.NDArray[np.uint8], margin: int) -> Picture:
    rows, columns = np.nonzero(picture > _INK)
    return picture[rows.min() - 1 : rows.max() + 2, columns.min() - margin : columns.max() + margin]
