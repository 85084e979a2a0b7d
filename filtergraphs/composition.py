"""The values: what a graph must know of two clips, and what ffmpeg must be told to draw them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from filtergraphs.safety import check_graph, check_options
from filtergraphs.sound import Sound

Filling = Literal["hold", "black", "foreground"]  # what lies around unmatched FG frames


@dataclass(frozen=True)
class Source:
    """One input. Sizes and sar are in display orientation, after ffmpeg's autorotation.

    sar          0 when the file does not say
    colour_*     ffmpeg names; "unknown" when the file does not say
    decoder      of ffmpeg's decoders; "" for the one it takes by itself
    demuxer      of ffmpeg's demuxers, the one that the file was found to be for; "" for any
    stored, turn the format in the file, and degrees counter-clockwise by which the graph turns it after it has made
                 pix_fmt of it; turn is 0 where ffmpeg turns it, or nobody
    is_concealed what does not decode is no error: the decoder makes something up
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
    decoder: str = ""
    demuxer: str = ""
    stored: str = ""
    turn: int = 0
    is_concealed: bool = False


@dataclass(frozen=True)
class Composition:
    """FG frame i, untouched, over BG frame bg_index[i]; raises ValueError when that cannot be drawn.

    x, y, width, height   px       FG rectangle on the canvas, may reach outside; FG is scaled to it if its size differs
    bg_index              [n_fg]   BG frame indices; each fall costs one more reader of BG
    bg_pts                [n_bg]   ticks of bg_time_base, as the file stores them; empty where the container cannot be
                                   entered exactly (MPEG-TS): it is read from its start
    unmatched             [n_fg]   FG frames that `filling` is for; empty if there are none
    fg_first, fg_end      FG frame of the file that is drawn first; pts of the first one after the last, None at its end
    fg_entry              us       where reading of FG starts, on the file's own clock, and what is then left out before
                                   fg_first; None: at its start. Only where nothing but FG's video is wanted of its file
    fg_pts                [n_fg]   strictly increasing, ticks of time_base, as the file stores them
    fg_start              ticks    start of FG's container: ffmpeg counts from there, so copied audio keeps its distance
    frame_rate            1/s      nominal rate of FG; sets no timestamp, but encoders choose their level by it
    has_audio             whether FG's audio is copied
    canvas_size           px       BG is scaled to it; None: BG's own
    window                px       left, top, right, bottom on the canvas: of FG only this part is drawn; None: all
    feather               px       over which FG fades in, from each of its edges that has BG beyond it
    blend                 mode of ffmpeg's blend, FG above BG; "normal": FG as it is
    field_order           of FG's frames, "tff" or "bff"; "" where they are progressive
    sound                 what is heard where FG's audio is not copied; None: nothing
    hwaccel               ffmpeg's name of the way both clips are decoded; "": in software
    upload                format in which finished frames go to the device of ffmpeg's -filter_hw_device, where their
                          encoder takes them; "": they stay in memory
    handed                YUV format in which an encoder that takes no RGB is handed what is drawn in RGB, by BT.709 and
                          with limited range; "": it takes what is drawn
    crops                 whether this ffmpeg would crop as a container says (7.1 and newer do): it is told not to
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
    bg_pts: Sequence[int] = ()
    bg_time_base: Fraction = Fraction(1)
    unmatched: Sequence[bool] = ()
    filling: Filling = "hold"
    fg_first: int = 0
    fg_end: int | None = None
    fg_entry: tuple[int, int] | None = None
    canvas_size: tuple[int, int] | None = None
    window: tuple[int, int, int, int] | None = None
    feather: int = 0
    blend: str = "normal"
    field_order: str = ""
    sound: Sound | None = None
    hwaccel: str = ""
    upload: str = ""
    handed: str = ""
    crops: bool = False

    def __post_init__(self) -> None:
        if not len(self.bg_index) == len(self.fg_pts) > 0:
            raise ValueError(f"{len(self.bg_index)} BG indices for {len(self.fg_pts)} FG timestamps; wanted one each")
        if (lowest := min(self.bg_index)) < 0:
            raise ValueError(f"BG index {lowest} at FG frame {self.bg_index.index(lowest)}; wanted 0 or more")
        if self.bg_pts and (highest := max(self.bg_index)) >= len(self.bg_pts):
            raise ValueError(f"BG index {highest} for {len(self.bg_pts)} BG timestamps; wanted one for each BG frame")
        if len(self.unmatched) not in (0, len(self.fg_pts)):
            raise ValueError(f"{len(self.unmatched)} flags of unmatched frames for {len(self.fg_pts)} FG frames")
        for i, (a, b) in enumerate(pairwise(self.fg_pts)):
            if b <= a:
                raise ValueError(f"FG timestamp goes from {a} to {b} at frame {i + 1}; wanted increasing timestamps")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"FG size is {self.width}x{self.height}; wanted at least 1x1")
        if self.feather < 0 or min(self.canvas) < 1:
            raise ValueError(f"feather {self.feather} on a canvas of {self.canvas}; wanted px, and a pixel to draw on")
        if self.time_base <= 0 or self.frame_rate <= 0:
            raise ValueError(f"time base {self.time_base} and frame rate {self.frame_rate}; wanted both above 0")

    @property
    def fg_zero(self) -> int:
        """Tick of FG's clock that is the output's 0."""
        return int(self.fg_pts[0]) if self.fg_first else self.fg_start

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of what is drawn."""
        return self.canvas_size or (self.bg.width, self.bg.height)

    @property
    def is_scaled(self) -> bool:
        return (self.width, self.height) != (self.fg.width, self.fg.height)

    @property
    def drawn_field_order(self) -> str:
        """On the canvas: an odd y moves each field to lines of the other kind, and scaling mixes them."""
        other = {"tff": "bff", "bff": "tff"}.get(self.field_order, "")
        return "" if self.is_scaled else other if self.y % 2 else self.field_order


@dataclass(frozen=True)
class Script:
    """What to give ffmpeg: `inputs`, the graph in a file (it can exceed an argument's limit), `outputs`, encoder, path.

    graph     text for -filter_complex_script FILE (ffmpeg 6 and older) or -/filter_complex FILE (7 and newer)
    inputs    argv words, FG first
    outputs   argv words the exactness of the drawing depends on: maps and timing
    Raises ValueError for what this package never writes (`safety`).
    """

    graph: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        check_graph(self.graph)
        check_options(self.inputs, self.outputs)

    @property
    def filters(self) -> frozenset[str]:
        """Names of the filters in the graph."""
        return frozenset(re.findall(r"(?<=\])[a-z]\w*(?==|\[)", self.graph))
