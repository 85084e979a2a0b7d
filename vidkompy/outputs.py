"""What may be written, asked before any work is done, and text files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vidkompy.errors import OutputError, UsageError

PART = ".vidkompy.part"  # what a file is called while it is written, before its ending


def check_output(output: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError if `output` must not be written; asked before any work is done."""
    try:
        _part(output).exists()
    except OSError as e:
        raise UsageError(
            f"output '{output}' cannot be: {(e.strerror or str(e)).lower()}; choose another with -o"
        ) from e
    for path in inputs:
        if _is_same(output, path):
            raise UsageError(f"output '{output}' is an input; inputs are never written: name another output with -o")
    if output.is_dir():
        raise UsageError(f"output '{output}' is a directory; wanted a file name, such as '{output / 'out.mp4'}'")
    if output.exists() and not output.is_file():
        raise UsageError(f"output '{output}' is a device or a pipe; wanted the name of a regular file")
    if (output.exists() or output.is_symlink()) and not overwrite:  # a link to nothing is something too
        raise UsageError(f"output '{output}' exists; add --overwrite to replace it, or name another output with -o")
    folder = output.parent
    if not folder.is_dir():
        raise UsageError(f"output folder '{folder}' does not exist; create it, or name another output with -o")
    try:  # os.access says yes to root, and knows nothing of the file system
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        raise UsageError(f"output folder '{folder}' is not writable; name another output with -o") from e


def _is_same(output: Path, path: Path) -> bool:
    try:
        return output.samefile(path)
    except OSError:  # one of them is not there, or cannot be
        return False


@dataclass(frozen=True)
class Part:
    """A file that is being written beside the one it will become. handles: of its lock, for a child to inherit."""

    path: Path
    output: Path
    handles: tuple[int, ...]

    def finish(self) -> None:
        """It becomes the output, and replaces what was there. Raises OSError."""
        self.path.replace(self.output)


@contextmanager
def part_of(output: Path) -> Iterator[Part]:
    """Always the same name for the same output, so that what a killed run left is replaced by the next one.

    It is locked as long as this program, or a child that inherited the handle, lives: two runs do not write one file.
    (They can where a system has no such locks, and on Windows, which neither renames an open file nor hands it on.)
    Unless finished it is removed. Raises OutputError, OSError.
    """
    path = _part(output)
    handles = () if sys.platform == "win32" else (_locked(path, output),)
    try:
        yield Part(path, output, handles)
    finally:
        path.unlink(missing_ok=True)
        for handle in handles:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """The file appears whole or not at all. Raises OutputError."""
    try:
        with part_of(path) as part:
            part.path.write_text(text, encoding="utf-8")
            part.finish()
    except OSError as e:
        raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e


def _part(output: Path) -> Path:
    """With the same ending: ffmpeg tells the format by it."""
    return output.parent / f".{output.stem}{PART}{output.suffix}"


def _locked(path: Path, output: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            if os.fstat(handle).st_ino == path.stat().st_ino:  # else it was finished or removed meanwhile
                return handle
        except BlockingIOError as e:
            os.close(handle)
            raise OutputError(
                f"another run is writing '{output}' ('{path}' is locked); wait for it or end it, "
                "or name another output with -o"
            ) from e
        except FileNotFoundError:
            pass
        os.close(handle)


def _lock(handle: int) -> None:
    """Raises BlockingIOError if somebody has it."""
    import fcntl  # not on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return
