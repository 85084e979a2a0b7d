"""What can be asked for: one dataclass a command, filled from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Optional, Union

from tyro.conf import Positional, arg

from vidkompy.alignment.engine_names import EngineName
from vidkompy.cli.option_groups import (
    At,
    Bg,
    Boxes,
    Drawing,
    Encoding,
    Ffmpeg,
    Fg,
    Flag,
    Mask,
    Matching,
    Output,
    Pins,
    Scales,
    Search,
    SidecarFile,
    Stream,
    Terminal,
    Texts,
)
from vidkompy.drawing.options import PreviewStyle
from vidkompy.exchange.format_contract import NEWEST_FCPXML, ExportName, FcpxmlVersion
from vidkompy.records import Record


class Analyze(Record):
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


class Refine(Record):
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


class Relink(Record):
    """Attach a sidecar to a clip that was moved, remuxed, encoded anew, rescaled or trimmed."""

    sidecar: SidecarFile
    """written by analyze, perhaps edited since; it is kept as X.vidkompy.json.old"""
    bg: Annotated[Optional[Path], arg(metavar="FILE", help_behavior_hint="")] = None
    """what became of BG"""
    fg: Annotated[Optional[Path], arg(metavar="FILE", help_behavior_hint="")] = None
    """what became of FG"""
    output: Output = None
    """sidecar to write instead (default: the same one)"""
    bg_stream: Stream = None
    """video stream of that file to take, counted from 0, or p: and a program's number (default: that of before)"""
    fg_stream: Stream = None
    """video stream of that file to take, likewise"""
    no_cache: Flag = False
    """neither use nor keep what earlier analyses measured"""
    overwrite: Flag = False
    """replace an existing sidecar that -o names"""
    terminal: Terminal = Terminal()


class Locate(Record):
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


class Render(Record):
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


class Compose(Record):
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


class Preview(Record):
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
    match_colours: Flag = False
    """bring BG's colours to FG's, as render does"""
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


class Export(Record):
    """Write a sidecar for another program."""

    sidecar: SidecarFile
    """written by analyze"""
    to: Annotated[
        ExportName,
        arg(
            metavar="FORMAT",
            help="editors: aaf, aftereffects, blender, edl, fcpxml, kdenlive, mlt, otio, resolve, xmeml; player: mpv; "
            "scripts: ffmpeg, pairs, vmaf, avisynth, vapoursynth; graph; tables: csv, cube, json, timecodes",
        ),
    ]
    output: Output = None
    """file to write (default: standard output; aaf needs one)"""
    exact: Flag = False
    """for editors: cut at each dropped and repeated frame, instead of speeds that can be a frame off"""
    fcpxml_version: FcpxmlVersion = NEWEST_FCPXML
    """for fcpxml: 1.8 for programs of before 2021"""
    drawing: Drawing = Drawing()
    overwrite: Flag = False
    """replace an existing file"""
    ffmpeg: Ffmpeg = None
    """binary that scripts are written for (default: as render finds it)"""
    terminal: Terminal = Terminal()


class Import(Record):
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


class Verify(Record):
    """Say whether a render is what its sidecar says."""

    sidecar: SidecarFile
    """what was rendered"""
    video: Positional[Annotated[Optional[Path], arg(metavar="RENDERED", help_behavior_hint="")]] = None
    """what came out; it may be left out with --alignment"""
    alignment: Flag = False
    """ask the pictures, too: analyze both clips anew, and compare with where and when the sidecar has FG"""
    drawing: Drawing = Drawing()
    terminal: Terminal = Terminal()


class Report(Record):
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


class Review(Record):
    """Look at an alignment in the browser, and correct it there."""

    sidecar: SidecarFile
    """written by analyze; it is written again when you save"""
    no_browser: Flag = False
    """print the address, and open no browser"""
    port: Annotated[int, arg(metavar="PORT", help_behavior_hint="")] = 0
    """port on this machine (default: 0, any that is free)"""
    terminal: Terminal = Terminal()


