"""Private folders for files that are being made, each with a mark file that holds an advisory lock.

A folder is this program's if it is what the program would make there now (a directory, not a link, of the same owner
and mode) and holds a mark that names the folder's own inode: copies of it, and others of such a name, are the user's.
The mark is locked as long as the program, or a child that inherited the handle, lives. A folder whose lock can be taken
was abandoned by a run that was killed. A run that is killed between folder and mark (25 us, the median of 500) leaves a
folder that is empty or holds an empty mark: it cannot be told from a user's, and stays.

In such a folder the program gives names that begin with FILE_PREFIX. Nothing else is ever removed from it, nor what is
neither a regular file nor a link, and no link is followed.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from vidkompy.errors import OutputError
from vidkompy.media.file_locks import take_lock

FOLDER_PREFIX = ".vidkompy-"
FILE_PREFIX = "part"
MARK_NAME = "mark"
MARK_MAGIC = b"vidkompy work folder 1"
MAX_MARK_BYTES = 4096  # that are read; a name has 255 at most on the file systems in use

_REPARSE_POINT = 0x400  # FILE_ATTRIBUTE_REPARSE_POINT: Windows' links
_HAS_DIR_HANDLES = {
    os.open,
    os.stat,
    os.unlink,
} <= os.supports_dir_fd and os.scandir in os.supports_fd  # not on Windows
_OPEN_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_OPEN_MARK = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE_MARK = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass
class WorkFolder:
    """An open folder. Closing it gives up its lock.

    purpose  what the files in it are for
    output   name of the file that they become, without its folder; "" if they become none
    kept     names of files that outlive it
    handle   of the folder; names are looked up in it, whatever becomes of its path. None where the system has none
    mark     handle of the mark, which is locked
    """

    path: Path
    purpose: str
    output: str
    kept: set[str] = field(default_factory=set)
    handle: int | None = None
    mark: int | None = None

    @property
    def handles(self) -> tuple[int, ...]:
        """Handles for a child process to inherit, so that the folder stays locked as long as the child lives."""
        return () if self.mark is None or sys.platform == "win32" else (self.mark,)

    def names(self) -> list[str]:
        """Names of all entries in it. Raises OSError."""
        with os.scandir(self.path if self.handle is None else self.handle) as entries:
            return [entry.name for entry in entries]

    def status(self, name: str = "") -> os.stat_result:
        """Status of a file in it, or of itself. Raises OSError."""
        if self.handle is None:
            return os.lstat(self.path / name)
        return os.stat(name, dir_fd=self.handle, follow_symlinks=False) if name else os.fstat(self.handle)

    def open_file(self, name: str, flags: int) -> int:
        """Handle of a file in it. Raises OSError."""
        return os.open(self._location(name), flags, 0o600, dir_fd=self.handle)

    def discard(self, names: Iterable[str]) -> None:
        """Remove those of `names` that are regular files or links. Raises OSError."""
        for name in names:
            mode = self.status(name).st_mode
            if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                os.unlink(self._location(name), dir_fd=self.handle)

    def complete_files(self, names: Collection[str]) -> list[str]:
        """Those of `names` that are regular files in it."""
        try:
            return sorted(n for n in self.names() if n in names and stat.S_ISREG(self.status(n).st_mode))
        except OSError:
            return []

    def remove(self) -> None:
        """Remove its files, then its mark and the folder itself if nothing else is in it, and close it."""
        with suppress(OSError):
            self.discard(name for name in self.names() if name.startswith(FILE_PREFIX) and name not in self.kept)
        with suppress(OSError):
            if self.names() in ([MARK_NAME], []):
                self._remove_mark()
                self.path.rmdir()
        self.close()

    def close(self) -> None:
        """Give up its lock too, unless a child still has the handle."""
        handles = [handle for handle in (self.mark, self.handle) if handle is not None]
        self.mark = self.handle = None  # first: if this is interrupted, none is closed twice
        for handle in handles:
            os.close(handle)

    def _remove_mark(self) -> None:
        if sys.platform == "win32":  # which removes no open file
            self.close()
        self.discard(name for name in self.names() if name == MARK_NAME)

    def _location(self, name: str) -> str | Path:
        return self.path / name if self.handle is None else name


@contextmanager
def work_folder(parent: Path, purpose: str, output: str = "") -> Iterator[WorkFolder]:
    """A new folder in `parent`, which is removed in the end but for what is `kept` in it. Raises OSError."""
    # No other folder can have 128 random bits for its name by chance: what is there when this ends was made here.
    folder = WorkFolder(parent / f"{FOLDER_PREFIX}{secrets.token_hex(16)}", purpose, output)
    try:
        folder.path.mkdir(0o700)
        _open(folder)
        folder.mark = folder.open_file(MARK_NAME, _CREATE_MARK)
        take_lock(folder.mark)
        os.write(folder.mark, _mark_content(folder))
        yield folder
    finally:
        try:
            folder.remove()
        finally:
            if folder.mark is not None:  # interrupted once more meanwhile
                folder.remove()


def find_siblings(own: WorkFolder) -> tuple[list[WorkFolder], list[Path]]:
    """Folders for the same output in the same place: the abandoned, opened and locked, and paths of live runs' folders.

    Each run makes its own folder before it looks, so of two at least one finds the other. Where a file system has no
    locks, each folder counts as abandoned: then the later run takes the earlier one's files away, which fails, but
    mixes nothing.
    """
    abandoned: list[WorkFolder] = []
    live: list[Path] = []
    try:
        expected = own.status()
        paths = sorted(
            path for path in own.path.parent.iterdir() if path.name.startswith(FOLDER_PREFIX) and path != own.path
        )
    except OSError:  # a folder that can be written but not listed
        return abandoned, live
    for path in paths:
        sibling = _open_if_own(path, expected)
        if sibling is None or sibling.mark is None:
            continue
        try:
            if sibling.output == own.output:
                take_lock(sibling.mark)
                if os.fstat(sibling.mark).st_nlink:  # else another run removed it meanwhile
                    abandoned.append(sibling)
                    continue
        except BlockingIOError:
            live.append(path)
        sibling.close()
    return abandoned, live


def adopt_files(own: WorkFolder, abandoned: Iterable[WorkFolder], names: Collection[str]) -> None:
    """Move files of these names from abandoned folders to this one. Raises OSError."""
    for other in abandoned:
        for name in other.complete_files(names):
            os.rename(other._location(name), own._location(name), src_dir_fd=other.handle, dst_dir_fd=own.handle)


@contextmanager
def trial_folder() -> Iterator[Path]:
    """A folder for files made only to try whether that works; what killed runs left is removed. Raises OutputError."""
    parent: str | Path = "TMPDIR"
    with ExitStack() as stack:
        try:
            parent = Path(tempfile.gettempdir())  # raises where none can be written
            own = stack.enter_context(work_folder(parent, "trial"))
        except OSError as e:
            raise OutputError(
                f"cannot write into '{parent}', the folder for temporary files: {(e.strerror or str(e)).lower()}; "
                "make room, or name another folder with TMPDIR"
            ) from e
        abandoned, _ = find_siblings(own)
        for other in abandoned:
            other.remove()
        yield own.path


def _open(folder: WorkFolder) -> None:
    """Raises OSError if it is a link."""
    if _HAS_DIR_HANDLES:
        folder.handle = os.open(folder.path, _OPEN_FOLDER)


def _open_if_own(path: Path, expected: os.stat_result) -> WorkFolder | None:
    """`path` opened, with its mark, if it is this program's. expected: status of a folder that it makes there."""
    folder = WorkFolder(path, "", "")
    try:
        _open(folder)
        status = folder.status()
        if (
            (status.st_uid, status.st_mode) == (expected.st_uid, expected.st_mode)
            and not getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
            and stat.S_ISREG(folder.status(MARK_NAME).st_mode)
        ):
            folder.mark = folder.open_file(MARK_NAME, _OPEN_MARK)
            mark = os.fstat(folder.mark)
            magic, inode, purpose, output = os.read(folder.mark, MAX_MARK_BYTES).split(b"\n", 3)
            is_own = stat.S_ISREG(mark.st_mode) and mark.st_nlink <= 1 and mark.st_uid == expected.st_uid
            if is_own and (magic, inode) == (MARK_MAGIC, b"%d" % status.st_ino):
                folder.purpose, folder.output = purpose.decode(), os.fsdecode(output)
                return folder
    except (OSError, ValueError):  # not there any more, not for this user, or no such mark
        pass
    folder.close()
    return None


def _mark_content(folder: WorkFolder) -> bytes:
    """The output's name comes last: it may hold line breaks."""
    return b"\n".join((MARK_MAGIC, b"%d" % folder.status().st_ino, folder.purpose.encode(), os.fsencode(folder.output)))
