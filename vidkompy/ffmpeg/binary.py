"""The only subprocess: find an ffmpeg, ask what it can do, run it with progress."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

from filtergraphs.inputs import opened
from vidkompy.errors import RenderError
from vidkompy.media.work_folders import FILE_PREFIX, trial_folder

ENVIRONMENT = "VIDKOMPY_FFMPEG"
FILTERS = frozenset(
    ("color", "concat", "crop", "format", "fps", "lut", "pad", "scale", "select", "setparams", "setpts", "setsar")
) | frozenset(("settb", "split", "tpad", "trim", "xstack"))
_FILTER = re.compile(r"^ [T.][S.][C.]? ?(\w+) +\S+->\S+", re.M)
_CODEC = re.compile(r"^ [D.]([E.])[VASDT.][I.][L.][S.] ([^\s=]\S*)(.*)$", re.M)
_CODERS = re.compile(r"\((decoders|encoders): ([^)]*)\)")
OLDEST = (5, 1)  # -fps_mode came with 5.1
CROPS = (7, 1)
CARRIES_HDR10 = (9, 0)  # 5.1 loses it with every encoder, 9.0 with none of those tested; between was not measured


@dataclass(frozen=True)
class Ffmpeg:
    """An ffmpeg binary and what it says of itself. origin: why this one was looked at."""

    path: str
    origin: str
    banner: str
    version: tuple[int, int]  # (0, 0) for a build that names no number; those are current
    filters: frozenset[str]
    encoders: frozenset[str]
    decoders: frozenset[str]  # those not named like the codec

    @property
    def graph_option(self) -> str:
        """Option that reads a filtergraph from a file: -/filter_complex replaced the older one in 7."""
        return "-filter_complex_script" if (0, 0) < self.version < (7, 0) else "-/filter_complex"

    @property
    def carries_hdr10(self) -> bool:
        """Whether mastering display and light levels come through a graph."""
        return self.version == (0, 0) or self.version >= CARRIES_HDR10

    @property
    def crops(self) -> bool:
        """Whether it crops frames as a container says, which older ones do not, nor PyAV."""
        return self.version == (0, 0) or self.version >= CROPS

    def lacks(
        self,
        encoder: str | None,
        filters: frozenset[str] = frozenset(),
        decoders: frozenset[str] = frozenset(),
    ) -> str:
        """What is missing for a render with this encoder, these decoders and, besides FILTERS, these; "" if nothing."""
        missing = [f"filter {name}" for name in sorted((FILTERS | filters) - self.filters)]
        if (0, 0) < self.version < OLDEST:
            missing.append(f"version 5.1 (it is {self.version[0]}.{self.version[1]})")
        if encoder is not None and encoder not in self.encoders:
            missing.append(f"encoder {encoder}")
        missing += [f"decoder {name}" for name in sorted(decoders - self.decoders)]
        return ", ".join(missing)


def find(
    named: str | None,
    encoder: str | None = None,
    filters: frozenset[str] = frozenset(),
    decoders: frozenset[str] = frozenset(),
    has_hdr10: bool = False,
) -> Ffmpeg:
    """The first of: `named`, $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one. Raises RenderError.

    encoder, filters, decoders: what it must be able to do. One that was named but cannot is an error, not skipped.
    has_hdr10: one that carries that comes first of those that were not named.
    """
    for origin, path in ((f"--ffmpeg '{named}'", named), (f"{ENVIRONMENT}", os.environ.get(ENVIRONMENT))):
        if path:
            tool = ask(path, origin)
            if lack := tool.lacks(encoder, filters, decoders):
                raise RenderError(f"ffmpeg from {origin} lacks {lack}; name a fuller build, or none to have one chosen")
            return tool
    tools, capable = [], []
    for tool in available():
        tools.append(tool)
        if not tool.lacks(encoder, filters, decoders):
            capable.append(tool)
            if tool.carries_hdr10 or not has_hdr10:
                return tool
    if capable:
        return capable[0]
    wanted = "; ".join(
        f"'{tool.path}' ({tool.origin}) lacks {tool.lacks(encoder, filters, decoders)}" for tool in tools
    )
    raise RenderError(
        f"no ffmpeg can do this: {wanted or 'there is none'}; "
        "name another one with --ffmpeg, or ask for another encoder"
    )


def available() -> Iterator[Ffmpeg]:
    """The ffmpeg on PATH, if there is one that runs, then the embedded one, if the package brought one."""
    import imageio_ffmpeg

    on_path = _on_path("ffmpeg")
    if on_path is not None:
        with suppress(RenderError):  # a broken one on PATH is no reason to stop: it was not named
            yield ask(on_path, "PATH")
    with suppress(RuntimeError):  # imageio_ffmpeg's word for a wheel without a binary for this machine
        yield ask(imageio_ffmpeg.get_ffmpeg_exe(), "embedded")


def _on_path(name: str) -> str | None:
    """Never in the current folder, where a stranger's files may lie: Windows looks there first."""
    places = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(p).is_absolute()]
    found = shutil.which(name, path=os.pathsep.join(places))
    return found if found and Path(found).is_absolute() else None


