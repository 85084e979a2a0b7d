"""Atomic outputs: checks of what may be written, before any work is done, and files that appear whole or not at all.

A file is written as a staging file in a private folder beside the output (`work_folders`), and renamed or linked to
the output's name when it is complete. A run that fails or is killed therefore leaves no partial output.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from vidkompy.errors import OutputError, UsageError
from vidkompy.media.work_folders import FILE_PREFIX, WorkFolder, adopt_files, find_siblings, work_folder
from vidkompy.records import Record

PURPOSE_OUTPUT, PURPOSE_PARTS = "output", "parts"  # of work folders, as their marks name it
MAX_SUFFIX_BYTES = 100  # a longer one names no format, and could make a name too long
FSYNC_UNSUPPORTED = (
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
)  # errors of file systems that cannot say when a file is stored


def check_output(output: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError if `output` must not or cannot be written."""
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
    if output.exists() and (not output.is_file() or _is_name_of_system(output)):
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
    """Inputs that `target` must not be, where it may replace `before`, which is read too.

    It may do so by its own name only: another link to `before` stays an input.
    """
    replaces_it = target.name == before.name and _is_same_file(target.parent, before.parent)
    return tuple(inputs) if replaces_it else (*inputs, before)


def _is_name_of_system(path: Path) -> bool:
    """Whether it lies among devices or open files, as /dev/stdout does: what stands there may not be replaced."""
    folder = Path(os.path.realpath(path.parent))
    return folder == Path("/dev") or folder.is_relative_to("/proc")


def _is_same_file(output: Path, path: Path) -> bool:
    """Whether two paths are one file, by device and inode, so that links of both kinds count as the file."""
    try:
        return output.samefile(path)
    except OSError:  # one of them is not there, or cannot be
        return False


class StagedFile(Record):
    """A file that is being written at `path`, in a private folder, and is then published as `output`.

    overwrite  whether it may replace something
    handles    of the folder's lock, for a child process to inherit
    """

    path: Path
    output: Path
    overwrite: bool
    handles: tuple[int, ...]

    def publish(self) -> None:
        """Atomically become the output. A link of that name is replaced, not followed. Raises OutputError, OSError."""
        if self.overwrite:
            self.path.replace(self.output)
            return
        try:
            self.output.hardlink_to(self.path)  # which alone fails everywhere if something is there
        except FileExistsError as e:
            raise self._exists_error() from e
        except OSError as e:  # a file system without such links
            if os.path.lexists(self.output):
                raise self._exists_error() from e
            self.path.rename(self.output)
        else:
            self.path.unlink()

    def _exists_error(self) -> OutputError:
        return OutputError(
            f"'{self.output}' has come to be while it was made; add --overwrite to replace it, "
            "or name another output with -o"
        )


@contextmanager
def staged_output(output: Path, overwrite: bool) -> Iterator[StagedFile]:
    """A staging file for `output`, with the same suffix, by which ffmpeg chooses the format. Removed unless published.

    What killed runs left for this output is removed: their staging files at once, their parts once the output is whole.
    Raises OutputError, OSError.
    """
    with _exclusive_folder(output, PURPOSE_OUTPUT) as (folder, abandoned):
        for other in abandoned:
            if other.purpose != PURPOSE_PARTS:
                other.remove()
        yield _staged_file(folder, output, overwrite)
        for other in abandoned:
            other.remove()


@contextmanager
def staged_parts(output: Path, names: Collection[str], overwrite: bool) -> Iterator[tuple[WorkFolder, StagedFile]]:
    """A folder for parts of `output`, beside it, and a staging file for the whole.

    Parts outlive a failure: a later run finds them in its own folder.
    names: of parts, beginning with FILE_PREFIX. Raises OutputError, OSError.
    """
    with _exclusive_folder(output, PURPOSE_PARTS) as (folder, abandoned):
        folder.kept |= {*names}
        adopt_files(folder, abandoned, names)
        for other in abandoned:
            other.remove()
        yield folder, _staged_file(folder, output, overwrite)
        folder.kept.clear()


