"""The boxes of FG that are looked at nowhere, in JSON. Verify and refine trust them, so all of them are checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidkompy.errors import MalformedError
from vidkompy.media.ignored_area import problem_of_area, problem_of_box
from vidkompy.model import Clip, Json, PixelBox

BOX_SIDES = ("left", "top", "right", "bottom")


def ignored_json(ignored: Sequence[PixelBox]) -> list[Json]:
    """
    >>> ignored_json([(0, 4, 20, 10)])
    [{'left': 0, 'top': 4, 'right': 20, 'bottom': 10}]
    """
    return [dict(zip(BOX_SIDES, box, strict=True)) for box in ignored]


def ignored_from_json(items: Sequence[Json], fg: Clip, path: Path) -> tuple[PixelBox, ...]:
    """Inverse of `ignored_json`. Raises MalformedError for boxes outside FG, and where they leave too little of it."""
    boxes = [(item["left"], item["top"], item["right"], item["bottom"]) for item in items]
    for n, box in enumerate(boxes):
        if problem := problem_of_box(box, fg.width, fg.height):
            left, top, right, bottom = box
            problem = f"{left},{top} to {right},{bottom} {problem}"
            raise MalformedError(path, problem, f"$.ignored[{n}]")
    if problem := problem_of_area(boxes, fg.width, fg.height):
        raise MalformedError(path, problem, "$.ignored")
    return tuple(boxes)
