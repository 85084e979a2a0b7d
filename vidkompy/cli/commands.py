"""What can be asked for: one dataclass a command, filled from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional, Union

from tyro.conf import Positional, UseAppendAction, arg

from vidkompy.alignment.engine_names import EngineName
from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.format_contract import ExportName
from vidkompy.ffmpeg.encoder_presets import EncodingOptions

# tyro checks the defaults of `Optional[X]`, `Union` and bare `tuple` by itself. For `X | None` and `tuple[str, ...]` it
# asks typeguard, which takes as long to import as tyro itself (test_no_command_line_is_checked_by_typeguard).
if TYPE_CHECKING:
    Texts = tuple[str, ...]
else:
    Texts = tuple

Output = Annotated[Optional[Path], arg(aliases=["-o"], metavar="FILE")]
Bg = Positional[Annotated[Path, arg(metavar="BG")]]
Fg = Positional[Annotated[Path, arg(metavar="FG")]]
Stream = Annotated[Optional[str], arg(metavar="N|p:N")]
Boxes = UseAppendAction[Annotated[Texts, arg(metavar="X,Y,WxH")]]
Mask = Annotated[Optional[Path], arg(metavar="PNG")]
Pins = UseAppendAction[Annotated[Texts, arg(metavar="FG=BG")]]


@dataclass(frozen=True)
class Matching:
    """What is known or wished about the search."""

    engine: EngineName = "precise"
    """how frames are matched"""
    at: Annotated[Optional[str], arg(metavar="X,Y[,WxH]")] = None
    """where FG lies, if you know (default: it is searched)"""
    no_scale: bool = False
    """FG has its original size: only look where it lies"""
    scale_range: Annotated[Optional[str], arg(metavar="A,B")] = None
    """sizes of FG to try, in FG px per canvas px, such as 0.5,2 (default: 0.2 to 5)"""
    search: Annotated[Optional[str], arg(metavar="A-B")] = None
    """part of BG to look at, in seconds or H:MM:SS (default: all)"""
    reorder: bool = False
    """scenes of FG may come in another order than in BG"""
    pin: Pins = ()
    """FG frame and the BG frame it lies on, if you know; repeatable"""
    ignore: Boxes = ()
    """box of FG, in its px, that is not BG's: a logo, subtitles, a replaced mouth; repeatable"""
    mask: Mask = None
    """picture in FG's shape, black where FG is not BG's and white where it is looked at"""
    window: int = 30
    """BG frames ahead that a tunnel looks at"""
    margin: int = 16
    """FG px from its edges that the border engine looks at"""
    min_confidence: float = 0.2
    """probability of being right below which the answer is refused"""
    force: bool = False
    """take the best answer, however unsure; the sidecar says so"""
    damaged: Literal["refuse", "keep"] = "refuse"
    """whether to go on with what decodes of a damaged clip; the sidecar says what is damaged"""
    bg_stream: Stream = None
    """video stream of BG to take, counted from 0, or p: and a program's number (default: the main one)"""
    fg_stream: Stream = None
    """video stream of FG to take, likewise"""
    no_cache: bool = False
    """neither use nor keep what earlier analyses measured"""


@dataclass(frozen=True)
class Analyze:
    """Find where and when FG lies on BG; write the sidecar and the timecodes of the BG frames shown."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """sidecar to write (default: FG's name with .vidkompy.json, in FG's folder)"""
    matching: Matching = Matching()
    overwrite: bool = False
    """replace an existing sidecar"""


@dataclass(frozen=True)
class Refine:
    """Align the clips of a sidecar again where it says they lie, with the pins in it and those given here."""

    sidecar: Positional[Path]
    """written by analyze, perhaps edited since"""
    output: Output = None
    """sidecar to write (default: the same one, which --overwrite allows)"""
    engine: Optional[EngineName] = None
    """how frames are matched (default: as before)"""
    search: Annotated[Optional[str], arg(metavar="A-B")] = None
    """part of BG to look at, in seconds or H:MM:SS, 0- for all (default: as before)"""
    reorder: bool = False
    """scenes of FG may come in another order than in BG (default: if they do in the sidecar)"""
    pin: Pins = ()
    """FG frame and the BG frame it lies on; repeatable"""
    ignore: Boxes = ()
    """box of FG, in its px, that is not BG's; repeatable (default: those in the sidecar, which are kept)"""
    mask: Mask = None
    """picture in FG's shape, black where FG is not BG's and white where it is looked at"""
    no_cache: bool = False
    """neither use nor keep what earlier analyses measured"""
    overwrite: bool = False
    """replace an existing sidecar"""


