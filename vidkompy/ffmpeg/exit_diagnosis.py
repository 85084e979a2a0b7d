"""How a render ended: what ffmpeg's exit code, its words and its frame count mean together.

The exit code alone is no proof: ffmpeg conceals what does not decode, goes on, and ends with 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from vidkompy.errors import MediaError, RenderError
from vidkompy.ffmpeg.binary import Ended

FIRST, LAST = 3, 3  # lines that are repeated: ffmpeg 9 names the cause first, a long run says what ended it last
# What says only that something else went wrong; ffmpeg 9 says as much of every thread it has.
EMPTY = re.compile(
    r"Task finished with error code|Terminating thread with return code|Could not open encoder before EOF|"
    r"Nothing was written into output file|Conversion failed!|Error sending frames to consumers|"
    r"Error while opening encoder|Error opening output files?\b|Error splitting the argument list|"
    r"Error initializing output stream \d+:\d+ --$|^\S+ ?\[info\]"
)
# What ffmpeg 5 and 9, or their decoders, say of a picture or of sound that does not decode.
UNDECODED = re.compile(
    r"error while decoding|Error submitting (a )?packet to (the )?decoder|Decoding error|"
    r"corrupt (input packet|decoded)|decode_slice_header error",
    re.IGNORECASE,
)
# Codes with which 5.1 and its mpeg4 end at such a picture: what was said by then, and the last count, are chance.
SILENT = (1, -6)
OTHERWISE = re.compile(
    r"Error (opening|initializing|writing|while opening|reinitializing|muxing)|Unable to|Unrecognized|Unknown|Option |"
    r"Could not|Conversion failed|No such file",
    re.IGNORECASE,
)
UNWRITTEN = re.compile("Error (writing trailer|closing file)")  # 5.1 says so, and ends with 0
FULL = re.compile("No space left on device|Disk quota exceeded|File too large")


def check_exit(ended: Ended, frames: int, clips: Sequence[Path], output: Path, is_strict: bool = True) -> None:
    """frames: how many were wanted. clips: that were read. Raises RenderError unless all is well.

    is_strict: what does not decode is an error; else damage was kept, and the frames have to be there all the same.
    """
    tail = _told(ended.said)
    got = f"ffmpeg wrote {ended.frames} of {frames} frames"
    if any(FULL.search(line) for line in ended.said):
        raise RenderError(
            f"no space is left for '{output}': {got} and said: {tail}; make room, or name an output elsewhere with -o"
        )
    is_undecoded = is_strict and any(UNDECODED.search(line) for line in ended.said)
    is_silent = is_strict and ended.code in SILENT and not any(OTHERWISE.search(line) for line in ended.said)
    if what := _damage(clips) if is_undecoded or is_silent else "":
        raise RenderError(f"{what}; {got} and said: {tail}; {_WAYS_OUT}")
    if is_undecoded:
        raise RenderError(
            f"an input does not decode: {got} and said: {tail}; its pictures do when read from the start: "
            "leave BG's sound out with --audio, or encode the clip anew and analyse that"
        )
    if ended.code or any(UNWRITTEN.search(line) for line in ended.said):
        raise RenderError(f"cannot write '{output}': {got}, failed (exit {ended.code}), and said: {tail}")
    if ended.frames != frames:
        raise RenderError(f"{got}; it said: {tail}; an input is damaged or was changed: analyse again")


_WAYS_OUT = "get an intact copy and analyse that, or analyse again with --damaged keep"


def _told(said: Sequence[str]) -> str:
    """The lines to repeat: the cause is among them, and lines that say nothing only where no other does."""
    lines = [line for line in said if not EMPTY.search(line)] or list(said)
    marked = [k for k, line in enumerate(lines) if FULL.search(line) or UNDECODED.search(line)][:1]
    count = len(lines)
    kept = sorted({*range(min(FIRST, count)), *marked, *range(max(count - LAST, 0), count)})
    words: list[str] = []
    for before, k in pairwise((-1, *kept)):
        words += ["..."] * (k > before + 1) + [lines[k]]
    return "; ".join(words) or "nothing"


def _damage(clips: Sequence[Path]) -> str:
    """Which clip does not decode, and from which frame on; decoding anew costs time that is lost anyway."""
    from vidkompy.media.integrity import count_intact_frames  # PyAV

    for clip in clips:
        try:
            count = count_intact_frames(clip)
        except MediaError as e:
            return str(e)
        if count is not None:
            return f"'{clip}' is damaged near frame {count}"
    return ""
