"""What may be written, asked before any work is done, and text files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vidkompy.errors import OutputError, UsageError

PART = ".4194304.part"  # what a temporary name adds, with the highest process number


def check_output(output: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError if `output` must not be written; asked before any work is done."""
    try:
        (output.parent / f".{output.name}{PART}").exists()
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


def write_text(path: Path, text: str) -> None:
    """The file appears whole or not at all. Raises OutputError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # no longer than PART says
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as e:
        raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e
    finally:
        part.unlink(missing_ok=True)