@dataclass(frozen=True)
class Locate:
    """Find where and when a picture, or each of some frames of a video, sits in BG. Writes nothing."""

    bg: Bg
    """the video to look in"""
    picture: Positional[Annotated[Path, arg(metavar="IMAGE_OR_VIDEO")]]
    """the picture to find"""
    count: int = 8
    """frames of a video that are looked at"""
    no_scale: bool = False
    """the picture has its original size: only look where it lies"""
    scale_range: Annotated[Optional[str], arg(metavar="A,B")] = None
    """sizes of the picture to try, in its px per canvas px (default: 1/16 to 16)"""
    bg_stream: Stream = None
    """video stream of BG to take, counted from 0, or p: and a program's number (default: the main one)"""
    picture_stream: Stream = None
    """video stream of the picture's file to take, likewise"""
    json: bool = False
    """print JSON"""


@dataclass(frozen=True)
class Render:
    """Draw what a sidecar says. Arguments behind -- are output options of ffmpeg: they follow those of --encoder, or,
    without it, take the place of the default's (libx264, crf 18, preset medium).
    """

    sidecar: Positional[Path]
    """written by analyze, perhaps edited since"""
    output: Output = None
    """video to write (default: the sidecar's name with .composite.mp4)"""
    drawing: DrawingOptions = DrawingOptions()
    encoding: EncodingOptions = EncodingOptions()
    overwrite: bool = False
    """replace an existing output"""
    dry_run: bool = False
    """print the command and its graph, ready for a shell, and do nothing"""
    ffmpeg: Optional[str] = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""


@dataclass(frozen=True)
class Compose:
    """Analyze, then render; the sidecar stays beside the output. Arguments behind --: see render."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """video to write (default: FG's name with .composite.mp4, in FG's folder)"""
    matching: Matching = Matching()
    drawing: DrawingOptions = DrawingOptions()
    encoding: EncodingOptions = EncodingOptions()
    overwrite: bool = False
    """replace an existing output and sidecar"""
    ffmpeg: Optional[str] = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""


@dataclass(frozen=True)
class Export:
    """Write a sidecar in another format; say on standard error what that cannot hold."""

    sidecar: Positional[Path]
    """written by analyze"""
    to: ExportName
    """format to write"""
    output: Output = None
    """file to write (default: standard output)"""
    exact: bool = False
    """for editors: cut at each dropped and repeated frame, instead of speeds that can be a frame off"""
    loss: bool = False
    """print what cannot be held as JSON, and the export only to -o FILE"""
    drawing: DrawingOptions = DrawingOptions()
    overwrite: bool = False
    """replace an existing file"""
    ffmpeg: Optional[str] = None
    """binary that scripts are written for (default: as render finds it)"""


@dataclass(frozen=True)
class Import:
    """Take over a map that was exported as csv, json or otio and edited since; the format is told by content."""

    file: Positional[Path]
    """what was exported"""
    output: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """sidecar to write"""
    sidecar: Annotated[Optional[Path], arg(metavar="BASE")] = None
    """the sidecar it was exported from, for csv (default: the one at -o) and for an otio that lost it"""
    overwrite: bool = False
    """replace an existing sidecar"""


@dataclass(frozen=True)
class Verify:
    """Decode a render and both inputs; say whether each frame is what the sidecar says: there, on time, in place.

    Options of the drawing are those it was rendered with.
    """

    sidecar: Positional[Path]
    """what was rendered"""
    video: Positional[Path]
    """what came out"""
    drawing: DrawingOptions = DrawingOptions()


@dataclass(frozen=True)
class Report:
    """Show an alignment as one web page that needs no network: plots, and the frames it is least sure of."""

    sidecar: Positional[Path]
    """written by analyze, perhaps edited since"""
    output: Output = None
    """page to write (default: the sidecar's name with .report.html)"""
    png: Annotated[Optional[Path], arg(metavar="FILE")] = None
    """write the plots as one picture, too"""
    open: bool = False
    """show the page in the browser"""
    overwrite: bool = False
    """replace existing files"""


@dataclass(frozen=True)
class Doctor:
    """Say which ffmpeg is used, and what it can do."""

    ffmpeg: Optional[str] = None
    """binary to look at"""


@dataclass(frozen=True)
class Demo:
    """Make a pair of videos with sound, compose and verify them: a check that everything works here."""

    output: Annotated[Path, arg(aliases=["-o"])] = Path("vidkompy-demo")
    """folder for the files"""
    overwrite: bool = False
    """replace existing files"""


Command = Union[Analyze, Refine, Locate, Render, Compose, Export, Import, Verify, Report, Doctor, Demo]
