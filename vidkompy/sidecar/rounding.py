"""Digits of a placement that mean something: those that sidecars hold, and people read."""

from __future__ import annotations

from vidkompy.model import Placement

PLACE_DIGITS = 3  # of canvas px, behind the point: far below what can be measured, or drawn
LEVEL_DIGITS = 4  # of scores and probabilities


def rounded(placement: Placement) -> Placement:
    """The placement with as many digits as mean something."""
    p = placement
    x, y, width, height = (round(float(v), PLACE_DIGITS) for v in (p.x, p.y, p.width, p.height))
    levels = (None if v is None else round(float(v), LEVEL_DIGITS) for v in (p.score, p.runner_up, p.confidence))
    return Placement(x, y, width, height, *levels)
