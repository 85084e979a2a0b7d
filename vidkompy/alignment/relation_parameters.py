"""Tuned numbers of how FG's frames relate to BG's: beyond its ends, or between two of its frames."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class ExtentParameters(Record):
    """extent: FG frames before BG's first and after its last frame."""

    block: int = tuned(1024, unit="frames looked at at once", raising="more memory", source="chosen by eye")
    usual_sample: int = tuned(
        2000, unit="matched FG frames", raising="the usual misfit is known better, at more cost", source="chosen by eye"
    )
    neighbours: int = tuned(
        24,
        unit="matched FG frames next to an end of BG whose misfits are the usual ones there",
        raising="what is usual is steadier, and less that of the end",
        source="chosen by eye: about a second",
    )
    usual_quantile: float = tuned(
        0.9, unit="share of them", raising="frames that fit worse stay held", source="chosen by eye"
    )
    misfit_ratio: float = tuned(
        2.0,
        unit="misfit of a frame held on BG's end, over the usual one",
        raising="frames that move on from BG's end stay held",
        source="14 made pairs of bikes, bottle and monster: 1.9 at most inside BG, 2.2 and more beyond unless still; "
        "checked on bbb, frog and car",
    )
    least_misfit: float = tuned(
        1e-4,
        unit="1 - ZNCC",
        raising="frames beyond BG stay held in clips that fit very well",
        source="chosen by eye: about what rounding to 8 bits makes",
    )
    clear_ratio: float = tuned(
        2.0,
        unit="the same, over misfit_ratio",
        raising="fewer frames are surely beyond BG",
        source="chosen by eye",
    )
    clear_confidence: float = tuned(
        0.97, unit="probability", raising="frames clearly beyond BG are surer to be", source="chosen by eye"
    )
    likely_confidence: float = tuned(
        0.75, unit="probability", raising="frames that just leave BG are surer to be beyond it", source="chosen by eye"
    )
    end_frames: int = tuned(
        6, unit="matched FG frames next to those beyond", raising="more are put on the line", source="chosen by eye"
    )
    off_line: float = tuned(
        0.75, unit="BG frames", raising="larger deviations from the line are left", source="chosen by eye"
    )
    as_good: float = tuned(
        1.1, unit="misfit on the line over that of the map", raising="more are put on the line", source="chosen by eye"
    )
    end_ratio: float = tuned(
        1.3,
        unit="misfit of a frame that the line puts beyond BG, over the usual one",
        raising="more of them stay held, unsure",
        source="chosen by eye: the first frame beyond BG has 2 in two made pairs",
    )
    least_inside: float = tuned(
        0.1,
        unit="share of FG's frames that BG shows at least",
        raising="where BG is much shorter, frames beyond it pass for usual ones",
        source="chosen by eye",
    )
    clear_misfit: float = tuned(
        0.02,
        unit="1 - ZNCC with the best BG frame, from which an FG frame may lie clearly beyond BG",
        raising="fewer frames do",
        source="chosen by eye: frames that lie inside have less than 0.005 in the same pairs",
    )
    clear_misfit_ratio: float = tuned(
        8.0,
        unit="the same over that of the frames that fit best",
        raising="fewer frames lie clearly beyond BG",
        source="chosen by eye",
    )
    bg_sample: int = tuned(
        4000, unit="BG frames", raising="more are compared with frames that seem beyond BG", source="chosen by eye"
    )
    fg_sample: int = tuned(
        48, unit="FG frames that seem beyond BG", raising="more are compared with all of BG", source="chosen by eye"
    )
    largest_share: float = tuned(
        0.5,
        unit="share of that sample that fits BG elsewhere",
        raising="scenes in another order pass for frames beyond BG",
        source="chosen by eye",
    )


