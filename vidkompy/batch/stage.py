"""A folder, anywhere that fsspec writes, through which clips of this machine reach the workers of a cluster.

A clip lies there under the hash of what it holds, so that it is brought there once, however many pairs, batches and
names it has; what is there stays. It gets its name when all of it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock

from vidkompy.batch.clip_states import revision
from vidkompy.batch.pair_task import ClipState, PairTask, StagedClip
from vidkompy.batch.remote_clips import is_remote, make_remote_folder, remote_revision, store
from vidkompy.errors import MediaError, OutputError

MAX_UPLOADS = 4  # at a time: more share the same line
BLOCK_BYTES = 1 << 20  # between looks at whether the batch has ended


class Stage:
    """url: of the folder, which is made unless it is there. Raises OutputError."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.stored_bytes: list[int] = []  # of each clip that was brought there
        self._clips: dict[tuple[str, str], Future[StagedClip]] = {}
        self._being_stored: dict[str, Lock] = {}
        self._uploads = ThreadPoolExecutor(MAX_UPLOADS, "upload")
        self._lock = Lock()
        self._end = Event()
        make_remote_folder(self.url)

    def with_staged_clips(self, task: PairTask) -> PairTask:
        """The same pair, whose clips of this machine are there. What is not on this machine is left as it is.

        Raises MediaError where a clip cannot be read, OutputError where it cannot be written, CancelledError.
        """
        names = dict.fromkeys((*task.clips, *(file.clip for file in task.files)))
        promises = [self._promise(clip, now) for clip in names if not is_remote(clip) and (now := revision(clip))]
        staged = tuple(promise.result() for promise in promises)
        if self._end.is_set():
            raise CancelledError("the batch ends")
        return replace(task, staged=staged)

    def stop(self) -> None:
        """Ends what is on its way."""
        self._end.set()
        self._uploads.shutdown(wait=False, cancel_futures=True)

    def _promise(self, clip: str, now: str) -> Future[StagedClip]:
        with self._lock:
            if (clip, now) not in self._clips:
                self._clips[clip, now] = self._uploads.submit(self._put, clip, now)
            return self._clips[clip, now]

    def _put(self, clip: str, now: str) -> StagedClip:
        """Raises MediaError, OutputError, CancelledError."""
        digest = hashlib.sha256()
        size = sum(len(block) for block in self._blocks(clip, digest.update))
        staged = StagedClip(ClipState(clip, now, digest.hexdigest()), f"{self.url}/{digest.hexdigest()}")
        with self._lock:
            being_stored = self._being_stored.setdefault(staged.url, Lock())
        with being_stored:  # by this pair or by one whose clip has the same content
            if self._size(staged.url) != str(size):
                store(self._blocks(clip), staged.url)
                self.stored_bytes.append(size)
        if revision(clip) != now:
            raise MediaError(f"'{clip}' changed while it was staged; run the batch again when it is complete")
        return staged

    def _size(self, url: str) -> str:
        """Bytes; "" where there is no such file. Raises OutputError: where the stage is lost, no pair gets there."""
        try:
            return remote_revision(url).partition(":")[0]
        except MediaError as e:
            raise OutputError(f"the stage cannot be used: {e}") from e

    def _blocks(self, clip: str, look: Callable[[bytes], None] = lambda _block: None) -> Iterator[bytes]:
        """Raises MediaError, CancelledError."""
        try:
            with Path(clip).open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    if self._end.is_set():
                        raise CancelledError("the batch ends")
                    look(block)
                    yield block
        except OSError as e:
            raise MediaError(f"cannot read '{clip}': {(e.strerror or str(e)).lower()}") from e
