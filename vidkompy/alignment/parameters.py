"""Tuned numbers of the temporal alignment, one class for each stage; numbers of one engine are in its own file.

They reach a stage through `SearchOptions.parameters`. The command line reads this module for --help: it imports nothing
heavy. "pairs" in a source are those that scripts/make_pairs makes, or the real ones that docs/design.md names.
"""

from __future__ import annotations

from vidkompy.alignment.blank_parameters import BlankFrameParameters, FadeParameters, StillStretchParameters
from vidkompy.alignment.encoder_lag_parameters import CellWeightParameters, EncoderLagParameters
from vidkompy.alignment.relation_parameters import RelationParameters
from vidkompy.limits import MAX_SOUND_BREAKS, MIN_SAMPLE_RATE
from vidkompy.numerics.viterbi_parameters import LocalCostParameters, TransitionParameters
from vidkompy.parameters import tuned, without_effect
from vidkompy.records import Record

BY_EYE = "chosen by eye"


class CropParameters(Record):
    """crops: the grid on which frames are compared."""

    least_long_side: int = tuned(16, unit="cells", raising="very small FGs are enlarged for nothing", source=BY_EYE)
    least_side: int = tuned(4, unit="cells", raising="very flat FGs are enlarged across", source=BY_EYE)
    least_counted: int = tuned(16, unit="cells not ignored", raising="more clips are refused", source=BY_EYE)


class AlteredMaskParameters(Record):
    """altered_mask: cells in which FG does not show what BG shows."""

    largest_residual: float = tuned(
        0.4, unit="share of the picture's contrast", raising="faint banners stay in", source=BY_EYE
    )
    contrast_offset: float = tuned(
        2.0, unit="grey levels added to the contrast", raising="cells of flat pictures stay in", source=BY_EYE
    )
    opening: int = tuned(2, unit="cells, square", raising="small logos stay in", source=BY_EYE)
    dilation: int = tuned(
        3,
        unit="cells, square",
        raising="more is left out around what was altered",
        source=without_effect("soft edges of banners"),
    )
    least_share: float = tuned(
        0.02, unit="share of cells", raising="small alterations are taken for noise", source=BY_EYE
    )
    largest_share: float = tuned(
        0.6,
        unit="share of cells",
        raising="pairs that hardly match leave a small mask",
        source=without_effect("pairs that hardly match"),
    )
    rounds: int = tuned(8, unit="iterations", raising="gain and offset come closer to their limit", source=BY_EYE)
    scale_of_median: float = tuned(
        2.0, unit="median residuals", raising="outliers weigh more in gain and offset", source=BY_EYE
    )
    scale_offset: float = tuned(
        0.5,
        unit="grey levels",
        raising="outliers of nearly perfect fits weigh more",
        source="half a level: rounding to 8 bits",
    )


