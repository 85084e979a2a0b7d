"""Tuned numbers of `encoder_lag` and `cell_weights`: what encoders, or people, left of a picture that is not BG's."""

from __future__ import annotations

from vidkompy.parameters import tuned, without_effect
from vidkompy.records import Record


class EncoderLagParameters(Record):
    """encoder_lag: FGs in which an encoder left older picture standing."""

    block: int = tuned(
        1024,
        unit="frames compared at once",
        raising="more memory",
        source=without_effect("memory on long clips", "chosen by eye: 1024 frames of 64 x 36 cells are 9 MB of floats"),
    )
    half_window: int = tuned(
        12,
        unit="frames either side",
        raising="fit, persistence and noise are taken over longer stretches",
        source=without_effect("FGs of low quality"),
    )
    most_lag: int = tuned(
        12,
        unit="BG frames",
        raising="older pictures count as left standing",
        source=without_effect("FGs of low quality"),
    )
    least_visible_change: float = tuned(
        2.0,
        unit="usual misfits of a frame: up to that change of BG an encoder may leave the older picture standing",
        raising="larger changes of BG count as overlooked by the encoder",
        source="chosen by eye",
    )
    change_weight: float = tuned(
        0.1, unit="factor of the change since", raising="older pictures are less of an excuse", source="chosen by eye"
    )
    frame_cost: float = tuned(
        0.05,
        unit="cost of each frame of lag",
        raising="of equals the later one wins",
        source=without_effect("older pictures that fit as well"),
    )
    usual_persistence: float = tuned(
        0.6,
        unit="correlation of misfits from frame to frame",
        raising="persistence counts less against a frame",
        source=without_effect("FGs of low quality", "chosen by eye: about what good quality has too"),
    )
    largest_persistence: float = tuned(
        0.99,
        unit="correlation",
        raising="frames may count nearly nothing",
        source=without_effect("stills of low quality"),
    )
    largest_noise: float = tuned(
        0.1,
        unit="squared distance of unit rows",
        raising="motion may pass for noise",
        source=without_effect("motion that does not continue"),
    )
    fresh_misfit: float = tuned(
        0.75,
        unit="share of the usual misfit around a frame, below which it was coded afresh",
        raising="more frames count as coded afresh",
        source="keyframes of FGs at crf 32 have 0.3 to 0.7, others 0.9 and more",
    )
    least_lead: float = tuned(
        0.6,
        unit="BG frames that those fit later than the map's trend leads to",
        raising="less lag is seen",
        source="maps of uneven speed round by half a frame; lags of half of the frames lead by 0.7",
    )
    known_lag: float = tuned(
        0.2,
        unit="factor of change_weight and frame_cost where those lead",
        raising="older pictures are less of an excuse",
        source="0.2 to 1 of frame_cost: right; 0: frames are early that might be either",
    )
    largest_remainder: float = tuned(
        1 / 3,
        unit="share of the irregularity that may be left",
        raising="the model of residue is chosen more often",
        source=without_effect("FGs of low quality", "chosen by eye; at 1 / 2, drops and repeats are smoothed away"),
    )


class CellWeightParameters(Record):
    """cell_weights: what the residual of a cell is taken from."""

    sample: int = tuned(60, unit="FG frames", raising="steadier residuals, at more CPU", source="chosen by eye")
    reach: int = tuned(
        8,
        unit="BG frames either side of the first map's",
        raising="worse first maps are survived; more of what is altered fits somewhere by chance",
        source="50 difficult pairs: 3 and 8 alike but for one pair, better at 8",
    )
    blur: int = tuned(
        3, unit="cells, side of the square over which residuals are averaged", raising="coarser", source="chosen by eye"
    )
    usual_share: float = tuned(
        1.0,
        unit="the residual of the median cell, which is added to that of each",
        raising="weights differ less",
        source="chosen by eye: cells without any residual then weigh twice the median one",
    )
    least_variance: float = tuned(
        0.25,
        unit="squared grey levels that count as the residual of the median cell at least",
        raising="weights of clean copies differ less",
        source="by meaning: half a level, more than what rounding to 8 bits makes",
    )
