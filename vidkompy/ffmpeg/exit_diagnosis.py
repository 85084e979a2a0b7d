"""Diagnosis of a finished run: what ffmpeg's exit code, its log and its frame count mean together.

The exit code alone is no proof: ffmpeg conceals what does not decode, goes on, and ends with 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from vidkompy.errors import MediaError, RenderError
from vidkompy.ffmpeg.process import RunResult

# Lines that are quoted from each end of the log: ffmpeg 9 names the cause first, a long run says last what ended it.
FIRST_LINES, LAST_LINES = 3, 3
# A line that says only that something else went wrong; ffmpeg 9 says as much of every thread it has.
_WITHOUT_CAUSE = re.compile(
    r"Task finished with error code|Terminating thread with return code|Could not open encoder before EOF|"
    r"Nothing was written into output file|Conversion failed!|Error sending frames to consumers|"
    r"Error while opening encoder|Error opening output files?\b|Error splitting the argument list|"
    r"Error initializing output stream \d+:\d+ --$|^\S+ ?\[info\]"
)
# What ffmpeg 5 and 9, or their decoders, say of a picture or of sound that does not decode.
_UNDECODABLE = re.compile(
    r"error while decoding|Error submitting (a )?packet to (the )?decoder|Decoding error|"
    r"corrupt (input packet|decoded)|decode_slice_header error",
    re.IGNORECASE,
)
# Codes with which 5.1 and its mpeg4 end at such a picture: what is in the log by then, and the last count, are chance.
_ABRUPT_EXIT_CODES = (1, -6)
_OTHER_CAUSE = re.compile(
    r"Error (opening|initializing|writing|while opening|reinitializing|muxing)|Unable to|Unrecognized|Unknown|Option |"
    r"Could not|Conversion failed|No such file",
    re.IGNORECASE,
)
_UNWRITTEN = re.compile("Error (writing trailer|closing file)")  # 5.1 says so, and ends with 0
_DISK_FULL = re.compile("No space left on device|Disk quota exceeded|File too large")
_WAYS_OUT = "get an intact copy and analyse that, or analyse again with --damaged keep"


def check_exit(
    result: RunResult,
    frames: int,
    clips: Sequence[Path],
    output: Path,
    is_strict: bool = True,
    streams: Sequence[int] = (),
) -> None:
    """Raises RenderError unless all is well.

    frames      that the run had to write
    clips       that were read
    is_strict   what does not decode is an error; else damage was kept, and the frames have to be there all the same
    streams     video streams of those clips, if not the first of each
    """
    log = _quoted(result.log)
    got = f"ffmpeg wrote {result.frames} of {frames} frames"
    if _has(result, _DISK_FULL):
        raise RenderError(
            f"no space is left for '{output}': {got} and said: {log}; make room, or name an output elsewhere with -o"
        )
    is_undecodable = is_strict and _has(result, _UNDECODABLE)
    is_abrupt = is_strict and result.exit_code in _ABRUPT_EXIT_CODES and not _has(result, _OTHER_CAUSE)
    if damage := _first_damage(clips, streams) if is_undecodable or is_abrupt else "":
        raise RenderError(f"{damage}; {got} and said: {log}; {_WAYS_OUT}")
    if is_undecodable:
        raise RenderError(
            f"an input does not decode: {got} and said: {log}; its pictures do when read from the start: "
            "leave BG's sound out with --audio, or encode the clip anew and analyse that"
        )
    if result.exit_code or _has(result, _UNWRITTEN):
        raise RenderError(f"cannot write '{output}': {got}, failed (exit {result.exit_code}), and said: {log}")
    if result.frames != frames:
        raise RenderError(f"{got}; it said: {log}; an input is damaged or was changed: analyse again")


def _has(result: RunResult, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(line) for line in result.log)


def _quoted(log: Sequence[str]) -> str:
    """Lines to quote: the cause is among them. Lines without a cause are left out unless there are no others.

    >>> _quoted(("a", "b", "c", "d", "e", "f", "g", "Conversion failed!"))
    'a; b; c; ...; e; f; g'
    """
    lines = [line for line in log if not _WITHOUT_CAUSE.search(line)] or list(log)
    known_causes = [k for k, line in enumerate(lines) if _DISK_FULL.search(line) or _UNDECODABLE.search(line)]
    count = len(lines)
    quoted = {*range(min(FIRST_LINES, count)), *known_causes[:1], *range(max(count - LAST_LINES, 0), count)}
    quotation: list[str] = []
    for before, k in pairwise((-1, *sorted(quoted))):
        if k > before + 1:
            quotation.append("...")
        quotation.append(lines[k])
    return "; ".join(quotation) or "nothing"


def _first_damage(clips: Sequence[Path], streams: Sequence[int]) -> str:
    """Which clip does not decode, and from which frame on; decoding anew costs time that is lost anyway."""
    from vidkompy.media.integrity import count_intact_frames  # PyAV

    for clip, stream in zip(clips, streams or [0] * len(clips), strict=True):
        try:
            count = count_intact_frames(clip, stream)
        except MediaError as e:
            return str(e)
        if count is not None:
            return f"'{clip}' is damaged near frame {count}"
    return ""
