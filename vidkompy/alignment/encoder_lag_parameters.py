"""Tuned numbers of `encoder_lag`. They act on FGs of low quality, in which an encoder left older picture standing."""

from __future__ import annotations

from dataclasses import dataclass

from vidkompy.parameters import tuned, without_effect


@dataclass(frozen=True)
class EncoderLagParameters:
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
    largest_remainder: float = tuned(
        1 / 3,
        unit="share of the irregularity that may be left",
        raising="the model of residue is chosen more often",
        source=without_effect("FGs of low quality", "chosen by eye; at 1 / 2, drops and repeats are smoothed away"),
    )
