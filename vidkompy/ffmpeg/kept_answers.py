"""What ffmpeg binaries answered in earlier runs, kept in the user's cache folder: each question takes a start of one.

A binary is known by its file, and by what says which libraries it loads: another file, or libraries installed since,
answers anew. Nothing is kept of scripts and of programs that start others under ffmpeg's name: their files stay the
same when what they start changes. Nothing here raises: what cannot be read is not there, what cannot be written is not
kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vidkompy.media.cache_folder import ENTRY_SUFFIX, OPEN_REGULAR, user_cache_folder
from vidkompy.records import Record

MAX_ANSWER_BYTES = 1 << 20  # the longest, of -codecs, has 70,000

_EXECUTABLES = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # what files of Linux and macOS begin with
_LIBRARIES = Path("/etc/ld.so.cache")  # written anew whenever libraries are installed
_LIBRARY_VARIABLES = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES")


class KeptAnswers(Record):
    """Answers in a folder, one file each. folder: made when the first is kept; None: nothing is kept."""

    folder: Path | None = None

    def find(self, path: str, question: Sequence[str]) -> str | None:
        """What the binary at `path` answered to these words; None if that is not known."""
        entry = self._entry(path, question)
        if entry is None:
            return None
        try:
            with os.fdopen(os.open(entry, OPEN_REGULAR), "rb") as file:
                is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                document = json.loads(file.read(MAX_ANSWER_BYTES)) if is_regular else None
        except (OSError, ValueError, RecursionError):
            return None
        with suppress(OSError):  # a folder to read only serves too
            os.utime(entry)  # the least recently used entries are evicted first
        if not isinstance(document, dict) or document.get("question") != list(question):
            return None
        answer = document.get("answer")
        return answer if isinstance(answer, str) else None

    def keep(self, path: str, question: Sequence[str], answer: str) -> None:
        entry = self._entry(path, question)
        text = json.dumps({"question": list(question), "answer": answer}).encode()
        if self.folder is None or entry is None or len(text) > MAX_ANSWER_BYTES:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, staging = tempfile.mkstemp(ENTRY_SUFFIX, "part-", self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text)
                Path(staging).replace(entry)
            finally:
                Path(staging).unlink(missing_ok=True)

    def forget(self, path: str) -> None:
        """All answers of the binary at `path`."""
        name = None if self.folder is None else _name_of(path)
        if self.folder is not None and name is not None:
            for entry in self.folder.glob(f"{name}-*{ENTRY_SUFFIX}"):
                with suppress(OSError):
                    entry.unlink(missing_ok=True)

    def _entry(self, path: str, question: Sequence[str]) -> Path | None:
        name = None if self.folder is None else _name_of(path)
        return self.folder / f"{name}-{_digest(question)}{ENTRY_SUFFIX}" if self.folder and name else None


NO_ANSWERS = KeptAnswers()


def user_answers() -> KeptAnswers:
    """Those in the user's cache folder."""
    return KeptAnswers(user_cache_folder())


def _name_of(path: str) -> str | None:
    """What entries of the binary are called; None where its file does not say what it will answer."""
    try:
        real = Path(path).resolve(strict=True)
        with real.open("rb") as file:
            is_executable = file.read(4) in _EXECUTABLES
        state = real.stat()
        libraries = _LIBRARIES.stat().st_mtime_ns if _LIBRARIES.exists() else 0
    except OSError:
        return None
    if not is_executable or not real.name.startswith("ffmpeg"):
        return None
    facts = [str(real), *(str(n) for n in (state.st_size, state.st_mtime_ns, state.st_ino, libraries))]
    return f"ffmpeg-{_digest([*facts, *(os.environ.get(name, '') for name in _LIBRARY_VARIABLES)])}"


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(words)).encode()).hexdigest()[:32]