@contextmanager
def _exclusive_folder(output: Path, purpose: str) -> Iterator[tuple[WorkFolder, list[WorkFolder]]]:
    """A private folder beside `output`, and those that killed runs abandoned there, opened and locked.

    Raises OutputError if another run writes it, OSError.
    """
    with work_folder(output.parent, purpose, output.name) as own:
        abandoned, live = find_siblings(own)
        try:
            if live:
                raise OutputError(
                    f"another run is writing '{output}' ('{live[0]}' is locked); wait for it or end it, "
                    "or name another output with -o"
                )
            yield own, abandoned
        finally:
            for other in abandoned:
                other.close()


def _staged_file(folder: WorkFolder, output: Path, overwrite: bool) -> StagedFile:
    suffix = output.suffix if len(os.fsencode(output.suffix)) <= MAX_SUFFIX_BYTES else ""
    return StagedFile(folder.path / f"{FILE_PREFIX}{suffix}", output, overwrite, folder.handles)


def write_text(path: Path, text: str, overwrite: bool) -> None:
    """The file appears whole or not at all. Raises OutputError."""
    write_texts({path: text}, overwrite)


def write_texts(texts: Mapping[Path, str], overwrite: bool) -> None:
    """As `write_files`. Raises OutputError."""
    write_files(texts, overwrite)


def write_files(contents: Mapping[Path, str | bytes], overwrite: bool) -> None:
    """All files appear, whole, or none, in the order of `contents`. Raises OutputError.

    They are synced before they appear, as some file systems find out only then that there is no room.
    """
    with ExitStack() as stack:
        staged = []
        for path, content in contents.items():
            with _raising_output_errors(path):
                staged.append(stack.enter_context(staged_output(path, overwrite)))
                _store(staged[-1].path, content)
        _publish_all(staged)


def make_folder(path: Path) -> None:
    """Makes a folder, and those it lies in, unless it is there. Raises OutputError."""
    with _raising_output_errors(path):
        path.mkdir(parents=True, exist_ok=True)


def _store(path: Path, content: str | bytes) -> None:
    """Write and sync a new file. Raises OutputError, OSError."""
    try:
        data = content.encode() if isinstance(content, str) else content
    except UnicodeEncodeError as e:
        near = e.object[max(e.start - 20, 0) : e.end]
        raise OutputError(f"a file's name in {near!r} is not UTF-8; rename it") from e
    with path.open("xb") as file:
        file.write(data)
        sync(file)


def sync(file: IO[bytes]) -> None:
    """What was written is on the disk, where the file system can say so. Raises OSError."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as e:
        if e.errno not in FSYNC_UNSUPPORTED:
            raise


def _publish_all(staged: Sequence[StagedFile]) -> None:
    """All of them. Where one fails, what was there before comes back. Raises OutputError."""
    begun: list[tuple[StagedFile, os.stat_result, bool]] = []
    is_done = False
    try:
        for file in staged:
            with _raising_output_errors(file.output):
                begun.append((file, file.path.stat(), os.path.lexists(file.output)))
                if len(staged) > 1:
                    _link_backup(file)
                file.publish()
        is_done = True
    finally:
        if not is_done:
            for file, status, replaced_one in begun:
                _roll_back(file, status, replaced_one)


def _link_backup(file: StagedFile) -> None:
    """What the file will replace gets a second name. Where a file system has no links, it will not come back."""
    with suppress(OSError):
        if file.output.is_symlink():
            _backup_path(file).symlink_to(file.output.readlink())
        elif file.output.exists():
            _backup_path(file).hardlink_to(file.output)


def _roll_back(file: StagedFile, status: os.stat_result, replaced_one: bool) -> None:
    """Undo a publication that was begun. Does nothing if the output is another file than the one of that status."""
    with suppress(OSError):
        current = file.output.lstat()
        if (current.st_dev, current.st_ino) != (status.st_dev, status.st_ino):
            return
        if os.path.lexists(_backup_path(file)):
            _backup_path(file).replace(file.output)
        elif not replaced_one:
            file.output.unlink()


def _backup_path(file: StagedFile) -> Path:
    return file.path.with_name(f"{FILE_PREFIX}-earlier")


@contextmanager
def _raising_output_errors(path: Path) -> Iterator[None]:
    """Raises OutputError for what the system says of `path`."""
    try:
        yield
    except OSError as e:
        raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e
