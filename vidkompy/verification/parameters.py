"""Tuned numbers of the verification: from where on two pictures differ."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class VerificationParameters(Record):
    """Numbers of the distances between pictures, and of what an output is compared with."""

    # ---- distances between pictures, on means over cells

    cell_side: int = tuned(
        4,
        unit="px, side of the cells whose means are compared",
        raising="less noise of encoders, and less detail by which neighbouring frames are told apart",
        source="chosen by eye: encoders repeat an older frame's noise and skip invisible changes",
    )
    visible_difference: float = tuned(
        6.0,
        unit="grey levels between cell means",
        raising="fewer cells count as different, so fewer rivals are told from the right frame",
        source="chosen by eye",
    )
    least_visible_cells: int = tuned(
        4,
        unit="cells that differ visibly",
        raising="rivals have to differ in more places before they count",
        source="measured: keyframes of a still scene pulse in one or two cells",
    )
    few_visible_cells: int = tuned(
        16,
        unit="cells that differ visibly, below which a rival has to be much nearer",
        raising="other frames of nearly still scenes pass",
        source="measured: 4 to 7 in right frames of 100x100 px at crf 23, right behind a cut",
    )
    few_cells_error_ratio: float = tuned(
        0.5,
        unit="squared error of such a rival over that of the right frame, which it has to stay below",
        raising="lossy frames count as wrong for what their encoder left of others",
        source="measured: 0.56 to 0.84 in right frames; below 0.2 for the frame before or behind",
    )
    most_median_shift: float = tuned(
        4.0,
        unit="grey levels that a plane's median cell may be off",
        raising="brighter, darker or recoloured outputs pass",
        source="measured: 2.5 in right outputs at crf 32",
    )
    gross_difference: float = tuned(
        24.0,
        unit="grey levels between cell means that count as grossly different",
        raising="outputs with altered parts pass",
        source="chosen by eye, with most_gross_cells",
    )
    most_gross_cells: float = tuned(
        0.2,
        unit="share of cells that may differ grossly",
        raising="outputs with altered parts pass",
        source="measured: 0.1 in right outputs at crf 44",
    )

    # ---- a block that is altered in one frame

    block_cells: int = tuned(
        2,
        unit="cells, side of a block",
        raising="smaller parts that are altered pass",
        source="by meaning: a block of 16 px, the least that is promised, holds whole ones of 8 px wherever it lies",
    )
    least_block_excess: float = tuned(
        16.0,
        unit="grey levels by which a block's error exceeds that of the frames beside it",
        raising="altered blocks pass",
        source="measured, with block_excess_ratio: 0.6 of the limit at most in right outputs of six films, x264 at crf "
        "18 to 40, mpeg4 at q 3 to 12",
    )
    block_excess_ratio: float = tuned(
        2.0,
        unit="times the largest error of a block in the frames beside it",
        raising="altered blocks of poor encodings pass",
        source="measured, with least_block_excess",
    )
    block_median_ratio: float = tuned(
        4.0,
        unit="times the frame's median error, which counts as such an error too",
        raising="altered blocks right behind a cut pass",
        source="measured: blocks of right outputs reach 5 to 8 times the median",
    )

    # ---- what an output is compared with

    bg_neighbours: int = tuned(
        3,
        unit="BG frames either side that are tried as rivals",
        raising="BG frames that are further off are noticed in lossy outputs, at more CPU and memory",
        source="chosen by eye",
    )
    fg_neighbours: int = tuned(
        1,
        unit="FG frames either side that are tried as rivals",
        raising="FG frames that are further off are noticed in lossy outputs, at more CPU and memory",
        source="chosen by eye",
    )
    absent_error_ratio: float = tuned(
        0.5,
        unit="squared error against BG over that against FG; below it FG is missing",
        raising="more outputs count as without FG",
        source="measured: BG alone gives next to 0",
    )
    least_absent_cells: float = tuned(
        0.01,
        unit="share of cells in which BG has to differ from FG for that",
        raising="missing FGs that look much like BG pass",
        source="measured: fewer are noise at crf 32",
    )
    misplaced_error_ratio: float = tuned(
        0.97,
        unit="squared error of FG a pixel away over that in place; below it FG is misplaced",
        raising="more outputs count as misplaced",
        source="measured: 0.99 when right at crf 44",
    )
    exact_share: float = tuned(
        0.5,
        unit="share of frames equal to the last bit from which all of them have to be",
        raising="an output with few exact frames is judged as lossy",
        source="by meaning: half of the frames are not exact by chance",
    )
    damage_reach: int = tuned(
        3,
        unit="frames by which a fault, timed by its packet, may lie off the frame that it harms",
        raising="more frames around damage are not compared",
        source="chosen by eye: frames are reordered by so many",
    )
