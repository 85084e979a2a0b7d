"""Tuned numbers of following FG's place from frame to frame."""

from __future__ import annotations

from vidkompy.alignment.engine_contract import CalibrationCurve
from vidkompy.numerics.viterbi_parameters import LocalCostParameters
from vidkompy.parameters import tuned
from vidkompy.records import Record
from vidkompy.tracking.check_parameters import EarlyMotionParameters, FullSizeParameters, ResidualCheckParameters
from vidkompy.tracking.rival_parameters import HiddenErrorParameters, RivalParameters, ScrollingParameters


class FrameRegistrationParameters(Record):
    """Of one FG frame on one BG frame."""

    blur_px: float = tuned(0.7, unit="view px, sigma", raising="less detail, and a wider reach", source="chosen by eye")
    edge_px: int = tuned(
        1, unit="view px inside FG's content", raising="fewer px of soft edges count", source="chosen by eye"
    )
    most_pixels: int = tuned(
        6000, unit="pixels of a view", raising="more exact fits, at more cost", source="chosen by eye"
    )
    longest_step_px: float = tuned(
        1.5, unit="view px", raising="far starts arrive sooner or overshoot", source="chosen by eye"
    )
    converged_px: float = tuned(0.02, unit="view px", raising="fits end sooner and further off", source="chosen by eye")
    near_view_px: float = tuned(
        1.0, unit="view px of a corner", raising="fewer starts are tried", source="chosen by eye"
    )
    least_visible: float = tuned(
        0.4, unit="share of FG's content on the canvas", raising="fewer poses beyond BG's edges", source="chosen by eye"
    )
    noise_levels: float = tuned(
        1.0, unit="grey levels", raising="altered parts pull more, noise less", source="chosen by eye"
    )
    cutoff: float = tuned(
        2.0,
        unit="sigmas at which a residual has a quarter of its weight",
        raising="outliers pull more",
        source="chosen by eye",
    )
    largest_gain: float = tuned(
        10.0,
        unit="FG's contrast over BG's, or the inverse",
        raising="stronger grades are followed",
        source="chosen by eye",
    )
    overhang: float = tuned(
        0.25,
        unit="share of FG that a template may lie outside the canvas",
        raising="costs more",
        source="chosen by eye",
    )


class TrendParameters(Record):
    """Of what a pose should be from those around it."""

    half_frames: int = tuned(
        40,
        unit="FG frames before and after",
        raising="trends are steadier, and follow turns later",
        source="chosen by eye",
    )
    half_keyframes: int = tuned(
        6,
        unit="keyframes before and after",
        raising="trends are steadier, and follow turns later",
        source="chosen by eye",
    )
    rounds: int = tuned(5, unit="fits, each with new weights", raising="outliers count less", source="chosen by eye")
    cutoff: float = tuned(2.0, unit="sigmas", raising="outliers pull more", source="chosen by eye")
    noise_px: float = tuned(
        0.1, unit="canvas px, sigma", raising="small motions count as noise", source="chosen by eye"
    )
    noise_view_px: float = tuned(
        0.15, unit="px of BG's small copies, sigma", raising="small motions count as noise", source="chosen by eye"
    )
    jump_span: int = tuned(5, unit="poses", raising="short stays elsewhere are no jumps", source="chosen by eye")
    jump_px: float = tuned(8.0, unit="canvas px", raising="fewer jumps", source="chosen by eye")
    jump_steps: float = tuned(5.0, unit="times the usual step", raising="fewer jumps", source="chosen by eye")
    jump_share: float = tuned(0.7, unit="share of the step that stays", raising="fewer jumps", source="chosen by eye")
    penalty: float = tuned(
        0.5,
        unit="cost of a pose one sigma off",
        raising="places bind times more",
        source="chosen by eye: that of a Gaussian",
    )
    most_penalty: float = tuned(
        20.0, unit="cost of a pose far off", raising="places bind times more", source="chosen by eye"
    )
    shaky_px: float = tuned(
        1.0, unit="canvas px of scatter", raising="places that shake bind times more", source="chosen by eye"
    )
    half_scatter: int = tuned(
        6, unit="poses before and after", raising="trends are trusted alike all along", source="chosen by eye"
    )
    rounds_in_time: int = tuned(
        3, unit="paths, each under the trend of the last", raising="costs more", source="chosen by eye"
    )


