"""Tuned numbers of what placements are compared by. Coarse fit, fine fit and evidence share one instance."""

from __future__ import annotations

from vidkompy.parameters import tuned, without_effect
from vidkompy.records import Record


class ObjectiveParameters(Record):
    """The coarse fit reads the first five, the fine fit and the evidence the first three and the last three."""

    ignored_share: float = tuned(
        0.4,
        unit="share of FG",
        raising="more of FG may be altered, and right places and times stand out less",
        source="chosen by eye",
    )
    blocks: int = tuned(
        4,
        unit="blocks along each side of FG",
        raising="small alterations cost less of the picture, and each block says less",
        source="chosen by eye",
    )
    sparse_share: float = tuned(
        0.5,
        unit="share of the blocks that hold FG's detail",
        raising="altered parts of FGs with little detail besides are believed; lower: slides and titles are refused",
        source="chosen by eye: a clock is in 2 of 16 blocks, slides of text in 5 to 7, pictures in 8 to 14",
    )
    edge: int = tuned(
        1,
        unit="px of a coarse FG view inside the content box",
        raising="fewer px of soft edges count, and small views lose a larger part",
        source="chosen by eye",
    )
    least_overlap: float = tuned(
        0.5,
        unit="share of FG's content",
        raising="FGs that lie partly outside the canvas are given up",
        source=without_effect("FGs partly outside the canvas"),
    )
    most_pixels: int = tuned(
        10_000, unit="px of FG view", raising="more work, steadier misfits", source="chosen by eye"
    )
    most_pixels_in_time: int = tuned(
        3000,
        unit="px of FG view, where more BG frames are compared than one before and one after",
        raising="more work, steadier misfits",
        source="chosen by eye",
    )
    least_pixels: int = tuned(
        200,
        unit="px of FG view",
        raising="small and half-hidden pictures are given up",
        source="chosen by eye; GaussNewtonParameters has the same for a fit of four unknowns, and may differ",
    )
