"""One pair of a batch: what is asked for, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, Literal

from vidkompy.model import Json
from vidkompy.records import Record

Status = Literal["done", "refused", "failed", "timeout", "memory", "crashed"]

DONE: Status = "done"
REFUSED: Status = "refused"  # the clips do not show the same content, as far as can be told
FAILED: Status = "failed"  # a file cannot be read or written, or an option makes no sense
TIMED_OUT: Status = "timeout"
OUT_OF_MEMORY: Status = "memory"
CRASHED: Status = "crashed"  # the pair ended its process each time

SIDECAR, COMPOSITE, REPORT, THUMBNAIL = ".vidkompy.json", ".composite.mp4", ".report.html", ".thumbnail.webp"
ENDINGS = (SIDECAR, COMPOSITE, REPORT, THUMBNAIL)  # of a pair's files, behind its name

KEY_DIGITS = 32  # hexadecimal, of a hash
PART_MARK = ".part-"  # in names of folders that are not complete
OLD_MARK = ".old-"  # in names of folders of answers that hold no more
OLD_NAME = re.compile(re.escape(OLD_MARK) + r"\d+$")  # their ending
PART_NAME = re.compile(re.escape(PART_MARK) + "[0-9a-f]{16}$")  # their ending


class ClipState(Record):
    """A clip as it was when its pair was worked on.

    revision   changes with the file, and costs no reading: of a path its size and time of change, of a URL its size and
               what its file system has for a checksum; "": there is none
    sha256     of its content; "" where nothing has read it to its end
    """

    clip: str
    revision: str = ""
    sha256: str = ""


class StagedClip(Record):
    """A clip of the machine that a batch was started on, as it was when it was put where workers fetch it.

    state   with its hash
    url     of what workers fetch
    """

    state: ClipState
    url: str


class PairTask(Record):
    """What is asked for.

    name            of the pair's folder and files
    place           where the manifest has it, for messages
    fg              path or URL
    bgs             paths or URLs; of several the one on which FG lies most surely is taken
    analysis        options of `analyze`, as on a command line
    drawing         options of `render`; None: nothing is drawn
    has_report      a report is wanted, too
    timeout         s; None: as long as it takes
    memory          bytes of all its processes; None: as much as they take
    number          of its row in the manifest, from 1; 0: not known
    files           that options of `analyze` name, as they are now
    staged          clips and files that the worker fetches, as it cannot read them by their paths
    """

    name: str
    place: str
    fg: str
    bgs: tuple[str, ...]
    analysis: tuple[str, ...] = ()
    drawing: tuple[str, ...] | None = None
    has_report: bool = False
    timeout: float | None = None
    memory: int | None = None
    number: int = 0
    files: tuple[ClipState, ...] = ()
    staged: tuple[StagedClip, ...] = ()

    @property
    def key(self) -> str:
        """Of all that the outputs follow from, but for the content of the clips."""
        asked = [self.analysis, self.drawing, self.has_report, *(file.sha256 for file in self.files)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:KEY_DIGITS]

    @property
    def clips(self) -> tuple[str, ...]:
        return (self.fg, *self.bgs)


class PairResult(Record):
    """What came of it: one line of results.jsonl.

    exit_code     of the command that failed, or 0
    message       why it failed, and where an earlier answer went; or ""
    seconds, cpu_seconds   of all attempts; user and system CPU of all processes
    confidence    of the answer
    bg            the one that was taken
    others        those that were not: bg, confidence or None, message
    attempts      times it was begun
    files         that were written, within the batch's folder
    sidecar_sha256   of the sidecar as it was written
    number        of its row in the manifest when it was worked on, from 1; 0: not known
    """

    name: str
    status: Status
    key: str
    exit_code: int = 0
    message: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    confidence: float | None = None
    bg: str = ""
    others: tuple[Json, ...] = ()
    reasons: tuple[str, ...] = ()
    attempts: int = 1
    clips: tuple[ClipState, ...] = ()
    files: tuple[str, ...] = ()
    sidecar_sha256: str = ""
    host: str = ""
    ended: str = ""  # ISO 8601, UTC
    number: int = 0

    def record(self) -> Json:
        return asdict(self)


def result_from_record(record: Json) -> PairResult:
    """Inverse of `PairResult.record`. Raises ValueError for another program's."""
    try:
        values: dict[str, Any] = dict(record)
        values["clips"] = tuple(ClipState(**state) for state in values["clips"])
        for name in ("others", "reasons", "files"):
            values[name] = tuple(values[name])
        return PairResult(**values)
    except (KeyError, TypeError) as e:
        raise ValueError(f"no result of a pair: {e}") from e


class Outcome(Record):
    """A result on its way home.

    folder    holds the files of a pair that is done, on this machine; None where they come along
    contents  of files by name, from another machine
    """

    result: PairResult
    folder: Path | None = None
    contents: dict[str, bytes] = field(default_factory=dict)
