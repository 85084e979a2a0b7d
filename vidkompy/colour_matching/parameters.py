"""Tuned numbers of colour matching. Levels are shares of the way from black to white."""

from __future__ import annotations

from dataclasses import dataclass

from vidkompy.parameters import tuned


@dataclass(frozen=True)
class GradeFitParameters:
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


@dataclass(frozen=True)
class ColourPairParameters:
    """How pairs of colours are taken."""

    flat_levels: float = tuned(
        4.0,
        unit="grey levels, standard deviation within a cell",
        raising="edges count more, which lie beside each other where FG lies a little off",
        source="chosen by eye",
    )
    rim_cells: int = tuned(
        1,
        unit="cells at the edges of FG that are left out",
        raising="less of a rim that encoders blur is looked at, and fewer pairs are left",
        source="chosen by eye",
    )


@dataclass(frozen=True)
class ColourParameters:
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
    most_altered: float = tuned(
        0.3, unit="share of the pairs", raising="grades of altered FGs count as surer", source="chosen by eye"
    )
    pairs: ColourPairParameters = ColourPairParameters()
    fit: GradeFitParameters = GradeFitParameters()