@cache
def ask(path: str, origin: str) -> Ffmpeg:
    """Raises RenderError if `path` does not run as ffmpeg."""
    said, banner = _answer(path, origin, "-filters")
    if not banner.startswith("ffmpeg version"):
        answer = (banner or said.partition("\n")[0])[:60]
        raise RenderError(f"'{path}' from {origin} is not ffmpeg: it answers {answer!r}; name an ffmpeg binary")
    number = re.match(r"ffmpeg version n?(\d+)\.(\d+)", banner)
    coders: dict[str, set[str]] = {"encoders": set(), "decoders": set()}
    for encodes, codec, rest in _CODEC.findall(_answer(path, origin, "-codecs")[0]):
        coders["encoders"] |= {codec} if encodes == "E" else set()  # which is taken for one of its encoders
        for kind, names in _CODERS.findall(rest):
            coders[kind] |= set(names.split())
    return Ffmpeg(
        path,
        origin,
        banner,
        (int(number[1]), int(number[2])) if number else (0, 0),
        frozenset(_FILTER.findall(said)),
        frozenset(coders["encoders"]),
        frozenset(coders["decoders"]),
    )


@dataclass(frozen=True)
class Progress:
    """How far a run is. fps: frames a second so far; size: bytes written."""

    frames: int = 0
    fps: float = 0.0
    size: int = 0


@dataclass(frozen=True)
class Ended:
    """How a run ended. frames: video frames written; said: its last words, lines."""

    code: int
    frames: int
    said: tuple[str, ...]


def run(
    command: Sequence[str],
    graph: str,
    on_progress: Callable[[Progress], None] | None = None,
    handles: Sequence[int] = (),
    is_strict: bool = True,
) -> Ended:
    """Runs an ffmpeg command line, which reads the graph from GRAPH, to its end, whatever that is.

    handles: of files that it shall keep open. is_strict: it ends at what does not decode. If interrupted, ffmpeg is
    ended before the exception goes on; on Linux it ends too if this program is killed.
    """
    strict = (FAIL_FAST,) if is_strict else ()
    quiet = ("-hide_banner", "-nostdin", *strict, "-v", "error", "-nostats", "-progress", "pipe:1")
    words = [*_bound(), command[0], *quiet, *command[1:]]
    now = Progress()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, pass_fds=handles
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError), process.stdin:  # it did not want to hear all of it: it will say why
                process.stdin.write(graph)
            for line in process.stdout:
                now = _further(now, *line.strip().split("=", 1))
                if line.startswith("progress=") and on_progress is not None:
                    on_progress(now)
            code = process.wait()
        finally:
            _end(process)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - MOST_SAID))
        said = errors.read().decode("utf-8", "replace").split("\n")
    return Ended(code, now.frames, tuple(line.strip() for line in said if line.strip()))


GRAPH = "pipe:0"  # file name of standard input
FAIL_FAST = "-xerror"  # else ffmpeg 9 asks a decoder that explodes for the same picture for ever, and heeds no SIGTERM
MOST_SAID = 2**16  # bytes
PATIENCE = 5.0  # s from asking a process to end until it is made to


def _further(now: Progress, key: str, value: str = "") -> Progress:
    try:
        match key:
            case "frame":
                return replace(now, frames=int(value))
            case "fps":
                return replace(now, fps=float(value))
            case "total_size":
                return replace(now, size=int(value))
    except ValueError:  # N/A, before there is anything to say
        return now
    return now


def _end(process: subprocess.Popen[str]) -> None:
    """Also if interrupted once more meanwhile."""
    try:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@cache
def _bound() -> tuple[str, ...]:
    """Words before a command line that make the process end with this program, even if that is killed. Linux only."""
    program = _on_path("setpriv")
    if program is None:
        return ()
    words = (program, "--pdeathsig", "KILL")
    try:
        subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # not there, or one that cannot do it
        return ()
    return words


@dataclass(frozen=True)
class Attempt:
    """said: all that ffmpeg wrote; error: the first thing that it called an error."""

    is_well: bool
    said: str
    error: str


