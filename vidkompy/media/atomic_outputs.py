"""What may be written, asked before any work is done, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vidkompy.errors import OutputError, UsageError
from vidkompy.media.work_folders import PART, WorkFolder, beside, taken_over, work_folder

OUTPUT, PARTS = "output", "parts"  # what work folders are for
LONGEST_ENDING = 100  # bytes; a longer one names no format, and could make a name too long
NOT_SYNCED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # errors of file systems that cannot say when a file is stored


def check_output(output: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError if `output` must not be written; asked before any work is done."""
    try:
        output.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
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
    if os.path.lexists(output) and not overwrite:  # a link to nothing is something too
        raise UsageError(f"output '{output}' exists; add --overwrite to replace it, or name another output with -o")
    folder = output.parent
    if not folder.is_dir():
        raise UsageError(f"output folder '{folder}' does not exist; create it, or name another output with -o")
    try:  # os.access says yes to root, and knows nothing of the file system
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        raise UsageError(f"output folder '{folder}' is not writable; name another output with -o") from e


def protected(target: Path, before: Path, inputs: Sequence[Path]) -> tuple[Path, ...]:
    """Inputs that `target` must not be, where it may take the place of `before`, which is read too.

    By its own name only: another link to `before` stays an input.
    """
    is_itself = target.name == before.name and _is_same(target.parent, before.parent)
    return (*inputs, *(() if is_itself else (before,)))


def _is_same(output: Path, path: Path) -> bool:
    """By device and inode: links of both kinds count."""
    try:
        return output.samefile(path)
    except OSError:  # one of them is not there, or cannot be
        return False


@dataclass(frozen=True)
class Part:
    """A file that is being written in a private folder, and then becomes `output`.

    overwrite  whether it may replace something
    handles    of the folder's lock, for a child to inherit
    """

    path: Path
    output: Path
    overwrite: bool
    handles: tuple[int, ...]

    def finish(self) -> None:
        """It becomes the output. A link of that name is replaced, not followed. Raises OutputError, OSError."""
        if self.overwrite:
            self.path.replace(self.output)
            return
        try:
            self.output.hardlink_to(self.path)  # which alone fails everywhere if something is there
        except FileExistsError as e:
            raise self._preceded() from e
        except OSError as e:  # a file system without such links
            if os.path.lexists(self.output):
                raise self._preceded() from e
            self.path.rename(self.output)
        else:
            self.path.unlink()

    def _preceded(self) -> OutputError:
        return OutputError(
            f"'{self.output}' has come to be while it was made; add --overwrite to replace it, "
            "or name another output with -o"
        )


@contextmanager
def part_of(output: Path, overwrite: bool) -> Iterator[Part]:
    """With the same ending: ffmpeg tells the format by it. Unless finished it is removed.

    Raises OutputError, OSError.
    """
    with _alone(output, OUTPUT) as (folder, left):
        for other in left:
            if other.purpose != PARTS:
                other.remove()
        yield _part(folder, output, overwrite)
        for other in left:  # parts of what is whole now
            other.remove()


@contextmanager
def parts_of(output: Path, names: Collection[str], overwrite: bool) -> Iterator[tuple[WorkFolder, Part]]:
    """A folder for parts of `output` beside it, and the whole. Parts outlive a failure; a later run finds them here.

    names: of parts, beginning with PART. Raises OutputError, OSError.
    """
    with _alone(output, PARTS) as (folder, left):
        folder.kept |= {*names}
        taken_over(folder, left, names)
        for other in left:
            other.remove()
        yield folder, _part(folder, output, overwrite)
        folder.kept.clear()


@contextmanager
def _alone(output: Path, purpose: str) -> Iterator[tuple[WorkFolder, list[WorkFolder]]]:
    """A private folder beside `output`, and those that were left for it.

    Raises OutputError if another run writes it, OSError.
    """
    with work_folder(output.parent, purpose, output.name) as own:
        left, live = beside(own)
        try:
            if live:
                raise OutputError(
                    f"another run is writing '{output}' ('{live[0]}' is locked); wait for it or end it, "
                    "or name another output with -o"
                )
            yield own, left
        finally:
            for other in left:
                other.close()


def _part(folder: WorkFolder, output: Path, overwrite: bool) -> Part:
    ending = output.suffix if len(os.fsencode(output.suffix)) <= LONGEST_ENDING else ""
    return Part(folder.path / f"{PART}{ending}", output, overwrite, folder.handles)


def write_text(path: Path, text: str, overwrite: bool) -> None:
    """The file appears whole or not at all. Raises OutputError."""
    write_texts({path: text}, overwrite)


def write_texts(texts: Mapping[Path, str], overwrite: bool) -> None:
    """All files appear, whole, or none. The last one comes last. Raises OutputError.

    They are stored before they appear, as some file systems find out only then that there is no room.
    """
    with ExitStack() as stack:
        parts = []
        for path, text in texts.items():
            with _explained(path):
                parts.append(stack.enter_context(part_of(path, overwrite)))
                _store(parts[-1].path, text)
        _finish(parts)


def _store(path: Path, text: str) -> None:
    """Raises OutputError, OSError."""
    try:
        data = text.encode()
    except UnicodeEncodeError as e:
        raise OutputError(f"a file's name in {text[max(e.start - 20, 0) : e.end]!r} is not UTF-8; rename it") from e
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        try:
            os.fsync(file.fileno())
        except OSError as e:
            if e.errno not in NOT_SYNCED:
                raise


def _finish(parts: Sequence[Part]) -> None:
    """All of them. Where one fails, what was there before comes back. Raises OutputError."""
    begun: list[tuple[Part, os.stat_result, bool]] = []
    is_done = False
    try:
        for part in parts:
            with _explained(part.output):
                begun.append((part, part.path.stat(), os.path.lexists(part.output)))
                if len(parts) > 1:
                    _keep_earlier(part)
                part.finish()
        is_done = True
    finally:
        for part, made, was_there in () if is_done else begun:
            _undo(part, made, was_there)


def _keep_earlier(part: Part) -> None:
    """What the part will replace gets a second name. Where a file system has none, it will not come back."""
    with suppress(OSError):
        if part.output.is_symlink():
            _earlier(part).symlink_to(part.output.readlink())
        elif part.output.exists():
            _earlier(part).hardlink_to(part.output)


def _undo(part: Part, made: os.stat_result, was_there: bool) -> None:
    """made: status of the part. Does nothing if the output is another file."""
    with suppress(OSError):
        now = part.output.lstat()
        if (now.st_dev, now.st_ino) != (made.st_dev, made.st_ino):
            return
        if os.path.lexists(_earlier(part)):
            _earlier(part).replace(part.output)
        elif not was_there:
            part.output.unlink()


def _earlier(part: Part) -> Path:
    return part.path.with_name(f"{PART}-earlier")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raises OutputError for what the system says."""
    try:
        yield
    except OSError as e:
        raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e
