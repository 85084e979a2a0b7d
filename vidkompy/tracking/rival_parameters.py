"""Tuned numbers of answers that fit as well: `scrolling` and `standing_rivals`."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class ScrollingParameters(Record):
    """scrolling: when place and time cannot be told apart."""

    frames: int = tuned(16, unit="FG frames that are compared", raising="surer, at more CPU", source="chosen by eye")
    least_frames: int = tuned(
        8, unit="distinct BG frames among them", raising="short FGs are not looked at", source="chosen by eye"
    )
    frames_away: int = tuned(
        6, unit="BG frames", raising="slower scrolling is seen, and less of what is unsteady", source="chosen by eye"
    )
    least_shift_px: float = tuned(
        1.5, unit="canvas px within that time", raising="slow scrolling is not seen", source="chosen by eye"
    )
    steady_px: float = tuned(
        0.6,
        unit="canvas px by which the shift of a frame may differ from the median",
        raising="pans of cameras count as scrolling",
        source="chosen by eye: 0.1 in made credits, more in every made pan",
    )
    least_share: float = tuned(
        0.75, unit="share of the frames", raising="less counts as scrolling", source="chosen by eye"
    )
    least_cost: float = tuned(
        1e-4, unit="1 - ZNCC", raising="differences of clean copies count as none", source="chosen by eye"
    )
    largest_cost_ratio: float = tuned(
        1.1,
        unit="1 - ZNCC where FG would lie later, over that at the answer",
        raising="more counts as scrolling",
        source="chosen by eye: 1.00 in made credits",
    )
    confidence: float = tuned(
        0.45,
        unit="probability of place and of frames where they cannot be told apart",
        raising="answers of scrolling pictures are surer",
        source="by meaning: less than even, and together just above the 0.2 below which answers are refused",
    )


class RivalParameters(Record):
    """standing_rivals: other places that stand, and how they are measured."""

    sure_interlaced: float = tuned(
        0.99,
        unit="confidence of the placement of an interlaced clip, below which rivals are measured",
        raising="more are measured, at more CPU",
        source="chosen by eye: a wrong one was claimed at 0.97",
    )
    sure_altered: float = tuned(
        0.95,
        unit="confidence of the placement from which all but what was altered is taken to be right",
        raising="rivals of altered FGs are measured more often, at more CPU",
        source="as StopRule.confidence, and may differ",
    )
    unaltered_cost: float = tuned(
        0.005,
        unit="robust cost of the placement up to which only what was altered is taken to fit badly",
        raising="rivals of altered FGs are measured less often",
        source="as StopRule.unaltered_cost, and may differ",
    )
    altered_cost: float = tuned(
        0.3,
        unit="1 - ZNCC, median of frames at the place, from which an alteration costs too much at any place",
        raising="rivals of altered FGs are measured more often, at more CPU",
        source="twice most_cost; a banner over half of FG: 0.5",
    )
    side: int = tuned(48, unit="cells of the crops", raising="measured more exactly, slower", source="chosen by eye")
    fg_frames: int = tuned(240, unit="FG frames", raising="surer, at more CPU", source="chosen by eye")
    bg_margin: int = tuned(
        120,
        unit="BG frames either side",
        raising="places that are further off in time are found",
        source="chosen by eye",
    )
    bg_frames: int = tuned(720, unit="BG frames", raising="more may be compared, at more CPU", source="chosen by eye")
    frames: int = tuned(12, unit="BG frames whose motion is measured", raising="surer", source="chosen by eye")
    frames_away: tuple[int, ...] = tuned(
        (1, -1, 2, -2, 3, -3, 6, -6, 12, -12, 25, -25, 50, -50),
        unit="BG frames",
        raising="places that are further off in time are tried",
        source="chosen by eye",
    )
    rivals: int = tuned(10, unit="shifts that are tried", raising="more is tried, at more CPU", source="chosen by eye")
    steps: tuple[int, ...] = tuned(
        (2, 1), unit="canvas px", raising="wrong places further off are left", source="chosen by eye"
    )
    fine_steps: tuple[float, ...] = tuned(
        (0.5, 0.25),
        unit="canvas px, of a scaled FG",
        raising="its place is found less exactly, where motion hides an error",
        source="made creeping cameras: with whole px one of three wrong places stayed",
    )
    most_moves: int = tuned(
        12, unit="moves at each step", raising="places further off are reached", source="chosen by eye"
    )
    least_advance: float = tuned(
        0.05,
        unit="distinct BG frames over FG frames",
        raising="slow motion counts as held on one BG frame, and is doubted",
        source="chosen by eye: a twentieth of BG's speed",
    )
    unscaled_slack: float = tuned(
        0.02, unit="FG's scale off 1", raising="FG's own size is tried for more placements", source="chosen by eye"
    )
    most_cost: float = tuned(
        0.15,
        unit="mean of 1 - ZNCC of a rival that is taken",
        raising="rivals are taken in worse fits, and in other content",
        source="two unlike pages of one drawn kind reach 0.25, and so does an FG of which a quarter is covered",
    )
    better_cost: float = tuned(
        0.8,
        unit="mean of 1 - ZNCC of a rival over that of the answer",
        raising="smaller gains count",
        source="four made pairs: 0.3 to 0.6 where the rival is right",
    )
    pairs: int = tuned(12, unit="pairs of frames", raising="the mask of altered cells is surer", source="chosen by eye")
    least_of_scaled: float = tuned(
        0.1,
        unit="confidence of a scaled place, from which its size is believed of a rival",
        raising="fewer scaled rivals are believed",
        source="three made pairs: 0.0002 and 0.08 where the size was wrong, on a nearly blank wall, 0.15 where right",
    )
    confidence: float = tuned(
        0.9, unit="probability that a rival that is better is right", raising="it is surer", source="chosen by eye"
    )


class HiddenErrorParameters(Record):
    """hidden_error: when an error of the place may hide in time."""

    most_frames: int = tuned(
        2000,
        unit="FG frames, from the middle, whose map is looked at",
        raising="surer, at more CPU",
        source="chosen by eye: two hours would take 0.6 s",
    )
    frames: int = tuned(16, unit="BG frames whose motion is measured", raising="surer", source="chosen by eye")
    reach: int = tuned(4, unit="BG frames before and after", raising="slower pans count", source="chosen by eye")
    least_unevenness: float = tuned(
        0.3,
        unit="irregularity of the map over its length",
        raising="more uneven maps are believed",
        source="twelve made creeping cameras: 0.35 and more where the place is 0.6 px off or more",
    )
    least_even: float = tuned(
        0.95,
        unit="share of FG frames that come one BG frame after the one before, where frames seem to be blends",
        raising="fewer blends are doubted",
        source="chosen by eye: 25 -> 30 fps has 0.83, a made creeping camera at a wrong place 0.98",
    )
    least_error: float = tuned(
        0.25, unit="px of small copies", raising="larger errors only are looked for", source="chosen by eye"
    )
    most_error: float = tuned(
        1.5, unit="px of small copies", raising="larger errors are looked for, too", source="chosen by eye"
    )
    tolerance: float = tuned(
        0.2, unit="px of small copies", raising="less steady motion hides an error", source="chosen by eye"
    )
    least_share: float = tuned(
        0.8, unit="share of the BG frames", raising="fewer answers are doubted", source="chosen by eye"
    )
