"""Values: the composition that is drawn, its two inputs, and the script that makes ffmpeg draw it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from filtergraphs.motion import Motion
from filtergraphs.resampling import Resampling
from filtergraphs.safety import check_arguments, check_graph
from filtergraphs.sound import Sound

UnmatchedFill = Literal["hold", "black", "foreground"]  # what lies around unmatched FG frames


@dataclass(frozen=True)
class Source:
    """One input. Sizes and sar are in display orientation, after rotation by ffmpeg or by the graph.

    sar              0 when the file does not say
    colour_*         ffmpeg names; "unknown" when the file does not say
    decoder          of ffmpeg's decoders; "" for the one it takes by itself
    demuxer          of ffmpeg's demuxers, the one that the file was found to be for; "" for any
    stored_pix_fmt   the format in the file, where the graph rotates it; pix_fmt is made of it before
    graph_rotation   90 or 270 degrees counter-clockwise that the graph rotates by; 0 where ffmpeg does it, or nobody
    is_concealed     what does not decode is no error: the decoder makes something up
    stream           which of the file's video streams it is, counted among those
    scope            what specifiers of its sound begin with, such as p:2: for a program of MPEG-TS; "": all is its own
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
    stored_pix_fmt: str = ""
    graph_rotation: int = 0
    is_concealed: bool = False
    stream: int = 0
    scope: str = ""


@dataclass(frozen=True)
class Seek:
    """How a file is read from its middle. Both in us: position on the file's own clock, discard from there on."""

    position: int
    discard: int


@dataclass(frozen=True)
class Grade:
    """How colours are changed, all in red, green and blue from 0, black, to 1, white.

    curves          of each channel: points (from, to), ascending, from 0 to 1
    matrix          a row for each channel that comes out; the shares in a row sum to 1
    output_curves   empty, or curves behind the matrix, which then mixes squares of values cut off to 0..1; the square
                    roots of what it makes, cut off to 0..1, go through these curves
    """

    curves: tuple[tuple[tuple[float, float], ...], ...]
    matrix: tuple[tuple[float, float, float], ...]
    output_curves: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True)
