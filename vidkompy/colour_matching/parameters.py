"""Tuned numbers of colour matching. Levels are shares of the way from black to white."""

from __future__ import annotations

from dataclasses import dataclass

from vidkompy.parameters import tuned


@dataclass(frozen=True)
class GradeFitParameters:
    """How a grade is fitted to pairs of colours."""

    most_pairs: int = tuned(
        4000,
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
        8, unit="steps of Gauss-Newton", raising="nearer to the best fit, at more cost", source="chosen by eye"
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

    frames: int = tuned(
        48, unit="FG frames that are looked at", raising="rarer colours are seen, at more cost", source="chosen by eye"
    )
    least_pairs: int = tuned(
        100, unit="pairs of colours", raising="smaller or more altered FGs get no grade", source="chosen by eye"
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