class AudioOffsetParameters(Record):
    """audio_track, gcc_phat and audio_offset: where FG's sound lies in BG's."""

    rate: int = tuned(
        4000,
        unit="Hz",
        raising="sharper lags, more memory",
        source="two hours are 58 MB, one sample is 0.25 ms",
    )
    lowest_hz: float = tuned(80.0, unit="Hz", raising="less rumble, less sound", source="chosen by eye: above rumble")
    highest_hz: float = tuned(
        1900.0,
        unit="Hz",
        raising="more of what codecs drop",
        source="chosen by eye: every codec keeps what is below; the resampler fades out towards rate / 2",
    )
    longest_window_s: float = tuned(
        4.0, unit="s", raising="quieter sound is placed; cuts and drift blur it", source=BY_EYE
    )
    shortest_window_s: float = tuned(1.0, unit="s", raising="short FGs have fewer windows", source=BY_EYE)
    least_windows: int = tuned(
        3, unit="windows that FG is divided into", raising="windows of short FGs are shorter", source=BY_EYE
    )
    most_windows: int = tuned(48, unit="windows", raising="costs more for a long FG", source=BY_EYE)
    guard_s: float = tuned(
        0.05,
        unit="s around the best lag",
        raising="rivals may lie closer",
        source="chosen by eye: sound resembles itself over about as long",
    )
    solitary_lead: float = tuned(
        6.0,
        unit="best peak over the best other one",
        raising="fewer windows are trusted by themselves",
        source="3700 windows of unrelated sound, see gcc_phat.correlate: 4.3 at most",
    )
    supported_lead: float = tuned(
        1.5,
        unit="best peak over the best other one, where a window apart from it agrees",
        raising="fewer windows are trusted together",
        source="the same windows: reached by 491 of 3700, of which no two agreed",
    )
    agreement_s: float = tuned(
        0.005, unit="s between lags that agree", raising="chance agrees more often", source=BY_EYE
    )
    peak_limit: float = tuned(
        4.0,
        unit="medians of a whitened window",
        raising="the onset of a tone weighs more",
        source="chosen by eye; not cut, onsets lead by up to 5.9: test_two_sounds_that_set_in_are_not_the_same_sound",
    )
    whitening_floor: float = tuned(
        1.0,
        unit="magnitude of a spectrum of 16 bit samples",
        raising="soft sound is whitened less",
        source="chosen by eye: less is rounding",
    )
    longest_gap_s: float = tuned(
        0.005,
        unit="s between one packet's end and the next one's start",
        raising="short gaps are closed",
        source="chosen by eye: timestamps are rounded to 1 ms in some containers",
    )
    most_breaks: int = tuned(
        MAX_SOUND_BREAKS,
        unit="gaps",
        raising="torn sound is read farther",
        source="vidkompy.limits, where it bounds time",
    )
    least_sample_rate: int = tuned(
        MIN_SAMPLE_RATE, unit="Hz", raising="slow sound is left out", source="vidkompy.limits, where it bounds memory"
    )
    least_lags: int = tuned(3, unit="windows with matched pictures", raising="short FGs have no offset", source=BY_EYE)
    picture_span_s: float = tuned(
        0.25,
        unit="s either side of a window's centre",
        raising="more pictures are averaged, cuts among them",
        source=BY_EYE,
    )
    largest_spread_ms: float = tuned(10.0, unit="ms", raising="unsteady offsets are reported", source=BY_EYE)
    least_offset_ms: float = tuned(
        20.0, unit="ms", raising="small offsets are not reported", source="chosen by eye: less is not noticed"
    )
    least_offset_frames: float = tuned(
        1.5,
        unit="frame durations",
        raising="small offsets are not reported",
        source="chosen by eye: a picture's time is known to half a frame at best, sound to 1 ms",
    )

    @property
    def audio_padding_s(self) -> float:
        """s of sound kept on both sides of the pictures: half of a window may hang over."""
        return self.longest_window_s / 2


class BandParameters(Record):
    """banded_scores: which pairs of frames are compared."""

    most_cells: int = tuned(
        8_000_000,
        unit="frame pairs",
        raising="longer clips are compared without a band",
        source="with half of it scenes of 2-hour clips are missed",
    )
    coarsening: int = tuned(
        4, unit="stride over that of the next finer level", raising="fewer levels, each a worse guide", source=BY_EYE
    )
    padding: int = tuned(3, unit="frames of the coarser level, either side", raising="wider bands", source=BY_EYE)
    block_fg: int = tuned(64, unit="FG frames compared at once", raising="more memory, fewer calls", source=BY_EYE)
    block_bg: int = tuned(2048, unit="BG frames compared at once", raising="more memory, fewer calls", source=BY_EYE)
    most_bg_at_once: int = tuned(
        8192,
        unit="BG frames compared at once where there is no band",
        raising="more memory: 9 KB a frame, some times over",
        source="chosen by eye: in blocks, products of floats may differ in the last digit",
    )
    least_distance: float = tuned(
        2e-3,
        unit="share of the luma, or of the bits, as `linear_costs` gets it",
        raising="clips that fit very well are compared less sharply",
        source="about half a grey level of 255: what rounding to 8 bits makes",
    )