class Composition:
    """FG frame i, untouched, over BG frame bg_index[i]; raises ValueError when that cannot be drawn.

    x, y, width, height   px       FG rectangle on the canvas, may reach outside; FG is scaled to it if its size differs
    bg_index              [n_fg]   BG frame indices; each fall costs one more reader of BG
    fg_pts                [n_fg]   strictly increasing, ticks of time_base, as the file stores them
    frame_rate            1/s      nominal rate of FG; sets no timestamp, but encoders choose their level by it
    fg_start_pts          ticks    start of FG's container: ffmpeg counts from there, so copied audio keeps its distance
    has_audio             whether FG's audio is copied
    bg_pts                [n_bg]   ticks of bg_time_base, as the file stores them; empty where ffmpeg cannot seek
                                   exactly in the container (MPEG-TS): BG is read from its start
    longest_decoded_gap   BG frames that are left out by decoding them; over more of them a further reader seeks. Fewer
                                   would not pay for that reader
    unmatched             [n_fg]   whether unmatched_fill is for this FG frame; empty if it is for none
    fg_first, fg_end_pts  FG frame of the file that is drawn first; pts of the first one after the last, None at its end
    fg_seek               to fg_first; None: FG is read from its start. Only where its file is read for the video alone
    fg_resampling         how FG is scaled where its place lies between px, of which x, y, width and height are then
                          those that it covers whole. None: FG is scaled to width, height
    canvas_size           px       BG is scaled to it; None: BG's own
    bg_resampling         how BG is scaled for FG to lie on whole px, and canvas_size is what is kept of it
    motion                how FG moves over BG, or BG below FG; None: both stand. A moving FG is at x, y, width, height
                          where one place has to stand for all
    fg_crop               px       left, top, right, bottom on the canvas: of FG only this part is drawn; None: all
    feather               px       over which FG fades in, from each of its edges that has BG beyond it
    blend                 mode of ffmpeg's blend, FG above BG; "normal": FG as it is
    bg_grades             changes of BG's colours; the first is for all frames unless bg_grade_of says otherwise
    bg_grade_of  [n_fg]   index in bg_grades; a BG frame keeps the one of the FG frame that it first lies under
    field_order           of FG's frames, "tff" or "bff"; "" where they are progressive
    sound                 the sound that is drawn where FG's audio is not copied; None: none
    hwaccel               ffmpeg's name of the way both clips are decoded; "": in software
    upload_format         pixel format in which finished frames go to the device of ffmpeg's -filter_hw_device, where
                          their encoder takes them; "": they stay in memory
    encoder_yuv_format    pixel format into which finished RGB frames are converted, by BT.709 and with limited range,
                          for an encoder that takes no RGB; "": it takes what is drawn
    crops_by_container    whether this ffmpeg would crop as a container says (7.1 and newer do): the inputs forbid it
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
    fg_start_pts: int = 0
    has_audio: bool = False
    bg_pts: Sequence[int] = ()
    bg_time_base: Fraction = Fraction(1)
    longest_decoded_gap: int = 1500
    unmatched: Sequence[bool] = ()
    unmatched_fill: UnmatchedFill = "hold"
    fg_first: int = 0
    fg_end_pts: int | None = None
    fg_seek: Seek | None = None
    fg_resampling: Resampling | None = None
    canvas_size: tuple[int, int] | None = None
    bg_resampling: Resampling | None = None
    motion: Motion | None = None
    fg_crop: tuple[int, int, int, int] | None = None
    feather: int = 0
    blend: str = "normal"
    bg_grades: Sequence[Grade] = ()
    bg_grade_of: Sequence[int] = ()
    field_order: str = ""
    sound: Sound | None = None
    hwaccel: str = ""
    upload_format: str = ""
    encoder_yuv_format: str = ""
    crops_by_container: bool = False

    def __post_init__(self) -> None:
        if not len(self.bg_index) == len(self.fg_pts) > 0:
            raise ValueError(f"{len(self.bg_index)} BG indices for {len(self.fg_pts)} FG timestamps; wanted one each")
        if (lowest := min(self.bg_index)) < 0:
            raise ValueError(f"BG index {lowest} at FG frame {self.bg_index.index(lowest)}; wanted 0 or more")
        if self.bg_pts and (highest := max(self.bg_index)) >= len(self.bg_pts):
            raise ValueError(f"BG index {highest} for {len(self.bg_pts)} BG timestamps; wanted one for each BG frame")
        if len(self.unmatched) not in (0, len(self.fg_pts)):
            raise ValueError(f"{len(self.unmatched)} flags of unmatched frames for {len(self.fg_pts)} FG frames")
        if self.bg_grades and len(self.bg_grade_of) not in (0, len(self.fg_pts)):
            raise ValueError(f"{len(self.bg_grade_of)} indices of grades for {len(self.fg_pts)} FG frames")
        for i, (a, b) in enumerate(pairwise(self.fg_pts)):
            if b <= a:
                raise ValueError(f"FG timestamp goes from {a} to {b} at frame {i + 1}; wanted increasing timestamps")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"FG size is {self.width}x{self.height}; wanted at least 1x1")
        if self.feather < 0 or min(self.canvas) < 1:
            raise ValueError(f"feather {self.feather} on a canvas of {self.canvas}; wanted px, and a pixel to draw on")
        if self.motion and len(self.motion.places) < self.motion.first + len(self.fg_pts):
            raise ValueError(f"{len(self.motion.places)} places for {len(self.fg_pts)} FG frames; wanted one each")
        if self.time_base <= 0 or self.frame_rate <= 0:
            raise ValueError(f"time base {self.time_base} and frame rate {self.frame_rate}; wanted both above 0")

    @property
    def fg_zero(self) -> int:
        """Tick of FG's clock that is the output's 0."""
        return int(self.fg_pts[0]) if self.fg_first else self.fg_start_pts

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of what is drawn."""
        return self.canvas_size or (self.bg.width, self.bg.height)

    @property
    def fg_motion(self) -> Motion | None:
        return self.motion if self.motion and self.motion.mover == "fg" else None

    @property
    def bg_motion(self) -> Motion | None:
        return self.motion if self.motion and self.motion.mover == "bg" else None

    @property
    def is_scaled(self) -> bool:
        """Whether FG's pixels are new ones, because it is scaled or moves by other than whole px."""
        if self.fg_motion:
            return not self.fg_motion.is_whole
        return self.fg_resampling is not None or (self.width, self.height) != (self.fg.width, self.fg.height)

    @property
    def drawn_field_order(self) -> str:
        """Field order on the canvas: an odd y moves each field to lines of the other kind, and scaling mixes them."""
        if self.is_scaled:
            return ""
        if self.fg_motion:
            return self.field_order if self.fg_motion.lies_on(1, 2) else ""
        return {"tff": "bff", "bff": "tff"}.get(self.field_order, "") if self.y % 2 else self.field_order


@dataclass(frozen=True)
class Script:
    """Arguments of ffmpeg, in this order: `inputs`, the graph in a file (it can exceed an argument's limit), `outputs`,
    and then the encoder's options and a path, which are not part of it.

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
        check_arguments(self.inputs, self.outputs)

    @property
    def filters(self) -> frozenset[str]:
        """Names of the filters in the graph."""
        return frozenset(re.findall(r"(?<=\])[a-z]\w*(?==|\[)", self.graph))
