"""What is lost where FG, found at a fraction of a pixel, is drawn at whole ones."""

from __future__ import annotations

from vidkompy.model import PixelBox, Placement

NOTABLE_PX = 0.1  # an edge that is drawn less far from where it was found is not spoken of; chosen by eye


def rounding_error(placement: Placement) -> float:
    """px of the canvas by which an edge of FG lies off its place at most, where it is drawn at whole px.

    >>> round(rounding_error(Placement(10.25, 4, 63.5, 48)), 2)
    0.25
    """
    return edge_distance(placement, placement.drawn)


def edge_distance(placement: Placement, drawn: PixelBox, scale: tuple[float, float] = (1.0, 1.0)) -> float:
    """px of the canvas by which a drawn edge lies off its place at most.

    scale   px of the canvas in one of BG, across and down
    """
    across, down = scale
    right, bottom = placement.x + placement.width, placement.y + placement.height
    edges = (placement.x * across, placement.y * down, right * across, bottom * down)
    return max(abs(edge - at) for edge, at in zip(edges, drawn, strict=True))


def rounding_text(corner: tuple[int, int], error: float) -> str:
    """Where FG is drawn, and how far from where it was found; empty where that is not worth a word.

    corner   left and top, px of the canvas
    >>> rounding_text((41, 80), 0.4), rounding_text((41, 80), 0.04)
    ('drawn at 41,80: up to 0.4 px beside where it was found', '')
    """
    x, y = corner
    return f"drawn at {x},{y}: up to {error:.1f} px beside where it was found" if error > NOTABLE_PX else ""