class PathChoiceParameters(Record):
    """path_choice: the free path, or the one that follows the local trend."""

    trend_half: int = tuned(40, unit="FG frames either side", raising="changes of speed are rounded off", source=BY_EYE)
    trend_rounds: int = tuned(4, unit="iterations", raising="the trend comes closer to its limit", source=BY_EYE)
    trend_cutoff: float = tuned(
        2.0,
        unit="sigmas of the deviations from a local line, at which a frame has half the full weight",
        raising="stray frames pull at the trend more",
        source=BY_EYE,
    )
    trend_noise: float = tuned(
        0.3,
        unit="BG frames added to that sigma",
        raising="deviations of less than a frame, which rounding makes, are weighted alike",
        source=BY_EYE,
    )
    phases: int = tuned(8, unit="roundings of the trend that are tried", raising="longer search", source=BY_EYE)
    half_width: int = tuned(
        24,
        unit="BG frames either side of the free path",
        raising="the path that follows the trend may leave the free one farther",
        source=BY_EYE,
    )
    lookalike_difference: float = tuned(
        0.05,
        unit="grey levels, mean absolute difference",
        raising="more frames count as the same picture",
        source="chosen by eye: below it nobody sees a difference",
    )
    equivalent_cost: float = tuned(
        1.0,
        unit="cost above that of the chosen pair",
        raising="more BG frames count as fitting as well as the chosen one",
        source=BY_EYE,
    )
    lookalike_reach: int = tuned(
        60,
        unit="BG frames either way",
        raising="longer stills are one picture",
        source=without_effect("CPU on long stills"),
    )


class PlausibilityParameters(Record):
    """plausibility: frames that a monotone path cannot doubt by itself."""

    doubted_confidence: float = tuned(0.25, unit="probability", raising="doubt says less", source=BY_EYE)
    fg_sample: int = tuned(48, unit="unmatched FG frames", raising="more are compared with all of BG", source=BY_EYE)
    bg_sample: int = tuned(4000, unit="BG frames", raising="more are compared with each", source=BY_EYE)
    least_similarity: float = tuned(
        0.9,
        unit="ZNCC",
        raising="fewer unmatched frames count as found elsewhere",
        source=without_effect("scenes in another order, unannounced"),
    )
    largest_share: float = tuned(
        0.5, unit="share of the sample", raising="unmatched frames are doubted less often", source=BY_EYE
    )
    least_motion: float = tuned(
        0.5, unit="grey levels, mean absolute difference", raising="slow FGs count as still", source=BY_EYE
    )
    window: int = tuned(
        24, unit="FG frames that are shifted together", raising="steadier misfits", source="chosen by eye: a second"
    )
    windows: int = tuned(
        48, unit="stretches of FG", raising="more of a long FG may tell its time, at more CPU", source="chosen by eye"
    )
    shifts: tuple[int, ...] = tuned(
        (-3, -2, 2, 3),
        unit="BG frames",
        raising="errors of more frames only are noticed",
        source="by meaning: errors of one frame are small",
    )
    least_rise: float = tuned(
        0.1,
        unit="rise of the misfit of the stretch that tells most, where it is shifted",
        raising="more clips count as telling no time",
        source="81 made pairs: 0.5 at least, but for a talking head that no method placed in time, 0.03",
    )


class CalibrationParameters(Record):
    """calibration: from path margins to probabilities."""

    levels: tuple[float, ...] = tuned(
        (0.05, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999),
        unit="probabilities that are told apart",
        raising="does not apply: a scale",
        source=BY_EYE,
    )
    margin_range: tuple[float, float] = tuned(
        (0.01, 1e6), unit="cost", raising="does not apply: beyond it no difference is made", source=BY_EYE
    )
    unmatched_slope: float = tuned(
        20.0,
        unit="log odds per score below the floor",
        raising="unmatched frames are surer",
        source="chosen by eye: foreign frames score 0.47 at most, FG's own mostly above 0.9",
    )


