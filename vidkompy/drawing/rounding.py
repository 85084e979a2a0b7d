"""What is lost where FG, found at a fraction of a pixel, is drawn at whole ones, as it is if it is not scaled."""

from __future__ import annotations

from filtergraphs import Composition
from filtergraphs.geometry import exact_bg_rect, exact_fg_rect
from filtergraphs.resampling import FloatRect
from vidkompy.model import Placement

NOTABLE_PX = 0.1  # an edge that is drawn less far from where it was found is not spoken of; chosen by eye


def rounding_error(placement: Placement, fg_size: tuple[int, int]) -> float:
    """px of the canvas by which an edge of FG lies off its place at most; 0 where FG is scaled: it lies between px.

    >>> rounding_error(Placement(10.25, 4, 64, 48), (64, 48)), rounding_error(Placement(10.25, 4, 64, 48), (32, 24))
    (0.25, 0.0)
    """
    if placement.drawn_size != fg_size:
        return 0.0
    (left, top, _, _), (width, height) = placement.drawn, placement.drawn_size
    return _edge_distance((placement.x, placement.y, placement.width, placement.height), (left, top, width, height))


def drawing_error(placement: Placement, c: Composition) -> float:
    """px of the canvas by which an edge of FG is drawn off its place at most; 0 where a clip moves to its places.

    The canvas may be larger than BG.
    """
    if c.motion is not None:
        return 0.0
    x, y, width, height = exact_bg_rect(c)
    across, down = width / c.bg.width, height / c.bg.height
    found = (x + placement.x * across, y + placement.y * down, placement.width * across, placement.height * down)
    return _edge_distance(found, exact_fg_rect(c))


def rounding_text(corner: tuple[int, int], error: float) -> str:
    """Where FG is drawn, and how far from where it was found; empty where that is not worth a word.

    corner   left and top, px of the canvas
    >>> rounding_text((41, 80), 0.4), rounding_text((41, 80), 0.04)
    ('drawn at 41,80: up to 0.4 px beside where it was found', '')
    """
    x, y = corner
    return f"drawn at {x},{y}: up to {error:.1f} px beside where it was found" if error > NOTABLE_PX else ""


def _edge_distance(found: FloatRect, drawn: FloatRect) -> float:
    (x, y, width, height), (left, top, across, down) = found, drawn
    edges = (x, left), (y, top), (x + width, left + across), (y + height, top + down)
    return max(abs(edge - at) for edge, at in edges)