class KeyframeParameters(Record):
    """Of the FG frames that are placed first."""

    spacing: int = tuned(
        8, unit="FG frames", raising="fewer keyframes, and longer ways between them", source="chosen by eye"
    )
    most: int = tuned(64, unit="keyframes", raising="long clips cost more", source="chosen by eye")
    side: int = tuned(
        48, unit="view px of FG's long side", raising="finer fits with a shorter reach", source="chosen by eye"
    )
    refined_side: int = tuned(96, unit="view px", raising="finer fits, at more cost", source="chosen by eye")
    refined_reach: int = tuned(
        8, unit="BG frames either side", raising="coarse keyframes may be further off", source="chosen by eye"
    )
    steps: int = tuned(10, unit="Gauss-Newton steps", raising="starts may lie further off", source="chosen by eye")
    most_pairs: int = tuned(
        2500,
        unit="pairs of a keyframe and a BG frame that are compared",
        raising="short moments are found, at more cost",
        source="12 made pairs that move: maps and places as with 6000",
    )
    least_fitting: float = tuned(
        0.5, unit="share of the keyframes that fit", raising="fewer tracks are followed", source="chosen by eye"
    )
    tried_first: int = tuned(
        6,
        unit="keyframes, of which one has to fit somewhere",
        raising="clips that have nothing in common are given up later, and so are others that fit here and there",
        source="chosen by eye",
    )
    equal_excess: float = tuned(
        20.0,
        unit="cost above a keyframe's best",
        raising="more BG frames count as fitting as well",
        source="chosen by eye",
    )
    standing_candidates: int = tuned(
        200, unit="poses tried as the one of all keyframes", raising="costs more", source="chosen by eye"
    )
    free_steps_per_frame: int = tuned(
        3,
        unit="BG frames per FG frame between keyframes, below which a step is free",
        raising="paths are less bound",
        source="chosen by eye; as in placement.time_path",
    )
    free_steps: int = tuned(
        13,
        unit="BG frames below which a step is free, besides those",
        raising="paths are less bound",
        source="chosen by eye; as in placement.time_path",
    )
    irregular_step: float = tuned(
        2.0,
        unit="cost of each BG frame that a step is off the usual one",
        raising="keyframes in stills are more evenly spaced, and cuts need more evidence",
        source="chosen by eye",
    )
    most_irregular: float = tuned(
        30.0, unit="cost of an irregular step, at most", raising="cuts need more evidence", source="chosen by eye"
    )
    jump_cost: float = tuned(
        30.0, unit="cost of a longer step", raising="jumps are rarer", source="chosen by eye; as in placement.time_path"
    )
    standing_px: float = tuned(2.0, unit="canvas px", raising="more keyframes share a pose", source="chosen by eye")
    standing_share: float = tuned(
        0.9, unit="share of the keyframes", raising="fewer places are taken to stand", source="chosen by eye"
    )
    searched_every: int = tuned(
        4, unit="of the BG frames compared", raising="fewer are searched all over", source="chosen by eye"
    )
    shared_starts: int = tuned(
        3, unit="poses of other keyframes that each starts at", raising="costs more", source="chosen by eye"
    )
    sure_cost: float = tuned(
        0.005, unit="1 - ZNCC of a keyframe that is not looked at again", raising="costs less", source="chosen by eye"
    )
    good_cost: float = tuned(
        0.1, unit="1 - ZNCC of a keyframe whose place is believed", raising="worse fits count", source="chosen by eye"
    )