class MotionMaskParameters(Record):
    """motion_mask: cells that change in time."""

    sample: int = tuned(48, unit="frames, each with both neighbours", raising="longer, surer", source=BY_EYE)
    still_deviation: float = tuned(
        1.5,
        unit="grey levels",
        raising="slow cells count as still",
        source="chosen by eye: compression makes about that much",
    )
    noise_factor: float = tuned(
        1.5, unit="standard deviations of noise", raising="slow changes count as noise", source=BY_EYE
    )
    certain_deviation: float = tuned(
        6.0,
        unit="grey levels",
        raising="fast motion counts as noise",
        source="chosen by eye: averaged over a cell, noise stays below",
    )


class SlidingWindowParameters(Record):
    """sliding_window: direct comparison within a window that moves with the last match."""

    subdivision: int = tuned(16, unit="integers per grey level", raising="finer, nearer to overflow", source=BY_EYE)
    least_magnitude: float = tuned(
        1.0,
        unit="integers, mean absolute value",
        raising="flat frames resemble more",
        source="chosen by eye: above 0, so that blank frames can be divided by",
    )
    end_frames: int = tuned(
        8, unit="FG frames", raising="the first match is found more surely, and later", source=BY_EYE
    )
    most_cells: int = tuned(
        40_000_000,
        unit="frame pairs between both windows",
        raising="more memory",
        source="chosen by eye: 160 MB of scores, 4 bytes each",
    )
    sharpness: float = tuned(
        LocalCostParameters.sharpness,
        unit="cost of a pair as bad as the median best one",
        raising="pictures weigh more",
        source="chosen by eye: that of squared distances",
    )


class HashParameters(Record):
    """perceptual_hashes: weights of the five descriptors, 1 in all, and what moments and histogram need."""

    phash_weight: float = tuned(0.4, unit="share", raising="layout in frequencies decides more", source=BY_EYE)
    average_weight: float = tuned(0.2, unit="share", raising="layout of light decides more", source=BY_EYE)
    moments_weight: float = tuned(0.2, unit="share", raising="shape of the picture decides more", source=BY_EYE)
    edges_weight: float = tuned(0.1, unit="share", raising="edges decide more", source=BY_EYE)
    histogram_weight: float = tuned(0.1, unit="share", raising="grey levels decide more", source=BY_EYE)
    bins: int = tuned(32, unit="bins of the histogram, a divisor of 256", raising="finer grey levels", source=BY_EYE)
    wholly_different: float = tuned(
        2.0, unit="standard deviations of BG's moments", raising="moments differ less", source=BY_EYE
    )
    least_deviation: float = tuned(
        1e-3, unit="of log-scaled moments", raising="moments of a still BG differ less", source=BY_EYE
    )
    moment_scale: float = tuned(
        1e6, unit="factor before the logarithm", raising="small moments differ more", source=BY_EYE
    )


class AlignmentParameters(Record):
    """All stages."""

    crops: CropParameters = CropParameters()
    altered_mask: AlteredMaskParameters = AlteredMaskParameters()
    audio_offset: AudioOffsetParameters = AudioOffsetParameters()
    bands: BandParameters = BandParameters()
    local_costs: LocalCostParameters = LocalCostParameters()
    transitions: TransitionParameters = TransitionParameters()
    path_choice: PathChoiceParameters = PathChoiceParameters()
    encoder_lag: EncoderLagParameters = EncoderLagParameters()
    cell_weights: CellWeightParameters = CellWeightParameters()
    fades: FadeParameters = FadeParameters()
    blank_frames: BlankFrameParameters = BlankFrameParameters()
    still_stretches: StillStretchParameters = StillStretchParameters()
    plausibility: PlausibilityParameters = PlausibilityParameters()
    calibration: CalibrationParameters = CalibrationParameters()
    motion_mask: MotionMaskParameters = MotionMaskParameters()
    sliding_window: SlidingWindowParameters = SlidingWindowParameters()
    perceptual_hashes: HashParameters = HashParameters()
    relations: RelationParameters = RelationParameters()
