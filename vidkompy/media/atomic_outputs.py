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
from vidkompy.media.work_folders import FILE_PREFIX, WorkFolder, adopt_files, find_siblings, work_folder

PURPOSE_OUTPUT, PURPOSE_PARTS = "output", "parts"  # what work folders are for
MOST_SUFFIX_BYTES = 100  # bytes; a longer one names no format, and could make a name too long
FSYNC_UNSUPPORTED = (
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
)  # errors of file systems that cannot say when a file is stored


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
        if _is_same_file(output, path):
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


def protected_inputs(target: Path, before: Path, inputs: Sequence[Path]) -> tuple[Path, ...]:
    """Inputs that `target` must not be, where it may take the place of `before`, which is read too.

    By its own name only: another link to `before` stays an input.
    """
    is_itself = target.name == before.name and _is_same_file(target.parent, before.parent)
    return (*inputs, *(() if is_itself else (before,)))


def _is_same_file(output: Path, path: Path) -> bool:
    """By device and inode: links of both kinds count."""
    try:
        return output.samefile(path)
    except OSError:  # one of them is not there, or cannot be
        return False


@dataclass(frozen=True)
class StagedFile:
    """A file that is being written in a private folder, and then becomes `output`.

    overwrite  whether it may replace something
    handles    of the folder's lock, for a child to inherit
    """

    path: Path
    output: Path
    overwrite: bool
    handles: tuple[int, ...]

    def publish(self) -> None:
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
def staged_output(output: Path, overwrite: bool) -> Iterator[StagedFile]:
    """With the same ending: ffmpeg tells the format by it. Unless finished it is removed.

    Raises OutputError, OSError.
    """
    with _exclusive_folder(output, PURPOSE_OUTPUT) as (folder, left):
        for other in left:
            if other.purpose != PURPOSE_PARTS:
                other.remove()
        yield _staged_file(folder, output, overwrite)
        for other in left:  # parts of what is whole now
            other.remove()


@contextmanager
def staged_parts(output: Path, names: Collection[str], overwrite: bool) -> Iterator[tuple[WorkFolder, StagedFile]]:
    """A folder for parts of `output` beside it, and the whole. Parts outlive a failure; a later run finds them here.

    names: of parts, beginning with PART. Raises OutputError, OSError.
    """
    with _exclusive_folder(output, PURPOSE_PARTS) as (folder, left):
        folder.kept |= {*names}
        adopt_files(folder, left, names)
        for other in left:
            other.remove()
        yield folder, _staged_file(folder, output, overwrite)
        folder.kept.clear()


@contextmanager
def _exclusive_folder(output: Path, purpose: str) -> Iterator[tuple[WorkFolder, list[WorkFolder]]]:
    """A private folder beside `output`, and those that were left for it.

    Raises OutputError if another run writes it, OSError.
    """
    with work_folder(output.parent, purpose, output.name) as own:
        left, live = find_siblings(own)
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


def _staged_file(folder: WorkFolder, output: Path, overwrite: bool) -> StagedFile:
    ending = output.suffix if len(os.fsencode(output.suffix)) <= MOST_SUFFIX_BYTES else ""
    return StagedFile(folder.path / f"{FILE_PREFIX}{ending}", output, overwrite, folder.handles)


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
            with _raising_output_errors(path):
                parts.append(stack.enter_context(staged_output(path, overwrite)))
                _store_text(parts[-1].path, text)
        _publish_all(parts)


def _store_text(path: Path, text: str) -> None:
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
            if e.errno not in FSYNC_UNSUPPORTED:
                raise


def _publish_all(parts: Sequence[StagedFile]) -> None:
    """All of them. Where one fails, what was there before comes back. Raises OutputError."""
    begun: list[tuple[StagedFile, os.stat_result, bool]] = []
    is_done = False
    try:
        for part in parts:
            with _raising_output_errors(part.output):
                begun.append((part, part.path.stat(), os.path.lexists(part.output)))
                if len(parts) > 1:
                    _link_backup(part)
                part.publish()
        is_done = True
    finally:
        for part, made, was_there in () if is_done else begun:
            _roll_back(part, made, was_there)


def _link_backup(part: StagedFile) -> None:
    """What the part will replace gets a second name. Where a file system has none, it will not come back."""
    with suppress(OSError):
        if part.output.is_symlink():
            _backup_path(part).symlink_to(part.output.readlink())
        elif part.output.exists():
            _backup_path(part).hardlink_to(part.output)


def _roll_back(part: StagedFile, made: os.stat_result, was_there: bool) -> None:
    """made: status of the part. Does nothing if the output is another file."""
    with suppress(OSError):
        now = part.output.lstat()
        if (now.st_dev, now.st_ino) != (made.st_dev, made.st_ino):
            return
        if os.path.lexists(_backup_path(part)):
            _backup_path(part).replace(part.output)
        elif not was_there:
            part.output.unlink()


def _backup_path(part: StagedFile) -> Path:
    return part.path.with_name(f"{FILE_PREFIX}-earlier")


@contextmanager
def _raising_output_errors(path: Path) -> Iterator[None]:
    """Raises OutputError for what the system says."""
    try:
        yield
    except OSError as e:
        raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e
