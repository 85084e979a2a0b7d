"""What can be asked for: one dataclass a command, filled from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional, Union

from tyro.conf import Positional, UseAppendAction, arg

from vidkompy.alignment.engine_names import EngineName
from vidkompy.drawing.options import BlendMode, DrawingOptions, PreviewStyle
from vidkompy.exchange.format_contract import ExportName
from vidkompy.ffmpeg.encoder_presets import EncodingOptions

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


@dataclass(frozen=True)
class Terminal:
    """What is printed, and how."""

    json: Flag = False
    """print one JSON object on standard output instead of lines: what came out, or the error"""
    progress: Progress = "auto"
    """on standard error: a bar, a line every 10 s, JSON events, nothing; auto: a bar on a terminal, else lines"""
    quiet: Annotated[bool, arg(aliases=["-q"], help_behavior_hint="")] = False
    """print no progress, notes and summaries, only results and errors"""
    verbose: Annotated[bool, arg(aliases=["-v"], help_behavior_hint="")] = False
    """say what is tried, and why it is dropped"""


@dataclass(frozen=True)
class Drawing(DrawingOptions):
    """What is drawn and heard beyond what was measured."""

    smooth: Flag = False
    """fade FG's edges into BG, where BG shows beyond them"""
    feather: Annotated[Optional[int], arg(metavar="PX", help_behavior_hint="")] = None
    """px over which they fade (default: 16); smooth edges even without --smooth"""
    blend: Annotated[BlendMode, arg(metavar="MODE")] = "normal"
    """how FG is mixed with the BG below it: a mode of ffmpeg's blend; difference shows whether FG lies right"""
    keep_bars: Flag = False
    """draw FG's letterbox bars too, which are cut off otherwise"""


@dataclass(frozen=True)
class Encoding(EncodingOptions):
    """How the drawing is encoded, and how the clips are decoded."""

    encoder: Text = None
    """video encoder, at a quality that looks like what was drawn (default: libx264, for WebM libvpx-vp9)"""
    hwaccel: Text = None
    """decode both clips by this one of ffmpeg's hwaccels, or auto, where it can (default: in software)"""
    chunks: Annotated[int, arg(metavar="N")] = 1
    """parts that are drawn at the same time, and kept if the render is stopped: the same command goes on with them"""


@dataclass(frozen=True)
class Matching:
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