class BlendParameters(Record):
    """blended_frames: FG frames between two BG frames. Tuned on bikes, bottle, monster; checked on bbb, frog, car."""

    sample: int = tuned(
        300,
        unit="FG frames that decide whether all are looked at",
        raising="long clips cost more",
        source="chosen by eye",
    )
    least_frames: int = tuned(
        12, unit="moving FG frames", raising="short and quiet FGs are not looked at", source="chosen by eye"
    )
    motion_ratio: float = tuned(
        4.0, unit="change of BG over the noise, squared levels", raising="fewer frames move", source="chosen by eye"
    )
    noise_quantile: float = tuned(
        0.25, unit="share of the residuals", raising="noise seems larger, fewer frames move", source="chosen by eye"
    )
    between: float = tuned(
        0.15, unit="BG frames from the nearest one", raising="fewer frames lie between", source="chosen by eye"
    )
    least_gain: float = tuned(
        1.3,
        unit="residual of one BG frame over that of two",
        raising="fewer frames lie between",
        source="made pairs: 1.6 to 24 in the median where FG is converted, 1.1 to 1.4 where it repeats frames",
    )
    least_share: float = tuned(
        0.3,
        unit="share of the moving frames that lie between",
        raising="fewer FGs are taken for converted",
        source="made pairs: 0.45 to 0.8 where FG is converted, 0.17 at most where it repeats frames",
    )
    half_window: int = tuned(
        24, unit="FG frames either side", raising="a steadier line, later after cuts", source="chosen by eye: a second"
    )
    least_around: int = tuned(
        6, unit="moving frames around", raising="quiet stretches keep their frames", source="chosen by eye"
    )
    line_tolerance: float = tuned(
        0.25, unit="BG frames", raising="unsteady FGs are taken for converted", source="chosen by eye"
    )
    least_on_line: float = tuned(
        0.7, unit="share of the moving frames", raising="fewer FGs are taken for converted", source="chosen by eye"
    )
    compared_share: float = tuned(
        0.2,
        unit="BG frames from the middle of two, around which shares are compared",
        raising="frames nearer to a BG frame are compared",
        source="chosen by eye: at 0 and at 0.5 blends and interpolated frames agree",
    )
    interpolated_excess: float = tuned(
        0.035,
        unit="BG frames by which frames seem farther from the middle",
        raising="fewer FGs are called interpolated",
        source="12 blended and 6 interpolated made pairs: 0.025 at most, 0.023 and more",
    )
    interpolated_residual: float = tuned(
        1.3,
        unit="residual of frames between over that of others",
        raising="fewer FGs are called interpolated",
        source="the same: 1.15 at most, 1.14 and more; each interpolated pair exceeds one of both",
    )
    confidence: float = tuned(
        0.97, unit="probability", raising="nearest frames of blends are surer", source="chosen by eye"
    )
    unknown_confidence: float = tuned(
        0.75,
        unit="probability",
        raising="frames of blends that hardly move are surer",
        source="one made pair: 72 % of them are right, the others one off",
    )


class RepeatParameters(Record):
    """repeats: BGs that show the same again."""

    sample: int = tuned(48, unit="FG frames", raising="short repeats are seen, at more CPU", source="chosen by eye")
    least_frames: int = tuned(
        12, unit="matched FG frames", raising="short FGs are not looked at", source="chosen by eye"
    )
    most_bg: int = tuned(
        20000, unit="BG frames", raising="longer BGs are looked at, at more CPU", source="chosen by eye: ten minutes"
    )
    block: int = tuned(1024, unit="BG frames looked at at once", raising="more memory", source="chosen by eye")
    misfit_ratio: float = tuned(
        1.5, unit="1 - ZNCC over that of the map", raising="less alike pictures count as equal", source="chosen by eye"
    )
    least_misfit: float = tuned(1e-5, unit="1 - ZNCC", raising="the same, in clean copies", source="chosen by eye")
    margin: int = tuned(
        6, unit="BG frames beside those that fit as well", raising="near repeats are not seen", source="chosen by eye"
    )
    least_share: float = tuned(
        0.3, unit="share of the sample", raising="only longer repeats are said", source="chosen by eye"
    )
    least_rise: float = tuned(
        2.0,
        unit="that share over those `margin` frames earlier and later",
        raising="hardly moving footage passes for repeats less often",
        source="chosen by eye",
    )
    whole_share: float = tuned(
        0.8, unit="share of the sample", raising="fewer repeats count as whole", source="chosen by eye"
    )
    listed: int = tuned(4, unit="repeats", raising="more are named", source="chosen by eye")


class RelationParameters(Record):
    """All of them."""

    extent: ExtentParameters = ExtentParameters()
    blends: BlendParameters = BlendParameters()
    repeats: RepeatParameters = RepeatParameters()