class BandParameters(Record):
    """Of the FG frames between keyframes."""

    coarse_side: int = tuned(
        64,
        unit="view px of FG's long side",
        raising="poses are found more exactly, from nearer starts",
        source="chosen by eye",
    )
    side: int = tuned(
        320,
        unit="view px of FG's long side",
        raising="times are told apart better, at more cost",
        source="chosen by eye",
    )
    reach: int = tuned(
        6,
        unit="BG frames either side of those expected",
        raising="keyframes may be further off",
        source="chosen by eye",
    )
    reach_per_frame_outside: float = tuned(
        0.25,
        unit="BG frames per FG frame before the first keyframe or behind the last",
        raising="speed may change there",
        source="chosen by eye",
    )
    trend_half: int = tuned(
        6, unit="keyframes before and after", raising="their trend in time is steadier", source="chosen by eye"
    )
    trend_rounds: int = tuned(5, unit="fits", raising="stray keyframes count less", source="chosen by eye")
    trend_cutoff: float = tuned(2.0, unit="sigmas", raising="stray keyframes pull more", source="chosen by eye")
    trend_noise: float = tuned(
        0.5, unit="BG frames, sigma", raising="small deviations are weighted alike", source="chosen by eye"
    )
    trend_reach: int = tuned(
        4, unit="BG frames either side of the keyframes' trend", raising="costs more", source="chosen by eye"
    )
    most_off_trend: int = tuned(
        24,
        unit="BG frames that a keyframe may lie off its trend for both to be looked at",
        raising="keyframes in longer stills may be further off, at more cost",
        source="chosen by eye",
    )
    most_bg_frames: int = tuned(
        600,
        unit="BG frames that one FG frame is registered on where there is a jump",
        raising="longer cuts are found",
        source="chosen by eye",
    )
    coarse_steps: int = tuned(
        6, unit="Gauss-Newton steps", raising="starts may lie further off", source="chosen by eye"
    )
    fine_steps: int = tuned(
        3, unit="Gauss-Newton steps", raising="more exact poses, at more cost", source="chosen by eye"
    )
    rival_costs: float = tuned(
        4.0,
        unit="1 - ZNCC over that on the best BG frame, coarse views",
        raising="more BG frames are looked at in detail, at more cost",
        source="chosen by eye",
    )
    rival_cost: float = tuned(
        1e-3, unit="1 - ZNCC more", raising="more BG frames are looked at in detail", source="chosen by eye"
    )
    near_px: float = tuned(
        1.0, unit="canvas px between corners", raising="fewer starts are tried", source="chosen by eye"
    )
    far_px: float = tuned(
        8.0,
        unit="canvas px between keyframes' corners",
        raising="places are taken to move steadily",
        source="chosen by eye",
    )


class TrackKindParameters(Record):
    """Of what a track is called, and when a place stands."""

    standing_px: float = tuned(
        0.35,
        unit="canvas px of a corner",
        raising="small motions count as errors of measurement",
        source="chosen by eye",
    )
    moved_px: float = tuned(
        1.0,
        unit="canvas px of a corner",
        raising="frames that lie off where the place stands or its line leads are put there",
        source="chosen by eye: three times standing_px",
    )
    unscaled_px: float = tuned(
        0.5,
        unit="canvas px of FG's size, and of a corner's turn",
        raising="small scales count as none",
        source="chosen by eye",
    )
    whole_px: float = tuned(
        0.15, unit="canvas px", raising="places between pixels are put on whole ones", source="chosen by eye"
    )
    usual_share: float = tuned(
        0.95, unit="share of the frames", raising="few frames off make a motion", source="chosen by eye"
    )
    notable_px: float = tuned(0.5, unit="canvas px", raising="small motions are not mentioned", source="chosen by eye")
    notable_zoom: float = tuned(
        1.005, unit="largest scale over smallest", raising="small zooms are not mentioned", source="chosen by eye"
    )
    weave_px: float = tuned(3.0, unit="canvas px", raising="more is called weave", source="chosen by eye")
    steady_degrees: float = tuned(
        0.3, unit="degrees", raising="more counts as turned all along", source="chosen by eye"
    )
    listed_jumps: int = tuned(3, unit="jumps", raising="more jumps are named", source="chosen by eye")
    least_stretch: int = tuned(5, unit="frames", raising="short stretches are not looked at", source="chosen by eye")


class TrackingParameters(Record):
    registration: FrameRegistrationParameters = FrameRegistrationParameters()
    keyframes: KeyframeParameters = KeyframeParameters()
    band: BandParameters = BandParameters()
    trend: TrendParameters = TrendParameters()
    check: ResidualCheckParameters = ResidualCheckParameters()
    full_size: FullSizeParameters = FullSizeParameters()
    early_motion: EarlyMotionParameters = EarlyMotionParameters()
    kinds: TrackKindParameters = TrackKindParameters()
    rivals: RivalParameters = RivalParameters()
    scrolling: ScrollingParameters = ScrollingParameters()
    hidden_error: HiddenErrorParameters = HiddenErrorParameters()
    local_costs: LocalCostParameters = LocalCostParameters(sharpness=6.0)
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-8.5, 5.0),
        unit="log odds that a followed frame is right, see CalibrationCurve",
        raising="surer",
        source="36 made pairs: of margins 3 to 4 a tenth was right, of 4 to 6 seven tenths, of 6 to 12 0.99, above all",
    )