class Batch(Record):
    """Analyze, and draw, many pairs; what is finished is not done again."""

    manifest: Positional[Annotated[Path, arg(metavar="MANIFEST", help_behavior_hint="")]]
    """.csv, .jsonl or .parquet: columns bg (*.mp4: the one that fits), fg, name, options; paths begin in its folder"""
    out: Annotated[Optional[Path], arg(aliases=["-o"], metavar="FOLDER", help_behavior_hint="")] = None
    """folder for a folder of each pair, results.jsonl and index.html"""
    jobs: Annotated[Optional[int], arg(metavar="N", help_behavior_hint="")] = None
    """pairs at a time (default: half as many as there are cores)"""
    render: Flag = False
    """draw the composites, too"""
    report: Flag = False
    """make a report of each pair, too"""
    retry: Annotated[Literal["none", "failed"], arg(help_behavior_hint="")] = "none"
    """failed: work on pairs again that failed before"""
    timeout: Annotated[Optional[float], arg(metavar="S", help_behavior_hint="")] = None
    """seconds after which a pair is given up (default: none)"""
    max_memory: Annotated[Optional[str], arg(metavar="SIZE", help_behavior_hint="")] = None
    """memory above which a pair is given up, such as 4G or 800M (default: none)"""
    shard: Annotated[Optional[str], arg(metavar="I/N", help_behavior_hint="")] = None
    """work on the I-th of N parts of the manifest alone, counted from 1"""
    dask: Annotated[Optional[str], arg(metavar="ADDRESS|local", help_behavior_hint="")] = None
    """work on a Dask cluster, such as tcp://10.0.0.5:8786; local: one within this process"""
    stage: Annotated[Optional[str], arg(metavar="URL", help_behavior_hint="")] = None
    """folder through which the cluster gets clips that lie here, such as s3://films/stage; they stay in it"""
    from_folders: Annotated[Texts, arg(metavar="BG_DIR FG_DIR", help_behavior_hint="")] = ()
    """write the manifest first, with pairs of videos from two folders"""
    match: Annotated[str, arg(metavar="stem|REGEX", help_behavior_hint="")] = "stem"
    """what names have to share: all but the ending, or what an expression finds, such as '^(\\d+)_'"""
    matching: Matching = Matching()
    drawing: Drawing = Drawing()
    encoding: Encoding = Encoding()
    overwrite: Flag = False
    """make again what was changed since, which stays beside it as NAME.old-1; replace a manifest with --from-folders"""
    ffmpeg: Ffmpeg = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""
    terminal: Terminal = Terminal()


class BatchStatus(Record):
    """Say how far a batch is, and what failed (also: batch status FOLDER)."""

    folder: Positional[Annotated[Path, arg(metavar="FOLDER", help_behavior_hint="")]]
    """what --out named"""
    failures: Flag = False
    """name each pair that failed, and why"""
    terminal: Terminal = Terminal()


class BatchMerge(Record):
    """Join the results of shards into one (also: batch merge FOLDER...)."""

    folders: Positional[Annotated[Texts, arg(metavar="FOLDER", help_behavior_hint="")]]
    """what --out named, for each shard; the same one for all, or several"""
    out: Annotated[Optional[Path], arg(aliases=["-o"], metavar="FOLDER", help_behavior_hint="")] = None
    """folder for results.jsonl and index.html (default: the first one)"""
    overwrite: Flag = False
    """replace results in a folder that is none of these"""
    terminal: Terminal = Terminal()


class Doctor(Record):
    """Say which ffmpeg is used, and what it can do."""

    ffmpeg: Ffmpeg = None
    """binary to look at (default: as render finds it)"""
    terminal: Terminal = Terminal()


class Cache(Record):
    """Say what earlier analyses left on disk, or remove it."""

    action: Positional[Annotated[Literal["info", "clear"], arg(metavar="info|clear", help_behavior_hint="")]]
    """info: where it lies, how large it is and may grow, and what it holds; clear: remove all of it"""
    terminal: Terminal = Terminal()


class Demo(Record):
    """Make two videos, compose them, verify the result."""

    output: Annotated[Path, arg(aliases=["-o"], metavar="FOLDER")] = Path("vidkompy-demo")
    """folder for the files"""
    overwrite: Flag = False
    """replace existing files"""
    terminal: Terminal = Terminal()


Command = Union[
    Analyze,
    Refine,
    Relink,
    Locate,
    Render,
    Compose,
    Preview,
    Export,
    Import,
    Verify,
    Report,
    Review,
    Batch,
    BatchStatus,
    BatchMerge,
    Doctor,
    Cache,
    Demo,
]


def command_name(command: type) -> str:
    """BatchStatus -> batch-status."""
    return re.sub("(?<!^)(?=[A-Z])", "-", command.__name__).lower()
