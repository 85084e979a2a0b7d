"""The values: what a graph must know of two clips, and what ffmpeg must be told to draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from filtergraphs.sound import Sound


@dataclass(frozen=True)
class Source:
    """One input. Sizes and sar are in display orientation, after ffmpeg's autorotation.

    sar          0 when the file does not say
    colour_*     ffmpeg names; "unknown" when the file does not say
    """

    path: str
    width: int
    height: int
    pix_fmt: str
    sar: Fraction = Fraction(0)
    colour_space: str = "unknown"
    colour_range: str = "unknown"
    colour_primaries: str = "unknown"
    colour_transfer: str = "unknown"


@dataclass(frozen=True)
class Composition:
    """FG frame i, untouched, over BG frame bg_index[i]; raises ValueError when that cannot be drawn.

    x, y, width, height   px       FG rectangle on the canvas, may reach outside; FG is scaled to it if its size differs
    bg_index              [n_fg]   non-decreasing BG frame indices
    fg_pts                [n_fg]   strictly increasing, ticks of time_base, as the file stores them
    fg_start              ticks    start of FG's container: ffmpeg counts from there, so copied audio keeps its distance
    frame_rate            1/s      nominal rate of FG; sets no timestamp, but encoders choose their level by it
    has_audio             whether FG's audio is copied
    sound                 what is heard instead; None: nothing
    """

    bg: Source
    fg: Source
    x: int
    y: int
    width: int
    height: int
    bg_index: Sequence[int]
    fg_pts: Sequence[int]
    time_base: Fraction
    frame_rate: Fraction
    fg_start: int = 0
    has_audio: bool = False
    sound: Sound | None = None

    def __post_init__(self) -> None:
        if not len(self.bg_index) == len(self.fg_pts) > 0:
            raise ValueError(f"{len(self.bg_index)} BG indices for {len(self.fg_pts)} FG timestamps; wanted one each")
        if self.bg_index[0] < 0:
            raise ValueError(f"BG index {self.bg_index[0]} at FG frame 0; wanted 0 or more")
        for i, (a, b) in enumerate(pairwise(self.bg_index)):
            if b < a:
                raise ValueError(f"BG index falls from {a} to {b} at FG frame {i + 1}; wanted a non-decreasing map")
        for i, (a, b) in enumerate(pairwise(self.fg_pts)):
            if b <= a:
                raise ValueError(f"FG timestamp goes from {a} to {b} at frame {i + 1}; wanted increasing timestamps")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"FG size is {self.width}x{self.height}; wanted at least 1x1")
        if self.time_base <= 0 or self.frame_rate <= 0:
            raise ValueError(f"time base {self.time_base} and frame rate {self.frame_rate}; wanted both above 0")

    @property
    def is_scaled(self) -> bool:
        return (self.width, self.height) != (self.fg.width, self.fg.height)


@dataclass(frozen=True)
class Script:
    """What to give ffmpeg: `inputs`, the graph in a file (it can exceed an argument's limit), `outputs`, encoder, path.

    graph     text for -filter_complex_script FILE (ffmpeg 6 and older) or -/filter_complex FILE (7 and newer)
    inputs    argv words, FG first
    outputs   argv words the exactness of the drawing depends on: maps and timing
    """

    graph: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