@dataclass(frozen=True)
class Analyze:
    """Find where and when FG lies on BG."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """sidecar to write (default: FG's name with .vidkompy.json, in FG's folder)"""
    matching: Matching = Matching()
    overwrite: Flag = False
    """replace an existing sidecar"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Refine:
    """Align again, by the pins of a sidecar and new ones."""

    sidecar: SidecarFile
    """written by analyze, perhaps edited since"""
    output: Output = None
    """sidecar to write (default: the same one, which --overwrite allows)"""
    engine: Annotated[Optional[EngineName], arg(help_behavior_hint="")] = None
    """how frames are matched (default: as before)"""
    at: At = None
    """where FG lies instead; without a size: in the one that the sidecar has"""
    nudge: Annotated[Optional[str], arg(metavar="DX,DY[,SCALE]", help_behavior_hint="")] = None
    """canvas px by which FG lies elsewhere, and a factor of its size about its centre"""
    pin: Pins = ()
    """FG frame and the BG frame it lies on, or none, as in analyze; repeatable"""
    search: Search = None
    """part of BG to look at, in seconds or H:MM:SS, 0- for all (default: as before)"""
    reorder: Flag = False
    """scenes of FG may come in another order than in BG (default: if they do in the sidecar)"""
    ignore: Boxes = ()
    """box of FG, in its px, that is not BG's; repeatable (default: those in the sidecar, which are kept)"""
    mask: Mask = None
    """picture in FG's shape, black where FG is not BG's and white where it is looked at"""
    no_cache: Flag = False
    """neither use nor keep what earlier analyses measured"""
    overwrite: Flag = False
    """replace an existing sidecar"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Locate:
    """Find where and when a picture sits in BG; write nothing."""

    bg: Bg
    """the video to look in"""
    picture: Positional[Annotated[Path, arg(metavar="IMAGE_OR_VIDEO", help_behavior_hint="")]]
    """the picture to find, or a video, some frames of which are looked at"""
    count: Annotated[int, arg(metavar="N")] = 8
    """frames of a video that are looked at"""
    no_scale: Flag = False
    """the picture has its original size: only look where it lies"""
    scale_range: Scales = None
    """sizes of the picture to try, in its px per canvas px (default: 1/16 to 16)"""
    bg_stream: Stream = None
    """video stream of BG to take, counted from 0, or p: and a program's number (default: the main one)"""
    picture_stream: Stream = None
    """video stream of the picture's file to take, likewise"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Render:
    """Draw what a sidecar says."""

    sidecar: SidecarFile
    """written by analyze, perhaps edited since"""
    output: Output = None
    """video to write (default: the sidecar's name with .composite.mp4)"""
    drawing: Drawing = Drawing()
    encoding: Encoding = Encoding()
    overwrite: Flag = False
    """replace an existing output"""
    dry_run: Flag = False
    """print the command and its graph, ready for a shell, and do nothing"""
    ffmpeg: Ffmpeg = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Compose:
    """Analyze, then render; the sidecar stays beside the output."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """video to write (default: FG's name with .composite.mp4, in FG's folder)"""
    matching: Matching = Matching()
    drawing: Drawing = Drawing()
    encoding: Encoding = Encoding()
    overwrite: Flag = False
    """replace an existing output and sidecar"""
    ffmpeg: Ffmpeg = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Preview:
    """Make a small video that shows whether FG lies right, with frame numbers in it."""

    sidecar: SidecarFile
    """written by analyze, perhaps edited since"""
    output: Output = None
    """video to write (default: the sidecar's name with .preview.mp4)"""
    style: PreviewStyle = "side"
    """FG beside its BG; a line between them that moves; both in turns; 4 times their difference; a line around FG"""
    around: Annotated[Optional[str], arg(metavar="FRAME", help_behavior_hint="")] = None
    """FG frame in the middle of what is shown, or seconds (4.2s), a time or a timecode (default: all of FG)"""
    seconds: Annotated[Optional[float], arg(metavar="S", help_behavior_hint="")] = None
    """how much is shown around that frame (default: 4)"""
    full_size: Flag = False
    """as large as render draws it (default: half of that, or what the text needs)"""
    no_text: Flag = False
    """leave out frame numbers, time and confidence"""
    play: Flag = False
    """show it in ffplay or mpv; without -o it is not kept"""
    overwrite: Flag = False
    """replace an existing output"""
    ffmpeg: Ffmpeg = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Export:
    """Write a sidecar for another program."""

    sidecar: SidecarFile
    """written by analyze"""
    to: Annotated[ExportName, arg(metavar="FORMAT")]
    """edl, fcpxml, mlt, otio, xmeml for editors; ffmpeg, graph; avisynth, vapoursynth; vmaf; csv, json, timecodes"""
    output: Output = None
    """file to write (default: standard output)"""
    exact: Flag = False
    """for editors: cut at each dropped and repeated frame, instead of speeds that can be a frame off"""
    drawing: Drawing = Drawing()
    overwrite: Flag = False
    """replace an existing file"""
    ffmpeg: Ffmpeg = None
    """binary that scripts are written for (default: as render finds it)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Import:
    """Take over a map that was exported and edited since."""

    file: Positional[Annotated[Path, arg(metavar="FILE", help_behavior_hint="")]]
    """what was exported as csv, json or otio, told apart by content"""
    output: Annotated[Path, arg(aliases=["-o"], metavar="SIDECAR")]
    """sidecar to write"""
    sidecar: Annotated[Optional[Path], arg(metavar="BASE", help_behavior_hint="")] = None
    """the sidecar it was exported from, for csv (default: the one at -o) and for an otio that lost it"""
    overwrite: Flag = False
    """replace an existing sidecar"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Verify:
    """Say whether a render is what its sidecar says."""

    sidecar: SidecarFile
    """what was rendered"""
    video: Positional[Annotated[Optional[Path], arg(metavar="RENDERED", help_behavior_hint="")]] = None
    """what came out; it may be left out with --alignment"""
    alignment: Flag = False
    """ask the pictures, too: analyze both clips anew, and compare with where and when the sidecar has FG"""
    drawing: Drawing = Drawing()
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Report:
    """Show an alignment as one web page that needs no network."""

    sidecar: SidecarFile
    """written by analyze, perhaps edited since"""
    output: Output = None
    """page to write (default: the sidecar's name with .report.html)"""
    png: Annotated[Optional[Path], arg(metavar="FILE", help_behavior_hint="")] = None
    """write the plots as one picture, too"""
    open: Flag = False
    """show the page in the browser"""
    overwrite: Flag = False
    """replace existing files"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Review:
    """Look at an alignment in the browser, and correct it there."""

    sidecar: SidecarFile
    """written by analyze; it is written again when you save"""
    no_browser: Flag = False
    """print the address, and open no browser"""
    port: Annotated[int, arg(metavar="PORT", help_behavior_hint="")] = 0
    """port on this machine (default: 0, any that is free)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Doctor:
    """Say which ffmpeg is used, and what it can do."""

    ffmpeg: Ffmpeg = None
    """binary to look at (default: as render finds it)"""
    terminal: Terminal = Terminal()


@dataclass(frozen=True)
class Demo:
    """Make two videos, compose them, verify the result."""

    output: Annotated[Path, arg(aliases=["-o"], metavar="FOLDER")] = Path("vidkompy-demo")
    """folder for the files"""
    overwrite: Flag = False
    """replace existing files"""
    terminal: Terminal = Terminal()


Command = Union[Analyze, Refine, Locate, Render, Compose, Preview, Export, Import, Verify, Report, Review, Doctor, Demo]
