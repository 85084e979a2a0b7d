"""Tuned numbers of the comparison of an answer with the pixels, small and in full size."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class ResidualCheckParameters(Record):
    """Of the comparison of an answer with the pixels."""

    frames: int = tuned(24, unit="FG frames", raising="short motions are seen, at more cost", source="chosen by eye")
    dated_every: int = tuned(
        2, unit="of those frames", raising="fewer are compared with other BG frames", source="chosen by eye"
    )
    dated_reach: int = tuned(
        7, unit="powers of two: BG frames before and behind", raising="costs more", source="chosen by eye"
    )
    dated_gain: float = tuned(
        0.5,
        unit="1 - ZNCC on another BG frame over that on the answer's",
        raising="smaller gains count",
        source="two screen recordings and a place that was taken to stand: 0.6 where times are right, 0.3 where not",
    )
    undisputed_gain: float = tuned(
        0.8,
        unit="1 - ZNCC on another BG frame over that on the answer's, of every frame looked at",
        raising="more unsure places are compared with rivals and followed, at more CPU",
        source="that of a rival that is taken, RivalParameters.better_cost, and may differ",
    )
    least_misdated: float = tuned(
        0.3, unit="share of the frames compared", raising="fewer answers are revised", source="chosen by eye"
    )
    least_dated_cost: float = tuned(
        1e-3,
        unit="1 - ZNCC",
        raising="small gains on other BG frames count less",
        source="flat drawings that hold: 3e-4 at most on their own frame, a third of it on others",
    )
    least_cost: float = tuned(
        2e-4, unit="1 - ZNCC", raising="small misfits of followed frames count less", source="chosen by eye"
    )
    usual_cost_quantile: float = tuned(
        0.25, unit="share of the followed frames that fit better", raising="fewer misfit", source="chosen by eye"
    )
    misfit_costs: float = tuned(
        6.0,
        unit="1 - ZNCC over the usual one",
        raising="fewer followed frames are doubted",
        source="36 made pairs: right frames have 4.5 medians at most",
    )
    least_shift_px: float = tuned(
        0.5, unit="canvas px of a corner", raising="small motions pass", source="chosen by eye"
    )
    least_moved: float = tuned(
        0.15, unit="share of the frames compared", raising="fewer answers are doubted", source="chosen by eye"
    )
    least_partly_moved: float = tuned(
        0.08,
        unit="share of the frames compared, two at least, for which FG is followed",
        raising="places have to stay away for longer to be followed",
        source="two of 24: a place that moves in the last tenth of FG",
    )
    least_moved_interlaced: float = tuned(
        0.5,
        unit="the same for interlaced clips",
        raising="fewer answers are revised",
        source="3:2 pulldown: 2 frames of 5 mix two of the film's, and lie between; made pairs that move: 0.7 at least",
    )
    sure_placement: float = tuned(
        0.9,
        unit="confidence of a placement that is believed",
        raising="more answers are revised, at more cost",
        source="chosen by eye",
    )
    most_zoom: float = tuned(
        3.0,
        unit="FG's largest size on the canvas over its smallest, of keyframes and of followed frames",
        raising="unrelated clips are followed to where they fit by chance",
        source="1.5 at most where FG zooms, in 30 made pairs; 6.6 in unrelated clips that were followed",
    )
    least_followed_px: float = tuned(
        32.0,
        unit="canvas px of FG's longer side, at least, wherever it is followed to",
        raising="small FGs that move are not followed",
        source="unrelated clips were followed to where FG is 10 to 26 px wide; so small a picture fits anything",
    )
    most_confidence: float = tuned(
        0.95,
        unit="probability that a followed place is right, if all frames fit",
        raising="tracks are believed more",
        source="chosen by eye: no wrong one was seen among 10 pairs that fit",
    )
    bad_zncc: float = tuned(
        0.6, unit="ZNCC at the answer's place, median", raising="more answers are revised", source="chosen by eye"
    )
    most_unmatched: float = tuned(
        0.2, unit="share of unmatched frames", raising="fewer answers are revised", source="chosen by eye"
    )
    reordered_bg_frames: int = tuned(
        1000,
        unit="BG frames that unmatched FG frames are compared with, whatever their order",
        raising="short re-ordered moments are recognised, at more CPU",
        source="chosen by eye",
    )
    equal_log_scales: float = tuned(
        0.08,
        unit="log of the scale across over that down",
        raising="more stretched FGs are followed unstretched",
        source="chosen by eye",
    )
    least_followed: float = tuned(
        0.6,
        unit="share of FG frames that fit where they were followed",
        raising="fewer answers are revised",
        source="chosen by eye",
    )
    more_matched: float = tuned(
        0.2, unit="matched frames more than before, share", raising="fewer answers are revised", source="chosen by eye"
    )
    followed_cost: float = tuned(
        0.05,
        unit="1 - ZNCC",
        raising="clips that have little in common pass, and FGs that are altered much",
        source="65 made pairs: 0.034 at most, noise and fields included; two unrelated ones 0.095 and 0.11",
    )
    followed_quantile: float = tuned(
        0.9,
        unit="share of the followed frames",
        raising="fewer bad frames make an answer doubtful",
        source="chosen by eye",
    )
    better_cost: float = tuned(
        0.7, unit="1 - ZNCC where followed over that before", raising="smaller gains count", source="chosen by eye"
    )
    least_contested_cost: float = tuned(
        0.015,
        unit="1 - ZNCC at the answer, median of frames, from which FG is followed though none fits better elsewhere",
        raising="places that move are missed, at less CPU",
        source="631 made pairs: following gained from 0.051 on, and not at 0.013 or less, on a nearly blank wall",
    )
    better_keyframes: float = tuned(
        0.5,
        unit="1 - ZNCC of keyframes, their place free, over that of the answer, from which FG is not followed",
        raising="more is followed in vain, at more CPU",
        source="17 made pairs of which keyframes were found: 0.17 at most where following gained, two others 0.68",
    )
    better_cost_nearby: float = tuned(
        0.35,
        unit="the same where FG is followed to nearly the same place",
        raising="smaller gains count",
        source="four encodings of a slow dolly whose place stands: 0.64 and 0.69; two weaving films: 0.02",
    )
    better_cost_interlaced: float = tuned(
        0.5, unit="the same for interlaced clips", raising="smaller gains count", source="the square of far_gain"
    )
    contradicted: float = tuned(
        0.3, unit="probability", raising="answers that the pixels contradict are believed more", source="chosen by eye"
    )
    least_gain: float = tuned(
        0.9,
        unit="residual at the best place over that at the answer's",
        raising="smaller gains count",
        source="fine print that moves nowhere gains 0.93 to 0.98, 0.3 to 0.9 canvas px off, in a made pair",
    )
    most_beyond: float = tuned(
        0.1,
        unit="share of FG, in the median of its frames, by which more lies beyond the canvas where it is followed",
        raising="altered parts of FG may hide there",
        source="a banner below scrolled pages: 0.3 and more",
    )
    least_mirrored: float = tuned(
        1.1,
        unit="residual as far to the other side over that at the answer's place",
        raising="fewer frames count as moved",
        source="a blurred copy of a still place: 0.95 to 1.11 in frames that gain; frames that moved by 3 px or less: "
        "1.18 and more, in 8 pairs whose place moves",
    )
    near_px: float = tuned(
        3.0, unit="canvas px of a corner", raising="more places count as near", source="chosen by eye"
    )
    far_gain: float = tuned(
        0.7,
        unit="the same for places that are further off, and for interlaced clips",
        raising="smaller gains count",
        source="one made pair: noise over a hardly moving picture gains 0.83 to 0.95 up to 45 px away; fields of a "
        "fast drive gain 0.74 to 0.92 where the place stands, 2 px away, and 0.1 to 0.65 where it moves",
    )


class FullSizeParameters(Record):
    """full_size_check: the same on large copies of some frames."""

    frames: int = tuned(
        8, unit="FG frames", raising="more of the clip is looked at, at more CPU", source="chosen by eye"
    )
    least_frames: int = tuned(
        5,
        unit="FG frames",
        raising="more clips are decoded a second time in places",
        source="chosen by eye; a frame that is sought costs 0.6 s of CPU (1080p)",
    )
    reach: int = tuned(3, unit="BG frames before and after", raising="costs more", source="chosen by eye")
    tolerated_rise: float = tuned(
        1.1,
        unit="1 - ZNCC on a BG frame over that one frame nearer to the answer's",
        raising="frames farther away are looked at though FG fits ever worse, which costs more",
        source="chosen by eye",
    )
    steps: int = tuned(
        6, unit="Gauss-Newton steps of 1.5 px at most", raising="farther places are reached", source="chosen by eye"
    )
    pixels: int = tuned(20_000, unit="pixels of a view", raising="more exact, at more cost", source="chosen by eye")
    least_zncc: float = tuned(
        0.5, unit="ZNCC at best", raising="fewer frames show enough to be asked", source="chosen by eye"
    )
    least_cost: float = tuned(
        2e-4, unit="1 - ZNCC", raising="small gains count less", source="that of ResidualCheckParameters"
    )
    least_time_gain: float = tuned(
        0.5,
        unit="1 - ZNCC on another BG frame over that on the answer's",
        raising="smaller gains count",
        source="51 made pairs whose maps are right: 0.62 and more, but for replaced mouths",
    )
    least_place_gain: float = tuned(
        0.8,
        unit="1 - ZNCC at the best place over that at the answer's",
        raising="smaller gains count",
        source="51 made pairs whose places are right: 0.84 and more where it is half a px away",
    )
    least_shift_px: float = tuned(
        0.8, unit="canvas px", raising="small errors pass", source="the same pairs: 0.66 px at most"
    )
    least_share: float = tuned(
        0.3, unit="share of the frames looked at", raising="fewer answers are doubted", source="that of misdated frames"
    )


class EarlyMotionParameters(Record):
    """Of the look for a place that moves, at the first place that was registered.

    The 31 registrations are the first ones of 31 textbook pairs and 50 difficult ones that cost more than 0.004, plain.
    78 others are those of all difficult pairs.
    """

    reach: int = tuned(
        3,
        unit="BG frames to each side of the matched one that a sample is fitted on, too",
        raising="places that move are recognised on worse matches, at more cost",
        source="78 pairs: of FGs steadied on a shaking BG, costs fall by 0.01 to 0.18 so, without by 0.33 to 0.60",
    )

    least_plain_cost: float = tuned(
        0.01,
        unit="plain cost of the registration",
        raising="places that hardly move are searched for longer",
        source="chosen by eye: of places that stand most cost less",
    )
    least_cost: float = tuned(
        0.002,
        unit="1 - ZNCC at one place, median of the samples",
        raising="small motions are searched for longer",
        source="78 pairs, a weaving film: 0.0031",
    )
    most_gain: float = tuned(
        0.1,
        unit="that with each sample's place free over that at one place",
        raising="more places are taken to move, of FGs on wrong BG frames, too",
        source="78 pairs: 0.01 to 0.18 where the place moves; 0.18 where a cartoon that stands was registered 9 px off",
    )
    most_turned_gain: float = tuned(
        0.2,
        unit="the same where most samples are turned alike",
        raising="more FGs on wrong BG frames are taken to be turned",
        source="78 pairs: 0.18 at most where the place moves or is turned; two made tilts: 0.01 and 0.14",
    )
    most_doubtful_gain: float = tuned(
        0.45,
        unit="the same where the cheap stages find no place that is likely right",
        raising="more places are taken to move, of FGs on wrong BG frames, too",
        source="78 pairs: 0.40 where FG was steadied on a shaking BG, and 0.39 where it is tilted",
    )
    most_free_cost: float = tuned(
        0.05,
        unit="1 - ZNCC with the place free",
        raising="places are taken to move in worse fits",
        source="that of followed places, ResidualCheckParameters.followed_cost",
    )
    fitting_share: float = tuned(
        0.75, unit="share of the samples that fit so", raising="fewer places are taken to move", source="chosen by eye"
    )
    least_scatter_px: float = tuned(
        0.8,
        unit="canvas px of a corner from the median pose, median of the samples",
        raising="fewer places are taken to move",
        source="31 first registrations of 81 made pairs: 1.6 at least where it moves",
    )
    exact_cost: float = tuned(
        0.005,
        unit="1 - ZNCC of a sample that fits exactly at one place",
        raising="keyframes are looked for in more FGs of which parts are altered",
        source="5 pairs that pan and scan: 0.0001 to 0.0017; others of 78 pairs that are doubtful: 0.02 at least",
    )
    least_share: float = tuned(
        0.2,
        unit="share of the samples that fit exactly at one place, of those that do not fit there, and of the keyframes "
        "that fit elsewhere",
        raising="places that jump are searched for longer",
        source="5 pairs that pan and scan: a third",
    )
    least_turn: float = tuned(
        0.5,
        unit="degrees by which all samples are turned",
        raising="fewer FGs that lie turned are followed at once",
        source="31 first registrations of 81 made pairs: 0.04 at most where FG lies upright",
    )
