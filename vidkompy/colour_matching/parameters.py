"""Tuned numbers of colour matching. Levels are shares of the way from black to white."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class GradeFitParameters(Record):
    """How a grade is fitted to pairs of colours."""

    most_pairs: int = tuned(
        3000,
        unit="pairs of colours that a fit looks at",
        raising="rare colours count more, at more cost",
        source="chosen by eye: 60 unknowns",
    )
    trials: int = tuned(
        200,
        unit="random affine maps of which the fit starts from the best",
        raising="more of FG may be altered, at more cost",
        source="with 30 % altered one of 18 samples of 10 pairs has none of them",
    )
    trial_pairs: int = tuned(
        10,
        unit="pairs of colours that an affine map is fitted to; 4 would do",
        raising="starts are steadier, and fewer of them are free of altered pairs",
        source="chosen by eye",
    )
    scored_pairs: int = tuned(
        500,
        unit="pairs that say how good a start is",
        raising="better starts, at more cost",
        source="chosen by eye",
    )
    rounds: int = tuned(
        6, unit="steps of Gauss-Newton", raising="nearer to the best fit, at more cost", source="chosen by eye"
    )
    cutoff: float = tuned(
        4.685,
        unit="standard deviations from which on a pair counts for nothing",
        raising="altered parts of FG pull the grade their way",
        source="Tukey's biweight, 95 % efficiency",
    )
    noise: float = tuned(
        0.004,
        unit="levels, least standard deviation of the pairs",
        raising="pairs that fit less well still count",
        source="chosen by eye: a level of 8 bits",
    )
    bend: float = tuned(
        0.03,
        unit="weight of the curves' second differences, against levels",
        raising="smoother curves, which follow knees less",
        source="chosen by eye",
    )
    slope: float = tuned(
        0.01,
        unit="weight of the curves' slopes' distance from that of the start, against levels",
        raising="tones that no pair shows are mapped more as most are, and knees are followed less",
        source="chosen by eye",
    )
    ends: float = tuned(
        0.02,
        unit="weight of the distance of black from black and of white from white, against levels",
        raising="tones that no pair shows, near the ends, are mapped less as most are",
        source="chosen by eye, on four clips under eight grades of which FG shows no black",
    )
    crosstalk: float = tuned(
        0.003,
        unit="weight of the matrix's distance from identity, against levels",
        raising="saturation follows only where colours tell it",
        source="chosen by eye",
    )


class LightFitParameters(Record):
    """How a grade whose matrix mixes light is fitted to pairs of colours."""

    most_pairs: int = tuned(
        2000,
        unit="pairs of colours that a fit looks at",
        raising="rare colours count more, at more cost",
        source="chosen by eye: 111 unknowns",
    )
    scored_pairs: int = tuned(
        500,
        unit="pairs that say how good a start is",
        raising="better starts, at more cost",
        source="chosen by eye",
    )
    starts: int = tuned(
        3, unit="starts that a fit goes on from", raising="nearer to the best fit, at more cost", source="chosen by eye"
    )
    far: float = tuned(
        0.1,
        unit="levels, distance from which on a pair is as far as any",
        raising="altered parts of FG choose the grade, too",
        source="chosen by eye",
    )
    exposures: tuple[float, ...] = tuned(
        (0.25, 0.5, 1.0, 2.0),
        unit="times BG's light, in the starts that are tried",
        raising="starts for darker HDR",
        source="chosen by eye",
    )
    peak: float = tuned(
        5.0,
        unit="times diffuse white, what starts without tone mapping count as white",
        raising="starts for brighter HDR",
        source="1000 cd/m2",
    )
    rounds: int = tuned(
        12, unit="steps of Gauss-Newton", raising="nearer to the best fit, at more cost", source="chosen by eye"
    )
    floor: float = tuned(
        0.03,
        unit="levels below which a slope is that of this level",
        raising="dark colours change the matrix less",
        source="of 0.003 to 0.03 the best on three kinds of footage; the slope of a square root is without bound at 0",
    )
    bend: float = tuned(
        0.005,
        unit="weight of the input curves' second differences' distance from those of the start, against levels",
        raising="curves nearer to those of the transfer that the file says",
        source="chosen by eye",
    )
    slope: float = tuned(
        0.005,
        unit="weight of the input curves' slopes' distance from those of the start, against levels",
        raising="tones that no pair shows are mapped more as in the start",
        source="chosen by eye",
    )
    output_bend: float = tuned(
        0.02,
        unit="weight of the output curves' second differences' distance from those of the start, against levels",
        raising="smoother curves, which follow knees less",
        source="chosen by eye",
    )
    output_slope: float = tuned(
        0.01,
        unit="weight of the output curves' slopes' distance from those of the start, against levels",
        raising="tones that no pair shows are mapped more as in the start",
        source="chosen by eye",
    )
    ends: float = tuned(
        0.01,
        unit="weight of the distance of the output curves' ends from those of the start, against levels",
        raising="black and white are moved less where no pair shows them",
        source="chosen by eye",
    )
    crosstalk: float = tuned(
        0.003,
        unit="weight of the matrix's distance from that of the primaries, against levels",
        raising="saturation follows only where colours tell it",
        source="chosen by eye",
    )


class ColourPairParameters(Record):
    """How pairs of colours are taken."""

    flat_levels: float = tuned(
        4.0,
        unit="grey levels, standard deviation within a cell",
        raising="edges count more, which lie beside each other where FG lies a little off",
        source="chosen by eye",
    )
    compared_cells: int = tuned(
        5,
        unit="cells, side of the square around a cell in which both clips have to show the same",
        raising="faint detail tells what is altered, and more around altered parts is left out",
        source="chosen by eye",
    )
    noise_levels: float = tuned(
        1.0,
        unit="grey levels, standard deviation of cells that show the same",
        raising="flatter parts count as the same in both clips, altered or not",
        source="of 1 and 2 the one that leaves fewer wrong grades sure, on four kinds; copies are rounded to 1",
    )
    rim_cells: int = tuned(
        1,
        unit="cells at the edges of FG that are left out",
        raising="less of a rim that encoders blur is looked at, and fewer pairs are left",
        source="chosen by eye",
    )


class ColourParameters(Record):
    """Numbers of all that is measured of colours: which frames are looked at, and what counts as matched."""

    judged_pairs: int = tuned(
        1500,
        unit="pairs of colours that judge a grade",
        raising="its numbers are steadier, at more cost",
        source="chosen by eye",
    )
    frames: int = tuned(
        24, unit="FG frames that are looked at", raising="rarer colours are seen, at more cost", source="chosen by eye"
    )
    frames_a_shot: int = tuned(
        4, unit="FG frames of a shot", raising="grades of shots are surer, at more cost", source="chosen by eye"
    )
    least_pairs: int = tuned(
        100,
        unit="pairs of colours of a shot",
        raising="small, altered or short shots get the grade of the shot before",
        source="chosen by eye",
    )
    least_range: float = tuned(
        0.1,
        unit="levels between the dark and the bright pairs of a shot",
        raising="more shots count as too dull to tell their colours",
        source="chosen by eye",
    )
    range_shares: tuple[float, float] = tuned(
        (0.05, 0.95),
        unit="shares of the pairs that are darker than its dark ones, and than its bright ones",
        raising="fewer pairs have to be dark, or bright",
        source="chosen by eye",
    )
    most_grades: int = tuned(
        16,
        unit="grades of a pair",
        raising="more shots have a grade of their own, and each costs 10 us a frame to draw",
        source="chosen by eye",
    )
    good: float = tuned(
        1.5,
        unit="Delta E 2000, median of a shot",
        raising="fewer shots get a grade of their own",
        source="the aim: below it no seam is seen",
    )
    hardly_better: float = tuned(
        0.5,
        unit="Delta E 2000, by which a grade of its own is nearer in the median",
        raising="fewer shots get a grade of their own",
        source="chosen by eye",
    )
    clearly_lower: float = tuned(
        0.8,
        unit="times the Delta E 2000 of the kind of grade that is expected, below which the other is taken",
        raising="HDR is more often met by curves and a matrix, and SDR by a matrix on light",
        source="chosen by eye: noise alone gives 0.9",
    )
    compared_share: float = tuned(
        0.65,
        unit="share of the pairs by whose Delta E 2000 two kinds of grade are compared",
        raising="what is altered counts, too",
        source="with 0.5 curves and a matrix were taken for HDR of few colours, up to 18 off beside FG",
    )
    least_confidence: float = tuned(
        0.5,
        unit="confidence of a grade",
        raising="more shots take a grade of other shots",
        source="chosen by eye: from there on most pixels come near FG's colours",
    )
    thumbnail_px: int = tuned(
        24,
        unit="px, short side, of what tells cuts",
        raising="small things that move change more of it",
        source="chosen by eye",
    )
    cut: float = tuned(
        10.0,
        unit="grey levels by which a frame differs from the one before, on average",
        raising="fewer cuts are seen",
        source="chosen by eye",
    )
    cut_ratio: float = tuned(
        1.8,
        unit="times as much as the frames before and after differ from theirs",
        raising="fast motion is taken for cuts more rarely, and cuts amid it are missed",
        source="cuts of six clips: 2.6 at least; a cut too many costs nothing but time",
    )
    jump: int = tuned(
        8,
        unit="BG frames from one FG frame to the next",
        raising="fewer jumps of the map count as cuts",
        source="chosen by eye",
    )
    close: float = tuned(
        3.0,
        unit="Delta E 2000",
        raising="more pixels count as brought to FG's colour, and grades as surer",
        source="chosen by eye: differences from there on are seen side by side",
    )
    pairs: ColourPairParameters = ColourPairParameters()
    fit: GradeFitParameters = GradeFitParameters()
    light_fit: LightFitParameters = LightFitParameters()