def attempt(tool: Ffmpeg, words: Sequence[str]) -> Attempt:
    """Runs something short to its end."""
    done = subprocess.run(
        [tool.path, "-hide_banner", "-nostdin", "-v", "level+info", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    error = re.search(r"^(?:\[[^]]* @ [^]]*\] )*\[(?:error|fatal)\] *(.+)$", done.stderr, re.M)
    return Attempt(done.returncode == 0, done.stderr, error[1].strip() if error else "nothing")


def frames_decoded(tool: Ffmpeg, path: Path, demuxer: str, decoder: str) -> int:
    """Frames that this ffmpeg makes of the first video track, damage concealed; 0 where it fails."""
    chosen = ("-c:v", decoder) if decoder else ()
    words = ["-reinit_filter", "0", "-r", "25", *chosen, *opened(str(path), demuxer), "-map", "0:v:0"]
    done = attempt(tool, [*words, "-fps_mode", "passthrough", "-f", "null", "-"])
    counts = re.findall(r"frame= *(\d+)", done.said)
    return int(counts[-1]) if counts else 0


@cache
def hwaccels(tool: Ffmpeg) -> tuple[str, ...]:
    """Names of the ways to decode that were built into it; whether they work is another matter."""
    return tuple(_answer(tool.path, tool.origin, "-hwaccels")[0].partition(":")[2].split())


def check_sound(tool: Ffmpeg, fg: Path, demuxer: str, output: Path, arguments: Sequence[str]) -> None:
    """Raises RenderError if FG's sound cannot be copied into a file of that kind. Tries it with a tenth of a second.

    Asks nothing where the arguments say what becomes of the sound, or of the format.
    """
    if any(
        word in ("-an", "-f", "-acodec", "-c", "-codec") or word.startswith(("-c:a", "-codec:a")) for word in arguments
    ):
        return
    with trial_folder() as folder:
        target = folder / f"{FILE_PREFIX}{output.suffix}"
        words = ["-y", *opened(str(fg), demuxer), "-map", "0:a?", "-c", "copy", "-t", "0.1", readable(target)]
        done = attempt(tool, words)
    refusals = ("codec not currently supported", "Could not find tag", "not supported in", "Only ")
    if not done.is_well and any(sign in done.error for sign in refusals):
        encoders = "libvpx-vp9 -- -c:a libopus" if output.suffix.lower() == ".webm" else "libx264 -- -c:a aac"
        raise RenderError(
            f"the sound of '{fg}' cannot be copied into a {output.suffix} file by '{tool.path}'; "
            f"name an output that takes it, such as .mkv or .mov, or end the command with --encoder {encoders}"
        )


def check_filters(tool: Ffmpeg, wanted: frozenset[str]) -> None:
    """Raises RenderError if the sound cannot be drawn."""
    if missing := sorted(wanted - tool.filters):
        way_out = "--pitch follow, " if missing == ["rubberband"] else "--audio fg or none, "
        raise RenderError(
            f"'{tool.path}' lacks filter {', '.join(missing)}, which this sound needs; "
            f"wanted {way_out}or a fuller ffmpeg"
        )


@dataclass(frozen=True)
class FirstSound:
    """Of the first sound track. start: s on the file's clock of the first sample that decodes."""

    start: Fraction
    channels: int
    layout: str


def first_sound(tool: Ffmpeg, path: Path, demuxer: str) -> FirstSound:
    """As that ffmpeg decodes it: versions cut off more or less of an encoder's lead-in. Raises RenderError."""
    named = f"ashowinfo@{secrets.token_hex(8)}"  # ffmpeg repeats titles and languages, which could look the same
    words = ["-copyts", "-vn", *opened(str(path), demuxer), "-map", "0:a:0", "-frames:a", "1"]
    done = attempt(tool, [*words, "-af", f"asettb=1/1000000,{named}", "-f", "null", "-"])
    found = re.search(rf"\[{named} @ .* pts:(-?\d+) .* channels:(\d+) chlayout:(.+?) rate:", done.said)
    if not found:
        raise RenderError(
            f"'{tool.path}' cannot decode the sound of '{path}'; name another with --ffmpeg, or leave "
            "that sound out with --audio"
        )
    return FirstSound(Fraction(int(found[1]), 1_000_000), int(found[2]), found[3])


def value_of(option: str, arguments: Sequence[str]) -> str:
    """What ffmpeg takes as its value: the last one. "" if it is not there."""
    return next((value for name, value in reversed([*pairwise(arguments)]) if name == option), "")


def encoder_in(arguments: Sequence[str]) -> str | None:
    """The video encoder that ffmpeg output arguments ask for; None if they leave it to the container."""
    found = None
    for option, value in pairwise(arguments):
        if option in ("-c", "-codec", "-c:v", "-codec:v", "-vcodec", "-c:v:0", "-codec:v:0"):
            found = value
    return found


def _answer(path: str, origin: str, question: str) -> tuple[str, str]:
    """What it prints, and the first line of what it says of itself meanwhile."""
    try:
        words = [path, question]
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=True
        )
    except (OSError, subprocess.CalledProcessError) as e:
        reason = e.strerror if isinstance(e, OSError) else f"exit {e.returncode}"
        reason = (reason or str(e)).lower()
        raise RenderError(f"cannot run ffmpeg '{path}' from {origin}: {reason}; name a working one") from e
    return done.stdout, done.stderr.partition("\n")[0]


def readable(path: Path) -> str:
    """A path as ffmpeg must be told it: a colon in it would name a protocol, a leading dash an option."""
    return f"file:{path}"
