"""Options that several commands have, in groups, and the types of arguments as tyro reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

from tyro.conf import Positional, UseAppendAction, arg

from vidkompy.alignment.engine_names import EngineName
from vidkompy.drawing.options import BlendMode, DrawingOptions
from vidkompy.ffmpeg.encoder_presets import EncodingOptions
from vidkompy.records import Record

# tyro checks the defaults of `Optional[X]`, `Union` and bare `tuple` by itself. For `X | None` and `tuple[str, ...]` it
# asks typeguard, which takes as long to import as tyro itself (test_no_command_line_is_checked_by_typeguard).
if TYPE_CHECKING:
    Texts = tuple[str, ...]
else:
    Texts = tuple

# tyro puts the default behind an option's help. "" leaves it out: the text says it, or it goes without saying.
Flag = Annotated[bool, arg(help_behavior_hint="")]
Text = Annotated[Optional[str], arg(metavar="NAME", help_behavior_hint="")]
Output = Annotated[Optional[Path], arg(aliases=["-o"], metavar="FILE", help_behavior_hint="")]
Bg = Positional[Annotated[Path, arg(metavar="BG", help_behavior_hint="")]]
Fg = Positional[Annotated[Path, arg(metavar="FG", help_behavior_hint="")]]
SidecarFile = Positional[Annotated[Path, arg(metavar="SIDECAR", help_behavior_hint="")]]
Ffmpeg = Annotated[Optional[str], arg(metavar="PROGRAM", help_behavior_hint="")]
Stream = Annotated[Optional[str], arg(metavar="N|p:N", help_behavior_hint="")]
Search = Annotated[Optional[str], arg(metavar="A-B", help_behavior_hint="")]
Scales = Annotated[Optional[str], arg(metavar="A,B", help_behavior_hint="")]
Boxes = UseAppendAction[Annotated[Texts, arg(metavar="X,Y,WxH", help_behavior_hint="")]]
Mask = Annotated[Optional[Path], arg(metavar="PNG", help_behavior_hint="")]
Pins = UseAppendAction[Annotated[Texts, arg(metavar="FG=BG", help_behavior_hint="")]]
At = Annotated[Optional[str], arg(metavar="X,Y[,WxH]", help_behavior_hint="")]
Progress = Literal["auto", "bar", "lines", "json", "none"]


class Terminal(Record):
    """What is printed, and how."""

    json: Flag = False
    """print one JSON object on standard output instead of lines: what came out, or the error"""
    progress: Progress = "auto"
    """on standard error: a bar, a line every 10 s, JSON events, nothing; auto: a bar on a terminal, else lines"""
    quiet: Annotated[bool, arg(aliases=["-q"], help_behavior_hint="")] = False
    """print no progress, notes and summaries, only results and errors"""
    verbose: Annotated[bool, arg(aliases=["-v"], help_behavior_hint="")] = False
    """say what is tried, and why it is dropped"""


class Drawing(DrawingOptions):
    """What is drawn and heard beyond what was measured."""

    smooth: Flag = False
    """fade FG's edges into BG, where BG shows beyond them"""
    feather: Annotated[Optional[int], arg(metavar="PX", help_behavior_hint="")] = None
    """px over which they fade (default: 16); smooth edges even without --smooth"""
    match_colours: Flag = False
    """bring BG's colours to FG's, as the analysis measured them; FG stays as it is"""
    blend: Annotated[BlendMode, arg(metavar="MODE")] = "normal"
    """how FG is mixed with the BG below it: a mode of ffmpeg's blend; difference shows whether FG lies right"""
    keep_bars: Flag = False
    """draw FG's letterbox bars and its dark or blurred rim too, which are cut off otherwise"""
    steady: Flag = False
    """draw FG at one place, though it was found to move over BG"""


class Encoding(EncodingOptions):
    """How the drawing is encoded, and how the clips are decoded."""

    encoder: Text = None
    """video encoder, at a quality that looks like what was drawn (default: libx264, for WebM libvpx-vp9)"""
    hwaccel: Text = None
    """decode both clips by this one of ffmpeg's hwaccels, or auto, where it can (default: in software)"""
    chunks: Annotated[int, arg(metavar="N")] = 1
    """parts that are drawn at the same time, and kept if the render is stopped: the same command goes on with them"""


class Matching(Record):
    """What is known or wished about the search."""

    engine: EngineName = "precise"
    """how frames are matched"""
    at: At = None
    """where FG lies, if you know; without a size: in its own, or in the one found there (default: it is searched)"""
    no_scale: Flag = False
    """FG has its original size: only look where it lies"""
    scale_range: Scales = None
    """sizes of FG to try, in FG px per canvas px, such as 0.5,2 (default: 0.2 to 5)"""
    search: Search = None
    """part of BG to look at, in seconds or H:MM:SS (default: all)"""
    reorder: Flag = False
    """scenes of FG may come in another order than in BG"""
    pin: Pins = ()
    """an FG frame and the BG frame below it: frames, 4.2s, 0:01:04.2, timecodes; 100-120=none: not in BG; repeatable"""
    ignore: Boxes = ()
    """box of FG, in its px, that is not BG's: a logo, subtitles, a replaced mouth; repeatable"""
    mask: Mask = None
    """picture in FG's shape, black where FG is not BG's and white where it is looked at"""
    window: Annotated[int, arg(metavar="FRAMES")] = 30
    """BG frames ahead that a tunnel looks at"""
    margin: Annotated[int, arg(metavar="PX")] = 16
    """FG px from its edges that the border engine looks at"""
    min_confidence: Annotated[float, arg(metavar="P")] = 0.2
    """probability of being right below which the answer is refused"""
    force: Flag = False
    """take the best answer, however unsure; the sidecar says so"""
    damaged: Literal["refuse", "keep"] = "refuse"
    """whether to go on with what decodes of a damaged clip; the sidecar says what is damaged"""
    bg_stream: Stream = None
    """video stream of BG to take, counted from 0, or p: and a program's number (default: the main one)"""
    fg_stream: Stream = None
    """video stream of FG to take, likewise"""
    no_cache: Flag = False
    """neither use nor keep what earlier analyses measured"""
